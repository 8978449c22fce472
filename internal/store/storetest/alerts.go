package storetest

import (
	"errors"
	"math"
	"net/netip"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
	"tocsin.example/internal/verdict"
)

func testAddAlerts(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour), ban("2001:db8::1", time.Hour))
	b := alert(2, "192.0.2.2")
	b.UUID = ""
	c := alert(3, "192.0.2.0/24", ban("192.0.2.0/24", time.Hour))
	c.Decisions[0].UUID = "B0E42026-0000-4000-8000-00000000000F"
	c.Decisions[0].Until = c.Decisions[0].Until.Add(999 * time.Microsecond).In(time.FixedZone("x", 3600))
	r := w.add(a, b, c)
	same(t, "receipts", r, []store.Receipt{{ID: a.ID}, {ID: b.ID}, {ID: c.ID}})
	if a.ID <= 0 || b.ID <= a.ID || c.ID <= b.ID {
		t.Errorf("IDs %d, %d, %d do not ascend", a.ID, b.ID, c.ID)
	}
	if _, ok := uuid.Parse(b.UUID); !ok {
		t.Errorf("a missing UUID became %q", b.UUID)
	}
	seen := map[string]bool{}
	last := int64(0)
	for _, a := range []*store.Alert{a, b, c} {
		if !a.CreatedAt.Equal(start()) {
			t.Errorf("alert %d was created at %s, want %s", a.ID, a.CreatedAt, start())
		}
		for _, d := range a.Decisions {
			if d.ID <= last || seen[d.UUID] {
				t.Errorf("decision %+v comes after %d", d, last)
			}
			if _, ok := uuid.Parse(d.UUID); !ok {
				t.Errorf("the UUID of a decision is %q", d.UUID)
			}
			last, seen[d.UUID] = d.ID, true
		}
	}
	d := c.Decisions[0]
	if d.UUID != "b0e42026-0000-4000-8000-00000000000f" || d.Until != start().Add(time.Hour) {
		t.Errorf("the given decision became %+v", d)
	}
	same(t, "told", w.takeTold(), begun(start(), a, b, c))
	got, err := w.Alert(t.Context(), c.ID)
	w.ok(err)
	same(t, "alert", got, c)
	if _, err := w.Alert(t.Context(), 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an alert that is not there: %v, want ErrNotFound", err)
	}
	// Whole or not at all: JSON cannot say infinity.
	bad := alert(5, "192.0.2.5")
	bad.Labels = map[string]any{"x": math.Inf(1)}
	if _, err := w.AddAlerts(t.Context(), []*store.Alert{alert(4, "192.0.2.4", ban("192.0.2.4", time.Hour)), bad}); err == nil {
		t.Error("an alert that cannot be kept was")
	}
	same(t, "alerts after a failure", w.ids(store.AlertFilter{}), []int64{c.ID, b.ID, a.ID})
	same(t, "told after a failure", w.takeTold(), []verdict.Change(nil))
	r, err = w.AddAlerts(t.Context(), nil)
	if err != nil || len(r) != 0 {
		t.Errorf("adding nothing: %v, %v", r, err)
	}
}

