package grok

import (
	"fmt"
	"strings"
)

// group handles `(`. Every group of the user's becomes one that captures nothing: only references
// capture, so the numbers of their groups are ours to give.
func (s *scanner) group() {
	rest := s.src[s.pos:]
	if !strings.HasPrefix(rest, "(?") {
		s.open = append(s.open, s.pos)
		s.put("(?:", 1, nothing)
		return
	}
	for _, r := range refusedGroups {
		if strings.HasPrefix(rest, r.start) {
			s.fail(s.pos, fmt.Sprintf("%s `%s`: RE2 syntax has none", r.what, r.start), r.hint)
			return
		}
	}
	if n := groupNameLen(rest); n != 0 {
		s.named(n)
		return
	}
	s.flags(rest)
}

// groupNameLen is the length of `(?P<name>` or `(?<name>`; -1 when the name is not closed or not a word.
func groupNameLen(s string) int {
	var start int
	switch {
	case strings.HasPrefix(s, "(?P<"):
		start = 4
	case strings.HasPrefix(s, "(?<"):
		start = 3
	default:
		return 0
	}
	n := wordLen(s[start:])
	if n == 0 || start+n == len(s) || s[start+n] != '>' {
		return -1
	}
	return start + n + 1
}

func (s *scanner) named(n int) {
	if n < 0 {
		s.fail(s.pos, "the name of the group is not a word", "letters, digits and underscores; or write `(?:` for a group without a name")
		return
	}
	s.open = append(s.open, s.pos)
	s.put("(?:", n, nothing)
}

// flags handles `(?:`, `(?i:` and `(?i)`.
func (s *scanner) flags(rest string) {
	for i := 2; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == ':':
			s.open = append(s.open, s.pos)
			s.copy(i+1, nothing)
			return
		case c == ')':
			s.copy(i+1, s.same())
			return
		case strings.IndexByte("imsU-", c) < 0:
			s.fail(s.pos, fmt.Sprintf("`(?%c`: RE2 syntax has no such group or flag", c), "flags are i, m, s and U; `(?:...)` groups")
			return
		}
	}
	s.fail(s.pos, "the group opened with `(?` is never closed", "add `)`")
}

// same is what stands before when something is passed that matches nothing by itself: RE2 repeats what was before it.
func (s *scanner) same() before { return min(s.prev, atom) }

// refusedGroups are the groups of other dialects; longer starts stand first.
var refusedGroups = []struct{ start, what, hint string }{
	{"(?<=", "look-behind", "match the text before as well and put only the rest in a named reference"},
	{"(?<!", "negative look-behind", "name what may stand before, such as `(?:^|[^0-9])`, or use `\\b`"},
	{"(?=", "look-ahead", "match the text behind as well, outside of the named reference"},
	{"(?!", "negative look-ahead", "name what may follow, such as `(?:[^0-9]|$)`, or use `\\b`"},
	{"(?>", "atomic group", "write `(?:`: the matcher needs linear time anyway"},
	{"(?|", "branch reset group", "write `(?:`: several references may fill one field, the last one wins"},
	{"(?(", "conditional", "write the two cases as alternatives `(?:...|...)`"},
	{"(?#", "comment", "put comments on lines of their own that start with `#`"},
	{"(?~", "absence operator", "use a negated class such as `[^\"]*`"},
	{"(?P=", "back-reference", "write out what may stand there"},
	{"(?P>", "recursion", "refer to a pattern with `%{NAME}`; nesting has to end"},
	{"(?&", "recursion", "refer to a pattern with `%{NAME}`; nesting has to end"},
	{"(?R", "recursion", "refer to a pattern with `%{NAME}`; nesting has to end"},
	{"(?'", "quoted group name", "write `(?:...)`; fields come from `%{NAME:field}`"},
}

// refusedEscapes are the letters behind a backslash that other dialects give a meaning.
var refusedEscapes = map[byte]struct{ what, hint string }{
	'Z': {"end before a last newline", "write `\\n?$`"},
	'G': {"end of the last match", "write `^` or leave it out"},
	'K': {"keep", "put only the part you want in a named reference"},
	'R': {"any line break", "write `(?:\\r\\n|\\n|\\r)`"},
	'X': {"grapheme", "write `.`"},
	'h': {"horizontal space or hexadecimal digit", "write `[ \\t]` or `[[:xdigit:]]`"},
	'H': {"not `\\h`", "write `[^ \\t]` or `[^[:xdigit:]]`"},
	'N': {"anything but a newline", "write `.`"},
	'e': {"escape character", "write `\\x1b`"},
	'c': {"control character", "write `\\x` and two hexadecimal digits"},
	'u': {"Unicode escape", "write `\\x{...}`"},
	'k': {"back-reference", "write out what may stand there"},
	'g': {"back-reference", "write out what may stand there"},
	'C': {"single byte", "write `(?s:.)`"},
	'E': {"end of a quotation that `\\Q` did not begin", "leave it out"},
}

