package plan

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"sync"
	"unicode/utf8"
)

// Outcome is how a search ended.
type Outcome uint8

// The outcomes.
const (
	NotFound Outcome = iota
	Found
	Exceeded // the budget is used up: whether there is a match is not known
)

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case NotFound:
		return "not found"
	case Found:
		return "found"
	case Exceeded:
		return "exceeded"
	default:
		return fmt.Sprintf("Outcome(%d)", o)
	}
}

// Unsupported says why an expression has no plan. Go's regexp may well take it.
type Unsupported struct { //nolint:errname // it reads as plan.Unsupported
	Construct string // a part of the expression as regexp/syntax writes it, cut to 80 bytes
	Reason    string
}

// Error writes "`(?:a?)*`: a loop over what may be empty".
func (u *Unsupported) Error() string { return fmt.Sprintf("`%s`: %s", u.Construct, u.Reason) }

// The budget of a search, in steps of a few nanoseconds each.
const (
	stepsFixed   = 4000
	stepsPerByte = 16
)

// Plan is a compiled expression. It does not change and is safe for concurrent use.
type Plan struct {
	start    node
	groups   int
	needs    literal    // the longest literal of each match
	more     []literal  // all literals of each match, in order; nil when there are not several
	literals []string   // all that each match contains, also the short ones
	anchored bool       // matches begin at the beginning of the text
	prefix   literal    // matches begin so
	first    *[256]bool // matches begin with one of these; nil when they may be empty
	lead     *class     // matches begin with a span of this, that nothing stands before
	pool     *sync.Pool // of *State
}

// State is the memory of a search, to be used again, with any plan. The zero value is ready. One goroutine uses it at a time.
type State struct{ match match }

// match is the state of a search.
type match struct {
	text  string
	ends  []int
	steps int // left; below 0 all fails
	depth int // of loops, in nodes on the stack
}

// A node tries to match the rest of the expression at i.
type node func(m *match, i int) bool

// Compile makes the plan of an expression in RE2 syntax, as regexp.Compile takes it. The error is an *[Unsupported] for
// an expression that has no plan, and a *syntax.Error for one that is none.
func Compile(expression string) (*Plan, error) { return NewCompiler().Compile(expression) }

// Compiler makes plans that share their tables: rules use the same parts again and again. It is safe for concurrent use.
type Compiler struct{ tables *tables }

// NewCompiler returns a compiler that knows no tables yet.
func NewCompiler() *Compiler { return &Compiler{tables: newTables()} }

// Compile is as the function [Compile].
func (c *Compiler) Compile(expression string) (*Plan, error) {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return newPlan(re, c.tables)
}

func newPlan(re *syntax.Regexp, shared *tables) (*Plan, error) {
	p := &Plan{groups: re.MaxCap(), anchored: anchored(re)}
	c := &compiler{tables: shared, work: maxWork}
	start, err := c.compile(re, accepting(), place{before: word | other})
	if err != nil {
		return nil, err
	}
	p.start = c.node(start)
	p.prefix = newLiteral(start.lit)
	if first := start.first; !first.end {
		p.first = shared.bytes(first)
	}
	p.lead = leading(re)
	p.literals = needs(re)
	p.needs, p.more = gates(p.literals)
	p.pool = &sync.Pool{New: func() any { return new(State) }}
	return p, nil
}

// gates chooses from the literals that a match needs the one to look for first, the longest, and those to look for in
// order, the longer ones: single characters stand in most lines.
func gates(literals []string) (needs literal, more []literal) {
	longest := ""
	for _, l := range literals {
		if len(l) >= len(longest) {
			longest = l
		}
	}
	for _, l := range literals {
		if len(l) > 1 || len(longest) == 1 {
			more = append(more, newLiteral(l))
		}
	}
	if len(more) < 2 {
		more = nil
	}
	return newLiteral(longest), more
}

// leading returns the class of the unlimited span that re begins with.
func leading(re *syntax.Regexp) *class {
	switch re.Op {
	case syntax.OpCapture, syntax.OpConcat:
		if len(re.Sub) > 0 {
			return leading(re.Sub[0])
		}
	case syntax.OpStar, syntax.OpPlus:
		if c, ok := classOf(re.Sub[0]); ok {
			return &c
		}
	}
	return nil
}

// Literals returns texts that each match contains one after the other, without common bytes: where one is missing, Find
// finds nothing. There may be none. The list is only read.
func (p *Plan) Literals() []string { return p.literals }

// Find is as FindStringSubmatchIndex of Go's regexp: the offsets of the leftmost-first match and its groups, -1 for a
// group that took no part. ends is reused for the result; Find does not allocate when it has room for two ints a group
// and two more. The result is empty without a match.
//
// hot:
func (p *Plan) Find(text string, ends []int) ([]int, Outcome) {
	s := p.pool.Get().(*State)
	ends, outcome := p.FindIn(s, text, ends)
	p.pool.Put(s)
	return ends, outcome
}

// FindIn is Find that uses a State.
//
// hot:
func (p *Plan) FindIn(s *State, text string, ends []int) ([]int, Outcome) {
	if p.needs.text != "" && p.needs.index(text, 0) < 0 {
		return ends[:0], NotFound
	}
	m := &s.match
	m.text, m.steps, m.depth = text, stepsFixed+stepsPerByte*len(text), 0
	m.ends = slices.Grow(ends[:0], 2*(p.groups+1))[:2*(p.groups+1)]
	for i := range m.ends {
		m.ends[i] = -1
	}
	begin, found := p.search(m)
	outcome := NotFound
	ends = m.ends
	switch {
	case found:
		ends[0], outcome = begin, Found
	case m.steps < 0:
		ends, outcome = ends[:0], Exceeded
	default:
		ends = ends[:0]
	}
	m.text, m.ends = "", nil
	return ends, outcome
}

// search tries one beginning after the other.
func (p *Plan) search(m *match) (begin int, found bool) {
	if p.anchored {
		return 0, p.start(m, 0)
	}
	for i, tried := 0, false; ; {
		i = p.candidate(m.text, i)
		if i < 0 {
			return 0, false
		}
		m.steps--
		if p.start(m, i) {
			return i, true
		}
		if i >= len(m.text) || m.steps < 0 {
			return 0, false
		}
		if !tried && !p.gate(m.text, i) {
			return 0, false
		}
		tried = true
		i = p.after(m, i)
	}
}

// candidate is the next place from i on where a match may begin, -1 for none.
func (p *Plan) candidate(text string, i int) int {
	if p.prefix.text != "" {
		// A literal begins where a character does, for no character contains the first byte of another.
		return p.prefix.index(text, i)
	}
	if p.first == nil {
		return i
	}
	for ; i < len(text); i++ {
		// A set has all bytes of what is not ASCII, or those that begin a character: none is found within one.
		if p.first[text[i]] {
			return i
		}
	}
	return -1
}

// gate reports whether text contains, from i on, the literals that a match needs, one after the other. It is asked when the first
// beginning failed: a line that matches does so there, as a rule.
func (p *Plan) gate(text string, i int) bool {
	for at := range p.more {
		l := &p.more[at]
		if i = l.index(text, i); i < 0 {
			return false
		}
		i += len(l.text)
	}
	return true
}

// after is the next beginning when the one at i failed.
func (p *Plan) after(m *match, i int) int {
	if p.lead != nil && p.lead.width(m.text, i) > 0 {
		// What begins with a span of this class fails within the same run of it as well: it had those ends already.
		end, n := p.lead.skip(m.text, i, -1)
		m.steps -= n
		return end
	}
	_, w := utf8.DecodeRuneInString(m.text[i:])
	return i + w
}
