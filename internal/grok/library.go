package grok

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"tocsin.example/internal/diag"
)

// The limits. What lies beyond them is refused with an [Error]; nothing is cut off silently.
const (
	maxExpanded = 64 << 10 // bytes of an expanded expression
	maxDepth    = 32       // references within references
	maxRepeat   = 1000     // the count of one `{n,m}`; also the limit of Go's regexp
	maxProgram  = 50_000   // instructions; the largest pattern of the hub needs 7,741
	maxNames    = 20_000   // names a pattern file may bring a library to
)

// Library is a set of named patterns.
//
// It is not safe for concurrent changes. Clone and Compile only read and may run concurrently with each other.
type Library struct {
	defs   map[string]*definition
	engine Engine
}

// A definition is immutable; clones of a library share it.
type definition struct {
	name    string // "" for a pattern given to Compile
	pattern string
	place   diag.Place
	scanned
}

// NewLibrary returns a library without names, whose patterns run on Go's regexp.
func NewLibrary() *Library {
	return &Library{defs: map[string]*definition{}, engine: Reference()}
}

// Clone returns a library of its own with the same definitions and engine. It copies the table of names (about 10 µs
// for 500 of them), not what they stand for.
func (l *Library) Clone() *Library {
	return &Library{defs: maps.Clone(l.defs), engine: l.engine}
}

// SetEngine makes later calls of Compile use e. Patterns compiled before keep theirs.
func (l *Library) SetEngine(e Engine) { l.engine = e }

// Define adds a name for a pattern. The first definition of a name wins: Define reports false and changes nothing when
// the name exists. The names that pattern refers to need not exist yet; Compile looks them up. A name that is not one
// word of letters, digits and underscores is kept but nothing can refer to it. at is for messages.
func (l *Library) Define(name, pattern string, at diag.Place) bool {
	if _, exists := l.defs[name]; exists {
		return false
	}
	l.defs[name] = &definition{name: name, pattern: pattern, place: at, scanned: scan(pattern)}
	return true
}

// AddFile adds the definitions of a pattern file: lines of a name, white space and a regular expression, which goes on to
// the end of the line. Blank lines and lines that start with `#` are comments. Another line is a warning, as CrowdSec
// ignores those; a name the library has already is an error that names both places, and the first definition stays.
func (l *Library) AddFile(file string, text []byte, problems *diag.List) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	n := 0
	for raw := range bytes.Lines(text) {
		n++
		line := strings.TrimRight(string(raw), "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		l.addLine(diag.Place{File: file, Line: n, Col: 1}, line, problems)
	}
}

func (l *Library) addLine(at diag.Place, line string, problems *diag.List) {
	i := wordLen(line)
	pattern := strings.TrimLeft(line[i:], " \t")
	if i == 0 || pattern == "" || len(pattern) == len(line)-i {
		problems.Add(diag.Problem{
			Place: at, Severity: diag.Warning, Quote: line, What: "not a definition; the line is ignored",
			Hint: "write `NAME regex`, where NAME is letters, digits and underscores; `#` starts a comment",
		})
		return
	}
	if len(pattern) > maxExpanded {
		problems.Errorf(at, "split the pattern", "the pattern %s has %d bytes, more than %d", line[:i], len(pattern), maxExpanded)
		return
	}
	if len(l.defs) >= maxNames {
		problems.Errorf(at, "delete patterns that no rule uses", "more than %d patterns", maxNames)
		return
	}
	if !l.Define(line[:i], pattern, at) {
		problems.Add(diag.Problem{
			Place: at, Quote: line, Hint: "rename or delete one of them",
			What: "the pattern " + line[:i] + " is already defined" + where(l.defs[line[:i]].place),
		})
	}
}

// where is " at <place>", or "" when nothing is known about the place.
func where(p diag.Place) string {
	if s := p.String(); s != "" {
		return " at " + s
	}
	return ""
}

// Names returns the names, sorted.
func (l *Library) Names() []string { return slices.Sorted(maps.Keys(l.defs)) }

// Lookup returns the pattern a name stands for, as it was defined.
func (l *Library) Lookup(name string) (pattern string, ok bool) {
	d, ok := l.defs[name]
	if !ok {
		return "", false
	}
	return d.pattern, true
}
