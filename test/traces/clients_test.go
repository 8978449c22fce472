package traces

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/testx"
)

func pathOf(escaped string) (string, error) { return url.PathUnescape(escaped) }

// record is one request and its answer.
type record struct {
	T       float64     `json:"t"`
	Method  string      `json:"method"`
	Target  string      `json:"target"`
	Request [][2]string `json:"req_headers"`
	Body    string      `json:"req_body"`
	Status  int         `json:"status"`
	Headers [][2]string `json:"resp_headers"`
	Answer  string      `json:"resp_body"`

	cut bool // the recording has only the beginning of the answer: the whole alerts of it are left
}

func (r *record) at() time.Time { return time.UnixMilli(int64(r.T * 1000)).UTC() }

func (r *record) stream() bool {
	return r.Status == http.StatusOK && strings.HasPrefix(r.Target, "/v1/decisions/stream") && r.Method == http.MethodGet
}

func (r *record) live() bool {
	return r.Status == http.StatusOK && !r.stream() && strings.HasPrefix(r.Target, "/v1/decisions") && r.Method == http.MethodGet
}

func (r *record) alerts() bool {
	return strings.HasPrefix(r.Target, "/v1/alerts?") && r.Method == http.MethodGet
}

func (r *record) startup() bool { return strings.Contains(r.Target, "startup=true") }

func load(t *testing.T, file string) (out []record) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.alerts() && !json.Valid([]byte(r.Answer)) {
			r.cut = true
			r.Answer = r.Answer[:strings.LastIndex(r.Answer, `},{"capacity"`)] + "}]"
		}
		out = append(out, r)
	}
	return out
}

// expected are the differences, by file and number of the request from 1.
var expected = map[string]string{
	"custom-debian-0.0.15.jsonl 5": "the reference tells a deletion twice within two seconds: its cursor overlaps; ours does not",
	"lua-1.0.14-live.jsonl 8":      "the reference refuses feature_flags that are {} (as this client writes an empty list); we take them",
	"lua-1.0.14-stream.jsonl 7":    "as custom-debian 5",
	"lua-1.0.14-stream.jsonl 8":    "as lua-live 8",
}

func TestClients(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testx.Corpora(t), "traces", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	found := map[string]bool{}
	replayed := 0
	for _, file := range files {
		name := filepath.Base(file)
		// Those speak with a central API, or were answered by a fake.
		if strings.HasPrefix(name, "capi-") || name == "lua-vs-fake.jsonl" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for n, diff := range replay(t, load(t, file)) {
				replayed++
				if diff == "" {
					continue
				}
				key := fmt.Sprint(name, " ", n+1)
				found[key] = true
				if expected[key] == "" {
					t.Errorf("request %d: %s", n+1, diff)
				}
			}
		})
	}
	for _, key := range slices.Sorted(maps.Keys(expected)) {
		if !found[key] {
			t.Errorf("%s: the difference that is listed is none: %s", key, expected[key])
		}
	}
	if replayed < 80 {
		t.Errorf("%d requests: some of the recordings were not read", replayed)
	}
}

// history is what the recorded answers say of decisions.
type history struct {
	decision tocsin.Decision
	from     int       // before which request it is added; 0 for the start
	ended    time.Time // when somebody deleted it; zero if nobody did
	endedAt  int       // before which request
	id       int64     // ours
}

func histories(t *testing.T, list []record) (out []*history) {
	t.Helper()
	known := map[int64]*history{}
	see := func(d shown, n int, late bool) *history {
		h := known[d.ID]
		if h == nil {
			h = &history{decision: tocsin.Decision{
				UUID: d.UUID, Origin: d.Origin, Type: d.Type, Scope: d.Scope, Value: d.Value, Scenario: d.Scenario,
				Until: list[n].at().Add(d.left),
			}}
			if late {
				h.from = n
			}
			known[d.ID] = h
		}
		return h
	}
	for n := range list {
		r := &list[n]
		switch {
		case r.live():
			for _, d := range readList(t, r.Answer) {
				see(d, n, false)
			}
		case r.stream():
			l := readStream(t, r.Answer)
			for _, d := range l.New {
				see(d, n, !r.startup() && n > 0)
			}
			for _, d := range l.Deleted {
				h := see(d, n, false)
				if over := r.at().Add(d.left); over.Before(h.decision.Until.Add(-2*time.Second)) && h.ended.IsZero() {
					h.ended, h.endedAt = over, n
				}
			}
		}
	}
	ids := slices.Sorted(maps.Keys(known))
	for _, id := range ids {
		out = append(out, known[id])
	}
	return out
}

// replay sends the requests of a recording to a site whose state is as the recorded answers say, and tells how each
// answer differs.
func replay(t *testing.T, list []record) (diffs []string) {
	t.Helper()
	keys := map[string]bool{}
	for i := range list {
		if k := list[i].header().Get("X-Api-Key"); k != "" {
			keys[k] = true
		}
	}
	s := newSite(t, list[0].at().Add(-30*time.Minute), slices.Sorted(maps.Keys(keys))...)
	all := histories(t, list)
	for _, h := range all {
		if h.from == 0 {
			h.id = s.add(h.decision)
		}
	}
	s.alertsOf(list)
	token := ""
	for n := range list {
		r := &list[n]
		for _, h := range all {
			if h.from == n && h.id == 0 {
				s.to(r.at().Add(-500 * time.Millisecond))
				h.id = s.add(h.decision)
			}
			if !h.ended.IsZero() && h.endedAt == n {
				s.to(h.ended)
				s.end(h.id)
			}
		}
		s.to(r.at())
		h := r.header()
		if h.Get("Authorization") != "" {
			h.Set("Authorization", "Bearer "+token)
		}
		got := s.do(r.Method, r.Target, h, r.Body)
		if r.Target == "/v1/watchers/login" {
			token = tokenOf(got.body)
		}
		diffs = append(diffs, r.differs(t, got))
	}
	return diffs
}

