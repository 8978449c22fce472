package closure

import (
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"

	"tocsin.example/internal/event"
)

// equal compares for == and !=.
func (f *compiler) equal(n *ast.BinaryNode) code {
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	c := f.same(n, left, right)
	c.plain = left.plain && right.plain && c.plain
	return c
}

func (f *compiler) same(n *ast.BinaryNode, left, right code) code {
	where := at(n)
	if left.typ == typString && right.typ == typString {
		return plainly(equalTexts(left, right))
	}
	// Where the checker knows both types, expr's machine takes the values for granted: nil is a failure.
	simple := func(t reflect.Type, k reflect.Kind) bool { return t != nil && t.PkgPath() == "" && t.Kind() == k }
	l, r := n.Left.Type(), n.Right.Type()
	switch {
	case left.typ == typInt && right.typ == typInt:
		a, b := left.i, right.i
		return plainly(boolCode(func(r *Frame) bool { return a(r) == b(r) }))
	case left.typ == typBool && right.typ == typBool:
		a, b := left.b, right.b
		return plainly(boolCode(func(r *Frame) bool { return a(r) == b(r) }))
	case left.typ == typFloat && right.typ == typFloat:
		a, b := left.f, right.f
		return plainly(boolCode(func(r *Frame) bool { return a(r) == b(r) }))
	case simple(l, reflect.String) && simple(r, reflect.String):
		a, b := left.boxed(), right.boxed()
		return boolCode(func(r *Frame) bool {
			x, y := a(r), b(r)
			r.at = where
			s := x.(string)        //nolint:forcetypeassert // the failure is that of expr's machine
			return s == y.(string) //nolint:forcetypeassert // so is this
		})
	case simple(l, reflect.Int) && simple(r, reflect.Int):
		a, b := left.boxed(), right.boxed()
		return boolCode(func(r *Frame) bool {
			x, y := a(r), b(r)
			r.at = where
			i := x.(int)        //nolint:forcetypeassert // the failure is that of expr's machine
			return i == y.(int) //nolint:forcetypeassert // so is this
		})
	case left.nilLit:
		return equalNil(right)
	case right.nilLit:
		return equalNil(left)
	case left.typ == typString && right.typ == typAny:
		return equalMixed(right, left, false)
	case left.typ == typAny && right.typ == typString:
		return equalMixed(left, right, true)
	}
	a, b := left.boxed(), right.boxed()
	return boolCode(func(r *Frame) bool {
		x := a(r)
		return equalAny(x, b(r))
	})
}

func equalTexts(left, right code) code {
	if _, ok := left.text(); ok {
		left, right = right, left
	}
	a, b := left.s, right.s
	word, ok := right.text()
	switch {
	case ok && left.field != nil:
		ref := *left.field
		return boolCode(func(r *Frame) bool { return r.ev.Text(&ref) == word })
	case ok:
		return boolCode(func(r *Frame) bool { return a(r) == word })
	}
	return boolCode(func(r *Frame) bool {
		x := a(r)
		return x == b(r)
	})
}

// equalNil compares with nil; a value whose type is known can not be nil.
func equalNil(c code) code {
	if c.typ == typAny || c.typ == typList {
		p := c.parts()
		return boolCode(func(r *Frame) bool { return p(r).isNil() })
	}
	v := c.boxed()
	return boolCode(func(r *Frame) bool { v(r); return false })
}

// equalMixed compares what may be anything with a text; first says that it is evaluated first.
func equalMixed(c, text code, first bool) code {
	v, s := c.boxed(), text.s
	word, ok := text.text()
	if p := c.p; ok && p != nil {
		return boolCode(func(r *Frame) bool {
			x, ok := p(r).text()
			return ok && x == word
		})
	}
	if ok {
		return boolCode(func(r *Frame) bool {
			x, ok := v(r).(string)
			return ok && x == word
		})
	}
	if first {
		return boolCode(func(r *Frame) bool {
			x, ok := v(r).(string)
			y := s(r)
			return ok && x == y
		})
	}
	return boolCode(func(r *Frame) bool {
		y := s(r)
		x, ok := v(r).(string)
		return ok && x == y
	})
}

