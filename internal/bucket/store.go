package bucket

import (
	"time"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/retain"
	"tocsin.example/internal/slab"
)

// Limits of a Store.
const (
	// DefaultMaxBuckets bounds the live buckets; the one that was poured into longest ago goes first.
	DefaultMaxBuckets = 1_000_000
	// MaxDistinct bounds the distinct values that one bucket remembers; the oldest goes first.
	MaxDistinct = 65_536
	// MaxKey bounds a group key and the value of a source, in bytes; a longer one is cut.
	MaxKey = 4096
	// DefaultMaxBytes bounds what buckets hold: events, keys and distinct values, by fixed weights. An event in two
	// buckets counts twice.
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
//
// Buckets are records in slabs, found by a keyed hash: no bucket is a thing of its own to the garbage collector, and one
// with one event takes 64 bytes, its place in the index and its event.
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
	// Memory is where retained events lie; nil for the heap. It is set before the first event is poured.
	Memory retain.Memory

	scenarios []*Scenario
	run       *cond.Run
	env       cond.Env
	noMatch   map[string]any // match, in a context: empty
	queue     cond.Queue     // of env
	leaky     cond.Leaky
	key       slab.Key
	keyed     []byte      // the group key that was hashed last
	digest    slab.Digest // of it

	records   slab.Slab[record, *record]
	index     slab.Index
	keys      slab.Texts // the long ones
	histories slab.Slab[history, *history]
	entries   slab.Slab[entry, *entry]
	few       slab.Slab[few, *few]
	values    slab.Slab[value, *value]
	valued    slab.Index // of values
	deadlines slab.Slab[deadline, *deadline]
	due       slab.Heap // of deadlines
	seq       uint64    // of the last deadline
	watches   []watch
	idle      []uint32 // watches of no bucket
	events    events
	zones     zones

	lists     []chain   // by scenario
	elders    slab.Heap // of scenarios with buckets, by the oldest in each
	fatOldest uint32    // histories of buckets with more than one retained event, the one poured into longest ago first
	fatNewest uint32
	bytes     int    // what all buckets hold
	num       uint64 // the line that is being poured
	touched   uint32 // what LookAhead read, so that it is read

	holes slab.Slab[hole, *hole]
	dug   slab.Index // the latest hole of each key
	digs  slab.Heap  // of scenarios with holes, by the oldest in each
}

// chain is what a Store knows of one scenario: its buckets from the one poured into last to the one longest ago, and its
// blackholes in order of their making.
type chain struct {
	newest, oldest uint32
	since          uint64   // the line of the oldest bucket's last event, or an earlier one
	elder          uint32   // the place among the elders
	spare          []uint32 // watches for its next buckets
	watches        int      // that it has, if it retains no events

	firstHole, lastHole uint32
	dig                 uint32 // the place among the digs
	dugAt               uint64 // the line of the first hole
}

// NewStore makes an empty Store for a set.
func NewStore(set *Set, run *cond.Run) *Store {
	s := &Store{
		MaxBuckets: DefaultMaxBuckets, MaxBytes: DefaultMaxBytes, MaxHoles: DefaultMaxHoles, run: run, key: slab.NewKey(),
		scenarios: set.scenarios, lists: make([]chain, len(set.scenarios)),
	}
	s.due = slab.Heap{Less: s.endsBefore, Place: func(n uint32) *uint32 { return &s.deadlines.At(n).place }}
	s.elders = slab.Heap{
		Less:  func(a, b uint32) bool { return earlier(s.lists[a].since, s.lists[b].since, a, b) },
		Place: func(n uint32) *uint32 { return &s.lists[n].elder },
	}
	s.digs = slab.Heap{
		Less:  func(a, b uint32) bool { return earlier(s.lists[a].dugAt, s.lists[b].dugAt, a, b) },
		Place: func(n uint32) *uint32 { return &s.lists[n].dig },
	}
	return s
}

// earlier orders scenarios by lines, those of one line by load order.
func earlier(lineA, lineB uint64, a, b uint32) bool { return lineA < lineB || lineA == lineB && a < b }

// Len is the number of live buckets.
func (s *Store) Len() int { return s.records.Len() }

// Bytes is what the live buckets hold, by fixed weights that are near to what they take in memory but do not depend on
// it.
func (s *Store) Bytes() int { return s.bytes }

// Footprint is how much memory the Store has taken for all that it holds, in bytes.
func (s *Store) Footprint() int {
	trails := 0
	for i := range s.watches {
		for j := range s.watches[i].trails {
			trails += s.watches[i].trails[j].Bytes()
		}
	}
	return trails + s.records.Bytes() + s.index.Bytes() + s.keys.Bytes() + s.histories.Bytes() + s.entries.Bytes() +
		s.few.Bytes() + s.values.Bytes() + s.valued.Bytes() + s.deadlines.Bytes() + s.due.Bytes() + s.holes.Bytes() + s.dug.Bytes() +
		s.events.footprint()
}

// pour is an event on its way into a bucket.
type pour struct {
	ev   *event.Event
	m    *Match
	sc   *Scenario
	at   time.Time
	key  string      // may point into the line
	id   slab.Digest // of scenario and key
	zone uint16      // of at

	bucket uint32 // that it goes to, if that is known
}

