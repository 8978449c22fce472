// Package closure runs expressions as closures over the slots of an event: without maps, reflection or boxed values
// where rules are hot, and in every case with the value, the failure, the effects and the cost that the same expression
// has on expr's machine.
//
// It takes expr's own tree, parsed, checked and optimized, and follows expr's compiler from node to node. What is not
// covered has no closures, with a reason; the caller then runs it on the machine. Work that does not depend on the event
// is done when the tree is compiled: helpers of constants, regular expressions, sets and automata of data files.
//
// It does not parse expressions and knows no helper by itself, but for the few that it remembers. Package cond gives it
// both. Start from [Compiler].
package closure

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// Names of functions that only a compiler writes into an expression.
const (
	RunName     = "\x00run"     // gives Frame.Owner, the first argument of every helper
	LoopName    = "\x00loop"    // (owner, list, heavy): the list, once the steps for going through it are taken
	AddName     = "\x00add"     // (owner, a, b): a + b with the steps for it
	InName      = "\x00in"      // (owner, a, list): a in list with the steps for it
	MatchesName = "\x00matches" // (owner, text, expression)
)

// MaxElements bounds the elements that one evaluation may create in lists and maps.
const MaxElements = 1_000_000

// ErrBudget is the cause of an evaluation that was stopped because it took too many steps.
var ErrBudget = errors.New("the budget of the event is exceeded")

// Helper is a function that rules call, as closures need it beside expr's own form of it.
type Helper struct {
	Name string
	// Form is the function with Go's types, or nil. These are called directly: func(*Frame, string) with a result of
	// string or bool; func(*Frame, string, string) with string, bool, int or []string; func(*Frame, string, string,
	// string) with string; func(*Frame, string, map[string]any, string) with any; each with an error.
	Form any
	// Document, if set, does for evt.Unmarshaled what Form does, a func(*Frame, string, map[string]any, string) which gives
	// nil.
	Document func(r *Frame, ev *event.Event, text, key string) error
	// Bind is, of a function of two texts that gives true or false and does not fail, the function for a second text that
	// is known; nil for none.
	Bind func(second string) func(*Frame, string) bool
	// Times is the function for a list of times alone, or nil. It may order them anew, and must not keep them. It pays for
	// reading them.
	Times func(*Frame, []time.Time) (time.Duration, error)
	// Result is the type of what it gives, nil when it may be anything.
	Result reflect.Type
	// Bad is the error of an argument, from 1, that is no text.
	Bad func(i int, v any) error
}

// Files gives the data files of rules by name. What it returns is never written, and another slice when a file was
// loaded again.
type Files interface {
	Lines(name string) ([]string, bool)
	Regexps(name string) ([]*regexp.Regexp, bool)
}

// Compiler makes programs that share what they know of fields and files. It is for one goroutine; the programs are not.
type Compiler struct {
	schema  *event.Schema
	helpers map[string]*Helper
	sets    *fileSets
	memoIDs map[string]int // functions of fields that are remembered for an event
}

// New returns a compiler that numbers fields in schema and looks into files. The maps are kept.
func New(schema *event.Schema, files Files, helpers map[string]*Helper) *Compiler {
	return &Compiler{schema: schema, helpers: helpers, sets: &fileSets{files: files}, memoIDs: map[string]int{}}
}

// Program is an expression as closures. It is immutable and may be evaluated by any number of goroutines, each with its
// own [Frame].
type Program struct {
	wrap  func(*file.Error) error
	value func(*Frame) any
	truth func(*Frame) bool
	text  func(*Frame) string
	part  func(*Frame) part
	loops int // predicates in predicates
	cells int // variables
	notes []note
	shape trail.Shape
	leaky bool
	plain bool       // it cannot fail, and takes no steps
	field *event.Ref // all that it does is to read this field; nil for any other
}

// Compile makes the closures of a tree that was checked with cfg and optimized. Failures of evaluations go through wrap.
// Without closures, why says what is not covered.
func (c *Compiler) Compile(tree *parser.Tree, cfg *conf.Config, wrap func(*file.Error) error) (p *Program, why string) {
	f := &compiler{c: c, wrap: wrap, cfg: cfg, made: map[ast.Node]code{}, vars: map[string]code{}, notes: &notes{}}
	defer func() {
		switch x := recover().(type) {
		case nil:
		case uncovered:
			p, why = nil, string(x)
		default:
			panic(x)
		}
	}()
	f.eager = c.writesInside(tree.Node)
	out := f.compile(tree.Node)
	p = &Program{
		wrap: wrap, value: out.boxed(), part: out.parts(), loops: f.maxLoops, cells: f.cells,
		notes: f.notes.all, shape: f.notes.shape, leaky: f.notes.leaky,
		plain: out.plain && f.maxLoops == 0 && f.cells == 0,
	}
	if p.plain {
		p.field = out.field
	}
	switch out.typ {
	case typBool:
		p.truth = out.b
	case typString:
		p.text = out.s
	default:
	}
	return p, ""
}

