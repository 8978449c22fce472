package cond

import (
	"time"

	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"tocsin.example/internal/closure"
	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// SetFast lets later calls of Compile make closures too: programs that read the slots of [Env.Event] instead of maps and
// give what the programs of expr's machine give. What they do not cover stays on the machine; see [Program.Fast].
func (c *Compiler) SetFast(on bool) {
	c.fast = on
	if on && c.closures == nil {
		c.closures = closure.New(c.schema, filesOf(c.host), c.quickHelpers())
	}
}

// Fast reports whether the program runs as closures on an event of [Env.Event], and else why not, in words.
func (p *Program) Fast() (ok bool, why string) { return p.quick != nil, p.slow }

// Trails returns n empty trails for a program that can do with one in place of the events of a queue: for each event that the
// queue retains, Note is called once, and for each that it forgets, the trail's Drop. ok is false for what needs the events.
//
// What is asked of an event depends on that event alone and takes no steps from the budget, so that it does not matter that it
// is asked earlier, and once. A condition then fails where it would fail on the events; only the words for it may differ.
func (p *Program) Trails(n int) (trails []trail.Trail, ok bool) {
	if p.kind != KindBucket || p.quick == nil {
		return nil, false
	}
	return p.quick.Trails(n), true
}

// Note adds an event, as it is now, to a trail of the program.
//
// hot:
func (p *Program) Note(r *Run, ev *event.Event, t *trail.Trail) { p.quick.Note(&r.frame, ev, t) }

// AsksLeaky reports whether [Env.Leaky] may be looked at.
func (p *Program) AsksLeaky() bool { return p.quick == nil || p.quick.AsksLeaky() }

// Asked counts the tests of single events that Note has made.
func (r *Run) Asked() uint64 { return r.frame.Asked }

// IsText reports whether the program is known to give text whenever it does not fail. String is then as good as Eval, and
// makes no box for the text.
func (p *Program) IsText() bool { return p.quick != nil && p.quick.IsText() }

// quicken compiles the closures of a program from expr's tree, which is checked and optimized.
func (c *Compiler) quicken(p *Program, tree *parser.Tree, cfg *conf.Config) {
	switch {
	case !c.fast:
		p.slow = "the fast engine is off"
	case p.kind > KindBucket:
		p.slow = "in " + p.kind.String() + " there is more than an event"
	default:
		p.quick, p.slow = c.closures.Compile(tree, cfg, func(err *file.Error) error { return &Error{program: p, err: err} })
		if p.quick != nil && p.kind < KindBucket {
			p.field = p.quick.Field()
		}
	}
}

// begin readies the run for closures, and says whether they are to be used.
//
// hot:
func (p *Program) begin(r *Run, env *Env) bool {
	if p.quick == nil || env.Event == nil || r.frame.Left < 0 {
		return false
	}
	if p.kind == KindBucket {
		if env.Trail == nil {
			return false
		}
		r.frame.Trail, r.frame.Leaky = env.Trail, env.Leaky
	}
	if r.now.IsZero() {
		r.now = p.host.Now()
	}
	r.stashed = false
	return true
}

// Given evaluates the expression as Eval does, without a box for text and numbers where it has closures.
func (p *Program) Given(r *Run, env *Env) (closure.Given, error) {
	if p.begin(r, env) {
		return p.quick.Given(&r.frame, env.Event)
	}
	if s, ok := p.reads(r, env); ok {
		return closure.GivenText(s), nil
	}
	v, err := p.machine(r, env)
	return closure.GivenAny(v), err
}

// quickHelpers are the helpers as closures call them.
func (c *Compiler) quickHelpers() map[string]*closure.Helper {
	all := make(map[string]*closure.Helper, len(c.helpers))
	for name, h := range c.helpers {
		q := &closure.Helper{Name: name, Form: quickForm(h.form)}
		if len(h.types) == 1 {
			q.Result = h.types[0].Out(0)
		}
		switch name {
		case unmarshalName:
			q.Document = unmarshalInto
		case "IpInRange":
			q.Bind = inRange
		}
		if f := h.times; f != nil {
			q.Times = func(fr *closure.Frame, at []time.Time) (time.Duration, error) { return f(runOf(fr), at) }
		}
		q.Bad = func(i int, v any) error {
			params := make([]any, i+1)
			params[i] = v
			_, err := arg[string](name, params, i)
			return err
		}
		all[name] = q
	}
	return all
}

// unmarshalInto is unmarshalJSON for evt.Unmarshaled: the document stays text.
func unmarshalInto(f *closure.Frame, ev *event.Event, doc, key string) error {
	if err := f.Charge(8 * len(doc)); err != nil {
		return err
	}
	return notJSON(ev.Unmarshal(key, doc))
}

func runOf(f *closure.Frame) *Run { return f.Owner.(*Run) } //nolint:forcetypeassert // NewRun put it there

// quickForm is a helper's Go form on a frame; nil when closures call it by its general form.
func quickForm(form any) any {
	switch f := form.(type) {
	case func(*Run, string) (string, error):
		return func(fr *closure.Frame, a string) (string, error) { return f(runOf(fr), a) }
	case func(*Run, string) (bool, error):
		return func(fr *closure.Frame, a string) (bool, error) { return f(runOf(fr), a) }
	case func(*Run, string, string) (string, error):
		return func(fr *closure.Frame, a, b string) (string, error) { return f(runOf(fr), a, b) }
	case func(*Run, string, string) (bool, error):
		return func(fr *closure.Frame, a, b string) (bool, error) { return f(runOf(fr), a, b) }
	case func(*Run, string, string) (int, error):
		return func(fr *closure.Frame, a, b string) (int, error) { return f(runOf(fr), a, b) }
	case func(*Run, string, string) ([]string, error):
		return func(fr *closure.Frame, a, b string) ([]string, error) { return f(runOf(fr), a, b) }
	case func(*Run, string, string, string) (string, error):
		return func(fr *closure.Frame, a, b, c string) (string, error) { return f(runOf(fr), a, b, c) }
	case func(*Run, string, map[string]any, string) (any, error):
		return func(fr *closure.Frame, a string, m map[string]any, b string) (any, error) {
			return f(runOf(fr), a, m, b)
		}
	}
	return nil
}
