package decide_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// TestAddAlerts holds what comes of one alert in a world with an allowlist, guard rails and modes.
func TestAddAlerts(t *testing.T) {
	f := func(a func(w *world) *tocsin.Alert, outcome, inForce string) {
		t.Helper()
		w := newWorld(t, func(o *decide.Options) {
			o.Guards = guard("198.51.100.0/24")
			o.HostGuards = func() ([]allow.Item, error) { return guard("2001:db8:1::5"), nil }
			o.Admins = func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("::ffff:203.0.113.9")} }
		})
		w.list("mine", "192.0.2.7", "192.0.2.128/25")
		if err := w.ChangeSimulation(t.Context(), func(s *decide.Simulation) error { s.Set("test/simulated", true); return nil }); err != nil {
			t.Fatal(err)
		}
		if err := w.SetShadow(t.Context(), true, "test/shadow"); err != nil {
			t.Fatal(err)
		}
		sent := a(w)
		before := fmt.Sprintf("%+v %+v", *sent, sent.Source)
		o := w.add(sent)[0]
		if after := fmt.Sprintf("%+v %+v", *sent, sent.Source); after != before {
			t.Errorf("the caller's alert was written to:\n%s\n%s", before, after)
		}
		parts := []string{fmt.Sprintf("%d decisions", o.Decisions)}
		for what, n := range map[string]int{"vetoed": o.Vetoed, "dropped": o.Dropped, "late": o.Late} {
			if n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, what))
			}
		}
		got := strings.Join(parts, ", ")
		if o.Allowed != "" {
			got = "allowed: " + o.Allowed
		}
		if o.Invalid != "" {
			got = "invalid: " + o.Invalid
		}
		if (o.ID == 0) != (o.Allowed+o.Invalid != "") {
			t.Errorf("%s has the ID %d", got, o.ID)
		}
		if got != outcome {
			t.Errorf("outcome: %s\nwant: %s", got, outcome)
		}
		w.wantInForce(inForce)
	}
	about := func(scope, value string) func(w *world) *tocsin.Alert {
		return func(w *world) *tocsin.Alert { return w.alert(scope, value) }
	}
	with := func(decisions ...tocsin.Decision) func(w *world) *tocsin.Alert {
		return func(w *world) *tocsin.Alert {
			a := w.alert("Ip", "192.0.2.1")
			for _, d := range decisions {
				d.Until = w.clock.now().Add(time.Hour)
				a.Decisions = append(a.Decisions, d)
			}
			return a
		}
	}
	ban := func(scope, value string) tocsin.Decision {
		return tocsin.Decision{Origin: "cscli", Type: "ban", Scope: scope, Value: value, Scenario: "x"}
	}
	// The profile in the box decides.
	f(about("Ip", "192.0.2.1"), "1 decisions", "ban Ip:192.0.2.1 4h0m0s")
	f(about("ip", "::ffff:192.0.2.1"), "1 decisions", "ban Ip:192.0.2.1 4h0m0s")
	f(about("range", "192.0.3.77/24"), "1 decisions", "ban Range:192.0.3.0/24 4h0m0s")
	f(about("Ip", "2001:DB8:0:0::1"), "2 decisions", "ban Ip:2001:db8::1 4h0m0s, ban Range:2001:db8::/64 4h0m0s")
	f(about("Country", "FR"), "0 decisions", "")
	f(about("Ip", "nonsense"), "0 decisions, 1 dropped", "")
	f(func(w *world) *tocsin.Alert { a := w.alert("", ""); a.Source = nil; return a }, "0 decisions", "")
	// Allowlists and guard rails come before.
	f(about("Ip", "192.0.2.7"), "allowed: 192.0.2.7 from mine", "")
	f(about("Ip", "::ffff:192.0.2.200"), "allowed: 192.0.2.128/25 from mine", "")
	f(about("Range", "192.0.2.0/24"), "allowed: 192.0.2.7 from mine", "")
	f(about("Ip", "127.0.0.1"), "allowed: 127.0.0.0/8 from guard rail: loopback", "")
	f(about("Ip", "198.51.100.1"), "allowed: 198.51.100.0/24 from guard rail: own address", "")
	f(about("Ip", "203.0.113.9"), "allowed: 203.0.113.9 from guard rail: administrator's session", "")
	f(about("Range", "203.0.113.0/24"), "allowed: 203.0.113.9 from guard rail: administrator's session", "")
	// Of an address beside our own, the address alone is decided against, not the network that both are in.
	f(about("Ip", "2001:db8:1::6"), "1 decisions, 1 vetoed", "ban Ip:2001:db8:1::6 4h0m0s")
	// Modes.
	f(func(w *world) *tocsin.Alert { a := w.alert("Ip", "192.0.2.1"); a.Scenario = "test/simulated"; return a },
		"1 decisions", "ban Ip:192.0.2.1 4h0m0s simulated")
	f(func(w *world) *tocsin.Alert { a := w.alert("Ip", "192.0.2.1"); a.Simulated = true; return a },
		"1 decisions", "ban Ip:192.0.2.1 4h0m0s simulated")
	f(func(w *world) *tocsin.Alert { a := w.alert("Ip", "192.0.2.1"); a.Scenario = "test/shadow"; return a }, "1 decisions", "")
	// From when on.
	f(func(w *world) *tocsin.Alert {
		a := w.alert("Ip", "192.0.2.1")
		a.StopAt = start.Add(-time.Hour)
		return a
	},
		"1 decisions", "ban Ip:192.0.2.1 3h0m0s")
	f(func(w *world) *tocsin.Alert {
		a := w.alert("Ip", "192.0.2.1")
		a.StopAt = start.Add(-5 * time.Hour)
		return a
	}, "1 decisions, 1 late", "")
	f(func(w *world) *tocsin.Alert {
		a := w.alert("Ip", "192.0.2.1")
		a.StopAt = start.Add(time.Hour)
		return a
	},
		"1 decisions", "ban Ip:192.0.2.1 4h0m0s")
	f(func(w *world) *tocsin.Alert { a := w.alert("Ip", "192.0.2.1"); a.StopAt = time.Time{}; return a },
		"1 decisions", "ban Ip:192.0.2.1 4h0m0s")
	// Decisions that come along are kept, as far as they can be.
	f(with(ban("Ip", "192.0.2.5")), "1 decisions", "ban Ip:192.0.2.5 1h0m0s")
	f(with(ban("IP", "::ffff:192.0.2.5"), ban("range", "192.0.3.9/24"), ban("Ip", "192.0.4.0/24"), ban("country", "FR")), "4 decisions",
		"ban Ip:192.0.2.5 1h0m0s, ban Range:192.0.3.0/24 1h0m0s, ban Range:192.0.4.0/24 1h0m0s, ban Country:FR 1h0m0s")
	f(with(ban("Ip", "192.0.2.7"), ban("Ip", "192.0.2.5")), "1 decisions, 1 vetoed", "ban Ip:192.0.2.5 1h0m0s")
	f(with(ban("Ip", "192.0.2.7")), "allowed: 192.0.2.7 from mine", "")
	f(with(ban("Ip", "nonsense"), ban("Ip", "192.0.2.5")), "1 decisions, 1 dropped", "ban Ip:192.0.2.5 1h0m0s")
	f(with(ban("Ip", "nonsense")), "invalid: its value is neither an address nor a range", "")
	f(with(ban("Ip", "")), "invalid: its value is missing or too long", "")
	f(with(ban("", "192.0.2.5")), "invalid: its scope is missing or too long", "")
	f(with(ban("user", strings.Repeat("x", 1025))), "invalid: its value is missing or too long", "")
	f(with(tocsin.Decision{Scope: "Ip", Value: "192.0.2.5"}), "invalid: its type is missing or too long", "")
	f(func(w *world) *tocsin.Alert {
		a := w.alert("Ip", "192.0.2.1")
		a.Decisions = []tocsin.Decision{ban("Ip", "192.0.2.5")}
		return a
	}, "invalid: its duration is missing", "")
	f(func(w *world) *tocsin.Alert {
		a := with(ban("Ip", "192.0.2.5"))(w)
		a.Decisions[0].Until = start.AddDate(5000, 0, 0)
		return a
	}, "1 decisions", "ban Ip:192.0.2.5 876000h0m0s")
}

