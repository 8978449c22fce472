package bucket

import (
	"container/heap"
	"crypto/sha256"
	"strings"
	"time"
)

// What a bucket and a distinct value weigh beside their texts.
const (
	weightBucket   = 512
	weightDistinct = 96
)

// weigh notes that a bucket holds more, or less.
func (s *Store) weigh(b *bucket, bytes int) {
	b.bytes += bytes
	s.bytes += bytes
}

// short returns a copy of a text, or its digest when that is shorter, to tell it from others by.
func short(text string) string {
	if len(text) <= 64 {
		return strings.Clone(text)
	}
	sum := sha256.Sum256([]byte(text))
	return "\x00" + string(sum[:])
}

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
		s.bytes -= b.bytes
	}
	if b.fat != nil {
		s.fat.Remove(b.fat)
		b.fat = nil
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
		s.level(sc.Index)
	}
}

// level takes the oldest blackhole of a scenario away, unless it was dug anew since.
func (s *Store) level(scenario int) {
	l := &s.lists[scenario]
	h := l.holes[0]
	k := id{scenario: scenario, key: h.key}
	if until, ok := s.holes[k]; ok && until.Equal(h.until) {
		delete(s.holes, k)
	}
	l.holes[0] = hole{}
	l.holes = l.holes[1:]
	s.dig--
}

// trim makes room when the buckets hold too much. Those that were poured into longest ago give up all but the last of
// their events, and count on; when no events are left to give, the buckets go.
func (s *Store) trim() {
	for s.bytes > s.MaxBytes {
		if e := s.fat.Front(); e != nil {
			s.strip(e.Value.(*bucket)) //nolint:forcetypeassert // the list holds buckets
			continue
		}
		if !s.evict() {
			return
		}
	}
}

// strip forgets all events of a bucket but the last, which says whose it is.
func (s *Store) strip(b *bucket) {
	for len(b.queue) > 1 {
		s.shift(b)
		s.Counters.Stripped++
	}
	s.fat.Remove(b.fat)
	b.fat = nil
}

// evict drops the bucket that was poured into longest ago. Counters go like the others: their overflow is lost, and
// counted as evicted.
func (s *Store) evict() bool {
	var victim *bucket
	for i := range s.lists {
		if b := s.lists[i].oldest; b != nil && (victim == nil || b.lastNum < victim.lastNum) {
			victim = b
		}
	}
	if victim == nil {
		return false
	}
	s.Counters.Evicted++
	s.remove(victim)
	return true
}

// holed reports whether an overflow falls into the blackhole of an earlier one of its key.
func (s *Store) holed(b *bucket, at time.Time) bool {
	if b.s.blackhole <= 0 {
		return false
	}
	until, ok := s.holes[id{scenario: b.s.Index, key: short(b.id.key)}]
	return ok && until.After(at)
}

// digHole begins the blackhole of an overflow.
func (s *Store) digHole(b *bucket, at time.Time) {
	if b.s.blackhole <= 0 {
		return
	}
	k := id{scenario: b.s.Index, key: short(b.id.key)}
	until := at.Add(b.s.blackhole)
	s.holes[k] = until
	l := &s.lists[b.s.Index]
	l.holes = append(l.holes, hole{key: k.key, until: until, num: s.num})
	s.dig++
	for s.dig > max(1, s.MaxHoles) {
		oldest := -1
		for i := range s.lists {
			if h := s.lists[i].holes; len(h) > 0 && (oldest < 0 || h[0].num < s.lists[oldest].holes[0].num) {
				oldest = i
			}
		}
		s.Counters.HolesLost++
		s.level(oldest)
	}
}
