package bucket

import (
	"slices"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// watches says whether conditions look at the scenario's buckets after each event.
func (s *Scenario) watches() bool { return s.condition != nil || s.Type == Bayesian }

// setWatchers lists the conditions.
func (s *Scenario) setWatchers() {
	if s.condition != nil {
		s.watchers = append(s.watchers, s.condition)
	}
	for i := range s.bayes {
		s.watchers = append(s.watchers, s.bayes[i].program)
	}
	s.light = s.watches()
	for _, p := range s.watchers {
		if _, ok := p.Trails(0); !ok {
			s.light = false
		}
	}
}

// maxSpareWatches bounds the watches that a scenario keeps for its next buckets.
const maxSpareWatches = 1024

// newWatch returns the number of what a new bucket's conditions look at.
func (s *Store) newWatch(sc *Scenario) uint32 {
	if !sc.light {
		return s.addWatch(watch{guillotine: make([]bool, len(sc.bayes))})
	}
	l := &s.lists[sc.Index]
	if len(l.spare) == 0 {
		s.moreWatches(l, sc)
	}
	last := len(l.spare) - 1
	i := l.spare[last]
	l.spare = l.spare[:last]
	return i
}

// maxNewWatches bounds the watches that are made together.
const maxNewWatches = 64

// moreWatches makes the watches of a scenario that retains no events: a few more, the more there are already.
func (s *Store) moreWatches(l *chain, sc *Scenario) {
	n := min(1+l.watches/4, maxNewWatches)
	l.watches += n
	var trails []trail.Trail
	if each := len(sc.watchers); each == 1 {
		trails, _ = sc.watchers[0].Trails(n)
	} else {
		trails = make([]trail.Trail, n*each)
		for i := range trails {
			one, _ := sc.watchers[i%each].Trails(1)
			trails[i] = one[0]
		}
	}
	held := make([]bool, n*len(sc.bayes))
	for range n {
		w := watch{trails: trails[:len(sc.watchers)], guillotine: held[:len(sc.bayes)]}
		trails, held = trails[len(sc.watchers):], held[len(sc.bayes):]
		l.spare = append(l.spare, s.addWatch(w))
	}
}

// addWatch numbers a watch.
func (s *Store) addWatch(w watch) uint32 {
	if n := len(s.idle); n > 0 {
		i := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.watches[i-1] = w
		return i
	}
	s.watches = append(s.watches, w)
	return uint32(len(s.watches)) //nolint:gosec // at most as many as buckets
}

// freeWatch takes back what the conditions of a bucket looked at. Its view may be in use.
func (s *Store) freeWatch(i uint32, sc *Scenario) {
	l, w := &s.lists[sc.Index], &s.watches[i-1]
	if !sc.light || len(l.spare) >= maxSpareWatches {
		if sc.light {
			l.watches--
		}
		*w = watch{}
		s.idle = append(s.idle, i)
		return
	}
	for j := range w.trails {
		w.trails[j].Empty()
	}
	clear(w.guillotine)
	l.spare = append(l.spare, i)
}

// watchOf is what the conditions of a bucket look at.
func (s *Store) watchOf(r *record) *watch { return &s.watches[s.histories.At(r.more).watch-1] }

// note adds the event that is poured to the trails of a bucket.
func (s *Store) note(w *watch, p *pour) {
	for i, program := range p.sc.watchers {
		program.Note(s.run, p.ev, &w.trails[i])
	}
}

// holds evaluates the condition of a bucket after an event.
func (s *Store) holds(n uint32, p *pour) bool {
	var b bucket
	r := s.records.At(n)
	s.look(&b, r, p.sc)
	ok, err := s.ask(&b, s.watchOf(r), 0, p)
	if err != nil {
		s.Counters.ExprErrors++
		return false
	}
	return ok
}

// look reads as much of a bucket as its conditions ask for.
func (s *Store) look(b *bucket, r *record, sc *Scenario) {
	if !sc.light || slices.ContainsFunc(sc.watchers, (*cond.Program).AsksLeaky) {
		s.read(b, r)
	}
}

// ask evaluates a condition, by its place among the scenario's, on a bucket and the event as the scenario sees it.
func (s *Store) ask(b *bucket, w *watch, i int, p *pour) (ok bool, err error) {
	if p.m.Writes == nil {
		return s.askPlain(b, w, i, p)
	}
	return s.askWritten(b, w, i, p)
}

func (s *Store) askWritten(b *bucket, w *watch, i int, p *pour) (ok bool, err error) {
	p.ev.With(p.m.Writes, func() { ok, err = s.askPlain(b, w, i, p) })
	return ok, err
}

func (s *Store) askPlain(b *bucket, w *watch, i int, p *pour) (bool, error) {
	program := p.sc.watchers[i]
	switch {
	case !p.sc.light:
		s.envOf(b, p.ev)
	case program.AsksLeaky():
		s.envOf(b, nil)
		s.env.Event, s.env.Trail = p.ev, &w.trails[i]
	default:
		s.env = cond.Env{Event: p.ev, Trail: &w.trails[i]}
	}
	return program.Bool(s.run, &s.env)
}

// envOf is what an expression on a bucket sees; until the next call.
func (s *Store) envOf(b *bucket, ev *event.Event) *cond.Env {
	s.queue = cond.Queue{Queue: b.view, L: b.s.queue}
	s.leaky = cond.Leaky{
		Name: b.s.Name, Mapkey: b.key, Total_count: b.total, First_ts: b.first, Last_ts: b.last, Ovflw_ts: b.last,
		Capacity: b.s.capacity, Leakspeed: b.s.leak, Scope: b.s.scope,
	}
	s.env = cond.Env{Queue: &s.queue, Leaky: &s.leaky}
	if ev != nil {
		s.env.Evt = ev.View()
	}
	return &s.env
}

// posterior is the probability of evil given the bucket's conditions, by Bayes' rule. A condition that fails is left
// out.
func (s *Store) posterior(n uint32, p *pour) float32 {
	var b bucket
	r := s.records.At(n)
	s.look(&b, r, p.sc)
	w := s.watchOf(r)
	evilIs := p.sc.prior
	first := len(p.sc.watchers) - len(p.sc.bayes)
	for i := range p.sc.bayes {
		c := &p.sc.bayes[i]
		held := w.guillotine[i]
		if !held {
			var err error
			if held, err = s.ask(&b, w, first+i, p); err != nil {
				s.Counters.ExprErrors++
				continue
			}
			w.guillotine[i] = held && c.guillotine
		}
		evil, benign := c.evil, c.benign
		if !held {
			evil, benign = 1-evil, 1-benign
		}
		if sum := evilIs*evil + (1-evilIs)*benign; sum > 0 {
			evilIs = evilIs * evil / sum
		}
	}
	return evilIs
}
