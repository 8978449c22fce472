package jsontext

import (
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Why texts are no JSON.
const (
	cutOff    = "the text ends in the middle"
	noValue   = "there is no value"
	noKey     = "there is no key"
	noColon   = "a colon is missing"
	noComma   = "a comma or a closing bracket is missing"
	tooMuch   = "there is more behind the value"
	badEscape = "there is no such escape"
	badByte   = "a control character must be escaped"
	badNumber = "the number is faulty"
	tooLarge  = "the number is too large"
	tooDeep   = "there are too many brackets in each other"
)

// read makes the nodes of the text. It returns what is wrong, "" for nothing, and where.
func (d *Doc) read() (at int, what string) {
	s := d.text
	i := skip(s, 0)
	for {
		if i >= len(s) {
			return i, cutOff
		}
		switch c := s[i]; c {
		case '{', '[':
			if len(d.open) >= MaxDepth {
				return i, tooDeep
			}
			i = d.begin(c, i)
			if i < len(s) && s[i] == c+2 { // } and ] are two behind { and [
				break
			}
			if c == '{' {
				if i, what = d.key(i); what != "" {
					return i, what
				}
			}
			continue
		case '"':
			end, marks := inside(s, i+1)
			if end < 0 {
				return fault(s, i+1)
			}
			d.add(node{at: uint32(i + 1), end: uint32(end), kind: String, marks: marks}) //nolint:gosec // bounded by MaxText
			i = end + 1
		default:
			if i, what = d.word(i); what != "" {
				return i, what
			}
		}
		var more bool
		if i, more, what = d.after(i); what != "" || !more {
			return i, what
		}
	}
}

// after goes from behind a value to the next one; more is false when there is none.
func (d *Doc) after(i int) (at int, more bool, what string) {
	s := d.text
	for len(d.open) > 0 {
		top := &d.nodes[d.open[len(d.open)-1]]
		i = skip(s, i)
		if i >= len(s) {
			return i, false, cutOff
		}
		switch c := s[i]; {
		case c == ',':
			i = skip(s, i+1)
			if top.kind == List {
				return i, true, ""
			}
			i, what = d.key(i)
			return i, true, what
		case c == ']' && top.kind == List, c == '}' && top.kind == Object:
			i++
			top.end, top.next = uint32(i), uint32(len(d.nodes)) //nolint:gosec // bounded by MaxText
			d.open = d.open[:len(d.open)-1]
			d.count()
		default:
			return i, false, noComma
		}
	}
	if i = skip(s, i); i < len(s) {
		return i, false, tooMuch
	}
	return i, false, ""
}

// add adds the node of a value that has no others in it.
func (d *Doc) add(n node) {
	n.next = uint32(len(d.nodes) + 1) //nolint:gosec // fewer than bytes
	d.nodes = append(d.nodes, n)
	d.count()
}

// count counts a value to the list or object that it is in.
func (d *Doc) count() {
	if len(d.open) > 0 {
		d.nodes[d.open[len(d.open)-1]].n++
	}
}

// begin adds the node of a list or an object, and returns where its inside begins.
func (d *Doc) begin(c byte, i int) int {
	kind := List
	if c == '{' {
		kind = Object
	}
	d.open = append(d.open, uint32(len(d.nodes)))              //nolint:gosec // fewer than bytes
	d.nodes = append(d.nodes, node{at: uint32(i), kind: kind}) //nolint:gosec // bounded by MaxText
	return skip(d.text, i+1)
}

// key adds the node of a key, and returns where its value begins.
func (d *Doc) key(i int) (at int, what string) {
	s := d.text
	if i >= len(s) {
		return i, cutOff
	}
	if s[i] != '"' {
		return i, noKey
	}
	end, marks := inside(s, i+1)
	if end < 0 {
		return fault(s, i+1)
	}
	d.nodes = append(d.nodes, node{
		at: uint32(i + 1), end: uint32(end), next: uint32(len(d.nodes) + 1), kind: String, marks: marks, //nolint:gosec // bounded
	})
	i = skip(s, end+1)
	if i >= len(s) {
		return i, cutOff
	}
	if s[i] != ':' {
		return i, noColon
	}
	return skip(s, i+1), ""
}

// word adds the node of a number, of true, false or null.
func (d *Doc) word(i int) (at int, what string) {
	s := d.text
	n := node{at: uint32(i)} //nolint:gosec // bounded by MaxText
	end := i + 4
	switch c := s[i]; {
	case c == '-' || c >= '0' && c <= '9':
		if end = number(s, i); end < 0 {
			return i, badNumber
		}
		if !inRange(s[i:end]) {
			return i, tooLarge
		}
		n.kind = Number
	case c == 't' && end <= len(s) && s[i:end] == "true":
		n.kind, n.marks = Bool, isTrue
	case c == 'n' && end <= len(s) && s[i:end] == "null":
		n.kind = Null
	case c == 'f' && end < len(s) && s[i:end+1] == "false":
		n.kind = Bool
		end++
	default:
		return i, noValue
	}
	n.end = uint32(end) //nolint:gosec // bounded by MaxText
	d.add(n)
	return end, ""
}

func skip(s string, i int) int {
	for i < len(s) && s[i] <= ' ' && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// Eight bytes at once.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// inside returns where the string whose inside begins at i ends, at its quote, and what is in it; -1 for a fault.
func inside(s string, i int) (end int, marks uint8) {
	for {
		for len(s)-i >= 8 {
			t := s[i : i+8]
			w := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
				uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
			// The lowest high bit is that of the first byte that is a control character, a quote, a backslash or not ASCII.
			special := ((w - ' '*ones) | ((w ^ '"'*ones) - ones) | ((w ^ '\\'*ones) - ones) | w) & highs
			if special != 0 {
				i += bits.TrailingZeros64(special) >> 3
				break
			}
			i += 8
		}
		if i >= len(s) {
			return -1, 0
		}
		switch c := s[i]; {
		case c == '"':
			return i, marks
		case c == '\\':
			n := escape(s, i)
			if n == 0 {
				return -1, 0
			}
			marks |= escaped
			i += n
		case c < ' ':
			return -1, 0
		case c >= utf8.RuneSelf:
			marks |= wide
			for i < len(s) && s[i] >= utf8.RuneSelf {
				i++
			}
		default:
			i++
		}
	}
}

// escape is how long the escape at i is, 0 when it is none.
func escape(s string, i int) int {
	if i+1 >= len(s) {
		return 0
	}
	switch s[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(s, i+2); ok {
			return 6
		}
	}
	return 0
}

// hex4 reads four hexadecimal digits.
func hex4(s string, i int) (rune, bool) {
	if len(s)-i < 4 {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// fault says what is wrong in a string whose inside begins at i.
func fault(s string, i int) (at int, what string) {
	for i < len(s) {
		switch c := s[i]; {
		case c < ' ':
			return i, badByte
		case c == '\\':
			n := escape(s, i)
			if n == 0 {
				return i, badEscape
			}
			i += n
		default:
			i++
		}
	}
	return i, cutOff
}

// number returns where the number at i ends, -1 when it is faulty.
func number(s string, i int) int {
	if s[i] == '-' {
		i++
	}
	first := i
	if i = digits(s, i); i == first || s[first] == '0' && i > first+1 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		first = i + 1
		if i = digits(s, first); i == first {
			return -1
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		first = i
		if i = digits(s, first); i == first {
			return -1
		}
	}
	return i
}

func digits(s string, i int) int {
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	return i
}

// surely is up to how many bytes a number without an exponent is no larger than a float64 can be.
const surely = 300

// inRange reports whether a number is one as float64. Most can be seen to be without reading them.
func inRange(s string) bool {
	if len(s) <= surely && !hasExponent(s) {
		return true
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

func hasExponent(s string) bool {
	for i := len(s) - 1; i > 0; i-- {
		if s[i]|0x20 == 'e' {
			return true
		}
	}
	return false
}
