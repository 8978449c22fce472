package storetest

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

// testModel does the same to a store and to one in memory, and wants the same answers.
func testModel(t *testing.T, open Open) {
	rapid.Check(t, func(r *rapid.T) {
		m := &model{ctx: context.Background(), now: start()}
		clock := func() time.Time { return m.now }
		m.want = mem.Open(store.Options{Now: clock, Committed: func(list []verdict.Change) { m.wantTold = append(m.wantTold, list...) }})
		m.got = open(t, store.Options{Now: clock, Committed: func(list []verdict.Change) { m.gotTold = append(m.gotTold, list...) }})
		defer func() { _ = m.got.Close() }()
		r.Repeat(map[string]func(*rapid.T){
			"add":    m.add,
			"end":    m.end,
			"delete": m.delete,
			"tidy":   m.tidy,
			"find":   m.find,
			"past":   m.past,
			"":       m.check,
		})
	})
}

type model struct {
	ctx               context.Context //nolint:containedctx // of the test
	now               time.Time
	want, got         store.Store
	wantTold, gotTold []verdict.Change
	n                 int
}

// eq compares, but for the UUIDs of decisions, which stores choose by themselves.
func eq(r *rapid.T, what string, got, want any) {
	r.Helper()
	if diff := cmp.Diff(want, got, cmp.Transformer("plain", func(d tocsin.Decision) map[string]any {
		return map[string]any{"": fmt.Sprintf("%d %s %s %s %s %s %s %t", d.ID, d.Origin, d.Type, d.Scope, d.Value, d.Scenario, d.Until, d.Simulated)}
	})); diff != "" {
		r.Fatalf("%s (-model +store):\n%s", what, diff)
	}
}

func values() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"192.0.2.1", "192.0.2.2", "192.0.2.0/24", "192.0.2.1/32", "192.0.0.0/16", "192.0.2.77/24", "2001:db8::1", "2001:DB8::1", "2001:db8::/32", "::ffff:192.0.2.1",
		"0.0.0.0/0", "::/0", "FR", "", "198.51.100.255", "198.51.100.0/31",
	})
}

func scopes() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"Ip", "Ip", "Range", "ip", "Country", "user"})
}

func scenarios() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"a/ssh", "a/http", "b/x"})
}

func origins() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{tocsin.OriginEngine, tocsin.OriginManual, tocsin.OriginList, tocsin.OriginCentral})
}

func types() *rapid.Generator[string] { return rapid.SampledFrom([]string{"ban", "captcha"}) }

// ago draws times around now, to the nanosecond.
func (m *model) ago(r *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(r, label+" given") {
		return m.now.Add(-time.Duration(rapid.Int64Range(-int64(time.Hour), int64(3*time.Hour)).Draw(r, label)))
	}
	return time.Time{}
}

func (m *model) add(r *rapid.T) {
	var a, b []*store.Alert
	for range rapid.IntRange(1, 3).Draw(r, "alerts") {
		m.n++
		n := m.n
		if rapid.IntRange(0, 3).Draw(r, "repeat") == 0 {
			n = rapid.IntRange(1, m.n).Draw(r, "of")
		}
		x := &store.Alert{
			Machine: rapid.SampledFrom([]string{"", "m1", "m2"}).Draw(r, "machine"), Shadow: rapid.IntRange(0, 5).Draw(r, "shadow") == 0,
			Alert: tocsin.Alert{
				UUID: nthUUID(n), Kind: rapid.SampledFrom([]string{"crowdsec", "cscli"}).Draw(r, "kind"), Scenario: scenarios().Draw(r, "scenario"),
				Simulated: rapid.Bool().Draw(r, "simulated"), StartAt: m.ago(r, "start"),
				Source: &tocsin.AlertSource{Scope: scopes().Draw(r, "scope"), Value: values().Draw(r, "value")},
			},
		}
		for range rapid.IntRange(0, 3).Draw(r, "decisions") {
			x.Decisions = append(x.Decisions, tocsin.Decision{
				Origin: origins().Draw(r, "origin"), Type: types().Draw(r, "type"), Scope: scopes().Draw(r, "scope"), Value: values().Draw(r, "value"),
				Scenario: scenarios().Draw(r, "scenario"), Simulated: rapid.Bool().Draw(r, "simulated"),
				Until: m.now.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(5*time.Hour)).Draw(r, "until"))),
			})
		}
		y := *x
		y.Decisions = append([]tocsin.Decision(nil), x.Decisions...)
		a, b = append(a, x), append(b, &y)
	}
	want, err := m.want.AddAlerts(m.ctx, a)
	got, err2 := m.got.AddAlerts(m.ctx, b)
	eq(r, "receipts", got, want)
	eq(r, "errors", []bool{err2 != nil}, []bool{err != nil})
	eq(r, "alerts that were added", b, a)
	m.now = m.now.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(r, "pass")))
}

