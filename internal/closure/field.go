package closure

import (
	"fmt"
	"reflect"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/vm/runtime"

	"tocsin.example/internal/event"
)

// chainEnd is what a chain of ?. gives behind a member that is not there.
type chainEnd struct{}

// chain evaluates a chain of ?.; nilly says that what has no value becomes nil without a type.
func (f *compiler) chain(n *ast.ChainNode, nilly bool) code {
	f.chains++
	c := f.compile(n.Node)
	f.chains--
	if c.typ != typAny && c.typ != typList {
		return c
	}
	v, chained := c.boxed(), c.chained
	if p := c.p; p != nil {
		out := partCode(func(r *Frame) part {
			x := p(r)
			if chained && x.ended() || nilly && x.isNil() {
				return part{}
			}
			return x
		})
		out.decoded = c.decoded
		return out
	}
	return anyCode(func(r *Frame) any {
		x := v(r)
		if _, ended := x.(chainEnd); chained && ended || nilly && isNil(x) {
			return nil
		}
		return x
	})
}

var spaceByName = map[string]event.Space{"Parsed": event.Parsed, "Meta": event.Meta, "Enriched": event.Enriched}

func (f *compiler) isEvt(n ast.Node) bool {
	if f.ofElement {
		return f.isElement(n)
	}
	id, ok := n.(*ast.IdentifierNode)
	_, shadowed := f.vars["evt"]
	return ok && id.Value == "evt" && !shadowed
}

// partOfEvt returns the name of a part of evt: Parsed for evt.Parsed.
func (f *compiler) partOfEvt(n ast.Node) string {
	m, ok := n.(*ast.MemberNode)
	if !ok || !f.isEvt(m.Node) {
		return ""
	}
	name, ok := m.Property.(*ast.StringNode)
	if !ok {
		return ""
	}
	return name.Value
}

func (f *compiler) member(n *ast.MemberNode) code {
	if f.isQueue(n, "Queue") {
		return wholeQueue()
	}
	if c, ok := f.ofItem(n); ok {
		return c
	}
	if ok, _, name := checker.MethodIndex(&f.cfg.NtCache, f.cfg.Env, n); ok {
		f.give("the method %s is not called", name)
	}
	part := f.partOfEvt(n.Node)
	if sp, ok := spaceByName[part]; ok {
		return f.fieldOf(sp, n)
	}
	switch f.partOfEvt(n) {
	case "Parsed":
		return plainly(anyCode(func(r *Frame) any { return r.ev.View().Parsed }))
	case "Meta":
		return plainly(anyCode(func(r *Frame) any { return r.ev.View().Meta }))
	case "Enriched":
		return plainly(anyCode(func(r *Frame) any { return r.ev.View().Enriched }))
	case "Unmarshaled":
		return plainly(anyCode(func(r *Frame) any { return r.ev.Unmarshaled() }))
	}
	if part == "Unmarshaled" {
		if key, ok := n.Property.(*ast.StringNode); ok {
			return f.document(key.Value)
		}
	}
	if c, ok := f.scalar(n); ok {
		return c
	}
	if ok, index, name := checker.FieldIndex(&f.cfg.NtCache, f.cfg.Env, n); ok {
		return f.structField(n, index, name)
	}
	return f.fetch(n)
}

// fieldOf reads a field of one of the three spaces.
func (f *compiler) fieldOf(sp event.Space, n *ast.MemberNode) code {
	if key, ok := n.Property.(*ast.StringNode); ok {
		ref := f.c.schema.Ref(sp, key.Value)
		c := plainly(stringCode(func(r *Frame) string { return r.ev.Text(&ref) }))
		c.field = &ref
		return c
	}
	key := f.compile(n.Property).dereffed()
	if key.typ == typString {
		s := key.s
		return stringCode(func(r *Frame) string {
			text, _ := r.ev.GetName(sp, s(r))
			return text
		})
	}
	v, where := key.boxed(), at(n)
	return anyCode(func(r *Frame) any {
		k := v(r)
		if s, ok := k.(string); ok {
			text, _ := r.ev.GetName(sp, s)
			return text
		}
		r.at = where
		return runtime.Fetch(r.ev.Map(sp), k)
	})
}

