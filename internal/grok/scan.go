package grok

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A part of a definition: expression text, or a reference to another definition.
type part struct {
	text  string // expression text for Go's regexp; its groups capture nothing
	ref   string // name referred to; "" for text
	field string // field the reference fills; "" for none
	at    int    // byte offset in the definition as written
}

// A fault is something the definition asks for that RE2 syntax does not have.
type fault struct {
	at     int
	reason string
	hint   string
}

// A lookAlike is `%{...}` that stays literal text.
type lookAlike struct {
	at   int
	text string
	why  string
	hint string
}

// scanned is a definition taken apart.
type scanned struct {
	parts  []part
	alikes []lookAlike
	fault  *fault // the first one; parts end there
}

// What stands before the place the scanner is at, to tell what a quantifier repeats.
type before int

const (
	nothing    before = iota // the start of a branch
	atom                     // something that may be repeated
	quantifier               // a quantifier that may not be followed by another
)

// scanner takes a definition apart. It knows just enough of RE2's syntax to tell a group from a
// parenthesis in a class or behind a backslash: group numbers must not depend on counting characters.
type scanner struct {
	src  string
	pos  int
	out  strings.Builder
	from int // where the text in out began
	open []int
	prev before
	res  scanned
}

// scan takes src apart. It always returns; what RE2 cannot do is in the result's fault.
func scan(src string) scanned {
	s := &scanner{src: src}
	for s.pos < len(src) && s.res.fault == nil {
		s.step()
	}
	s.flush()
	if s.res.fault == nil && len(s.open) > 0 {
		s.fail(s.open[len(s.open)-1], "the group opened with `(` is never closed", "add `)`, or write `\\(` for the character")
	}
	return s.res
}

func (s *scanner) step() {
	switch c := s.src[s.pos]; c {
	case '\\':
		s.escape()
	case '[':
		s.class()
	case '(':
		s.group()
	case ')':
		if len(s.open) == 0 {
			s.fail(s.pos, "`)` closes no group", "write `\\)` for the character")
			return
		}
		s.open = s.open[:len(s.open)-1]
		s.copy(1, atom)
	case '|':
		s.copy(1, nothing)
	case '*', '+', '?':
		s.repeat(1)
	case '{':
		if n := repeatLen(s.src[s.pos:]); n > 0 {
			s.repeat(n)
			return
		}
		s.copy(1, atom)
	case '%':
		s.percent()
	default:
		_, n := utf8.DecodeRuneInString(s.src[s.pos:])
		s.copy(n, atom)
	}
}

// copy takes n bytes over as they are.
func (s *scanner) copy(n int, prev before) {
	s.put(s.src[s.pos:s.pos+n], n, prev)
}

// put writes text in the place of the next n bytes.
func (s *scanner) put(text string, n int, prev before) {
	if s.out.Len() == 0 {
		s.from = s.pos
	}
	s.out.WriteString(text)
	s.pos += n
	s.prev = prev
}

func (s *scanner) flush() {
	if s.out.Len() == 0 {
		return
	}
	s.res.parts = append(s.res.parts, part{text: s.out.String(), at: s.from})
	s.out.Reset()
}

func (s *scanner) fail(at int, reason, hint string) {
	if s.res.fault == nil {
		s.res.fault = &fault{at: at, reason: reason, hint: hint}
	}
}

func (s *scanner) alike(at int, text, why, hint string) {
	s.res.alikes = append(s.res.alikes, lookAlike{at: at, text: text, why: why, hint: hint})
}

// percent handles `%`: a reference, a look-alike, or the character.
func (s *scanner) percent() {
	rest := s.src[s.pos:]
	if name, field, n := reference(rest); n > 0 {
		s.flush()
		s.res.parts = append(s.res.parts, part{ref: name, field: field, at: s.pos})
		s.pos += n
		s.prev = atom
		return
	}
	if strings.HasPrefix(rest, "%{") {
		text := rest
		if i := strings.IndexByte(rest, '}'); i >= 0 {
			text = rest[:i+1]
		}
		s.alike(s.pos, text, "it is not a reference and stays literal text", adviseAlike(text))
	}
	s.copy(1, atom)
}

