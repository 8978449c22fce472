package ambiguity

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// phase is where a run stands with the group. A group in a loop is entered often; the last time is what it captures, so
// that a run guesses, whenever it enters, whether this is the last time.
type phase uint8

const (
	before phase = iota
	within
	behind
)

// pair is two runs that have read the same text. The one whose group begins first is the first.
type pair struct {
	pc     [2]uint32 // the instructions that are next
	phase  [2]phase
	prev   kind // of the last character
	some   bool // the first run took something within the group, and the second has not entered it
	narrow bool // the second run took some of that by a narrow part
	free   bool // the second run took something by a free part since the first entered the group
	apart  bool // the groups have begun at places that count as different
	owes   bool // they count if the second run takes something within the group
	strict bool // they count if the first run takes all of that by wide parts
}

// step is what a run can do before the next character: stand before an instruction that takes one, or at the end.
type step struct {
	pc    uint32
	phase phase
}

// closureKey names the steps of a run.
type closureKey struct {
	pc         uint32
	phase      phase
	prev, next kind
}

// seen is a pair with the way to it.
type seen struct {
	pair
	from  int32 // index of the pair before
	class int16 // of the character between
}

type search struct {
	m        *machine
	shifted  bool // see Judge
	loose    bool // narrow parts are as good as wide ones
	closures map[closureKey][]step
	known    map[pair]struct{}
	all      []seen
	work     int
	kept     int           // steps in closures
	byKind   [numKinds]set // the classes of a collapsed kind
	mark     map[step]struct{}
	stack    []step
}

func newSearch(m *machine, shifted, loose bool) *search {
	s := &search{m: m, shifted: shifted, loose: loose, closures: map[closureKey][]step{}, known: map[pair]struct{}{}, mark: map[step]struct{}{}}
	for class, k := range m.kinds {
		s.byKind[m.collapse[k]].add(class)
	}
	return s
}

// run walks through the pairs, those with a short text first.
func (s *search) run() Result {
	start := uint32(s.m.prog.Start) //nolint:gosec // an index
	s.add(pair{pc: [2]uint32{start, start}, prev: edge}, -1, -1)
	for at := 0; at < len(s.all); at++ { //nolint:intrange // it grows
		if s.accepts(&s.all[at].pair) {
			return s.proof(at)
		}
		s.follow(at)
		if len(s.all) > MaxStates || s.work > MaxWork || s.kept > maxKept {
			return Result{Verdict: TooLarge, States: len(s.all)}
		}
	}
	return Result{Verdict: Fixed, States: len(s.all)}
}

func (s *search) add(p pair, from, class int) {
	if _, ok := s.known[p]; ok {
		return
	}
	s.known[p] = struct{}{}
	s.all = append(s.all, seen{p, int32(from), int16(class)}) //nolint:gosec // both are limited
}

// accepts reports whether both runs may end here.
func (s *search) accepts(p *pair) bool {
	ended := false
	s.meet(p, edge, func(a, b step, next pair) bool {
		ended = next.apart && a.phase == behind && b.phase == behind &&
			s.m.prog.Inst[a.pc].Op == syntax.InstMatch && s.m.prog.Inst[b.pc].Op == syntax.InstMatch
		return !ended
	})
	return ended
}

// follow adds the pairs one character further.
func (s *search) follow(at int) {
	p := s.all[at].pair
	for k := newline; k < numKinds; k++ {
		if s.m.collapse[k] != k {
			continue
		}
		s.meet(&p, k, func(a, b step, next pair) bool {
			class := first(&s.m.takes[a.pc], &s.m.takes[b.pc], &s.byKind[k])
			if class < 0 {
				return true
			}
			next.pc = [2]uint32{s.m.prog.Inst[a.pc].Out, s.m.prog.Inst[b.pc].Out}
			next.prev = k
			if next.took(s.m.wide[a.pc] || s.loose, s.m.wide[b.pc] || s.loose, s.m.free[b.pc]) {
				s.add(next, at, class)
			}
			return true
		})
	}
}

// meet calls f with all that two runs can do before a character of a kind, as long as it says so.
func (s *search) meet(p *pair, next kind, f func(a, b step, next pair) bool) {
	as := s.closure(closureKey{p.pc[0], p.phase[0], p.prev, next})
	bs := s.closure(closureKey{p.pc[1], p.phase[1], p.prev, next})
	s.work += len(as) * len(bs)
	for _, a := range as {
		for _, b := range bs {
			q, ok := joined(p, a, b)
			if !ok || s.shifted && q.owes {
				continue
			}
			if !f(a, b, q) {
				return
			}
		}
	}
}

// took notes that both runs took a character: each by a wide part or not, the second by a free one or not. It reports
// false when the pair cannot lead to a proof any more.
func (p *pair) took(wide, wide2, free2 bool) bool {
	waiting := p.phase[0] != before && p.phase[1] == before
	inFirst := waiting && p.phase[0] == within
	p.some = waiting && p.some || inFirst
	p.narrow = waiting && p.narrow || inFirst && !wide2
	p.free = waiting && (p.free || free2)
	if p.phase[1] == within {
		p.owes = false
		return !p.strict || wide
	}
	return true
}