// IsTruth reports whether the program gives true or false whenever it does not fail, so that Truth may be called.
func (p *Program) IsTruth() bool { return p.truth != nil }

// Field returns the field that the program gives as it is, nil when it does anything else.
func (p *Program) Field() *event.Ref { return p.field }

// IsText reports whether the program gives text whenever it does not fail, so that Text may be called.
func (p *Program) IsText() bool { return p.text != nil }

// Value evaluates the program on an event. Texts of the result may live as long as the event.
//
// hot:
func (p *Program) Value(r *Frame, ev *event.Event) (out any, err error) {
	defer func() {
		if x := recover(); x != nil {
			out, err = nil, p.caught(r, x)
		}
	}()
	r.enter(p, ev)
	return p.value(r), nil
}

// Truth evaluates a program of which IsTruth is true.
//
// hot:
func (p *Program) Truth(r *Frame, ev *event.Event) (out bool, err error) {
	if p.plain {
		r.enter(p, ev)
		return p.truth(r), nil
	}
	return p.tryTruth(r, ev)
}

func (p *Program) tryTruth(r *Frame, ev *event.Event) (out bool, err error) {
	defer func() {
		if x := recover(); x != nil {
			out, err = false, p.caught(r, x)
		}
	}()
	r.enter(p, ev)
	return p.truth(r), nil
}

// Text evaluates a program of which IsText is true. The text may live as long as the event.
//
// hot:
func (p *Program) Text(r *Frame, ev *event.Event) (out string, err error) {
	if p.plain {
		r.enter(p, ev)
		return p.text(r), nil
	}
	return p.tryText(r, ev)
}

func (p *Program) tryText(r *Frame, ev *event.Event) (out string, err error) {
	defer func() {
		if x := recover(); x != nil {
			out, err = "", p.caught(r, x)
		}
	}()
	r.enter(p, ev)
	return p.text(r), nil
}

// failure is an evaluation's end that was made when the program was compiled.
type failure struct{ err error }

// caught makes an error of what a closure, or what it called, ended with, as expr's machine does.
func (p *Program) caught(r *Frame, x any) error {
	r.forget()
	if f, ok := x.(*failure); ok {
		return f.err
	}
	lasting, ok := x.(Lasting)
	if !ok {
		return p.wrap(fault(r.at, x))
	}
	for i := range r.lasted {
		if l := &r.lasted[i]; l.p == p && l.at == r.at && l.cause == lasting {
			return l.err
		}
	}
	l := &r.lasted[r.oldest]
	r.oldest = (r.oldest + 1) % len(r.lasted)
	*l = lasted{p: p, at: r.at, cause: lasting, err: p.wrap(fault(r.at, x))}
	return l.err
}

// Lasting is an error, behind a pointer, that an expression may end with again and again. What is made of it is kept.
type Lasting interface {
	error
	Lasting()
}

// lasted is the error that a program made of a lasting one.
type lasted struct {
	p     *Program
	at    int
	cause Lasting
	err   error
}

// forget forgets the arguments of calls that failed.
func (r *Frame) forget() {
	clear(r.args)
	r.args = r.args[:0]
}

// fault is an error at a place, in runes.
func fault(at int, x any) *file.Error {
	if err, ok := x.(error); ok { // whose text may never be asked for
		return &file.Error{Location: file.Location{From: at}, Prev: err}
	}
	return &file.Error{Location: file.Location{From: at}, Message: fmt.Sprint(x)}
}

// compiler turns one tree into closures. What its methods do not know they give up on by uncovered.
type compiler struct {
	c    *Compiler
	wrap func(*file.Error) error
	cfg  *conf.Config

	made     map[ast.Node]code
	vars     map[string]code // variables in scope
	cells    int
	loops    []loopType // predicates around the node
	maxLoops int
	chains   int  // chains of ?. around the node
	eager    bool // evt.Unmarshaled is read as maps

	notes     *notes
	ofElement bool     // it is for what is asked of an event of the queue
	base      ast.Node // what stands for that event; nil for #
}

// uncovered is why a program has no closures.
type uncovered string

func (f *compiler) give(format string, args ...any) { panic(uncovered(fmt.Sprintf(format, args...))) }

func at(n ast.Node) int { return n.Location().From }
