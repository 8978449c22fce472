package grok

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"

	"tocsin.example/internal/diag"
)

// Error says why a pattern does not compile.
type Error struct {
	Pattern string     // the pattern given to Compile
	Offset  int        // byte offset in Pattern: of the fault, or of the reference that leads to it
	Name    string     // the named pattern the fault is in; "" for Pattern itself
	Place   diag.Place // where Name was defined
	At      int        // byte offset of the fault in the definition of Name; equals Offset when Name is ""
	Reason  string
	Hint    string // what to do about it
}

// Error writes "look-behind `(?<!` at 12 in HOSTPORT (base:14): RE2 syntax has none (hint)".
func (e *Error) Error() string {
	what, more, _ := strings.Cut(e.Reason, ": ")
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %d", what, e.At)
	if e.Name != "" {
		b.WriteString(" in " + e.Name)
		if place := e.Place.String(); place != "" {
			b.WriteString(" (" + place + ")")
		}
	}
	if more != "" {
		b.WriteString(": " + more)
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Compile compiles a pattern. A pattern it refuses (an unknown reference, a cycle, what RE2 syntax lacks, too large) gives
// an *[Error].
func (l *Library) Compile(pattern string) (*Pattern, error) {
	if len(pattern) > maxExpanded {
		return nil, &Error{Pattern: pattern, Reason: fmt.Sprintf("the pattern has more than %d bytes", maxExpanded), Hint: "split it"}
	}
	d := &definition{pattern: pattern, scanned: scan(pattern)}
	x, win, fail := l.expand(d)
	if fail != nil {
		return nil, fail
	}
	expression, groups := x.text(win)
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, l.blame(d, err)
	}
	if program(tree) > maxProgram {
		return nil, l.blame(d, errTooLarge)
	}
	matcher, err := l.engine.Compile(expression)
	if err != nil {
		return nil, l.blame(d, err)
	}
	p := &Pattern{source: pattern, expanded: expression, fields: x.order, matcher: matcher}
	p.fast, _ = matcher.(*fastMatcher)
	for _, field := range x.order {
		p.groups = append(p.groups, groups[field])
	}
	return p, nil
}

var errTooLarge = errors.New("the expression is too large")

// blame makes the error for an expression that did not parse: it looks for the innermost definition that does not parse
// by itself. The scanner has found all common faults before; what is left is rare (a class that is out of order, a size).
func (l *Library) blame(outer *definition, cause error) *Error {
	inner, offset := outer, -1
	for range maxDepth + 1 {
		part, target, why := l.culprit(inner)
		if target == nil {
			break
		}
		if offset < 0 {
			offset = part.at
		}
		inner, cause = target, why
	}
	reason, hint, at := cause.Error(), "see https://github.com/google/re2/wiki/Syntax", 0
	if e, ok := errors.AsType[*syntax.Error](cause); ok {
		reason = fmt.Sprintf("%s `%s`", e.Code, e.Expr)
		at = max(strings.Index(inner.pattern, e.Expr), 0)
		if e.Code == syntax.ErrLarge || e.Code == syntax.ErrNestingDepth {
			cause, at = errTooLarge, 0
		}
	}
	if errors.Is(cause, errTooLarge) {
		reason, hint = errTooLarge.Error(), "repeat less: each `{n}` counts as n copies"
	}
	if offset < 0 {
		offset = at
	}
	return &Error{Pattern: outer.pattern, Offset: offset, Name: inner.name, Place: inner.place, At: at, Reason: reason, Hint: hint}
}

// culprit finds the first reference of d whose own expansion does not parse, and why.
func (l *Library) culprit(d *definition) (part, *definition, error) {
	for _, p := range d.parts {
		if p.ref == "" {
			continue
		}
		target := l.defs[p.ref]
		x, win, fail := l.expand(target)
		if fail != nil {
			continue
		}
		expression, _ := x.text(win)
		tree, err := syntax.Parse(expression, syntax.Perl)
		if err == nil && program(tree) > maxProgram {
			err = errTooLarge
		}
		if err != nil {
			return p, target, err
		}
	}
	return part{}, nil, nil
}

// program estimates the number of instructions of the program for re. It stops counting above maxProgram.
func program(re *syntax.Regexp) int {
	n := 0
	for _, sub := range re.Sub {
		n += program(sub)
		if n > maxProgram {
			return n
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpRepeat:
		return (n + 1) * max(re.Min, re.Max, 1)
	case syntax.OpCapture:
		return n + 2
	case syntax.OpConcat:
		return n
	}
	return n + 1
}
