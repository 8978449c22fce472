package cond

import (
	"reflect"

	"github.com/expr-lang/expr/ast"

	"tocsin.example"
	"tocsin.example/internal/closure"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// Names of functions that only the compiler writes.
const (
	loopName    = closure.LoopName
	addName     = closure.AddName
	inName      = closure.InName
	matchesName = closure.MatchesName
)

// walk looks through the syntax tree of one expression: it finds effects and fields, refuses what must not be, and
// writes in what expr leaves out: the state of the evaluation as the helpers' first argument, and the counting of work.
type walk struct {
	c        *Compiler
	kind     Kind
	src      diag.Text
	effects  Effects
	problems []diag.Problem
	failed   *diag.Problem

	called map[ast.Node]bool // identifiers that are called
	known  map[ast.Node]bool // uses of evt that can not leak it
	loops  bool              // a predicate or a variable: values can be used many times over
	regexp bool              // matches is used
}

type visitor func(*ast.Node)

func (v visitor) Visit(n *ast.Node) { v(n) }

func (w *walk) at(n ast.Node) int { return byteOffset(w.src.Value, n.Location().From) }

func (w *walk) fail(n ast.Node, hint, format string, args ...any) {
	if w.failed == nil {
		p := w.src.Problem(w.at(n), hint, format, args...)
		w.failed = &p
	}
}

func (w *walk) warn(n ast.Node, hint, format string, args ...any) {
	p := w.src.Problem(w.at(n), hint, format, args...)
	p.Severity = diag.Warning
	w.problems = append(w.problems, p)
}

// before runs ahead of the type checker.
func (w *walk) before(root *ast.Node) *diag.Problem {
	w.called, w.known = map[ast.Node]bool{}, map[ast.Node]bool{}
	ast.Walk(root, visitor(w.note))
	ast.Walk(root, visitor(w.refuse))
	if w.failed != nil {
		return w.failed
	}
	ast.Walk(root, visitor(w.bindHelper))
	return w.failed
}

// note remembers how identifiers are used.
func (w *walk) note(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.CallNode:
		w.called[n.Callee] = true
		// As text of Go it would hold the address of the event, another one in each run.
		if id, ok := n.Callee.(*ast.IdentifierNode); ok && id.Value == "ToJsonString" {
			for _, a := range n.Arguments {
				w.known[a] = true
			}
		}
	case *ast.MemberNode:
		if _, ok := n.Property.(*ast.StringNode); ok {
			w.known[n.Node] = true
		}
	case *ast.BinaryNode:
		if n.Operator == "==" || n.Operator == "!=" {
			w.known[n.Left], w.known[n.Right] = true, true
		}
		w.regexp = w.regexp || n.Operator == "matches"
	case *ast.PredicateNode, *ast.VariableDeclaratorNode:
		w.loops = true
	}
}

// refuse finds what must not be in a rule.
func (w *walk) refuse(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.IdentifierNode:
		switch {
		case n.Value == "$env":
			w.fail(n, "name what you need", "$env is not available")
		case n.Value == "evt" && !w.known[n]:
			w.fail(n, "name a field: evt.Meta.source_ip", "evt can not be used as a value")
		case w.c.helpers[n.Value] != nil && !w.called[n]:
			w.fail(n, "call it: "+n.Value+"(...)", "the helper %s is not a value", n.Value)
		}
	case *ast.MemberNode:
		name, ok := n.Property.(*ast.StringNode)
		if !ok || name.Value != "SetMeta" && name.Value != "SetParsed" {
			return
		}
		base, ok := n.Node.(*ast.IdentifierNode)
		switch {
		case !ok || base.Value != "evt":
			w.fail(n, "write evt."+name.Value+"(...)", "%s works on evt only", name.Value)
		case w.kind > KindBucket:
			w.fail(n, "set it in a parser", "%s can not be used in %s: the event is over", name.Value, w.kind)
		default:
			w.effects |= WritesEvent
		}
	case *ast.BinaryNode:
		if s, ok := n.Right.(*ast.StringNode); ok && n.Operator == "matches" && len(s.Value) > MaxRegexp {
			w.fail(n, "split it", "the regular expression has %d bytes; the limit is %d", len(s.Value), MaxRegexp)
		}
	}
}

// bindHelper gives the state of the evaluation to a helper and notes what the helper does.
func (w *walk) bindHelper(n *ast.Node) {
	call, ok := (*n).(*ast.CallNode)
	if !ok {
		return
	}
	id, ok := call.Callee.(*ast.IdentifierNode)
	if !ok {
		return
	}
	h := w.c.helpers[id.Value]
	if h == nil || h.name == "basename" && w.kind != KindTest {
		return
	}
	allowed := w.kind == KindPost || w.kind == KindProfile
	if h.asks != asksLast || allowed {
		w.effects |= h.effects
	}
	switch {
	case h.asks == asksAlways && !allowed:
		w.warn(id, "it may be used in postoverflows and profiles", "%s asks outside and can not be used in %s",
			h.name, w.kind)
	case h.absent != "":
		w.warn(id, h.hint, "%s: %s", h.name, h.absent)
	}
	if h.file > 0 {
		w.checkFiles(h, call.Arguments)
	}
	args := []ast.Node{&ast.IdentifierNode{Value: runName}}
	if h.asks != asksNothing {
		args = append(args, &ast.BoolNode{Value: allowed})
	}
	for _, a := range args {
		a.SetLocation(call.Location())
	}
	call.Arguments = append(args, call.Arguments...)
}

