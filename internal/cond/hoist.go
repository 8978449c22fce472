package cond

import (
	"reflect"
	"slices"

	"github.com/expr-lang/expr/ast"

	"tocsin.example/internal/event"
)

// Limits of guards: what is above them is not worth an index.
const (
	maxGuards = 32
	maxTests  = 20_000
	maxFields = 4 // of one guard
)

// hoist finds guards in a tree that has been type checked, before the counting of work is written into it.
type hoist struct {
	schema *event.Schema
	files  Files
	vars   map[string]ast.Node
}

// guardsOf returns the guards of a filter, and whether it says no more than they do.
func (c *Compiler) guardsOf(kind Kind, tree ast.Node) (guards []Guard, exact bool) {
	if kind != KindParser && kind != KindPost && kind != KindScenario {
		return nil, false
	}
	h := &hoist{schema: c.schema, files: c.host.Files, vars: map[string]ast.Node{}}
	if h.files == nil {
		h.files = noFiles{}
	}
	guards, _ = h.conjuncts(tree)
	return guards, len(guards) > 0 && len(guards) < maxGuards && h.exact(tree)
}

// exact reports whether a filter says no more than its guards do: it is true when all of them hold.
func (h *hoist) exact(n ast.Node) bool {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return false
	}
	switch b.Operator {
	case "&&", "and":
		return h.exact(b.Left) && h.exact(b.Right)
	case "==":
		return h.isField(b.Left) && isText(b.Right) || isText(b.Left) && h.isField(b.Right)
	case "startsWith", "endsWith":
		return h.isField(b.Left) && isText(b.Right)
	case "in":
		list, ok := b.Right.(*ast.ArrayNode)
		return ok && h.isField(b.Left) && !slices.ContainsFunc(list.Nodes, func(n ast.Node) bool { return !isText(n) })
	}
	return false
}

func (h *hoist) isField(n ast.Node) bool {
	_, ok := h.field(n)
	return ok
}

func isText(n ast.Node) bool {
	_, ok := n.(*ast.StringNode)
	return ok
}

// conjuncts returns the guards of an expression, and whether evaluating the whole of it can neither fail nor do anything:
// only then may what stands behind it be asked first. Going over the budget of steps is no failure here.
func (h *hoist) conjuncts(n ast.Node) (guards []Guard, pure bool) {
	switch n := n.(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and":
			return h.both(n.Left, n.Right)
		case "||", "or":
			left, lp := h.conjuncts(n.Left)
			right, rp := h.conjuncts(n.Right)
			return either(left, right), lp && rp
		}
	case *ast.ConditionalNode:
		if no, ok := n.Exp2.(*ast.BoolNode); ok && !no.Value { // if a { b } else { false } is a && b
			return h.both(n.Cond, n.Exp1)
		}
	case *ast.VariableDeclaratorNode:
		if !h.pure(n.Value) {
			return nil, false
		}
		shadowed, was := h.vars[n.Name]
		h.vars[n.Name] = n.Value
		guards, pure := h.conjuncts(n.Expr)
		delete(h.vars, n.Name)
		if was {
			h.vars[n.Name] = shadowed
		}
		return guards, pure
	case *ast.ChainNode:
		return h.conjuncts(n.Node)
	}
	if g, ok := h.guard(n); ok {
		guards = []Guard{g}
	}
	return guards, is(n, reflect.Bool) && h.pure(n)
}

// both makes the guards of a conjunction.
func (h *hoist) both(left, right ast.Node) (guards []Guard, pure bool) {
	guards, pure = h.conjuncts(left)
	if !pure {
		return guards, false
	}
	more, pure := h.conjuncts(right)
	guards = append(guards, more...)
	return guards[:min(len(guards), maxGuards)], pure
}

// either makes the guards of a disjunction, of those of its sides: one of the two must hold. Of guards on different fields
// there are so many pairs that only the one that is expected to hold most rarely is made; rules say first what is common.
func either(left, right []Guard) []Guard {
	var out []Guard
	joined := func(l, r Guard) bool { return l.tests()+r.tests() <= maxTests && len(l.Or)+len(r.Or)+2 <= maxFields }
	var mixed *Guard
	for _, l := range left {
		for _, r := range right {
			switch {
			case len(out) >= maxGuards || !joined(l, r):
			case l.Field == r.Field && len(l.Or)+len(r.Or) == 0:
				out = append(out, l.with(&r))
			default:
				if g := l.with(&r); mixed == nil || g.rare() >= mixed.rare() {
					mixed = &g
				}
			}
		}
	}
	if mixed != nil && len(out) < maxGuards {
		out = append(out, *mixed)
	}
	return out
}