func testRepeat(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour))
	w.add(a)
	w.takeTold()
	f := func(what string, a *store.Alert, want store.Receipt) {
		t.Helper()
		same(t, what, w.add(a), []store.Receipt{want})
		same(t, what+": told", w.takeTold(), []verdict.Change(nil))
	}
	again := alert(1, "192.0.2.9", ban("192.0.2.9", time.Hour))
	f("a repeat", again, store.Receipt{ID: a.ID, Repeat: true})
	if again.ID != 0 || again.Decisions[0].ID != 0 {
		t.Errorf("a repeat was written into: %+v", again)
	}
	upper := alert(1, "192.0.2.9")
	upper.UUID = "5BD0BA54-5BD0-4BD0-8BD0-000000000001"
	f("a repeat in upper case", upper, store.Receipt{ID: a.ID, Repeat: true})
	text := alert(0, "192.0.2.3")
	text.UUID = "no uuid at all"
	w.add(text)
	f("a repeat of free text", &store.Alert{Alert: tocsin.Alert{UUID: "no uuid at all"}}, store.Receipt{ID: text.ID, Repeat: true})
	got, err := w.Alert(t.Context(), text.ID)
	w.ok(err)
	same(t, "alert with free text as uuid", got, text)

	b := alert(2, "192.0.2.2")
	r := w.add(b, alert(2, "192.0.2.2"))
	same(t, "twice in one call", r, []store.Receipt{{ID: b.ID}, {ID: b.ID, Repeat: true}})
	same(t, "alerts", w.ids(store.AlertFilter{}), []int64{b.ID, text.ID, a.ID})

	n, err := w.DeleteAlerts(t.Context(), store.AlertFilter{IDs: []int64{a.ID}})
	if n != 1 || err != nil {
		t.Fatalf("delete: %d, %v", n, err)
	}
	w.takeTold()
	w.pass(store.Tombstone - time.Second)
	f("a repeat after the deletion", alert(1, "192.0.2.1"), store.Receipt{ID: a.ID, Repeat: true})
	w.pass(time.Second)
	late := alert(1, "192.0.2.1")
	r = w.add(late)
	if r[0].Repeat || r[0].ID <= b.ID {
		t.Errorf("after the tombstone: %+v, want a new alert", r[0])
	}
	f("a repeat of the new one", alert(1, "192.0.2.1"), store.Receipt{ID: late.ID, Repeat: true})
}

func testLate(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", -time.Hour), ban("192.0.2.2", time.Hour), ban("192.0.2.3", 0))
	r := w.add(a)
	same(t, "receipt", r, []store.Receipt{{ID: a.ID, Late: 2}})
	if !a.Late {
		t.Error("the alert is not marked late")
	}
	same(t, "told", w.takeTold(), []verdict.Change{{Seq: uint64(a.Decisions[1].ID), At: start(), Decision: a.Decisions[1]}})
	got, err := w.Alert(t.Context(), a.ID)
	w.ok(err)
	same(t, "alert", got, a)
	ended, err := w.EndDecisions(t.Context(), []int64{a.Decisions[0].ID, a.Decisions[2].ID})
	w.ok(err)
	same(t, "ended", ended, []int64(nil))
	past := all(t, w.PastDecisions(t.Context(), store.PastQuery{Prefix: netip.MustParsePrefix("192.0.2.1/32")}))
	same(t, "past", past, []store.PastDecision{{Decision: a.Decisions[0], Alert: a.ID, Begun: start(), Late: true}})
}

func testShadow(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour))
	a.Shadow = true
	w.add(a)
	same(t, "told", w.takeTold(), []verdict.Change(nil))
	got, err := w.Alert(t.Context(), a.ID)
	w.ok(err)
	same(t, "alert", got, a)
	same(t, "active", w.ids(store.AlertFilter{Active: new(true)}), []int64(nil))
	same(t, "inactive", w.ids(store.AlertFilter{Active: new(false)}), []int64{a.ID})
	same(t, "changes", all(t, w.Changes(t.Context(), 0)), []verdict.Change(nil))
	same(t, "past", all(t, w.PastDecisions(t.Context(), store.PastQuery{Value: "192.0.2.1"})), []store.PastDecision(nil))
	ended, err := w.EndDecisions(t.Context(), []int64{a.Decisions[0].ID})
	w.ok(err)
	same(t, "ended", ended, []int64(nil))
	n, err := w.DeleteAlerts(t.Context(), store.AlertFilter{})
	if n != 1 || err != nil {
		t.Errorf("delete: %d, %v", n, err)
	}
	same(t, "told after the deletion", w.takeTold(), []verdict.Change(nil))
}