// checkFiles reports data files that are named and not there.
func (w *walk) checkFiles(h *helper, args []ast.Node) {
	for i, a := range args {
		s, ok := a.(*ast.StringNode)
		if !ok || i < h.file-1 || i > h.file-1 && h.name != "MatchKnownBot" {
			continue
		}
		if !h.hasFile(s.Value) {
			w.warn(a, "declare it under data: with type "+h.fileType+", and check that it was downloaded",
				"%s: there is no data file %q of type %s", h.name, s.Value, h.fileType)
		}
	}
}

// after runs behind the type checker, whose types it needs. Nodes that it puts in have the types of what they replace.
func (w *walk) after(root *ast.Node) *diag.Problem {
	ast.Walk(root, visitor(w.number))
	ast.Walk(root, visitor(w.count))
	return w.failed
}

var spaceByName = map[string]event.Space{"Parsed": event.Parsed, "Meta": event.Meta, "Enriched": event.Enriched}

// number gives slots to the fields that the expression names.
func (w *walk) number(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.MemberNode:
		w.field(n.Node, n.Property)
	case *ast.BuiltinNode:
		if n.Name == "get" && len(n.Arguments) == 2 {
			w.field(n.Arguments[0], n.Arguments[1])
		}
	case *ast.BinaryNode:
		if n.Operator == "in" {
			w.field(n.Right, n.Left)
		}
	case *ast.CallNode:
		m, ok := n.Callee.(*ast.MemberNode)
		if !ok || len(n.Arguments) == 0 || !isEvent(m.Node.Type()) {
			return
		}
		method, _ := m.Property.(*ast.StringNode)
		key, ok := n.Arguments[0].(*ast.StringNode)
		if !ok || method == nil {
			return
		}
		switch method.Value {
		case "GetMeta", "SetMeta":
			w.c.schema.Slot(event.Meta, key.Value)
		case "SetParsed":
			w.c.schema.Slot(event.Parsed, key.Value)
		}
	}
}

// field numbers evt.Meta.x, given evt.Meta and x.
func (w *walk) field(base, key ast.Node) {
	m, ok := base.(*ast.MemberNode)
	if !ok || !isEvent(m.Node.Type()) {
		return
	}
	space, ok := m.Property.(*ast.StringNode)
	if !ok {
		return
	}
	sp, ok := spaceByName[space.Value]
	name, isText := key.(*ast.StringNode)
	if ok && isText {
		w.c.schema.Slot(sp, name.Value)
	}
}

func isEvent(t reflect.Type) bool {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t == reflect.TypeFor[event.View]() || t == reflect.TypeFor[event.Kept]()
}

// predicates are the builtins that evaluate an expression for each element of their first argument.
var predicates = map[string]bool{
	"all": true, "none": true, "any": true, "one": true, "filter": true, "map": true, "count": true, "sum": true,
	"find": true, "findIndex": true, "findLast": true, "findLastIndex": true, "groupBy": true, "sortBy": true,
	"reduce": true,
}

// count makes loops, and what can grow or repeat in them, take steps from the budget.
func (w *walk) count(n *ast.Node) {
	switch b := (*n).(type) {
	case *ast.BuiltinNode:
		if predicates[b.Name] {
			weight := &ast.BoolNode{Value: w.regexp}
			b.Arguments[0] = w.call(loopName, b.Arguments[0], b.Arguments[0], weight)
		}
	case *ast.BinaryNode:
		_, constant := b.Right.(*ast.StringNode)
		switch {
		case b.Operator == "matches" && !constant:
			*n = w.call(matchesName, b, b.Left, b.Right)
		case b.Operator == "+" && w.loops && mayBe(b.Type(), reflect.String):
			*n = w.call(addName, b, b.Left, b.Right)
		case b.Operator == "in" && w.loops && mayBe(b.Right.Type(), reflect.Slice):
			if _, literal := b.Right.(*ast.ArrayNode); !literal {
				*n = w.call(inName, b, b.Left, b.Right)
			}
		}
	}
}

func mayBe(t reflect.Type, k reflect.Kind) bool {
	return t == nil || t.Kind() == k || t.Kind() == reflect.Interface
}

// call writes a call of one of our own functions in place of a node.
func (w *walk) call(name string, instead ast.Node, args ...ast.Node) ast.Node {
	run := &ast.IdentifierNode{Value: runName}
	run.SetLocation(instead.Location())
	callee := &ast.IdentifierNode{Value: name}
	callee.SetLocation(instead.Location())
	c := &ast.CallNode{Callee: callee, Arguments: append([]ast.Node{run}, args...)}
	c.SetLocation(instead.Location())
	c.SetNature(*instead.Nature())
	return c
}

// membersOf lists the fields and methods of an environment's object, for suggestions.
func membersOf(typ string) []string {
	var t reflect.Type
	for _, c := range []reflect.Type{
		reflect.TypeFor[*event.View](), reflect.TypeFor[*event.Kept](), reflect.TypeFor[event.Line](),
		reflect.TypeFor[event.Overflow](), reflect.TypeFor[event.Appsec](), reflect.TypeFor[*tocsin.Alert](),
		reflect.TypeFor[*tocsin.AlertSource](), reflect.TypeFor[*Queue](), reflect.TypeFor[*Leaky](),
		reflect.TypeFor[*Request](),
	} {
		if c.String() == typ || c.Kind() == reflect.Pointer && c.Elem().String() == typ {
			t = c
		}
	}
	if t == nil {
		return nil
	}
	var names []string
	for m := range t.Methods() {
		names = append(names, m.Name)
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() && !f.Anonymous {
			names = append(names, f.Name)
		}
	}
	return sorted(names)
}
