package plan

import (
	"regexp/syntax"
	"sync"
)

// shared is k as it should be when several go on with it: its steps are a node of their own when they are many.
func (c *compiler) shared(k cont) cont {
	n := 0
	for l := k.steps; l != nil; l = l.next {
		n++
	}
	if n > 3 {
		k.steps, k.tail = nil, c.node(k)
	}
	return k
}

// alternate is one of several, the first that goes on.
func (c *compiler) alternate(re *syntax.Regexp, k cont, at place) (cont, error) {
	if next, ok := c.automaton(re, k, at); ok {
		return next, nil
	}
	k = c.shared(k)
	inside := at.within(maybe)
	var nodes []node
	var firsts []set
	var first set
	for _, sub := range re.Sub {
		alt, err := c.compile(sub, k, inside)
		if err != nil {
			return k, err
		}
		nodes = append(nodes, c.node(alt))
		firsts = append(firsts, alt.first)
		first = first.or(alt.first)
	}
	c.nodes++
	return cont{first: first, tail: dispatch(nodes, firsts)}, nil
}

// The alternatives that one table of bytes decides between.
const maxAlternatives = 256

// dispatch tries those nodes, in order, that may begin with what stands there.
func dispatch(nodes []node, firsts []set) node {
	if n := maxAlternatives; len(nodes) > n {
		head, tail := dispatch(nodes[:n], firsts[:n]), dispatch(nodes[n:], firsts[n:])
		return func(m *match, i int) bool { return head(m, i) || tail(m, i) }
	}
	var index [257]uint16 // by byte, the last for the end of the text
	lists := [][]node{nil}
	known := map[[maxAlternatives / 64]uint64]uint16{{}: 0}
	for b := range index {
		var key [maxAlternatives / 64]uint64
		for i := range firsts {
			if f := &firsts[i]; b == 256 && f.end || b < 256 && f.has(byte(b)) {
				key[i>>6] |= 1 << (i & 63)
			}
		}
		n, ok := known[key]
		if !ok {
			n = uint16(len(lists)) //nolint:gosec // no more than there are bytes, and the end
			known[key] = n
			var list []node
			for i := range nodes {
				if key[i>>6]&(1<<(i&63)) != 0 {
					list = append(list, nodes[i])
				}
			}
			lists = append(lists, list)
		}
		index[b] = n
	}
	return func(m *match, i int) bool {
		b := 256
		if i < len(m.text) {
			b = int(m.text[i])
		}
		for _, f := range lists[index[b]] {
			if m.steps--; m.steps < 0 {
				return false
			}
			if f(m, i) {
				return true
			}
		}
		return false
	}
}

// automaton is re as a table, when that can be: without groups and anchors, and when what follows decides where it ends.
func (c *compiler) automaton(re *syntax.Regexp, k cont, at place) (cont, bool) {
	if captures(re) {
		return k, false
	}
	name := nameOf(re)
	if name == c.whole {
		return k, false
	}
	if k.final() {
		if t := c.tables.get(name, re, true, &c.work); t != nil {
			return cont{steps: c.prepend(step{kind: stepPrefer, auto: t}, k), first: firstOf(re, k.first)}, true
		}
		return k, false
	}
	t := c.tables.get(name, re, false, &c.work)
	if t == nil {
		return k, false
	}
	first := firstOf(re, k.first)
	sure := t.clear(k.first)
	if sure == k.first {
		return cont{steps: c.prepend(step{kind: stepTable, auto: t}, k), tail: k.tail, first: first}, true
	}
	if c.slowly || sure == (set{}) || k.first.size() > maxDoubt || loopsOverEmpty(re) {
		return k, false
	}
	k = c.shared(k)
	c.nodes++
	follow, out, doubt := k.first, c.node(k), slow(name, re, k, at)
	return cont{first: first, tail: func(m *match, i int) bool {
		end, count, far := t.scan(m.text, i, &follow)
		m.steps -= 1 + (far-i)>>2
		switch {
		case count == 0 || m.steps < 0:
			return false
		case count == 1:
			return out(m, end)
		}
		return doubt()(m, i)
	}}, true
}

// Where more bytes than these may follow, it is not worth while to look for the only end that can go on.
const maxDoubt = 16

// slow is re followed by k without a table for all of it. It is made when it is needed: for an address of IPv6 that a
// colon follows it is large, and few logs have one.
func slow(name string, re *syntax.Regexp, k cont, at place) func() node {
	return sync.OnceValue(func() node {
		c := &compiler{tables: newTables(), work: maxWork, slowly: true, whole: name}
		in, err := c.compile(re, k, at)
		if err != nil { // too large
			return func(m *match, _ int) bool {
				m.steps = -1
				return false
			}
		}
		return c.node(in)
	})
}
