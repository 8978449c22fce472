package bucket

import (
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

// watches says whether conditions look at the scenario's buckets after each event.
func (s *Scenario) watches() bool { return s.condition != nil || s.Type == Bayesian }

// newWatch returns the number of what a new bucket's conditions look at.
func (s *Store) newWatch(sc *Scenario) uint32 {
	w := watch{}
	if len(sc.bayes) > 0 {
		w.guillotine = make([]bool, len(sc.bayes))
	}
	if n := len(s.idle); n > 0 {
		i := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.watches[i-1] = w
		return i
	}
	s.watches = append(s.watches, w)
	return uint32(len(s.watches)) //nolint:gosec // at most as many as buckets
}

// watchOf is what the conditions of a bucket look at.
func (s *Store) watchOf(r *record) *watch { return &s.watches[s.histories.At(r.more).watch-1] }

// holds evaluates a condition on a bucket after an event.
func (s *Store) holds(program *cond.Program, n uint32, p *pour) bool {
	var b bucket
	s.read(&b, s.records.At(n))
	ok, err := s.ask(program, &b, p)
	if err != nil {
		s.Counters.ExprErrors++
		return false
	}
	return ok
}

// ask evaluates a condition on a bucket and the event as the scenario sees it.
func (s *Store) ask(program *cond.Program, b *bucket, p *pour) (ok bool, err error) {
	if p.m.Writes == nil {
		return program.Bool(s.run, s.envOf(b, p.ev))
	}
	p.ev.With(p.m.Writes, func() { ok, err = program.Bool(s.run, s.envOf(b, p.ev)) })
	return ok, err
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
	s.read(&b, r)
	w := s.watchOf(r)
	evilIs := b.s.prior
	for i := range b.s.bayes {
		c := &b.s.bayes[i]
		held := w.guillotine[i]
		if !held {
			var err error
			if held, err = s.ask(c.program, &b, p); err != nil {
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
