package closure

import (
	"maps"
	"reflect"
	"regexp"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// compile makes the closure of a node, once: who tries a node in one way and then in another gets the same again.
func (f *compiler) compile(n ast.Node) code {
	if c, ok := f.made[n]; ok {
		return c
	}
	c := f.node(n)
	f.made[n] = c
	return c
}

// node makes the closure of a node. What it covers follows expr's own compiler step by step, so that operands are
// evaluated in the same order and fail at the same places.
func (f *compiler) node(n ast.Node) code {
	if f.ofElement {
		f.fitsElement(n)
	}
	switch n := n.(type) {
	case *ast.NilNode:
		c := constantCode(nil)
		c.nilLit = true
		return c
	case *ast.BoolNode:
		return constantCode(n.Value)
	case *ast.StringNode:
		return constantCode(n.Value)
	case *ast.IntegerNode:
		return f.integer(n)
	case *ast.FloatNode:
		if n.Type().Kind() == reflect.Float32 {
			return constantCode(float32(n.Value))
		}
		return constantCode(n.Value)
	case *ast.ConstantNode:
		return constantCode(n.Value)
	case *ast.IdentifierNode:
		return f.identifier(n)
	case *ast.UnaryNode:
		return f.unary(n)
	case *ast.BinaryNode:
		return f.binary(n)
	case *ast.ChainNode:
		return f.chain(n, true)
	case *ast.MemberNode:
		return f.member(n)
	case *ast.SliceNode:
		return f.slice(n)
	case *ast.CallNode:
		return f.call(n)
	case *ast.BuiltinNode:
		return f.builtin(n)
	case *ast.PredicateNode:
		return f.compile(n.Node)
	case *ast.PointerNode:
		return f.pointer(n)
	case *ast.VariableDeclaratorNode:
		return f.variable(n)
	case *ast.SequenceNode:
		return f.sequence(n)
	case *ast.ConditionalNode:
		return f.conditional(n)
	case *ast.ArrayNode:
		return f.array(n)
	case *ast.MapNode:
		return f.mapping(n)
	default:
		f.give("%T is not covered", n)
		return code{}
	}
}

func (f *compiler) integer(n *ast.IntegerNode) code {
	switch k := n.Type().Kind(); k {
	case reflect.Float64:
		return constantCode(float64(n.Value))
	case reflect.Int, reflect.Interface:
		return constantCode(n.Value)
	default:
		f.give("a number of type %s is not covered", k)
		return code{}
	}
}

func (f *compiler) identifier(n *ast.IdentifierNode) code {
	if c, ok := f.vars[n.Value]; ok {
		return c
	}
	switch n.Value {
	case RunName:
		return anyCode(func(r *Frame) any { return r.Owner })
	case "evt":
		return plainly(anyCode(func(r *Frame) any { return r.ev.View() }))
	case "leaky":
		f.notes.leaky = true
		return anyCode(func(r *Frame) any { return r.Leaky })
	}
	f.give("the name %s is not covered", n.Value)
	return code{}
}

func (f *compiler) unary(n *ast.UnaryNode) code {
	c := f.compile(n.Node).dereffed()
	where := at(n)
	switch n.Operator {
	case "!", "not":
		b := c.truth(where)
		out := boolCode(func(r *Frame) bool { return !b(r) })
		out.plain = c.plain && c.typ == typBool
		return out
	case "+":
		return c
	case "-":
		switch c.typ {
		case typInt:
			i := c.i
			return intCode(func(r *Frame) int { return -i(r) })
		case typFloat:
			x := c.f
			return floatCode(func(r *Frame) float64 { return -x(r) })
		default:
			v := c.boxed()
			return anyCode(func(r *Frame) any {
				x := v(r)
				r.at = where
				return runtime.Negate(x)
			})
		}
	}
	f.give("the operator %s is not covered", n.Operator)
	return code{}
}

func (f *compiler) binary(n *ast.BinaryNode) code {
	switch n.Operator {
	case "and", "&&":
		return f.and(n)
	case "or", "||":
		return f.or(n)
	case "??":
		return f.orElse(n)
	case "==":
		return f.equal(n)
	case "!=":
		c := f.equal(n)
		b := c.b
		out := boolCode(func(r *Frame) bool { return !b(r) })
		out.plain = c.plain
		return out
	case "in":
		return f.in(f.compile(n.Left).dereffed(), n.Right, at(n))
	case "matches":
		return f.matches(n)
	case "contains", "startsWith", "endsWith":
		return f.within(n)
	case "<", ">", "<=", ">=":
		return f.order(n)
	case "+":
		return f.add(n)
	default:
		return f.arithmetic(n)
	}
}

// and evaluates the right side only when the left one is true; its value then need not be true or false.
func (f *compiler) and(n *ast.BinaryNode) code {
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	a := left.truth(at(n))
	if right.typ != typBool {
		v := right.boxed()
		return anyCode(func(r *Frame) any {
			if !a(r) {
				return false
			}
			return v(r)
		})
	}
	b := right.b
	c := boolCode(func(r *Frame) bool { return a(r) && b(r) })
	c.plain = left.plain && right.plain && left.typ == typBool
	return c
}

func (f *compiler) or(n *ast.BinaryNode) code {
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	a := left.truth(at(n))
	if right.typ != typBool {
		v := right.boxed()
		return anyCode(func(r *Frame) any {
			if a(r) {
				return true
			}
			return v(r)
		})
	}
	b := right.b
	c := boolCode(func(r *Frame) bool { return a(r) || b(r) })
	c.plain = left.plain && right.plain && left.typ == typBool
	return c
}

// orElse gives the right side when the left one is nil.
func (f *compiler) orElse(n *ast.BinaryNode) code {
	left := f.alternative(n.Left)
	if left.typ != typAny && left.typ != typList {
		return left // it is never nil
	}
	left = left.dereffed()
	right := f.alternative(n.Right).dereffed()
	if left.p != nil {
		a, b := left.p, right.parts()
		return partCode(func(r *Frame) part {
			if x := a(r); !x.isNil() {
				return x
			}
			return b(r)
		})
	}
	a, b := left.boxed(), right.boxed()
	return anyCode(func(r *Frame) any {
		if v := a(r); !isNil(v) {
			return v
		}
		return b(r)
	})
}

// alternative compiles an operand of ??, whose chains leave what they end with as it is.
func (f *compiler) alternative(n ast.Node) code {
	if chain, ok := n.(*ast.ChainNode); ok {
		return f.chain(chain, false)
	}
	return f.compile(n)
}

func isNil(v any) bool {
	switch v.(type) {
	case nil:
		return true
	case string, bool, int, float64:
		return false
	}
	return runtime.IsNil(v)
}

func (f *compiler) conditional(n *ast.ConditionalNode) code {
	cond := f.compile(n.Cond).dereffed().truth(at(n))
	yes, no := f.compile(n.Exp1), f.compile(n.Exp2)
	if yes.typ == no.typ {
		switch yes.typ {
		case typString:
			a, b := yes.s, no.s
			return stringCode(func(r *Frame) string {
				if cond(r) {
					return a(r)
				}
				return b(r)
			})
		case typBool:
			a, b := yes.b, no.b
			return boolCode(func(r *Frame) bool {
				if cond(r) {
					return a(r)
				}
				return b(r)
			})
		case typInt:
			a, b := yes.i, no.i
			return intCode(func(r *Frame) int {
				if cond(r) {
					return a(r)
				}
				return b(r)
			})
		default:
		}
	}
	if yes.isUnboxed() || no.isUnboxed() {
		a, b := yes.parts(), no.parts()
		return partCode(func(r *Frame) part {
			if cond(r) {
				return a(r)
			}
			return b(r)
		})
	}
	a, b := yes.boxed(), no.boxed()
	return anyCode(func(r *Frame) any {
		if cond(r) {
			return a(r)
		}
		return b(r)
	})
}

// variable evaluates the value of a let, and then what is behind it.
func (f *compiler) variable(n *ast.VariableDeclaratorNode) code {
	value := f.compile(n.Value)
	i := f.cells
	f.cells++
	var set func(*Frame)
	var get code
	switch value.typ {
	case typString:
		s := value.s
		set = func(r *Frame) { r.cells[i].s = s(r) }
		get = stringCode(func(r *Frame) string { return r.cells[i].s })
	case typEvents:
		e := value.e
		set = func(r *Frame) { r.cells[i].e = e(r) }
		get = eventsCode(value.test, func(r *Frame) span { return r.cells[i].e })
	case typItem:
		pos := value.i
		set = func(r *Frame) { r.cells[i].i = pos(r) }
		get = code{typ: typItem, i: func(r *Frame) int { return r.cells[i].i }}
	default:
		v := value.boxed()
		set = func(r *Frame) { r.cells[i].v = v(r) }
		get = anyCode(func(r *Frame) any { return r.cells[i].v }).as(value.goType())
	}
	outer := f.vars
	f.vars = maps.Clone(outer)
	f.vars[n.Name] = get
	rest := f.compile(n.Expr)
	f.vars = outer
	return rest.after(set)
}

// after gives the value once first has run.
func (c code) after(first func(*Frame)) code {
	switch c.typ {
	case typString:
		s := c.s
		return stringCode(func(r *Frame) string { first(r); return s(r) })
	case typBool:
		b := c.b
		return boolCode(func(r *Frame) bool { first(r); return b(r) })
	default:
		v := c.boxed()
		return anyCode(func(r *Frame) any { first(r); return v(r) })
	}
}

func (f *compiler) sequence(n *ast.SequenceNode) code {
	var firsts []func(*Frame) any
	for _, e := range n.Nodes[:len(n.Nodes)-1] {
		firsts = append(firsts, f.compile(e).boxed())
	}
	return f.compile(n.Nodes[len(n.Nodes)-1]).after(func(r *Frame) {
		for _, v := range firsts {
			v(r)
		}
	})
}

func (f *compiler) array(n *ast.ArrayNode) code {
	all := make([]func(*Frame) any, len(n.Nodes))
	for i, e := range n.Nodes {
		all[i] = f.compile(e).boxed()
	}
	where := at(n)
	return anyCode(func(r *Frame) any {
		out := make([]any, len(all))
		for i, v := range all {
			out[i] = v(r)
		}
		r.grow(where, len(all))
		return out
	})
}

// mapping makes a map; of equal keys the first counts, as in expr.
func (f *compiler) mapping(n *ast.MapNode) code {
	type pair struct{ key, value func(*Frame) any }
	pairs := make([]pair, len(n.Pairs))
	for i, p := range n.Pairs {
		p, ok := p.(*ast.PairNode)
		if !ok {
			f.give("%T is not covered", p)
		}
		pairs[i] = pair{f.compile(p.Key).boxed(), f.compile(p.Value).boxed()}
	}
	where := at(n)
	return anyCode(func(r *Frame) any {
		keys, values := make([]any, len(pairs)), make([]any, len(pairs))
		for i, p := range pairs {
			keys[i], values[i] = p.key(r), p.value(r)
		}
		r.grow(where, len(pairs))
		r.at = where
		m := make(map[string]any, len(pairs))
		for i, key := range slices.Backward(keys) {
			m[key.(string)] = values[i] //nolint:forcetypeassert // the failure is that of expr's machine
		}
		return m
	})
}

// matches is for an expression that is known; walk.count writes others as calls.
func (f *compiler) matches(n *ast.BinaryNode) code {
	source, ok := n.Right.(*ast.StringNode)
	if !ok {
		f.give("matches with an expression that is not known is not covered here")
	}
	re, err := regexp.Compile(source.Value)
	if err != nil {
		f.give("the regular expression is faulty")
	}
	left := f.compile(n.Left).dereffed()
	where := at(n)
	match := newPattern(re).match
	if left.typ == typString {
		s := left.s
		c := boolCode(func(r *Frame) bool { return match(s(r)) })
		c.plain = left.plain
		return c
	}
	p := left.parts()
	return boolCode(func(r *Frame) bool {
		x := p(r)
		if s, ok := x.text(); ok {
			return match(s)
		}
		if x.isNil() {
			return false
		}
		r.at = where
		return re.Match(x.any().([]byte)) //nolint:forcetypeassert // the failure is that of expr's machine
	})
}