// reference reads `%{NAME}` or `%{NAME:field}` at the start of s; n is its length, 0 when there is none.
func reference(s string) (name, field string, n int) {
	if !strings.HasPrefix(s, "%{") {
		return "", "", 0
	}
	i := wordLen(s[2:]) + 2
	if i == 2 || i == len(s) {
		return "", "", 0
	}
	name = s[2:i]
	if s[i] == '}' {
		return name, "", i + 1
	}
	if s[i] != ':' {
		return "", "", 0
	}
	j := wordLen(s[i+1:]) + i + 1
	if j == i+1 || j == len(s) || s[j] != '}' {
		return "", "", 0
	}
	return name, s[i+1 : j], j + 1
}

// wordLen is the length of the run of letters, digits and underscores (ASCII, as in `\w`) s starts with.
func wordLen(s string) int {
	for i := range len(s) {
		if !isWord(s[i]) {
			return i
		}
	}
	return len(s)
}

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// adviseAlike says how to write what looks like a reference and is none.
func adviseAlike(text string) string {
	if !strings.HasSuffix(text, "}") {
		return "close it with `}`"
	}
	inner := text[2 : len(text)-1]
	switch parts := strings.Split(inner, ":"); {
	case strings.ContainsAny(inner, "[]"):
		return "a field is one word: write `%{NAME:http_verb}`, not `[http][verb]`"
	case len(parts) == 3:
		return fmt.Sprintf("every capture is text: write `%%{%s:%s}` and convert where it is used", parts[0], parts[1])
	default:
		return "names and fields are letters, digits and underscores only"
	}
}

// repeatLen is the length of the counted repeat `{n}`, `{n,}` or `{n,m}` s starts with; 0 when it is
// none and the brace is a character, as RE2 has it.
func repeatLen(s string) int {
	i := 1 + numberLen(s[1:])
	if i == 1 || i == len(s) {
		return 0
	}
	if s[i] == ',' {
		i++
		i += numberLen(s[i:])
	}
	if i < len(s) && s[i] == '}' {
		return i + 1
	}
	return 0
}

// numberLen is the length of a decimal number without superfluous zeros.
func numberLen(s string) int {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i > 1 && s[0] == '0' {
		return 0
	}
	return i
}

// repeat handles a quantifier of n bytes.
func (s *scanner) repeat(n int) {
	op := s.src[s.pos : s.pos+n]
	switch s.prev {
	case nothing:
		s.fail(s.pos, fmt.Sprintf("`%s` has nothing to repeat", op), fmt.Sprintf("write `\\%s` for the character", op))
		return
	case quantifier:
		if op == "+" {
			s.fail(s.pos, "possessive quantifier: RE2 syntax has none", "leave the second `+` out: the matcher needs linear time anyway")
			return
		}
		s.fail(s.pos, fmt.Sprintf("`%s` follows another quantifier", op), "put what is to be repeated in `(?:...)`")
		return
	case atom:
	}
	if op[0] == '{' && !repeatFits(op) {
		s.fail(s.pos, fmt.Sprintf("the repeat `%s` is out of range", op), fmt.Sprintf("counts go up to %d, the smaller first", maxRepeat))
		return
	}
	if strings.HasPrefix(s.src[s.pos+n:], "?") {
		n++ // the lazy form
	}
	s.copy(n, quantifier)
}

// repeatFits reports whether the counts of a counted repeat are ordered and within maxRepeat.
func repeatFits(op string) bool {
	low, high, ranged := strings.Cut(op[1:len(op)-1], ",")
	a := smallNumber(low)
	b := a
	if ranged && high != "" {
		b = smallNumber(high)
	}
	return a <= b && b <= maxRepeat
}

// smallNumber reads decimal digits; everything above maxRepeat reads as maxRepeat+1.
func smallNumber(digits string) int {
	n := 0
	for i := range len(digits) {
		n = min(n*10+int(digits[i]-'0'), maxRepeat+1)
	}
	return n
}
