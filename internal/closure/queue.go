package closure

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// A condition sees the events that a bucket retains as queue.Queue. As closures it has no events, but a trail: what it asks
// of each event by itself is asked by closures of their own when the event comes, see [Program.Note], and the condition
// reads what was noted. So there is no event to give away: a queue, or an event of it, that is used as a value is not
// covered.

// maxNotes bounds what a program may note of each event.
const maxNotes = 64

// note is what a program asks of each event: a test, or a value for a column.
type note struct {
	number int // of its kind
	test   func(*Frame) bool
	plain  bool // it is a test that cannot fail
	text   func(*Frame) string
	time   func(*Frame) time.Time
	value  func(*Frame) any
}

// notes collects what a program asks of each event.
type notes struct {
	all   []note
	shape trail.Shape
	texts map[fieldName]int // columns of fields, which never fail
	leaky bool              // it reads leaky
}

type fieldName struct {
	space event.Space
	name  string
}

// span is some of the events of a trail: from one position up to another, or those that passed a test, by indices.
type span struct{ from, to int }

// errNoted is what a failure is that happened when the event came.
var errNoted = errors.New("this failed for an event of the queue")

// failedValue stands in a column for a value that could not be had.
type failedValue struct{}

// Trails returns n empty trails for what the program notes.
func (p *Program) Trails(n int) []trail.Trail { return trail.Make(p.shape, n) }

// Notes is how many questions the program asks of each event.
func (p *Program) Notes() int { return len(p.notes) }

// AsksLeaky reports whether the program reads [Frame.Leaky].
func (p *Program) AsksLeaky() bool { return p.leaky }

// Note adds an event, as it is now, to a trail of the program.
//
// hot:
func (p *Program) Note(r *Frame, ev *event.Event, t *trail.Trail) {
	t.Push()
	if len(p.notes) == 0 {
		return
	}
	r.enter(p, ev)
	for i := range p.notes {
		switch n := &p.notes[i]; {
		case n.plain:
			t.Mark(n.number, r.ask(n))
		case n.test != nil:
			t.Mark(n.number, r.try(n))
		case n.text != nil:
			t.AddText(n.number, n.text(r))
		case n.time != nil:
			t.AddTime(n.number, n.time(r))
		default:
			t.AddValue(n.number, r.tryValue(n))
		}
	}
}

// try asks a test of the event at hand.
func (r *Frame) try(n *note) (out trail.Result) {
	defer func() {
		if x := recover(); x != nil {
			r.forget()
			out = trail.Failed
		}
	}()
	return r.ask(n)
}

// ask asks a test that cannot fail, or for which somebody catches it.
func (r *Frame) ask(n *note) trail.Result {
	r.Asked++
	if n.test(r) {
		return trail.Yes
	}
	return trail.No
}

func (r *Frame) tryValue(n *note) (out any) {
	defer func() {
		if x := recover(); x != nil {
			r.forget()
			out = failedValue{}
		}
	}()
	return n.value(r)
}

// forElement returns a compiler for what is asked of each event by itself: evt is then the event that base stands for, # for
// nil. What depends on anything else, takes steps from the budget or creates lists is not covered.
func (f *compiler) forElement(base ast.Node) *compiler {
	if len(f.notes.all) >= maxNotes {
		f.give("more than %d questions to each event are not covered", maxNotes)
	}
	return &compiler{
		c: f.c, wrap: f.wrap, cfg: f.cfg, made: map[ast.Node]code{}, vars: map[string]code{}, ofElement: true, base: base,
		notes: &notes{},
	}
}

// isElement reports whether a node is the event that an element's compiler is for.
func (f *compiler) isElement(n ast.Node) bool {
	if f.base != nil {
		return n == f.base
	}
	p, ok := n.(*ast.PointerNode)
	return ok && p.Name == ""
}

