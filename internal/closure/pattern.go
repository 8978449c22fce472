package closure

import (
	"hash/maphash"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/expr-lang/expr/ast"

	"tocsin.example/internal/automaton"
)

// maxPattern is the longest regular expression, in bytes, of those that are not written out; longer ones fail when they
// are evaluated.
const maxPattern = 4 << 10

// pattern is a regular expression that is known when the rule is loaded.
type pattern struct {
	re   *regexp.Regexp
	fast *automaton.DFA // nil when the expression is too large for it
}

func newPattern(re *regexp.Regexp) *pattern {
	dfa, err := automaton.Compile(re.String())
	if err != nil {
		return &pattern{re: re}
	}
	return &pattern{re: re, fast: dfa}
}

// hot:
func (p *pattern) match(text string) bool {
	if p.fast != nil {
		if found, ok := p.fast.Match(text); ok {
			return found
		}
	}
	return p.re.MatchString(text)
}

// knownPattern covers matches with an expression that is known once helpers of constants are folded. The steps that
// compiling it takes on expr's machine, when a run meets it for the first time, are not taken: it is compiled already.
func (f *compiler) knownPattern(n *ast.CallNode) (code, bool) {
	left, right := f.compile(n.Arguments[1]), f.compile(n.Arguments[2])
	source, _ := right.value.(string)
	if !right.folded || left.typ != typString || len(source) > maxPattern {
		return code{}, false
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return code{}, false
	}
	s, pay, where, match := left.s, right.s, at(n), newPattern(re).match
	return boolCode(func(r *Frame) bool {
		text := s(r)
		pay(r)
		r.pay(where, len(text)+len(source))
		return match(text)
	}), true
}

// patternSet is a file of regular expressions, as one.
type patternSet struct {
	all []*regexp.Regexp // these very ones: others mean that the file was loaded again
	any *automaton.DFA   // nil when they are too large for it
}

// inRegexps covers RegexpInFile with a file that is known.
func (f *compiler) inRegexps(n *ast.CallNode, h *Helper, args []func(*Frame) string) (code, bool) {
	if h.Name != "RegexpInFile" {
		return code{}, false
	}
	file, ok := n.Arguments[2].(*ast.StringNode)
	if !ok {
		return code{}, false
	}
	x, sets, name, where := args[0], f.c.sets, file.Value, at(n)
	last := &atomic.Pointer[patternSet]{}
	return boolCode(func(r *Frame) bool {
		text := x(r)
		r.pay(where, len(text)+len(name)+2)
		found, tried := r.matchSet(sets.patterns(name, last), text)
		if r.Left -= int64(tried) * int64(len(text)+16); r.Left < 0 {
			r.done(where, h.Name, ErrBudget, 0)
		}
		r.pay(where, 1)
		return found
	}), true
}

// matchSet reports whether an expression is found in a text, and how many are tried for that one after the other. Texts
// that were found, names of programs mostly, come again and again, so that a frame remembers some.
//
// hot:
func (r *Frame) matchSet(p *patternSet, text string) (found bool, tried int) {
	if p.any != nil {
		if found, ok := p.any.Match(text); ok && !found {
			return false, len(p.all)
		}
	}
	if len(text) > maxFoundText {
		return p.match(text)
	}
	if r.found == nil {
		r.found, r.seed = make([]foundText, maxFoundTexts), maphash.MakeSeed()
	}
	m := &r.found[maphash.String(r.seed, text)%maxFoundTexts]
	if m.set == p && m.text == text {
		return m.found, m.tried
	}
	found, tried = p.match(text)
	*m = foundText{set: p, text: strings.Clone(text), found: found, tried: tried}
	return found, tried
}

// foundText is what a set of expressions made of a text.
type foundText struct {
	set   *patternSet
	text  string
	found bool
	tried int
}

// How many texts a frame remembers, and how long one may be, in bytes.
const (
	maxFoundTexts = 256
	maxFoundText  = 1 << 10
)

// match tries one expression after the other.
func (p *patternSet) match(text string) (found bool, tried int) {
	for i, re := range p.all {
		if re.MatchString(text) {
			return true, i + 1
		}
	}
	return false, len(p.all)
}

// patterns returns the expressions of a file. last is the set that was used before at this place, if any.
//
// hot:
func (x *fileSets) patterns(name string, last *atomic.Pointer[patternSet]) *patternSet {
	all, _ := x.files.Regexps(name)
	if set := last.Load(); set.has(all) {
		return set
	}
	key := fileKey{file: name, how: "regexp"}
	if v, ok := x.made.Load(key); ok {
		if set, _ := v.(*patternSet); set.has(all) {
			last.Store(set)
			return set
		}
	}
	set := newPatternSet(all)
	x.made.Store(key, set)
	last.Store(set)
	return set
}

// has reports whether the set, which may be nil, was made of these very expressions.
func (p *patternSet) has(all []*regexp.Regexp) bool {
	return p != nil && len(p.all) == len(all) && firstIn(p.all) == firstIn(all)
}

func newPatternSet(all []*regexp.Regexp) *patternSet {
	set := &patternSet{all: all}
	sources := make([]string, len(all))
	for i, re := range all {
		sources[i] = re.String()
	}
	if dfa, err := automaton.Compile(sources...); err == nil && len(all) > 0 {
		set.any = dfa
	}
	return set
}