// scalar reads the parts of evt that are texts, numbers, true or false.
func (f *compiler) scalar(n *ast.MemberNode) (code, bool) {
	name := f.partOfEvt(n)
	if name == "" {
		if name = f.partOfEvt(n.Node); name == "" {
			return f.label(n)
		}
		key, ok := n.Property.(*ast.StringNode)
		if !ok {
			return code{}, false
		}
		name += "." + key.Value
	}
	if read, ok := eventTexts[name]; ok {
		return plainly(stringCode(func(r *Frame) string { return *read(r.view) })), true
	}
	switch name {
	case "Type":
		return plainly(intCode(func(r *Frame) int { return r.view.Type })), true
	case "Whitelisted":
		return plainly(boolCode(func(r *Frame) bool { return r.view.Whitelisted })), true
	}
	return code{}, false
}

var eventTexts = map[string]func(*event.View) *string{
	"Line.Raw":        func(v *event.View) *string { return &v.Line.Raw },
	"Line.Src":        func(v *event.View) *string { return &v.Line.Src },
	"Line.Module":     func(v *event.View) *string { return &v.Line.Module },
	"Stage":           func(v *event.View) *string { return &v.Stage },
	"StrTime":         func(v *event.View) *string { return &v.StrTime },
	"StrTimeFormat":   func(v *event.View) *string { return &v.StrTimeFormat },
	"MarshaledTime":   func(v *event.View) *string { return &v.MarshaledTime },
	"WhitelistReason": func(v *event.View) *string { return &v.WhitelistReason },
}

// label reads evt.Line.Labels.x.
func (f *compiler) label(n *ast.MemberNode) (code, bool) {
	labels, ok := n.Node.(*ast.MemberNode)
	if !ok || f.partOfEvt(labels.Node) != "Line" {
		return code{}, false
	}
	name, ok := labels.Property.(*ast.StringNode)
	key, constant := n.Property.(*ast.StringNode)
	if !ok || !constant || name.Value != "Labels" {
		return code{}, false
	}
	label := key.Value
	return plainly(stringCode(func(r *Frame) string { return r.ev.Label(label) })), true
}

// structField reads a field of a struct, going through all structs on the way at once, as expr's compiler does: where
// one is missing, the failure names the first.
func (f *compiler) structField(n *ast.MemberNode, index []int, name string) code {
	typ, path, node, base := n.Type(), []string{name}, n, n.Node
	for !node.Optional {
		if f.isEvt(base) {
			return f.ofView(typ, &runtime.Field{Index: index, Path: path}, at(node))
		}
		m, ok := base.(*ast.MemberNode)
		if !ok {
			break
		}
		ok, more, name := checker.FieldIndex(&f.cfg.NtCache, f.cfg.Env, m)
		if !ok {
			break
		}
		index, path = append(more, index...), append([]string{name}, path...)
		node, base = m, m.Node
	}
	field := &runtime.Field{Index: index, Path: path}
	c, optional := f.compile(base), node.Optional && f.chains > 0
	v, chained, where := c.boxed(), c.chained, at(node)
	out := anyCode(func(r *Frame) any {
		x := v(r)
		if _, ended := x.(chainEnd); chained && ended || optional && isNil(x) {
			return chainEnd{}
		}
		r.at = where
		return runtime.FetchField(x, field)
	})
	out.chained = chained || optional
	return out.as(typ)
}

// ofView reads a field of the event outside of its maps.
func (f *compiler) ofView(typ reflect.Type, field *runtime.Field, where int) code {
	if f.ofElement {
		if len(field.Index) == len(field.Path) {
			f.give("%s of an event of the queue is not covered", field.Path[0])
		}
		field.Index = field.Index[1:] // of event.Kept, in which only its View is embedded
	}
	if len(field.Path) != len(field.Index) {
		f.give("embedded fields are not covered")
	}
	if typ == reflect.TypeFor[string]() {
		return stringCode(func(r *Frame) string {
			r.at = where
			return textAt(r.view, field)
		})
	}
	return anyCode(func(r *Frame) any {
		r.at = where
		return runtime.FetchField(r.view, field)
	}).as(typ)
}

// textAt is runtime.FetchField of a field that is text, without a box for it.
//
// hot:
func textAt(view *event.View, field *runtime.Field) string {
	v := reflect.ValueOf(view)
	for _, i := range field.Index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return runtime.FetchField(view, field).(string) //nolint:forcetypeassert // it fails, in its own words
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v.String()
}

