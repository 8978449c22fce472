package bucket_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/event"
)

// TestModel holds a Store to a model that is written straight from the description of the rules' language: it keeps
// everything in plain lists and looks at all of it every time. Times go back now and then, as logs do; there is room for
// few buckets and blackholes; and between two lines there may be more than those that an expired bucket is kept for.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scenarios := rapid.SliceOfN(rapid.Custom(drawScenario), 1, 4).Draw(t, "scenarios")
		var docs []string
		m := &model{}
		for i, s := range scenarios {
			docs = append(docs, s.yaml(i))
			m.scenarios = append(m.scenarios, modelScenario{plainScenario: s})
		}
		w := newWorld(t, strings.Join(docs, "---\n"))
		m.maxBuckets = rapid.SampledFrom([]int{1, 2, 3, 5, 1000}).Draw(t, "buckets")
		m.maxHoles = rapid.SampledFrom([]int{1, 2, 3, 1000}).Draw(t, "holes")
		w.store.MaxBuckets, w.store.MaxHoles = m.maxBuckets, m.maxHoles
		at := w.now
		num := 0
		for range rapid.IntRange(10, 120).Draw(t, "events") {
			// A counter that is poured again brings the number of its last line, from before.
			num = max(1, num+rapid.SampledFrom([]int{1, 1, 1, 1, 1, 1, 1, 1, -3, 30_000, 40_000, 70_000}).Draw(t, "lines"))
			step := rapid.SampledFrom([]time.Duration{0, 0, 0, 1, time.Second - 1, time.Second, 1500 * time.Millisecond, 5 * time.Second, 21 * time.Second, -time.Second, -time.Minute}).Draw(t, "step")
			at = at.Add(step)
			e := plainEvent{
				num: num, at: at, key: rapid.SampledFrom([]string{"a", "b", "a key that is too long to lie in a record"}).Draw(t, "key"),
				user: rapid.SampledFrom([]string{"u", "v", "w", "x"}).Draw(t, "user"), ok: rapid.IntRange(0, 15).Draw(t, "ok") == 0,
			}
			got, want := pourPlain(w, e), m.pour(e)
			got, want = append(got, plainCounters(w.store)), append(want, m.counters())
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("after line %d at %s (-model +store):\n%s", num, at.Format(time.TimeOnly), d)
			}
		}
		var got []string
		for _, o := range w.store.Flush() {
			got = append(got, plainAlert(o))
		}
		if d := cmp.Diff(m.finish(), got); d != "" {
			t.Fatalf("at the end (-model +store):\n%s", d)
		}
		if w.store.Len() > 3*len(scenarios) {
			t.Fatalf("%d buckets for %d scenarios and three keys", w.store.Len(), len(scenarios))
		}
		// Without any room all goes, and nothing is left on the books.
		w.store.MaxBytes = 0
		pourPlain(w, plainEvent{num: num + 1, at: at, key: "z"})
		if w.store.Len() != 0 || w.store.Bytes() != 0 {
			t.Fatalf("%d buckets and %d bytes are left without room", w.store.Len(), w.store.Bytes())
		}
	})
}

type plainScenario struct {
	kind                string
	capacity, cache     int
	leak, life, hole    time.Duration
	distinct, cancelled bool
}

func drawScenario(t *rapid.T) plainScenario {
	s := plainScenario{
		kind:      rapid.SampledFrom([]string{"leaky", "leaky", "counter", "trigger"}).Draw(t, "kind"),
		hole:      rapid.SampledFrom([]time.Duration{0, 3 * time.Second, time.Minute}).Draw(t, "hole"),
		distinct:  rapid.Bool().Draw(t, "distinct"),
		cancelled: rapid.Bool().Draw(t, "cancelled"),
	}
	switch s.kind {
	case "leaky":
		s.capacity = rapid.IntRange(1, 4).Draw(t, "capacity")
		s.leak = rapid.SampledFrom([]time.Duration{time.Second, 3 * time.Second, 10 * time.Second}).Draw(t, "leak")
		s.cache = rapid.IntRange(0, 5).Draw(t, "cache")
		s.life = s.leak * time.Duration(s.capacity+1)
	case "counter":
		s.life = rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second}).Draw(t, "duration")
		s.cache = rapid.IntRange(0, 3).Draw(t, "cache")
	case "trigger":
		s.distinct, s.cancelled = false, false
	}
	return s
}

