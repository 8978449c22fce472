package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tocsin.example/client"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fails wants an error with a status and a text in it.
func fails(t *testing.T, err error, status int, text string) {
	t.Helper()
	e, ok := errors.AsType[*client.Error](err)
	if !ok || e.Status != status || !strings.Contains(e.Message, text) {
		t.Errorf("got error %#v, want %d with %q", err, status, text)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestBouncers(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	a := must(s.local.AddBouncer(ctx, client.NewBouncer{Name: "fw"}))
	if len(a.Key) < 40 || a.Bouncer.Name != "fw" || a.Bouncer.AuthType != "api-key" {
		t.Errorf("made %+v", a)
	}
	kept := must(s.store.Bouncers(ctx))
	if len(kept) != 1 || kept[0].KeyHash != hash(a.Key) {
		t.Errorf("the key is kept as %+v", kept)
	}
	own := must(s.local.AddBouncer(ctx, client.NewBouncer{Name: "own key", Key: "0123456789abcdef0123"}))
	if own.Key != "0123456789abcdef0123" {
		t.Errorf("the key is %q", own.Key)
	}
	f := func(b client.NewBouncer, status int, want string) {
		t.Helper()
		_, err := s.local.AddBouncer(ctx, b)
		fails(t, err, status, want)
	}
	f(client.NewBouncer{Name: "fw"}, 409, `there is a bouncer "fw" already`)
	f(client.NewBouncer{Name: "other", Key: "0123456789abcdef0123"}, 409, `the bouncer "own key" has this key`)
	f(client.NewBouncer{Name: "short", Key: "x"}, 400, "a key has 16 to 1024 bytes, this one 1")
	f(client.NewBouncer{Name: "blank", Key: "0123456789 abcdef"}, 400, "without blanks")
	f(client.NewBouncer{}, 400, "a bouncer needs a name")
	f(client.NewBouncer{Name: "a/b"}, 400, `"a/b" is no name for a bouncer`)
	f(client.NewBouncer{Name: ".."}, 400, `".." is no name for a bouncer`)
	f(client.NewBouncer{Name: "x\n"}, 400, "is no name for a bouncer")
	f(client.NewBouncer{Name: strings.Repeat("x", 256)}, 400, "at most 255 bytes")

	odd := "ö %2f?#&" // whatever it is called, it can be shown and deleted
	must(s.local.AddBouncer(ctx, client.NewBouncer{Name: odd}))
	if b := must(s.local.Bouncer(ctx, odd)); b.Name != odd {
		t.Errorf("%q is shown as %q", odd, b.Name)
	}
	if err := s.local.DeleteBouncer(ctx, odd); err != nil {
		t.Error(err)
	}
	fails(t, s.local.DeleteBouncer(ctx, odd), 404, "there is no bouncer")
	_, err := s.local.Bouncer(ctx, odd)
	fails(t, err, 404, "there is no bouncer")

	got := must(s.local.PruneBouncers(ctx, client.Prune{OlderThan: "60m"}))
	if len(got.Names) != 0 {
		t.Errorf("pruned %q, which are new", got.Names)
	}
	_, err = s.local.PruneBouncers(ctx, client.Prune{OlderThan: "soon"})
	fails(t, err, 400, `older_than: "soon" is no duration`)
	old := store.Bouncer{Name: "old", KeyHash: "x", CreatedAt: time.Now().Add(-48 * time.Hour)}
	must(s.store.AddBouncer(ctx, old))
	must(s.store.AddBouncer(ctx, store.Bouncer{Name: "parent", KeyHash: "y", CreatedAt: time.Now().Add(-48 * time.Hour)}))
	must(s.store.AddBouncer(ctx, store.Bouncer{Name: "parent@192.0.2.1", Parent: "parent", CreatedAt: time.Now()}))
	for _, dry := range []bool{true, false} {
		got = must(s.local.PruneBouncers(ctx, client.Prune{OlderThan: "1d", DryRun: dry}))
		if diff := cmp.Diff([]string{"old"}, got.Names); diff != "" {
			t.Errorf("prune, dry %t (-want +got):\n%s", dry, diff)
		}
	}
	var names []string
	for _, b := range must(s.local.Bouncers(ctx)) {
		names = append(names, b.Name)
	}
	if diff := cmp.Diff([]string{"fw", "own key", "parent", "parent@192.0.2.1"}, names); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestMachines(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	a := must(s.local.AddMachine(ctx, client.NewMachine{Name: "web1"}))
	m := must(s.store.Machine(ctx, "web1"))
	if m.PasswordHash != "kept:"+a.Password || !m.Validated || len(a.Password) < 40 {
		t.Errorf("made %+v, kept %+v", a, m)
	}
	_, err := s.local.AddMachine(ctx, client.NewMachine{Name: "web1"})
	fails(t, err, 409, `there is a machine "web1" already`)
	_, err = s.local.AddMachine(ctx, client.NewMachine{Name: "web2", Password: "short"})
	fails(t, err, 400, "a password has 8 to 1024 bytes, this one 5")
	b := must(s.local.AddMachine(ctx, client.NewMachine{Name: "web1", Password: "a new password", Force: true}))
	m2 := must(s.store.Machine(ctx, "web1"))
	if b.Password != "a new password" || m2.PasswordHash != "kept:a new password" || m2.Epoch != m.Epoch+1 {
		t.Errorf("renewed as %+v, kept as %+v", b, m2)
	}
	if err := s.store.AddMachine(ctx, store.Machine{Name: "waits", CreatedAt: time.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if got := must(s.local.PruneMachines(ctx, client.Prune{OlderThan: "10m", NotValidatedOnly: true, DryRun: true})); len(got.Names) != 1 {
		t.Errorf("would prune %q", got.Names)
	}
	if err := s.local.ValidateMachine(ctx, "waits"); err != nil {
		t.Fatal(err)
	}
	if got := must(s.local.Machine(ctx, "waits")); !got.Validated {
		t.Errorf("validated, it is %+v", got)
	}
	if got := must(s.local.PruneMachines(ctx, client.Prune{OlderThan: "10m", NotValidatedOnly: true})); len(got.Names) != 0 {
		t.Errorf("pruned %q", got.Names)
	}
	if got := must(s.local.PruneMachines(ctx, client.Prune{OlderThan: "10m"})); len(got.Names) != 1 {
		t.Errorf("pruned %q", got.Names)
	}
	fails(t, s.local.ValidateMachine(ctx, "waits"), 404, `there is no machine "waits"`)
	fails(t, s.local.DeleteMachine(ctx, "waits"), 404, `there is no machine "waits"`)
	if err := s.local.DeleteMachine(ctx, "web1"); err != nil {
		t.Error(err)
	}
	if got := must(s.local.Machines(ctx)); len(got) != 0 {
		t.Errorf("left are %+v", got)
	}
}

func TestAlerts(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	for i := range 5 {
		s.attack("test/ssh", fmt.Sprintf("192.0.2.%d", i+1))
	}
	last := s.attack("test/http", "198.51.100.7")
	f := func(filter client.AlertFilter, want string) {
		t.Helper()
		var got []string
		for {
			p := must(s.local.Alerts(ctx, filter))
			for _, a := range p.Items {
				got = append(got, strings.TrimPrefix(a.Source.Value, "192.0.2."))
			}
			if p.Next == "" {
				break
			}
			filter.After = p.Next
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%+v finds %q, want %q", filter, text, want)
		}
	}
	yes, no := true, false
	f(client.AlertFilter{}, "198.51.100.7 5 4 3 2 1")
	f(client.AlertFilter{Limit: 2}, "198.51.100.7 5 4 3 2 1")
	f(client.AlertFilter{Limit: 2, Oldest: true}, "1 2 3 4 5 198.51.100.7")
	f(client.AlertFilter{Limit: 6}, "198.51.100.7 5 4 3 2 1")
	f(client.AlertFilter{Scenario: "test/http"}, "198.51.100.7")
	f(client.AlertFilter{Prefix: "192.0.2.3"}, "3")
	f(client.AlertFilter{Prefix: "192.0.2.0/30", Inside: true}, "3 2 1")
	f(client.AlertFilter{Active: &yes, Scope: "ip", Value: "192.0.2.2"}, "2")
	f(client.AlertFilter{Active: &no}, "")
	f(client.AlertFilter{Since: time.Now()}, "")
	f(client.AlertFilter{Origin: "crowdsec", Type: "ban", Limit: 100}, "198.51.100.7 5 4 3 2 1")
	f(client.AlertFilter{Machine: "nobody"}, "")

	a := must(s.local.Alert(ctx, last))
	if len(a.Decisions) != 1 || a.Evidence == nil || a.Evidence.Lines[0].Raw != "a line about 198.51.100.7" || len(a.Events) != 1 || a.Source.AS() != "64500 Example" {
		t.Errorf("the alert is %+v", a)
	}
	listed := must(s.local.Alerts(ctx, client.AlertFilter{IDs: []int64{last}}))
	if len(listed.Items) != 1 || len(listed.Items[0].Events) != 0 || listed.Items[0].Evidence != nil {
		t.Errorf("a list has events: %+v", listed)
	}
	_, err := s.local.Alert(ctx, 999)
	fails(t, err, 404, "there is no alert 999")
	_, err = s.local.Alerts(ctx, client.AlertFilter{Prefix: "nonsense"})
	fails(t, err, 400, `parameter prefix: "nonsense" is neither an address nor a range`)
	_, err = s.local.Alerts(ctx, client.AlertFilter{Inside: true})
	fails(t, err, 400, "parameter inside: needs an address or a range")
	_, err = s.local.Alerts(ctx, client.AlertFilter{After: "x"})
	fails(t, err, 400, "parameter after")

	_, err = s.local.DeleteAlerts(ctx, client.AlertFilter{}, false)
	fails(t, err, 400, "this would delete every alert")
	_, err = s.local.DeleteAlerts(ctx, client.AlertFilter{Limit: 5}, false) // a limit chooses nothing
	fails(t, err, 400, "this would delete every alert")
	if d := must(s.local.DeleteAlerts(ctx, client.AlertFilter{Scenario: "test/http"}, false)); d.Deleted != 1 {
		t.Errorf("deleted %d", d.Deleted)
	}
	fails(t, s.local.DeleteAlert(ctx, last), 404, "there is no alert")
	if err := s.local.DeleteAlert(ctx, 1); err != nil {
		t.Error(err)
	}
	if got := must(s.local.Status(ctx)); got.Decisions != 4 {
		t.Errorf("in force are %d decisions, want 4", got.Decisions)
	}
	_, err = s.local.FlushAlerts(ctx, client.Flush{})
	fails(t, err, 400, "nothing says what to keep")
	if d := must(s.local.FlushAlerts(ctx, client.Flush{MaxItems: 1})); d.Deleted != 0 {
		t.Errorf("flush removed %d alerts of running bans", d.Deleted)
	}
	if d := must(s.local.DeleteAlerts(ctx, client.AlertFilter{}, true)); d.Deleted != 4 {
		t.Errorf("deleted %d", d.Deleted)
	}
}

func TestDecisions(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	s.attack("test/ssh", "192.0.2.1")
	add := func(d client.NewDecision, want string) {
		t.Helper()
		a, err := s.local.AddDecision(ctx, d)
		got := ""
		switch {
		case err != nil:
			got = "error: " + err.Error()
		case len(a.Decisions) != 1:
			t.Errorf("%+v gives %d decisions", d, len(a.Decisions))
		default:
			d := a.Decisions[0]
			got = fmt.Sprintf("%s:%s %s %q %s", d.Scope, d.Value, d.Type, d.Scenario, time.Until(d.Until).Round(time.Minute))
		}
		if got != want {
			t.Errorf("%+v gives %s\nwant %s", d, got, want)
		}
	}
	who := must(s.local.Status(ctx)).Who
	add(client.NewDecision{Value: "192.0.2.2"}, `Ip:192.0.2.2 ban "manual 'ban' from '`+who+`'" 4h0m0s`)
	add(client.NewDecision{Value: "198.51.100.9/24", Duration: "1d", Type: "captcha", Reason: "noise"}, `Range:198.51.100.0/24 captcha "noise" 24h0m0s`)
	add(client.NewDecision{Scope: "as", Value: "64500", Reason: "r"}, `AS:64500 ban "r" 4h0m0s`)
	add(client.NewDecision{Value: "nonsense"}, `error: "nonsense" is neither an address nor a range`)
	add(client.NewDecision{Value: "127.0.0.1"}, `error: 127.0.0.1 is allowlisted: 127.0.0.0/8 from guard rail: loopback`)
	add(client.NewDecision{Value: "192.0.2.3", Duration: "-1h"}, `error: duration: "-1h" is not longer than nothing`)
	add(client.NewDecision{Value: ""}, "error: there is no value")

	f := func(filter client.DecisionFilter, want string) {
		t.Helper()
		var got []string
		for {
			p, err := s.local.Decisions(ctx, filter)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range p.Items {
				if a.ID == 0 || a.UUID == "" {
					t.Errorf("an alert without number or uuid: %+v", a)
				}
				for _, d := range a.Decisions {
					got = append(got, d.Value)
				}
			}
			if p.Next == "" {
				break
			}
			filter.After = p.Next
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%+v finds %q, want %q", filter, text, want)
		}
	}
	f(client.DecisionFilter{}, "64500 198.51.100.0/24 192.0.2.2 192.0.2.1")
	f(client.DecisionFilter{Limit: 1}, "64500 198.51.100.0/24 192.0.2.2 192.0.2.1")
	f(client.DecisionFilter{Prefix: "198.51.100.77"}, "198.51.100.0/24")
	f(client.DecisionFilter{Prefix: "192.0.2.0/24"}, "")
	f(client.DecisionFilter{Prefix: "192.0.2.0/24", Inside: true}, "192.0.2.2 192.0.2.1")
	f(client.DecisionFilter{Scope: "as"}, "64500")
	f(client.DecisionFilter{Value: "192.0.2.2"}, "192.0.2.2")
	f(client.DecisionFilter{Type: "captcha"}, "198.51.100.0/24")
	f(client.DecisionFilter{Origin: "crowdsec"}, "192.0.2.1")
	f(client.DecisionFilter{Scenario: "test/ssh"}, "192.0.2.1")
	f(client.DecisionFilter{Scenario: "test"}, "")
	f(client.DecisionFilter{Since: time.Now().Add(time.Hour)}, "")
	f(client.DecisionFilter{Until: time.Now().Add(-time.Hour)}, "")

	_, err := s.local.DeleteDecisions(ctx, client.DecisionFilter{}, false)
	fails(t, err, 400, "this would delete every decision")
	if d := must(s.local.DeleteDecisions(ctx, client.DecisionFilter{Scenario: "test/ssh"}, false)); d.Deleted != 1 {
		t.Errorf("deleted %d", d.Deleted)
	}
	id := must(s.local.Decisions(ctx, client.DecisionFilter{Value: "64500"})).Items[0].Decisions[0].ID
	if err := s.local.DeleteDecision(ctx, id); err != nil {
		t.Error(err)
	}
	fails(t, s.local.DeleteDecision(ctx, id), 404, "is in force")
	f(client.DecisionFilter{}, "198.51.100.0/24 192.0.2.2")
	if d := must(s.local.DeleteDecisions(ctx, client.DecisionFilter{}, true)); d.Deleted != 2 {
		t.Errorf("deleted %d", d.Deleted)
	}
	f(client.DecisionFilter{}, "")
}

// TestLongList: pages hold all of a long list, in order, whatever the filter leaves.
func TestLongList(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	var list strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&list, "20.0.%d.%d\n", i/250, i%250)
	}
	must(s.local.ImportDecisions(ctx, strings.NewReader(list.String()), client.Import{Format: "values", Batch: 900}))
	must(s.local.AddDecision(ctx, client.NewDecision{Value: "20.0.0.1", Type: "captcha"}))
	must(s.local.DeleteDecisions(ctx, client.DecisionFilter{Prefix: "20.0.4.0/22", Inside: true}, false))
	f := func(filter client.DecisionFilter, want int) {
		t.Helper()
		got, last := 0, int64(1<<62)
		for {
			p := must(s.local.Decisions(ctx, filter))
			for _, a := range p.Items {
				for _, d := range a.Decisions {
					if d.ID >= last {
						t.Fatalf("%d comes after %d", d.ID, last)
					}
					got, last = got+1, d.ID
				}
			}
			if filter.After = p.Next; p.Next == "" {
				break
			}
		}
		if got != want {
			t.Errorf("%+v lists %d, want %d", filter, got, want)
		}
	}
	f(client.DecisionFilter{Limit: 700}, 4001)
	f(client.DecisionFilter{Limit: 1000}, 4001)
	f(client.DecisionFilter{Type: "captcha"}, 1)
	f(client.DecisionFilter{Prefix: "20.0.0.0/31", Inside: true, Limit: 1}, 3)
	f(client.DecisionFilter{Prefix: "20.0.0.1"}, 2)
	alerts := must(s.local.Alerts(ctx, client.AlertFilter{Counts: true}))
	if len(alerts.Items) != 7 || alerts.Items[1].Counts["ban"] != 500 || len(alerts.Items[1].Decisions) != 0 {
		t.Errorf("alerts are %+v", alerts)
	}
}

func TestImport(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	f := func(list string, o client.Import, want string) {
		t.Helper()
		i, err := s.local.ImportDecisions(ctx, strings.NewReader(list), o)
		got := fmt.Sprintf("%+v", i)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q: %s\nwant %s", list, got, want)
		}
	}
	f("192.0.2.1\n192.0.2.2\n127.0.0.1\n192.0.2.0/30\n", client.Import{Format: "values", Batch: 2},
		"{Decisions:3 Alerts:2 Allowed:1 AllowedFirst:[127.0.0.1: 127.0.0.0/8 from guard rail: loopback]}")
	f("127.0.0.1\n", client.Import{Format: "values", BypassAllowlist: true}, "{Decisions:1 Alerts:1 Allowed:0 AllowedFirst:[]}")
	f("127.0.0.1\n", client.Import{Format: "values"}, "{Decisions:0 Alerts:0 Allowed:1 AllowedFirst:[127.0.0.1: 127.0.0.0/8 from guard rail: loopback]}")
	f("", client.Import{Format: "json"}, "{Decisions:0 Alerts:0 Allowed:0 AllowedFirst:[]}")
	f("value,duration\n192.0.2.9,7d\n", client.Import{Format: "csv", Type: "captcha"}, "{Decisions:1 Alerts:1 Allowed:0 AllowedFirst:[]}")
	f("192.0.2.1\nx\n", client.Import{Format: "values"}, `error: line 2: "x" is neither an address nor a range; nothing was imported`)
	f("192.0.2.1\nx\n", client.Import{Format: "values", Batch: 1}, `error: line 2: "x" is neither an address nor a range; the 1 decisions before it were imported`)
	f("", client.Import{}, `error: there is no format "": want values, csv or json`)
	f("", client.Import{Format: "values", Duration: "x"}, `error: duration: "x" is no duration: write it like 4h, 90m or 7d`)
	a := must(s.local.Decisions(ctx, client.DecisionFilter{Value: "192.0.2.9"})).Items[0]
	if d := a.Decisions[0]; d.Origin != "cscli-import" || d.Type != "captcha" || d.Scenario != "manual" || time.Until(d.Until).Round(time.Hour) != 168*time.Hour {
		t.Errorf("imported as %+v", d)
	}
}

func TestAllowlists(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	s.attack("test/ssh", "192.0.2.1")
	must(s.local.CreateAllowlist(ctx, client.NewAllowlist{Name: "office", Description: "our own"}))
	_, err := s.local.CreateAllowlist(ctx, client.NewAllowlist{Name: "office"})
	fails(t, err, 409, `there is an allowlist "office" already`)
	r := must(s.local.AddToAllowlist(ctx, "office", client.AllowItems{Items: []client.NewAllowItem{
		{Value: "192.0.2.0/28", Comment: "the house"}, {Value: "2001:DB8::1", Expires: "7d"},
	}}))
	if diff := cmp.Diff([]string{"192.0.2.0/28", "2001:db8::1"}, r.Added); diff != "" || r.Lifted != 1 || r.LiftedFirst[0].Value != "192.0.2.1" {
		t.Errorf("added %+v %s", r, diff)
	}
	_, err = s.local.AddToAllowlist(ctx, "office", client.AllowItems{Items: []client.NewAllowItem{{Value: "no such thing !"}}})
	fails(t, err, 400, "no such thing")
	_, err = s.local.AddToAllowlist(ctx, "nothing", client.AllowItems{Items: []client.NewAllowItem{{Value: "192.0.2.1"}}})
	fails(t, err, 404, `there is no allowlist "nothing"`)
	_, err = s.local.AddToAllowlist(ctx, "office", client.AllowItems{})
	fails(t, err, 400, "there are no items")
	c := must(s.local.CheckAllowlists(ctx, []string{"192.0.2.5", "198.51.100.1"}))
	want := []client.AllowCheck{{Value: "192.0.2.5", Allowed: true, Reason: "192.0.2.0/28 from office (the house)"}, {Value: "198.51.100.1"}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("check (-want +got):\n%s", diff)
	}
	if l := must(s.local.Allowlist(ctx, "office")); len(l.Items) != 2 || l.Size != 2 || l.Description != "our own" || l.Items[1].Expires == nil {
		t.Errorf("the list is %+v", l)
	}
	if l := must(s.local.Allowlists(ctx)); len(l) != 1 || len(l[0].Items) != 0 || l[0].Size != 2 {
		t.Errorf("the lists are %+v", l)
	}
	r = must(s.local.RemoveFromAllowlist(ctx, "office", []string{"2001:db8:0::1", "192.0.2.9"}))
	if diff := cmp.Diff(client.AllowChange{Removed: []string{"2001:db8::1"}, Missing: []string{"192.0.2.9"}}, r); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	if err := s.local.DeleteAllowlist(ctx, "office"); err != nil {
		t.Error(err)
	}
	fails(t, s.local.DeleteAllowlist(ctx, "office"), 404, "there is no allowlist")
}

func TestTrials(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	if got := must(s.local.SetSimulation(ctx, client.Trial{Scenarios: []string{"test/ssh"}, On: true})); got.Global || len(got.Exclusions) != 1 {
		t.Errorf("simulated is %+v", got)
	}
	if got := must(s.local.SetSimulation(ctx, client.Trial{On: true})); !got.Global || len(got.Exclusions) != 0 {
		t.Errorf("simulated is %+v", got)
	}
	s.attack("test/ssh", "192.0.2.1")
	w := must(s.local.Why(ctx, "192.0.2.1"))
	if w.Blocked || len(w.Simulated) != 1 || len(w.Scenarios) != 1 || !w.Scenarios[0].Simulated {
		t.Errorf("simulated, why says %+v", w)
	}
	if got := must(s.local.SetSimulation(ctx, client.Trial{})); got.Global {
		t.Errorf("simulated is %+v", got)
	}
	if got := must(s.local.SetShadow(ctx, client.Trial{Scenarios: []string{"test/http"}, On: true})); len(got.Scenarios) != 1 {
		t.Errorf("in shadow are %+v", got)
	}
	id := s.attack("test/http", "192.0.2.2")
	if a := must(s.local.Alert(ctx, id)); !a.Shadow {
		t.Errorf("an alert of a scenario in shadow is %+v", a)
	}
	_, err := s.local.SetShadow(ctx, client.Trial{On: true})
	fails(t, err, 400, "shadow is for single scenarios")
	if got := must(s.local.Shadow(ctx)); len(got.Scenarios) != 1 {
		t.Errorf("in shadow are %+v", got)
	}
	if got := must(s.local.Simulation(ctx)); got.Global || got.Exclusions == nil {
		t.Errorf("simulated is %+v", got)
	}
}

func TestWhy(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	s.attack("test/ssh", "192.0.2.1")
	must(s.local.AddDecision(ctx, client.NewDecision{Value: "192.0.2.0/24", Duration: "1h", Reason: "a bad net"}))
	w := must(s.local.Why(ctx, "192.0.2.1"))
	if !w.Blocked || w.Type != "ban" || len(w.InForce) != 2 || len(w.Alerts) != 2 || w.PastCount != 2 {
		t.Fatalf("why says %+v", w)
	}
	if d := w.InForce[0]; d.Scenario != "test/ssh" || d.Profile == "" || d.Alert == 0 || d.Begun.IsZero() {
		t.Errorf("first is %+v", d)
	}
	if w.InForce[1].Profile != "" {
		t.Errorf("a person's decision is a profile's: %+v", w.InForce[1])
	}
	if a := w.Alerts[1]; a.Evidence == nil || a.Evidence.Lines[0].Raw != "a line about 192.0.2.1" {
		t.Errorf("the alert is %+v", a)
	}
	must(s.local.DeleteDecisions(ctx, client.DecisionFilter{}, true))
	w = must(s.local.Why(ctx, "192.0.2.1"))
	if w.Blocked || len(w.InForce) != 0 || len(w.Past) != 2 || w.Past[0].EndedAt == nil {
		t.Errorf("after the end, why says %+v", w)
	}
	w = must(s.local.Why(ctx, "127.0.0.1"))
	if diff := cmp.Diff([]string{"127.0.0.0/8 from guard rail: loopback"}, w.Allowed); diff != "" {
		t.Errorf("allowed (-want +got):\n%s", diff)
	}
	_, err := s.local.Why(ctx, " ")
	fails(t, err, 400, "want an address")
}

func TestProfiles(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	id := s.attack("test/ssh", "2001:db8::1")
	p := must(s.local.Profiles(ctx))
	if len(p) == 0 || p[0].Name == "" || len(p[0].Decisions) == 0 {
		t.Errorf("profiles are %+v", p)
	}
	r := must(s.local.TestProfiles(ctx, id))
	if r.Profile == "" || len(r.Decisions) != 2 || len(r.Steps) == 0 {
		t.Errorf("the test says %+v", r)
	}
	_, err := s.local.TestProfiles(ctx, 999)
	fails(t, err, 404, "there is no alert 999")
}

// TestAudit: what was done is written down, and what was tried.
func TestAudit(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	must(s.local.AddBouncer(ctx, client.NewBouncer{Name: "fw"}))
	_, _ = s.local.AddBouncer(ctx, client.NewBouncer{Name: "fw"})
	must(s.local.Bouncers(ctx)) // a look is not written down
	v := s.client(client.Options{URL: s.tcp.URL, Token: s.token("v", client.Viewer)})
	fails(t, v.DeleteBouncer(ctx, "fw"), 403, "the role viewer may not do this")
	_, _ = s.local.DeleteAlerts(ctx, client.AlertFilter{}, false)
	var b bytes.Buffer
	must(s.local.Backup(ctx, &b))
	who := must(s.local.Status(ctx)).Who
	var got []string
	after := ""
	for {
		p := must(s.local.Audit(ctx, 2, after))
		for _, e := range p.Items {
			line := strings.Join([]string{e.Who, e.Role, e.Action, e.Target, e.Detail}, "|")
			if e.Failed {
				line += "|failed"
			}
			got = append(got, line)
		}
		if after = p.Next; after == "" {
			break
		}
	}
	want := []string{
		who + "|admin|backup||",
		who + "|admin|alert.delete||this would delete every alert|failed",
		"token:v|viewer|bouncer.delete|fw|the role viewer may not do this: it takes admin|failed",
		who + "|admin|token.add|v|role viewer",
		who + `|admin|bouncer.add|fw|there is a bouncer "fw" already|failed`,
		who + "|admin|bouncer.add|fw|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestBackup(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	must(s.local.AddBouncer(ctx, client.NewBouncer{Name: "fw"}))
	var b bytes.Buffer
	if n := must(s.local.Backup(ctx, &b)); n == 0 || n != int64(b.Len()) {
		t.Errorf("a backup of %d bytes, %d told", b.Len(), n)
	}
	other := must(mem.Restore(&b, store.Options{}))
	if list := must(other.Bouncers(ctx)); len(list) != 1 || list[0].Name != "fw" {
		t.Errorf("restored are %+v", list)
	}
}

// TestBodies: what is no request is refused, with words.
func TestBodies(t *testing.T) {
	s := newSite(t)
	token := s.token("a", client.Admin)
	f := func(body string, status int, want string) {
		t.Helper()
		got, text := s.ask("POST", "/admin/v1/bouncers", body, "Authorization", "Bearer "+token)
		if got != status || !strings.Contains(text, want) {
			t.Errorf("%.40q: %d %s, want %d with %q", body, got, text, status, want)
		}
	}
	f("", 400, "the request has no body")
	f("{", 400, "the body is not what is asked for")
	f("[]", 400, "the body is not what is asked for")
	f(`{"name":"x","unknown":1}`, 400, "unknown")
	f(`{"name":"x"} {}`, 400, "there is more after the end")
	f(`{"name":"`+strings.Repeat("x", maxBody)+`"}`, 413, "the request is too long")
	f("null", 400, "a bouncer needs a name")
}

func TestMetrics(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	s.attack("test/ssh", "192.0.2.1")
	m := must(s.local.Metrics(ctx))
	want := []client.Count{{Origin: "crowdsec", Type: "ban", Scope: "Ip", Scenario: "test/ssh", Count: 1}}
	if diff := cmp.Diff(want, m.Decisions); diff != "" || m.Since["alerts_accepted"] != 1 || m.Since["decisions_made_crowdsec"] != 1 {
		t.Errorf("metrics are %+v %s", m, diff)
	}
}

// TestUnreachable: the errors of a client without a server.
func TestUnreachable(t *testing.T) {
	c := must(client.New(client.Options{Socket: "/nowhere/admin.sock"}))
	_, err := c.Status(t.Context())
	u, ok := errors.AsType[*client.UnreachableError](err)
	if want := "nobody answers at /nowhere/admin.sock: connect: no such file or directory"; !ok || u.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.local.Status(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, it says %v", err)
	}
	f := func(o client.Options, want string) {
		t.Helper()
		if _, err := client.New(o); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	f(client.Options{}, "neither a socket nor a URL is given")
	f(client.Options{Socket: "x", URL: "y"}, "a socket and a URL: give one of them")
	f(client.Options{URL: "host:8080"}, `"host:8080" is no URL of a server: want http://HOST:PORT or https://HOST:PORT`)
}
