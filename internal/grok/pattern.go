package grok

import (
	"regexp"
	"slices"

	"tocsin.example/internal/plan"
)

// Matcher finds a regular expression in a text. It is safe for concurrent use.
type Matcher interface {
	// FindSubmatch finds the leftmost-first match, as Go's regexp defines it. ends is reused for the result: the offsets
	// of group g (0 is the match) are at 2g and 2g+1, -1 for a group that took no part. It reports whether there is a match.
	FindSubmatch(text string, ends []int) ([]int, bool)
}

// Engine makes matchers.
type Engine interface {
	// Compile compiles an expression in RE2 syntax. Its only capturing groups are named `(?P<field>...)`, each name once.
	Compile(expression string) (Matcher, error)
}

// Reference returns the engine that defines what is right: Go's regexp. It allocates once for each match.
func Reference() Engine { return goEngine{} }

type goEngine struct{}

func (goEngine) Compile(expression string) (Matcher, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	return goMatcher{re}, nil
}

type goMatcher struct{ re *regexp.Regexp }

func (m goMatcher) FindSubmatch(text string, ends []int) ([]int, bool) {
	found := m.re.FindStringSubmatchIndex(text)
	if found == nil {
		return ends[:0], false
	}
	return append(ends[:0], found...), true
}

// Pattern is a compiled grok pattern. It does not change and is safe for concurrent use.
type Pattern struct {
	source   string
	expanded string
	fields   []string
	groups   []int // group number of each field
	matcher  Matcher
	fast     *fastMatcher // the matcher, when it is one
}

// Room is what a match needs beside its result, to be used again: with it, a match allocates only if the engine does. The
// zero value is ready. One goroutine uses it at a time.
type Room struct {
	ends  []int
	state plan.State
}

// Fields returns the names of the fields in the order of their first occurrence, each once. The result is the caller's.
func (p *Pattern) Fields() []string { return slices.Clone(p.fields) }

// Source returns the pattern as it was given to Compile.
func (p *Pattern) Source() string { return p.source }

// Expanded returns the regular expression: references replaced by what they stand for, groups of fields named as the
// field, all other groups non-capturing.
func (p *Pattern) Expanded() string { return p.expanded }

// Match reports whether the pattern is found in text, and the pattern has at least one field: one without fields never
// succeeds, as CrowdSec's rules expect. dst is reused for the result: dst[i] is the value of Fields()[i], a part of text,
// or "" when the field took no part. Without success the result is empty.
func (p *Pattern) Match(text string, dst []string) ([]string, bool) {
	return p.MatchIn(&Room{}, text, dst)
}

// MatchIn is Match that uses a Room.
//
// hot:
func (p *Pattern) MatchIn(room *Room, text string, dst []string) ([]string, bool) {
	dst = dst[:0]
	if len(p.fields) == 0 {
		return dst, false
	}
	ends, ok := p.find(room, text)
	room.ends = ends
	if !ok {
		return dst, false
	}
	for _, g := range p.groups {
		value := ""
		if from := ends[2*g]; from >= 0 {
			value = text[from:ends[2*g+1]]
		}
		dst = append(dst, value)
	}
	return dst, true
}

func (p *Pattern) find(room *Room, text string) ([]int, bool) {
	if p.fast != nil {
		return p.fast.findIn(&room.state, text, room.ends)
	}
	return p.matcher.FindSubmatch(text, room.ends)
}
