package closure

import (
	"fmt"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/vm/runtime"

	"tocsin.example/internal/event"
	"tocsin.example/internal/jsontext"
)

// part is a value of any type without a box: what evt.Unmarshaled has at a path is mostly still text.
type part struct {
	is  form
	doc jsontext.Value // isDoc; not the zero Value
	str string         // isText
	num int            // isInt
	val any            // isAny
}

// form says which field of a part has its value.
type form uint8

const (
	isAny form = iota
	isDoc
	isText
	isInt
)

// docPart is a value in a document; the zero Value is nil.
func docPart(v jsontext.Value) part {
	if v.Kind() == jsontext.None {
		return part{}
	}
	return part{is: isDoc, doc: v}
}

// any gives the value in a box. Lists and objects become copies.
func (p part) any() any {
	switch p.is {
	case isDoc:
		if p.doc.Kind() == jsontext.String {
			return p.doc.String()
		}
		return p.doc.Any()
	case isText:
		return p.str
	case isInt:
		return p.num
	default:
		return p.val
	}
}

// text gives the value if it is text.
//
// hot:
func (p part) text() (string, bool) {
	switch p.is {
	case isDoc:
		return p.doc.String(), p.doc.Kind() == jsontext.String
	case isText:
		return p.str, true
	case isInt:
		return "", false
	default:
		s, ok := p.val.(string)
		return s, ok
	}
}

func (p part) isNil() bool {
	switch p.is {
	case isDoc:
		return p.doc.Kind() == jsontext.Null
	case isAny:
		return isNil(p.val)
	default:
		return false
	}
}

func (p part) ended() bool {
	_, ended := p.val.(chainEnd)
	return ended
}

func partCode(p func(*Frame) part) code {
	return code{typ: typAny, p: p, v: func(r *Frame) any { return p(r).any() }}
}

// isUnboxed reports whether a box for the value would need memory.
func (c code) isUnboxed() bool {
	return c.p != nil || !c.constant && (c.typ == typString || c.typ == typInt)
}

// parts gives the value of any type as a part.
func (c code) parts() func(*Frame) part {
	switch {
	case c.p != nil:
		return c.p
	case c.constant:
	case c.typ == typString:
		s := c.s
		return func(r *Frame) part { return part{is: isText, str: s(r)} }
	case c.typ == typInt:
		i := c.i
		return func(r *Frame) part { return part{is: isInt, num: i(r)} }
	}
	v := c.boxed()
	return func(r *Frame) part { return part{val: v(r)} }
}

// document reads a key of evt.Unmarshaled.
func (f *compiler) document(key string) code {
	if f.eager {
		return plainly(anyCode(func(r *Frame) any { return r.ev.Unmarshaled()[key] }))
	}
	c := plainly(partCode(func(r *Frame) part {
		if v, ok := r.ev.Document(key); ok {
			return docPart(v)
		}
		return part{val: r.ev.Member(key)}
	}))
	c.decoded = true
	return c
}

// writesInside reports whether an expression writes into a map inside evt.Unmarshaled, or may: such a map must be the
// event's own, not a copy.
func (c *Compiler) writesInside(root ast.Node) bool {
	found := false
	ast.Walk(&root, visitor(func(n *ast.Node) {
		call, ok := (*n).(*ast.CallNode)
		if !ok {
			return
		}
		id, ok := call.Callee.(*ast.IdentifierNode)
		if !ok || c.helpers[id.Value] == nil {
			return
		}
		if _, ok := c.helpers[id.Value].Form.(writerForm); !ok || len(call.Arguments) < 3 {
			return
		}
		m, ok := call.Arguments[2].(*ast.MemberNode)
		if !ok {
			found = true
			return
		}
		base, isName := m.Node.(*ast.IdentifierNode)
		name, isText := m.Property.(*ast.StringNode)
		found = found || !isName || base.Value != "evt" || !isText || name.Value != "Unmarshaled"
	}))
	return found
}

type visitor func(*ast.Node)

func (v visitor) Visit(n *ast.Node) { v(n) }

