package plan

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// The limits of a table. What is larger stays closures.
const (
	maxTableInst   = 4000    // instructions of the expression
	maxTableStates = 2000    // states
	maxTableCells  = 1 << 16 // states by symbols: 128 KiB, and what a row's number can hold
	maxTableWork   = 400_000 // visits of instructions to make it
)

// A table is a deterministic automaton for an expression without groups and anchors. It knows where matches end, not
// which of them the expression prefers: that is for those who find more than one.
type table struct {
	next    []uint16   // by row: the next state's row by symbol, then accept; row 0 is death
	symbols [256]uint8 // of each ASCII byte
	bounds  []rune     // where ranges of characters at or above 0x80 begin, the first is 0x80
	wide    []uint8    // the symbol of each range
	width   int        // symbols, and where in a row accept is: whether a match ends when what follows is in a word or other
	start   [2]uint16  // rows, by whether a byte of a word stands before
	words   []bool     // by symbol: whether it is a byte of a word
}

// builder makes a table by subset construction over the program of the expression.
type builder struct {
	prog    *syntax.Prog
	ordered bool // sets are in the order of preference, and end with the first match
	t       *table
	kinds   []*syntax.Inst // the different instructions that take a character
	kind    []int          // of each instruction that takes a character
	takes   [][]bool       // by symbol and kind
	ids     map[string]uint16
	sets    [][]uint32 // by state: instructions, before assertions; [0] is death
	after   []bool     // by state: whether a byte of a word stands before
	mark    []int
	gen     int
	work    int
	limit   int
}

// newTable returns nil when the expression has an anchor or is too large. An ordered table stops where the expression
// prefers to stop: its last end is the one that the expression prefers when nothing follows. work is what it may cost, and
// what it did cost.
func newTable(re *syntax.Regexp, ordered bool, work int) (*table, int) {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil || len(prog.Inst) > maxTableInst {
		return nil, 0
	}
	b := &builder{prog: prog, ordered: ordered, limit: work, t: &table{}, ids: map[string]uint16{}, mark: make([]int, len(prog.Inst))}
	if !b.collect() {
		return nil, 0
	}
	b.alphabet()
	b.state(nil, false)
	start := []uint32{uint32(prog.Start)} //nolint:gosec // an index of an instruction
	begin := [2]uint16{b.state(start, false), b.state(start, true)}
	if !b.grow() {
		return nil, b.work
	}
	b.prune()
	for i := range begin {
		b.t.start[i] = begin[i] * b.stride()
	}
	return b.t, b.work
}

// collect finds the different instructions that take a character; it reports false when there is an anchor.
func (b *builder) collect() bool {
	known := map[string]int{}
	b.kind = make([]int, len(b.prog.Inst))
	for i := range b.prog.Inst {
		inst := &b.prog.Inst[i]
		switch inst.Op { //nolint:exhaustive // the others take no character and are no assertions
		case syntax.InstEmptyWidth:
			if inst.Arg&^uint32(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
				return false
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			name := string(inst.Rune) + string(rune('0'+inst.Arg&1)) + string(rune('0'+int(inst.Op)))
			k, ok := known[name]
			if !ok {
				k = len(b.kinds)
				known[name] = k
				b.kinds = append(b.kinds, inst)
			}
			b.kind[i] = k
		}
	}
	return true
}

// alphabet divides the characters into symbols that no instruction can tell apart.
func (b *builder) alphabet() {
	edges := []rune{utf8.RuneSelf}
	edge := func(r rune) {
		if r > utf8.RuneSelf && r <= unicode.MaxRune {
			edges = append(edges, r)
		}
	}
	for _, inst := range b.kinds {
		if len(inst.Rune) == 1 {
			r := inst.Rune[0]
			edge(r)
			edge(r + 1)
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				edge(f)
				edge(f + 1)
			}
			continue
		}
		for i := 0; i+1 < len(inst.Rune); i += 2 {
			edge(inst.Rune[i])
			edge(inst.Rune[i+1] + 1)
		}
	}
	slices.Sort(edges)
	b.t.bounds = slices.Compact(edges)
	b.work += (utf8.RuneSelf + len(b.t.bounds)) * len(b.kinds)
	known := map[string]uint8{}
	symbol := func(r rune) uint8 {
		takes := make([]bool, len(b.kinds))
		name := make([]byte, len(b.kinds)+1)
		for k, inst := range b.kinds {
			if inst.MatchRune(r) {
				takes[k], name[k] = true, 1
			}
		}
		w := syntax.IsWordChar(r)
		if w {
			name[len(b.kinds)] = 1
		}
		s, ok := known[string(name)]
		if !ok {
			s = uint8(len(known)) //nolint:gosec // when there are more, grow refuses
			known[string(name)] = s
			b.takes = append(b.takes, takes)
			b.t.words = append(b.t.words, w)
		}
		return s
	}
	for c := range utf8.RuneSelf {
		b.t.symbols[c] = symbol(rune(c))
	}
	for _, r := range b.t.bounds {
		b.t.wide = append(b.t.wide, symbol(r))
	}
	b.t.width = len(b.takes)
}

