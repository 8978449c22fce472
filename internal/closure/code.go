package closure

import (
	"reflect"
	"time"

	"tocsin.example/internal/event"
)

// kind is the type of the values of a closure, as far as it is known when it is made.
type kind uint8

const (
	typAny kind = iota
	typBool
	typString
	typInt
	typFloat
	typList   // of strings
	typEvents // of the queue
	typItem   // one event of the queue, by its position in the trail; -1 is nil
)

// code is a piece of a program: the closure of its type is set.
type code struct {
	typ kind
	v   func(*Frame) any
	b   func(*Frame) bool
	s   func(*Frame) string
	i   func(*Frame) int
	f   func(*Frame) float64
	l   func(*Frame) []string
	e   func(*Frame) span
	p   func(*Frame) part // of typAny, beside v: the value may be still in the text of a document
	// when and times give what v gives without a box: a moment, moments in a slice that belongs to the frame. Nil when they
	// cannot.
	when  func(*Frame) time.Time
	times func(*Frame) []time.Time

	constant bool
	value    any        // of a constant
	field    *event.Ref // the field that it reads
	plain    bool       // it does nothing but read fields: no failure, no charge, no effect
	chained  bool       // it may give chainEnd
	decoded  bool       // it comes from a decoded document, where there are no pointers
	nilLit   bool       // it is written as nil
	test     int        // of events: what they passed
	folded   bool       // it always gives the text in value, but takes steps from the budget
}

func anyCode(v func(*Frame) any) code       { return code{typ: typAny, v: v} }
func boolCode(b func(*Frame) bool) code     { return code{typ: typBool, b: b} }
func stringCode(s func(*Frame) string) code { return code{typ: typString, s: s} }
func intCode(i func(*Frame) int) code       { return code{typ: typInt, i: i} }
func floatCode(f func(*Frame) float64) code { return code{typ: typFloat, f: f} }
func listCode(l func(*Frame) []string) code { return code{typ: typList, l: l} }
func plainly(c code) code                   { c.plain = true; return c }
func (c code) text() (string, bool)         { s, ok := c.value.(string); return s, ok && c.constant }

// constantCode gives a value.
func constantCode(value any) code {
	var c code
	switch value := value.(type) {
	case bool:
		c = boolCode(func(*Frame) bool { return value })
	case string:
		c = stringCode(func(*Frame) string { return value })
	case int:
		c = intCode(func(*Frame) int { return value })
	case float64:
		c = floatCode(func(*Frame) float64 { return value })
	default:
		c = anyCode(func(*Frame) any { return value })
	}
	c.constant, c.value, c.plain = true, value, true
	return c
}

// boxed gives the value whatever its type is.
func (c code) boxed() func(*Frame) any {
	if c.constant {
		value := c.value
		return func(*Frame) any { return value }
	}
	switch c.typ {
	case typBool:
		b := c.b
		return func(r *Frame) any { return b(r) }
	case typString:
		s := c.s
		return func(r *Frame) any { return s(r) }
	case typInt:
		i := c.i
		return func(r *Frame) any { return i(r) }
	case typFloat:
		f := c.f
		return func(r *Frame) any { return f(r) }
	case typList:
		l := c.l
		return func(r *Frame) any { return l(r) }
	case typEvents, typItem:
		panic(uncovered("the queue, or an event of it, is used as a value"))
	default:
		return c.v
	}
}

// truth gives the value as expr's machine needs it at a jump: anything but true and false is a failure there.
func (c code) truth(at int) func(*Frame) bool {
	if c.typ == typBool {
		return c.b
	}
	v := c.boxed()
	return func(r *Frame) bool {
		x := v(r)
		if b, ok := x.(bool); ok {
			return b
		}
		r.at = at
		return x.(bool) //nolint:forcetypeassert // the failure is that of expr's machine
	}
}

// deref follows pointers, as expr's machine does with operands whose type is not known or a pointer.
func deref(v any) any {
	switch v.(type) {
	case nil, string, bool, int, float64, map[string]any, map[string]string, []any, []string:
		return v
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer {
		return v
	}
	for rv.Kind() == reflect.Pointer || rv.Kind() == reflect.Interface {
		if rv.IsNil() {
			return nil
		}
		rv = rv.Elem()
	}
	return rv.Interface()
}

// dereffed gives an operand without pointers.
func (c code) dereffed() code {
	if c.typ != typAny || c.constant || c.decoded {
		return c
	}
	if p := c.p; p != nil {
		c.p = func(r *Frame) part {
			x := p(r)
			x.val = deref(x.val)
			return x
		}
	}
	v := c.v
	c.v = func(r *Frame) any { return deref(v(r)) }
	return c
}

// goType is the type of the values, nil when it is not known.
func (c code) goType() reflect.Type {
	return [...]reflect.Type{
		typAny: nil, typBool: reflect.TypeFor[bool](), typString: reflect.TypeFor[string](), typInt: reflect.TypeFor[int](),
		typFloat: reflect.TypeFor[float64](), typList: reflect.TypeFor[[]string](),
		typEvents: nil, typItem: nil,
	}[c.typ]
}