// safeBuiltins are the functions of expr that depend on their arguments alone and create nothing that is counted.
var safeBuiltins = []string{
	"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix", "int", "float", "string", "abs",
	"indexOf", "lastIndexOf", "split",
}

// fitsElement gives up on nodes that an element's compiler must not meet.
func (f *compiler) fitsElement(n ast.Node) {
	switch n := n.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.ConstantNode, *ast.UnaryNode,
		*ast.ChainNode, *ast.SliceNode, *ast.PredicateNode, *ast.ConditionalNode:
		return
	case *ast.MemberNode:
		if f.partOfEvt(n) != "Unmarshaled" {
			return
		}
	case *ast.BinaryNode:
		if n.Operator != ".." {
			return
		}
	case *ast.CallNode:
		if m, ok := n.Callee.(*ast.MemberNode); ok && f.isEvt(m.Node) {
			return
		}
	case *ast.BuiltinNode:
		if slices.Contains(safeBuiltins, n.Name) {
			return
		}
	}
	f.give("%T does not depend on an event of the queue alone", n)
}

// test makes a test of each event, and returns its number.
func (f *compiler) test(n ast.Node, not bool) int {
	e := f.forElement(nil)
	c := e.compile(n)
	truth := c.truth(at(n))
	if not {
		yes := truth
		truth = func(r *Frame) bool { return !yes(r) }
	}
	i := f.notes.shape.Tests
	f.notes.shape.Tests++
	f.notes.all = append(f.notes.all, note{number: i, test: truth, plain: c.plain && c.typ == typBool})
	return i
}

// column makes a column of what an expression gives for each event, and returns what reads it at a position; base as for
// forElement.
func (f *compiler) column(n, base ast.Node) func(at func(*Frame) int) code {
	e := f.forElement(base)
	if p, ok := n.(*ast.PredicateNode); ok {
		n = p.Node
	}
	if m, ok := n.(*ast.MemberNode); ok && e.partOfEvt(m) == "Time" {
		return f.timeColumn()
	}
	c := e.compile(n)
	where := at(n)
	switch {
	case c.typ == typString && c.plain:
		return f.textColumn(c)
	case c.typ != typString && c.typ != typBool && c.typ != typInt && c.typ != typFloat:
		f.give("a value of the type of %s is not kept for the events of the queue", n)
	}
	v := c.boxed()
	if c.typ == typString {
		v = func(r *Frame) any { return strings.Clone(c.s(r)) }
	}
	i := f.notes.shape.Values
	f.notes.shape.Values++
	f.notes.all = append(f.notes.all, note{number: i, value: v})
	return func(pos func(*Frame) int) code {
		return anyCode(func(r *Frame) any {
			v := r.Trail.Value(i, pos(r))
			if _, failed := v.(failedValue); failed {
				r.failAt(where, errNoted)
			}
			return v
		}).as(c.goType())
	}
}

func (f *compiler) timeColumn() func(at func(*Frame) int) code {
	i := f.notes.shape.Times
	if i == 0 { // there is but one time
		f.notes.shape.Times++
		f.notes.all = append(f.notes.all, note{time: func(r *Frame) time.Time { return r.view.Time }})
	}
	return func(pos func(*Frame) int) code {
		c := anyCode(func(r *Frame) any { return r.Trail.Time(0, pos(r)) })
		c.when = func(r *Frame) time.Time { return r.Trail.Time(0, pos(r)) }
		return c
	}
}

func (f *compiler) textColumn(c code) func(at func(*Frame) int) code {
	i, known := f.notes.shape.Texts, false
	if c.field != nil {
		key := fieldName{c.field.Space, c.field.Name}
		if n, ok := f.notes.texts[key]; ok {
			i, known = n, true
		} else {
			if f.notes.texts == nil {
				f.notes.texts = map[fieldName]int{}
			}
			f.notes.texts[key] = i
		}
	}
	if !known {
		f.notes.shape.Texts++
		f.notes.all = append(f.notes.all, note{number: i, text: c.s})
	}
	return func(pos func(*Frame) int) code {
		return stringCode(func(r *Frame) string { return r.Trail.Text(i, pos(r)) })
	}
}

