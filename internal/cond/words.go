package cond

import (
	"reflect"
	"strings"

	"tocsin.example/internal/wording"
)

// plain says in our words what expr complains about, with advice where there is some.
func plain(msg string) (said, hint string) { return wording.Plain(msg, objectName) }

// usage shows how a helper is called, "" when the name is none.
func (c *Compiler) usage(name string) string {
	h := c.helpers[name]
	if h == nil || h.hidden() || len(h.types) == 0 {
		return ""
	}
	var args []string
	t := h.types[0]
	for i := range t.NumIn() {
		switch in := t.In(i); {
		case in == reflect.TypeFor[*Run](): // expr's own, not the rule's
		case t.IsVariadic() && i == t.NumIn()-1:
			args = append(args, typeName(in.Elem())+" ...")
		default:
			args = append(args, typeName(in))
		}
	}
	return "write " + name + "(" + strings.Join(args, ", ") + ")"
}
