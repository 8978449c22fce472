package closure

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/vm/runtime"

	"tocsin.example/internal/event"
)

// call calls a helper or a method.
func (f *compiler) call(n *ast.CallNode) code {
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if f.isQueue(m, "GetQueue") && len(n.Arguments) == 0 {
			return wholeQueue()
		}
		if c, ok := f.ofItem(n); ok {
			return c
		}
		return f.method(n, m)
	}
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		f.give("calling %T is not covered", n.Callee)
	}
	switch id.Value {
	case AddName:
		return f.countedAdd(n)
	case InName:
		return f.countedIn(n)
	case LoopName:
		return f.countedList(n)
	case MatchesName:
		if c, ok := f.knownPattern(n); ok {
			return c
		}
	}
	if h := f.c.helpers[id.Value]; h != nil && h.Form != nil {
		if c, ok := f.direct(n, h); ok {
			return c
		}
	}
	if h := f.c.helpers[id.Value]; h != nil && h.Times != nil && len(n.Arguments) == 2 {
		if c := f.compile(n.Arguments[1]); c.times != nil {
			return ofTimes(h.Times, c.times, at(n)).as(h.Result)
		}
	}
	fn, ok := f.cfg.Functions[id.Value]
	if !ok {
		f.give("%s is not covered", id.Value)
	}
	args := make([]func(*Frame) any, len(n.Arguments))
	for i, a := range n.Arguments {
		args[i] = f.param(n.Callee.Type(), i, a).boxed()
	}
	return called(fn.Func, args, at(n)).as(resultOf(f.c.helpers[id.Value]))
}

// resultOf is the type of what a helper gives; nil when it may be anything.
func resultOf(h *Helper) reflect.Type {
	if h == nil {
		return nil
	}
	return h.Result
}

// param compiles an argument, without a pointer where the parameter is none.
func (f *compiler) param(fn reflect.Type, i int, n ast.Node) code {
	c := f.compile(n)
	if fn == nil || fn.Kind() != reflect.Func || n.Nature().Nil {
		return c
	}
	var in reflect.Type
	switch {
	case fn.IsVariadic() && i >= fn.NumIn()-1:
		in = fn.In(fn.NumIn() - 1).Elem()
	case i < fn.NumIn():
		in = fn.In(i)
	default:
		f.give("there are more arguments than parameters")
	}
	if t := n.Type(); t.AssignableTo(in) || in.Kind() == reflect.Pointer || t.Kind() != reflect.Pointer {
		return c
	}
	return c.dereffed()
}

// ofTimes calls a helper with a list of times.
func ofTimes(fn func(*Frame, []time.Time) (time.Duration, error), list func(*Frame) []time.Time, where int) code {
	return anyCode(func(r *Frame) any {
		times := list(r)
		r.at = where
		out, err := fn(r, times)
		if err != nil {
			r.failAt(where, err)
		}
		return out
	})
}

// called calls a function with any arguments. The slice of the arguments belongs to the run: no helper keeps it.
func called(fn func(...any) (any, error), args []func(*Frame) any, where int) code {
	return anyCode(func(r *Frame) any {
		base := len(r.args)
		for _, a := range args {
			v := a(r)
			r.args = append(r.args, v)
		}
		list := r.args[base:len(r.args):len(r.args)]
		r.at = where
		out, err := fn(list...)
		if err != nil {
			r.failAt(where, err)
		}
		clear(list)
		r.args = r.args[:base]
		return out
	})
}

// countedList is the list of a predicate, for which going through it takes steps.
func (f *compiler) countedList(n *ast.CallNode) code {
	list, where := f.compile(n.Arguments[1]), at(n)
	weigh := func(r *Frame) int { return r.Weight / 16 }
	switch heavy := f.compile(n.Arguments[2]); heavy.value {
	case true:
		weigh = func(r *Frame) int { return r.Weight }
	case false:
	default:
		f.give("the weight of a list is not known")
	}
	if list.typ == typEvents {
		return countedEvents(list, weigh, where)
	}
	if list.typ == typList {
		l := list.l
		return listCode(func(r *Frame) []string {
			all := l(r)
			r.pay(where, len(all)*(16+weigh(r)))
			return all
		})
	}
	v := list.boxed()
	return anyCode(func(r *Frame) any {
		x := v(r)
		n := 0
		switch x := x.(type) {
		case []any:
			n = len(x)
		default:
			if rv := reflect.ValueOf(x); rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array {
				n = rv.Len()
			}
		}
		r.pay(where, n*(16+weigh(r)))
		return x
	})
}

// countedAdd is + where values can be used many times over.
func (f *compiler) countedAdd(n *ast.CallNode) code {
	left, right, where := f.compile(n.Arguments[1]), f.compile(n.Arguments[2]), at(n)
	if left.typ == typString && right.typ == typString {
		a, b := left.s, right.s
		return stringCode(func(r *Frame) string {
			x := a(r)
			y := b(r)
			r.pay(where, len(x)+len(y))
			return r.ev.Scratch().Join(x, y)
		})
	}
	a, b := left.boxed(), right.boxed()
	return anyCode(func(r *Frame) any {
		x := a(r)
		y := b(r)
		if s, ok := x.(string); ok {
			if t, ok := y.(string); ok {
				r.pay(where, len(s)+len(t))
			}
		}
		return r.addAny(x, y, where)
	})
}

