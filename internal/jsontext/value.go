package jsontext

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Value is a value in a [Doc], until its next Parse or Reset. The zero Value has the kind None; asking a value for what
// its kind has not gives zero values.
type Value struct {
	doc *Doc
	i   uint32
}

func (v Value) node() *node { return &v.doc.nodes[v.i] }

// Kind says what the value is.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return None
	}
	return v.node().kind
}

func (v Value) is(k Kind) bool { return v.doc != nil && v.node().kind == k }

// Bool returns the value of a Bool.
func (v Value) Bool() bool { return v.is(Bool) && v.node().marks&isTrue != 0 }

// Float returns the value of a Number.
func (v Value) Float() float64 {
	if !v.is(Number) {
		return 0
	}
	f, _ := strconv.ParseFloat(v.Raw(), 64) // Parse has seen that it is in range
	return f
}

// String returns the value of a String, valid as long as v. It is part of the text, or is decoded once into memory that
// the Doc uses again.
//
// hot:
func (v Value) String() string {
	if !v.is(String) {
		return ""
	}
	return v.doc.string(v.node())
}

// Raw returns the value as it stands in the text, a String without its quotes.
func (v Value) Raw() string {
	if v.doc == nil {
		return ""
	}
	n := v.node()
	return v.doc.text[n.at:n.end]
}

// Len is how many elements a List or members an Object has; of equal keys each counts.
func (v Value) Len() int {
	if !v.is(List) && !v.is(Object) {
		return 0
	}
	return int(v.node().n)
}

// Elements goes through the elements of a List.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.is(List) {
			return
		}
		d := v.doc
		for i, end := v.i+1, v.node().next; i < end && yield(Value{d, i}); i = d.nodes[i].next {
		}
	}
}

// Members goes through the keys and values of an Object in the order of the text; equal keys come again.
func (v Value) Members() iter.Seq2[Value, Value] {
	return func(yield func(key, value Value) bool) {
		if !v.is(Object) {
			return
		}
		d := v.doc
		for i, end := v.i+1, v.node().next; i < end && yield(Value{d, i}, Value{d, i + 1}); i = d.nodes[i+1].next {
		}
	}
}

// Member is a key and its value.
type Member struct {
	Key   string // valid as long as the Value
	Value Value
}

// AppendMembers appends what an Object means: its members by sorted keys, of equal keys the last.
func (v Value) AppendMembers(dst []Member) []Member {
	from := len(dst)
	for k, e := range v.Members() {
		dst = append(dst, Member{Key: k.String(), Value: e})
	}
	all := dst[from:]
	slices.SortFunc(all, func(a, b Member) int {
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return cmp.Compare(b.Value.i, a.Value.i)
	})
	all = slices.CompactFunc(all, func(a, b Member) bool { return a.Key == b.Key })
	return dst[:from+len(all)]
}

// What is short is gone through; what is long gets a table, an object when it is asked often.
const (
	short    = 16
	askOften = 4
)

// Index returns an element of a List, counted from 0.
//
// hot:
func (v Value) Index(i int) (Value, bool) {
	if !v.is(List) || i < 0 || i >= v.Len() {
		return Value{}, false
	}
	d, n := v.doc, v.node()
	if n.n > short {
		return Value{d, d.places(v)[i]}, true
	}
	at := v.i + 1
	for ; i > 0; i-- {
		at = d.nodes[at].next
	}
	return Value{d, at}, true
}

// places returns the table of the nodes of a long list.
func (d *Doc) places(v Value) []uint32 {
	n := v.node()
	if n.side == 0 {
		n.side = uint32(len(d.side) + 1) //nolint:gosec // fewer than nodes
		for e := range v.Elements() {
			d.side = append(d.side, e.i)
		}
	}
	return d.side[n.side-1:][:n.n]
}

// Get returns a member of an Object; of equal keys the last.
//
// hot:
func (v Value) Get(key string) (Value, bool) {
	if !v.is(Object) {
		return Value{}, false
	}
	d, n := v.doc, v.node()
	if n.n > short {
		if n.asked >= askOften {
			return d.lookUp(v, key)
		}
		n.asked++
	}
	found := uint32(0)
	nodes := d.nodes
	for i, end := v.i+1, n.next; i < end; i = nodes[i+1].next {
		k := &nodes[i]
		if k.marks == 0 {
			if int(k.end-k.at) != len(key) || d.text[k.at:k.end] != key {
				continue
			}
		} else if d.string(k) != key {
			continue
		}
		found = i + 1
	}
	if found == 0 {
		return Value{}, false
	}
	return Value{d, found}, true
}

