package plan

import (
	"regexp/syntax"
	"strings"
)

// A span is a repeat of one class.
type span struct {
	class  class
	table  *[256]bool
	min    int
	max    int // -1: no limit
	stop   byte
	halts  bool // the class takes all but stop
	whole  bool // the class takes all
	bytes  bool // each byte of the class's set is in it: no need to look at characters to find the end
	single bool // each character is a byte
	follow set
	lit    string
	next   literal    // lit
	behind *[256]bool // of follow
}

// span is a repeat of one class followed by k.
func (c *compiler) span(cl class, low, high int, greedy bool, k cont) cont {
	s := &span{class: cl, table: c.tables.bytes(cl.set), min: low, max: high, follow: k.first, lit: k.lit}
	s.single = cl.wide == none
	s.bytes = s.single || cl.wide == all && high < 0 && low <= 1
	if s.bytes && high < 0 {
		s.stop, s.halts = cl.set.allBut()
		s.whole = cl.set.bits == everything().bits
	}
	first := cl.set
	if low == 0 {
		first = first.or(k.first)
	}
	if low == high || !cl.set.meets(k.first) || k.final() {
		if k.final() && !greedy {
			high = low
		}
		return cont{steps: c.prepend(s.step(low, high), k), tail: k.tail, first: first}
	}
	f := c.node(k)
	c.nodes++
	s.next, s.behind = newLiteral(k.lit), c.tables.bytes(k.first)
	switch {
	case greedy && s.lit != "":
		return cont{first: first, tail: s.greedyText(f)}
	case greedy:
		return cont{first: first, tail: s.greedy(f)}
	case s.lit != "" && s.bytes && high < 0:
		return cont{first: first, tail: s.lazyText(f)}
	default:
		return cont{first: first, tail: s.lazy(f)}
	}
}

// step is the span as one step: as many as there are.
func (s *span) step(low, high int) step {
	if high == 0 {
		return step{kind: stepNothing}
	}
	st := step{kind: stepClasses, min: low, max: high, class: &s.class}
	switch {
	case high >= 0 && !s.single || !s.bytes:
	case s.halts && high < 0:
		st.kind, st.stop = stepUntil, s.stop
	case s.whole && high < 0:
		st.kind = stepRest
	default:
		st.kind, st.table = stepSpan, s.table
	}
	return st
}

// far is where the span ends at most, from i on, behind the characters that it must have: lo. It reports false when there
// are less.
func (s *span) far(m *match, i int) (lo, hi int, ok bool) {
	text := m.text
	if !s.bytes {
		lo, n := s.class.skip(text, i, s.min)
		if n < s.min {
			return 0, 0, false
		}
		limit := -1
		if s.max >= 0 {
			limit = s.max - s.min
		}
		hi, n = s.class.skip(text, lo, limit)
		m.steps -= n
		return lo, hi, true
	}
	hi = len(text)
	switch {
	case s.whole:
	case s.halts:
		if n := strings.IndexByte(text[i:], s.stop); n >= 0 {
			hi = i + n
		}
		m.steps -= (hi - i) >> 5
	default:
		if s.max >= 0 && hi-i > s.max {
			hi = i + s.max
		}
		end := hi
		for hi = i; hi < end && s.table[text[hi]]; {
			hi++
		}
		m.steps -= (hi - i) >> 3
	}
	if hi-i < s.min {
		return 0, 0, false
	}
	lo = i
	if s.min > 0 {
		lo, _ = s.class.skip(text, i, s.min)
	}
	return lo, hi, true
}

// greedy tries the longest first.
func (s *span) greedy(f node) node {
	ends := s.follow.end
	follow := s.behind
	return func(m *match, i int) bool {
		lo, hi, ok := s.far(m, i)
		if !ok {
			return false
		}
		text := m.text
		m.steps -= (hi - lo) >> 3
		for j := hi; ; {
			if j < len(text) && follow[text[j]] || j == len(text) && ends {
				if m.steps--; m.steps < 0 {
					return false
				}
				if f(m, j) {
					return true
				}
			}
			if j == lo {
				return false
			}
			if s.single {
				j--
			} else {
				j = before(text, lo, j)
			}
		}
	}
}

// greedyText tries the longest first, where the literal stands that must follow.
func (s *span) greedyText(f node) node {
	lit, first := s.lit, s.lit[0]
	return func(m *match, i int) bool {
		lo, hi, ok := s.far(m, i)
		if !ok {
			return false
		}
		text := m.text
		m.steps -= (hi - lo) >> 3
		hi = min(hi, len(text)-len(lit))
		for j := hi; j >= lo; j-- {
			// The first byte of a literal begins a character: no need to ask whether one begins at j.
			if text[j] != first || text[j:j+len(lit)] != lit {
				continue
			}
			if m.steps--; m.steps < 0 {
				return false
			}
			if f(m, j) {
				return true
			}
		}
		return false
	}
}