func testRoundTrip(t *testing.T, open Open) {
	w := newWorld(t, open)
	at := start().Add(-123456789 * time.Nanosecond)
	a := &store.Alert{Machine: "agent-1", Alert: tocsin.Alert{
		UUID: nthUUID(1), Kind: "cscli", Scenario: "a/<b>&c", ScenarioVersion: "1.2", ScenarioHash: "abc", Message: "line\nbreak \u2028 \x00",
		EventsCount: 1 << 30, StartAt: at, StopAt: at.Add(time.Second), Capacity: 5, Leakspeed: "10s", Simulated: true, Remediation: true,
		Source: &tocsin.AlertSource{
			Scope: "Ip", Value: "192.0.2.1", IP: "192.0.2.1", Range: "192.0.2.0/24", AsNumber: "64496", AsName: "Example", Cn: "FR",
			Latitude: 48.8566, Longitude: -2.3522,
		},
		Events:    []tocsin.AlertEvent{{Timestamp: "2026-11-24T12:00:00Z", Meta: []tocsin.Meta{{Key: "user", Value: "root"}, {Key: "é", Value: ""}}}, {}},
		Meta:      []tocsin.Meta{{Key: "target", Value: `["/a"]`}},
		Labels:    map[string]any{"type": "bf", "n": 1.5, "deep": map[string]any{"x": []any{"y", true, nil}}},
		Decisions: []tocsin.Decision{ban("192.0.2.1", time.Hour)},
		Evidence: &tocsin.Evidence{
			Rule:   tocsin.EvidenceRule{Name: "a/b", Version: "1", Hash: "ff", File: "/x.yaml", Document: 2, Filter: "true"},
			Bucket: tocsin.EvidenceBucket{Type: "leaky", GroupKey: "g", Capacity: 5, Leakspeed: "10s", Reason: "why"},
			Lines: []tocsin.EvidenceLine{{
				Number: 1 << 60, Source: "/var/log/x", Time: at, Level: 1.25, Raw: "raw", Cut: 3,
				Parsed: []tocsin.Meta{{Key: "k", Value: "v"}},
			}},
			Omitted: 4, Parents: []string{"p"},
		},
	}}
	nothing := &store.Alert{}
	empty := &store.Alert{Alert: tocsin.Alert{Source: &tocsin.AlertSource{}, Events: []tocsin.AlertEvent{}, Decisions: []tocsin.Decision{{}}}}
	odd := alert(7, "x")
	for _, d := range []tocsin.Decision{
		{Scope: "Ip", Value: "192.0.2.1"},
		{Scope: "Ip", Value: "192.0.2.1/32"},
		{Scope: "Range", Value: "192.0.2.77/24"},
		{Scope: "range", Value: "192.0.2.0/24"},
		{Scope: "Ip", Value: "::ffff:192.0.2.1"},
		{Scope: "Ip", Value: "2001:DB8::1"},
		{Scope: "Ip", Value: "2001:db8::1"},
		{Scope: "Ip", Value: "fe80::1%eth0"},
		{Scope: "Ip", Value: "not an address"},
		{Scope: "Country", Value: "FR"},
		{Scope: "AS", Value: "64496"},
		{Scope: "user", Value: "192.0.2.1"},
		{Scope: "user", Value: "é\x00\n'\""},
		{Scope: "user", Value: string(make([]byte, 3000))},
		{Scope: "Range", Value: "0.0.0.0/0"},
		{Scope: "Range", Value: "::/0"},
		{UUID: "free text", Scope: "x"},
		{UUID: string(make([]byte, 1000)), Scope: "x", Simulated: true},
		{Scope: "x", Until: time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Scope: "x", Until: time.Date(19999, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if d.Until.IsZero() {
			d.Until = start().Add(time.Hour)
		}
		d.Origin, d.Type, d.Scenario = "o", "t", "s"
		odd.Decisions = append(odd.Decisions, d)
	}
	list := []*store.Alert{a, nothing, empty, odd}
	w.add(list...)
	for _, want := range list {
		got, err := w.Alert(t.Context(), want.ID)
		w.ok(err)
		same(t, "alert", got, want)
	}
	changes := all(t, w.Changes(t.Context(), 0))
	same(t, "changes and what was told", changes, w.takeTold())

	got := all(t, w.FindAlerts(t.Context(), store.AlertFilter{IDs: []int64{a.ID}, WithoutEvents: true, WithoutDecisions: true}))
	less := *a
	less.Events, less.Evidence, less.Decisions = nil, nil, nil
	same(t, "without events and decisions", got, []*store.Alert{&less})
}

func testFilters(t *testing.T, open Open) {
	w := newWorld(t, open)
	list := map[string]*store.Alert{}
	put := func(name string, a *store.Alert) {
		list[name] = a
		a.UUID = ""
		w.add(a)
		w.pass(time.Minute)
	}
	put("v4", alert(0, "192.0.2.1", ban("192.0.2.1", time.Hour)))
	range24 := alert(0, "192.0.2.0/24", ban("192.0.2.0/24", time.Hour))
	range24.Source.Scope = tocsin.ScopeRange
	put("range", range24)
	put("other", alert(0, "198.51.100.7"))
	put("v6", alert(0, "2001:DB8::1", ban("2001:db8::1", time.Hour)))
	country := alert(0, "FR")
	country.Source.Scope, country.Scenario, country.Machine, country.Kind = tocsin.ScopeCountry, "test/other", "m2", "cscli"
	country.StartAt = start().Add(30 * time.Second).Add(time.Nanosecond)
	country.Simulated = true
	put("country", country)
	feed := alert(0, "")
	feed.Source = nil
	feed.Decisions = []tocsin.Decision{{Origin: tocsin.OriginList, Type: "captcha", Scope: "Ip", Value: "203.0.113.1", Until: start().Add(10 * time.Hour)}}
	put("list", feed)
	central := alert(0, "203.0.113.2", tocsin.Decision{Origin: tocsin.OriginCentral, Type: "ban", Scope: "Ip", Value: "203.0.113.2", Until: start().Add(time.Hour)})
	put("central", central)
	user := alert(0, "192.0.2.1")
	user.Source.Scope = "user"
	put("user", user)

	f := func(what string, filter store.AlertFilter, want ...string) {
		t.Helper()
		var ids []int64
		for _, name := range want {
			ids = append(ids, list[name].ID)
		}
		same(t, what, w.ids(filter), ids)
	}
	p := netip.MustParsePrefix
	f("all, newest first", store.AlertFilter{}, "user", "central", "list", "country", "v6", "other", "range", "v4")
	f("oldest first", store.AlertFilter{Oldest: true}, "v4", "range", "other", "v6", "country", "list", "central", "user")
	f("limit", store.AlertFilter{Limit: 2}, "user", "central")
	f("limit and offset", store.AlertFilter{Limit: 2, Offset: 6}, "range", "v4")
	f("offset alone", store.AlertFilter{Offset: 7}, "v4")
	f("offset beyond", store.AlertFilter{Offset: 70})
	f("oldest, limit and offset", store.AlertFilter{Oldest: true, Limit: 1, Offset: 1}, "range")
	f("before", store.AlertFilter{Before: list["other"].ID}, "range", "v4")
	f("ids", store.AlertFilter{IDs: []int64{list["v6"].ID, 999, list["v4"].ID, list["v6"].ID}}, "v6", "v4")
	f("ids, offset", store.AlertFilter{IDs: []int64{list["v6"].ID, list["v4"].ID}, Offset: 1, Limit: 5}, "v4")
	f("ids, oldest, limit", store.AlertFilter{IDs: []int64{list["v6"].ID, list["v4"].ID}, Oldest: true, Limit: 1}, "v4")
	f("address", store.AlertFilter{Prefix: p("192.0.2.1/32")}, "range", "v4")
	f("mapped address", store.AlertFilter{Prefix: netip.PrefixFrom(netip.MustParseAddr("::ffff:192.0.2.1"), 128)}, "range", "v4")
	f("another address of the range", store.AlertFilter{Prefix: p("192.0.2.99/32")}, "range")
	f("range that is held", store.AlertFilter{Prefix: p("192.0.2.0/25")}, "range")
	f("range with host bits", store.AlertFilter{Prefix: p("192.0.2.77/24")}, "range")
	f("wider range", store.AlertFilter{Prefix: p("192.0.0.0/16")})
	f("inside a wider range", store.AlertFilter{Prefix: p("192.0.0.0/16"), Inside: true}, "range", "v4")
	f("inside the range", store.AlertFilter{Prefix: p("192.0.2.0/24"), Inside: true}, "range", "v4")
	f("inside half of it", store.AlertFilter{Prefix: p("192.0.2.0/25"), Inside: true}, "v4")
	f("inside all of IPv4", store.AlertFilter{Prefix: p("0.0.0.0/0"), Inside: true}, "central", "other", "range", "v4")
	f("inside all of IPv6", store.AlertFilter{Prefix: p("::/0"), Inside: true}, "v6")
	f("IPv6 address", store.AlertFilter{Prefix: p("2001:db8::1/128")}, "v6")
	f("inside an IPv6 range", store.AlertFilter{Prefix: p("2001:db8::/33"), Inside: true}, "v6")
	f("scope", store.AlertFilter{Scope: "Country"}, "country")
	f("value", store.AlertFilter{Value: "192.0.2.1"}, "user", "v4")
	f("value and scope", store.AlertFilter{Value: "192.0.2.1", Scope: "user"}, "user")
	f("value as it was spelled", store.AlertFilter{Value: "2001:DB8::1"}, "v6")
	f("value in another spelling", store.AlertFilter{Value: "2001:db8::1"})
	f("scenario", store.AlertFilter{Scenario: "test/other"}, "country")
	f("machine", store.AlertFilter{Machine: "m2"}, "country")
	f("kind", store.AlertFilter{Kind: "cscli"}, "country")
	f("origin", store.AlertFilter{Origin: tocsin.OriginList}, "list")
	f("decision type", store.AlertFilter{DecisionType: "ban"}, "central", "v6", "range", "v4")
	f("origin and type of different decisions", store.AlertFilter{Origin: tocsin.OriginList, DecisionType: "ban"})
	f("origin that is not there", store.AlertFilter{Origin: "x"})
	f("without central", store.AlertFilter{WithoutCentral: true}, "user", "country", "v6", "other", "range", "v4")
	f("since", store.AlertFilter{Since: start()}, "country")
	f("since, to the nanosecond", store.AlertFilter{Since: list["country"].StartAt.Add(time.Nanosecond)})
	f("since and until, included", store.AlertFilter{Since: list["country"].StartAt, Until: list["country"].StartAt}, "country")
	f("until", store.AlertFilter{Until: start(), Scenario: "test/ssh-bf", Limit: 1}, "user")
	f("created before, not included", store.AlertFilter{CreatedBefore: list["range"].CreatedAt}, "v4")
	f("created before, below a millisecond", store.AlertFilter{CreatedBefore: list["range"].CreatedAt.Add(1)}, "range", "v4")
	f("simulated", store.AlertFilter{Simulated: new(true)}, "country")
	f("not simulated", store.AlertFilter{Simulated: new(false), Limit: 3}, "user", "central", "list")
	f("active", store.AlertFilter{Active: new(true)}, "central", "list", "v6", "range", "v4")
	f("inactive", store.AlertFilter{Active: new(false)}, "user", "country", "other")
	f("much at once", store.AlertFilter{
		Prefix: p("192.0.2.1/32"), Scope: "Ip", Scenario: "test/ssh-bf", Machine: "m1", Kind: "crowdsec", Origin: tocsin.OriginEngine, DecisionType: "ban",
		Since: start().Add(-time.Hour), Until: start(), CreatedBefore: start().Add(time.Hour), Active: new(true), WithoutCentral: true, Simulated: new(false),
		Before: 1000, Limit: 10,
	}, "v4")
	w.pass(time.Hour)
	f("active later", store.AlertFilter{Active: new(true)}, "list")
}

// testPages finds more than implementations read at once.
func testPages(t *testing.T, open Open) {
	w := newWorld(t, open)
	const n = 2500
	list := make([]*store.Alert, n)
	for i := range list {
		list[i] = alert(i+1, "192.0.2.1", ban("192.0.2.1", time.Hour))
		if i%5 == 0 {
			list[i].Scenario = "test/fifth"
			list[i].Decisions[0].Type = "captcha"
		}
	}
	w.add(list...)
	f := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	prefix := netip.MustParsePrefix("192.0.2.1/32")
	f("all", len(w.ids(store.AlertFilter{})), n)
	f("by address", len(w.ids(store.AlertFilter{Prefix: prefix})), n)
	f("by address and offset", len(w.ids(store.AlertFilter{Prefix: prefix, Offset: 100, Limit: n})), n-100)
	f("by scenario", len(w.ids(store.AlertFilter{Scenario: "test/fifth"})), n/5)
	f("by address and scenario", len(w.ids(store.AlertFilter{Prefix: prefix, Scenario: "test/fifth"})), n/5)
	f("by type of many", len(w.ids(store.AlertFilter{DecisionType: "ban", Origin: tocsin.OriginEngine})), n*4/5)
	f("by type of few", len(w.ids(store.AlertFilter{DecisionType: "captcha"})), n/5)
	f("by time", len(w.ids(store.AlertFilter{Since: start().Add(-time.Hour)})), n)
	f("active", len(w.ids(store.AlertFilter{Active: new(true)})), n)
	var ids []int64
	for _, a := range list {
		ids = append(ids, a.ID, a.ID+n)
	}
	f("by IDs", len(w.ids(store.AlertFilter{IDs: ids})), n)
	f("past", len(all(t, w.PastDecisions(t.Context(), store.PastQuery{Prefix: prefix}))), n)
	f("past, limited", len(all(t, w.PastDecisions(t.Context(), store.PastQuery{Prefix: prefix, Limit: 1500}))), 1500)
	f("past, by type", len(all(t, w.PastDecisions(t.Context(), store.PastQuery{Value: "192.0.2.1", Type: "captcha"}))), n/5)
	count, err := w.CountPast(t.Context(), store.PastQuery{Prefix: prefix})
	w.ok(err)
	f("past, counted", count, n)

	// Some go away while somebody reads.
	read := 0
	for _, err := range w.FindAlerts(t.Context(), store.AlertFilter{}) {
		w.ok(err)
		if read++; read == 1 {
			_, err := w.DeleteAlerts(t.Context(), store.AlertFilter{Scenario: "test/fifth"})
			w.ok(err)
			w.add(alert(n+1, "192.0.2.9"))
		}
	}
	if read > n || read < n*4/5 {
		t.Errorf("read %d alerts while some were deleted, want between %d and %d", read, n*4/5, n)
	}
	f("afterwards", len(w.ids(store.AlertFilter{})), n*4/5+1)
	n2, err := w.DeleteAlerts(t.Context(), store.AlertFilter{Limit: 1000, Oldest: true})
	w.ok(err)
	f("deleted by limit", n2, 1000)
	f("left", len(w.ids(store.AlertFilter{})), n*4/5+1-1000)
}

func testDeleteAlerts(t *testing.T, open Open) {
	w := newWorld(t, open)
	a := alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour), ban("192.0.2.2", time.Minute), ban("192.0.2.3", time.Hour))
	b := alert(2, "192.0.2.1", ban("192.0.2.1", time.Hour))
	w.add(a, b)
	_, err := w.EndDecisions(t.Context(), []int64{a.Decisions[2].ID})
	w.ok(err)
	w.pass(30 * time.Minute)
	w.takeTold()
	n, err := w.DeleteAlerts(t.Context(), store.AlertFilter{IDs: []int64{a.ID, 77}})
	if n != 1 || err != nil {
		t.Errorf("delete: %d, %v; want 1", n, err)
	}
	told := w.takeTold()
	at := start().Add(30 * time.Minute)
	if len(told) != 1 {
		t.Fatalf("told %+v, want the end of decision %d alone", told, a.Decisions[0].ID)
	}
	same(t, "told", told[0], verdict.Change{Seq: told[0].Seq, End: true, At: at, Decision: tocsin.Decision{ID: a.Decisions[0].ID}})
	if _, err := w.Alert(t.Context(), a.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the deleted alert: %v, want ErrNotFound", err)
	}
	same(t, "alerts", w.ids(store.AlertFilter{}), []int64{b.ID})
	past := all(t, w.PastDecisions(t.Context(), store.PastQuery{Value: "192.0.2.1"}))
	same(t, "past", past, []store.PastDecision{{Decision: b.Decisions[0], Alert: b.ID, Begun: start()}})
	changes := all(t, w.Changes(t.Context(), 0))
	if len(changes) != 6 {
		t.Errorf("%d changes after the deletion, want 4 begins and 2 ends: %+v", len(changes), changes)
	}
	n, err = w.DeleteAlerts(t.Context(), store.AlertFilter{IDs: []int64{a.ID}})
	if n != 0 || err != nil {
		t.Errorf("delete again: %d, %v; want 0", n, err)
	}
	n, err = w.DeleteAlerts(t.Context(), store.AlertFilter{})
	if n != 1 || err != nil {
		t.Errorf("delete all: %d, %v; want 1", n, err)
	}
}