// guard reads one comparison of a field with constants.
func (h *hoist) guard(n ast.Node) (Guard, bool) {
	switch n := n.(type) {
	case *ast.BuiltinNode:
		return h.anyLine(n)
	case *ast.CallNode:
		return h.anyPattern(n)
	}
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return Guard{}, false
	}
	if b.Operator == "==" {
		if g, ok := h.compare(b.Right, Equals, b.Left); ok {
			return g, true
		}
		return h.compare(b.Left, Equals, b.Right)
	}
	switch b.Operator {
	case "startsWith":
		return h.compare(b.Left, Begins, b.Right)
	case "endsWith":
		return h.compare(b.Left, Ends, b.Right)
	case "contains":
		return h.compare(b.Left, Contains, b.Right)
	case "matches":
		if source, ok := h.constant(b.Right); ok {
			return h.patterns(b.Left, source)
		}
	case "in":
		if a, ok := b.Right.(*ast.ArrayNode); ok {
			return h.compare(b.Left, Equals, a.Nodes...)
		}
		if lines, ok := h.file(b.Right); ok {
			return h.lines(b.Left, Equals, lines, AsIs.of)
		}
	}
	return Guard{}, false
}

// anyLine reads any(File('f'), {evt.Meta.x contains #}) and its like: the lines are the constants.
func (h *hoist) anyLine(b *ast.BuiltinNode) (Guard, bool) {
	if b.Name != "any" || len(b.Arguments) != 2 {
		return Guard{}, false
	}
	lines, ok := h.file(b.Arguments[0])
	predicate, isPredicate := b.Arguments[1].(*ast.PredicateNode)
	if !ok || !isPredicate {
		return Guard{}, false
	}
	n, ok := first(predicate.Node).(*ast.BinaryNode)
	if !ok {
		return Guard{}, false
	}
	op, ok := map[string]Op{"==": Equals, "startsWith": Begins, "endsWith": Ends, "contains": Contains}[n.Operator]
	if !ok {
		return Guard{}, false
	}
	if of, ok := lineOf(n.Right); ok {
		return h.lines(n.Left, op, lines, of)
	}
	of, ok := lineOf(n.Left)
	if !ok || op != Equals {
		return Guard{}, false
	}
	return h.lines(n.Right, op, lines, of)
}

// first is what a condition asks before all else of it, and is false if that is.
func first(n ast.Node) ast.Node {
	for range maxGuards {
		switch b := n.(type) {
		case *ast.BinaryNode:
			if b.Operator != "&&" && b.Operator != "and" {
				return n
			}
			n = b.Left
		case *ast.ConditionalNode:
			if no, ok := b.Exp2.(*ast.BoolNode); !ok || no.Value {
				return n
			}
			n = b.Cond
		default:
			return n
		}
	}
	return n
}

// file reads File('f').
func (h *hoist) file(n ast.Node) (lines []string, ok bool) {
	name, args := helperCall(n)
	if name != "File" || len(args) != 1 {
		return nil, false
	}
	file, ok := args[0].(*ast.StringNode)
	if !ok {
		return nil, false
	}
	lines, _ = h.files.Lines(file.Value)
	return lines, true
}

// lineOf reads # in a predicate, or Upper, Lower or JsonExtract of it, and returns what makes that of a line.
func lineOf(n ast.Node) (of func(string) string, ok bool) {
	if p, ok := n.(*ast.PointerNode); ok {
		return AsIs.of, p.Name == ""
	}
	name, args := helperCall(n)
	if len(args) == 0 {
		return nil, false
	}
	inner, ok := lineOf(args[0])
	if !ok {
		return nil, false
	}
	if name == "JsonExtract" && len(args) == 2 {
		path, ok := args[1].(*ast.StringNode)
		if !ok {
			return nil, false
		}
		steps := splitPath(path.Value)
		return func(line string) string {
			v, _ := jsonFind(inner(line), steps)
			return v.raw
		}, true
	}
	c, ok := map[string]Case{"Upper": InUpper, "Lower": InLower}[name]
	return func(line string) string { return c.of(inner(line)) }, ok && len(args) == 1
}

// lines makes a guard of a comparison with the lines of a file.
func (h *hoist) lines(field ast.Node, op Op, lines []string, of func(string) string) (Guard, bool) {
	f, c, g, ok := h.decoded(field)
	if !ok || len(lines) > maxTests {
		return Guard{}, false
	}
	g.Field, g.Costly = f, true
	for _, line := range lines {
		g.Any = append(g.Any, Test{Op: op, Case: c, Text: of(line)})
	}
	return g, true
}

// compare makes a guard of a comparison, if field is a field and with are constants.
func (h *hoist) compare(field ast.Node, op Op, with ...ast.Node) (Guard, bool) {
	f, c, g, ok := h.decoded(field)
	if !ok || len(with) > maxTests {
		return Guard{}, false
	}
	g.Field = f
	for _, w := range with {
		switch w.(type) {
		case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
			continue // no text equals it
		}
		text, ok := h.constant(w)
		if !ok {
			return Guard{}, false
		}
		g.Any = append(g.Any, Test{Op: op, Case: c, Text: text})
	}
	return g, true
}

