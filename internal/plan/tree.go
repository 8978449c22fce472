package plan

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// nullable reports whether re may match without taking a character.
func nullable(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpLiteral:
		return len(re.Rune) == 0
	case syntax.OpCapture, syntax.OpPlus:
		return nullable(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || nullable(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !nullable(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, nullable)
	default:
		return true
	}
}

// firstOf is a set of all that may stand where re begins, when follow may stand behind it.
func firstOf(re *syntax.Regexp, follow set) set {
	if c, ok := classOf(re); ok {
		return c.set
	}
	switch re.Op {
	case syntax.OpNoMatch:
		return set{}
	case syntax.OpLiteral: // of two or more: one is a class
		return runeClass(re.Rune[0], re.Flags&syntax.FoldCase != 0).set
	case syntax.OpEndText:
		return set{end: true}
	case syntax.OpEndLine:
		return set{bits: only('\n').bits, end: true}
	case syntax.OpCapture:
		return firstOf(re.Sub[0], follow)
	case syntax.OpStar, syntax.OpQuest:
		return firstOf(re.Sub[0], follow).or(follow)
	case syntax.OpPlus:
		return firstOf(re.Sub[0], follow)
	case syntax.OpRepeat:
		first := firstOf(re.Sub[0], follow)
		if re.Min == 0 {
			first = first.or(follow)
		}
		return first
	case syntax.OpConcat:
		for _, sub := range slices.Backward(re.Sub) {
			follow = firstOf(sub, follow)
		}
		return follow
	case syntax.OpAlternate:
		var first set
		for _, sub := range re.Sub {
			first = first.or(firstOf(sub, follow))
		}
		return first
	default:
		return follow
	}
}

// An edge is what may stand directly before a point: a byte of a word, something else or the beginning of the text.
type edge uint8

const (
	word edge = 1 << iota
	other
)

func edgeOf(s set) (e edge) {
	w := wordBytes()
	if s.meets(w) {
		e |= word
	}
	if s.meets(w.not()) {
		e |= other
	}
	return e
}

// lastOf is what may stand before the point behind re, when before may stand before re.
func lastOf(re *syntax.Regexp, before edge) edge {
	if c, ok := classOf(re); ok {
		return edgeOf(c.set)
	}
	switch re.Op {
	case syntax.OpNoMatch:
		return 0
	case syntax.OpLiteral:
		return edgeOf(runeClass(re.Rune[len(re.Rune)-1], re.Flags&syntax.FoldCase != 0).set)
	case syntax.OpCapture:
		return lastOf(re.Sub[0], before)
	case syntax.OpStar, syntax.OpQuest:
		return lastOf(re.Sub[0], word|other) | before
	case syntax.OpPlus:
		return lastOf(re.Sub[0], word|other)
	case syntax.OpRepeat:
		last := lastOf(re.Sub[0], word|other)
		if re.Min == 0 {
			last |= before
		}
		return last
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			before = lastOf(sub, before)
		}
		return before
	case syntax.OpAlternate:
		var last edge
		for _, sub := range re.Sub {
			last |= lastOf(sub, before)
		}
		return last
	default:
		return before
	}
}

// loopsOverEmpty reports whether re repeats without limit what may match without taking a character.
func loopsOverEmpty(re *syntax.Regexp) bool {
	endless := re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Max < 0
	return endless && nullable(re.Sub[0]) || slices.ContainsFunc(re.Sub, loopsOverEmpty)
}

// captures reports whether re has a group.
func captures(re *syntax.Regexp) bool {
	return re.Op == syntax.OpCapture || slices.ContainsFunc(re.Sub, captures)
}

// simple reports whether re is made of characters, spans of one class and assertions in a row.
func simple(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAlternate:
		return false
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		_, ok := classOf(re.Sub[0])
		return ok
	}
	return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !simple(sub) })
}

// anchored reports whether re matches at the beginning of the text only.
func anchored(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return anchored(re.Sub[0])
	case syntax.OpConcat:
		return len(re.Sub) > 0 && anchored(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !anchored(sub) })
	}
	return false
}

// needs returns literals that each match contains one after the other.
func needs(re *syntax.Regexp) []string {
	var found []string
	var now []byte
	cut := func() {
		if len(now) > 0 {
			found = append(found, string(now))
		}
		now = nil
	}
	var walk func(re *syntax.Regexp)
	walk = func(re *syntax.Regexp) {
		switch re.Op {
		case syntax.OpLiteral:
			for _, r := range re.Rune {
				if c := runeClass(r, re.Flags&syntax.FoldCase != 0); !isExact(c, r) {
					cut()
					continue
				}
				now = append(now, string(r)...)
			}
		case syntax.OpConcat, syntax.OpCapture:
			for _, sub := range re.Sub {
				walk(sub)
			}
		case syntax.OpPlus:
			cut()
			walk(re.Sub[0])
			cut()
		case syntax.OpRepeat:
			cut()
			if re.Min > 0 {
				walk(re.Sub[0])
				cut()
			}
		case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpBeginLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		default:
			cut()
		}
	}
	walk(re)
	cut()
	return found
}

// isExact reports whether the class of r takes r only, and r only as its own bytes: U+FFFD is each invalid byte too.
func isExact(c class, r rune) bool {
	if r == '\uFFFD' || r >= 0xD800 && r < 0xE000 {
		return false
	}
	if r < utf8.RuneSelf {
		b, ok := c.set.single()
		return ok && rune(b) == r
	}
	return len(c.ranges) == 2 && c.ranges[0] == c.ranges[1] && c.set == high()
}

// nameOf is a name for all expressions that are built as re is. The String of re would do, if it were not slow on classes.
func nameOf(re *syntax.Regexp) string { return string(appendName(nil, re)) }

func appendName(to []byte, re *syntax.Regexp) []byte {
	to = append(to, byte(re.Op))
	to = binary.AppendUvarint(to, uint64(re.Flags&(syntax.FoldCase|syntax.NonGreedy)))
	to = binary.AppendUvarint(to, uint64(len(re.Rune)))
	for _, r := range re.Rune {
		to = binary.AppendVarint(to, int64(r))
	}
	if re.Op == syntax.OpRepeat {
		to = binary.AppendVarint(to, int64(re.Min))
		to = binary.AppendVarint(to, int64(re.Max))
	}
	to = binary.AppendUvarint(to, uint64(len(re.Sub)))
	for _, sub := range re.Sub {
		to = appendName(to, sub)
	}
	return to
}
