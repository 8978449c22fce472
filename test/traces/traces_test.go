// Package traces replays to our local API what other people's clients said to CrowdSec's, and compares what the answers
// mean. Where they differ there is a reason, here and in docs/compatibility.md.
package traces

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/lapi"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

// site is a local API in memory, at a time of its own.
type site struct {
	t      *testing.T
	mu     sync.Mutex
	now    time.Time
	store  store.Store
	index  *verdict.Index
	decide *decide.Decider
	api    http.Handler
}

// What the recordings were made with.
const (
	machine           = "m1"
	password          = "Pw-m1-0123456789"
	registrationToken = "0123456789abcdef0123456789abcdef"
)

func newSite(t *testing.T, at time.Time, keys ...string) *site {
	t.Helper()
	s := &site{t: t, now: at, index: verdict.New()}
	clock := func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.now
	}
	s.store = mem.Open(store.Options{Committed: s.index.Apply, Now: clock})
	ctx := t.Context()
	var err error
	if s.decide, err = decide.New(ctx, decide.Options{Store: s.store, Index: s.index, Now: clock}); err != nil {
		t.Fatal(err)
	}
	hash, err := lapi.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.AddMachine(ctx, store.Machine{Name: machine, PasswordHash: hash, AuthType: "password", Validated: true}); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		sum := sha512.Sum512([]byte(k))
		if _, err := s.store.AddBouncer(ctx, store.Bouncer{Name: k, KeyHash: hex.EncodeToString(sum[:]), AuthType: "api-key"}); err != nil {
			t.Fatal(err)
		}
	}
	api, err := lapi.New(ctx, lapi.Options{
		Store: s.store, Decider: s.decide, Index: s.index, Now: clock,
		AutoRegistration: lapi.AutoRegistration{Token: registrationToken, Ranges: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.api = api.Handler()
	return s
}

func (s *site) to(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.now) {
		s.now = at
	}
}

// answered is an answer, recorded or ours.
type answered struct {
	status int
	header http.Header
	body   string
}

func (s *site) do(method, target string, h http.Header, body string) answered {
	s.t.Helper()
	// A target is taken as it is: some of them are odd on purpose.
	r := httptest.NewRequestWithContext(s.t.Context(), method, "http://lapi/", strings.NewReader(body))
	path, query, _ := strings.Cut(target, "?")
	u, err := r.URL.Parse("http://lapi/x")
	if err != nil {
		s.t.Fatal(err)
	}
	u.RawQuery = query
	plain, err := pathOf(path)
	if err != nil {
		s.t.Fatal(err)
	}
	u.Path, u.RawPath = plain, path
	r.URL, r.RequestURI, r.RemoteAddr = u, target, "127.0.0.1:4711"
	r.Header = h.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	out := httptest.NewRecorder()
	s.api.ServeHTTP(out, r)
	text := out.Body.String()
	return answered{out.Code, out.Header(), text}
}

// add keeps a decision as if a machine had sent it, and returns its ID.
func (s *site) add(d tocsin.Decision) int64 {
	s.t.Helper()
	a := &store.Alert{Alert: tocsin.Alert{
		Scenario: d.Scenario, Source: &tocsin.AlertSource{Scope: d.Scope, Value: d.Value}, StartAt: s.now, StopAt: s.now,
		Decisions: []tocsin.Decision{d},
	}, Machine: machine}
	if _, err := s.store.AddAlerts(context.Background(), []*store.Alert{a}); err != nil {
		s.t.Fatal(err)
	}
	return a.Decisions[0].ID
}

func (s *site) end(id int64) {
	s.t.Helper()
	if _, err := s.store.EndDecisions(s.t.Context(), []int64{id}); err != nil {
		s.t.Fatal(err)
	}
}

// shown is a decision as bouncers and machines read it.
type shown struct {
	ID                               int64
	UUID, Origin, Type, Scope, Value string
	Scenario, Duration               string
	left                             time.Duration
}

func (d *shown) read(t *testing.T) {
	t.Helper()
	var err error
	if d.left, err = time.ParseDuration(d.Duration); err != nil {
		t.Fatal(err)
	}
}

// same compares decisions; times that are left may differ by what requests took.
func same(a, b shown) bool {
	const slack = 3 * time.Second
	over := a.left <= 0 && b.left <= 0 // how long ago is of no use to anybody
	return a.Origin == b.Origin && a.Type == b.Type && a.Scope == b.Scope && a.Value == b.Value && a.Scenario == b.Scenario &&
		((a.left-b.left).Abs() <= slack || over)
}

func (d *shown) String() string {
	return fmt.Sprintf("%s %s %s %s %s", d.Scope, d.Value, d.Type, d.Origin, d.Duration)
}

// differs says how lists differ, "" when they do not. Unordered compares them as sets.
func differs(theirs, ours []shown, unordered bool) string {
	if unordered {
		order := func(a, b shown) int { return strings.Compare(a.key(), b.key()) }
		slices.SortFunc(theirs, order)
		slices.SortFunc(ours, order)
	}
	if len(theirs) == len(ours) && slices.EqualFunc(theirs, ours, same) {
		return ""
	}
	return fmt.Sprintf("theirs %v, ours %v", words(theirs), words(ours))
}

func words(list []shown) (out []string) {
	for i := range list {
		out = append(out, list[i].String())
	}
	return out
}

func (d *shown) key() string {
	return fmt.Sprint(d.Scope, " ", d.Value, " ", d.Type, " ", d.Scenario, " ", d.left/time.Minute)
}

type listed struct{ New, Deleted []shown }

func readList(t *testing.T, body string) []shown {
	t.Helper()
	var l []shown
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for i := range l {
		l[i].read(t)
	}
	return l
}

func readStream(t *testing.T, body string) listed {
	t.Helper()
	var l listed
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for i := range l.New {
		l.New[i].read(t)
	}
	for i := range l.Deleted {
		l.Deleted[i].read(t)
	}
	return l
}

// alertsMean is what alerts say, without what each server chooses: numbers, uuids, moments.
func alertsMean(t *testing.T, body string) string {
	t.Helper()
	if body == "null" {
		return body
	}
	list := body
	if strings.HasPrefix(body, "{") {
		list = "[" + body + "]"
	}
	var alerts []map[string]any
	if err := json.Unmarshal([]byte(list), &alerts); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, a := range alerts {
		for _, key := range []string{"id", "uuid", "created_at", "start_at", "stop_at"} {
			if a[key] == nil {
				t.Errorf("no %s: %s", key, body)
			}
			delete(a, key)
		}
		if a["events"] == nil { // ours writes an empty list
			a["events"] = []any{}
		}
		decisions, _ := a["decisions"].([]any)
		for _, d := range decisions {
			m, _ := d.(map[string]any)
			delete(m, "id")
			left, err := time.ParseDuration(fmt.Sprint(m["duration"]))
			if err != nil {
				t.Error(err)
			}
			m["duration"] = max(0, left.Round(time.Minute)).String()
		}
	}
	b, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
