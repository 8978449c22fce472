package automaton

import (
	"regexp/syntax"
	"slices"
	"unicode"
)

type op uint8

const (
	opFail  op = iota
	opMatch    // a match ends here
	opPass     // goes on at out
	opAlt      // goes on at out and at arg
	opEmpty    // goes on at out where the conditions arg hold, a syntax.EmptyOp
	opRune     // takes a rune of the set arg and goes on at out
)

// inst is an instruction of the expressions' program.
type inst struct {
	op  op
	out uint32
	arg uint32
}

// kind is what stood before a place in the text, as far as the program can tell: kinds that it treats alike are one.
type kind uint8

const (
	other kind = iota
	begin
	word
	newline
	kinds
)

// program is the expressions side by side: each is compiled by itself, so that flags of one mean nothing to another.
type program struct {
	insts   []inst
	starts  []uint32
	classes *classes
	member  []uint64 // the classes of each set as bits, `words` words a set
	words   int
	kindOf  []kind         // of a rune of each class
	asks    syntax.EmptyOp // all conditions of the program
}

func newProgram(expressions []string) (*program, error) {
	p := &program{}
	sets := &runeSets{index: map[string]uint32{}}
	for _, x := range expressions {
		re, err := syntax.Parse(x, syntax.Perl)
		if err != nil {
			return nil, err
		}
		prog, err := syntax.Compile(re.Simplify())
		if err != nil {
			return nil, err
		}
		if err := p.join(prog, sets); err != nil {
			return nil, err
		}
	}
	if err := p.classify(sets.list); err != nil {
		return nil, err
	}
	return p, nil
}

// join adds the program of one expression.
func (p *program) join(prog *syntax.Prog, sets *runeSets) error {
	base := small(len(p.insts))
	if len(p.insts)+len(prog.Inst) > maxInsts {
		return ErrTooLarge
	}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		to := inst{out: base + in.Out}
		switch in.Op {
		case syntax.InstFail:
		case syntax.InstMatch:
			to.op = opMatch
		case syntax.InstCapture, syntax.InstNop:
			to.op = opPass
		case syntax.InstAlt, syntax.InstAltMatch:
			to.op, to.arg = opAlt, base+in.Arg
		case syntax.InstEmptyWidth:
			to.op, to.arg = opEmpty, in.Arg
			p.asks |= syntax.EmptyOp(in.Arg) //nolint:gosec // package syntax says so
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			n, err := sets.number(runesOf(in))
			if err != nil {
				return err
			}
			to.op, to.arg = opRune, n
		}
		p.insts = append(p.insts, to)
	}
	p.starts = append(p.starts, base+small(prog.Start))
	return nil
}

// runesOf is the set of runes that an instruction takes.
func runesOf(in *syntax.Inst) []rune {
	switch {
	case in.Op == syntax.InstRuneAny:
		return []rune{0, unicode.MaxRune}
	case in.Op == syntax.InstRuneAnyNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	case len(in.Rune) == 1 && in.Arg&uint32(syntax.FoldCase) != 0:
		return orbit(in.Rune[0])
	case len(in.Rune) == 1:
		return []rune{in.Rune[0], in.Rune[0]}
	}
	return in.Rune
}

// classify makes the classes of the sets, and of what the conditions look at.
func (p *program) classify(sets [][]rune) error {
	all := slices.Clip(sets)
	if p.asks&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		all = append(all, []rune{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'})
	}
	if p.asks&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0 {
		all = append(all, []rune{'\n', '\n'})
	}
	c, err := split(all)
	if err != nil {
		return err
	}
	p.classes = c
	p.words = (c.n + 63) / 64
	if len(sets)*p.words*64 > maxWork {
		return ErrTooLarge
	}
	first := make([]rune, c.n) // a rune of each class
	for i, r := range c.from {
		first[c.class[i]] = r
	}
	p.member = make([]uint64, len(sets)*p.words)
	for i, set := range sets {
		for class, r := range first {
			if (&syntax.Inst{Rune: set}).MatchRune(r) {
				p.member[i*p.words+class/64] |= 1 << (class % 64)
			}
		}
	}
	p.kindOf = make([]kind, c.n)
	for class, r := range first {
		p.kindOf[class] = p.kindOfRune(r)
	}
	return nil
}

// takes reports whether runes of a class are in a set.
func (p *program) takes(set, class uint32) bool {
	return p.member[set*small(p.words)+class/64]>>(class%64)&1 != 0
}

func (p *program) kindOfRune(r rune) kind {
	switch {
	case r == '\n' && p.asks&syntax.EmptyBeginLine != 0:
		return newline
	case syntax.IsWordChar(r) && p.asks&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0:
		return word
	}
	return other
}

// beginning is the kind of the text's begin.
func (p *program) beginning() kind {
	if p.asks&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0 {
		return begin
	}
	return other
}

// behind are the conditions that hold by what stood before.
func behind(k kind) syntax.EmptyOp {
	switch k {
	case begin:
		return syntax.EmptyBeginText | syntax.EmptyBeginLine
	case newline:
		return syntax.EmptyBeginLine
	case other, word, kinds:
	}
	return 0
}

// ahead are the conditions that can be decided only when it is known what follows.
const ahead = syntax.EmptyEndText | syntax.EmptyEndLine | syntax.EmptyWordBoundary | syntax.EmptyNoWordBoundary

// between are all conditions that hold between what stood before and a rune of a class; class classes.n is the end.
func (p *program) between(k kind, class uint32) syntax.EmptyOp {
	holds := behind(k)
	wordAhead := false
	if class == small(p.classes.n) {
		holds |= syntax.EmptyEndText | syntax.EmptyEndLine
	} else {
		wordAhead = p.kindOf[class] == word
		if class == uint32(p.classes.of('\n')) {
			holds |= syntax.EmptyEndLine
		}
	}
	if (k == word) != wordAhead {
		return holds | syntax.EmptyWordBoundary
	}
	return holds | syntax.EmptyNoWordBoundary
}

// bytes is the memory of the program.
func (p *program) bytes() int {
	return len(p.insts)*12 + len(p.starts)*4 + len(p.member)*8 + len(p.kindOf) + len(p.classes.from)*6
}
