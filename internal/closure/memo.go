package closure

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/expr-lang/expr/ast"

	"tocsin.example/internal/event"
)

// memo is what a function made of a text in this event. It is known by where the text stands: while the event lives,
// the bytes there do not change, and a field that is written holds another text.
type memo struct {
	epoch   uint64
	in, out string
}

// maxMemos bounds the functions of fields that are remembered; further ones are computed each time.
const maxMemos = 4096

// maxMemoKey is the longest text of an argument, in bytes, and maxMemoDepth how many functions it may lie in.
const (
	maxMemoKey   = 200
	maxMemoDepth = 3
)

// memo returns the number under which a function of an argument is remembered, -1 for none. What is remembered are
// functions of fields, which many rules have in common.
func (c *Compiler) memo(name string, arg ast.Node) int {
	inner := arg
	for range maxMemoDepth {
		if call, ok := inner.(*ast.CallNode); ok && len(call.Arguments) == 2 {
			inner = call.Arguments[1]
		}
	}
	m, ok := inner.(*ast.MemberNode)
	if !ok {
		return -1
	}
	if _, ok := m.Property.(*ast.StringNode); !ok {
		return -1
	}
	key := name + "(" + arg.String() + ")"
	if id, ok := c.memoIDs[key]; ok {
		return id
	}
	if len(c.memoIDs) >= maxMemos || len(key) > maxMemoKey {
		return -1
	}
	id := len(c.memoIDs)
	c.memoIDs[key] = id
	return id
}

// recall returns what a function makes of a text, from memory if it was asked in this event.
//
// hot:
func (r *Frame) recall(id int, in string, do func(*event.Scratch, string) string) string {
	if id < 0 || in == "" {
		return do(r.ev.Scratch(), in)
	}
	if id >= len(r.memos) {
		r.memos = append(r.memos, make([]memo, id+1-len(r.memos))...)
	}
	m := &r.memos[id]
	//nolint:gosec // only the addresses of texts are compared
	if m.epoch == r.epoch && len(m.in) == len(in) && unsafe.StringData(m.in) == unsafe.StringData(in) {
		return m.out
	}
	out := do(r.ev.Scratch(), in)
	*m = memo{epoch: r.epoch, in: in, out: out}
	return out
}

// textMakers are the functions of a text that are remembered for an event: they depend on nothing else and do not fail.
var textMakers = map[string]func(*event.Scratch, string) string{
	"Lower": lower, "lower": lower, "Upper": upper, "upper": upper,
	"PathUnescape":  func(s *event.Scratch, text string) string { return unescapeIn(s, text, false) },
	"QueryUnescape": func(s *event.Scratch, text string) string { return unescapeIn(s, text, true) },
}

func lower(s *event.Scratch, text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return folded(s, text, i, 'A', 'Z', strings.ToLower)
		}
	}
	return text
}

func upper(s *event.Scratch, text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'a' <= c && c <= 'z' {
			return folded(s, text, i, 'a', 'z', strings.ToUpper)
		}
	}
	return text
}

// folded changes the case of the letters from a to z, behind the first i bytes. What is not ASCII is left to Go.
func folded(s *event.Scratch, text string, i int, a, z byte, other func(string) string) string {
	b := append(s.Room(len(text)), text...)
	for ; i < len(b); i++ {
		c := b[i]
		if c >= utf8.RuneSelf {
			return other(text)
		}
		if a <= c && c <= z {
			b[i] = c ^ 0x20
		}
	}
	return s.Text(b)
}

// unescapeIn decodes %xx, and + in a query; the text itself when there is a fault in it.
func unescapeIn(s *event.Scratch, text string, query bool) string {
	if strings.IndexByte(text, '%') < 0 && (!query || strings.IndexByte(text, '+') < 0) {
		return text
	}
	b := s.Room(len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			if i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return text
			}
			b = append(b, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 2
		case c == '+' && query:
			b = append(b, ' ')
		default:
			b = append(b, c)
		}
	}
	return s.Text(b)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}
