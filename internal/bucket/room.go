package bucket

import (
	"encoding/binary"
	"time"
)

// keyOf is the group key of a bucket, good until the bucket goes.
func (s *Store) keyOf(r *record) []byte {
	if r.keyLen <= inlineKey {
		return r.key[:r.keyLen]
	}
	return s.keys.At(longKey(r), int(r.keyLen))
}

func longKey(r *record) uint32 { return binary.LittleEndian.Uint32(r.key[:]) }

// setKey copies the group key into a new bucket.
func (s *Store) setKey(r *record, key string) {
	r.keyLen = uint16(len(key)) //nolint:gosec // at most MaxKey
	if len(key) <= inlineKey {
		copy(r.key[:], key)
		return
	}
	binary.LittleEndian.PutUint32(r.key[:], s.keys.Put(key))
}

// keyWeight is what a key weighs beside its bucket.
func keyWeight(r *record) int {
	if r.keyLen <= inlineKey {
		return 0
	}
	return int(r.keyLen)
}

// link makes a bucket the newest of its scenario.
func (s *Store) link(n uint32) {
	r := s.records.At(n)
	l := &s.lists[r.scenario]
	if l.newest != n {
		s.unlink(n)
		r.older = l.newest
		if l.newest != 0 {
			s.records.At(l.newest).newer = n
		}
		l.newest = n
	}
	if l.oldest == 0 {
		l.oldest = n
	}
	if l.oldest == n {
		s.age(r.scenario)
	}
}

func (s *Store) unlink(n uint32) {
	r := s.records.At(n)
	l := &s.lists[r.scenario]
	if r.newer != 0 {
		s.records.At(r.newer).older = r.older
	} else if l.newest == n {
		l.newest = r.older
	}
	if r.older != 0 {
		s.records.At(r.older).newer = r.newer
	} else if l.oldest == n {
		l.oldest = r.newer
		s.age(r.scenario)
	}
	r.newer, r.older = 0, 0
}

// age sees to it that the elders know no scenario's oldest bucket to be younger than it is. That it may be older than
// they know is found out when one is looked for.
func (s *Store) age(scenario uint32) {
	l := &s.lists[scenario]
	if l.oldest == 0 {
		s.elders.Remove(scenario)
		return
	}
	if since := s.records.At(l.oldest).lastNum; l.elder == 0 || since < l.since {
		l.since = since
		s.elders.Fix(scenario)
	}
}

// remove ends a bucket and all that it holds.
func (s *Store) remove(n uint32) {
	r := s.records.At(n)
	s.bytes -= weightBucket + keyWeight(r) + r.size.weight()
	s.index.Remove(s.idOfRecord(r).Hash(), n)
	s.drain(r)
	if r.keyLen > inlineKey {
		s.keys.Free(longKey(r))
	}
	s.unlink(n)
	r.scenario = noScenario // for who looks at it still
	s.records.Free(n)
}

// drain forgets the events of a bucket and what else it remembers of them.
func (s *Store) drain(r *record) {
	if r.event != 0 {
		s.events.release(r.event)
	}
	if r.more != 0 {
		s.dismiss(r.more, s.scenarios[r.scenario])
	}
}

// dismiss ends a history.
func (s *Store) dismiss(n uint32, sc *Scenario) {
	h := s.histories.At(n)
	s.bytes -= weightHistory
	if h.watch != 0 { // first, since an opened bucket goes on with the view
		s.freeWatch(h.watch, sc)
		h.watch = 0
	}
	for h.entries > 0 {
		s.shift(h)
	}
	s.forgetAll(h)
	if h.deadline != 0 {
		s.due.Remove(h.deadline)
		s.deadlines.Free(h.deadline)
	}
	s.thin(n, h)
	s.histories.Free(n)
}

// fatten makes a bucket, which has more than one retained event, the newest of those.
func (s *Store) fatten(n uint32, h *history) {
	if s.fatNewest == n {
		return
	}
	s.thin(n, h)
	h.older = s.fatNewest
	if s.fatNewest != 0 {
		s.histories.At(s.fatNewest).newer = n
	} else {
		s.fatOldest = n
	}
	s.fatNewest = n
}

// thin takes a bucket from the list of those with more than one retained event, if it is there.
func (s *Store) thin(n uint32, h *history) {
	if h.newer != 0 {
		s.histories.At(h.newer).older = h.older
	} else if s.fatNewest == n {
		s.fatNewest = h.older
	}
	if h.older != 0 {
		s.histories.At(h.older).newer = h.newer
	} else if s.fatOldest == n {
		s.fatOldest = h.newer
	}
	h.newer, h.older = 0, 0
}

// sweep drops what is long over of one scenario. It goes by line numbers as well as by time, so that a replay that steps
// back finds what it left; what is dropped depends on the input alone.
func (s *Store) sweep(sc *Scenario, at time.Time) {
	l := &s.lists[sc.Index]
	if l.oldest != 0 && l.since+idleLines < s.num && sc.Type != Counter {
		s.sweepBuckets(l, at)
	}
	for l.firstHole != 0 && l.dugAt+idleLines < s.num && s.holeIsOver(l.firstHole, at) {
		s.fillHole(uint32(sc.Index)) //nolint:gosec // not negative
	}
}

func (s *Store) sweepBuckets(l *chain, at time.Time) {
	for l.oldest != 0 {
		r := s.records.At(l.oldest)
		if l.since < r.lastNum {
			l.since = r.lastNum
			s.elders.Fix(r.scenario)
		}
		if r.lastNum+idleLines >= s.num || !at.After(s.expiry(r)) {
			return
		}
		s.Counters.Underflowed++
		s.remove(l.oldest)
	}
}

// trim makes room when the buckets hold too much. Those that were poured into longest ago give up all but the last of
// their events, and count on; when no events are left to give, the buckets go.
func (s *Store) trim() {
	for s.bytes > s.MaxBytes {
		if n := s.fatOldest; n != 0 {
			s.strip(n)
			continue
		}
		if !s.evict() {
			return
		}
	}
}

// strip forgets all events of a bucket but the last, which says whose it is.
func (s *Store) strip(n uint32) {
	h := s.histories.At(n)
	for h.entries > 0 {
		s.shift(h)
		s.Counters.Stripped++
	}
	s.thin(n, h)
}

// evict drops the bucket that was poured into longest ago, and reports whether there was one. Counters go like the
// others: their overflow is lost, and counted as evicted.
func (s *Store) evict() bool {
	for s.elders.Len() > 0 {
		l := &s.lists[s.elders.First()]
		if since := s.records.At(l.oldest).lastNum; since != l.since {
			l.since = since
			s.elders.Fix(s.elders.First())
			continue
		}
		s.Counters.Evicted++
		s.remove(l.oldest)
		return true
	}
	return false
}
