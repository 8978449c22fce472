package lapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

// theContract is what all traffic of this package's tests is held to.
var theContract = sync.OnceValue(func() *contract { return loadContract(failing{}) })

// failing fails for what is loaded outside of a test.
type failing struct{ testing.TB }

func (failing) Helper()                   {}
func (failing) Fatal(args ...any)         { panic(fmt.Sprint(args...)) }
func (failing) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }

func TestMain(m *testing.M) {
	code := m.Run()
	all := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" &&
		flag.Lookup("test.list").Value.String() == "" && flag.Lookup("test.skip").Value.String() == ""
	if code == 0 && all {
		for _, u := range theContract().unused() {
			fmt.Fprintln(os.Stderr, "api/local.openapi.yaml: never exercised by a test: "+u)
			code = 1
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code) //nolint:forbidigo // as a test's main does
}

// clock is the time of a world.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a server on a listener of its own, with a store in memory, a bouncer and a machine.
type world struct {
	t      testing.TB
	clock  *clock
	store  store.Store
	index  *verdict.Index
	decide *decide.Decider
	lapi   *Server
	url    string
	http   *http.Client
	key    string // of the bouncer "b1"
	token  string // of the machine "m1"
	stop   func()
}

const (
	password = "Pw-m1-0123456789"
	theKey   = "key-b1-0123456789"
)

var began = time.Date(2026, 11, 22, 10, 30, 36, 0, time.UTC)

// passwordHash is made once: it is slow on purpose.
var passwordHash = sync.OnceValue(func() string {
	h, err := HashPassword(password)
	if err != nil {
		panic(err)
	}
	return h
})

func newWorld(t testing.TB, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: began}, index: verdict.New(), key: theKey}
	w.store = mem.Open(store.Options{Committed: w.index.Apply, Now: w.clock.now})
	ctx := t.Context()
	var err error
	if w.decide, err = decide.New(ctx, decide.Options{Store: w.store, Index: w.index, Now: w.clock.now}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.AddBouncer(ctx, store.Bouncer{Name: "b1", KeyHash: hashKey(theKey), AuthType: "api-key", CreatedAt: began}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.AddMachine(ctx, store.Machine{Name: "m1", PasswordHash: passwordHash(), AuthType: byPassword, Validated: true, CreatedAt: began}); err != nil {
		t.Fatal(err)
	}
	o := Options{Store: w.store, Decider: w.decide, Index: w.index, Now: w.clock.now}
	for _, f := range change {
		f(&o)
	}
	w.serve(o)
	return w
}

// serve starts a server; an earlier one of this world must have been stopped.
func (w *world) serve(o Options) {
	w.t.Helper()
	ctx := w.t.Context()
	var err error
	if w.lapi, err = New(ctx, o); err != nil {
		w.t.Fatal(err)
	}
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.url = "http://" + l.Addr().String()
	if o.TLS != nil {
		w.url = "https://" + l.Addr().String()
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- w.lapi.Serve(run, l) }()
	base := &http.Transport{MaxIdleConnsPerHost: 100}
	w.http = &http.Client{
		Transport:     theContract().through(w.t, base),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.stop = sync.OnceFunc(func() {
		cancel()
		base.CloseIdleConnections()
		if err := <-done; err != nil {
			w.t.Errorf("Serve: %v", err)
		}
	})
	w.t.Cleanup(w.stop)
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (a answer) String() string { return strconv.Itoa(a.code) + " " + a.body }

// header is what a request is sent with beside its body.
type header map[string]string

func (w *world) bouncerOf() header { return header{apiKey: w.key, "User-Agent": "test/1"} }

// machineOf logs in once.
func (w *world) machineOf() header {
	w.t.Helper()
	if w.token == "" {
		w.token = w.login("m1", password)
	}
	return header{"Authorization": "Bearer " + w.token, "User-Agent": "crowdsec/v1"}
}

func (w *world) login(name, password string) string {
	w.t.Helper()
	a := w.do("POST", "/v1/watchers/login", nil, fmt.Sprintf(`{"machine_id":%q,"password":%q,"scenarios":["a/b"]}`, name, password))
	var out struct{ Token string }
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.code != http.StatusOK {
		w.t.Fatalf("login: %v", a)
	}
	return out.Token
}

func (w *world) request(ctx context.Context, method, target string, h header, body string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, w.url+target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body == "" {
		r.Body, r.ContentLength = nil, 0
	}
	for k, v := range h {
		r.Header.Set(k, v)
	}
	return r
}

func (w *world) do(method, target string, h header, body string) answer {
	w.t.Helper()
	res, err := w.http.Do(w.request(w.t.Context(), method, target, h, body))
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// wants compares an answer with "CODE BODY"; a body that ends with ... is compared up to there.
func (w *world) wants(a answer, want string) {
	w.t.Helper()
	if head, ok := strings.CutSuffix(want, "..."); ok && strings.HasPrefix(a.String(), head) {
		return
	}
	if a.String() != want {
		w.t.Errorf("got  %s\nwant %s", a, want)
	}
}

func (w *world) asBouncer(target, want string) answer {
	w.t.Helper()
	a := w.do("GET", target, w.bouncerOf(), "")
	w.wants(a, want)
	return a
}

func (w *world) asMachine(method, target, body, want string) answer {
	w.t.Helper()
	a := w.do(method, target, w.machineOf(), body)
	w.wants(a, want)
	return a
}

// alert is the JSON of one about a source, with decisions as they are given: "SCOPE VALUE TYPE DURATION [ORIGIN SCENARIO]".
func alert(scenario, source string, decisions ...string) string {
	scope := "Ip"
	if strings.Contains(source, "/") {
		scope = "Range"
	}
	list := make([]string, len(decisions))
	for i, d := range decisions {
		f := append(strings.Fields(d), "cscli", "manual")
		list[i] = fmt.Sprintf(`{"scope":%q,"value":%q,"type":%q,"duration":%q,"origin":%q,"scenario":%q}`, f[0], f[1], f[2], f[3], f[4], f[5])
	}
	at := began.Format(time.RFC3339)
	return fmt.Sprintf(`{"scenario":%q,"scenario_hash":"h","scenario_version":"0.1","message":"m","events_count":1,"start_at":%q,"stop_at":%q,`+
		`"capacity":0,"leakspeed":"0","simulated":false,"remediation":true,"events":[{"timestamp":%q,"meta":[{"key":"source_ip","value":%q}]}],`+
		`"source":{"scope":%q,"value":%q,"ip":%q},"decisions":[%s]}`, scenario, at, at, at, source, scope, source, source, strings.Join(list, ","))
}

// ban adds decisions in one alert.
func (w *world) ban(decisions ...string) {
	w.t.Helper()
	a := w.do("POST", "/v1/alerts", w.machineOf(), "["+alert("manual", "192.0.2.1", decisions...)+"]")
	if a.code != http.StatusCreated || a.body == "[]" {
		w.t.Fatalf("ban %v: %v", decisions, a)
	}
}

func gzipped2(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func itoa(n int) string { return strconv.Itoa(n) }