// joined is the pair after two steps at one place of the text. It reports false when it cannot lead to a proof.
func joined(p *pair, a, b step) (pair, bool) {
	q := *p
	q.phase = [2]phase{a.phase, b.phase}
	if b.phase == before {
		return q, true
	}
	if p.phase[1] == before { // the second enters
		if p.phase[0] == before {
			return q, false // at the same place, or before the first
		}
		q.owes, q.strict = !p.free, !p.free && p.narrow
		q.apart = p.free || p.some && a.phase == behind
	}
	return q, q.apart && (!q.owes || b.phase == within)
}

// closure lists the steps of a run.
func (s *search) closure(key closureKey) []step {
	if list, ok := s.closures[key]; ok {
		return list
	}
	flags := syntax.EmptyOpContext(sample[key.prev], sample[key.next])
	clear(s.mark)
	s.stack = append(s.stack[:0], step{key.pc, key.phase})
	var out []step
	push := func(pc uint32, at phase) {
		if _, ok := s.mark[step{pc, at}]; !ok {
			s.mark[step{pc, at}] = struct{}{}
			s.stack = append(s.stack, step{pc, at})
		}
	}
	for len(s.stack) > 0 {
		at := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		s.work++
		inst := &s.m.prog.Inst[at.pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			push(inst.Out, at.phase)
			push(inst.Arg, at.phase)
		case syntax.InstNop:
			push(inst.Out, at.phase)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 { //nolint:gosec // as package syntax wrote it
				push(inst.Out, at.phase)
			}
		case syntax.InstCapture:
			for _, next := range s.m.captures(inst, at.phase) {
				push(inst.Out, next)
			}
		case syntax.InstFail:
		case syntax.InstMatch:
			if key.next == edge {
				out = append(out, at)
			}
		default:
			if key.next != edge {
				out = append(out, at)
			}
		}
	}
	s.closures[key] = out
	s.kept += len(out) + 1
	return out
}

// captures lists the phases in which a run may leave the beginning or the end of a group.
func (m *machine) captures(inst *syntax.Inst, at phase) []phase {
	switch {
	case inst.Arg == m.open && at == before:
		return []phase{before, within}
	case inst.Arg == m.open:
		return nil // the last time was not the last
	case inst.Arg == m.shut && at == within:
		return []phase{behind}
	}
	return []phase{at}
}

// proof writes the text that leads to a pair, and finds the places of the group on the way.
func (s *search) proof(at int) Result {
	var way []int
	for i := at; i >= 0; i = int(s.all[i].from) {
		way = append(way, i)
	}
	slices.Reverse(way)
	var text []byte
	ends := []int{0} // of the text at each pair of the way
	for _, i := range way[1:] {
		text = utf8.AppendRune(text, s.m.runes[s.all[i].class])
		ends = append(ends, len(text))
	}
	r := Result{Verdict: Movable, Text: string(text), States: len(s.all)}
	r.First = s.span(way, ends, 0, len(text))
	r.Second = s.span(way, ends, 1, len(text))
	return r
}

// span is where a run on a way had the group. A phase changes in the step before a character, so that the pair behind
// that character shows it first.
func (s *search) span(way, ends []int, run, end int) Span {
	out := Span{-1, -1}
	for n, i := range way {
		p := s.all[i].phase[run]
		if p != before && out.From < 0 {
			out.From = ends[n-1]
		}
		if p == behind && out.To < 0 {
			out.To = ends[n-1]
		}
	}
	if out.From < 0 {
		out.From = end
	}
	if out.To < 0 {
		out.To = end
	}
	return out
}

// reads reports whether the expression can be found in a text with the group at a place.
func (m *machine) reads(text string, at Span) bool {
	s := newSearch(m, false, true)
	states := map[step]struct{}{{pc: uint32(m.prog.Start)}: {}} //nolint:gosec // an index
	prev := edge
	for i := 0; ; {
		r, size, next := rune(-1), 0, edge
		if i < len(text) {
			r, size = utf8.DecodeRuneInString(text[i:])
			next = m.collapse[kindOf(r)]
		}
		after := map[step]struct{}{}
		for st := range states {
			for _, to := range s.closure(closureKey{st.pc, st.phase, prev, next}) {
				entered, left := st.phase == before && to.phase != before, st.phase != behind && to.phase == behind
				if entered && i != at.From || left && i != at.To {
					continue
				}
				if next == edge && to.phase == behind {
					return true
				}
				inst := &m.prog.Inst[to.pc]
				if next != edge && inst.MatchRune(r) {
					after[step{inst.Out, to.phase}] = struct{}{}
				}
			}
		}
		if next == edge || len(after) == 0 {
			return false
		}
		states, prev, i = after, next, i+size
	}
}
