package automaton

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync/atomic"
)

// A generation is the states between two resets. Only who holds the mutex of the DFA looks into it.
type generation struct {
	states []string          // by number: what a state is, as encode writes it
	index  map[string]uint32 // the numbers
	bytes  int
	number int // of generations before it; this one does not change
}

// stateCost is what a state takes beside its row and its text: two headers of strings, a number, and its part of the
// map's tables.
const stateCost = 80

// minRows is how many states a cache has room for at first.
const minRows = 8

// builder makes states and transitions. It is used under the mutex of the DFA.
type builder struct {
	p     *program
	limit int // bytes of a generation
	width uint32

	// A text may match from any place on, so the beginnings of all expressions belong to every state. They are kept here
	// and not in the states: what can be reached from them by what stood before, and whether that is a match.
	from  [kinds][]uint32
	seen  [kinds][]uint64 // from as bits
	found [kinds]bool
	last  bool // beginnings count at the begin of the text only

	here, there closure
	old         []uint32
	text        []byte // a state, as encode writes it
}

func (b *builder) prepare(p *program, limit int) {
	*b = builder{p: p, limit: limit, width: small(p.classes.n) + 1}
	b.here.at = make([]uint32, len(p.insts))
	b.there.at = make([]uint32, len(p.insts))
	b.last = true
	for k := range kinds {
		b.seen[k] = make([]uint64, (len(p.insts)+63)/64)
		b.here.clear()
		for _, pc := range p.starts {
			b.here.reach(p, pc, behind(k), ahead)
		}
		b.from[k] = slices.Clone(b.here.leaves)
		b.found[k] = b.here.match
		for _, pc := range b.from[k] {
			b.seen[k][pc/64] |= 1 << (pc % 64)
		}
		if k != begin && (b.found[k] || len(b.from[k]) > 0) {
			b.last = false
		}
	}
}

// bytes is the memory of what does not change.
func (b *builder) bytes() int {
	n := b.p.bytes() + 4*len(b.here.at) + 4*len(b.there.at)
	for k := range kinds {
		n += 4*len(b.from[k]) + 8*len(b.seen[k])
	}
	return n
}

// fresh is an empty cache but for the state in which texts begin.
func (b *builder) fresh(number int) *view {
	v := &view{
		gen:  &generation{index: map[string]uint32{}, number: number},
		next: make([]atomic.Uint32, firstRow+minRows*b.width),
	}
	v.gen.bytes = 4 * len(v.next)
	b.add(v, []byte{byte(b.p.beginning())})
	return v
}

// step makes the transition of a state of a generation, perhaps one that was thrown away meanwhile.
func (b *builder) step(v *view, gen *generation, s, class uint32) (*view, uint32) {
	state := gen.states[(s-firstRow)/b.width]
	if gen != v.gen {
		b.text = append(b.text[:0], state...)
		v, s = b.enter(v, b.text)
	}
	if to := v.next[s+class].Load(); to != unknown {
		return v, to // somebody was faster
	}
	to := b.after(state, class)
	gen = v.gen
	if to == unknown {
		v, to = b.enter(v, b.text)
	}
	if v.gen == gen {
		v.next[s+class].Store(to)
	}
	return v, to
}

// enter returns the row of a state, in a larger or an empty cache if there is no room.
func (b *builder) enter(v *view, state []byte) (*view, uint32) {
	if n, ok := v.gen.index[string(state)]; ok {
		return v, firstRow + n*b.width
	}
	rows := (len(v.next) - int(firstRow)) / int(b.width)
	cost := stateCost + len(state)
	if len(v.gen.states) == rows {
		cost += rows * int(b.width) * 4
	}
	switch {
	case v.gen.bytes+cost > b.limit && len(v.gen.states) > 1:
		v = b.fresh(v.gen.number + 1)
		if n, ok := v.gen.index[string(state)]; ok {
			return v, firstRow + n*b.width
		}
	case len(v.gen.states) == rows:
		v = v.grown()
	}
	return v, b.add(v, state)
}