// state is the number of a state; it is made when it is new.
func (b *builder) state(set []uint32, after bool) uint16 {
	set = b.distinct(set)
	if len(set) == 0 {
		after = false
	}
	key := make([]byte, 0, 4*len(set)+1)
	for _, pc := range set {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	if after {
		key = append(key, 1)
	}
	if id, ok := b.ids[string(key)]; ok {
		return id
	}
	id := uint16(len(b.sets)) //nolint:gosec // grow stops long before there are as many
	b.ids[string(key)] = id
	b.sets = append(b.sets, set)
	b.after = append(b.after, after)
	return id
}

// distinct takes repetitions out of set: the order of what is left does not matter, or it is that of the first ones.
func (b *builder) distinct(set []uint32) []uint32 {
	if !b.ordered {
		slices.Sort(set)
		return slices.Compact(set)
	}
	b.gen++
	return slices.DeleteFunc(set, func(pc uint32) bool {
		seen := b.mark[pc] == b.gen
		b.mark[pc] = b.gen
		return seen
	})
}

// closure calls visit with each instruction of set, and all that they lead to without taking a character, when a
// character is next that is in a word or is not: in the order of preference, until
// visit returns false.
func (b *builder) closure(id int, next bool, visit func(pc uint32) bool) {
	holds := syntax.EmptyNoWordBoundary
	if b.after[id] != next {
		holds = syntax.EmptyWordBoundary
	}
	b.gen++
	stack := slices.Clone(b.sets[id])
	slices.Reverse(stack)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if b.mark[pc] == b.gen {
			continue
		}
		b.mark[pc] = b.gen
		b.work++
		inst := &b.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, inst.Arg, inst.Out)
		case syntax.InstNop, syntax.InstCapture:
			stack = append(stack, inst.Out)
		case syntax.InstEmptyWidth:
			if inst.Arg&^uint32(holds) == 0 {
				stack = append(stack, inst.Out)
			}
		case syntax.InstFail:
		default:
			if !visit(pc) {
				return
			}
		}
	}
}

// grow makes all states; it reports false when there are too many.
func (b *builder) grow() bool {
	t := b.t
	if t.width > 255 {
		return false
	}
	t.next = make([]uint16, t.width+1)
	sets := make([][]uint32, t.width)
	for id := 1; id < len(b.sets); id++ {
		if len(b.sets) > maxTableStates || len(b.sets)*(t.width+1) > maxTableCells || b.work > b.limit {
			return false
		}
		for s := range sets {
			sets[s] = sets[s][:0]
		}
		accept := edge(0)
		for _, next := range []bool{false, true} {
			b.closure(id, next, func(pc uint32) bool {
				inst := &b.prog.Inst[pc]
				if inst.Op == syntax.InstMatch {
					if next {
						accept |= word
					} else {
						accept |= other
					}
					return !b.ordered
				}
				for s := range sets {
					if t.words[s] == next && b.takes[s][b.kind[pc]] {
						sets[s] = append(sets[s], inst.Out)
					}
				}
				return true
			})
		}
		for s := range sets {
			t.next = append(t.next, b.state(slices.Clone(sets[s]), t.words[s])) // rows once the pruning is done
		}
		t.next = append(t.next, uint16(accept))
	}
	return true
}

