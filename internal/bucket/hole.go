package bucket

import (
	"time"

	"tocsin.example/internal/slab"
)

// hole is the blackhole of an overflow. One that was dug anew for the same key is in its scenario's list as often, until
// it is the oldest there; the latest counts.
type hole struct {
	lo, hi    uint64 // the digest of scenario and key
	untilSec  int64
	num       uint64 // the line that was being poured
	untilNsec uint32
	next      uint32
}

// Link is for the slab.
func (h *hole) Link() *uint32 { return &h.next }

func (h *hole) id() slab.Digest { return slab.Digest{Lo: h.lo, Hi: h.hi} }

// holeOf returns the latest blackhole of a key, 0 for none.
func (s *Store) holeOf(id slab.Digest) uint32 {
	probe := s.dug.Seek(id.Hash())
	for n := probe.Next(); n != 0; n = probe.Next() {
		if s.holes.At(n).id() == id {
			return n
		}
	}
	return 0
}

// holeIsOver reports whether a moment is after a blackhole.
func (s *Store) holeIsOver(n uint32, at time.Time) bool {
	h := s.holes.At(n)
	return at.After(moment(h.untilSec, h.untilNsec))
}

// holed reports whether an overflow falls into the blackhole of an earlier one of its key.
func (s *Store) holed(sc *Scenario, id slab.Digest, at time.Time) bool {
	if sc.blackhole <= 0 {
		return false
	}
	n := s.holeOf(id)
	if n == 0 {
		return false
	}
	h := s.holes.At(n)
	return at.Before(moment(h.untilSec, h.untilNsec))
}

// digHole begins the blackhole of an overflow.
func (s *Store) digHole(sc *Scenario, id slab.Digest, at time.Time) {
	if sc.blackhole <= 0 {
		return
	}
	old := s.holeOf(id)
	n := s.holes.New()
	h := s.holes.At(n)
	until := at.Add(sc.blackhole)
	h.lo, h.hi, h.untilSec, h.untilNsec, h.num = id.Lo, id.Hi, until.Unix(), nsecOf(until), s.num
	if old == 0 {
		s.dug.Add(id.Hash(), n)
	} else {
		s.dug.Replace(id.Hash(), old, n)
	}
	l := &s.lists[sc.Index]
	if l.firstHole == 0 {
		l.firstHole = n
		s.setFirst(uint32(sc.Index)) //nolint:gosec // not negative
	} else {
		s.holes.At(l.lastHole).next = n
	}
	l.lastHole = n
	for s.holes.Len() > max(1, s.MaxHoles) {
		s.Counters.HolesLost++
		s.fillHole(s.digs.First())
	}
}

// fillHole takes the oldest blackhole of a scenario away, unless it was dug anew since.
func (s *Store) fillHole(scenario uint32) {
	l := &s.lists[scenario]
	n := l.firstHole
	h := s.holes.At(n)
	s.dug.Remove(h.id().Hash(), n) // where a later one of its key may stand
	l.firstHole = h.next
	s.holes.Free(n)
	s.setFirst(scenario)
}

// setFirst notes which blackhole is the first one of a scenario.
func (s *Store) setFirst(scenario uint32) {
	l := &s.lists[scenario]
	if l.firstHole == 0 {
		s.digs.Remove(scenario)
		return
	}
	l.dugAt = s.holes.At(l.firstHole).num
	s.digs.Fix(scenario)
}
