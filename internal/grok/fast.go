package grok

import (
	"errors"
	"regexp"
	"sync"
	"sync/atomic"

	"tocsin.example/internal/automaton"
	"tocsin.example/internal/plan"
)

// A judge knows whether an expression is found in a text, in time linear in the text, and not where. ok is false when it
// gave up. It is safe for concurrent use.
type judge interface {
	Match(text string) (found, ok bool)
}

// Fast returns an engine that gives what [Reference] gives. Expressions run as plans (package plan); one that has no plan,
// and a text on which a plan exceeds its budget, goes to Go's regexp. Matchers keep count of the latter.
//
// The matchers of one engine share memory.
func Fast() Engine {
	return fastEngine{plans: plan.NewCompiler(), judge: func(expression string) (judge, error) { return automaton.Compile(expression) }}
}

type fastEngine struct {
	plans *plan.Compiler
	judge func(expression string) (judge, error) // nil: none
}

func (e fastEngine) Compile(expression string) (Matcher, error) {
	p, err := e.plans.Compile(expression)
	if u, ok := errors.AsType[*plan.Unsupported](err); ok {
		re, err := regexp.Compile(expression)
		if err != nil {
			return nil, err
		}
		return unplanned{goMatcher{re}, u}, nil
	}
	if err != nil {
		return nil, err
	}
	return &fastMatcher{
		plan: p,
		// Few texts exceed the budget: what answers then is not made before.
		regexp: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) }), // it parsed: it compiles
		judge: sync.OnceValue(func() judge {
			if e.judge == nil {
				return nil
			}
			j, err := e.judge(expression)
			if err != nil {
				return nil
			}
			return j
		}),
	}, nil
}

// unplanned is a matcher of Go's regexp for an expression that has no plan.
type unplanned struct {
	goMatcher
	why *plan.Unsupported
}

type fastMatcher struct {
	plan   *plan.Plan
	regexp func() *regexp.Regexp
	judge  func() judge

	exceeded, rejected, fallback atomic.Uint64
}

// FindSubmatch implements Matcher.
//
// hot:
func (m *fastMatcher) FindSubmatch(text string, ends []int) ([]int, bool) {
	ends, outcome := m.plan.Find(text, ends)
	if outcome != plan.Exceeded {
		return ends, outcome == plan.Found
	}
	return m.slow(text, ends)
}

// findIn is FindSubmatch that uses a state.
//
// hot:
func (m *fastMatcher) findIn(s *plan.State, text string, ends []int) ([]int, bool) {
	ends, outcome := m.plan.FindIn(s, text, ends)
	if outcome != plan.Exceeded {
		return ends, outcome == plan.Found
	}
	return m.slow(text, ends)
}

// slow answers for texts on which the plan exceeded its budget.
func (m *fastMatcher) slow(text string, ends []int) ([]int, bool) {
	m.exceeded.Add(1)
	if j := m.judge(); j != nil {
		if found, ok := j.Match(text); ok && !found {
			m.rejected.Add(1)
			return ends[:0], false
		}
	}
	m.fallback.Add(1)
	return goMatcher{m.regexp()}.FindSubmatch(text, ends)
}

// Stats is how many texts exceeded the budget of the plan, and of these how many were rejected without Go's regexp, and
// how many Go's regexp had to answer.
func (m *fastMatcher) Stats() (exceeded, rejected, fallback uint64) {
	return m.exceeded.Load(), m.rejected.Load(), m.fallback.Load()
}

// EngineName says what the pattern runs on: "plan", or "regexp" with the reason why it has no plan.
func (p *Pattern) EngineName() (name, why string) {
	switch m := p.matcher.(type) {
	case *fastMatcher:
		return "plan", ""
	case unplanned:
		return "regexp", m.why.Error()
	default:
		return "regexp", "the reference engine was chosen"
	}
}

// Literals returns texts that every text contains in which the pattern is found; none when that is not known. The list is
// only read.
func (p *Pattern) Literals() []string {
	if p.fast == nil {
		return nil
	}
	return p.fast.plan.Literals()
}

// Stats is how many texts the pattern's plan gave up on so far because of its budget, and of these how many were then
// rejected by an automaton, and how many Go's regexp had to answer. It may be called while others match.
func (p *Pattern) Stats() (exceeded, rejected, fallback uint64) {
	if m, ok := p.matcher.(interface{ Stats() (_, _, _ uint64) }); ok {
		return m.Stats()
	}
	return 0, 0, 0
}