// Pour pours an event at a moment, and returns the overflow that it causes, if any.
//
// hot:
func (s *Store) Pour(ev *event.Event, m *Match, at time.Time) *Overflow {
	s.num = ev.Num
	s.sweep(m.Scenario, at)
	key := cut(m.Key, MaxKey)
	p := pour{ev: ev, m: m, sc: m.Scenario, at: at, key: key}
	s.identify(&p)
	var o *Overflow
	if p.sc.Type == Trigger {
		o = s.trigger(&p)
	} else {
		p.zone = s.zones.number(at)
		o = s.pour(&p)
	}
	s.trim()
	return o
}

// idOf is the digest of a scenario and a key. An event mostly goes to several scenarios under one key, which is hashed
// once.
func (s *Store) idOf(sc *Scenario, key string) slab.Digest {
	if string(s.keyed) != key || len(key) == 0 {
		s.keyed, s.digest = append(s.keyed[:0], key...), slab.Sum(s.key, 0, key)
	}
	return s.digest.With(uint64(sc.Index)) //nolint:gosec // not negative
}

// idOfRecord is the digest of a bucket's scenario and key.
func (s *Store) idOfRecord(r *record) slab.Digest {
	return slab.Sum(s.key, 0, s.keyOf(r)).With(uint64(r.scenario))
}

func (s *Store) pour(p *pour) *Overflow {
	n, fresh := s.find(p)
	if n == 0 { // nothing needs to be made of a bucket that ends at once
		s.Counters.Created++
		s.Counters.Canceled++
		return nil
	}
	if p.m.HasDistinct && !s.distinct(n, p.m.Distinct) {
		s.Counters.Duplicates++
		return nil
	}
	if p.m.Cancel {
		s.Counters.Canceled++
		s.remove(n)
		return nil
	}
	return s.fill(n, fresh, p)
}

// find returns the live bucket of a key, making it if there is none, unless the event would cancel it: then n is 0.
func (s *Store) find(p *pour) (n uint32, fresh bool) {
	n = s.seek(p)
	over := n != 0 && p.sc.Type != Counter && p.at.After(s.expiry(s.records.At(n)))
	switch {
	case over && p.m.Cancel:
		s.Counters.Underflowed++
		s.remove(n)
		return 0, true
	case over:
		s.renew(n, p)
		return n, true
	case n != 0:
		return n, false
	}
	if s.records.Len() >= max(1, s.MaxBuckets) {
		s.evict()
	}
	if p.m.Cancel {
		return 0, true
	}
	return s.create(p), true
}

// seek looks for the bucket of a key; 0 for none.
func (s *Store) seek(p *pour) uint32 {
	if p.bucket != 0 {
		return p.bucket
	}
	probe := s.index.Seek(p.id.Hash())
	for n := probe.Next(); n != 0; n = probe.Next() {
		if s.isOf(s.records.At(n), p) {
			return n
		}
	}
	return 0
}

func (s *Store) create(p *pour) uint32 {
	s.Counters.Created++
	n := s.records.New()
	r := s.records.At(n)
	r.scenario = uint32(p.sc.Index) //nolint:gosec // there are not so many
	s.setKey(r, p.key)
	s.setLast(r, p)
	s.index.Add(p.id.Hash(), n)
	s.bytes += weightBucket + keyWeight(r)
	s.begin(n, p)
	return n
}

// renew makes a new bucket of one that leaked empty, of the same key: it has its place already.
func (s *Store) renew(n uint32, p *pour) {
	s.Counters.Underflowed++
	s.Counters.Created++
	r := s.records.At(n)
	s.bytes -= r.size.weight()
	s.drain(r)
	r.event, r.more, r.size = 0, 0, 0
	s.setLast(r, p)
	s.begin(n, p)
}

// begin gives a new bucket what it has from its first event on.
func (s *Store) begin(n uint32, p *pour) {
	s.link(n)
	if p.sc.distinct != nil || p.sc.Type == Counter || p.sc.watches() {
		s.remember(n, 0)
	}
}

// setLast notes the last event of a bucket.
func (s *Store) setLast(r *record, p *pour) {
	r.lastSec, r.lastNsec, r.lastZone = p.at.Unix(), nsecOf(p.at), p.zone
	r.lastNum = p.ev.Num
}

// expiry is until when a bucket lives, that moment included; not for counters. It lives from its creation, also when its
// first events are refused.
func (s *Store) expiry(r *record) time.Time {
	return moment(r.lastSec, r.lastNsec).Add(s.scenarios[r.scenario].Lifetime())
}

// remember gives a bucket of total events, 0 or 1, its history.
func (s *Store) remember(n uint32, total uint64) *history {
	r := s.records.At(n)
	sc := s.scenarios[r.scenario]
	r.more = s.histories.New()
	s.bytes += weightHistory
	h := s.histories.At(r.more)
	h.firstSec, h.firstNsec, h.firstZone, h.firstNum = r.lastSec, r.lastNsec, r.lastZone, r.lastNum
	h.total = total
	h.credit = mul(sc.leak, sc.capacity)
	if total > 0 {
		h.credit -= sc.leak
	}
	if sc.Type == Counter {
		h.deadline = s.deadlines.New()
		d := s.deadlines.At(h.deadline)
		s.seq++
		d.seq, d.bucket = s.seq, n
		s.setEnd(h)
	}
	if sc.watches() {
		h.watch = s.newWatch(sc)
	}
	return h
}
