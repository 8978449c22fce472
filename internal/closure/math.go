package closure

import (
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// add is + for numbers and texts. A row of texts is put together at once.
func (f *compiler) add(n *ast.BinaryNode) code {
	var parts []code
	var gather func(n ast.Node) bool
	gather = func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryNode); ok && b.Operator == "+" {
			return gather(b.Left) && gather(b.Right)
		}
		c := f.compile(n).dereffed()
		parts = append(parts, c)
		return c.typ == typString
	}
	if gather(n) {
		return joined(parts)
	}
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	where := at(n)
	switch {
	case left.typ == typInt && right.typ == typInt:
		a, b := left.i, right.i
		return intCode(func(r *Frame) int { x := a(r); return x + b(r) })
	case left.typ == typFloat && right.typ == typFloat:
		a, b := left.f, right.f
		return floatCode(func(r *Frame) float64 { x := a(r); return x + b(r) })
	}
	a, b := left.boxed(), right.boxed()
	return anyCode(func(r *Frame) any {
		x := a(r)
		return r.addAny(x, b(r), where)
	})
}

// addAny is the + of expr; texts come to the event's scratch.
func (r *Frame) addAny(x, y any, where int) any {
	if a, ok := x.(string); ok {
		if b, ok := y.(string); ok {
			return r.ev.Scratch().Join(a, b)
		}
	}
	r.at = where
	return runtime.Add(x, y)
}

// joined puts texts together, evaluated from left to right.
func joined(parts []code) code {
	all := make([]func(*Frame) string, len(parts))
	for i, p := range parts {
		all[i] = p.s
	}
	switch len(all) {
	case 2:
		a, b := all[0], all[1]
		return stringCode(func(r *Frame) string {
			x := a(r)
			y := b(r)
			return r.ev.Scratch().Join(x, y)
		})
	case 3:
		a, b, c := all[0], all[1], all[2]
		return stringCode(func(r *Frame) string {
			x := a(r)
			y := b(r)
			z := c(r)
			return r.ev.Scratch().Join(x, y, z)
		})
	}
	return stringCode(func(r *Frame) string {
		texts := make([]string, 0, 16)
		for _, s := range all {
			texts = append(texts, s(r))
		}
		return r.ev.Scratch().Join(texts...)
	})
}

// arithmetic is the rest of the operators.
func (f *compiler) arithmetic(n *ast.BinaryNode) code {
	left, right := f.compile(n.Left).dereffed(), f.compile(n.Right).dereffed()
	where := at(n)
	a, b := left.boxed(), right.boxed()
	do := func(op func(x, y any) any) code {
		return anyCode(func(r *Frame) any {
			x := a(r)
			y := b(r)
			r.at = where
			return op(x, y)
		})
	}
	switch n.Operator {
	case "-":
		if left.typ == typInt && right.typ == typInt {
			i, j := left.i, right.i
			return intCode(func(r *Frame) int { x := i(r); return x - j(r) })
		}
		return do(runtime.Subtract)
	case "*":
		if left.typ == typInt && right.typ == typInt {
			i, j := left.i, right.i
			return intCode(func(r *Frame) int { x := i(r); return x * j(r) })
		}
		return do(runtime.Multiply)
	case "/":
		return do(func(x, y any) any { return runtime.Divide(x, y) })
	case "%":
		return do(func(x, y any) any { return runtime.Modulo(x, y) })
	case "**", "^":
		return do(func(x, y any) any { return runtime.Exponent(x, y) })
	case "..":
		return anyCode(func(r *Frame) any {
			x := a(r)
			y := b(r)
			r.at = where
			from, to := runtime.ToInt(x), runtime.ToInt(y)
			r.grow(where, max(to-from+1, 0))
			return runtime.MakeRange(from, to)
		})
	}
	f.give("the operator %s is not covered", n.Operator)
	return code{}
}
