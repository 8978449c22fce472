package closure

import (
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// builtin calls a function of expr's own.
func (f *compiler) builtin(n *ast.BuiltinNode) code {
	if isPredicate(n.Name) {
		return f.loop(n)
	}
	id, ok := builtin.Index[n.Name]
	if !ok {
		f.give("%s is not covered", n.Name)
	}
	fn := builtin.Builtins[id]
	args := make([]code, len(n.Arguments))
	for i, a := range n.Arguments {
		c := f.compile(a)
		t := a.Type()
		if t.Kind() == reflect.Pointer || a.Nature().IsUnknown(&f.cfg.NtCache) {
			if fn.Deref == nil || fn.Deref(i, t) {
				c = c.dereffed()
			}
		}
		args[i] = c
	}
	if c, ok := f.ownBuiltin(n, args); ok {
		return c
	}
	if n.Name == "duration" && len(args) == 1 {
		text, _ := args[0].text()
		if d, err := time.ParseDuration(text); err == nil {
			return constantCode(d)
		}
	}
	where := at(n)
	boxes := make([]func(*Frame) any, len(args))
	for i, a := range args {
		boxes[i] = a.boxed()
	}
	switch {
	case fn.Fast != nil && len(args) == 1:
		v, do := boxes[0], fn.Fast
		return anyCode(func(r *Frame) any {
			x := v(r)
			r.at = where
			return do(x)
		}).as(n.Type())
	case fn.Safe == nil && fn.Fast == nil && fn.Func != nil:
		c := called(fn.Func, boxes, where)
		switch n.Name {
		case "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "trim", "trimPrefix", "trimSuffix", "split", "splitAfter":
			c = c.as(n.Type())
		}
		return c
	}
	f.give("%s is not covered", n.Name)
	return code{}
}

// ownBuiltin are the functions of expr that rules use most, without boxes.
func (f *compiler) ownBuiltin(n *ast.BuiltinNode, args []code) (code, bool) {
	if c, ok := f.partBuiltin(n, args); ok {
		return c, true
	}
	for _, a := range args {
		if a.typ != typString && (n.Name != "len" || a.typ != typList && a.typ != typEvents) {
			return code{}, false
		}
	}
	where := at(n)
	switch {
	case n.Name == "len" && len(args) == 1 && args[0].typ == typEvents:
		e := args[0].e
		return intCode(func(r *Frame) int {
			s := e(r)
			return s.to - s.from
		}), true
	case n.Name == "len" && len(args) == 1 && args[0].typ == typList:
		l := args[0].l
		return intCode(func(r *Frame) int { return len(l(r)) }), true
	case n.Name == "len" && len(args) == 1:
		s := args[0].s
		c := intCode(func(r *Frame) int { return utf8.RuneCountInString(s(r)) })
		c.plain = args[0].plain
		return c, true
	case n.Name == "int" && len(args) == 1:
		s := args[0].s
		return intCode(func(r *Frame) int {
			text := s(r)
			i, err := strconv.Atoi(text)
			if err != nil {
				r.at = where
				panic("invalid operation: int(" + text + ")")
			}
			return i
		}), true
	case n.Name == "string" && len(args) == 1:
		return stringCode(args[0].s), true
	case n.Name == "split" && len(args) == 2:
		s, sep := args[0].s, args[1].s
		return listCode(func(r *Frame) []string {
			text := s(r)
			return strings.Split(text, sep(r))
		}), true
	}
	return f.textBuiltin(n, args)
}

// textBuiltin are those that make a text of texts.
func (f *compiler) textBuiltin(n *ast.BuiltinNode, args []code) (code, bool) {
	switch len(args) {
	case 1:
		do, s := textMakers[n.Name], args[0].s
		switch {
		case do != nil:
			id := f.c.memo(n.Name, n.Arguments[0])
			return stringCode(func(r *Frame) string { return r.recall(id, s(r), do) }), true
		case n.Name == "trim":
			return stringCode(func(r *Frame) string { return strings.TrimSpace(s(r)) }), true
		}
	case 2:
		do := map[string]func(a, b string) string{
			"trim": strings.Trim, "trimPrefix": strings.TrimPrefix, "trimSuffix": strings.TrimSuffix,
		}[n.Name]
		a, b := args[0].s, args[1].s
		if do != nil {
			return stringCode(func(r *Frame) string {
				x := a(r)
				return do(x, b(r))
			}), true
		}
		test := map[string]func(a, b string) bool{"hasPrefix": strings.HasPrefix, "hasSuffix": strings.HasSuffix}[n.Name]
		if test != nil {
			return boolCode(func(r *Frame) bool {
				x := a(r)
				return test(x, b(r))
			}), true
		}
	}
	return code{}, false
}
