package parse

import (
	"cmp"
	"slices"

	"tocsin.example/internal/event"
	"tocsin.example/internal/index"
)

// A sieve tells which of many groks on the same field cannot match a text, by one look at the text: each needs bytes, those
// of the literals of its pattern. A grok that it lets through may still fail.
//
// It is about nodes that do nothing else when their grok fails: they have no filter, no whitelist and no children.
type sieve struct {
	number int       // among the sieves of the set
	raw    bool      // of Line.Raw
	on     event.Ref // or of this field
	bits   [256]uint64
	needs  []uint64 // bits of the bytes that a child needs; 0 for one that is always asked
}

// sieveOf makes the sieve of a list of nodes and numbers it.
func (s *Set) sieveOf(nodes []*node) *sieve {
	v := newSieve(nodes)
	if v != nil {
		v.number = s.sieves
		s.sieves++
	}
	return v
}

// newSieve makes the sieve of a list of nodes; nil when few of them have a grok on the same field.
func newSieve(nodes []*node) *sieve {
	var best *sieve
	most := minSieved - 1
	for _, n := range nodes {
		if !sieved(n) || best != nil && best.about(n.grok) {
			continue
		}
		s := &sieve{raw: n.grok.raw, on: n.grok.on}
		if count := s.count(nodes); count > most {
			best, most = s, count
		}
	}
	if best != nil {
		best.build(nodes)
	}
	return best
}

// sieved reports whether a node can be left out when its grok cannot match.
func sieved(n *node) bool {
	return n.grok != nil && n.grok.expr == nil && len(n.grok.pattern.Literals()) > 0 &&
		n.filter == nil && n.whitelist == nil && len(n.children) == 0
}

// about reports whether a grok is applied on what the sieve looks at.
func (s *sieve) about(g *grokStep) bool { return s.raw == g.raw && (s.raw || s.on == g.on) }

// count is how many nodes it is about.
func (s *sieve) count(nodes []*node) (n int) {
	for _, node := range nodes {
		if sieved(node) && s.about(node.grok) {
			n++
		}
	}
	return n
}

// build gives bits to the bytes that nodes need. When there are too many, those that fewer nodes need tell more.
func (s *sieve) build(nodes []*node) {
	needed := make([][256]bool, len(nodes))
	var count [256]int
	for i, n := range nodes {
		if !sieved(n) || !s.about(n.grok) {
			continue
		}
		for _, l := range n.grok.pattern.Literals() {
			for at := range len(l) {
				needed[i][l[at]] = true
			}
		}
		for b := range count {
			if needed[i][b] {
				count[b]++
			}
		}
	}
	var bytes []int
	for b, n := range &count {
		if n > 0 {
			bytes = append(bytes, b)
		}
	}
	slices.SortStableFunc(bytes, func(a, b int) int { return cmp.Compare(count[a], count[b]) })
	for bit, b := range bytes[:min(len(bytes), 64)] {
		s.bits[b] = 1 << bit
	}
	s.needs = make([]uint64, len(nodes))
	for i := range nodes {
		for b, needs := range needed[i] {
			if needs {
				s.needs[i] |= s.bits[b]
			}
		}
	}
}

// siever goes with a sieve through the children of one node for one event. Without a sieve it leaves nothing out.
type siever struct {
	*sieve
	text   string // that was looked at
	has    uint64 // the bits of its bytes
	looked bool
}

// look looks at the text that the groks would see now, unless it did: a child may have written it.
//
// hot:
func (s *siever) look(ev *event.Event) {
	text := ev.Scalars().Line.Raw
	if !s.raw {
		text = ev.Text(&s.on) // an absent field is as empty as one that is: what needs a byte fails on both
	}
	if s.looked && text == s.text {
		return
	}
	has := uint64(0)
	for i := range len(text) {
		has |= s.bits[text[i]]
	}
	s.text, s.has, s.looked = text, has, true
}

// nextChild is the first child from the given one on that is to be run: neither its filter nor its grok is known to fail.
//
// hot:
func (r *Runner) nextChild(f *index.Finder, s *siever, ev *event.Event, from int) int {
	i := r.next(f, ev, from)
	if s.sieve == nil || i >= len(s.needs) {
		return i
	}
	if from == 0 && r.lucky[s.number] {
		return i // it is asked, which answers as well
	}
	for s.look(ev); i < len(s.needs) && s.needs[i]&^s.has != 0; {
		i = r.next(f, ev, i+1)
	}
	return i
}
