package verdict

import (
	"slices"
	"strings"

	"tocsin.example"
)

// sort of a decision: what many have in common.
type sortOf struct {
	origin, kind, scope, scenario string
	simulated                     bool
}

type tuple struct {
	sortOf
	lower string // the scenario, in lower case
	refs  int    // decisions
	live  int    // those that are in force as far as Expire knows
}

// tuples hold sorts of decisions under numbers.
type tuples struct {
	list    []tuple
	numbers map[sortOf]uint32
	unused  []uint32
	last    uint32 // the one that was used last
	// edition changes when a number may come to mean something else.
	edition int
}

func (t *tuples) at(n uint32) *tuple { return &t.list[n] }

// use returns the number of a decision's sort, and counts it.
func (t *tuples) use(d *tocsin.Decision) uint32 {
	s := sortOf{d.Origin, d.Type, d.Scope, d.Scenario, d.Simulated}
	if int(t.last) >= len(t.list) || t.list[t.last].refs == 0 || t.list[t.last].sortOf != s {
		t.last = t.number(s)
	}
	t.list[t.last].refs++
	return t.last
}

func (t *tuples) number(s sortOf) uint32 {
	if n, ok := t.numbers[s]; ok {
		return n
	}
	// They may be parts of something large.
	s = sortOf{strings.Clone(s.origin), strings.Clone(s.kind), strings.Clone(s.scope), strings.Clone(s.scenario), s.simulated}
	if t.numbers == nil {
		t.numbers = map[sortOf]uint32{}
	}
	var n uint32
	if k := len(t.unused); k > 0 {
		n = t.unused[k-1]
		t.unused = t.unused[:k-1]
	} else {
		n = uint32(len(t.list)) //nolint:gosec // no more than records
		t.list = append(t.list, tuple{})
	}
	t.list[n] = tuple{sortOf: s, lower: strings.ToLower(s.scenario)}
	t.numbers[s] = n
	return n
}

// release counts one less.
func (t *tuples) release(n uint32) {
	e := &t.list[n]
	if e.refs--; e.refs > 0 {
		return
	}
	delete(t.numbers, e.sortOf)
	*e = tuple{}
	t.unused = append(t.unused, n)
	t.edition++
}

// matcher asks a filter of sorts of decisions.
type matcher struct {
	f       Filter // with texts in lower case
	all     bool   // it asks nothing, but for simulated ones
	memo    []byte // by the number of the tuple: 0 unknown, 1 no, 2 yes
	edition int
}

func newMatcher(f Filter) matcher {
	f.ScenariosContaining, f.ScenariosWithout = lowered(f.ScenariosContaining), lowered(f.ScenariosWithout)
	all := f.Scopes == nil && f.Origins == nil && f.Types == nil && f.ScenariosContaining == nil && len(f.ScenariosWithout) == 0
	return matcher{f: f, all: all}
}

func lowered(list []string) []string {
	if !slices.ContainsFunc(list, func(s string) bool { return strings.ToLower(s) != s }) {
		return list
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

// passes says whether the filter wants a sort.
func (m *matcher) passes(e *tuple) bool {
	if e.simulated && !m.f.Simulated {
		return false
	}
	if m.all {
		return true
	}
	f := &m.f
	contains := func(s string) bool { return strings.Contains(e.lower, s) }
	return (f.Scopes == nil || slices.Contains(f.Scopes, e.scope)) &&
		(f.Origins == nil || slices.Contains(f.Origins, e.origin)) &&
		(f.Types == nil || slices.Contains(f.Types, e.kind)) &&
		(f.ScenariosContaining == nil || slices.ContainsFunc(f.ScenariosContaining, contains)) &&
		!slices.ContainsFunc(f.ScenariosWithout, contains)
}

// wants is passes for one who asks about very many decisions.
//
// hot:
func (m *matcher) wants(t *tuples, n uint32) bool {
	if m.all {
		return m.f.Simulated || !t.list[n].simulated
	}
	if m.edition != t.edition {
		clear(m.memo)
		m.edition = t.edition
	}
	if k := len(t.list) - len(m.memo); k > 0 {
		m.memo = append(m.memo, make([]byte, k)...)
	}
	if m.memo[n] == 0 {
		m.memo[n] = 1
		if m.passes(&t.list[n]) {
			m.memo[n] = 2
		}
	}
	return m.memo[n] == 2
}