// countedIn is "in" where lists can be searched many times over.
func (f *compiler) countedIn(n *ast.CallNode) code {
	left, list, where := f.compile(n.Arguments[1]), f.compile(n.Arguments[2]), at(n)
	a, b := left.boxed(), list.boxed()
	return boolCode(func(r *Frame) bool {
		x := a(r)
		y := b(r)
		steps := 1
		switch y := y.(type) {
		case []string:
			steps = 4 * len(y)
		default:
			if l := reflect.ValueOf(y); l.Kind() == reflect.Slice || l.Kind() == reflect.Array {
				steps = 4 * l.Len()
			}
		}
		r.pay(where, steps)
		return r.inAny(x, y, where)
	})
}

// texts compiles the arguments of a helper behind the state of the evaluation, all of which must be text. What is not
// known to be text may be followed by plain arguments only: the helper looks at its arguments when all are evaluated.
func (f *compiler) texts(n *ast.CallNode, h *Helper) ([]func(*Frame) string, bool) {
	args := n.Arguments[1:]
	out := make([]func(*Frame) string, len(args))
	codes := make([]code, len(args))
	for i, a := range args {
		codes[i] = f.compile(a)
	}
	for i, c := range codes {
		if c.typ != typString && (c.typ != typAny || !allPlain(codes[i+1:])) {
			return nil, false
		}
		if out[i] = c.s; c.typ == typString {
			continue
		}
		p, where := c.parts(), at(n)
		out[i] = func(r *Frame) string {
			x := p(r)
			s, ok := x.text()
			if !ok {
				r.failAt(where, h.Bad(i+1, x.any()))
			}
			return s
		}
	}
	return out, true
}

func allPlain(all []code) bool {
	return !slices.ContainsFunc(all, func(c code) bool { return !c.plain || c.typ != typString })
}

// direct calls a helper by its Go form, without boxes.
func (f *compiler) direct(n *ast.CallNode, h *Helper) (code, bool) {
	where, name := at(n), h.Name
	switch form := h.Form.(type) {
	case writerForm:
		return f.writer(n, h, form)
	case func(*Frame, any) (string, error), func(*Frame) (string, error):
		return code{}, false
	}
	a, ok := f.texts(n, h)
	if !ok {
		return code{}, false
	}
	switch form := h.Form.(type) {
	case func(*Frame, string) (string, error):
		if len(a) != 1 {
			return code{}, false
		}
		return f.unaryText(n, h, form, a[0]), true
	case func(*Frame, string) (bool, error):
		x := a[0]
		return boolCode(func(r *Frame) bool {
			s := x(r)
			r.pay(where, len(s)+1)
			out, err := form(r, s)
			r.done(where, name, err, 1)
			return out
		}), true
	case func(*Frame, string, string) (string, error):
		return stringCode(ofTwo(form, a, where, name, func(out string) int { return len(out) + 1 })), true
	case func(*Frame, string, string) (bool, error):
		if c, ok := f.inRegexps(n, h, a); ok {
			return c, true
		}
		if c, ok := f.bound(n, h, a); ok {
			return c, true
		}
		return boolCode(ofTwo(form, a, where, name, func(bool) int { return 1 })), true
	case func(*Frame, string, string) (int, error):
		return intCode(ofTwo(form, a, where, name, func(int) int { return 1 })), true
	case func(*Frame, string, string) ([]string, error):
		return listCode(ofTwo(form, a, where, name, func(out []string) int { return Size(out) })), true
	case func(*Frame, string, string, string) (string, error):
		x, y, z := a[0], a[1], a[2]
		return stringCode(func(r *Frame) string {
			s := x(r)
			t := y(r)
			u := z(r)
			r.pay(where, len(s)+len(t)+len(u)+3)
			out, err := form(r, s, t, u)
			r.done(where, name, err, len(out)+1)
			return out
		}), true
	}
	return code{}, false
}

// ofTwo calls a helper of two texts; size is what its result costs.
func ofTwo[T any](
	form func(*Frame, string, string) (T, error), a []func(*Frame) string, where int, name string, size func(T) int,
) func(*Frame) T {
	x, y := a[0], a[1]
	return func(r *Frame) T {
		s := x(r)
		t := y(r)
		r.pay(where, len(s)+len(t)+2)
		out, err := form(r, s, t)
		r.done(where, name, err, size(out))
		return out
	}
}

// done ends a helper's call: with its error, or with the steps for what it made.
//
// hot:
func (r *Frame) done(where int, name string, err error, steps int) {
	if err == nil {
		r.pay(where, steps)
		return
	}
	if !strings.HasPrefix(err.Error(), name+": ") {
		err = fmt.Errorf("%s: %w", name, err)
	}
	r.failAt(where, err)
}

// writerForm is the Go form of a helper that writes into a map.
type writerForm = func(*Frame, string, map[string]any, string) (any, error)

