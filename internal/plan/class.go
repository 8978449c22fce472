package plan

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// How much of what is not ASCII a class takes.
type extent uint8

const (
	none extent = iota
	some
	all
)

// A class is a set of characters: what one step of a regular expression takes.
type class struct {
	set    set    // the bytes it may begin with; exact for ASCII
	wide   extent // of the characters that are not ASCII, U+FFFD (and so each invalid byte) among them
	ranges []rune // pairs, sorted, all at or above 0x80; only when wide is some
}

// classOf returns the class of an expression that takes exactly one character.
func classOf(re *syntax.Regexp) (class, bool) {
	switch re.Op {
	case syntax.OpAnyChar:
		return newClass([]rune{0, unicode.MaxRune}), true
	case syntax.OpAnyCharNotNL:
		return newClass([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}), true
	case syntax.OpCharClass:
		return newClass(re.Rune), true
	case syntax.OpLiteral:
		if len(re.Rune) != 1 {
			return class{}, false
		}
		return runeClass(re.Rune[0], re.Flags&syntax.FoldCase != 0), true
	}
	return class{}, false
}

// runeClass is the class of one character, or with fold of all that differ from it by case only: `(?i)k` takes U+212A.
func runeClass(r rune, fold bool) class {
	runes := []rune{r}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			runes = append(runes, f)
		}
	}
	slices.Sort(runes)
	var ranges []rune
	for _, r := range runes {
		ranges = append(ranges, r, r)
	}
	return newClass(ranges)
}

func newClass(ranges []rune) class {
	var c class
	count := 0
	for pair := range slices.Chunk(ranges, 2) {
		lo, hi := pair[0], pair[1]
		for b := range byte(utf8.RuneSelf) {
			if lo <= rune(b) && rune(b) <= hi {
				c.set = c.set.with(b)
			}
		}
		if hi >= utf8.RuneSelf {
			lo = max(lo, utf8.RuneSelf)
			c.ranges = append(c.ranges, lo, hi)
			count += int(hi-lo) + 1
		}
	}
	switch count {
	case 0:
	case unicode.MaxRune - utf8.RuneSelf + 1:
		c.wide, c.ranges = all, nil
		c.set = c.set.or(high())
	default:
		c.wide = some
		c.set = c.set.or(high())
	}
	return c
}

// width is the number of bytes of the character at i when it is in c, else 0.
func (c *class) width(text string, i int) int {
	if i >= len(text) || !c.set.has(text[i]) {
		return 0
	}
	if text[i] < utf8.RuneSelf {
		return 1
	}
	r, w := utf8.DecodeRuneInString(text[i:])
	if c.wide == some && !(&syntax.Inst{Rune: c.ranges}).MatchRune(r) {
		return 0
	}
	return w
}

// skip goes over up to limit characters of c from i on; a negative limit is none. It returns where it stops and how many
// it passed.
func (c *class) skip(text string, i, limit int) (end, n int) {
	for n != limit {
		w := c.width(text, i)
		if w == 0 {
			break
		}
		i += w
		n++
	}
	return i, n
}

// before returns where the character begins that ends at j. from is where some character begins, from < j.
func before(text string, from, j int) int {
	if text[j-1] < utf8.RuneSelf {
		return j - 1
	}
	// A byte that may begin a character is never within another one; so only the nearest of those can reach to j.
	for p := j - 1; p >= max(from, j-utf8.UTFMax); p-- {
		if !utf8.RuneStart(text[p]) {
			continue
		}
		if _, w := utf8.DecodeRuneInString(text[p:]); p+w == j {
			return p
		}
		break
	}
	return j - 1
}
