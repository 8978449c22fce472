package verdict

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tocsin.example"
)

// machine lets an index and a model live the same life. Bouncers poll the index; each has to end up with what the model
// says is in force.
type machine struct {
	x    *Index
	m    model
	now  time.Time
	most time.Time // the latest moment there was
	// forgets says that the index may forget what the model remembers; back is how far the clock may step back then.
	forgets bool
	back    time.Duration

	used     map[int64]bool // IDs
	lastID   int64
	last     []Change
	bouncers []*bouncer
	pending  []*pending
}

// bouncer polls with a filter. set holds what it has, by ID or, with dedup, by what bouncers tell decisions apart by.
type bouncer struct {
	filter Filter
	dedup  bool
	cursor Cursor
	set    map[any]tocsin.Decision
}

// pending is a delta that is read later, and what should be in it.
type pending struct {
	d            Delta
	began, ended []tocsin.Decision
}

func keyOf(d tocsin.Decision, dedup bool) any {
	if dedup {
		return key{d.Scope, d.Type, d.Value}
	}
	return d.ID
}

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestIndexIsModel(t *testing.T) {
	f := func(name string, o Options, p pieces, forgets bool, back time.Duration) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := &machine{x: NewWith(o), now: start, most: start, forgets: forgets, back: back, used: map[int64]bool{}}
				s.x.pieces = p
				s.m.rank = ranker(o.Severity)
				t.Repeat(map[string]func(*rapid.T){
					"change":    s.change,
					"repeat":    s.repeat,
					"pass":      s.pass,
					"step back": s.stepBack,
					"expire":    func(*rapid.T) { s.x.Expire(s.now) },
					"poll":      s.poll,
					"join":      s.join,
					"ask":       s.ask,
					"read":      s.read,
					"count":     s.count,
				})
			})
		})
	}
	all := Options{Remember: 1e6 * time.Hour, MaxEnded: 1e9}
	small := pieces{batch: 1, look: 2, take: 1, forget: 2, chain: 1}
	f("remembering all", all, defaultPieces(), false, 1000*time.Second)
	f("remembering all, in small pieces", all, small, false, 1000*time.Second)
	f("forgetting by age", Options{Remember: 60 * time.Second, Severity: []string{"captcha", "*"}}, small, true, 50*time.Second)
	f("forgetting by number", Options{Remember: 1e6 * time.Hour, MaxEnded: 3}, small, true, 0)
}

var genValue = rapid.SampledFrom([][2]string{
	{"Ip", "1.2.3.4"},
	{"Ip", "1.2.3.4"},
	{"Ip", "::ffff:1.2.3.4"},
	{"Range", "1.2.3.4"},
	{"Range", "1.2.3.4/32"},
	{"Ip", "1.2.3.5"},
	{"Range", "1.2.3.0/24"},
	{"Range", "1.2.3.99/24"},
	{"Range", "1.2.0.0/16"},
	{"Range", "0.0.0.0/0"},
	{"Range", "::ffff:1.2.0.0/112"},
	{"Ip", "2001:db8::1"},
	{"Ip", "2001:DB8:0::1"},
	{"Range", "2001:db8::/32"},
	{"Range", "2001:db8::/64"},
	{"Ip", "fe80::1%eth0"},
	{"Country", "FR"},
	{"session", "1.2.3.4"},
	{"session", "FR"},
	{"Ip", "nonsense"},
	{"AS", ""},
	{"ip", "1.2.3.4"},
})

func (s *machine) genID(t *rapid.T) int64 {
	if s.lastID > 0 && rapid.IntRange(0, 9).Draw(t, "odd ID") == 0 {
		id := rapid.SampledFrom([]int64{s.lastID - 1, s.lastID - 2, s.lastID + 1<<50, -s.lastID, 0, s.lastID}).Draw(t, "ID")
		if !s.forgets || !s.used[id] {
			return id
		}
	}
	s.lastID += rapid.Int64Range(1, 3).Draw(t, "gap")
	for s.used[s.lastID] {
		s.lastID++
	}
	return s.lastID
}