func (s plainScenario) yaml(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "type: %s\nname: t/%d\ndescription: d\nfilter: \"true\"\ngroupby: evt.Meta.key\n", s.kind, i)
	switch s.kind {
	case "leaky":
		fmt.Fprintf(&b, "capacity: %d\nleakspeed: %s\n", s.capacity, s.leak)
	case "counter":
		fmt.Fprintf(&b, "capacity: -1\nduration: %s\n", s.life)
	}
	if s.cache > 0 {
		fmt.Fprintf(&b, "cache_size: %d\n", s.cache)
	}
	if s.hole > 0 {
		fmt.Fprintf(&b, "blackhole: %s\n", s.hole)
	}
	if s.distinct {
		b.WriteString("distinct: evt.Meta.user\n")
	}
	if s.cancelled {
		b.WriteString("cancel_on: evt.Meta.ok == 'yes'\n")
	}
	return b.String()
}

type plainEvent struct {
	num       int
	at        time.Time
	key, user string
	ok        bool
}

// pourPlain pours an event into the store and writes what overflows, the counters whose time is up first.
func pourPlain(w *world, e plainEvent) []string {
	var out []string
	for _, o := range w.store.Due(e.at) {
		out = append(out, plainAlert(o))
	}
	w.ev.Reset(uint64(e.num), &tocsin.Line{Raw: strconv.Itoa(e.num), Clock: tocsin.EventClock, Time: w.now})
	w.ev.SetName(event.Meta, "source_ip", "192.0.2.1")
	w.ev.SetName(event.Meta, "key", e.key)
	w.ev.SetName(event.Meta, "user", e.user)
	if e.ok {
		w.ev.SetName(event.Meta, "ok", "yes")
	}
	w.run.Begin(w.now)
	for _, m := range w.matcher.Match(w.ev, nil) {
		if o := w.store.Pour(w.ev, &m, e.at); o != nil {
			out = append(out, plainAlert(o))
		}
	}
	return out
}

func plainAlert(o *bucket.Overflow) string {
	a := o.View.Alert
	var lines []string
	for _, l := range a.Evidence.Lines {
		lines = append(lines, l.Raw)
	}
	return fmt.Sprintf("%s %s n=%d lines=%s from %s to %s", a.Scenario, a.Evidence.Bucket.GroupKey, a.EventsCount,
		strings.Join(lines, ","), a.StartAt.Format(time.TimeOnly), a.StopAt.Format(time.TimeOnly))
}

// plainCounters writes what a store has done.
func plainCounters(s *bucket.Store) string {
	c := s.Counters
	return fmt.Sprintf("live %d created %d duplicates %d canceled %d underflowed %d evicted %d holed %d lost %d", s.Len(), c.Created,
		c.Duplicates, c.Canceled, c.Underflowed, c.Evicted, c.Blackholed, c.HolesLost)
}

// model is a list of scenarios with all their buckets, each scenario's in the order of their last events.
type model struct {
	scenarios            []modelScenario
	maxBuckets, maxHoles int
	num                  int // the line at hand

	created, duplicates, canceled, underflowed, evicted, holed, lost int
}

type modelScenario struct {
	plainScenario

	buckets []*modelBucket
	holes   []modelHole
}

type modelHole struct {
	key   string
	until time.Time
	num   int
}

type modelBucket struct {
	key    string
	born   int
	num    int // the last line
	events []plainEvent
	users  []string
	tokens time.Duration // in time: one event takes as much as it takes to leak one
	clock  time.Time
	first  time.Time
	dies   time.Time // alive until then, that moment included
}

func (m *model) counters() string {
	live := 0
	for i := range m.scenarios {
		live += len(m.scenarios[i].buckets)
	}
	return fmt.Sprintf("live %d created %d duplicates %d canceled %d underflowed %d evicted %d holed %d lost %d", live, m.created,
		m.duplicates, m.canceled, m.underflowed, m.evicted, m.holed, m.lost)
}

func (m *model) pour(e plainEvent) []string {
	var out []string
	for _, b := range m.ended(func(b *modelBucket) bool { return b.dies.Before(e.at) }) {
		out = append(out, m.end(b)...)
	}
	m.num = e.num
	for i := range m.scenarios {
		m.sweep(&m.scenarios[i], e.at)
		out = append(out, m.one(i, e)...)
	}
	return out
}

// sweep drops what ended long ago.
func (m *model) sweep(s *modelScenario, at time.Time) {
	const long = 65_536
	for len(s.buckets) > 0 && s.kind != "counter" && s.buckets[0].num+long < m.num && at.After(s.buckets[0].dies) {
		s.drop(s.buckets[0])
		m.underflowed++
	}
	for len(s.holes) > 0 && s.holes[0].num+long < m.num && at.After(s.holes[0].until) {
		s.holes = s.holes[1:]
	}
}

func (m *model) finish() []string {
	var out []string
	for _, b := range m.ended(func(*modelBucket) bool { return true }) {
		out = append(out, m.end(b)...)
	}
	return out
}

type ended struct {
	scenario int
	*modelBucket
}

