package cond

import (
	"github.com/expr-lang/expr/ast"

	"tocsin.example/internal/event"
)

// keptField is a field of an event that outlives its line, and so has maps and no slots.
type keptField struct {
	space event.Space
	name  string
}

// of reads the field of an event; "" when it is absent.
func (f *keptField) of(v *event.View) string {
	switch f.space {
	case event.Meta:
		return v.Meta[f.name]
	case event.Enriched:
		return v.Enriched[f.name]
	default:
		return v.Parsed[f.name]
	}
}

// keptFieldOf returns the field that is all of an expression, nil for any other.
func keptFieldOf(n ast.Node) *keptField {
	m, ok := n.(*ast.MemberNode)
	if !ok || m.Optional || nameOf(m) == "" {
		return nil
	}
	base, ok := m.Node.(*ast.MemberNode)
	if !ok || base.Optional || !isEvt(base.Node) {
		return nil
	}
	space, ok := spaceByName[nameOf(base)]
	if !ok {
		return nil
	}
	return &keptField{space, nameOf(m)}
}

// reads returns the text of a program that does no more than to read a field of an event that has maps only.
func (p *Program) reads(r *Run, env *Env) (string, bool) {
	if p.kept == nil || env.Evt == nil || r.frame.Left < 0 {
		return "", false
	}
	return p.kept.of(env.Evt), true
}

// Still reports whether the expression neither looks at the event nor calls anything: for other events of the same
// evaluation it has the same value.
func (p *Program) Still() bool { return p.still }

func isStill(root *ast.Node) bool {
	return ast.Find(*root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallNode, *ast.BuiltinNode:
			return true
		case *ast.IdentifierNode:
			return n.Value == "evt"
		}
		return false
	}) == nil
}