// escape handles a backslash outside of classes.
func (s *scanner) escape() {
	rest := s.src[s.pos:]
	if len(rest) == 1 {
		s.fail(s.pos, "the backslash at the end escapes nothing", "write `\\\\` for the character")
		return
	}
	switch c := rest[1]; {
	case c == 'Q':
		s.quotation(rest)
	case c == '%' && strings.HasPrefix(rest, `\%{`):
		if _, _, n := reference(rest[1:]); n > 0 {
			s.alike(s.pos, rest[:n+1], "behind a backslash it is literal text", "write `\\\\` for a backslash before a reference")
		}
		s.copy(2, atom)
	case strings.IndexByte("AbBz", c) >= 0:
		s.copy(2, atom)
	default:
		s.escaped(rest, atom)
	}
}

// quotation handles `\Q...\E`. One that is not closed ends with the definition, not with the expression.
func (s *scanner) quotation(rest string) {
	body, _, closed := strings.Cut(rest[2:], `\E`)
	for i := range len(body) {
		if _, _, n := reference(body[i:]); n > 0 {
			s.alike(s.pos+2+i, body[i:i+n], "between `\\Q` and `\\E` it is literal text", "end the quotation before it")
		}
	}
	n := len(body) + 2
	if closed {
		n += 2
	}
	prev := atom
	if body == "" {
		prev = s.same()
	}
	s.put(rest[:len(body)+2]+`\E`, n, prev)
}

// escaped handles the escapes that classes have too and refuses the rest.
func (s *scanner) escaped(rest string, prev before) {
	c := rest[1]
	switch {
	case '1' <= c && c <= '9' && (c > '7' || len(rest) == 2 || rest[2] < '0' || rest[2] > '7'):
		s.fail(s.pos, fmt.Sprintf("back-reference `\\%c`: RE2 syntax has none", c), "write out what may stand there")
	case (c == 'x' || c == 'p' || c == 'P') && strings.HasPrefix(rest[2:], "{"):
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			s.fail(s.pos, fmt.Sprintf("`\\%c{` is never closed", c), "add `}`")
			return
		}
		s.copy(end+1, prev)
	case c >= 0x80:
		s.fail(s.pos, "a backslash before a letter that needs none", "leave the backslash out")
	case !isWord(c) || c == '_' || isDigit(c) || strings.IndexByte("afnrtvxpPdDsSwW", c) >= 0:
		s.copy(2, prev)
	default:
		what, hint := "the escape", "leave the backslash out if the letter is meant"
		if r := refusedEscapes[c]; r.what != "" {
			what, hint = r.what, r.hint
		}
		s.fail(s.pos, fmt.Sprintf("%s `\\%c`: RE2 syntax has none here", what, c), hint)
	}
}

// class handles `[...]`: a `]` that stands first is a character, `[:alpha:]` is a class in the class.
func (s *scanner) class() {
	start := s.pos
	s.copy(1, atom)
	if strings.HasPrefix(s.src[s.pos:], "^") {
		s.copy(1, atom)
	}
	for first := true; s.pos < len(s.src) && s.res.fault == nil; first = false {
		rest := s.src[s.pos:]
		switch {
		case rest[0] == ']' && !first:
			s.copy(1, atom)
			return
		case strings.HasPrefix(rest, "[:") && strings.Contains(rest[2:], ":]"):
			s.copy(strings.Index(rest[2:], ":]")+4, atom)
		case rest[0] == '\\' && len(rest) > 1:
			s.escaped(rest, atom)
		default:
			if _, _, n := reference(rest); n > 0 {
				s.alike(s.pos, rest[:n], "inside of `[...]` it is a set of characters", "write `(?:...|...)` instead of the class")
			}
			s.copy(1, atom)
		}
	}
	s.fail(start, "the class opened with `[` is never closed", "add `]`, or write `\\[` for the character")
}