// TestRepeat holds that an alert that comes again has no second effect.
func TestRepeat(t *testing.T) {
	w := newWorld(t, func(o *decide.Options) { o.Profiles = notifying(t) })
	a, b := w.alert("Ip", "192.0.2.1"), w.alert("Ip", "192.0.2.2")
	first := w.add(a)[0]
	again := w.add(a, b)
	if !again[0].Repeat || again[0].ID != first.ID || again[0].Decisions != 0 || again[1].Repeat {
		t.Errorf("%+v, then %+v", first, again)
	}
	w.wantInForce("ban Ip:192.0.2.1 1h0m0s, ban Ip:192.0.2.2 1h0m0s")
	if diff := cmp.Diff([]string{fmt.Sprintf("mail of %d", first.ID), fmt.Sprintf("mail of %d", again[1].ID)}, w.told); diff != "" {
		t.Error(diff)
	}
	c := w.Counts()
	if c.AlertsAccepted != 2 || c.AlertsRepeated != 1 || c.DecisionsByOrigin["crowdsec"] != 2 {
		t.Errorf("%+v", c)
	}
}

// notifying is a profile that tells of what it bans.
func notifying(t *testing.T) *profile.Set {
	t.Helper()
	set, err := profile.Load(profile.Options{Notifications: []string{"mail"}}, &diag.List{}, profile.File{Path: "p.yaml", Text: []byte(
		"name: a\nfilters: ['true']\ndecisions: [{type: ban, duration: 1h}]\nnotifications: [mail]\n")})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestNotify holds who is told: alerts with decisions of their own too, those in shadow not.
func TestNotify(t *testing.T) {
	w := newWorld(t, func(o *decide.Options) { o.Profiles = notifying(t) })
	if err := w.SetShadow(t.Context(), true, "test/shadow"); err != nil {
		t.Fatal(err)
	}
	shadow, carried, allowed := w.alert("Ip", "192.0.2.1"), w.alert("Ip", "192.0.2.2"), w.alert("Ip", "127.0.0.1")
	shadow.Scenario = "test/shadow"
	carried.Decisions = []tocsin.Decision{{Type: "captcha", Scope: "Ip", Value: "192.0.2.2", Until: start.Add(time.Minute)}}
	out := w.add(shadow, carried, allowed)
	w.wantInForce("captcha Ip:192.0.2.2 1m0s")
	if diff := cmp.Diff([]string{fmt.Sprintf("mail of %d", out[1].ID)}, w.told); diff != "" {
		t.Error(diff)
	}
}

// TestEscalation holds that who comes back stays out longer, that one visit is one offence whatever it triggers, and that
// time and people forgive.
func TestEscalation(t *testing.T) {
	w := newWorld(t, nil)
	f := func(pass time.Duration, value string, want time.Duration) {
		t.Helper()
		w.clock.pass(pass)
		w.add(w.alert("Ip", value))
		p, _ := netip.ParseAddr(value)
		var longest time.Duration
		for _, d := range w.index.Find(w.clock.now(), verdict.Query{Prefix: netip.PrefixFrom(p, p.BitLen())}) {
			longest = max(longest, d.Left(w.clock.now()))
		}
		if longest != want {
			t.Errorf("after %s at %s %s is banned for %s, want %s", pass, w.clock.now(), value, longest, want)
		}
	}
	const hour, day = time.Hour, 24 * time.Hour
	f(0, "192.0.2.1", 4*hour)
	f(time.Minute, "192.0.2.1", 4*hour) // the same visit
	f(hour, "192.0.2.2", 4*hour)        // another one
	f(5*hour, "192.0.2.1", 8*hour)
	f(9*hour, "192.0.2.1", 16*hour)
	f(2*day, "192.0.2.1", 32*hour)
	f(31*day, "192.0.2.1", 4*hour) // forgotten
	// A ban that somebody lifted is forgiven.
	if _, err := w.EndDecisions(t.Context(), verdict.Query{Prefix: netip.MustParsePrefix("192.0.2.1/32")}); err != nil {
		t.Fatal(err)
	}
	f(day, "192.0.2.1", 4*hour)
	// In IPv6 it is the network that comes back.
	f(0, "2001:db8::1", 4*hour)
	f(day, "2001:db8::2", 8*hour)
	f(day, "2001:db8:0:1::2", 4*hour)
	// What came late, when its ban would have been over, kept nobody out.
	late := func() *tocsin.Alert {
		a := w.alert("Ip", "192.0.2.9")
		a.StopAt = a.StopAt.Add(-day)
		return a
	}
	w.add(late(), late(), late())
	f(time.Minute, "192.0.2.9", 4*hour)
	// What people decide is no offence.
	w.ban("Ip", "192.0.2.10")
	f(2*hour, "192.0.2.10", 4*hour)
	// All that is known after a restart, too.
	f(0, "192.0.2.20", 4*hour)
	w.clock.pass(day)
	w.open(nil)
	f(0, "192.0.2.20", 8*hour)
}

// TestFactsFail holds that an alert is not kept when the past cannot be asked: its sender comes again.
func TestFactsFail(t *testing.T) {
	w := newWorld(t, nil)
	w.add(w.alert("Ip", "192.0.2.1"))
	w.clock.pass(24 * time.Hour)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := w.AddAlerts(t.Context(), "agent", []*tocsin.Alert{w.alert("Ip", "192.0.2.1")})
	if !errors.Is(err, store.ErrClosed) || !errors.Is(err, profile.ErrFacts) {
		t.Errorf("the error is %v", err)
	}
	w.wantInForce("")
}

func TestManual(t *testing.T) {
	w := newWorld(t, nil)
	w.list("mine", "192.0.2.7")
	until := start.Add(time.Hour)
	f := func(force bool, want string, values ...string) {
		t.Helper()
		m := decide.Manual{Who: "me", Force: force}
		for _, v := range values {
			m.Decisions = append(m.Decisions, tocsin.Decision{Type: "ban", Scope: "Ip", Value: v, Until: until})
		}
		out, err := w.AddManual(t.Context(), m)
		parts := []string{fmt.Sprintf("%d made, %d allowed, %d invalid", out.Made, out.Allowed, out.Invalid)}
		for _, s := range out.Skipped {
			parts = append(parts, s.Value+": "+s.Reason)
		}
		got := strings.Join(parts, "; ")
		if err != nil {
			got = err.Error()
		} else if a, err := w.store.Alert(t.Context(), out.ID); err != nil || len(a.Decisions) != out.Made {
			t.Errorf("the alert is %+v, %v", a, err)
		}
		if got != want {
			t.Errorf("%v: %s, want %s", values, got, want)
		}
	}
	f(false, "1 made, 0 allowed, 0 invalid", "192.0.2.1")
	f(false, "192.0.2.7 is allowlisted: 192.0.2.7 from mine", "192.0.2.7")
	f(false, "127.0.0.1 is allowlisted: 127.0.0.0/8 from guard rail: loopback", "127.0.0.1")
	f(false, `no decision on "nonsense": its value is neither an address nor a range`, "nonsense")
	f(false, "there are no decisions")
	f(true, "1 made, 0 allowed, 0 invalid", "192.0.2.7")
	f(false, "1 made, 1 allowed, 1 invalid; 192.0.2.7: 192.0.2.7 from mine; x: its value is neither an address nor a range", "192.0.2.7", "x", "192.0.2.2")
	w.wantInForce("ban Ip:192.0.2.1 1h0m0s, ban Ip:192.0.2.7 1h0m0s, ban Ip:192.0.2.2 1h0m0s")
	var refused *decide.AllowedError
	_, err := w.AddManual(t.Context(), decide.Manual{Decisions: []tocsin.Decision{{Type: "ban", Scope: "Ip", Value: "127.0.0.1", Until: until}}})
	if !errors.As(err, &refused) || refused.Hint() == "" {
		t.Errorf("the error is %v", err)
	}
	a, err := w.store.Alert(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if a.Scenario != "manual 'ban' from 'me'" || a.Machine != "me" || a.Source.Value != "192.0.2.1" || a.Decisions[0].Origin != "cscli" {
		t.Errorf("the alert is %+v", a)
	}
}