// lookUp is Get by a table of the keys.
func (d *Doc) lookUp(v Value, key string) (Value, bool) {
	n := v.node()
	size := uint32(1)
	for size < 2*n.n {
		size *= 2
	}
	if n.side == 0 {
		n.side = uint32(len(d.side) + 1) //nolint:gosec // a few times the nodes
		d.side = slices.Grow(d.side, int(size))[:n.side-1+size]
		table := d.side[n.side-1:]
		clear(table)
		for k := range v.Members() {
			table[d.slot(table, k.String())] = k.i
		}
	}
	table := d.side[n.side-1:][:size]
	i := table[d.slot(table, key)]
	if i == 0 {
		return Value{}, false
	}
	return Value{d, i + 1}, true
}

// slot is where a key is in a table, or where it is to be put.
func (d *Doc) slot(table []uint32, key string) uint32 {
	last := uint32(len(table) - 1)                     //nolint:gosec // a power of two
	at := uint32(maphash.String(d.seed(), key)) & last //nolint:gosec // the low half of it
	for table[at] != 0 && d.string(&d.nodes[table[at]]) != key {
		at = (at + 1) & last
	}
	return at
}

func (d *Doc) seed() maphash.Seed {
	if !d.seeded {
		d.hash, d.seeded = maphash.MakeSeed(), true // random: nobody can choose keys that collide
	}
	return d.hash
}

// string decodes a string or a key.
func (d *Doc) string(n *node) string {
	s := d.text[n.at:n.end]
	switch {
	case n.marks == 0:
		return s
	case n.marks&made != 0:
		b := d.scratch[n.n:][:n.side]
		return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the bytes stay until Reset
	case n.marks == wide && utf8.ValidString(s):
		n.marks = 0
		return s
	}
	from := len(d.scratch)
	d.scratch = unquote(d.scratch, s)
	n.n, n.side = uint32(from), uint32(len(d.scratch)-from) //nolint:gosec // no longer than three times the text
	n.marks |= made
	b := d.scratch[from:]
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the bytes stay until Reset
}

// unquote appends the inside of a string decoded.
func unquote(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
		case c != '\\':
			b = append(b, c)
			i++
		case s[i+1] == 'u':
			r, n := runeOf(s, i)
			b = utf8.AppendRune(b, r)
			i += n
		default:
			b = append(b, meaning(s[i+1]))
			i += 2
		}
	}
	return b
}

// runeOf decodes \uXXXX, two of them when they are a pair of surrogates, and says how long that is.
func runeOf(s string, i int) (r rune, n int) {
	r, _ = hex4(s, i+2)
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if strings.HasPrefix(s[i+6:], `\u`) {
		low, _ := hex4(s, i+8)
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func meaning(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	default:
		return c
	}
}

// Any returns what encoding/json makes of the value: nil, bool, float64, string, []any or map[string]any. Nothing in it
// belongs to the Doc or to the text; its strings may share one copy of the value's text.
func (v Value) Any() any {
	if v.doc == nil {
		return nil
	}
	switch n := v.node(); n.kind {
	case List, Object, String:
		return v.doc.any(v, strings.Clone(v.Raw()), n.at)
	default:
		return v.doc.any(v, "", 0)
	}
}

// any makes a value of which own is a copy of the text from a place on.
func (d *Doc) any(v Value, own string, from uint32) any {
	switch n := v.node(); n.kind {
	case Bool:
		return n.marks&isTrue != 0
	case Number:
		return v.Float()
	case String:
		return d.own(n, own, from)
	case List:
		out := make([]any, 0, n.n)
		for e := range v.Elements() {
			out = append(out, d.any(e, own, from))
		}
		return out
	case Object:
		out := make(map[string]any, n.n)
		for k, e := range v.Members() {
			out[d.own(k.node(), own, from)] = d.any(e, own, from)
		}
		return out
	default:
		return nil
	}
}

// own returns a string that does not belong to the Doc.
func (d *Doc) own(n *node, own string, from uint32) string {
	s := d.text[n.at:n.end]
	if n.marks == 0 || n.marks == wide && utf8.ValidString(s) {
		return own[n.at-from : n.end-from]
	}
	if n.marks&made != 0 {
		return strings.Clone(d.string(n))
	}
	return string(unquote(make([]byte, 0, len(s)), s))
}
