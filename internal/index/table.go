package index

import (
	"slices"
	"strings"

	"tocsin.example/internal/cond"
)

// table sorts texts by what they equal, begin with and end with.
type table struct {
	equals  map[string]uint32 // to a class
	begins  *affixes
	ends    *affixes
	size    int // constants
	longest int // of those that are equal or begin

	texts []string // by class, of equals
}

func newTable() *table {
	return &table{equals: map[string]uint32{}, begins: &affixes{}, ends: &affixes{backwards: true}}
}

func (t *table) add(op cond.Op, text string) {
	switch op {
	case cond.Begins:
		t.begins.list = append(t.begins.list, text)
	case cond.Ends:
		t.ends.list = append(t.ends.list, text)
	default:
		if _, ok := t.equals[text]; ok {
			return
		}
		t.equals[text] = uint32(len(t.texts)) //nolint:gosec // build looks at the size
		t.texts = append(t.texts, text)
	}
	t.size++
	if op != cond.Ends {
		t.longest = max(t.longest, len(text))
	}
}

// build ends adding. It reports false when there are more classes than 24 bits can name.
func (t *table) build() bool {
	t.begins.build()
	t.ends.build()
	n := len(t.texts) + (len(t.begins.list)+1)*(len(t.ends.list)+1)
	return n < foreign
}

// class returns the class of a text: the constant that it equals, else the longest ones that it begins and ends with.
func (t *table) class(text string) uint32 {
	if len(text) <= t.longest {
		if c, ok := t.equals[text]; ok {
			return c
		}
	}
	c := uint32(len(t.texts)) //nolint:gosec // see build
	if len(t.begins.list)+len(t.ends.list) == 0 {
		return c
	}
	return c + t.begins.longest(text)*uint32(len(t.ends.list)+1) + t.ends.longest(text) //nolint:gosec // see build
}

// classBytes is class for a table without ends; it makes no string of the text.
func (t *table) classBytes(text []byte) uint32 {
	if c, ok := t.equals[string(text)]; ok {
		return c
	}
	c := uint32(len(t.texts)) //nolint:gosec // see build
	if len(t.begins.list) == 0 {
		return c
	}
	return c + t.begins.longestBytes(text)
}

// holds reports whether a test is true of the texts of a class.
func (t *table) holds(class uint32, op cond.Op, constant string) bool {
	if int(class) < len(t.texts) {
		return cond.Test{Op: op, Text: constant}.Holds(t.texts[class])
	}
	class -= uint32(len(t.texts))         //nolint:gosec // see build
	width := uint32(len(t.ends.list) + 1) //nolint:gosec // see build
	switch op {
	case cond.Begins:
		return class/width > 0 && strings.HasPrefix(t.begins.list[class/width-1], constant)
	case cond.Ends:
		return class%width > 0 && strings.HasSuffix(t.ends.list[class%width-1], constant)
	default:
		return false
	}
}

// affixes finds the longest of many texts that another text begins with, or, backwards, ends with.
type affixes struct {
	backwards bool
	list      []string // sorted by their bytes in the direction of reading
	shorter   []uint32 // number, from 1, of the longest other one that each begins with; 0 for none
}

func (a *affixes) build() {
	slices.SortFunc(a.list, a.compare)
	a.list = slices.Compact(a.list)
	a.shorter = make([]uint32, len(a.list))
	var open []uint32 // each begins with the one before it, and the text at hand with the last
	for i, text := range a.list {
		for len(open) > 0 && !a.begins(text, a.list[open[len(open)-1]-1]) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			a.shorter[i] = open[len(open)-1]
		}
		open = append(open, uint32(i+1)) //nolint:gosec // the number of constants
	}
}

// longest returns the number, from 1, of the longest text that is an affix of s; 0 for none.
func (a *affixes) longest(s string) uint32 {
	if len(a.list) == 0 {
		return 0
	}
	lo, hi := 0, len(a.list) // the last one that is not behind s
	for lo < hi {
		if mid := (lo + hi) / 2; a.compare(a.list[mid], s) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	// What s begins with is not behind it, and all in between begin with that, too.
	n := uint32(lo) //nolint:gosec // the number of constants
	for n > 0 && !a.begins(s, a.list[n-1]) {
		n = a.shorter[n-1]
	}
	return n
}

// longestBytes is longest for a text that is no string, forwards.
func (a *affixes) longestBytes(s []byte) uint32 {
	lo, hi := 0, len(a.list)
	for lo < hi {
		if mid := (lo + hi) / 2; a.list[mid] <= string(s) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	n := uint32(lo) //nolint:gosec // the number of constants
	for n > 0 && (len(s) < len(a.list[n-1]) || string(s[:len(a.list[n-1])]) != a.list[n-1]) {
		n = a.shorter[n-1]
	}
	return n
}

func (a *affixes) begins(s, affix string) bool {
	if a.backwards {
		return strings.HasSuffix(s, affix)
	}
	return strings.HasPrefix(s, affix)
}

func (a *affixes) compare(s, t string) int {
	if !a.backwards {
		return strings.Compare(s, t)
	}
	for i := 1; i <= len(s) && i <= len(t); i++ {
		if x, y := s[len(s)-i], t[len(t)-i]; x != y {
			return int(x) - int(y)
		}
	}
	return len(s) - len(t)
}
