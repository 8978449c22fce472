package diag

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// source is the text of one file, without a byte order mark, and where its lines begin. It never changes.
type source struct {
	file  string
	text  string
	lines []int // byte offset of the first byte of each line; lines[0] is 0
}

func newSource(file, text string) *source {
	s := &source{file: file, text: text, lines: make([]int, 1, strings.Count(text, "\n")+2)}
	for i := 0; i < len(text); {
		n := breakLen(text, i)
		if n == 0 {
			i++
			continue
		}
		i += n
		s.lines = append(s.lines, i)
	}
	return s
}

// breakLen returns how many bytes the line break at i takes, 0 when there is none. The set is that of YAML 1.1, which
// the parser counts lines by.
func breakLen(text string, i int) int {
	if i >= len(text) {
		return 0
	}
	switch text[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if strings.HasPrefix(text[i:], "\u0085") {
			return 2
		}
	case 0xE2:
		if strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029") {
			return 3
		}
	}
	return 0
}

// line returns the text of line n (from 1) without its break.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	from, to := s.lines[n-1], len(s.text)
	if n < len(s.lines) {
		to = s.lines[n]
	}
	for i := from; i < to; i++ {
		if breakLen(s.text, i) > 0 {
			return s.text[from:i]
		}
	}
	return s.text[from:to]
}

// offset returns the byte offset of a line and column. A place outside the text goes to the nearest one inside.
func (s *source) offset(line, col int) int {
	if line < 1 {
		return 0
	}
	if line > len(s.lines) {
		return len(s.text)
	}
	i := s.lines[line-1]
	for ; col > 1 && i < len(s.text) && breakLen(s.text, i) == 0; col-- {
		_, n := utf8.DecodeRuneInString(s.text[i:])
		i += n
	}
	return i
}

// place returns the place of a byte offset.
func (s *source) place(offset int) Place {
	offset = min(max(offset, 0), len(s.text))
	line := sort.SearchInts(s.lines, offset+1) // lines[line-1] <= offset
	from := s.lines[line-1]
	return Place{File: s.file, Line: line, Col: utf8.RuneCountInString(s.text[from:offset]) + 1}
}

// Limits of quotes. Finding a column takes time in proportion to the line, and a file can be one line with a fault
// every few bytes.
const (
	quoteWhole   = 1 << 10  // bytes of a line that is quoted whole
	quoteSearch  = 64 << 10 // bytes of a line that is quoted in part
	quoteContext = 200      // runes of such a line before and behind the column
)

// quote returns line n, or the part around the column of a long one, with the column at which that part begins. Of a
// very long line nothing is returned.
func (s *source) quote(n, col int) (text string, from int) {
	if n < 1 || n > len(s.lines) {
		return "", 0
	}
	if n < len(s.lines) && s.lines[n]-s.lines[n-1] > quoteSearch || n == len(s.lines) && len(s.text)-s.lines[n-1] > quoteSearch {
		return "", 0
	}
	line := s.line(n)
	if len(line) <= quoteWhole {
		return line, 1
	}
	runes := []rune(line)
	at := min(max(col-1, 0), len(runes))
	left, right := max(at-quoteContext, 0), min(at+quoteContext, len(runes))
	return string(runes[left:right]), left + 1
}