// equalAny is the == of expr.
func equalAny(a, b any) bool {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	}
	return runtime.Equal(a, b)
}

// order compares for <, >, <= and >=.
func (f *compiler) order(n *ast.BinaryNode) code {
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	where, op := at(n), n.Operator
	switch {
	case left.typ == typInt && right.typ == typInt:
		return ordered(op, left.i, right.i)
	case left.typ == typFloat && right.typ == typFloat:
		return ordered(op, left.f, right.f)
	case left.typ == typString && right.typ == typString:
		return ordered(op, left.s, right.s)
	}
	compare := map[string]func(a, b any) bool{
		"<": runtime.Less, ">": runtime.More, "<=": runtime.LessOrEqual, ">=": runtime.MoreOrEqual,
	}[op]
	a, b := left.boxed(), right.boxed()
	return boolCode(func(r *Frame) bool {
		x := a(r)
		y := b(r)
		r.at = where
		return compare(x, y)
	})
}

func ordered[T int | float64 | string](op string, a, b func(*Frame) T) code {
	switch op {
	case "<":
		return boolCode(func(r *Frame) bool { x := a(r); return x < b(r) })
	case ">":
		return boolCode(func(r *Frame) bool { x := a(r); return x > b(r) })
	case "<=":
		return boolCode(func(r *Frame) bool { x := a(r); return x <= b(r) })
	default:
		return boolCode(func(r *Frame) bool { x := a(r); return x >= b(r) })
	}
}

// within looks for a text in a text: contains, startsWith, endsWith. What is missing holds nothing.
func (f *compiler) within(n *ast.BinaryNode) code {
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	where := at(n)
	look := map[string]func(s, part string) bool{
		"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
	}[n.Operator]
	if left.typ == typString && right.typ == typString {
		c := withinTexts(n.Operator, left, right, look)
		c.plain = left.plain && right.plain
		return c
	}
	if p, b := left.p, right.s; p != nil && right.typ == typString {
		return boolCode(func(r *Frame) bool {
			x := p(r)
			y := b(r)
			if s, ok := x.text(); ok {
				return look(s, y)
			}
			if x.isNil() {
				return false
			}
			r.at = where
			return look(x.any().(string), y) //nolint:forcetypeassert // the failure is that of expr's machine
		})
	}
	a, b := left.boxed(), right.boxed()
	return boolCode(func(r *Frame) bool {
		x := a(r)
		y := b(r)
		if isNil(x) || isNil(y) {
			return false
		}
		r.at = where
		s := x.(string)            //nolint:forcetypeassert // the failure is that of expr's machine
		return look(s, y.(string)) //nolint:forcetypeassert // so is this
	})
}

func withinTexts(op string, left, right code, look func(s, part string) bool) code {
	a, b := left.s, right.s
	word, ok := right.text()
	if !ok {
		return boolCode(func(r *Frame) bool {
			x := a(r)
			return look(x, b(r))
		})
	}
	switch op {
	case "startsWith":
		return boolCode(func(r *Frame) bool { return strings.HasPrefix(a(r), word) })
	case "endsWith":
		return boolCode(func(r *Frame) bool { return strings.HasSuffix(a(r), word) })
	default:
		return boolCode(func(r *Frame) bool { return strings.Contains(a(r), word) })
	}
}

// few is up to how many texts are compared one by one.
const few = 4

