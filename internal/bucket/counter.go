package bucket

import (
	"time"

	"tocsin.example"
)

// setEnd notes when the time of a counter is up: it counts from its earliest event.
func (s *Store) setEnd(h *history) {
	d := s.deadlines.At(h.deadline)
	sc := s.scenarios[s.records.At(d.bucket).scenario]
	end := moment(h.firstSec, h.firstNsec).Add(sc.Lifetime())
	d.sec, d.nsec = end.Unix(), nsecOf(end)
	s.due.Fix(h.deadline)
}

func (s *Store) endsBefore(a, b uint32) bool {
	x, y := s.deadlines.At(a), s.deadlines.At(b)
	if x.sec != y.sec {
		return x.sec < y.sec
	}
	if x.nsec != y.nsec {
		return x.nsec < y.nsec
	}
	return x.seq < y.seq
}

// Due returns the overflows of the counters whose time was up before a moment, in order.
func (s *Store) Due(at time.Time) []*Overflow {
	var out []*Overflow
	for s.due.Len() > 0 {
		d := s.deadlines.At(s.due.First())
		if !moment(d.sec, d.nsec).Before(at) {
			break
		}
		if o := s.end(d); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// Flush ends a replay: it returns the overflows of the counters that are still counting, in the order of their ends.
func (s *Store) Flush() []*Overflow {
	var out []*Overflow
	for s.due.Len() > 0 {
		if o := s.end(s.deadlines.At(s.due.First())); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// end makes the overflow of a counter whose time is up.
func (s *Store) end(d *deadline) *Overflow {
	r := s.records.At(d.bucket)
	sc := s.scenarios[r.scenario]
	h := s.histories.At(r.more)
	at := s.zones.time(h.firstSec, h.firstNsec, h.firstZone).Add(sc.Lifetime())
	id := s.idOfRecord(r)
	if s.holed(sc, id, at) {
		s.Counters.Blackholed++
		s.remove(d.bucket)
		return nil
	}
	b := s.open(d.bucket)
	b.clockKind, b.arrived = tocsin.Clock(d.clock), s.zones.time(d.arrived, d.arrNsec, d.arrZone)
	s.remove(d.bucket)
	// Each has a budget of its own: many that end together must not starve each other.
	s.run.Begin(b.arrived)
	return s.overflow(b, id, at, reason{kind: byTime})
}
