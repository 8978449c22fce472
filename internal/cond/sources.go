package cond

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// structural are the helpers that take a value out of a document by its name: what surrounds the value does not move it.
var structural = []string{"Json", "XML", "UnmarshalJSON", "GetFromStash", "File", "Lookup"}

// Sources lists the fields of an event, such as "Parsed.remote_addr", whose text may become part of the value of an
// expression. Conditions that only choose between values do not count, nor what helpers take out of a document by name.
// Of an expression that does not parse there are none.
func Sources(expression string) []string {
	if len(expression) > MaxSource {
		return nil
	}
	tree, err := parser.Parse(expression)
	if err != nil {
		return nil
	}
	s := &sources{vars: map[string]ast.Node{}}
	s.visit(tree.Node, 0)
	slices.Sort(s.found)
	return slices.Compact(s.found)
}

type sources struct {
	found []string
	vars  map[string]ast.Node
	steps int
}

func (s *sources) visit(n ast.Node, depth int) {
	if s.steps++; depth > 100 || s.steps > maxNodes {
		return
	}
	each := func(list ...ast.Node) {
		for _, sub := range list {
			s.visit(sub, depth+1)
		}
	}
	switch n := n.(type) {
	case *ast.ChainNode:
		each(n.Node)
	case *ast.ConditionalNode:
		each(n.Exp1, n.Exp2)
	case *ast.BinaryNode:
		if n.Operator == "+" || n.Operator == "??" {
			each(n.Left, n.Right)
		}
	case *ast.VariableDeclaratorNode:
		s.vars[n.Name] = n.Value
		each(n.Expr)
	case *ast.IdentifierNode:
		if v := s.vars[n.Value]; v != nil {
			delete(s.vars, n.Value) // it may name itself from an outer scope
			each(v)
			s.vars[n.Value] = v
		}
	case *ast.MemberNode:
		if name, ok := fieldOf(n); ok {
			s.found = append(s.found, name)
			return
		}
		each(n.Node)
	case *ast.SliceNode:
		each(n.Node)
	case *ast.CallNode:
		s.call(n, each)
	case *ast.BuiltinNode:
		each(n.Arguments...)
	case *ast.PredicateNode:
		each(n.Node)
	case *ast.ArrayNode:
		each(n.Nodes...)
	}
}

func (s *sources) call(n *ast.CallNode, each func(...ast.Node)) {
	name := ""
	switch callee := n.Callee.(type) {
	case *ast.IdentifierNode:
		name = callee.Value
	case *ast.MemberNode:
		method, _ := callee.Property.(*ast.StringNode)
		if method != nil && method.Value == "GetMeta" && len(n.Arguments) == 1 {
			if key, ok := n.Arguments[0].(*ast.StringNode); ok {
				s.found = append(s.found, "Meta."+key.Value)
			}
			return
		}
		each(callee.Node)
	}
	if !slices.ContainsFunc(structural, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		each(n.Arguments...)
	}
}

// fieldOf names evt.Space.name and evt.Line.Raw.
func fieldOf(n *ast.MemberNode) (string, bool) {
	key, ok := n.Property.(*ast.StringNode)
	space, inner := n.Node.(*ast.MemberNode)
	if !ok || !inner {
		return "", false
	}
	sp, ok := space.Property.(*ast.StringNode)
	base, isName := space.Node.(*ast.IdentifierNode)
	if !ok || !isName || base.Value != "evt" || spaceByName[sp.Value] == 0 && sp.Value != "Parsed" && sp.Value != "Line" {
		return "", false
	}
	return sp.Value + "." + key.Value, true
}
