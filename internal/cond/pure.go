package cond

import (
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// harmless are the helpers that neither fail nor do anything when their arguments are text.
var harmless = map[string]bool{
	"Upper": true, "Lower": true, "TrimSpace": true, "Trim": true, "TrimLeft": true, "TrimRight": true,
	"TrimPrefix": true, "TrimSuffix": true, "Index": true, "IndexAny": true, "PathUnescape": true, "QueryUnescape": true,
	"RegexpInFile": true, "IsIP": true, "IsIPV4": true, "IsIPV6": true, "IpInRange": true,
}

// pure reports whether evaluating an expression can neither fail nor do anything beside giving a value. It knows a closed
// list of constructs and says no to all others.
func (h *hoist) pure(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode:
		return true
	case *ast.IdentifierNode:
		return h.vars[n.Value] != nil // whose value was found pure
	case *ast.ChainNode:
		return h.pure(n.Node)
	case *ast.MemberNode:
		return h.pureMember(n)
	case *ast.CallNode:
		return h.pureCall(n)
	case *ast.BuiltinNode:
		return n.Name == "len" && len(n.Arguments) == 1 && is(n.Arguments[0], reflect.String) && h.pure(n.Arguments[0])
	case *ast.UnaryNode:
		switch n.Operator {
		case "!", "not":
			return is(n.Node, reflect.Bool) && h.pure(n.Node)
		case "-", "+":
			return is(n.Node, reflect.Int) && h.pure(n.Node)
		}
	case *ast.BinaryNode:
		return h.pureBinary(n)
	case *ast.ConditionalNode:
		return is(n.Cond, reflect.Bool) && h.pure(n.Cond) && h.pure(n.Exp1) && h.pure(n.Exp2)
	}
	return false
}

// pureMember: fields of structs and values of maps are there or zero; behind a pointer or an unknown type, and in a
// list, there may be nothing.
func (h *hoist) pureMember(n *ast.MemberNode) bool {
	if _, ok := n.Property.(*ast.StringNode); !ok || n.Type() == nil || n.Type().Kind() == reflect.Func {
		return false
	}
	if isEvt(n.Node) {
		return true
	}
	t := n.Node.Type()
	return t != nil && (t.Kind() == reflect.Map || t.Kind() == reflect.Struct) && h.pure(n.Node)
}

func (h *hoist) pureCall(n *ast.CallNode) bool {
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		switch {
		case !isEvt(m.Node):
			return false
		case nameOf(m) == "GetType":
			return len(n.Arguments) == 0
		case nameOf(m) == "GetMeta":
			return len(n.Arguments) == 1 && h.pureText(n.Arguments[0])
		}
		return false
	}
	name, args := helperCall(n)
	return harmless[name] && !slices.ContainsFunc(args, func(a ast.Node) bool { return !h.pureText(a) })
}

func (h *hoist) pureText(n ast.Node) bool { return is(n, reflect.String) && h.pure(n) }

func (h *hoist) pureBinary(n *ast.BinaryNode) bool {
	both := func(kinds ...reflect.Kind) bool {
		return slices.ContainsFunc(kinds, func(k reflect.Kind) bool { return is(n.Left, k) && is(n.Right, k) }) &&
			h.pure(n.Left) && h.pure(n.Right)
	}
	switch n.Operator {
	case "&&", "and", "||", "or":
		return both(reflect.Bool)
	case "==", "!=":
		_, null := n.Right.(*ast.NilNode)
		return both(reflect.String, reflect.Int, reflect.Bool) || null && h.pure(n.Left)
	case "<", "<=", ">", ">=":
		return both(reflect.String, reflect.Int)
	case "contains", "startsWith", "endsWith":
		return both(reflect.String)
	case "matches":
		if _, written := n.Right.(*ast.StringNode); written { // and known to be one
			return h.pureText(n.Left)
		}
		source, constant := h.constant(n.Right)
		return constant && h.pureText(n.Left) && isPattern(source)
	case "in":
		a, ok := n.Right.(*ast.ArrayNode)
		return ok && h.pureText(n.Left) && !slices.ContainsFunc(a.Nodes, func(e ast.Node) bool { return !isLiteral(e) })
	}
	return false
}

func isLiteral(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NilNode:
		return true
	}
	return false
}

// is reports whether a node is known to give a value of a kind.
func is(n ast.Node, k reflect.Kind) bool {
	t := n.Type()
	return t != nil && t.Kind() == k
}
