package plan

import (
	"regexp/syntax"
	"slices"
)

// The limits of a plan. What is larger is unsupported.
const (
	maxNodes = 20_000    // closures and steps
	maxWork  = 2_000_000 // visits of instructions to make its tables
	maxDepth = 40_000    // nodes on the stack within loops: some megabytes
)

// A cont is what follows a part of the expression: steps that run in one frame, then a node.
type cont struct {
	steps *link
	tail  node   // nil: the match ends
	first set    // it fails where something else stands
	lit   string // it fails where something else stands; not known to be all
}

// A link is a step of a chain; chains share their ends.
type link struct {
	step
	next *link
}

// accepting is the end of the expression.
func accepting() cont { return cont{first: everything()} }

// final reports whether k always succeeds, at once.
func (k cont) final() bool { return k.steps == nil && k.tail == nil }

// How often a group can take part in a match: this decides when its offsets may be written.
type often uint8

const (
	once  often = iota // in every match: on the way, what was written in vain is written again
	maybe              // once or not at all: on the way, taken back on failure
	many               // in a loop: once the match is found, the last first
)

// A place is where a part of the expression stands.
type place struct {
	before edge
	groups often
}

func (p place) within(groups often) place {
	return place{before: p.before, groups: max(p.groups, groups)}
}

// compiler makes the closures, from the end of the expression to its beginning.
type compiler struct {
	nodes  int
	tables *tables
	work   int    // left for new tables
	slowly bool   // within what runs when a table was in doubt
	whole  string // the expression of that table
}

func (c *compiler) unsupported(re *syntax.Regexp, reason string) (cont, error) {
	construct := re.String()
	if len(construct) > 80 {
		construct = construct[:77] + "..."
	}
	return cont{}, &Unsupported{Construct: construct, Reason: reason}
}

// compile returns re followed by k.
func (c *compiler) compile(re *syntax.Regexp, k cont, at place) (cont, error) {
	if c.nodes > maxNodes {
		return c.unsupported(re, "the expression is too large")
	}
	if cl, ok := classOf(re); ok {
		return c.char(cl, re, k), nil
	}
	switch re.Op {
	case syntax.OpNoMatch:
		return cont{tail: func(*match, int) bool { return false }}, nil
	case syntax.OpEmptyMatch:
		return k, nil
	case syntax.OpLiteral:
		return c.literal(re, k), nil
	case syntax.OpCapture:
		return c.capture(re, k, at)
	case syntax.OpConcat:
		return c.sequence(re.Sub, k, at)
	case syntax.OpAlternate:
		return c.alternate(re, k, at)
	case syntax.OpQuest, syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		return c.repeat(re, k, at)
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return c.anchor(re.Op, k), nil
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return c.boundary(re.Op == syntax.OpWordBoundary, k, at), nil
	}
	return c.unsupported(re, "not on the list of constructs")
}

// prepend puts a step before k.
func (c *compiler) prepend(s step, k cont) *link {
	c.nodes++
	return &link{step: s, next: k.steps}
}

// mark makes k write down where it begins.
func (c *compiler) mark(slot int, k cont, groups often) cont {
	if groups == many {
		// The last time counts, and that is the innermost call: the first to return.
		f := c.node(k)
		k.steps, k.tail = nil, func(m *match, i int) bool {
			if !f(m, i) {
				return false
			}
			if m.ends[slot] < 0 {
				m.ends[slot] = i
			}
			return true
		}
		return k
	}
	s := step{kind: stepNothing}
	next := k.steps
	if next != nil && next.mark == 0 {
		s, next = next.step, next.next
	}
	s.mark, s.undo = slot, groups == maybe
	k.steps = &link{step: s, next: next}
	return k
}

func (c *compiler) capture(re *syntax.Regexp, k cont, at place) (cont, error) {
	k = c.mark(2*re.Cap+1, k, at.groups)
	k, err := c.compile(re.Sub[0], k, at)
	if err != nil {
		return k, err
	}
	return c.mark(2*re.Cap, k, at.groups), nil
}

