package ambiguity

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxClasses bounds the classes of characters that an expression tells apart.
const maxClasses = 256

// set is a set of classes.
type set [maxClasses / 64]uint64

func (s *set) add(class int) { s[class/64] |= 1 << (class % 64) }

// first is the first class that is in all of three sets, -1 when there is none.
func first(a, b, c *set) int {
	for i := range a {
		if both := a[i] & b[i] & c[i]; both != 0 {
			for bit := range 64 {
				if both&(1<<bit) != 0 {
					return 64*i + bit
				}
			}
		}
	}
	return -1
}

// kind is what an assertion knows of a character beside a place in the text.
type kind uint8

// The kinds; edge is none at all, before the text and behind it.
const (
	edge kind = iota
	newline
	word
	other
	numKinds
)

// sample has a character of each kind, as the assertions see it.
var sample = [numKinds]rune{-1, '\n', 'a', ' '}

func kindOf(r rune) kind {
	switch {
	case r == '\n':
		return newline
	case syntax.IsWordChar(r):
		return word
	}
	return other
}

// collapsed maps kinds that no assertion of the program tells apart onto one.
func collapsed(prog *syntax.Prog) [numKinds]kind {
	var ops syntax.EmptyOp
	for i := range prog.Inst {
		if prog.Inst[i].Op == syntax.InstEmptyWidth {
			ops |= syntax.EmptyOp(prog.Inst[i].Arg) //nolint:gosec // as package syntax wrote it
		}
	}
	out := [numKinds]kind{edge, other, other, other}
	if ops&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0 {
		out[newline] = newline
	}
	if ops&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		out[word] = word
	}
	return out
}

// pretty are the characters that stand for their class in a proof, best first; the other visible ones follow.
const pretty = "x1 .:-/="

// Of the 95 visible ASCII characters, the space among them, a part takes so many to be called wide or free: \w takes 63,
// [A-Za-z0-9._-] 65, \S 94.
const (
	wideFrom = 60
	freeFrom = 70
)

// divide parts the characters into classes that no instruction of the program tells apart. It reports false when there
// are too many.
func (m *machine) divide() bool {
	cuts := []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1}
	for r := rune(' '); r <= '~'+1; r++ {
		cuts = append(cuts, r)
	}
	for i := range m.prog.Inst {
		cuts = append(cuts, cutsOf(&m.prog.Inst[i])...)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	if len(cuts) > MaxProgram {
		return false
	}
	alike := m.alike()
	bySignature := map[string]int{}
	classOf := make([]int, len(cuts))
	signature := make([]byte, len(alike)+1)
	for c, r := range cuts {
		if r > unicode.MaxRune {
			classOf[c] = -1
			continue
		}
		signature[len(alike)] = byte(kindOf(r))
		for i, inst := range alike {
			signature[i] = 0
			if inst.MatchRune(r) {
				signature[i] = 1
			}
		}
		class, ok := bySignature[string(signature)]
		if !ok {
			class = len(bySignature)
			if class == maxClasses {
				return false
			}
			bySignature[string(signature)] = class
			m.runes, m.kinds = append(m.runes, r), append(m.kinds, kindOf(r))
		}
		classOf[c] = class
	}
	m.choose(cuts, classOf)
	m.setTakes()
	return true
}

// alike returns one instruction for each set of characters that the program takes.
func (m *machine) alike() []*syntax.Inst {
	var out []*syntax.Inst
	seen := map[string]bool{}
	for i := range m.prog.Inst {
		inst := &m.prog.Inst[i]
		if !takes(inst) {
			continue
		}
		key := string(append([]rune{rune(inst.Op), rune(inst.Arg)}, inst.Rune...)) //nolint:gosec // an opcode, a flag
		if !seen[key] {
			seen[key] = true
			out = append(out, inst)
		}
	}
	return out
}

// takes reports whether an instruction takes a character.
func takes(inst *syntax.Inst) bool {
	return slices.Contains([]syntax.InstOp{syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL}, inst.Op)
}

// cutsOf returns where the set of an instruction begins and where it has ended.
func cutsOf(inst *syntax.Inst) []rune {
	if !takes(inst) || len(inst.Rune) == 0 {
		return nil
	}
	if len(inst.Rune) == 1 {
		var out []rune
		r := inst.Rune[0]
		out = append(out, r, r+1)
		if syntax.Flags(inst.Arg)&syntax.FoldCase != 0 { //nolint:gosec // as package syntax wrote it
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, f, f+1)
			}
		}
		return out
	}
	var out []rune
	for i := 0; i+1 < len(inst.Rune); i += 2 {
		out = append(out, inst.Rune[i], inst.Rune[i+1]+1)
	}
	return out
}

// choose picks the character that stands for each class.
func (m *machine) choose(cuts []rune, classOf []int) {
	chosen := make([]bool, len(m.runes))
	pick := func(r rune) {
		i, ok := slices.BinarySearch(cuts, r)
		if ok && classOf[i] >= 0 && !chosen[classOf[i]] {
			m.runes[classOf[i]], chosen[classOf[i]] = r, true
		}
	}
	for _, r := range pretty {
		pick(r)
	}
	for r := 'a'; r <= 'z'; r++ {
		pick(r)
	}
	for r := rune(' '); r <= '~'; r++ {
		pick(r)
	}
	for i, r := range m.runes {
		if !utf8.ValidRune(r) { // half of a surrogate pair: no text has it
			m.runes[i] = utf8.RuneError
		}
	}
}

// setTakes notes what every instruction takes.
func (m *machine) setTakes() {
	m.takes = make([]set, len(m.prog.Inst))
	m.wide, m.free = make([]bool, len(m.prog.Inst)), make([]bool, len(m.prog.Inst))
	for i := range m.prog.Inst {
		inst := &m.prog.Inst[i]
		if !takes(inst) {
			continue
		}
		for class, r := range m.runes {
			if inst.MatchRune(r) {
				m.takes[i].add(class)
			}
		}
		visible := 0
		for r := rune(' '); r <= '~'; r++ {
			if inst.MatchRune(r) {
				visible++
			}
		}
		m.wide[i], m.free[i] = visible >= wideFrom, visible >= freeFrom
	}
}