// in looks for left in what stands at the right.
func (f *compiler) in(left code, right ast.Node, where int) code {
	switch n := right.(type) {
	case *ast.ConstantNode:
		switch set := n.Value.(type) {
		case map[string]struct{}:
			return inTexts(left, set, where)
		case []any:
			return inAnys(left, set)
		}
	case *ast.ArrayNode:
		if list, ok := constants(n); ok {
			c := inAnys(left, list)
			b, count, place := c.b, len(list), at(n)
			return boolCode(func(r *Frame) bool {
				found := b(r)
				r.grow(place, count)
				return found
			})
		}
	case *ast.MemberNode:
		if sp, ok := spaceByName[f.partOfEvt(n)]; ok && left.typ == typString {
			return inSpace(left, sp)
		}
	case *ast.CallNode:
		if c, ok := f.inFile(left, n); ok {
			return c
		}
	}
	list := f.compile(right).dereffed()
	if left.typ == typString && list.typ == typList {
		s, l := left.s, list.l
		return boolCode(func(r *Frame) bool {
			x := s(r)
			return slices.Contains(l(r), x)
		})
	}
	a, b := left.boxed(), list.boxed()
	return boolCode(func(r *Frame) bool {
		x := a(r)
		return r.inAny(x, b(r), where)
	})
}

// constants returns the elements of a list that is written out.
func constants(n *ast.ArrayNode) ([]any, bool) {
	list := make([]any, len(n.Nodes))
	for i, e := range n.Nodes {
		switch e := e.(type) {
		case *ast.StringNode:
			list[i] = e.Value
		case *ast.BoolNode:
			list[i] = e.Value
		case *ast.NilNode:
		default:
			return nil, false
		}
	}
	return list, true
}

// inAny is the "in" of expr.
func (r *Frame) inAny(x, list any, where int) bool {
	if s, ok := x.(string); ok {
		switch list := list.(type) {
		case nil:
			return false
		case map[string]any:
			_, ok := list[s]
			return ok
		case map[string]string:
			_, ok := list[s]
			return ok
		case []string:
			return slices.Contains(list, s)
		}
	}
	r.at = where
	return runtime.In(x, list)
}

// inTexts looks for a value in a set of texts that is written out. Nil counts as the empty text there, as in expr.
func inTexts(left code, set map[string]struct{}, where int) code {
	words := make([]string, 0, len(set))
	for w := range set {
		words = append(words, w)
	}
	slices.Sort(words)
	has := func(s string) bool { _, ok := set[s]; return ok }
	if len(words) <= few {
		has = func(s string) bool { return slices.Contains(words, s) }
	}
	if left.typ == typString {
		s := left.s
		c := boolCode(func(r *Frame) bool { return has(s(r)) })
		c.plain = left.plain
		return c
	}
	p := left.parts()
	return boolCode(func(r *Frame) bool {
		x := p(r)
		if s, ok := x.text(); ok {
			return has(s)
		}
		y := x.any()
		if y == nil {
			return has("")
		}
		r.at = where
		return runtime.In(y, set)
	})
}

// inAnys looks for a value in a list that is written out.
func inAnys(left code, list []any) code {
	var words []string
	hasNil := false
	for _, e := range list {
		if s, ok := e.(string); ok {
			words = append(words, s)
		}
		hasNil = hasNil || e == nil
	}
	if left.typ == typString {
		s := left.s
		c := boolCode(func(r *Frame) bool { return slices.Contains(words, s(r)) })
		c.plain = left.plain
		return c
	}
	p := left.parts()
	return boolCode(func(r *Frame) bool {
		x := p(r)
		if s, ok := x.text(); ok {
			return slices.Contains(words, s)
		}
		if y := x.any(); y != nil {
			return runtime.In(y, list)
		}
		return hasNil
	})
}

// inSpace looks for the name of a field that is present.
func inSpace(left code, sp event.Space) code {
	if name, ok := left.text(); ok {
		return plainly(boolCode(func(r *Frame) bool {
			_, has := r.ev.GetName(sp, name)
			return has
		}))
	}
	s := left.s
	return boolCode(func(r *Frame) bool {
		_, has := r.ev.GetName(sp, s(r))
		return has
	})
}