// char is one character of a class.
func (c *compiler) char(cl class, re *syntax.Regexp, k cont) cont {
	if re.Op == syntax.OpLiteral && isExact(cl, re.Rune[0]) {
		return c.text(string(re.Rune), k)
	}
	if b, ok := cl.set.single(); ok && cl.wide == none {
		return c.text(string(rune(b)), k)
	}
	s := step{kind: stepClass, class: &cl}
	if cl.wide == none {
		s = step{kind: stepByte, table: c.tables.bytes(cl.set)}
	}
	return cont{steps: c.prepend(s, k), tail: k.tail, first: cl.set}
}

// text is a literal of bytes.
func (c *compiler) text(lit string, k cont) cont {
	s := step{kind: stepText, text: lit}
	next := k.steps
	if next != nil && next.kind == stepText && next.mark == 0 {
		s.text += next.text
		next = next.next
	}
	return cont{steps: &link{step: s, next: next}, tail: k.tail, first: only(lit[0]), lit: lit + k.lit}
}

// literal is a literal of several characters, of which some may have several forms.
func (c *compiler) literal(re *syntax.Regexp, k cont) cont {
	fold := re.Flags&syntax.FoldCase != 0
	for i, r := range slices.Backward(re.Rune) {
		one := &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Flags, Rune: re.Rune[i : i+1]}
		k = c.char(runeClass(r, fold), one, k)
	}
	return k
}

func (c *compiler) anchor(op syntax.Op, k cont) cont {
	s := step{kind: stepBeginText}
	first, lit := k.first, k.lit
	switch op {
	case syntax.OpBeginLine:
		s.kind = stepBeginLine
	case syntax.OpEndText:
		s.kind = stepEndText
		first, lit = first.and(set{end: true}), ""
	case syntax.OpEndLine:
		s.kind = stepEndLine
		line := only('\n')
		line.end = true
		first = first.and(line)
	}
	return cont{steps: c.prepend(s, k), tail: k.tail, first: first, lit: lit}
}

// boundary is `\b`, or `\B`.
func (c *compiler) boundary(want bool, k cont, at place) cont {
	inWord := wordBytes()
	allowed := set{}
	if at.before&word != 0 && want || at.before&other != 0 && !want {
		allowed = allowed.or(inWord.not())
	}
	if at.before&other != 0 && want || at.before&word != 0 && !want {
		allowed = allowed.or(inWord)
	}
	sure := at.before != word|other && k.first.within(allowed)
	if sure {
		return k // k fails wherever this would
	}
	s := step{kind: stepBoundary, want: want}
	return cont{steps: c.prepend(s, k), tail: k.tail, first: k.first.and(allowed), lit: k.lit}
}

// sequence is parts one after the other. Where several without groups stand together they are tried as one table.
func (c *compiler) sequence(parts []*syntax.Regexp, k cont, at place) (cont, error) {
	edges := make([]edge, len(parts)+1)
	edges[0] = at.before
	for i, re := range parts {
		edges[i+1] = lastOf(re, edges[i])
	}
	for end := len(parts); end > 0; {
		begin := together(parts, end)
		here := place{before: edges[begin], groups: at.groups}
		if end-begin > 1 {
			re := &syntax.Regexp{Op: syntax.OpConcat, Sub: parts[begin:end]}
			if next, ok := c.automaton(re, k, here); ok {
				k, end = next, begin
				continue
			}
		}
		end--
		here.before = edges[end]
		next, err := c.compile(parts[end], k, here)
		if err != nil {
			return k, err
		}
		k = next
	}
	return k, nil
}

// together is the beginning of the parts up to end that may become one table: without groups, and beginning with one that
// is not simple, for simple parts are faster as they are. A literal is best left at the end, too: it can be looked for.
func together(parts []*syntax.Regexp, end int) int {
	begin := end - 1
	if captures(parts[begin]) || parts[begin].Op == syntax.OpLiteral {
		return begin
	}
	best := begin
	for ; begin >= 0 && !captures(parts[begin]); begin-- {
		if !simple(parts[begin]) {
			best = begin
		}
	}
	return best
}
