package closure

import "github.com/expr-lang/expr/ast"

// bound calls a helper whose second text is written out: what it means is found out once.
func (f *compiler) bound(n *ast.CallNode, h *Helper, args []func(*Frame) string) (code, bool) {
	second, ok := n.Arguments[2].(*ast.StringNode)
	if !ok || h.Bind == nil {
		return code{}, false
	}
	x, where, size, holds := args[0], at(n), len(second.Value)+2, h.Bind(second.Value)
	return boolCode(func(r *Frame) bool {
		s := x(r)
		r.pay(where, len(s)+size)
		out := holds(r, s)
		r.pay(where, 1)
		return out
	}), true
}
