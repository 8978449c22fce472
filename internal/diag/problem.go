package diag

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Place is a position in a file. Line and Col count from 1, 0 means unknown; Col counts characters (runes), not bytes.
// Lines end where YAML ends them: LF, CR, CRLF, and the three Unicode line ends.
type Place struct {
	File      string
	Line, Col int
}

// String writes "file:line:col" and leaves out what is unknown. A place about which nothing is known is "".
func (p Place) String() string {
	s := p.File
	if p.Line > 0 {
		s = joinColon(s, p.Line)
		if p.Col > 0 {
			s = joinColon(s, p.Col)
		}
	}
	return s
}

func joinColon(s string, n int) string {
	if s == "" {
		return strconv.Itoa(n)
	}
	return s + ":" + strconv.Itoa(n)
}

// Severity tells faults that stop the work from those that do not.
type Severity uint8

// The severities. The zero value is the serious one.
const (
	Error Severity = iota
	Warning
)

// String names the severity: "error", "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Problem is one fault: where it is, what it is, a hint what to do about it, and the source line.
// The words may hold text of the file; control characters in it were replaced where this package put it there.
type Problem struct { //nolint:errname // it is a finding first; a list of them is the error
	Place
	Severity Severity
	What     string
	Hint     string // "" when there is nothing to advise
	// Quote is the source line, or a part of it when it is long; "" when it is not at hand.
	Quote string
	// QuoteCol is the column of the first character of Quote. 0 means 1: the whole line is there.
	QuoteCol int
}

// Error writes "file:line:col: what (hint)"; a warning says so before the what.
func (p Problem) Error() string {
	var b strings.Builder
	if at := p.Place.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.What)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// String is [Problem.Error]; without it the embedded Place would print the place alone.
func (p Problem) String() string { return p.Error() }

// Detail writes the problem in several lines: that of Error, then the source line and a caret below the column. It ends
// without a line break.
//
//	ssh.yaml:2:11: cannot read `five` as a whole number (write digits, for example 5)
//	    2 | capacity: five
//	      |           ^
func (p Problem) Detail() string {
	if p.Quote == "" || p.Line == 0 {
		return p.Error()
	}
	line := []rune(p.Quote)
	caret := p.Col - max(p.QuoteCol, 1) // index of the caret's rune in line
	cutLeft, cutRight := p.QuoteCol > 1, false
	if len(line) > detailWidth {
		from := min(max(caret-detailWidth/2, 0), len(line)-detailWidth)
		cutLeft, cutRight = cutLeft || from > 0, from+detailWidth < len(line)
		line, caret = line[from:from+detailWidth], caret-from
	}
	for i, r := range line {
		line[i] = shown(r)
	}
	text := string(line)
	if cutLeft {
		text, caret = "…"+text, caret+1
	}
	if cutRight {
		text += "…"
	}
	number := strconv.Itoa(p.Line)
	detail := fmt.Sprintf("%s\n    %s | %s", p.Error(), number, text)
	if p.Col == 0 || caret < 0 || caret > utf8.RuneCountInString(text) {
		return detail
	}
	return fmt.Sprintf("%s\n    %*s | %*s^", detail, len(number), "", caret, "")
}

// detailWidth is how many characters of the source line are shown: with margin and number they fit 120 columns.
const detailWidth = 100

// shown is the character that stands for r on one line of a terminal.
func shown(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case unicode.IsPrint(r):
		return r
	}
	return unicode.ReplacementChar
}

// code quotes a piece of the file inside a message: in backquotes, short, on one line.
func code(s string) string {
	s = clip(s)
	if strings.Contains(s, "`") {
		return `"` + s + `"`
	}
	return "`" + s + "`"
}

// clip shortens s to 60 characters, as in a message, and makes it printable.
func clip(s string) string {
	const limit = 60
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == limit {
			return b.String() + "…"
		}
		b.WriteRune(shown(r))
		n++
	}
	return b.String()
}