// writer calls a helper that writes into a map.
func (f *compiler) writer(n *ast.CallNode, h *Helper, form writerForm) (code, bool) {
	text, into, key := f.compile(n.Arguments[1]), n.Arguments[2], f.compile(n.Arguments[3])
	if text.typ != typString || key.typ != typString || f.partOfEvt(into) != "Unmarshaled" {
		return code{}, false
	}
	s, k, where, name := text.s, key.s, at(n), h.Name
	if put := h.Document; put != nil && !f.eager {
		return anyCode(func(r *Frame) any {
			doc := s(r)
			name2 := k(r)
			r.pay(where, len(doc)+1+sizeOfMap(r.ev.Documents())+len(name2)+1)
			r.done(where, name, put(r, r.ev, doc, name2), Size(nil))
			return nil
		}), true
	}
	return anyCode(func(r *Frame) any {
		doc := s(r)
		m := r.ev.Unmarshaled()
		name2 := k(r)
		r.pay(where, len(doc)+1+Size(m)+len(name2)+1)
		out, err := form(r, doc, m, name2)
		r.done(where, name, err, Size(out))
		return out
	}), true
}

// unaryText calls a helper that makes a text of a text. Those that are functions of their argument alone are remembered
// for the event.
func (f *compiler) unaryText(n *ast.CallNode, h *Helper, form func(*Frame, string) (string, error), x func(*Frame) string) code {
	where, name := at(n), h.Name
	do := textMakers[name]
	if do == nil {
		return stringCode(func(r *Frame) string {
			s := x(r)
			r.pay(where, len(s)+1)
			out, err := form(r, s)
			r.done(where, name, err, len(out)+1)
			return out
		})
	}
	arg := n.Arguments[1]
	id := f.c.memo(name, arg)
	if c := f.compile(arg); c.constant {
		s, _ := c.text()
		out := do(&event.Scratch{}, s)
		known := stringCode(func(r *Frame) string {
			r.pay(where, len(s)+1)
			r.pay(where, len(out)+1)
			return out
		})
		known.folded, known.value = true, out
		return known
	}
	c := stringCode(func(r *Frame) string {
		s := x(r)
		r.pay(where, len(s)+1)
		out := r.recall(id, s, do)
		r.pay(where, len(out)+1)
		return out
	})
	return c
}

// method calls a method of the event or of a part of it.
func (f *compiler) method(n *ast.CallNode, m *ast.MemberNode) code {
	ok, index, name := checker.MethodIndex(&f.cfg.NtCache, f.cfg.Env, m)
	if !ok {
		f.give("calling what is no method is not covered")
	}
	var args []code
	for i, a := range n.Arguments {
		args = append(args, f.param(n.Callee.Type(), i+1, a))
	}
	if f.isEvt(m.Node) {
		if c, ok := f.eventMethod(name, args); ok {
			return c
		}
	}
	base := f.compile(m.Node)
	for i, a := range args {
		if t := a.goType(); t == nil || !t.AssignableTo(n.Callee.Type().In(i+1)) || base.chained {
			f.give("the arguments of the method %s are not covered", name)
		}
	}
	values := make([]func(*Frame) any, len(args))
	for i, a := range args {
		values[i] = a.boxed()
	}
	v, method, chained := base.boxed(), &runtime.Method{Index: index, Name: name}, base.chained
	optional := m.Optional && f.chains > 0
	if optional && len(args) > 0 {
		f.give("arguments of a method behind ?. are not covered")
	}
	where, member := at(n), at(m)
	out := anyCode(func(r *Frame) any {
		in := make([]reflect.Value, len(values))
		for i, a := range values {
			in[i] = reflect.ValueOf(a(r))
		}
		x := v(r)
		if _, ended := x.(chainEnd); chained && ended || optional && isNil(x) {
			return chainEnd{}
		}
		r.at = member
		fn := runtime.FetchMethod(x, method)
		r.at = where
		res := reflect.ValueOf(fn).Call(in)
		if len(res) == 2 && !res[1].IsNil() {
			panic(res[1].Interface())
		}
		return res[0].Interface()
	})
	out.chained = chained || optional
	return out.as(n.Type())
}

// eventMethod are the methods that rules call on evt.
func (f *compiler) eventMethod(name string, args []code) (code, bool) {
	for _, a := range args {
		if a.typ != typString {
			return code{}, false
		}
	}
	space := event.Meta
	switch {
	case name == "GetType":
		return stringCode(func(r *Frame) string { return r.view.GetType() }), true
	case name == "GetMeta" && len(args) == 1:
		key := args[0].s
		return stringCode(func(r *Frame) string {
			k := key(r)
			if r.view.Type == event.TypeLog {
				text, _ := r.ev.GetName(event.Meta, k)
				return text
			}
			return r.view.GetMeta(k)
		}), true
	case name == "SetParsed" && len(args) == 2:
		space = event.Parsed
	case name == "SetMeta" && len(args) == 2:
	default:
		return code{}, false
	}
	key, value := args[0].s, args[1].s
	return boolCode(func(r *Frame) bool {
		k := key(r)
		v := value(r)
		r.ev.SetName(space, k, v)
		return true
	}), true
}
