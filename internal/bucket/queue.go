package bucket

import "tocsin.example/internal/event"

func (s *Store) putEvent(p *pour) (n uint32, weight int) {
	s.startEvents(p)
	if p.m.Writes == nil {
		return s.events.put(p.ev)
	}
	return s.putWritten(p)
}

func (s *Store) startEvents(p *pour) {
	if s.events.store == nil {
		s.events.start(s.Memory, p.ev.Schema())
	}
}

func (s *Store) putWritten(p *pour) (n uint32, weight int) {
	p.ev.With(p.m.Writes, func() { n, weight = s.events.put(p.ev) })
	return n, weight
}

// setEvent makes an event the last one that a bucket retains.
func (s *Store) setEvent(r *record, p *pour) {
	var weight int
	switch {
	case p.sc.light:
		weight = s.setLight(r, p)
	case p.sc.watches():
		k := keep(p.ev, p.m)
		w := s.watchOf(r)
		w.view = append(w.view, k)
		weight = event.Size(k)
	default:
		r.event, weight = s.putEvent(p)
	}
	r.size = sizeOf(weightEvent + weight)
	s.bytes += r.size.weight()
}

// setLight keeps an event as a record, and what conditions ask of it in their trails. It weighs what it would weigh as a
// copy: what a bucket holds must not depend on the engine.
func (s *Store) setLight(r *record, p *pour) (weight int) {
	w := s.watchOf(r)
	if p.m.Writes == nil {
		r.event, _ = s.putEvent(p)
		s.note(w, p)
		return s.events.size(p.ev)
	}
	p.ev.With(p.m.Writes, func() {
		s.startEvents(p)
		r.event, _ = s.events.put(p.ev)
		s.note(w, p)
		weight = p.ev.Size()
	})
	return weight
}

// retain moves the last event of a bucket, after which the bucket was so full, among the earlier ones. The oldest goes
// if there are too many.
func (s *Store) retain(r *record, h *history, sc *Scenario, level float64) {
	if int(h.entries)+1 >= sc.queue { // which holds two at least
		s.shift(h)
	}
	n := s.entries.New()
	e := s.entries.At(n)
	e.sec, e.nsec, e.zone = r.lastSec, r.lastNsec, r.lastZone
	e.level, e.event, e.size = level, r.event, r.size
	if h.entries == 0 {
		h.oldest = n
	} else {
		s.entries.At(h.newest).next = n
	}
	h.newest = n
	h.entries++
	r.event = 0
	s.fatten(r.more, h)
}

// shift forgets the oldest event that a bucket retains beside the last one, if there is one.
func (s *Store) shift(h *history) {
	n := h.oldest
	e := s.entries.At(n)
	s.bytes -= e.size.weight()
	if e.event != 0 {
		s.events.release(e.event)
	}
	if h.watch != 0 {
		s.watches[h.watch-1].shift()
	}
	h.oldest = e.next
	h.entries--
	s.entries.Free(n)
}

// shift forgets the oldest event.
func (w *watch) shift() {
	for i := range w.trails {
		w.trails[i].Drop()
	}
	if w.trails == nil {
		w.view[0] = nil
		w.view = w.view[1:]
	}
}

// open reads a bucket with all its events.
func (s *Store) open(n uint32) *bucket {
	r := s.records.At(n)
	b := &bucket{}
	s.read(b, r)
	if r.more != 0 {
		h := s.histories.At(r.more)
		at := h.oldest
		for i := range int(h.entries) {
			e := s.entries.At(at)
			s.join(b, e.event, i, Poured{At: s.zones.time(e.sec, e.nsec, e.zone), Level: e.level})
			at = e.next
		}
		s.join(b, r.event, int(h.entries), Poured{At: b.last, Level: s.level(b.s, h)})
		return b
	}
	s.join(b, r.event, 0, Poured{At: b.last, Level: firstLevel(b.s)})
	return b
}

// firstLevel is the level of a bucket without history, after its only event.
func firstLevel(sc *Scenario) float64 {
	if sc.capacity < 0 || sc.leak <= 0 {
		return 1
	}
	most := mul(sc.leak, sc.capacity)
	return float64(most-(most-sc.leak)) / float64(sc.leak)
}

// join adds an event to a bucket that is opened. Those that conditions look at as they are, are in its view already.
func (s *Store) join(b *bucket, n uint32, i int, p Poured) {
	if n == 0 {
		p.Event = b.view[i]
	} else {
		if p.Event = s.events.get(n); p.Event == nil {
			s.Counters.Stripped++
			return
		}
		b.view = append(b.view, p.Event)
	}
	b.queue = append(b.queue, p)
}

// read reads what a bucket is without its events; with them, if it has conditions.
func (s *Store) read(b *bucket, r *record) {
	b.s = s.scenarios[r.scenario]
	b.key = string(s.keyOf(r))
	b.last, b.lastNum = s.zones.time(r.lastSec, r.lastNsec, r.lastZone), r.lastNum
	b.first, b.firstNum, b.total = b.last, b.lastNum, 1
	if r.more == 0 {
		return
	}
	h := s.histories.At(r.more)
	b.first, b.firstNum, b.total = s.zones.time(h.firstSec, h.firstNsec, h.firstZone), h.firstNum, int(h.total) //nolint:gosec // as many as lines
	if h.watch != 0 {
		b.view = s.watches[h.watch-1].view
	}
}
