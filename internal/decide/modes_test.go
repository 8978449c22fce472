package decide_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

func TestSimulation(t *testing.T) {
	f := func(s decide.Simulation, scenario string, on bool, want string) {
		t.Helper()
		s.Set(scenario, on)
		if got := fmt.Sprint(s.All, s.Exclusions, s.Simulated(scenario)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	f(decide.Simulation{}, "a", true, "false [a] true")
	f(decide.Simulation{}, "a", false, "false [] false")
	f(decide.Simulation{Exclusions: []string{"a", "b"}}, "a", false, "false [b] false")
	f(decide.Simulation{Exclusions: []string{"b"}}, "a", true, "false [a b] true")
	f(decide.Simulation{All: true}, "a", false, "true [a] false")
	f(decide.Simulation{All: true, Exclusions: []string{"a"}}, "a", true, "true [] true")
}

func TestParseSimulation(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		s, err := decide.ParseSimulation("simulation.yaml", []byte(text))
		got := fmt.Sprint(s.All, s.Exclusions)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	f("", "false []")
	f("simulation: false\nexclusions:\n#  - crowdsecurity/ssh-bf\n", "false []")
	f("simulation: true\nexclusions:\n - b\n - a\n - b\n", "true [a b]")
	f("simulation: on\n---\nexclusions: [a]\n", "true [a]")
	f("simulation: true\n---\nsimulation: false\nexclusions: [a]\n", "false [a]")
	f("simulaton: true\n", "simulation.yaml:1:1: unknown key `simulaton` (did you mean `simulation`?)")
	f("exclusions: a\n", "simulation.yaml:1:13: `exclusions` must be a list, not `a` (write one entry a line, each after `- `)")
}

// TestModesStay holds that simulation and shadow are there after a restart.
func TestModesStay(t *testing.T) {
	w := newWorld(t, nil)
	ctx := t.Context()
	if err := w.ChangeSimulation(ctx, func(s *decide.Simulation) error { s.All = true; s.Set("b", false); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := w.SetShadow(ctx, true, "d", "c", "d"); err != nil {
		t.Fatal(err)
	}
	if err := w.SetShadow(ctx, false, "d", "x"); err != nil {
		t.Fatal(err)
	}
	w.open(nil)
	if diff := cmp.Diff(decide.Simulation{All: true, Exclusions: []string{"b"}}, w.Simulation()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"c"}, w.Shadow()); diff != "" {
		t.Error(diff)
	}
	if m := w.Mode("c"); m != (decide.Mode{Simulated: true, Shadow: true}) {
		t.Errorf("%+v", m)
	}
	if err := w.SetShadow(ctx, true, " "); err == nil {
		t.Error("a scenario without a name")
	}
	if err := w.SetShadow(ctx, true, strings.Repeat("x", 256)); err == nil {
		t.Error("a scenario with a long name")
	}
	err := w.ChangeSimulation(ctx, func(s *decide.Simulation) error { s.Exclusions = make([]string, 10_001); return nil })
	if err == nil || len(w.Simulation().Exclusions) != 1 {
		t.Errorf("too many: %v", err)
	}
}

// TestWhy holds what is told of an address with a past.
func TestWhy(t *testing.T) {
	w := newWorld(t, nil)
	a := w.alert("Ip", "192.0.2.1")
	a.Evidence = &tocsin.Evidence{Lines: []tocsin.EvidenceLine{{Number: 7, Raw: "Failed password for root"}}}
	w.add(a)
	w.clock.pass(24 * time.Hour)
	sim := w.alert("Ip", "192.0.2.1")
	sim.Simulated, sim.Scenario = true, "test/simulated"
	w.add(sim, w.alert("Ip", "192.0.2.1"), w.alert("Ip", "192.0.2.2"))
	w.ban("Range", "192.0.2.0/24")
	if err := w.SetShadow(t.Context(), true, "test/bf"); err != nil {
		t.Fatal(err)
	}
	f := func(value, want string) {
		t.Helper()
		s, err := w.Why(t.Context(), value)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{s.Value}
		for _, d := range s.InForce {
			got = append(got, fmt.Sprintf("now %s of %s", d.Type, d.Value))
		}
		for _, d := range s.Simulated {
			got = append(got, "simulated "+d.Type)
		}
		for _, it := range s.Allowed {
			got = append(got, "allowed "+it.Reason())
		}
		got = append(got, fmt.Sprintf("%d past of %d", len(s.Past), s.PastCount))
		for _, x := range s.Alerts {
			line := "alert " + x.Scenario
			if x.Evidence != nil {
				line += " with " + x.Evidence.Lines[0].Raw
			}
			got = append(got, line)
		}
		got = append(got, fmt.Sprintf("%d offences", s.Offences))
		if m, ok := s.Modes["test/bf"]; ok && m.Shadow {
			got = append(got, "now in shadow")
		}
		if g := strings.Join(got, "; "); g != want {
			t.Errorf("%s: %s\nwant %s", value, g, want)
		}
	}
	f("::ffff:192.0.2.1", "192.0.2.1; now ban of 192.0.2.1; now ban of 192.0.2.0/24; simulated ban; 4 past of 4; "+
		"alert manual 'ban' from 'me'; alert test/bf; alert test/simulated; alert test/bf with Failed password for root; 1 offences; now in shadow")
	f("192.0.2.3", "192.0.2.3; now ban of 192.0.2.0/24; 1 past of 1; alert manual 'ban' from 'me'; 0 offences")
	f("127.0.0.1", "127.0.0.1; allowed 127.0.0.0/8 from guard rail: loopback; 0 past of 0; 0 offences")
	f("alice", "alice; 0 past of 0; 0 offences")
}

// TestFacts holds what expressions are told.
func TestFacts(t *testing.T) {
	w := newWorld(t, nil)
	facts := decide.NewFacts(w.store, w.index)
	w.add(w.alert("Ip", "192.0.2.1"))
	w.clock.pass(5 * time.Hour)
	sim := w.alert("Ip", "192.0.2.1")
	sim.Simulated = true
	w.add(w.alert("Ip", "192.0.2.1"), sim)
	w.ban("Range", "192.0.2.0/24")
	w.ban("user", "alice")
	f := func(value string, count, since, active int, left time.Duration) {
		t.Helper()
		now := w.clock.now()
		c, err1 := facts.Count(value)
		s, err2 := facts.CountSince(value, now, time.Hour)
		a, err3 := facts.Active(value, now)
		l, err4 := facts.TimeLeft(value, now)
		if got, want := fmt.Sprint(c, s, a, l, err1, err2, err3, err4), fmt.Sprint(count, since, active, left, nil, nil, nil, nil); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
	f("192.0.2.1", 4, 3, 2, 8*time.Hour)
	f("::ffff:192.0.2.1", 4, 3, 2, 8*time.Hour)
	f("192.0.2.2", 1, 1, 1, time.Hour)
	f("alice", 1, 1, 1, time.Hour)
	f("bob", 0, 0, 0, 0)
	f("", 0, 0, 0, 0)
}

// TestRun holds that the house is kept: what is over leaves the index, the store is tidied, names are asked again.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		index := verdict.New()
		s := mem.Open(store.Options{Committed: index.Apply})
		dns := names{"home.example.org": {"192.0.2.1"}}
		d, err := decide.New(t.Context(), decide.Options{Store: s, Index: index, Resolver: dns})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.CreateAllowlist(t.Context(), "mine", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := d.AddAllowed(t.Context(), "mine", []store.AllowItem{{Value: "home.example.org"}}); err != nil {
			t.Fatal(err)
		}
		dns["home.example.org"] = []string{"192.0.2.2"}
		_, err = d.AddManual(t.Context(), decide.Manual{Decisions: []tocsin.Decision{
			{Type: "ban", Scope: "Ip", Value: "192.0.2.9", Until: time.Now().Add(10 * time.Minute)},
			{Type: "ban", Scope: "Ip", Value: "192.0.2.2", Until: time.Now().Add(24 * time.Hour)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { done <- d.Run(ctx) }()
		time.Sleep(time.Hour)
		synctest.Wait()
		c := d.Counts()
		if c.DecisionsExpired != 1 || c.DecisionsLifted != 1 || c.Tidyings < 12 {
			t.Errorf("%+v", c)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