func tokenOf(body string) string {
	var out struct{ Token string }
	_ = json.Unmarshal([]byte(body), &out)
	return out.Token
}

func (r *record) header() http.Header {
	h := http.Header{}
	for _, kv := range r.Request {
		h.Add(kv[0], kv[1])
	}
	return h
}

// alertsOf keeps the alerts that answers show, in the order of their IDs there.
func (s *site) alertsOf(list []record) {
	s.t.Helper()
	type seen struct {
		alert map[string]any
		at    time.Time
	}
	known := map[float64]seen{}
	for n := range list {
		r := &list[n]
		if !r.alerts() {
			continue
		}
		var alerts []map[string]any
		if err := json.Unmarshal([]byte(r.Answer), &alerts); err != nil {
			s.t.Fatal(err)
		}
		for _, a := range alerts {
			id, _ := a["id"].(float64)
			known[id] = seen{a, r.at()}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		s.keep(known[id].alert, known[id].at)
	}
}

func (s *site) keep(m map[string]any, at time.Time) {
	s.t.Helper()
	decisions, _ := m["decisions"].([]any)
	delete(m, "decisions")
	delete(m, "labels")
	b, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	a := &store.Alert{Machine: fmt.Sprint(m["machine_id"])}
	if err := json.Unmarshal(b, &a.Alert); err != nil {
		s.t.Fatal(err)
	}
	for _, d := range decisions {
		b, err := json.Marshal(d)
		if err != nil {
			s.t.Fatal(err)
		}
		var one shown
		if err := json.Unmarshal(b, &one); err != nil {
			s.t.Fatal(err)
		}
		one.read(s.t)
		a.Decisions = append(a.Decisions, tocsin.Decision{Origin: one.Origin, Type: one.Type, Scope: one.Scope, Value: one.Value, Scenario: one.Scenario, Until: at.Add(one.left)})
	}
	if _, err := s.store.AddAlerts(s.t.Context(), []*store.Alert{a}); err != nil {
		s.t.Fatal(err)
	}
}

// differs says how our answer differs in meaning from the recorded one.
func (r *record) differs(t *testing.T, got answered) string {
	t.Helper()
	if got.status != r.Status {
		return fmt.Sprintf("%s %s: theirs %d, ours %d %s", r.Method, r.Target, r.Status, got.status, got.body)
	}
	for _, kv := range r.Headers {
		if kv[0] == "Content-Type" && got.header.Get("Content-Type") != kv[1] {
			return fmt.Sprintf("theirs is %q, ours %q", kv[1], got.header.Get("Content-Type"))
		}
	}
	switch {
	case r.Method == http.MethodHead:
		return ""
	case r.stream():
		theirs, ours := readStream(t, r.Answer), readStream(t, got.body)
		if d := differs(theirs.New, ours.New, false); d != "" {
			return "new: " + d
		}
		if d := differs(theirs.Deleted, ours.Deleted, true); d != "" {
			return "deleted: " + d
		}
		return ""
	case r.live():
		// The reference has no order; four bytes are what the empty answer is.
		if (r.Answer == "null") != (got.body == "null") {
			return fmt.Sprintf("theirs %s, ours %s", r.Answer, got.body)
		}
		return differs(readList(t, r.Answer), readList(t, got.body), true)
	case r.alerts() && r.cut:
		var theirs, ours []any
		if err := errors.Join(json.Unmarshal([]byte(r.Answer), &theirs), json.Unmarshal([]byte(got.body), &ours)); err != nil || len(ours) < len(theirs) {
			return fmt.Sprintf("theirs %s, ours %s, %v", r.Answer, got.body, err)
		}
		b, err := json.Marshal(ours[:len(theirs)])
		if err != nil {
			t.Fatal(err)
		}
		if theirs, ours := alertsMean(t, r.Answer), alertsMean(t, string(b)); theirs != ours {
			return fmt.Sprintf("theirs\n%s\nours\n%s", theirs, ours)
		}
		return ""
	case r.alerts():
		if theirs, ours := alertsMean(t, r.Answer), alertsMean(t, got.body); theirs != ours {
			return fmt.Sprintf("theirs\n%s\nours\n%s", theirs, ours)
		}
		return ""
	case r.Method == http.MethodDelete: // how many there were is not all recorded
		var theirs, ours struct{ NbDeleted string }
		if err := errors.Join(json.Unmarshal([]byte(r.Answer), &theirs), json.Unmarshal([]byte(got.body), &ours)); err != nil || ours.NbDeleted == "" || ours.NbDeleted == "0" {
			return fmt.Sprintf("theirs %s, ours %s, %v", r.Answer, got.body, err)
		}
		return ""
	case strings.Contains(r.Target, "login"):
		if tokenOf(got.body) == "" {
			return "no token: " + got.body
		}
		return ""
	}
	if got.body != r.Answer {
		return fmt.Sprintf("theirs %s, ours %s", r.Answer, got.body)
	}
	return ""
}
