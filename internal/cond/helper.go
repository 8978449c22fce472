package cond

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"

	"tocsin.example/internal/closure"
)

// helper is a function that rules call. Its Go form takes the state of the evaluation first.
type helper struct {
	name    string
	types   []reflect.Type
	call    func(params ...any) (any, error)
	form    any // the Go form, for closures; nil when only call will do
	effects Effects

	times    func(*Run, []time.Time) (time.Duration, error) // it for times alone, or nil
	asks     asking                                         // whether it has a hidden second argument that allows asking outside
	absent   string                                         // why it does not work
	hint     string                                         // and what to do
	file     int                                            // the argument, from 1, that names a data file
	fileType string
	hasFile  func(name string) bool
}

// hidden reports whether the helper is none of the table: one of the compiler's own, or a builtin of expr made safe.
func (h *helper) hidden() bool { return h.name[0] < 'A' || h.name[0] > 'Z' }

// function is the helper as expr takes it.
func (h *helper) function() *builtin.Function {
	return &builtin.Function{Name: h.name, Func: h.call, Types: h.types}
}

// arg takes an argument as the type the helper asks for. Types are checked when the expression is compiled, but a value
// of a decoded document is known only now.
func arg[A any](h string, params []any, i int) (A, error) {
	a, ok := params[i].(A)
	if ok {
		return a, nil
	}
	if n, whole := params[i].(int); whole {
		if f, ok := any(float64(n)).(A); ok { // 48.0 is 48 once it has been through YAML
			return f, nil
		}
	}
	t := reflect.TypeFor[A]()
	if params[i] == nil && t.Kind() == reflect.Interface {
		return a, nil
	}
	return a, fmt.Errorf("%s: argument %d must be %s, but is %s", h, i, typeName(t), typeName(reflect.TypeOf(params[i])))
}

// size is what a value costs when a helper reads or makes it.
func size(v any) int { return closure.Size(v) }

func run(params []any) *Run { return params[0].(*Run) } //nolint:forcetypeassert // the compiler put it there

func types(fs ...any) []reflect.Type {
	out := make([]reflect.Type, len(fs))
	for i, f := range fs {
		out[i] = reflect.TypeOf(f)
	}
	return out
}

// fn0 to fn4 make helpers of Go functions; reading arguments and making the result takes steps from the budget.
func fn0[R any](name string, f func(*Run) (R, error)) *helper {
	return &helper{name: name, types: types(f), call: func(params ...any) (any, error) {
		return f(run(params))
	}}
}

func fn1[A, R any](name string, f func(*Run, A) (R, error)) *helper {
	return &helper{name: name, types: types(f), form: f, call: func(params ...any) (any, error) {
		r := run(params)
		a, err := arg[A](name, params, 1)
		if err != nil {
			return nil, err
		}
		if err := r.charge(size(params[1])); err != nil {
			return nil, err
		}
		out, err := f(r, a)
		return result(r, name, out, err)
	}}
}

func fn2[A, B, R any](name string, f func(*Run, A, B) (R, error)) *helper {
	return &helper{name: name, types: types(f), form: f, call: func(params ...any) (any, error) {
		r := run(params)
		a, err := arg[A](name, params, 1)
		if err != nil {
			return nil, err
		}
		b, err := arg[B](name, params, 2)
		if err != nil {
			return nil, err
		}
		if err := r.charge(size(params[1]) + size(params[2])); err != nil {
			return nil, err
		}
		out, err := f(r, a, b)
		return result(r, name, out, err)
	}}
}

func fn3[A, B, C, R any](name string, f func(*Run, A, B, C) (R, error)) *helper {
	return &helper{name: name, types: types(f), form: f, call: func(params ...any) (any, error) {
		r := run(params)
		a, err := arg[A](name, params, 1)
		if err != nil {
			return nil, err
		}
		b, err := arg[B](name, params, 2)
		if err != nil {
			return nil, err
		}
		c, err := arg[C](name, params, 3)
		if err != nil {
			return nil, err
		}
		if err := r.charge(size(params[1]) + size(params[2]) + size(params[3])); err != nil {
			return nil, err
		}
		out, err := f(r, a, b, c)
		return result(r, name, out, err)
	}}
}