// prune makes death of all states from which no match can end, and rows of numbers.
func (b *builder) prune() {
	t, states, stride := b.t, len(b.sets), b.t.width+1
	back := make([][]int, states)
	alive := make([]bool, states)
	var queue []int
	for id := range states {
		for _, to := range t.next[id*stride : id*stride+t.width] {
			back[to] = append(back[to], id)
		}
		if t.next[id*stride+t.width] != 0 {
			alive[id] = true
			queue = append(queue, id)
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for _, from := range back[id] {
			if !alive[from] {
				alive[from] = true
				queue = append(queue, from)
			}
		}
	}
	for id := range states {
		row := t.next[id*stride : id*stride+t.width]
		for s, to := range row {
			if !alive[to] {
				to = 0
			}
			row[s] = to * b.stride()
		}
	}
}

// stride is the length of a row.
func (b *builder) stride() uint16 { return uint16(b.t.width + 1) } //nolint:gosec // grow refuses more than 255 symbols

// clear is the part of follow before which no more than one match can end: it stands behind an end and no match goes on
// with it.
func (t *table) clear(follow set) set {
	goesOn := make([]bool, t.width) // by symbol: a match may end before it, and another go on with it
	for at := 0; at < len(t.next); at += t.width + 1 {
		accept := t.next[at+t.width]
		for s, to := range t.next[at : at+t.width] {
			kind := other
			if t.words[s] {
				kind = word
			}
			if to != 0 && accept&uint16(kind) != 0 {
				goesOn[s] = true
			}
		}
	}
	taken := set{}
	for c, s := range t.symbols[:utf8.RuneSelf] {
		if goesOn[s] {
			taken = taken.with(byte(c))
		}
	}
	for _, s := range t.wide {
		if goesOn[s] {
			taken = taken.or(high())
			break
		}
	}
	return follow.and(taken.not())
}

// symbol is the symbol of the character at i that is not ASCII, and its width.
func (t *table) symbol(text string, i int) (uint8, int) {
	r, w := utf8.DecodeRuneInString(text[i:])
	at, found := slices.BinarySearch(t.bounds, r)
	if !found {
		at--
	}
	return t.wide[at], w
}

// begin is the row to begin with at i.
func (t *table) begin(text string, i int) int {
	if i > 0 && isWord(text[i-1]) {
		return int(t.start[1])
	}
	return int(t.start[0])
}

// ends reports whether a match ends at i, where row was reached.
func (t *table) ends(text string, i, row int) bool {
	kind := other
	if i < len(text) && isWord(text[i]) {
		kind = word
	}
	return t.next[row+t.width]&uint16(kind) != 0
}

// run goes as far as a match may go and returns where it stopped: at the only end of a match, or not ok. It is for
// tables for which all is clear that follows.
//
// hot:
func (t *table) run(text string, i int) (end int, ok bool) {
	row := t.begin(text, i)
	next := t.next
	for i < len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			s, w := t.symbol(text, i)
			to := int(next[row+int(s)])
			if to == 0 {
				break
			}
			row = to
			i += w
			continue
		}
		to := int(next[row+int(t.symbols[c])])
		if to == 0 {
			break
		}
		row = to
		i++
	}
	return i, t.ends(text, i, row)
}

// scan finds the ends of matches that follow allows: how many there are, 2 for more, and the first. far is how far it
// went.
//
// hot:
func (t *table) scan(text string, i int, follow *set) (first, count, far int) {
	row := t.begin(text, i)
	for {
		if t.next[row+t.width] != 0 && follow.allows(text, i) && t.ends(text, i, row) {
			if count == 0 {
				first = i
			}
			if count++; count == 2 {
				return first, count, i
			}
		}
		if i >= len(text) {
			return first, count, i
		}
		c := text[i]
		w := 1
		s := t.symbols[c]
		if c >= utf8.RuneSelf {
			s, w = t.symbol(text, i)
		}
		if row = int(t.next[row+int(s)]); row == 0 {
			return first, count, i
		}
		i += w
	}
}

// prefer returns the end that the expression prefers, or -1, of an ordered table, and how far it went.
//
// hot:
func (t *table) prefer(text string, i int) (end, far int) {
	row := t.begin(text, i)
	for end = -1; ; {
		if t.next[row+t.width] != 0 && t.ends(text, i, row) {
			end = i
		}
		if i >= len(text) {
			return end, i
		}
		c := text[i]
		w := 1
		s := t.symbols[c]
		if c >= utf8.RuneSelf {
			s, w = t.symbol(text, i)
		}
		if row = int(t.next[row+int(s)]); row == 0 {
			return end, i
		}
		i += w
	}
}