// ended lists counters in the order of their ends.
func (m *model) ended(want func(*modelBucket) bool) []ended {
	var out []ended
	for i := range m.scenarios {
		for _, b := range m.scenarios[i].buckets {
			if m.scenarios[i].kind == "counter" && want(b) {
				out = append(out, ended{i, b})
			}
		}
	}
	slices.SortFunc(out, func(a, b ended) int {
		if c := a.dies.Compare(b.dies); c != 0 {
			return c
		}
		return a.born - b.born
	})
	return out
}

func (m *model) end(b ended) []string {
	m.scenarios[b.scenario].drop(b.modelBucket)
	return m.overflow(b.scenario, b.modelBucket, b.dies)
}

func (s *modelScenario) drop(b *modelBucket) {
	s.buckets = slices.DeleteFunc(s.buckets, func(o *modelBucket) bool { return o == b })
}

// make makes a bucket, and room for it.
func (m *model) make(s *modelScenario, e plainEvent) *modelBucket {
	live := 0
	var oldest *modelScenario
	for i := range m.scenarios {
		live += len(m.scenarios[i].buckets)
		if b := m.scenarios[i].buckets; len(b) > 0 && (oldest == nil || b[0].num < oldest.buckets[0].num) {
			oldest = &m.scenarios[i]
		}
	}
	if live >= m.maxBuckets {
		oldest.drop(oldest.buckets[0])
		m.evicted++
	}
	m.created++
	b := &modelBucket{
		key: e.key, born: m.created, num: e.num, tokens: s.leak * time.Duration(s.capacity), clock: e.at, first: e.at, dies: e.at.Add(s.life),
	}
	s.buckets = append(s.buckets, b)
	return b
}

func (m *model) one(i int, e plainEvent) []string {
	s := &m.scenarios[i]
	if s.kind == "trigger" {
		return m.overflow(i, &modelBucket{key: e.key, events: []plainEvent{e}, first: e.at}, e.at)
	}
	var b *modelBucket
	for _, o := range s.buckets {
		if o.key == e.key {
			b = o
		}
	}
	if b != nil && s.kind == "leaky" && e.at.After(b.dies) {
		m.underflowed++
		s.drop(b)
		b = nil
	}
	if b == nil {
		b = m.make(s, e)
	}
	if s.distinct {
		if slices.Contains(b.users, e.user) {
			m.duplicates++
			return nil
		}
		b.users = append(b.users, e.user)
	}
	s.drop(b)
	if s.cancelled && e.ok {
		m.canceled++
		return nil
	}
	s.buckets = append(s.buckets, b)
	b.num = e.num
	if e.at.Before(b.first) {
		b.first = e.at
	}
	b.events = append(b.events, e)
	if s.kind == "counter" {
		b.dies = b.first.Add(s.life)
		return nil
	}
	b.dies = e.at.Add(s.life)
	if e.at.After(b.clock) {
		b.tokens = min(s.leak*time.Duration(s.capacity), b.tokens+e.at.Sub(b.clock))
	}
	b.clock = e.at
	if b.tokens >= s.leak {
		b.tokens -= s.leak
		return nil
	}
	s.drop(b)
	return m.overflow(i, b, e.at)
}

// overflow says an overflow, unless the latest blackhole of its key swallows it.
func (m *model) overflow(i int, b *modelBucket, at time.Time) []string {
	s := &m.scenarios[i]
	if s.hole > 0 {
		for _, h := range slices.Backward(s.holes) {
			if h.key != b.key {
				continue
			}
			if h.until.After(at) {
				m.holed++
				return nil
			}
			break
		}
		s.holes = append(s.holes, modelHole{b.key, at.Add(s.hole), m.num})
		m.fill()
	}
	keep := len(b.events)
	switch {
	case s.kind == "leaky" && s.cache > 0 && s.cache <= s.capacity, s.kind == "counter" && s.cache > 0:
		keep = s.cache + 1
	case s.kind == "leaky":
		keep = s.capacity + 1
	}
	var lines []string
	for _, e := range b.events[max(0, len(b.events)-keep):] {
		lines = append(lines, strconv.Itoa(e.num))
	}
	return []string{fmt.Sprintf("t/%d %s n=%d lines=%s from %s to %s", i, b.key, len(b.events), strings.Join(lines, ","),
		b.first.Format(time.TimeOnly), at.Format(time.TimeOnly))}
}

// fill fills the oldest blackhole when there are too many.
func (m *model) fill() {
	n := 0
	var oldest *modelScenario
	for i := range m.scenarios {
		n += len(m.scenarios[i].holes)
		if h := m.scenarios[i].holes; len(h) > 0 && (oldest == nil || h[0].num < oldest.holes[0].num) {
			oldest = &m.scenarios[i]
		}
	}
	if n > m.maxHoles {
		oldest.holes = oldest.holes[1:]
		m.lost++
	}
}