// fetchPart is fetch for what may be in the text of a document.
func (f *compiler) fetchPart(n *ast.MemberNode, base code) code {
	p, optional, where := base.p, n.Optional && f.chains > 0, at(n)
	chained := base.chained
	var out code
	if key, ok := n.Property.(*ast.StringNode); ok {
		name := key.Value
		missing := &failure{f.wrap(fault(where, fmt.Sprintf("cannot fetch %v from %T", name, nil)))}
		out = partCode(func(r *Frame) part {
			x := p(r)
			if x.is == isDoc && x.doc.Kind() == jsontext.Object {
				v, _ := x.doc.Get(name)
				return docPart(v)
			}
			switch {
			case chained && x.ended() || optional && x.isNil():
				return part{val: chainEnd{}}
			case x.is == isDoc && x.isNil():
				panic(missing)
			}
			switch m := x.val.(type) {
			case map[string]any:
				return part{val: m[name]}
			case map[string]string:
				return part{is: isText, str: m[name]}
			case nil:
				if x.is == isAny {
					panic(missing)
				}
			}
			y := x.any()
			r.at = where
			return part{val: runtime.Fetch(y, name)}
		})
	} else {
		key := f.compile(n.Property).dereffed().parts()
		out = partCode(func(r *Frame) part {
			x := p(r)
			if chained && x.ended() || optional && x.isNil() {
				return part{val: chainEnd{}}
			}
			k := key(r)
			if v, ok := x.at(k); ok {
				return docPart(v)
			}
			y, z := x.any(), k.any()
			r.at = where
			return part{val: runtime.Fetch(y, z)}
		})
	}
	out.chained, out.decoded = chained || optional, base.decoded
	return out
}

// at gives an element or a member in the text of a document, where there is one.
func (p part) at(k part) (jsontext.Value, bool) {
	if p.is != isDoc {
		return jsontext.Value{}, false
	}
	if p.doc.Kind() == jsontext.Object {
		s, ok := k.text()
		if !ok {
			return jsontext.Value{}, false
		}
		v, _ := p.doc.Get(s)
		return v, true
	}
	i := k.num
	if k.is != isInt {
		var ok bool
		if i, ok = k.val.(int); !ok {
			return jsontext.Value{}, false
		}
	}
	if i < 0 {
		i += p.doc.Len()
	}
	return p.doc.Index(i)
}

// partBuiltin are functions of expr's own on what may be in the text of a document.
func (f *compiler) partBuiltin(n *ast.BuiltinNode, args []code) (code, bool) {
	if len(args) == 0 || args[0].p == nil {
		return code{}, false
	}
	p, where := args[0].p, at(n)
	switch {
	case n.Name == "int" && len(args) == 1:
		return intCode(func(r *Frame) int {
			x := p(r)
			if x.is == isDoc && x.doc.Kind() == jsontext.Number {
				return int(x.doc.Float())
			}
			y := x.any()
			r.at = where
			return builtin.Int(y).(int) //nolint:forcetypeassert // it gives an int or fails
		}), true
	case n.Name == "get" && len(args) == 2 && args[1].constant:
		get, key, k := builtin.Builtins[builtin.Index["get"]].Func, args[1].value, args[1].parts()
		return partCode(func(r *Frame) part {
			x := p(r)
			if v, ok := x.at(k(r)); ok {
				return docPart(v)
			}
			y := x.any()
			r.at = where
			out, err := get(y, key)
			if err != nil {
				r.failAt(where, err)
			}
			return part{val: out}
		}), true
	}
	return code{}, false
}

// Given is a value without a box.
type Given struct {
	p part
}

// GivenAny is a value that was in a box.
func GivenAny(v any) Given { return Given{part{val: v}} }

// GivenText is a text.
func GivenText(s string) Given { return Given{part{is: isText, str: s}} }

// Text gives the value if it is text.
func (g *Given) Text() (string, bool) { return g.p.text() }

// Int gives the value if it is an int.
func (g *Given) Int() (int, bool) {
	if g.p.is == isInt {
		return g.p.num, true
	}
	i, ok := g.p.val.(int)
	return i, ok
}

// Any gives the value in a box.
func (g *Given) Any() any { return g.p.any() }

// Given evaluates the program as Value does, without a box.
//
// hot:
func (p *Program) Given(r *Frame, ev *event.Event) (out Given, err error) {
	defer func() {
		if x := recover(); x != nil {
			out, err = Given{}, p.caught(r, x)
		}
	}()
	r.enter(p, ev)
	return Given{p.part(r)}, nil
}
