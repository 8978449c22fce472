package index

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"
	"unicode/utf8"

	"tocsin.example/internal/automaton"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

// Groups of tests by how they are answered: each guard belongs to the probe of its field that answers all its tests.
const (
	plain    = 1 << iota // the text as it is: equals, begins, ends
	folded               // in upper or lower case: equals, begins
	contains             // contains, in any case; what ends in upper or lower case counts as contained
)

type probeKey struct {
	field  cond.Field
	groups uint8
}

func groupOf(t cond.Test) uint8 {
	switch {
	case t.Op == cond.Contains || t.Op == cond.Ends && t.Case != cond.AsIs:
		return contains
	case t.Case != cond.AsIs:
		return folded
	default:
		return plain
	}
}

// keyOf is the probe of a guard. Who reads all of a text answers everything of its field on the way, and everything that
// is asked of it then has one answer.
func keyOf(g cond.Guard) probeKey {
	groups := groupsOf(g.Any)
	if groups&contains != 0 {
		groups = plain | folded | contains
	}
	return probeKey{field: g.Field, groups: groups}
}

func groupsOf(tests []cond.Test) uint8 {
	var g uint8
	for _, t := range tests {
		g |= groupOf(t)
	}
	return g
}

// probe asks one field of the event and sorts its texts into classes: of two texts in one class the same guards hold.
// Tests that ignore case are answered for the text in lower case, where they can be: then more may hold than do.
type probe struct {
	key    probeKey
	guards [][]cond.Test
	known  map[string]int // guards by their tests
	cased  bits           // guards with a test that ignores case
	dull   bool           // too large to be asked

	plain    *table
	folded   *table
	literals *automaton.Literals
	wanted   [][]int // guards by literal
}

func newProbe(key probeKey) *probe { return &probe{key: key, known: map[string]int{}} }

// add numbers a guard by its tests; equal ones share a number.
func (p *probe) add(tests []cond.Test) int {
	tests = slices.Clone(tests)
	slices.SortFunc(tests, func(a, b cond.Test) int {
		return cmp.Or(cmp.Compare(a.Op, b.Op), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Text, b.Text))
	})
	tests = slices.Compact(tests)
	var key []byte
	for _, t := range tests {
		key = binary.AppendUvarint(append(key, byte(t.Op), byte(t.Case)), uint64(len(t.Text)))
		key = append(key, t.Text...)
	}
	n, ok := p.known[string(key)]
	if !ok {
		n = len(p.guards)
		p.known[string(key)] = n
		p.guards = append(p.guards, tests)
	}
	return n
}

func (p *probe) build() {
	p.plain, p.folded, p.cased = newTable(), newTable(), newBits(len(p.guards))
	var list []string
	places := map[string]int{}
	for g, tests := range p.guards {
		for _, t := range tests {
			if t.Case != cond.AsIs {
				p.cased.set(g)
			}
			switch groupOf(t) {
			case plain:
				p.plain.add(t.Op, t.Text, g)
			case folded:
				p.folded.add(t.Op, small(t.Text), g)
			case contains:
				text := small(t.Text)
				at, ok := places[text]
				if !ok {
					at = len(list)
					places[text] = at
					list = append(list, text)
					p.wanted = append(p.wanted, nil)
				}
				p.wanted[at] = append(p.wanted[at], g)
			}
		}
	}
	p.dull = !p.plain.build(len(p.guards)) || !p.folded.build(len(p.guards))
	if len(list) > 0 {
		p.literals = automaton.NewFoldedLiterals(list)
	}
	p.known = nil
}

// worth is how many items must wait for the answer of a probe to make it cheaper than asking them.
func (p *probe) worth() int {
	switch {
	case p.dull:
		return math.MaxInt
	case p.literals != nil:
		return 8 // reading all of a text takes as long as some filters
	default:
		return 2
	}
}

// class names a set of texts: 24 bits of the plain table, 24 of the folded one, 16 of the literals.
type class = uint64

// foreign is the folded class of texts that are not ASCII, where letters change their length and meet others, or are too
// long: every test may be true of them.
const foreign = 1<<24 - 1

// Limits of the texts that a reader remembers: how long they may be, in bytes, and how many it remembers of those that
// have to be read to the end.
const (
	maxLast  = 192
	maxShort = 32 // of those that need not be read to the end: longer ones are classified as soon as they are compared
	maxTexts = 1 << 10
)

// answered is a text with its class.
type answered struct {
	text  []byte // empty for none
	class class
}

