package render

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may follow one character: Vietnamese and Thai need two, pointed Hebrew three;
// a pile of them paints over the lines above and below.
const maxMarks = 4

// Sanitize makes hostile text safe to show on one line of a terminal: control characters (and so every escape
// sequence), line ends, bidirectional overrides, invisible and unassigned characters, invalid UTF-8 and piles of
// combining marks come out as \n, \x1b, \u202e. Backslashes stay as they are: the result is for eyes, not for parsing
// back. Text without any of that is returned unchanged.
func Sanitize(s string) string { return sanitize(s, "") }

// SanitizeLines is [Sanitize] that keeps line feeds and tabs: for texts of several lines, such as a quoted place of a
// rule file.
func SanitizeLines(s string) string { return sanitize(s, "\n\t") }

func sanitize(s, keep string) string {
	var b strings.Builder // grows only once something needs escaping
	done, marks := 0, 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		bad := r == utf8.RuneError && size == 1
		if bad || marks > maxMarks || !visible(r) && !strings.ContainsRune(keep, r) {
			b.WriteString(s[done:i])
			if bad {
				b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
			} else {
				b.WriteString(escape(r))
			}
			done = i + size
		}
		i += size
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// visible reports whether a terminal shows r as something of its own and does nothing else with it.
func visible(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r != 0x7f
	}
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800': // letters and a symbol that look like nothing
		return false
	case '\u034f', '\u17b4', '\u17b5': // marks that look like nothing
		return false
	}
	return unicode.IsPrint(r) && !unicode.Is(unicode.Variation_Selector, r)
}

// escape writes r as Go's escapes do, for any rune.
func escape(r rune) string {
	q := strconv.QuoteRuneToASCII(r)
	q = q[1 : len(q)-1]
	if len(q) > 1 && q[0] == '\\' {
		return q
	}
	return `\u` + strconv.FormatInt(int64(r)|0x10000, 16)[1:] // marks that strconv would write as they are
}
