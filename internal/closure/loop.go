package closure

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// loopState is a predicate's way through a list.
type loopState struct {
	texts []string // the list, when it is known to be one of texts
	anys  []any
	other reflect.Value
	index int
	n     int
	acc   any
}

// loopType is what is known of the elements of a predicate's list.
type loopType uint8

const (
	loopAny loopType = iota
	loopText
)

// isPredicate says which functions of expr evaluate an expression for each element of their first argument.
func isPredicate(name string) bool {
	switch name {
	case "any", "all", "none", "one", "count", "filter", "map", "find", "findIndex", "sum", "reduce",
		"groupBy", "sortBy", "findLast", "findLastIndex":
		return true
	}
	return false
}

// loop compiles a predicate over a list.
func (f *compiler) loop(n *ast.BuiltinNode) code {
	if c, ok := f.anyInFile(n); ok {
		return c
	}
	list := f.compile(n.Arguments[0]).dereffed()
	if list.typ == typEvents {
		return f.ofQueue(n, list)
	}
	switch n.Name {
	case "groupBy", "sortBy", "findLast", "findLastIndex":
		f.give("%s is not covered", n.Name)
	}
	d := len(f.loops)
	kind := loopAny
	if list.typ == typList {
		kind = loopText
	}
	begin := list.begin(d, at(n))
	if n.Name == "reduce" && len(n.Arguments) == 3 {
		begin = f.startWith(begin, n.Arguments[2], d)
	}
	f.loops = append(f.loops, kind)
	f.maxLoops = max(f.maxLoops, len(f.loops))
	var body, picked code
	if len(n.Arguments) > 1 {
		body = f.compile(n.Arguments[1])
	} else {
		body = f.pointer(&ast.PointerNode{})
	}
	if picked = f.pointer(&ast.PointerNode{}); n.Map != nil {
		picked = f.compile(n.Map)
	}
	f.loops = f.loops[:d]
	return looped(n, begin, body, picked)
}

// startWith sets what reduce starts with.
func (f *compiler) startWith(begin func(*Frame) *loopState, n ast.Node, d int) func(*Frame) *loopState {
	// It is evaluated behind the list, where # would be an element of it.
	f.loops = append(f.loops, loopAny)
	v := f.compile(n).dereffed().boxed()
	f.loops = f.loops[:d]
	return func(r *Frame) *loopState {
		begin(r)
		acc := v(r)
		l := &r.loops[d]
		l.acc = acc
		return l
	}
}

// begin evaluates the list and puts it at a depth of predicates.
func (c code) begin(d, where int) func(*Frame) *loopState {
	if c.typ == typList {
		list := c.l
		return func(r *Frame) *loopState {
			texts := list(r)
			l := &r.loops[d]
			*l = loopState{texts: texts, n: len(texts)}
			return l
		}
	}
	v := c.boxed()
	return func(r *Frame) *loopState {
		x := v(r)
		l := &r.loops[d]
		switch x := x.(type) {
		case []any:
			*l = loopState{anys: x, n: len(x)}
		default:
			r.at = where
			rv := reflect.ValueOf(x)
			*l = loopState{other: rv, n: rv.Len()}
		}
		return l
	}
}

// item is the element at hand.
func (l *loopState) item() any {
	switch {
	case l.texts != nil:
		return l.texts[l.index]
	case l.anys != nil:
		return l.anys[l.index]
	}
	return l.other.Index(l.index).Interface()
}

// pointer is #, #index or #acc.
func (f *compiler) pointer(n *ast.PointerNode) code {
	d := len(f.loops) - 1
	if d < 0 {
		f.give("# stands outside of a predicate")
	}
	switch n.Name {
	case "index":
		return intCode(func(r *Frame) int { return r.loops[d].index })
	case "acc":
		return anyCode(func(r *Frame) any { return r.loops[d].acc })
	case "":
	default:
		f.give("#%s is not covered", n.Name)
	}
	if f.loops[d] == loopText {
		return stringCode(func(r *Frame) string {
			l := &r.loops[d]
			return l.texts[l.index]
		})
	}
	return anyCode(func(r *Frame) any { return r.loops[d].item() })
}