// decoded reads a field, or Upper or Lower of it, with what was decoded in between: a text without what PathUnescape and
// QueryUnescape replace is left as it is, so the guard also holds when the text has any of that.
func (h *hoist) decoded(n ast.Node) (Field, Case, Guard, bool) {
	n = h.resolve(n)
	name, args := helperCall(n)
	if len(args) != 1 {
		f, ok := h.field(n)
		return f, AsIs, Guard{}, ok
	}
	f, inner, g, ok := h.decoded(args[0])
	switch name {
	case "Upper", "Lower":
		return f, map[string]Case{"Upper": InUpper, "Lower": InLower}[name], g, ok && inner == AsIs
	case "QueryUnescape":
		g.Any = append(g.Any, Test{Op: Contains, Text: "+"})
		fallthrough
	case "PathUnescape":
		g.Any, g.Costly = append(g.Any, Test{Op: Contains, Text: "%"}), true
		return f, inner, g, ok && len(g.Any) <= maxFields
	}
	return Field{}, AsIs, Guard{}, false
}

// field reads evt.Meta.x, or evt.GetType(). Fields without a slot are not watched and have no guards.
func (h *hoist) field(n ast.Node) (Field, bool) {
	if call, ok := n.(*ast.CallNode); ok {
		m, ok := call.Callee.(*ast.MemberNode)
		return Field{Scalar: TypeName}, ok && isEvt(m.Node) && nameOf(m) == "GetType"
	}
	m, ok := n.(*ast.MemberNode)
	if !ok || !is(m, reflect.String) {
		return Field{}, false
	}
	if isEvt(m.Node) {
		return Field{Scalar: Stage}, nameOf(m) == "Stage"
	}
	base, ok := bare(m.Node).(*ast.MemberNode)
	if !ok {
		return Field{}, false
	}
	if isEvt(base.Node) {
		return h.member(nameOf(base), nameOf(m), m.Property)
	}
	line, ok := bare(base.Node).(*ast.MemberNode)
	_, constant := m.Property.(*ast.StringNode)
	ok = ok && constant && isEvt(line.Node) && nameOf(line) == "Line" && nameOf(base) == "Labels"
	return Field{Scalar: Label, Ref: event.Ref{Slot: event.NoSlot, Name: nameOf(m)}}, ok
}

// member reads evt.<base>.<name>.
func (h *hoist) member(base, name string, property ast.Node) (Field, bool) {
	if base == "Line" {
		s, ok := map[string]Scalar{"Src": LineSrc, "Module": LineModule}[name]
		return Field{Scalar: s}, ok
	}
	space, ok := spaceByName[base]
	if _, constant := property.(*ast.StringNode); !ok || !constant {
		return Field{}, false
	}
	ref := h.schema.Ref(space, name)
	return Field{Ref: ref}, ref.Slot >= 0
}

// constant reads a text that does not depend on the event.
func (h *hoist) constant(n ast.Node) (string, bool) {
	n = h.resolve(n)
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value, true
	}
	name, args := helperCall(n)
	if len(args) != 1 {
		return "", false
	}
	text, ok := h.constant(args[0])
	c, known := map[string]Case{"Upper": InUpper, "Lower": InLower}[name]
	return c.of(text), ok && known
}

// resolve looks through brackets of an optional chain and variables.
func (h *hoist) resolve(n ast.Node) ast.Node {
	for range maxGuards {
		n = bare(n)
		id, ok := n.(*ast.IdentifierNode)
		if !ok || h.vars[id.Value] == nil {
			return n
		}
		n = h.vars[id.Value]
	}
	return n
}

func bare(n ast.Node) ast.Node {
	for {
		c, ok := n.(*ast.ChainNode)
		if !ok {
			return n
		}
		n = c.Node
	}
}

func isEvt(n ast.Node) bool {
	id, ok := bare(n).(*ast.IdentifierNode)
	return ok && id.Value == "evt"
}

// nameOf is the constant name of a member, "" when it is not constant.
func nameOf(m *ast.MemberNode) string {
	if s, ok := m.Property.(*ast.StringNode); ok {
		return s.Value
	}
	return ""
}

// helperCall returns the name and the arguments of a helper's call, without the state that the compiler put first.
func helperCall(n ast.Node) (name string, args []ast.Node) {
	call, ok := n.(*ast.CallNode)
	if !ok {
		return "", nil
	}
	id, ok := call.Callee.(*ast.IdentifierNode)
	if !ok || len(call.Arguments) == 0 {
		return "", nil
	}
	if run, ok := call.Arguments[0].(*ast.IdentifierNode); !ok || run.Value != runName {
		return "", nil
	}
	return id.Value, call.Arguments[1:]
}
