package cond

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"tocsin.example/internal/closure"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/jsontext"
)

// DefaultBudget is how many steps all evaluations between two calls of [Run.Begin] may take: about one per byte that a
// helper reads or writes, and 16 per element of a list.
const DefaultBudget = 64 << 20

// memoryBudget bounds the elements that one evaluation may create in lists and maps.
const memoryBudget = closure.MaxElements

// ErrBudget is the cause of an evaluation that was stopped because it took too many steps.
var ErrBudget = closure.ErrBudget

// Run is the state of one goroutine's evaluations: the time of the event, what is left of its budget, and caches of
// documents decoded for it. Its zero value is not ready; see [NewRun].
type Run struct {
	vm      vm.VM
	frame   closure.Frame // with what is left of the budget
	now     time.Time
	budget  int64
	gate    func()
	stashed bool // the gate has been passed in this evaluation

	json    jsontext.Doc
	steps   cache[[]string] // of paths in JSON
	xml     cache[*xmlDoc]
	xmlText string // the document that was asked last
	xmlDoc  *xmlDoc
	paths   cache[*xmlPath]
	regexps cache[*regexp.Regexp]
	last    lastAddress

	event    eventEnv
	bucket   bucketEnv
	overflow overflowEnv
	context  contextEnv
	profile  profileEnv
	test     testEnv

	noRequest *Request        // outside the firewall: a request without a method
	gaps      []time.Duration // room for times between moments
	failed    *helperError    // the last one that helperFailed may give again
}

// NewRun returns a state with the default budget.
func NewRun() *Run {
	r := &Run{budget: DefaultBudget}
	r.frame.Owner, r.frame.Left = r, DefaultBudget
	r.vm.MemoryBudget = memoryBudget
	r.xml.limit, r.paths.limit, r.steps.limit, r.regexps.limit = 16, 1024, 1024, 128
	r.event.Run, r.bucket.Run, r.overflow.Run = r, r, r
	r.context.Run, r.profile.Run, r.test.Run = r, r, r
	r.noRequest = &Request{URL: &url.URL{}}
	return r
}

// SetBudget sets how many steps an event may take; 0 or less means [DefaultBudget].
func (r *Run) SetBudget(steps int64) {
	if steps <= 0 {
		steps = DefaultBudget
	}
	r.budget, r.frame.Left = steps, steps
}

// Left returns what is left of the budget.
func (r *Run) Left() int64 { return r.frame.Left }

// Begin starts an event: now is its time for all helpers, and the budget is full again.
func (r *Run) Begin(now time.Time) {
	r.now, r.frame.Left = now, r.budget
	r.xml.reset()
	r.xmlText, r.xmlDoc = "", nil
}

// OnStash sets what is called before the first access to the stash in each evaluation, so that the caller can wait for
// the event's turn; nil for nothing.
func (r *Run) OnStash(f func()) { r.gate = f }

// charge takes steps from the budget.
func (r *Run) charge(steps int) error {
	return r.frame.Charge(steps)
}

// Eval evaluates the expression. Strings of the result may point into the event. A fault in the expression, a helper
// that fails or an exceeded budget is an *Error.
func (p *Program) Eval(r *Run, env *Env) (out any, err error) {
	if p.begin(r, env) {
		return p.quick.Value(&r.frame, env.Event)
	}
	return p.machine(r, env)
}

// machine evaluates on expr's machine.
func (p *Program) machine(r *Run, env *Env) (out any, err error) {
	if r.frame.Left < 0 {
		return nil, &Error{program: p, err: ErrBudget}
	}
	if r.now.IsZero() {
		r.now = p.host.Now()
	}
	r.stashed, r.frame.Weight = false, 0
	evt := env.Evt
	if evt == nil && env.Event != nil {
		evt = env.Event.View()
	}
	if evt != nil {
		r.frame.Weight = len(evt.Line.Raw)
	}
	// vm.Run recovers what happens in the program; this is for what happens around it.
	defer func() {
		if x := recover(); x != nil {
			out, err = nil, &Error{program: p, err: fmt.Errorf("%v", x)}
		}
	}()
	out, err = r.vm.Run(p.code, r.bind(p.kind, env, evt))
	if err != nil {
		return nil, &Error{program: p, err: err}
	}
	return out, nil
}

