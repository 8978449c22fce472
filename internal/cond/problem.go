package cond

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"

	"tocsin.example/internal/diag"
)

// fault turns what expr complains about into problems for people.
type fault struct {
	compiler *Compiler
	kind     Kind
	src      diag.Text
}

// problem translates an error of expr's parser or checker.
func (f *fault) problem(err error) diag.Problem {
	fe, ok := errors.AsType[*file.Error](err)
	if !ok {
		said, hint := plain(err.Error())
		return f.src.Problem(0, hint, "%s", said)
	}
	at := byteOffset(f.src.Value, fe.From)
	msg := fe.Message
	if name, ok := strings.CutPrefix(msg, "unknown name "); ok {
		return f.unknownName(at, name)
	}
	if head, name, ok := strings.Cut(msg, " has no field "); ok {
		return f.unknownMember(at, "field", head, name)
	}
	if head, name, ok := strings.Cut(msg, " has no method "); ok {
		return f.unknownMember(at, "method", head, name)
	}
	said, hint := plain(msg)
	if _, name, ok := strings.Cut(msg, " arguments to call "); ok {
		hint = f.compiler.usage(name)
	}
	return f.src.Problem(at, hint, "%s", said)
}

func (f *fault) unknownName(at int, name string) diag.Problem {
	rest := strings.TrimLeft(f.src.Value[min(at+len(name), len(f.src.Value)):], " \t\r\n")
	_, vars := envOf(f.kind)
	if strings.HasPrefix(rest, "(") {
		if name == "basename" {
			return f.src.Problem(at, "", "the helper basename is for tests only")
		}
		return f.src.Problem(at, suggest(name, f.compiler.names), "unknown helper %s", name)
	}
	hint := suggest(name, vars)
	if hint == "" {
		hint = "here an expression sees " + strings.Join(vars, ", ")
	}
	return f.src.Problem(at, hint, "unknown name %s", name)
}

// unknownMember says that evt.Foo does not exist; head is "type event.View".
func (f *fault) unknownMember(at int, what, head, name string) diag.Problem {
	typ := strings.TrimPrefix(head, "type ")
	hint := suggest(name, membersOf(typ))
	// expr points at the dot or the name; either is in the line that people look at.
	return f.src.Problem(at, hint, "%s has no %s %s", objectName(typ), what, name)
}

// objectName names an object of an environment as rules do.
func objectName(typ string) string {
	switch strings.TrimLeft(typ, "*") {
	case "event.View", "event.Kept":
		return "an event"
	case "event.Line":
		return "evt.Line"
	case "event.Overflow":
		return "an overflow"
	case "event.Appsec":
		return "evt.Appsec"
	case "tocsin.Alert":
		return "an alert"
	case "tocsin.AlertSource":
		return "a source"
	case "cond.Queue":
		return "queue"
	case "cond.Leaky":
		return "leaky"
	case "cond.Request":
		return "req"
	case "string":
		return "text"
	}
	return typ
}

// suggest returns "did you mean X?" for the nearest of the names, "" when none is near.
func suggest(name string, names []string) string {
	if near := diag.Near(name, names); near != "" && near != name {
		return "did you mean " + near + "?"
	}
	return ""
}

// byteOffset converts expr's offset in runes.
func byteOffset(s string, runes int) int {
	at := 0
	for range runes {
		if at >= len(s) {
			return len(s)
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
