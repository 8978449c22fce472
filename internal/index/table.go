package index

import (
	"slices"
	"strings"

	"tocsin.example/internal/cond"
)

// table sorts texts into classes by which guards hold for them, given by what they equal, begin with and end with.
type table struct {
	equals  map[string][]int // guards by constant, until build
	begins  *affixes
	ends    *affixes
	longest int // constant that is equal or begins

	classes map[string]uint32 // of the constants
	lengths uint64            // a bit for the length of each constant, from 63 on the last one
	firsts  byteSet           // their first bytes
	sets    []bits            // guards by class, of constants; the other classes are pairs of affixes
}

func newTable() *table {
	return &table{equals: map[string][]int{}, begins: newAffixes(false), ends: newAffixes(true)}
}

func (t *table) empty() bool { return len(t.equals)+len(t.begins.guards)+len(t.ends.guards) == 0 }

func (t *table) add(op cond.Op, text string, guard int) {
	switch op {
	case cond.Begins:
		t.begins.guards[text] = append(t.begins.guards[text], guard)
	case cond.Ends:
		t.ends.guards[text] = append(t.ends.guards[text], guard)
		return
	default:
		t.equals[text] = append(t.equals[text], guard)
	}
	t.longest = max(t.longest, len(text))
}

// build ends adding, of so many guards. It reports false when there are more classes than 24 bits can name.
func (t *table) build(guards int) bool {
	t.begins.build()
	t.ends.build()
	t.classes = make(map[string]uint32, len(t.equals))
	known := map[string]uint32{}
	for text, own := range t.equals {
		set := newBits(guards)
		for _, g := range own {
			set.set(g)
		}
		t.begins.collect(t.begins.longest(text), set)
		t.ends.collect(t.ends.longest(text), set)
		key := string(set.append(nil))
		c, ok := known[key]
		if !ok {
			c = uint32(len(t.sets)) //nolint:gosec // there are fewer than constants
			known[key] = c
			t.sets = append(t.sets, set)
		}
		t.classes[text] = c
		t.lengths |= 1 << min(len(text), 63)
		t.firsts.addFirst(text)
	}
	return len(t.sets)+(len(t.begins.list)+1)*(len(t.ends.list)+1) < foreign
}

// class returns the class of a text: that of the constant that it equals, else the one of the longest constants that it
// begins and ends with.
func (t *table) class(text string) uint32 {
	if t.lengths>>min(len(text), 63)&1 != 0 && (text == "" || t.firsts.has(text[0])) {
		if c, ok := t.classes[text]; ok {
			return c
		}
	}
	c := uint32(len(t.sets)) //nolint:gosec // see build
	if len(t.begins.list) > 0 && t.begins.may(text) {
		c += t.begins.longest(text) * uint32(len(t.ends.list)+1) //nolint:gosec // see build
	}
	if len(t.ends.list) > 0 && t.ends.may(text) {
		c += t.ends.longest(text)
	}
	return c
}

// byteSet is a set of bytes.
type byteSet [4]uint64

func (b *byteSet) has(c byte) bool { return b[c>>6]&(1<<(c&63)) != 0 }

func (b *byteSet) addFirst(text string) {
	if text != "" {
		b[text[0]>>6] |= 1 << (text[0] & 63)
	}
}

// classBytes is class for a table without ends; it makes no string of the text.
func (t *table) classBytes(text []byte) uint32 {
	if c, ok := t.classes[string(text)]; ok {
		return c
	}
	return uint32(len(t.sets)) + t.begins.longestBytes(text) //nolint:gosec // see build
}

// collect adds the guards that hold for the texts of a class.
func (t *table) collect(class uint32, into bits) {
	if int(class) < len(t.sets) {
		for i, w := range t.sets[class] {
			into[i] |= w
		}
		return
	}
	class -= uint32(len(t.sets))          //nolint:gosec // see build
	width := uint32(len(t.ends.list) + 1) //nolint:gosec // see build
	t.begins.collect(class/width, into)
	t.ends.collect(class%width, into)
}

// affixes finds the longest of many texts that another text begins with, or, backwards, ends with. Texts are numbered
// from 1; 0 is none.
type affixes struct {
	backwards bool
	guards    map[string][]int
	edges     byteSet  // the bytes that they begin with
	empty     bool     // one of them is
	list      []string // sorted by their bytes in the direction of reading
	shorter   []uint32 // the longest other one that each begins with
}

func newAffixes(backwards bool) *affixes {
	return &affixes{backwards: backwards, guards: map[string][]int{}}
}

func (a *affixes) build() {
	for text := range a.guards {
		a.list = append(a.list, text)
		a.empty = a.empty || text == ""
		if a.backwards && text != "" {
			text = text[len(text)-1:]
		}
		a.edges.addFirst(text)
	}
	slices.SortFunc(a.list, a.compare)
	a.shorter = make([]uint32, len(a.list))
	var open []uint32 // each begins with the one before it, and the text at hand with the last
	for i, text := range a.list {
		for len(open) > 0 && !a.begins(text, a.list[open[len(open)-1]-1]) {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			a.shorter[i] = open[len(open)-1]
		}
		open = append(open, uint32(i+1))
	}
}

// collect adds the guards of a text and of those that it begins with.
func (a *affixes) collect(n uint32, into bits) {
	for ; n > 0; n = a.shorter[n-1] {
		for _, g := range a.guards[a.list[n-1]] {
			into.set(g)
		}
	}
}

// may reports whether a text may be an affix of s: if not, the answer of longest is 0.
func (a *affixes) may(s string) bool {
	switch {
	case a.empty:
		return true
	case s == "":
		return false
	case a.backwards:
		return a.edges.has(s[len(s)-1])
	default:
		return a.edges.has(s[0])
	}
}

// longest returns the longest text that is an affix of s.
func (a *affixes) longest(s string) uint32 {
	lo, hi := 0, len(a.list) // the last one that is not behind s
	for lo < hi {
		if mid := (lo + hi) / 2; a.compare(a.list[mid], s) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	// What s begins with is not behind it, and all in between begin with that, too.
	n := uint32(lo)
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
	n := uint32(lo)
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