func (s *machine) change(t *rapid.T) {
	s.last = nil
	seq := s.m.seq
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		seq += uint64(rapid.SampledFrom([]int{1, 1, 1, 5}).Draw(t, "step"))
		c := Change{Seq: seq, At: s.now.Add(-time.Duration(rapid.IntRange(0, 1500).Draw(t, "late")) * time.Millisecond)}
		if c.End = rapid.IntRange(0, 2).Draw(t, "end") == 0; c.End {
			c.Decision.ID = s.lastID - rapid.Int64Range(0, 12).Draw(t, "ago")
			s.last = append(s.last, c)
			continue
		}
		v := genValue.Draw(t, "value")
		id := s.genID(t)
		s.used[id] = true
		c.Decision = tocsin.Decision{
			ID: id, Scope: v[0], Value: v[1],
			UUID:      rapid.SampledFrom([]string{"", fmt.Sprintf("01234567-89ab-8def-%04x-%012x", uint64(id)&lowID>>48|1<<15, uint64(id)&(1<<48-1)), fmt.Sprintf("C0FFEE00-0000-4000-9000-%012x", len(s.used)), "a text"}).Draw(t, "uuid"),
			Type:      rapid.SampledFrom([]string{"ban", "ban", "captcha", "weird"}).Draw(t, "type"),
			Origin:    rapid.SampledFrom([]string{"cscli", "crowdsec"}).Draw(t, "origin"),
			Scenario:  rapid.SampledFrom([]string{"a/Brute", "b/probing", ""}).Draw(t, "scenario"),
			Until:     s.now.Add(time.Duration(rapid.OneOf(rapid.IntRange(-3000, 30000), rapid.IntRange(1, 50)).Draw(t, "left")) * time.Millisecond),
			Simulated: rapid.IntRange(0, 5).Draw(t, "simulated") == 0,
		}
		s.last = append(s.last, c)
	}
	s.applyLast()
}

func (s *machine) applyLast() {
	s.x.Apply(s.last)
	for _, c := range s.last {
		s.m.apply(c)
	}
}

// repeat brings changes again that were taken before.
func (s *machine) repeat(t *rapid.T) {
	before := s.m.seq
	s.applyLast()
	if got := s.x.Seq(); got != before || s.m.seq != before {
		t.Fatalf("repeated changes were taken again: number %d, it was %d", got, before)
	}
}

func (s *machine) pass(t *rapid.T) {
	s.now = s.now.Add(time.Duration(rapid.SampledFrom([]int{1, 10, 1000, 5000, 30000}).Draw(t, "passes")) * time.Millisecond)
	if s.now.After(s.most) {
		s.most = s.now
	}
}

func (s *machine) stepBack(t *rapid.T) {
	to := s.now.Add(-time.Duration(rapid.SampledFrom([]int{1, 1000, 30000, 100000}).Draw(t, "back")) * time.Millisecond)
	if s.most.Sub(to) <= s.back {
		s.now = to
	}
}

var genFilter = rapid.Custom(func(t *rapid.T) Filter {
	list := func(label string, values ...[]string) []string {
		return rapid.SampledFrom(append(values, nil, nil, nil)).Draw(t, label)
	}
	return Filter{
		Scopes:              list("scopes", []string{"Ip", "Range"}, []string{"Country"}, []string{}),
		Origins:             list("origins", []string{"cscli"}, []string{"Cscli"}),
		Types:               list("types", []string{"ban"}, []string{"captcha", "weird"}),
		ScenariosContaining: list("containing", []string{"BRUTE"}, []string{"x", "b"}, []string{}),
		ScenariosWithout:    list("without", []string{"Prob"}, []string{"x"}),
		Simulated:           rapid.Bool().Draw(t, "simulated"),
	}
})

func (s *machine) join(t *rapid.T) {
	if len(s.bouncers) < 6 {
		s.bouncers = append(s.bouncers, &bouncer{filter: genFilter.Draw(t, "filter"), dedup: rapid.Bool().Draw(t, "dedup"), set: map[any]tocsin.Decision{}})
	}
}

func (s *machine) poll(t *rapid.T) {
	if len(s.bouncers) == 0 {
		return
	}
	b := rapid.SampledFrom(s.bouncers).Draw(t, "bouncer")
	if c, ok := ParseCursor(b.cursor.String()); !ok || c != b.cursor {
		t.Fatalf("cursor %v came back as %v", b.cursor, c)
	}
	d := s.x.Since(s.now, b.cursor, b.filter, b.dedup)
	seen, next := b.cursor, Cursor{s.m.seq, s.now.Truncate(time.Millisecond)}
	s.checkReset(t, b.cursor, d.Reset)
	if d.Reset {
		seen = Cursor{}
		clear(b.set)
	}
	if seen.Time.After(next.Time) {
		next.Time = seen.Time
	}
	if d.Next != next {
		t.Fatalf("next is %v, want %v", d.Next, next)
	}
	began, ended := s.m.since(next, seen, b.filter, b.dedup)
	if rapid.IntRange(0, 3).Draw(t, "also later") == 0 {
		s.pending = append(s.pending, &pending{d, began, ended})
	}
	s.compare(t, d, began, ended)
	if !d.Whole() {
		t.Fatal("not whole, although nothing happened meanwhile")
	}
	take := func() {
		for e := range d.Ended {
			delete(b.set, keyOf(e, b.dedup))
		}
	}
	add := func() {
		for e := range d.New {
			b.set[keyOf(e, b.dedup)] = e
		}
	}
	if rapid.Bool().Draw(t, "new first") {
		add()
		take()
	} else {
		take()
		add()
	}
	b.cursor = d.Next
	s.checkSet(t, b)
}

