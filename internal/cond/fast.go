package cond

import (
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"tocsin.example/internal/closure"
	"tocsin.example/internal/event"
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

// quicken compiles the closures of a program from expr's tree, which is checked and optimized.
func (c *Compiler) quicken(p *Program, tree *parser.Tree, cfg *conf.Config) {
	switch {
	case !c.fast:
		p.slow = "the fast engine is off"
	case p.kind != KindParser && p.kind != KindPost && p.kind != KindScenario:
		p.slow = "in " + p.kind.String() + " there is more than an event"
	default:
		p.quick, p.slow = c.closures.Compile(tree, cfg, func(err *file.Error) error { return &Error{program: p, err: err} })
	}
}

// begin readies the run for closures, and says whether they are to be used.
//
// hot:
func (p *Program) begin(r *Run, env *Env) bool {
	if p.quick == nil || env.Event == nil || r.frame.Left < 0 {
		return false
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
		if name == unmarshalName {
			q.Document = unmarshalInto
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