// reader is a probe as one Finder uses it.
type reader struct {
	*probe

	slot    event.Slot // of the field, or -1
	nothing class      // of the empty text, which most fields have
	last    answered   // the text that was asked about before
	texts   []answered // those before it, by hash; none until the first is asked about
	seed    maphash.Seed

	text  []byte // as far as the folded table needs it
	found bits   // guards that a literal in the text at hand makes hold; the last bit: the text is not foldable
	key   []byte
	sets  map[string]uint16 // numbers of the sets that were seen
	seen  []bits
	note  func(i int)
}

func newReader(p *probe) *reader {
	r := &reader{probe: p, slot: event.NoSlot, text: make([]byte, 0, p.folded.longest+1)}
	if f := p.key.field; f.Scalar == cond.InSpace {
		r.slot = f.Ref.Slot
	}
	if p.literals != nil {
		r.found = newBits(len(p.guards) + 1)
		r.key = make([]byte, 0, 8*len(r.found))
		r.sets = map[string]uint16{}
		r.seed = maphash.MakeSeed()
		r.note = func(i int) {
			for _, g := range p.wanted[i] {
				r.found.set(g)
			}
		}
	}
	r.nothing = r.classify("")
	return r
}

// full reports whether no further set of literals can be numbered.
func (r *reader) full() bool { return len(r.seen) >= maxClasses }

// class returns the class of the event's text.
//
// hot:
func (r *reader) class(ev *event.Event) class {
	var text string
	if r.slot >= 0 {
		text = ev.Text(&r.probe.key.field.Ref)
	} else {
		text = r.probe.key.field.Text(ev)
	}
	if text == "" {
		return r.nothing
	}
	if text == string(r.last.text) {
		return r.last.class
	}
	if len(text) > maxLast || r.literals == nil && len(text) > maxShort {
		return r.classify(text)
	}
	a := &r.last
	if r.literals != nil {
		if r.texts == nil {
			r.texts = make([]answered, maxTexts)
		}
		a = &r.texts[maphash.String(r.seed, text)%maxTexts]
		if text == string(a.text) {
			return a.class
		}
	}
	a.class = r.classify(text)
	a.text = append(a.text[:0], text...)
	return a.class
}

func (r *reader) classify(text string) class {
	c := class(r.plain.class(text)) << 40
	if !r.folded.empty() {
		c |= class(r.foldedClass(text)) << 16
	}
	if r.literals != nil {
		c |= class(r.foundClass(text))
	}
	return c
}

// maxFolded is how long a text may be whose case is ignored, in bytes. What changes the case takes steps of the budget
// by the length of the text: filters that would take many are asked, and take them.
const maxFolded = 4 << 10

// foldable reports whether tests that ignore case are answered for a text.
func foldable(text string) bool { return len(text) <= maxFolded && ascii(text) }

// foldedClass looks the text up in lower case.
func (r *reader) foldedClass(text string) uint32 {
	if !foldable(text) {
		return foreign
	}
	r.text = r.text[:min(len(text), cap(r.text))] // a text that goes on behind the longest constant equals none
	for i := range r.text {
		r.text[i] = smallByte(text[i])
	}
	return r.folded.classBytes(r.text)
}

// foundClass numbers the set of guards that the literals in a text make hold. The Finder forgets before there are more
// sets than numbers.
func (r *reader) foundClass(text string) uint16 {
	clear(r.found)
	r.literals.Each(text, r.note)
	if !foldable(text) {
		r.found.set(len(r.guards))
	}
	r.key = r.found.append(r.key[:0])
	if n, ok := r.sets[string(r.key)]; ok {
		return n
	}
	n := uint16(len(r.seen)) //nolint:gosec // see maxClasses
	r.sets[string(r.key)] = n
	r.seen = append(r.seen, slices.Clone(r.found))
	return n
}

// holding returns the guards that hold for the texts of a class.
func (r *reader) holding(c class) bits {
	out := newBits(len(r.guards) + 1)
	r.plain.collect(uint32(c>>40), out) //nolint:gosec // 24 bits
	strange := uint32(c>>16)&foreign == foreign
	if !r.folded.empty() && !strange {
		r.folded.collect(uint32(c>>16)&foreign, out) //nolint:gosec // 24 bits
	}
	if r.literals != nil {
		set := r.seen[c&0xffff]
		strange = strange || set.has(len(r.guards))
		for i, w := range set {
			out[i] |= w
		}
	}
	if strange {
		for i, w := range r.cased {
			out[i] |= w
		}
	}
	return out
}

// small writes ASCII capitals as small letters and leaves all else.
func small(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = smallByte(b[i])
	}
	return string(b)
}

func smallByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
