package decide_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

var start = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// clock is the time of a test.
type clock struct {
	mu sync.Mutex

	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a decider with all that belongs to it.
type world struct {
	*decide.Decider
	t     *testing.T
	clock *clock
	store store.Store
	index *verdict.Index
	told  []string
	n     int
}

// newWorld makes one on an empty store.
func newWorld(t *testing.T, change func(*decide.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: start}, index: verdict.New()}
	w.store = mem.Open(store.Options{Committed: w.index.Apply, Now: w.clock.now})
	t.Cleanup(func() { _ = w.store.Close() })
	w.open(change)
	return w
}

// open makes the decider, as a start does.
func (w *world) open(change func(*decide.Options)) {
	w.t.Helper()
	o := decide.Options{Store: w.store, Index: w.index, Now: w.clock.now, Notifier: w}
	if change != nil {
		change(&o)
	}
	d, err := decide.New(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Decider = d
}

// Notify implements decide.Notifier.
func (w *world) Notify(names []string, a *store.Alert) {
	w.told = append(w.told, fmt.Sprintf("%s of %d", strings.Join(names, "+"), a.ID))
}

// alert makes one about a source that just happened.
func (w *world) alert(scope, value string) *tocsin.Alert {
	w.n++
	return &tocsin.Alert{
		UUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", w.n), Scenario: "test/bf", Remediation: true, EventsCount: 6,
		StartAt: w.clock.now().Add(-time.Minute), StopAt: w.clock.now(), Source: &tocsin.AlertSource{Scope: scope, Value: value},
	}
}

// add sends alerts and returns what came of each.
func (w *world) add(alerts ...*tocsin.Alert) []decide.Outcome {
	w.t.Helper()
	out, err := w.AddAlerts(w.t.Context(), "agent", alerts)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// inForce lists what is in force, simulated ones marked, in the order of IDs.
func (w *world) inForce() string {
	w.t.Helper()
	var out []string
	d := w.index.All(w.clock.now(), verdict.Filter{Simulated: true}, false)
	for x := range d.New {
		s := fmt.Sprintf("%s %s:%s %s", x.Type, x.Scope, x.Value, x.Left(w.clock.now()).Round(time.Second))
		if x.Simulated {
			s += " simulated"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func (w *world) wantInForce(want string) {
	w.t.Helper()
	if got := w.inForce(); got != want {
		w.t.Errorf("in force: %s\nwant: %s", got, want)
	}
}

// list makes an allowlist with items.
func (w *world) list(name string, values ...string) decide.Added {
	w.t.Helper()
	if err := w.CreateAllowlist(w.t.Context(), name, ""); err != nil {
		w.t.Fatal(err)
	}
	return w.allow(name, values...)
}

func (w *world) allow(name string, values ...string) decide.Added {
	w.t.Helper()
	var items []store.AllowItem
	for _, v := range values {
		items = append(items, store.AllowItem{Value: v})
	}
	out, err := w.AddAllowed(w.t.Context(), name, items)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// ban makes a decision for an hour, by hand and by force.
func (w *world) ban(scope, value string) {
	w.t.Helper()
	_, err := w.AddManual(w.t.Context(), decide.Manual{Who: "me", Force: true, Decisions: []tocsin.Decision{
		{Type: "ban", Scope: scope, Value: value, Until: w.clock.now().Add(time.Hour)},
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// guard makes guard rails of addresses of the host.
func guard(values ...string) []allow.Item {
	var out []allow.Item
	for _, v := range values {
		p, _ := address.Parse(v)
		out = append(out, allow.Own.Item(p))
	}
	return out
}