func fn4[A, B, C, D, R any](name string, f func(*Run, A, B, C, D) (R, error)) *helper {
	return &helper{name: name, types: types(f), call: func(params ...any) (any, error) {
		r := run(params)
		a, err := arg[A](name, params, 1)
		if err != nil {
			return nil, err
		}
		b, err := arg[B](name, params, 2)
		if err != nil {
			return nil, err
		}
		c, err := arg[C](name, params, 3)
		if err != nil {
			return nil, err
		}
		d, err := arg[D](name, params, 4)
		if err != nil {
			return nil, err
		}
		if err := r.charge(size(params[1]) + size(params[2]) + size(params[3]) + size(params[4])); err != nil {
			return nil, err
		}
		out, err := f(r, a, b, c, d)
		return result(r, name, out, err)
	}}
}

// fnAny makes a helper with any number of arguments; like is a func of the type that the checker sees.
func fnAny(name string, like any, f func(r *Run, args []any) (any, error)) *helper {
	return &helper{name: name, types: types(like), call: func(params ...any) (any, error) {
		r := run(params)
		steps := 0
		for _, p := range params[1:] {
			steps += size(p)
		}
		if err := r.charge(steps); err != nil {
			return nil, err
		}
		out, err := f(r, params[1:])
		return result(r, name, out, err)
	}}
}

// result charges for what a helper made and names the helper in its error.
func result(r *Run, name string, out any, err error) (any, error) {
	if err != nil {
		return nil, r.helperFailed(name, err)
	}
	if err := r.charge(size(out)); err != nil {
		return nil, err
	}
	return out, nil
}

// helperFailed names the helper in its error. Some fail for event after event in the same way: then the error is the same.
func (r *Run) helperFailed(name string, err error) error {
	if _, ok := err.(noDegreesError); !ok { //nolint:errorlint // one of a helper, as it is
		return &helperError{name: name, err: err}
	}
	if f := r.failed; f != nil && f.name == name && f.err == err { //nolint:errorlint // the very same
		return f
	}
	r.failed = &helperError{name: name, err: err}
	return r.failed
}

// helperError is what a helper failed by. Its text is made when somebody reads it: a condition that fails for every event
// is only counted.
type helperError struct {
	name string
	err  error
}

// Lasting implements [closure.Lasting].
func (e *helperError) Lasting() {}

// Error names the helper, if the error behind it does not.
func (e *helperError) Error() string {
	text := e.err.Error()
	if strings.HasPrefix(text, e.name+": ") {
		return text
	}
	return e.name + ": " + text
}

func (e *helperError) Unwrap() error { return e.err }

// does marks what a helper does beside giving a value.
func (h *helper) does(e Effects) *helper {
	h.effects |= e
	return h
}

// needs marks a helper whose part of the host may be absent: it then compiles and fails when it is called.
func (h *helper) needs(there bool, absent, hint string) *helper {
	if there {
		return h
	}
	h.absent, h.hint, h.form = absent, hint, nil
	name := h.name
	h.call = func(...any) (any, error) { return nil, fmt.Errorf("%s: %s: %s", name, absent, hint) }
	return h
}

// readsFile marks the argument that names a data file.
func (h *helper) readsFile(arg int, fileType string, has func(string) bool) *helper {
	h.file, h.fileType, h.hasFile = arg, fileType, has
	return h
}

// asking says how a helper depends on the world outside.
type asking uint8

const (
	asksNothing asking = iota
	asksAlways         // it is nothing without an answer
	asksLast           // it asks only what local data do not decide, and does without where it may not
)

// outside makes a helper that asks outside: the compiler gives it a second hidden argument that says whether the place
// of the expression allows that.
func (h *helper) outside() *helper {
	h.effects |= Outside
	h.asks, h.form = asksAlways, nil
	name, call := h.name, h.call
	for i, t := range h.types {
		in := []reflect.Type{t.In(0), reflect.TypeFor[bool]()}
		for j := 1; j < t.NumIn(); j++ {
			in = append(in, t.In(j))
		}
		h.types[i] = reflect.FuncOf(in, []reflect.Type{t.Out(0), t.Out(1)}, t.IsVariadic())
	}
	h.call = func(params ...any) (any, error) {
		if allowed, _ := params[1].(bool); !allowed {
			return nil, fmt.Errorf("%s asks outside and may be used in postoverflows and profiles only", name)
		}
		args := make([]any, 0, len(params)-1)
		return call(append(append(args, params[0]), params[2:]...)...)
	}
	return h
}