// grown is a view with twice the rows.
func (v *view) grown() *view {
	more := small(len(v.next)) - firstRow
	g := &view{gen: v.gen, next: make([]atomic.Uint32, firstRow+2*more)}
	for i := range v.next {
		g.next[i].Store(v.next[i].Load())
	}
	v.gen.bytes += 4 * int(more)
	return g
}

// add gives a state the next row, which there must be.
func (b *builder) add(v *view, text []byte) uint32 {
	g, state := v.gen, string(text)
	n := small(len(g.states))
	g.states = append(g.states, state)
	g.index[state] = n
	g.bytes += stateCost + len(state)
	return firstRow + n*b.width
}

// after is what a rune of a class leads to from a state: dead, matched, or unknown for a state that it writes to text.
func (b *builder) after(state string, class uint32) uint32 {
	k := kind(state[0])
	b.old = decode(b.old[:0], state[1:])
	b.here.clear()
	holds := b.p.between(k, class)
	for _, pc := range b.old {
		b.here.reach(b.p, pc, holds, 0)
	}
	for _, pc := range b.from[k] {
		b.here.reach(b.p, pc, holds, 0)
	}
	if b.here.match {
		return matched
	}
	if class == b.width-1 {
		return dead
	}
	k = b.p.kindOf[class]
	b.there.clear()
	for _, pc := range b.here.leaves {
		if in := &b.p.insts[pc]; b.p.takes(in.arg, class) {
			b.there.reach(b.p, in.out, behind(k), ahead)
		}
	}
	if b.there.match || b.found[k] {
		return matched
	}
	list := slices.DeleteFunc(b.there.leaves, func(pc uint32) bool { return b.seen[k][pc/64]>>(pc%64)&1 != 0 })
	if len(list) == 0 && b.last {
		return dead
	}
	slices.Sort(list)
	b.text = encode(append(b.text[:0], byte(k)), list)
	return unknown
}

// encode writes instructions, which ascend, behind text.
func encode(text []byte, list []uint32) []byte {
	last := uint32(0)
	for _, pc := range list {
		text = binary.AppendUvarint(text, uint64(pc-last))
		last = pc
	}
	return text
}

// decode is the inverse of encode.
func decode(list []uint32, text string) []uint32 {
	last := uint32(0)
	for i := 0; i < len(text); i++ {
		step := uint32(0)
		shift := 0
		for ; text[i] >= 0x80; i++ {
			step |= uint32(text[i]&0x7f) << shift
			shift += 7
		}
		last += step | uint32(text[i])<<shift
		list = append(list, last)
	}
	return list
}

// A closure is what can be reached without a rune.
type closure struct {
	dense  []uint32 // all instructions that were visited
	at     []uint32 // where in dense an instruction stands, if it does
	leaves []uint32 // those of them that wait for a rune, or for what follows
	match  bool
	stack  []uint32
}

func (c *closure) clear() {
	c.dense, c.leaves, c.match = c.dense[:0], c.leaves[:0], false
}

// reach adds what can be reached from pc when some conditions hold and others are open.
func (c *closure) reach(p *program, pc uint32, holds, open syntax.EmptyOp) {
	c.stack = append(c.stack[:0], pc)
	for len(c.stack) > 0 {
		pc := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		if at := c.at[pc]; int(at) < len(c.dense) && c.dense[at] == pc {
			continue
		}
		c.at[pc] = small(len(c.dense))
		c.dense = append(c.dense, pc)
		switch in := &p.insts[pc]; in.op {
		case opFail:
		case opMatch:
			c.match = true
		case opPass:
			c.stack = append(c.stack, in.out)
		case opAlt:
			c.stack = append(c.stack, in.arg, in.out)
		case opEmpty:
			switch need := syntax.EmptyOp(in.arg); { //nolint:gosec // that is what join has put there
			case need&^(holds|open) != 0:
			case need&^holds == 0:
				c.stack = append(c.stack, in.out)
			default:
				c.leaves = append(c.leaves, pc)
			}
		case opRune:
			c.leaves = append(c.leaves, pc)
		}
	}
}