// looped goes through the list. The loops do as those of expr's compiler.
func looped(n *ast.BuiltinNode, begin func(*Frame) *loopState, body, picked code) code {
	where := at(n)
	switch n.Name {
	case "any":
		return firstOf(begin, body.truth(where), func(_ *loopState, found bool) bool { return found })
	case "all":
		test := body.truth(where)
		return firstOf(begin, func(r *Frame) bool { return !test(r) }, func(_ *loopState, found bool) bool { return !found })
	case "none":
		return firstOf(begin, body.truth(where), func(_ *loopState, found bool) bool { return !found })
	case "one":
		count := counted(begin, body.truth(where), nil)
		return boolCode(func(r *Frame) bool { return count(r) == 1 })
	case "count":
		return intCode(counted(begin, body.truth(where), n.Threshold))
	case "filter":
		return filtered(begin, body.truth(where), picked.boxed(), where)
	case "map":
		return filtered(begin, func(*Frame) bool { return true }, body.boxed(), where)
	case "find", "findIndex":
		return found(n, begin, body.truth(where), picked.boxed())
	default:
		return gathered(n, begin, body.boxed())
	}
}

func firstOf(begin func(*Frame) *loopState, test func(*Frame) bool, give func(*loopState, bool) bool) code {
	return boolCode(func(r *Frame) bool {
		l := begin(r)
		for ; l.index < l.n; l.index++ {
			if test(r) {
				return give(l, true)
			}
		}
		return give(l, false)
	})
}

func counted(begin func(*Frame) *loopState, test func(*Frame) bool, enough *int) func(*Frame) int {
	return func(r *Frame) int {
		n := 0
		for l := begin(r); l.index < l.n; l.index++ {
			if test(r) {
				n++
				if enough != nil && n >= *enough {
					break
				}
			}
		}
		return n
	}
}

func filtered(begin func(*Frame) *loopState, test func(*Frame) bool, value func(*Frame) any, where int) code {
	return anyCode(func(r *Frame) any {
		out := []any{}
		for l := begin(r); l.index < l.n; l.index++ {
			if test(r) {
				out = append(out, value(r))
			}
		}
		r.grow(where, len(out))
		return out
	})
}

func found(n *ast.BuiltinNode, begin func(*Frame) *loopState, test func(*Frame) bool, value func(*Frame) any) code {
	where, throws, index := at(n), n.Throws, n.Name == "findIndex"
	return anyCode(func(r *Frame) any {
		for l := begin(r); l.index < l.n; l.index++ {
			if test(r) {
				if index {
					return l.index
				}
				return value(r)
			}
		}
		if throws {
			r.failAt(where, noElementError{})
		}
		return nil
	})
}

// noElementError is what expr says of the first element of an empty list.
type noElementError struct{}

func (noElementError) Error() string { return "reflect: slice index out of range" }

// gathered is sum or reduce.
func gathered(n *ast.BuiltinNode, begin func(*Frame) *loopState, value func(*Frame) any) code {
	where, sum, given := at(n), n.Name == "sum", len(n.Arguments) == 3
	return anyCode(func(r *Frame) any {
		l := begin(r)
		switch {
		case sum:
			l.acc = 0
		case !given && l.n == 0:
			r.failAt(where, emptyReduceError{})
		case !given:
			l.acc = l.item()
			l.index++
		}
		for ; l.index < l.n; l.index++ {
			v := value(r)
			if sum {
				r.at = where
				v = runtime.Add(v, l.acc)
			}
			l.acc = v
		}
		return l.acc
	})
}

type emptyReduceError struct{}

func (emptyReduceError) Error() string { return "reduce of empty array with no initial value" }
