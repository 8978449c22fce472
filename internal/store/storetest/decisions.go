package storetest

import (
	"net/netip"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

func testEndDecisions(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour), ban("192.0.2.2", time.Minute), ban("192.0.2.3", time.Hour), ban("192.0.2.4", time.Hour))
	w.add(a)
	w.pass(30 * time.Minute)
	w.takeTold()
	id := func(i int) int64 { return a.Decisions[i].ID }
	ended, err := w.EndDecisions(t.Context(), []int64{id(3), id(0), id(1), 999, id(0), -1})
	w.ok(err)
	same(t, "ended", ended, []int64{id(0), id(3)})
	at := start().Add(30 * time.Minute)
	told := w.takeTold()
	if len(told) != 2 || told[0].Seq <= uint64(id(3)) || told[1].Seq <= told[0].Seq {
		t.Fatalf("told %+v, want two ends with new numbers", told)
	}
	same(t, "told", told, []verdict.Change{
		{Seq: told[0].Seq, End: true, At: at, Decision: tocsin.Decision{ID: id(0)}},
		{Seq: told[1].Seq, End: true, At: at, Decision: tocsin.Decision{ID: id(3)}},
	})
	ended, err = w.EndDecisions(t.Context(), []int64{id(0), id(1)})
	w.ok(err)
	same(t, "ended again", ended, []int64(nil))
	ended, err = w.EndDecisions(t.Context(), nil)
	w.ok(err)
	same(t, "ended of none", ended, []int64(nil))
	same(t, "told again", w.takeTold(), []verdict.Change(nil))
	got, err := w.Alert(t.Context(), a.ID)
	w.ok(err)
	want := *a
	want.Decisions = append([]tocsin.Decision(nil), a.Decisions...)
	want.Decisions[0].Until, want.Decisions[3].Until = at, at
	same(t, "the alert shows when they ended", got, &want)
	next := alert(2, "192.0.2.9", ban("192.0.2.9", time.Hour))
	w.add(next)
	if d := next.Decisions[0]; uint64(d.ID) <= told[1].Seq {
		t.Errorf("decision %d after change %d", d.ID, told[1].Seq)
	}
}

// testActive follows whether an alert has a decision in force through ends in any order.
func testActive(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", 3*time.Hour), ban("192.0.2.2", time.Hour), ban("192.0.2.3", 3*time.Hour), ban("192.0.2.4", 2*time.Hour))
	w.add(a)
	f := func(what string, want bool) {
		t.Helper()
		got := w.ids(store.AlertFilter{Active: new(true)})
		not := w.ids(store.AlertFilter{Active: new(false)})
		if (len(got) == 1) != want || (len(not) == 1) == want {
			t.Errorf("%s: active %v, inactive %v; want active: %v", what, got, not, want)
		}
	}
	end := func(i int) {
		t.Helper()
		ended, err := w.EndDecisions(t.Context(), []int64{a.Decisions[i].ID})
		if err != nil || len(ended) != 1 {
			t.Fatalf("end: %v, %v", ended, err)
		}
	}
	f("at first", true)
	end(0)
	f("one of the longest ended", true)
	end(2)
	f("both ended", true)
	w.pass(time.Hour)
	f("the shortest expired", true)
	w.pass(time.Hour)
	f("the last expired", false)
	b := alert(2, "192.0.2.1", ban("192.0.2.1", 9*time.Hour))
	w.add(b)
	same(t, "another", w.ids(store.AlertFilter{Active: new(true)}), []int64{b.ID})
	_, err := w.EndDecisions(t.Context(), []int64{b.Decisions[0].ID})
	w.ok(err)
	same(t, "all ended", w.ids(store.AlertFilter{Active: new(true)}), []int64(nil))
}

func testChanges(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour), ban("192.0.2.2", time.Minute))
	w.add(a)
	w.pass(time.Second)
	_, err := w.EndDecisions(t.Context(), []int64{a.Decisions[0].ID})
	w.ok(err)
	w.pass(time.Second)
	w.add(alert(2, "192.0.2.3", ban("192.0.2.3", time.Hour), ban("192.0.2.4", -time.Hour)))
	w.pass(30 * time.Minute)
	_, err = w.DeleteAlerts(t.Context(), store.AlertFilter{})
	w.ok(err)
	w.add(alert(3, "192.0.2.5", ban("2001:db8::/32", 2*time.Hour)))
	told := w.takeTold()
	if len(told) != 6 {
		t.Errorf("told %d changes, want 6: %+v", len(told), told)
	}
	for i := range told {
		if i > 0 && told[i].Seq <= told[i-1].Seq {
			t.Errorf("number %d after %d", told[i].Seq, told[i-1].Seq)
		}
	}
	for i := range told {
		after := uint64(0)
		if i > 0 {
			after = told[i-1].Seq
		}
		same(t, "changes after a number", all(t, w.Changes(t.Context(), after)), told[i:])
	}
	same(t, "changes after the last", all(t, w.Changes(t.Context(), told[len(told)-1].Seq)), []verdict.Change(nil))
	same(t, "changes after what never was", all(t, w.Changes(t.Context(), 1<<64-1)), []verdict.Change(nil))
	for c, err := range w.Changes(t.Context(), 0) {
		w.ok(err)
		same(t, "the first alone", c, told[0])
		break
	}
	// What is committed while somebody reads is not for them.
	n := 0
	for _, err := range w.Changes(t.Context(), 0) {
		w.ok(err)
		if n++; n == 1 {
			w.add(alert(4, "192.0.2.6", ban("192.0.2.6", 3*time.Hour)))
		}
	}
	if n != len(told) {
		t.Errorf("read %d changes, want the %d that there were", n, len(told))
	}
}