// as gives a value that is known to have a Go type by the closure of that type.
func (c code) as(t reflect.Type) code {
	if c.typ != typAny || c.chained || t == nil {
		return c
	}
	v := c.v
	//nolint:forcetypeassert // Go's types say so
	switch t {
	case reflect.TypeFor[string]():
		return stringCode(func(r *Frame) string { return v(r).(string) })
	case reflect.TypeFor[bool]():
		return boolCode(func(r *Frame) bool { return v(r).(bool) })
	case reflect.TypeFor[int]():
		return intCode(func(r *Frame) int { return v(r).(int) })
	case reflect.TypeFor[float64]():
		return floatCode(func(r *Frame) float64 { return v(r).(float64) })
	case reflect.TypeFor[[]string]():
		return listCode(func(r *Frame) []string { return v(r).([]string) })
	}
	return c
}

// fetch reads a key of a map, or an element of a list, whose type is not known.
func (f *compiler) fetch(n *ast.MemberNode) code {
	base := f.compile(n.Node)
	if base.typ == typEvents {
		return f.item(base, n)
	}
	optional, where := n.Optional && f.chains > 0, at(n)
	if base.typ == typList && !optional {
		if i := f.compile(n.Property).dereffed(); i.typ == typInt {
			return f.element(base.l, i, where)
		}
	}
	if base.p != nil {
		return f.fetchPart(n, base)
	}
	v, chained := base.boxed(), base.chained
	end := func(x any) bool {
		_, ended := x.(chainEnd)
		return chained && ended || optional && isNil(x)
	}
	if key, ok := n.Property.(*ast.StringNode); ok {
		name := key.Value
		missing := &failure{f.wrap(fault(where, fmt.Sprintf("cannot fetch %v from %T", name, nil)))}
		out := anyCode(func(r *Frame) any {
			x := v(r)
			if (chained || optional) && end(x) {
				return chainEnd{}
			}
			switch m := x.(type) {
			case map[string]any:
				return m[name]
			case map[string]string:
				return m[name]
			case nil:
				panic(missing)
			}
			r.at = where
			return runtime.Fetch(x, name)
		})
		out.chained, out.plain = chained || optional, false
		return out
	}
	k := f.compile(n.Property).dereffed().boxed()
	out := anyCode(func(r *Frame) any {
		x := v(r)
		if (chained || optional) && end(x) {
			return chainEnd{}
		}
		key := k(r)
		r.at = where
		return runtime.Fetch(x, key)
	})
	out.chained = chained || optional
	return out
}

// element reads an element of a list of texts; a negative index counts from the end.
func (f *compiler) element(list func(*Frame) []string, index code, where int) code {
	i := index.i
	return stringCode(func(r *Frame) string {
		all := list(r)
		return all[r.within(i(r), len(all), where)]
	})
}

// within returns the place of an index in a list of n elements.
func (r *Frame) within(i, n, where int) int {
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		r.at = where
		panic(fmt.Sprintf("index out of range: %v (array length is %v)", i, n))
	}
	return i
}

// slice cuts texts and lists.
func (f *compiler) slice(n *ast.SliceNode) code {
	base, where := f.compile(n.Node), at(n)
	to, from := constantCode(nil), constantCode(0) // what is left out
	if n.To != nil {
		to = f.compile(n.To).dereffed()
	}
	if n.From != nil {
		from = f.compile(n.From).dereffed()
	}
	if base.typ == typEvents {
		return f.sliceEvents(base, from, to)
	}
	if base.typ == typString && from.typ == typInt && (n.To == nil || to.typ == typInt) {
		s, a, b := base.s, from.i, to.i
		return stringCode(func(r *Frame) string {
			text := s(r)
			end := len(text)
			if b != nil {
				end = b(r)
			}
			start := a(r)
			i, j := bounds(start, end, len(text))
			return text[i:j]
		})
	}
	v, a, b := base.boxed(), from.boxed(), to.boxed()
	toEnd, chained := n.To == nil, base.chained
	out := anyCode(func(r *Frame) any {
		x := v(r)
		if _, ended := x.(chainEnd); chained && ended {
			return x
		}
		end := b(r)
		if toEnd {
			r.at = where
			end = runtime.Len(x)
		}
		start := a(r)
		r.at = where
		return runtime.Slice(x, start, end)
	})
	out.chained = chained
	return out
}

// bounds are what a slice from a to b is of n elements: negative ends count from the end, and nothing is out of range.
func bounds(a, b, n int) (from, to int) {
	if a < 0 {
		a += n
	}
	if b < 0 {
		b += n
	}
	a, b = max(a, 0), min(max(b, 0), n)
	return min(a, b), b
}
