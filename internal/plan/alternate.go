package plan

import (
	"regexp/syntax"
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
	if next, ok, err := c.automaton(re, k, at); ok || err != nil {
		return next, err
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

// dispatch tries those nodes, in order, that may begin with what stands there.
func dispatch(nodes []node, firsts []set) node {
	var index [257]uint16 // by byte, the last for the end of the text
	lists := [][]node{nil}
	known := map[string]uint16{"": 0}
	for b := range index {
		var list []node
		var name []byte
		for i, f := range firsts {
			if b == 256 && f.end || b < 256 && f.has(byte(b)) {
				list = append(list, nodes[i])
				name = append(name, byte(i), byte(i>>8))
			}
		}
		n, ok := known[string(name)]
		if !ok {
			n = uint16(len(lists))
			known[string(name)] = n
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
func (c *compiler) automaton(re *syntax.Regexp, k cont, at place) (cont, bool, error) {
	if captures(re) {
		return k, false, nil
	}
	name := re.String()
	if name == c.whole {
		return k, false, nil
	}
	if k.final() {
		if t := c.tables.get(name, re, true, &c.work); t != nil {
			return cont{steps: c.prepend(step{kind: stepPrefer, auto: t}, k), first: firstOf(re, k.first)}, true, nil
		}
		return k, false, nil
	}
	t := c.tables.get(name, re, false, &c.work)
	if t == nil {
		return k, false, nil
	}
	first := firstOf(re, k.first)
	clear := t.clear(k.first)
	if clear == k.first {
		return cont{steps: c.prepend(step{kind: stepTable, auto: t}, k), tail: k.tail, first: first}, true, nil
	}
	if c.slowly || clear == (set{}) || k.first.size() > maxDoubt {
		return k, false, nil
	}
	k = c.shared(k)
	slow, err := c.slow(re, k, at)
	if err != nil {
		return k, false, err
	}
	c.nodes++
	follow, out, doubt := k.first, c.node(k), c.node(slow)
	return cont{first: first, tail: func(m *match, i int) bool {
		end, count, far := t.scan(m.text, i, &follow)
		m.steps -= 1 + (far-i)>>2
		switch {
		case count == 0 || m.steps < 0:
			return false
		case count == 1:
			return out(m, end)
		}
		return doubt(m, i)
	}}, true, nil
}

// Where more bytes than these may follow, it is not worth while to look for the only end that can go on.
const maxDoubt = 16

// slow is re followed by k without a table for all of it, and without another doubt in it.
func (c *compiler) slow(re *syntax.Regexp, k cont, at place) (cont, error) {
	whole, slowly := c.whole, c.slowly
	c.whole, c.slowly = re.String(), true
	k, err := c.compile(re, k, at)
	c.whole, c.slowly = whole, slowly
	return k, err
}