// isQueue reports whether a node is queue.Queue, as a member or called as a method.
func (f *compiler) isQueue(n *ast.MemberNode, name string) bool {
	id, ok := n.Node.(*ast.IdentifierNode)
	if !ok || id.Value != "queue" || f.ofElement {
		return false
	}
	key, ok := n.Property.(*ast.StringNode)
	_, shadowed := f.vars["queue"]
	return ok && key.Value == name && !shadowed
}

// wholeQueue gives all events of the queue.
func wholeQueue() code {
	return eventsCode(noTest, func(r *Frame) span { return span{0, r.Trail.Len()} })
}

// noTest stands for the events as they came where others are those that passed a test.
const noTest = -1

func eventsCode(test int, e func(*Frame) span) code { return code{typ: typEvents, e: e, test: test} }

// countedEvents takes the steps for going through events.
func countedEvents(list code, weigh func(*Frame) int, where int) code {
	e := list.e
	return eventsCode(list.test, func(r *Frame) span {
		s := e(r)
		r.pay(where, (s.to-s.from)*(16+weigh(r)))
		return s
	})
}

// position is where the ith event of some is in the trail.
func (r *Frame) position(test, i int) int {
	if test == noTest {
		return i
	}
	return r.Trail.At(test, i)
}

// sliceEvents cuts a range of events.
func (f *compiler) sliceEvents(list, from, to code) code {
	if from.typ != typInt || to.typ != typInt && !to.constant {
		f.give("the bounds of a slice of the queue are not known to be numbers")
	}
	e, a, b := list.e, from.i, to.i
	if to.constant && to.typ != typInt && to.value != nil {
		f.give("the bounds of a slice of the queue are not known to be numbers")
	}
	return eventsCode(list.test, func(r *Frame) span {
		s := e(r)
		n := s.to - s.from
		end := n
		if b != nil {
			end = b(r)
		}
		i, j := bounds(a(r), end, n)
		return span{s.from + i, s.from + j}
	})
}

// item gives an event of some by its index; a negative one counts from the end.
func (f *compiler) item(list code, n *ast.MemberNode) code {
	index := f.compile(n.Property).dereffed()
	if index.typ != typInt || n.Optional {
		f.give("an index into the queue that is not known to be a number is not covered")
	}
	e, i, test, where := list.e, index.i, list.test, at(n)
	return code{typ: typItem, i: func(r *Frame) int {
		s := e(r)
		return r.position(test, s.from+r.within(i(r), s.to-s.from, where))
	}}
}

// ofItem compiles what is read of one event of the queue: queue.Queue[-1].Meta.user.
func (f *compiler) ofItem(n ast.Node) (code, bool) {
	if f.notes == nil || f.ofElement {
		return code{}, false
	}
	base := n
	for {
		switch b := base.(type) {
		case *ast.CallNode:
			if _, ok := b.Callee.(*ast.MemberNode); !ok || base != n {
				return code{}, false
			}
			base = b.Callee
			continue
		case *ast.MemberNode:
			if _, ok := b.Property.(*ast.StringNode); ok {
				if b.Optional {
					return code{}, false
				}
				base = b.Node
				continue
			}
		case *ast.IdentifierNode, *ast.BuiltinNode:
		default:
			return code{}, false
		}
		break
	}
	if base == n || !isKept(base.Type()) {
		return code{}, false
	}
	c := f.compile(base)
	if c.typ != typItem {
		return code{}, false
	}
	where, pos := at(n), c.i
	return f.column(n, base)(func(r *Frame) int {
		i := pos(r)
		if i < 0 {
			r.failAt(where, noElementError{})
		}
		return i
	}), true
}

func isKept(t reflect.Type) bool { return t == reflect.TypeFor[*event.Kept]() }
