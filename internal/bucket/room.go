package bucket

import (
	"container/heap"
	"time"
)

// link makes a bucket the newest of its scenario.
func (s *Store) link(b *bucket) {
	l := &s.lists[b.s.Index]
	if l.newest == b {
		return
	}
	s.unlink(b)
	b.older = l.newest
	if l.newest != nil {
		l.newest.newer = b
	}
	l.newest = b
	if l.oldest == nil {
		l.oldest = b
	}
}

func (s *Store) unlink(b *bucket) {
	l := &s.lists[b.s.Index]
	if b.newer != nil {
		b.newer.older = b.older
	} else if l.newest == b {
		l.newest = b.older
	}
	if b.older != nil {
		b.older.newer = b.newer
	} else if l.oldest == b {
		l.oldest = b.newer
	}
	b.newer, b.older = nil, nil
}

func (s *Store) remove(b *bucket) {
	if b.due >= 0 && b.s.Type == Counter {
		heap.Remove(&s.due, b.due)
	}
	if s.buckets[b.id] == b {
		delete(s.buckets, b.id)
	}
	s.unlink(b)
}

// sweep drops what is long over of one scenario. It goes by line numbers as well as by time, so that a replay that steps
// back finds what it left; what is dropped depends on the input alone.
func (s *Store) sweep(sc *Scenario, at time.Time) {
	l := &s.lists[sc.Index]
	for b := l.oldest; b != nil && sc.Type != Counter && b.lastNum+idleLines < s.num && at.After(b.expiry); b = l.oldest {
		s.Counters.Underflowed++
		s.remove(b)
	}
	for len(l.holes) > 0 && l.holes[0].num+idleLines < s.num && at.After(l.holes[0].until) {
		k := id{scenario: sc.Index, key: l.holes[0].key}
		if until, ok := s.holes[k]; ok && until.Equal(l.holes[0].until) {
			delete(s.holes, k)
		}
		l.holes = l.holes[1:]
	}
}

// evict drops the bucket that was poured into longest ago. Counters go like the others: their overflow is lost, and
// counted as evicted.
func (s *Store) evict() {
	var victim *bucket
	for i := range s.lists {
		if b := s.lists[i].oldest; b != nil && (victim == nil || b.lastNum < victim.lastNum) {
			victim = b
		}
	}
	if victim != nil {
		s.Counters.Evicted++
		s.remove(victim)
	}
}

// dug reports whether an overflow of a key falls into the blackhole of an earlier one; if not, it digs one.
func (s *Store) dug(b *bucket, at time.Time) bool {
	if b.s.blackhole <= 0 {
		return false
	}
	if until, ok := s.holes[b.id]; ok && until.After(at) {
		return true
	}
	until := at.Add(b.s.blackhole)
	s.holes[b.id] = until
	l := &s.lists[b.s.Index]
	l.holes = append(l.holes, hole{key: b.id.key, until: until, num: s.num})
	return false
}
