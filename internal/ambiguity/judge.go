package ambiguity

import (
	"fmt"
	"regexp/syntax"
	"slices"
)

// Limits of one judgement.
const (
	// MaxProgram is the most instructions of an expression that is judged.
	MaxProgram = 1 << 14
	// MaxStates is how many pairs of states are looked at.
	MaxStates = 1 << 19
	// MaxWork is how many pairs of steps are tried.
	MaxWork = 1 << 26
	// maxKept is how many steps are remembered, each in 8 bytes.
	maxKept = 1 << 22
)

// Verdict is what an expression was found to be.
type Verdict uint8

// The verdicts.
const (
	// Fixed: in every text the group has one place, if it has one.
	Fixed Verdict = iota
	// Movable: there is a text that can be read in two ways.
	Movable
	// TooLarge: a limit was reached before either was known.
	TooLarge
)

// String names the verdict.
func (v Verdict) String() string {
	return [...]string{"fixed", "movable", "too large"}[v]
}

// Span is a part of a text, in bytes.
type Span struct{ From, To int }

// Of returns the part of the text.
func (s Span) Of(text string) string { return text[s.From:s.To] }

// Result is a verdict with its proof.
type Result struct {
	Verdict Verdict
	// Text can be read with the group at First and with the group at Second; First begins earlier. Set for Movable.
	Text          string
	First, Second Span
	// States is how many pairs of states were looked at.
	States int
}

// Judge looks for a text in which the expression, in RE2 syntax, is found with the group of a name at two places that count:
//
//   - Neither is empty, they do not overlap, and in one of the readings the other's place is all taken by wide parts, which
//     take most of what can be seen: there a stranger may write.
//   - They begin differently, and in the second reading some of what lies between the beginnings is taken by a free part,
//     which takes nearly everything. `(?:::ffff:)?` before an address moves its beginning too, but no stranger has a say.
//
// With shifted, only places of the second kind count: for a group that takes a whole rest, which may as well be thought to
// end early, it is the beginning that matters.
//
// Examples are texts that may stand in the group, as addresses: where two of them fit, the proof shows them. The error is
// that of an expression that does not parse, or without the group.
func Judge(expression, group string, shifted bool, examples ...string) (Result, error) {
	m, err := compile(expression, group)
	if err != nil || m == nil {
		return Result{Verdict: TooLarge}, err
	}
	r := newSearch(m, shifted, false).run()
	if r.Verdict == Movable {
		m.show(&r, examples)
	}
	return r, nil
}

// machine is an expression as it is found anywhere in a text, made ready for pairs.
type machine struct {
	prog       *syntax.Prog
	open, shut uint32 // arguments of the instructions that begin and end the group
	runes      []rune // by class of characters: what stands for it in a proof
	kinds      []kind // by class
	takes      []set  // by instruction: the classes that it takes; none for one that takes nothing
	wide, free []bool // by instruction: it takes most of what can be seen, nearly everything
	// collapse makes kinds one that the expression does not tell apart.
	collapse [numKinds]kind
}

// compile makes a machine; nil when the expression is too large.
func compile(expression, group string) (*machine, error) {
	tree, err := syntax.Parse("(?s:.*?)(?:"+expression+")(?s:.*)", syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	number := slices.Index(tree.CapNames(), group)
	if number <= 0 {
		return nil, fmt.Errorf("judge: the expression has no group %q", group)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	if len(prog.Inst) > MaxProgram {
		return nil, nil
	}
	m := &machine{prog: prog, open: uint32(2 * number), shut: uint32(2*number + 1)} //nolint:gosec // few groups
	if !m.divide() {
		return nil, nil
	}
	m.collapse = collapsed(prog)
	return m, nil
}

// show puts examples in place of the group's texts where both readings stay possible, so that a person sees addresses
// and not the shortest text that is one.
func (m *machine) show(r *Result, examples []string) {
	if r.First.To > r.Second.From {
		return
	}
	for i, a := range examples {
		for j, b := range examples {
			if i == j {
				continue
			}
			text := r.Text[:r.First.From] + a + r.Text[r.First.To:r.Second.From] + b + r.Text[r.Second.To:]
			first := Span{r.First.From, r.First.From + len(a)}
			from := r.Second.From + len(a) - (r.First.To - r.First.From)
			second := Span{from, from + len(b)}
			if m.reads(text, first) && m.reads(text, second) {
				r.Text, r.First, r.Second = text, first, second
				return
			}
		}
	}
}