func (m *model) end(r *rapid.T) {
	ids := rapid.SliceOfN(rapid.Int64Range(1, int64(m.n)*4+4), 0, 10).Draw(r, "ids")
	want, _ := m.want.EndDecisions(m.ctx, ids)
	got, err := m.got.EndDecisions(m.ctx, ids)
	if err != nil {
		r.Fatal(err)
	}
	eq(r, "ended", got, want)
}

// filter draws a filter of few conditions.
func (m *model) filter(r *rapid.T) (f store.AlertFilter) {
	for range rapid.IntRange(0, 3).Draw(r, "conditions") {
		switch rapid.IntRange(0, 14).Draw(r, "condition") {
		case 0:
			f.IDs = rapid.SliceOfN(rapid.Int64Range(1, int64(m.n)+1), 1, 5).Draw(r, "ids")
		case 1:
			f.Prefix = netip.MustParsePrefix(rapid.SampledFrom([]string{"192.0.2.1/32", "192.0.2.0/24", "192.0.2.9/25", "2001:db8::1/128", "0.0.0.0/0", "::/0"}).Draw(r, "prefix"))
			f.Inside = rapid.Bool().Draw(r, "inside")
		case 2:
			f.Scope = scopes().Draw(r, "scope")
		case 3:
			f.Value = values().Draw(r, "value")
		case 4:
			f.Scenario = scenarios().Draw(r, "scenario")
		case 5:
			f.Machine = "m1"
		case 6:
			f.Kind = "cscli"
		case 7:
			f.Origin = origins().Draw(r, "origin")
		case 8:
			f.DecisionType = types().Draw(r, "type")
		case 9:
			f.Since, f.Until, f.CreatedBefore = m.ago(r, "since"), m.ago(r, "until"), m.ago(r, "created")
		case 10:
			f.Active = new(rapid.Bool().Draw(r, "active"))
		case 11:
			f.WithoutCentral = true
		case 12:
			f.Simulated = new(rapid.Bool().Draw(r, "simulated"))
		case 13:
			f.Before = rapid.Int64Range(1, int64(m.n)+1).Draw(r, "before")
		default:
			f.Oldest, f.Limit, f.Offset = rapid.Bool().Draw(r, "oldest"), rapid.IntRange(0, 3).Draw(r, "limit"), rapid.IntRange(0, 3).Draw(r, "offset")
		}
	}
	return f
}

func (m *model) find(r *rapid.T) {
	f := m.filter(r)
	collect := func(s store.Store) (list []*store.Alert) {
		for a, err := range s.FindAlerts(m.ctx, f) {
			if err != nil {
				r.Fatal(err)
			}
			list = append(list, a)
		}
		return list
	}
	eq(r, fmt.Sprintf("found by %+v", f), collect(m.got), collect(m.want))
}

func (m *model) delete(r *rapid.T) {
	f := m.filter(r)
	want, _ := m.want.DeleteAlerts(m.ctx, f)
	got, err := m.got.DeleteAlerts(m.ctx, f)
	if err != nil {
		r.Fatal(err)
	}
	eq(r, "deleted", got, want)
}

func (m *model) tidy(r *rapid.T) {
	age := func(label string) time.Duration {
		return time.Duration(rapid.IntRange(0, 3).Draw(r, label)) * 30 * time.Minute
	}
	ret := store.Retention{AlertAge: age("alerts"), EndedAge: age("ended"), AlertCount: rapid.IntRange(0, 5).Draw(r, "count")}
	want, _ := m.want.Tidy(m.ctx, ret)
	got, err := m.got.Tidy(m.ctx, ret)
	if err != nil {
		r.Fatal(err)
	}
	eq(r, "tidied", got, want)
}

func (m *model) past(r *rapid.T) {
	q := store.PastQuery{Value: values().Draw(r, "value"), Since: m.ago(r, "since"), Limit: rapid.IntRange(0, 4).Draw(r, "limit")}
	if p, ok := store.Prefix("ip", q.Value); ok && rapid.Bool().Draw(r, "prefix") {
		q.Prefix = p
	}
	if rapid.Bool().Draw(r, "typed") {
		q.Type = types().Draw(r, "type")
	}
	collect := func(s store.Store) (list []store.PastDecision) {
		for d, err := range s.PastDecisions(m.ctx, q) {
			if err != nil {
				r.Fatal(err)
			}
			list = append(list, d)
		}
		n, err := s.CountPast(m.ctx, q)
		if err != nil || n != len(list) {
			r.Fatalf("%+v: counted %d, %v, and there are %d", q, n, err, len(list))
		}
		return list
	}
	eq(r, fmt.Sprintf("past of %+v", q), collect(m.got), collect(m.want))
}

func (m *model) check(r *rapid.T) {
	eq(r, "told", m.gotTold, m.wantTold)
	after := uint64(0)
	if n := len(m.wantTold); n > 0 {
		after = m.wantTold[rapid.IntRange(0, n-1).Draw(r, "after")].Seq - 1
	}
	collect := func(s store.Store) (list []verdict.Change) {
		for c, err := range s.Changes(m.ctx, after) {
			if err != nil {
				r.Fatal(err)
			}
			list = append(list, c)
		}
		return list
	}
	eq(r, "changes", collect(m.got), collect(m.want))
}
