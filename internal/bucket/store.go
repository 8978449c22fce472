package bucket

import (
	"container/heap"
	"container/list"
	"fmt"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

// Limits of a Store.
const (
	// DefaultMaxBuckets bounds the live buckets; the one that was poured into longest ago goes first.
	DefaultMaxBuckets = 1_000_000
	// MaxDistinct bounds the distinct values that one bucket remembers; the oldest goes first.
	MaxDistinct = 65_536
	// MaxKey bounds a group key and the value of a source, in bytes; a longer one is cut.
	MaxKey = 4096
	// DefaultMaxBytes bounds what buckets hold: events, keys and distinct values, by the weights of [event.Size]. An event
	// in two buckets counts twice.
	DefaultMaxBytes = 1 << 30
	// DefaultMaxHoles bounds the blackholes that are remembered; the one dug longest ago goes first.
	DefaultMaxHoles = 1_000_000
	// MaxSources bounds the sources of one overflow, and so its alerts.
	MaxSources = 1000
	// idleLines is how many lines an expired bucket is kept for, since a replay may step back in time.
	idleLines = 65_536
)

// Counters count what happened in a Store.
type Counters struct {
	Poured      uint64 `json:"poured"`     // events that entered a bucket
	NoTime      uint64 `json:"no_time"`    // events without a time to pour at
	Duplicates  uint64 `json:"duplicates"` // events that were not distinct
	Created     uint64 `json:"created"`
	Overflowed  uint64 `json:"overflowed"`
	Underflowed uint64 `json:"underflowed"` // buckets that leaked empty
	Canceled    uint64 `json:"canceled"`
	Blackholed  uint64 `json:"blackholed"`   // overflows within the blackhole of an earlier one
	Filtered    uint64 `json:"filtered"`     // overflows that overflow_filter discarded
	NoSource    uint64 `json:"no_source"`    // overflows without a valid source
	Evicted     uint64 `json:"evicted"`      // buckets that went for want of room
	Stripped    uint64 `json:"stripped"`     // retained events that went for want of room, while their bucket counts on
	HolesLost   uint64 `json:"holes_lost"`   // blackholes that went for want of room
	SourcesLost uint64 `json:"sources_lost"` // sources that were too many for one overflow
	ExprErrors  uint64 `json:"expr_errors"`
}

// Store holds the live buckets. It belongs to one goroutine. What it does depends on what is poured, in which order,
// and on nothing else.
type Store struct {
	Counters Counters
	// MaxBuckets bounds the live buckets, MaxBytes what they hold, MaxHoles the blackholes.
	MaxBuckets int
	MaxBytes   int
	MaxHoles   int
	// Installation is this installation's id, part of every alert's uuid.
	Installation string
	// Contexts are evaluated for every alert; may be nil.
	Contexts *Contexts

	run     *cond.Run
	env     cond.Env
	buckets map[id]*bucket
	holes   map[id]time.Time
	dig     int        // holes in all lists
	lists   []chain    // by scenario
	fat     *list.List // buckets with more than one retained event, the one poured into longest ago first
	bytes   int        // what all buckets hold
	due     deadlines
	seq     uint64
	num     uint64 // the line that is being poured
}

type id struct {
	scenario int
	key      string
}

// chain is what a Store knows of one scenario: its buckets from the one poured into last to the one longest ago, and its
// blackholes in order of their making.
type chain struct {
	newest, oldest *bucket
	holes          []hole
}

type hole struct {
	key   string
	until time.Time
	num   uint64
}

type bucket struct {
	s          *Scenario
	id         id
	seq        uint64
	newer      *bucket
	older      *bucket
	credit     time.Duration // what may still be poured, in leak time
	clock      time.Time     // of credit
	first      time.Time
	last       time.Time
	expiry     time.Time
	firstNum   uint64
	lastNum    uint64
	total      int
	queue      []Poured
	view       []*event.Kept
	seen       map[string]struct{}
	seenOrder  []string
	guillotine []bool
	due        int           // index in the heap of deadlines, -1 when not in it
	bytes      int           // what it holds
	fat        *list.Element // its place among the fat ones, nil when it is not fat
	clockKind  tocsin.Clock  // of the last event
	arrived    time.Time     // when that arrived
}

// Poured is one event in a bucket.
type Poured struct {
	Event *event.Kept
	At    time.Time
	Level float64 // how full the bucket was after it, in events
}

// NewStore makes an empty Store for a set.
func NewStore(set *Set, run *cond.Run) *Store {
	return &Store{
		MaxBuckets: DefaultMaxBuckets, MaxBytes: DefaultMaxBytes, MaxHoles: DefaultMaxHoles, run: run, fat: list.New(),
		buckets: map[id]*bucket{}, holes: map[id]time.Time{}, lists: make([]chain, len(set.scenarios)),
	}
}

// Len is the number of live buckets.
func (s *Store) Len() int { return len(s.buckets) }

// Bytes is what the live buckets hold, by the weights of [event.Size].
func (s *Store) Bytes() int { return s.bytes }

// Pour pours an event at a moment, and returns the overflow that it causes, if any.
func (s *Store) Pour(ev *event.Event, m *Match, at time.Time) *Overflow {
	s.num = ev.Num
	s.sweep(m.Scenario, at)
	o := s.pour(ev, m, at)
	s.trim()
	return o
}

func (s *Store) pour(ev *event.Event, m *Match, at time.Time) *Overflow {
	sc := m.Scenario
	k := id{scenario: sc.Index, key: cut(m.Key, MaxKey)} // which may point into the line
	if sc.Type == Trigger {
		k.key = strings.Clone(k.key)
		s.Counters.Poured++
		kept := keep(ev, m)
		return s.overflow(&bucket{
			s: sc, id: k, first: at, last: at, firstNum: ev.Num, lastNum: ev.Num, total: 1,
			clockKind: ev.Clock, arrived: ev.Arrived,
			queue: []Poured{{Event: kept, At: at, Level: 1}}, view: []*event.Kept{kept},
		}, at, "one event is enough")
	}
	b := s.find(sc, k, at)
	if m.HasDistinct && !s.distinct(b, m.Distinct) {
		s.Counters.Duplicates++
		return nil
	}
	if m.Cancel {
		s.Counters.Canceled++
		s.remove(b)
		return nil
	}
	return s.fill(b, ev, m, at)
}

// find returns the live bucket of a key, making it if there is none.
func (s *Store) find(sc *Scenario, k id, at time.Time) *bucket {
	b := s.buckets[k]
	if b != nil && sc.Type != Counter && at.After(b.expiry) {
		s.Counters.Underflowed++
		s.remove(b)
		b = nil
	}
	if b != nil {
		return b
	}
	if len(s.buckets) >= max(1, s.MaxBuckets) {
		s.evict()
	}
	s.seq++
	s.Counters.Created++
	k.key = strings.Clone(k.key)
	b = &bucket{s: sc, id: k, seq: s.seq, credit: mul(sc.leak, sc.capacity), clock: at, lastNum: s.num, due: -1}
	if len(sc.bayes) > 0 {
		b.guillotine = make([]bool, len(sc.bayes))
	}
	// A bucket lives from its creation, also when its first events are refused.
	b.expiry = at.Add(sc.Lifetime())
	s.buckets[k] = b
	s.weigh(b, weightBucket+len(k.key))
	s.link(b)
	if sc.Type == Counter {
		heap.Push(&s.due, b)
	}
	return b
}

// distinct reports whether a value is new to the bucket, and remembers it.
func (s *Store) distinct(b *bucket, value string) bool {
	value = short(value)
	if _, ok := b.seen[value]; ok {
		return false
	}
	if b.seen == nil {
		b.seen = map[string]struct{}{}
	}
	if len(b.seenOrder) >= MaxDistinct {
		s.weigh(b, -weightDistinct-len(b.seenOrder[0]))
		delete(b.seen, b.seenOrder[0])
		b.seenOrder = b.seenOrder[1:]
	}
	s.weigh(b, weightDistinct+len(value))
	b.seen[value] = struct{}{}
	b.seenOrder = append(b.seenOrder, value)
	return true
}

func keep(ev *event.Event, m *Match) *event.Kept {
	var k *event.Kept
	ev.With(m.Writes, func() { k = ev.Keep() })
	return k
}

// fill adds an event to a bucket and looks whether that was one too many.
func (s *Store) fill(b *bucket, ev *event.Event, m *Match, at time.Time) *Overflow {
	sc := b.s
	s.Counters.Poured++
	if b.total == 0 {
		b.firstNum = ev.Num
	}
	if b.total == 0 || at.Before(b.first) {
		b.first = at
		if sc.Type == Counter {
			// It counts from its earliest event. Of two logs that are read one behind the other, the second must not count
			// on until it has come to where the first one ended.
			b.expiry = at.Add(sc.Lifetime())
			heap.Fix(&s.due, b.due)
		}
	}
	b.total++
	b.last, b.lastNum = at, ev.Num
	b.clockKind, b.arrived = ev.Clock, ev.Arrived
	if sc.Type != Counter {
		b.expiry = at.Add(sc.Lifetime())
	}
	full := sc.capacity >= 0 && !b.take(at)
	s.push(b, Poured{Event: keep(ev, m), At: at, Level: b.level()})
	s.link(b)
	if full {
		return s.overflow(b, at, fmt.Sprintf("%d events in %s; it holds %d and one leaks every %s", b.total, b.last.Sub(b.first), sc.capacity, sc.leak))
	}
	if sc.condition != nil && s.holds(sc.condition, b, ev, m) {
		return s.overflow(b, at, "its condition is true after "+plural(b.total, "event"))
	}
	if sc.Type == Bayesian {
		if p := s.posterior(b, ev, m); p > sc.threshold {
			return s.overflow(b, at, fmt.Sprintf("the probability of evil is %.3f after %s, above %.3f", p, plural(b.total, "event"), sc.threshold))
		}
	}
	return nil
}

// take takes one event's worth of credit, which grows by one every leak time up to the capacity. An event that is older
// than the last one moves the clock back: of two logs that are read one behind the other, the second starts anew.
func (b *bucket) take(at time.Time) bool {
	if at.Before(b.clock) {
		b.clock = at
	}
	most := mul(b.s.leak, b.s.capacity)
	if gained := at.Sub(b.clock); gained >= most-b.credit {
		b.credit = most
	} else {
		b.credit += gained
	}
	b.clock = at
	if b.credit < b.s.leak {
		b.credit -= b.s.leak // for the level; the bucket is dead
		return false
	}
	b.credit -= b.s.leak
	return true
}

// level is how full the bucket is, in events.
func (b *bucket) level() float64 {
	if b.s.capacity < 0 || b.s.leak <= 0 {
		return float64(b.total)
	}
	return float64(mul(b.s.leak, b.s.capacity)-b.credit) / float64(b.s.leak)
}

func (s *Store) push(b *bucket, p Poured) {
	if len(b.queue) >= b.s.queue {
		s.shift(b)
	}
	b.queue, b.view = append(b.queue, p), append(b.view, p.Event)
	s.weigh(b, event.Size(p.Event))
	switch {
	case len(b.queue) < 2:
	case b.fat == nil:
		b.fat = s.fat.PushBack(b)
	default:
		s.fat.MoveToBack(b.fat)
	}
}

// shift forgets the oldest event that a bucket retains.
func (s *Store) shift(b *bucket) {
	s.weigh(b, -event.Size(b.view[0]))
	b.queue[0], b.view[0] = Poured{}, nil
	b.queue, b.view = b.queue[1:], b.view[1:]
}

// holds evaluates a condition on a bucket after an event.
func (s *Store) holds(p *cond.Program, b *bucket, ev *event.Event, m *Match) (ok bool) {
	ev.With(m.Writes, func() {
		var err error
		ok, err = p.Bool(s.run, s.envOf(b, ev))
		if err != nil {
			s.Counters.ExprErrors++
			ok = false
		}
	})
	return ok
}

func (s *Store) envOf(b *bucket, ev *event.Event) *cond.Env {
	s.env = cond.Env{Queue: &cond.Queue{Queue: b.view, L: b.s.queue}, Leaky: leakyOf(b)}
	if ev != nil {
		s.env.Evt = ev.View()
	}
	return &s.env
}

func leakyOf(b *bucket) *cond.Leaky {
	return &cond.Leaky{
		Name: b.s.Name, Mapkey: b.id.key, Total_count: b.total, First_ts: b.first, Last_ts: b.last, Ovflw_ts: b.last,
		Capacity: b.s.capacity, Leakspeed: b.s.leak, Scope: b.s.scope,
	}
}

// posterior is the probability of evil given the bucket's conditions, by Bayes' rule. A condition that fails is left
// out.
func (s *Store) posterior(b *bucket, ev *event.Event, m *Match) float32 {
	p := b.s.prior
	for i := range b.s.bayes {
		c := &b.s.bayes[i]
		held := b.guillotine[i]
		if !held {
			var err error
			ev.With(m.Writes, func() { held, err = c.program.Bool(s.run, s.envOf(b, ev)) })
			if err != nil {
				s.Counters.ExprErrors++
				continue
			}
			b.guillotine[i] = held && c.guillotine
		}
		evil, benign := c.evil, c.benign
		if !held {
			evil, benign = 1-evil, 1-benign
		}
		if sum := p*evil + (1-p)*benign; sum > 0 {
			p = p * evil / sum
		}
	}
	return p
}

// Due returns the overflows of the counters whose time was up before a moment, in order.
func (s *Store) Due(at time.Time) []*Overflow {
	var out []*Overflow
	for len(s.due) > 0 && s.due[0].expiry.Before(at) {
		if o := s.expireCounter(s.due[0]); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// Flush ends a replay: it returns the overflows of the counters that are still counting, in the order of their ends.
func (s *Store) Flush() []*Overflow {
	var out []*Overflow
	for len(s.due) > 0 {
		if o := s.expireCounter(s.due[0]); o != nil {
			out = append(out, o)
		}
	}
	return out
}

func (s *Store) expireCounter(b *bucket) *Overflow {
	if b.total == 0 {
		s.remove(b)
		return nil
	}
	// Each has a budget of its own: many that end together must not starve each other.
	s.run.Begin(b.arrived)
	return s.overflow(b, b.expiry, fmt.Sprintf("%s in %s, counted to the end", plural(b.total, "event"), b.s.duration))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// deadlines is a heap of counters by the end of their time.
type deadlines []*bucket //nolint:recvcheck // container/heap is used so

func (d deadlines) Len() int { return len(d) }
func (d deadlines) Less(i, j int) bool {
	if !d[i].expiry.Equal(d[j].expiry) {
		return d[i].expiry.Before(d[j].expiry)
	}
	return d[i].seq < d[j].seq
}

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].due, d[j].due = i, j
}

// Push is for container/heap.
func (d *deadlines) Push(x any) {
	b := x.(*bucket) //nolint:forcetypeassert // the heap holds buckets
	b.due = len(*d)
	*d = append(*d, b)
}

// Pop is for container/heap.
func (d *deadlines) Pop() any {
	old := *d
	b := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	b.due = -1
	return b
}