// bind fills the environment of a kind.
func (r *Run) bind(k Kind, env *Env, evt *event.View) any {
	switch k {
	case KindBucket:
		r.bucket.Evt, r.bucket.Queue, r.bucket.Leaky = evt, env.Queue, env.Leaky
		return &r.bucket
	case KindOverflow:
		r.overflow.Evt, r.overflow.Queue, r.overflow.Leaky = evt, env.Queue, env.Leaky
		r.overflow.Signal = env.Signal
		return &r.overflow
	case KindContext:
		r.context.Evt, r.context.Match, r.context.Req = evt, env.Match, env.Req
		if env.Req == nil {
			r.context.Req = r.noRequest
		}
		return &r.context
	case KindProfile:
		r.profile.Alert = env.Alert
		return &r.profile
	case KindTest:
		r.test.Results = env.Results
		return &r.test
	default:
		r.event.Evt = evt
		return &r.event
	}
}

// Bool evaluates an expression that must give true or false.
func (p *Program) Bool(r *Run, env *Env) (bool, error) {
	if p.begin(r, env) && p.quick.IsTruth() {
		return p.quick.Truth(&r.frame, env.Event)
	}
	v, err := p.Eval(r, env)
	if err != nil {
		return false, err
	}
	if b, ok := v.(bool); ok {
		return b, nil
	}
	return false, p.mismatch(v, WantBool)
}

// String evaluates an expression that must give text.
func (p *Program) String(r *Run, env *Env) (string, error) {
	if p.field != nil && env.Event != nil && r.frame.Left >= 0 {
		return env.Event.Text(p.field), nil
	}
	if s, ok := p.reads(r, env); ok {
		return s, nil
	}
	if p.begin(r, env) && p.quick.IsText() {
		return p.quick.Text(&r.frame, env.Event)
	}
	v, err := p.Eval(r, env)
	if err != nil {
		return "", err
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", p.mismatch(v, WantString)
}

func (p *Program) mismatch(v any, want Want) error {
	return &Error{
		program: p, err: fmt.Errorf("the expression must give %s, but gave %s", want, typeName(reflect.TypeOf(v))),
	}
}

// Error is why an evaluation ended without a value.
type Error struct {
	program *Program
	err     error
}

// Place returns where in the rule the fault is.
func (e *Error) Place() diag.Place {
	if fe, ok := errors.AsType[*file.Error](e.err); ok {
		return e.program.src.At(byteOffset(e.program.src.Value, fe.From))
	}
	return e.program.src.At(0)
}

// Error says where and why.
func (e *Error) Error() string { return e.Place().String() + ": " + e.message() }

func (e *Error) message() string {
	fe, ok := errors.AsType[*file.Error](e.err)
	if !ok {
		return e.err.Error()
	}
	if _, ok := fe.Prev.(*reflect.ValueError); ok { //nolint:errorlint // expr hands it on as it is
		return "what this belongs to is missing"
	}
	if fe.Prev != nil {
		said, _ := plain(strings.TrimPrefix(fe.Prev.Error(), "runtime error: "))
		return said
	}
	said, _ := plain(fe.Message)
	return said
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if fe, ok := errors.AsType[*file.Error](e.err); ok && fe.Prev != nil {
		return fe.Prev
	}
	return e.err
}

// cache holds the results of a costly step by its input. When it is full it starts again: cheaper than an order of use,
// and the working set of one event is far below the limit.
type cache[V any] struct {
	m     map[string]V
	limit int
}

func (c *cache[V]) get(key string) (V, bool) {
	v, ok := c.m[key]
	return v, ok
}

func (c *cache[V]) put(key string, v V) {
	if c.m == nil || len(c.m) >= c.limit {
		c.m = make(map[string]V, 8)
	}
	c.m[strings.Clone(key)] = v
}

func (c *cache[V]) reset() {
	if len(c.m) > 0 {
		clear(c.m)
	}
}