func (s *machine) checkReset(t *rapid.T, c Cursor, reset bool) {
	future := c.Seq > s.m.seq || c.Time.After(s.now.Add(Slack))
	if future && !reset || reset && !future && !s.forgets || reset && c == (Cursor{}) {
		t.Fatalf("cursor %v at %v and number %d: reset is %v", c, s.now, s.m.seq, reset)
	}
}

func (s *machine) compare(t *rapid.T, d Delta, began, ended []tocsin.Decision) {
	if diff := cmp.Diff(began, slices.Collect(d.New), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("new (-want +got):\n%s", diff)
	}
	got := slices.Collect(d.Ended)
	if s.forgets { // what a bouncer has to take away is seen by its set
		ended = slices.DeleteFunc(slices.Clone(ended), func(d tocsin.Decision) bool {
			return !slices.ContainsFunc(got, func(g tocsin.Decision) bool { return g.ID == d.ID })
		})
		if len(got) > len(ended) { // a shorter twin, since the longest was forgotten
			return
		}
	}
	if diff := cmp.Diff(ended, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("ended (-want +got):\n%s", diff)
	}
}

// checkSet wants a bouncer to have what is in force.
func (s *machine) checkSet(t *rapid.T, b *bouncer) {
	want := map[any]tocsin.Decision{}
	for i := range s.m.list {
		e := &s.m.list[i]
		k := keyOf(e.d, b.dedup)
		if old, ok := want[k]; e.held(b.cursor.Seq, milli(b.cursor.Time)) && e.passes(b.filter) && (!ok || e.d.Until.After(old.Until)) {
			want[k] = e.d
		}
	}
	if diff := cmp.Diff(want, b.set, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("a bouncer's set, dedup %v (-want +got):\n%s", b.dedup, diff)
	}
}

// read reads a delta that was made some time ago.
func (s *machine) read(t *rapid.T) {
	if len(s.pending) == 0 {
		return
	}
	p := s.pending[0]
	s.pending = s.pending[1:]
	if s.forgets {
		for range p.d.New { // it may be less than it was; it must not fail
		}
		for range p.d.Ended {
		}
		return
	}
	s.compare(t, p.d, p.began, p.ended)
	if !p.d.Whole() {
		t.Fatal("not whole, although nothing is forgotten")
	}
}

func (s *machine) ask(t *rapid.T) {
	q := Query{Filter: genFilter.Draw(t, "filter")}
	maybe := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	if maybe("by prefix") {
		q.Prefix = netip.MustParsePrefix(rapid.SampledFrom([]string{"1.2.3.4/32", "1.2.3.4/24", "::ffff:1.2.3.4/128", "1.2.0.0/15", "0.0.0.0/0", "2001:db8::1/128", "2001:db8::/48", "::/0", "9.9.9.9/32"}).Draw(t, "prefix"))
		q.Inside = rapid.Bool().Draw(t, "inside")
	}
	if maybe("by value") {
		q.Value = genValue.Draw(t, "value")[1]
	}
	if maybe("by ID") {
		q.IDs = rapid.SliceOfN(rapid.Int64Range(-1, s.lastID+2), 0, 5).Draw(t, "IDs")
	}
	if len(s.m.list) > 0 && maybe("by uuid") {
		q.UUID = rapid.SampledFrom(s.m.list).Draw(t, "of").d.UUID
	}
	if maybe("after") {
		q.After = s.lastID - rapid.Int64Range(0, 10).Draw(t, "after")
	}
	q.ByID = rapid.Bool().Draw(t, "by ID")
	q.Limit, q.Offset = rapid.IntRange(0, 4).Draw(t, "limit"), rapid.IntRange(-1, 2).Draw(t, "offset")
	want := s.m.find(s.now, q)
	if diff := cmp.Diff(want, s.x.Find(s.now, q), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%+v (-want +got):\n%s", q, diff)
	}
	if q.ByID {
		if diff := cmp.Diff(want, slices.Collect(s.x.Each(s.now, q)), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("each of %+v (-want +got):\n%s", q, diff)
		}
	}
}

func (s *machine) count(t *rapid.T) {
	n := map[Count]int{}
	next := time.Time{}
	for _, e := range s.m.list {
		if !e.held(s.m.seq, milli(s.now)) {
			continue
		}
		n[Count{e.d.Origin, e.d.Type, e.d.Scope, e.d.Scenario, e.d.Simulated, 0}]++
		if next.IsZero() || e.d.Until.Before(next) {
			next = e.d.Until
		}
	}
	got := map[Count]int{}
	for _, c := range s.x.Stats(s.now) {
		k := c.N
		c.N = 0
		got[c] = k
	}
	if diff := cmp.Diff(n, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("counts (-want +got):\n%s", diff)
	}
	if at, ok := s.x.NextExpiry(s.now); !at.Equal(next) || ok == next.IsZero() {
		t.Fatalf("the next expiry is %v, %v; want %v", at, ok, next)
	}
}
