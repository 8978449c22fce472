package closure

import (
	"time"

	"github.com/expr-lang/expr/ast"
)

// ofQueue compiles a predicate over events of the queue, without going through them.
func (f *compiler) ofQueue(n *ast.BuiltinNode, list code) code {
	if len(n.Arguments) != 2 {
		f.give("%s of the queue is not covered without a predicate", n.Name)
	}
	if n.Name == "map" {
		return mapped(list, f.column(n.Arguments[1], nil), at(n))
	}
	if list.test != noTest {
		f.give("%s of events that passed another test is not covered", n.Name)
	}
	q := query{list: list.e, where: at(n)}
	switch n.Name {
	case "any", "none", "all":
		q.test = f.test(n.Arguments[1], n.Name == "all")
		want := n.Name == "any"
		return boolCode(func(r *Frame) bool {
			_, found := q.first(r)
			return found == want
		})
	case "one", "count":
		return f.numberOf(n, q)
	case "filter":
		q.test = f.test(n.Arguments[1], false)
		picked := eventsCode(q.test, q.picked)
		if n.Map == nil {
			return picked
		}
		return mapped(picked, f.column(n.Map, nil), at(n))
	case "find":
		q.test = f.test(n.Arguments[1], false)
		return f.findOf(n, q)
	}
	// findLast leaves values on the stack of expr's machine, which its surroundings may take for their operands.
	f.give("%s of the queue is not covered", n.Name)
	return code{}
}

// mapped makes a list of what a column has for events.
func mapped(list code, column func(func(*Frame) int) code, where int) code {
	e, test := list.e, list.test
	item := column(func(r *Frame) int { return r.pos })
	value := item.boxed()
	c := anyCode(func(r *Frame) any {
		s := e(r)
		out := make([]any, 0, s.to-s.from)
		for i := s.from; i < s.to; i++ {
			r.pos = r.position(test, i)
			out = append(out, value(r))
		}
		r.grow(where, len(out))
		return out
	})
	if when := item.when; when != nil {
		c.times = func(r *Frame) []time.Time {
			s := e(r)
			out := r.moments[:0]
			for i := s.from; i < s.to; i++ {
				r.pos = r.position(test, i)
				out = append(out, when(r))
			}
			if cap(out) <= maxMoments {
				r.moments = out
			}
			r.grow(where, len(out))
			return out
		}
	}
	return c
}

func (f *compiler) numberOf(n *ast.BuiltinNode, q query) code {
	q.test = f.test(n.Arguments[1], false)
	if n.Name == "one" {
		return boolCode(func(r *Frame) bool { return q.number(r, 0) == 1 })
	}
	enough := 0
	if n.Threshold != nil {
		enough = max(1, *n.Threshold)
	}
	return intCode(func(r *Frame) int { return q.number(r, enough) })
}

// findOf gives the first event that passes a test.
func (f *compiler) findOf(n *ast.BuiltinNode, q query) code {
	where, throws := at(n), n.Throws
	pos := func(r *Frame) int {
		i, found := q.first(r)
		if !found && throws {
			r.failAt(where, noElementError{})
		}
		if !found {
			return -1
		}
		return i
	}
	switch {
	case n.Map == nil:
		return code{typ: typItem, i: pos}
	case !throws:
		f.give("%s of what may not be there is not covered", n.Name)
	}
	return f.column(n.Map, nil)(pos)
}

// query is a test of a range of events. Where a test failed for an event that a loop would have come to, the loop fails.
type query struct {
	list  func(*Frame) span
	test  int
	where int
}

// first is the position of the first event that passes.
func (q *query) first(r *Frame) (int, bool) {
	s := q.list(r)
	lo, hi := r.Trail.Passed(q.test, s.from, s.to)
	failed := r.Trail.FirstFailed(q.test, s.from, s.to)
	if lo < hi {
		if i := r.Trail.At(q.test, lo); i < failed {
			return i, true
		}
	}
	if failed < s.to {
		r.failAt(q.where, errNoted)
	}
	return 0, false
}

// number counts the events that pass, up to enough if that is above 0.
func (q *query) number(r *Frame, enough int) int {
	s := q.list(r)
	lo, hi := r.Trail.Passed(q.test, s.from, s.to)
	failed := r.Trail.FirstFailed(q.test, s.from, s.to)
	if enough > 0 && hi-lo >= enough && r.Trail.At(q.test, lo+enough-1) < failed {
		return enough
	}
	if failed < s.to {
		r.failAt(q.where, errNoted)
	}
	return hi - lo
}

// picked are the events that pass, as indices among all that do.
func (q *query) picked(r *Frame) span {
	s := q.list(r)
	if r.Trail.FirstFailed(q.test, s.from, s.to) < s.to {
		r.failAt(q.where, errNoted)
	}
	lo, hi := r.Trail.Passed(q.test, s.from, s.to)
	r.grow(q.where, hi-lo)
	return span{lo, hi}
}
