package bucket

import (
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/index"
	"tocsin.example/internal/slab"
)

// Match is an event that a scenario's filter picked, with all that the scenario says of the event alone.
type Match struct {
	Scenario *Scenario
	// Key is the group that the event belongs to.
	Key string
	// Distinct is the value that must be new to the bucket, if HasDistinct.
	Distinct    string
	HasDistinct bool
	// Cancel is whether the event empties the bucket.
	Cancel bool
	// Writes is what the scenario's expressions wrote into the event; nil for nothing.
	Writes *event.Writes

	id     slab.Digest // of scenario and key, if a Store has looked for the bucket
	bucket uint32      // which it was then, 0 for none
	looked bool
}

// MatchCounters count what went wrong in matching; add them up over Matchers with Add.
type MatchCounters struct {
	ExprErrors uint64 `json:"expr_errors"` // expressions that failed while running
}

// Add adds o to c.
func (c *MatchCounters) Add(o MatchCounters) {
	c.ExprErrors += o.ExprErrors
}

// Matcher finds the scenarios of events, for one goroutine.
type Matcher struct {
	Counters MatchCounters
	// Evaluated counts the filters that were asked. It is no effect of the events: with an index it is smaller.
	Evaluated uint64
	// Failed, if set, is told of every expression that failed, for explain.
	Failed func(s *Scenario, what string, err error)

	set    *Set
	run    *cond.Run
	env    cond.Env
	finder *index.Finder // nil: every scenario is asked
}

// NewMatcher makes a Matcher. run is the goroutine's evaluation state.
func NewMatcher(set *Set, run *cond.Run) *Matcher {
	m := &Matcher{set: set, run: run}
	if set.index != nil {
		m.finder = set.index.NewFinder()
	}
	return m
}

// AskAll makes the Matcher ask every scenario, whether the set has an index or not.
func (m *Matcher) AskAll() { m.finder = nil }

// Match appends the scenarios that want the event to out, in load order. A filter that fails while running is counted
// and does not match; it hides no other scenario. Scenarios whose filter the index knows to be false are not asked.
//
// hot:
func (m *Matcher) Match(ev *event.Event, out []Match) []Match {
	for i := m.next(ev, 0); i < len(m.set.scenarios); i = m.next(ev, i+1) {
		s := m.set.scenarios[i]
		var match Match
		var ok bool
		if s.effects.Has(cond.WritesEvent) || s.effects.Has(cond.WritesUnmarshaled) {
			w := ev.Isolate(s.effects.Has(cond.WritesUnmarshaled), func() { match, ok = m.ask(s, ev, false) })
			match.Writes = w
		} else {
			match, ok = m.ask(s, ev, m.finder != nil && m.run.Left() >= 0 && m.finder.Sure())
		}
		if ok {
			out = append(out, match)
		}
	}
	return out
}

// next is the first scenario from the given one on that is to be asked. When the budget is gone every filter fails, and
// that is counted.
func (m *Matcher) next(ev *event.Event, from int) int {
	if m.finder == nil || m.run.Left() < 0 {
		return from
	}
	return m.finder.Next(ev, from)
}

// ask asks a scenario about the event; sure says that its filter is known to be true.
func (m *Matcher) ask(s *Scenario, ev *event.Event, sure bool) (match Match, ok bool) {
	m.env.Event = ev
	match.Scenario = s
	var err error
	if !sure {
		m.Evaluated++
		if ok, err = s.filter.Bool(m.run, &m.env); err != nil {
			m.failed(s, "filter", err)
			return match, false
		}
		if !ok {
			return match, false
		}
	}
	if s.groupBy != nil {
		if match.Key, err = s.groupBy.String(m.run, &m.env); err != nil {
			m.failed(s, "groupby", err)
			return match, false
		}
	}
	if s.Type == Trigger {
		return match, true
	}
	if s.distinct != nil {
		m.distinct(s, &match)
	}
	if s.cancelOn != nil {
		if match.Cancel, err = s.cancelOn.Bool(m.run, &m.env); err != nil {
			m.failed(s, "cancel_on", err)
		}
	}
	return match, true
}

// distinct evaluates the value that must be new to the bucket; what is no text counts as the empty one.
func (m *Matcher) distinct(s *Scenario, match *Match) {
	given, err := s.distinct.Given(m.run, &m.env)
	if err != nil {
		m.failed(s, "distinct", err) // and the event is poured
		return
	}
	match.HasDistinct = true
	match.Distinct, _ = given.Text()
}

func (m *Matcher) failed(s *Scenario, what string, err error) {
	m.Counters.ExprErrors++
	if m.Failed != nil {
		m.Failed(s, what, err)
	}
}