func testPast(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour))
	b := alert(2, "192.0.2.1", ban("192.0.2.0/24", time.Hour))
	c := alert(3, "192.0.2.1", ban("192.0.2.1/32", time.Minute))
	c.Decisions[0].Type = "captcha"
	d := alert(4, "x", tocsin.Decision{Type: "ban", Scope: "user", Value: "192.0.2.1", Until: start().Add(time.Hour)})
	e := alert(5, "2001:db8::1", ban("2001:DB8:0::1", time.Hour), ban("::/0", time.Hour))
	list := []*store.Alert{a, b, c, d, e}
	for _, a := range list {
		w.add(a)
		w.pass(time.Second)
	}
	_, err := w.EndDecisions(t.Context(), []int64{a.Decisions[0].ID})
	w.ok(err)
	w.pass(time.Hour)
	past := func(i, j int) store.PastDecision {
		p := store.PastDecision{Decision: list[i].Decisions[j], Alert: list[i].ID, Begun: start().Add(time.Duration(i) * time.Second)}
		if i == 0 {
			p.EndedAt = start().Add(5 * time.Second)
		}
		return p
	}
	f := func(what string, q store.PastQuery, want ...store.PastDecision) {
		t.Helper()
		same(t, what, all(t, w.PastDecisions(t.Context(), q)), append([]store.PastDecision(nil), want...))
		n, err := w.CountPast(t.Context(), q)
		if n != len(want) || err != nil {
			t.Errorf("%s: counted %d, %v; want %d", what, n, err, len(want))
		}
	}
	p := netip.MustParsePrefix
	f("address", store.PastQuery{Prefix: p("192.0.2.1/32")}, past(2, 0), past(1, 0), past(0, 0))
	f("mapped", store.PastQuery{Prefix: netip.PrefixFrom(netip.MustParseAddr("::ffff:192.0.2.1"), 128)}, past(2, 0), past(1, 0), past(0, 0))
	f("neighbour", store.PastQuery{Prefix: p("192.0.2.2/32")}, past(1, 0))
	f("range", store.PastQuery{Prefix: p("192.0.2.0/24")}, past(1, 0))
	f("wider range", store.PastQuery{Prefix: p("192.0.0.0/16")})
	f("IPv6", store.PastQuery{Prefix: p("2001:db8::1/128")}, past(4, 1), past(4, 0))
	f("all of IPv6", store.PastQuery{Prefix: p("::/0")}, past(4, 1))
	f("value", store.PastQuery{Value: "192.0.2.1"}, past(3, 0), past(0, 0))
	f("value as it was spelled", store.PastQuery{Value: "192.0.2.1/32"}, past(2, 0))
	f("value as it was spelled, IPv6", store.PastQuery{Value: "2001:DB8:0::1"}, past(4, 0))
	f("value in another spelling", store.PastQuery{Value: "2001:db8::1"})
	f("type", store.PastQuery{Prefix: p("192.0.2.1/32"), Type: "ban"}, past(1, 0), past(0, 0))
	f("type that is not there", store.PastQuery{Prefix: p("192.0.2.1/32"), Type: "x"})
	f("since, included", store.PastQuery{Prefix: p("192.0.2.1/32"), Since: start().Add(time.Second)}, past(2, 0), past(1, 0))
	f("since, below a millisecond", store.PastQuery{Prefix: p("192.0.2.1/32"), Since: start().Add(time.Second + 1)}, past(2, 0))
	f("limit", store.PastQuery{Prefix: p("192.0.2.1/32"), Limit: 1}, past(2, 0))
	f("limit beyond", store.PastQuery{Prefix: p("192.0.2.1/32"), Limit: 100}, past(2, 0), past(1, 0), past(0, 0))
	f("by IDs", store.PastQuery{IDs: []int64{past(0, 0).ID, 1 << 40, past(4, 1).ID, past(0, 0).ID}}, past(4, 1), past(0, 0))
	f("by IDs, limited", store.PastQuery{IDs: []int64{past(0, 0).ID, past(4, 1).ID}, Limit: 1}, past(4, 1))
}
