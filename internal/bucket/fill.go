package bucket

import (
	"fmt"
	"time"

	"tocsin.example/internal/event"
)

// fill adds an event to a bucket and looks whether that was one too many. fresh says that it is the bucket's first.
func (s *Store) fill(n uint32, fresh bool, p *pour) *Overflow {
	s.Counters.Poured++
	r := s.records.At(n)
	var h *history
	switch {
	case r.more != 0:
		h = s.histories.At(r.more)
	case !fresh:
		h = s.remember(n, 1)
	}
	full := false
	if h != nil {
		full = s.count(r, h, p)
	} else {
		s.setEvent(r, p) // the first of all: whatever the capacity, it has room
	}
	s.link(n)
	if full {
		return s.over(n, p, reason{kind: byCapacity})
	}
	if p.sc.condition != nil && s.holds(n, p) {
		return s.over(n, p, reason{kind: byCondition})
	}
	if p.sc.Type == Bayesian {
		if b := s.posterior(n, p); b > p.sc.threshold {
			return s.over(n, p, reason{kind: byBayes, posterior: b})
		}
	}
	return nil
}

// count adds an event to a bucket with a history, and reports whether it was one too many.
func (s *Store) count(r *record, h *history, p *pour) (full bool) {
	level := s.level(p.sc, h) // before the event
	since := moment(r.lastSec, r.lastNsec)
	if h.total == 0 {
		h.firstNum = p.ev.Num
	}
	if h.total == 0 || p.at.Before(moment(h.firstSec, h.firstNsec)) {
		h.firstSec, h.firstNsec, h.firstZone = p.at.Unix(), nsecOf(p.at), p.zone
		if h.deadline != 0 {
			// It counts from its earliest event. Of two logs that are read one behind the other, the second must not count
			// on until it has come to where the first one ended.
			s.setEnd(h)
		}
	}
	h.total++
	if h.deadline != 0 {
		d := s.deadlines.At(h.deadline)
		d.clock = uint8(p.ev.Clock)
		d.arrived, d.arrNsec, d.arrZone = p.ev.Arrived.Unix(), nsecOf(p.ev.Arrived), s.zones.number(p.ev.Arrived)
	}
	if p.sc.capacity >= 0 {
		full = !h.take(p.sc, since, p.at)
	}
	if h.total > 1 {
		s.retain(r, h, p.sc, level)
	}
	s.setLast(r, p)
	s.setEvent(r, p)
	return full
}

// take takes one event's worth of credit, which grows by one every leak time up to the capacity. An event that is older
// than the last one, at since, moves the clock back: of two logs that are read one behind the other, the second starts
// anew.
func (h *history) take(sc *Scenario, since, at time.Time) bool {
	most := mul(sc.leak, sc.capacity)
	if at.After(since) {
		if gained := at.Sub(since); gained >= most-h.credit {
			h.credit = most
		} else {
			h.credit += gained
		}
	}
	h.credit -= sc.leak // below 0 for the level of a bucket that is dead
	return h.credit >= 0
}

// level is how full the bucket is, in events.
func (s *Store) level(sc *Scenario, h *history) float64 {
	if sc.capacity < 0 || sc.leak <= 0 {
		return float64(h.total)
	}
	return float64(mul(sc.leak, sc.capacity)-h.credit) / float64(sc.leak)
}

// over ends the life of a bucket that ran over by an event.
func (s *Store) over(n uint32, p *pour, why reason) *Overflow {
	if s.holed(p.sc, p.id, p.at) { // looked at first: nothing needs to be made of what nobody will see
		s.Counters.Blackholed++
		s.remove(n)
		return nil
	}
	b := s.open(n)
	b.clockKind, b.arrived = p.ev.Clock, p.ev.Arrived
	s.remove(n)
	return s.overflow(b, p.id, p.at, why)
}

// trigger makes the overflow of one event.
func (s *Store) trigger(p *pour) *Overflow {
	s.Counters.Poured++
	if s.holed(p.sc, p.id, p.at) {
		s.Counters.Blackholed++
		return nil
	}
	kept := keep(p.ev, p.m)
	return s.overflow(&bucket{
		s: p.sc, key: string([]byte(p.key)), first: p.at, last: p.at, firstNum: p.ev.Num, lastNum: p.ev.Num, total: 1,
		clockKind: p.ev.Clock, arrived: p.ev.Arrived,
		queue: []Poured{{Event: kept, At: p.at, Level: 1}}, view: []*event.Kept{kept},
	}, p.id, p.at, reason{kind: byTrigger})
}

// reason is why a bucket ran over.
type reason struct {
	kind      reasonKind
	posterior float32
}

type reasonKind uint8

const (
	byTrigger reasonKind = iota
	byCapacity
	byCondition
	byBayes
	byTime
)

// text says why a bucket ran over.
func (r reason) text(b *bucket) string {
	switch r.kind {
	case byCapacity:
		return fmt.Sprintf("%d events in %s; it holds %d and one leaks every %s", b.total, b.last.Sub(b.first), b.s.capacity, b.s.leak)
	case byCondition:
		return "its condition is true after " + plural(b.total, "event")
	case byBayes:
		return fmt.Sprintf("the probability of evil is %.3f after %s, above %.3f", r.posterior, plural(b.total, "event"), b.s.threshold)
	case byTime:
		return fmt.Sprintf("%s in %s, counted to the end", plural(b.total, "event"), b.s.duration)
	default:
		return "one event is enough"
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