// lazyText tries the shortest first, where the literal stands that must follow.
func (s *span) lazyText(f node) node {
	return func(m *match, i int) bool {
		text := m.text
		from := i
		if s.min > 0 {
			var n int
			if from, n = s.class.skip(text, i, s.min); n < s.min {
				return false
			}
		}
		for j := from; ; j++ {
			if j = s.next.index(text, j); j < 0 {
				m.steps -= (len(text) - from) >> 3
				return false
			}
			m.steps -= 1 + (j-from)>>3
			if !s.holds(text[from:j]) {
				return false
			}
			from = j
			if m.steps < 0 {
				return false
			}
			if f(m, j) {
				return true
			}
		}
	}
}

// holds reports whether all of part is in the class.
func (s *span) holds(part string) bool {
	switch {
	case s.whole:
		return true
	case s.halts:
		return strings.IndexByte(part, s.stop) < 0
	}
	for i := range len(part) {
		if !s.table[part[i]] {
			return false
		}
	}
	return true
}

// lazy tries the shortest first.
func (s *span) lazy(f node) node {
	ends := s.follow.end
	follow := s.behind
	return func(m *match, i int) bool {
		text := m.text
		j, n := s.class.skip(text, i, s.min)
		if n < s.min {
			return false
		}
		for ; ; n++ {
			m.steps--
			if j < len(text) && follow[text[j]] || j == len(text) && ends {
				if m.steps < 0 {
					return false
				}
				if f(m, j) {
					return true
				}
			}
			if n == s.max {
				return false
			}
			w := s.class.width(text, j)
			if w == 0 {
				return false
			}
			j += w
		}
	}
}

// repeat is `?`, `*`, `+` or `{n,m}`.
func (c *compiler) repeat(re *syntax.Regexp, k cont, at place) (cont, error) {
	low, high := re.Min, re.Max
	switch re.Op {
	case syntax.OpQuest:
		low, high = 0, 1
	case syntax.OpStar:
		low, high = 0, -1
	case syntax.OpPlus:
		low, high = 1, -1
	}
	greedy := re.Flags&syntax.NonGreedy == 0
	sub := re.Sub[0]
	if cl, ok := classOf(sub); ok {
		return c.span(cl, low, high, greedy, k), nil
	}
	if high == 0 || sub.Op == syntax.OpEmptyMatch {
		return k, nil
	}
	if next, ok := c.automaton(re, k, at); ok {
		return next, nil
	}
	groups := maybe
	if high != 1 {
		groups = many
	}
	inside := place{before: lastOf(sub, word|other) | at.before, groups: max(groups, at.groups)}
	var err error
	if high < 0 {
		if nullable(sub) {
			return c.unsupported(re, "a loop over what may be empty")
		}
		if k, err = c.loop(sub, low > 0, greedy, k, inside); err != nil {
			return k, err
		}
		low--
	} else {
		k, err = c.options(sub, high-low, greedy, k, inside)
	}
	for range low {
		if err != nil {
			return k, err
		}
		k, err = c.compile(sub, k, inside)
	}
	return k, err
}

// options is sub up to n times, each time only when the time before took part.
func (c *compiler) options(sub *syntax.Regexp, n int, greedy bool, k cont, at place) (cont, error) {
	if n == 0 {
		return k, nil
	}
	k = c.shared(k)
	rest := k
	for range n {
		in, err := c.compile(sub, rest, at)
		if err != nil {
			return k, err
		}
		rest = c.choice(in, k, greedy)
	}
	return rest, nil
}

// choice is in or else k, or the other way around.
func (c *compiler) choice(in, k cont, greedy bool) cont {
	c.nodes++
	a, b := in, k
	if !greedy {
		a, b = k, in
	}
	first, second := c.node(a), c.node(b)
	onFirst, onSecond := c.tables.bytes(a.first), c.tables.bytes(b.first)
	endFirst, endSecond := a.first.end, b.first.end
	return cont{first: a.first.or(b.first), tail: func(m *match, i int) bool {
		if m.steps--; m.steps < 0 {
			return false
		}
		if i >= len(m.text) {
			return endFirst && first(m, i) || endSecond && second(m, i)
		}
		on := m.text[i]
		return onFirst[on] && first(m, i) || onSecond[on] && second(m, i)
	}}
}

// loop is sub as often as there is, or as seldom as can be; with atLeastOnce once before.
func (c *compiler) loop(sub *syntax.Regexp, atLeastOnce, greedy bool, k cont, at place) (cont, error) {
	first := firstOf(sub, set{})
	var again node
	before := c.nodes
	body, err := c.compile(sub, cont{tail: func(m *match, i int) bool { return again(m, i) }, first: first.or(k.first)}, at)
	if err != nil {
		return k, err
	}
	in, out := c.node(body), c.node(k)
	c.nodes++
	weight := c.nodes - before + 1
	enter := func(m *match, i int) bool {
		if m.depth += weight; m.depth > maxDepth {
			m.steps = -1
		}
		ok := m.steps >= 0 && in(m, i)
		m.depth -= weight
		return ok
	}
	onBody, onExit := body.first, k.first
	again = func(m *match, i int) bool {
		if m.steps--; m.steps < 0 {
			return false
		}
		body, exit := onBody.allows(m.text, i), onExit.allows(m.text, i)
		if greedy {
			return body && enter(m, i) || exit && out(m, i)
		}
		return exit && out(m, i) || body && enter(m, i)
	}
	if atLeastOnce {
		return body, nil
	}
	return cont{tail: again, first: body.first.or(k.first)}, nil
}
