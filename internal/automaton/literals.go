package automaton

import "sync"

// Literals finds which of many literal texts occur in a text. It does not change and is safe for concurrent use.
type Literals struct {
	trie
	class  [256]uint8 // of a byte: those that no literal has are alike
	stride uint32
	dense  []uint32 // transitions, or nil: rows of stride, the last of a row is its node's entry in ends
	fail   []uint32 // without dense: the node of the longest suffix
	root   [256]uint32
	empty  uint32     // the end of the empty literals
	folded bool       // capitals of the text count as small letters
	large  *sync.Pool // of *[]uint64, sets of ends, when there are more than a call can have on its stack
}

const (
	// maxDense bounds the table of transitions, in bytes. Larger sets of literals walk the trie, which takes about
	// twenty bytes for each byte of the literals and is some three times slower.
	maxDense = 4 << 20
	// ending marks the transitions to nodes in which a literal ends.
	ending = 1 << 31
	// smallEnds is how many ends a call remembers on its stack.
	smallEnds = 1024
)

// NewLiterals makes the automaton of a list, whose texts together are shorter than 2 GiB. An empty literal occurs in every text; equal literals are found together.
// It takes up to 4 MiB and about twenty bytes for each byte of the list, or only the latter if that is not enough for a
// table.
func NewLiterals(list []string) *Literals { return newLiterals(list, maxDense) }

// NewFoldedLiterals is NewLiterals for texts in which ASCII capitals count as small letters; those of the list do, too.
func NewFoldedLiterals(list []string) *Literals { return newFolded(list, maxDense) }

func newFolded(list []string, limit int) *Literals {
	small := make([]string, len(list))
	for i, s := range list {
		b := []byte(s)
		for j := range b {
			b[j] = lower(b[j])
		}
		small[i] = string(b)
	}
	l := newLiterals(small, limit)
	l.folded = true
	for c := byte('A'); c <= 'Z'; c++ {
		l.class[c] = l.class[lower(c)]
	}
	return l
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func newLiterals(list []string, limit int) *Literals {
	l := &Literals{trie: newTrie(list)}
	l.empty, l.end[0] = l.end[0], 0 // they are found without looking
	fail := l.suffixes()
	classes := l.classify()
	l.stride = small(classes) + 1
	if n := len(l.ends); n > smallEnds {
		l.large = &sync.Pool{New: func() any { return new(make([]uint64, (n+63)/64)) }}
	}
	if len(l.label)*int(l.stride)*4 <= limit {
		l.tabulate(fail)
		return l
	}
	l.fail = fail
	for n := l.child[0]; n < l.child[1]; n++ {
		l.root[l.label[n]] = n
	}
	return l
}

// classify numbers the bytes of the literals from 1, and all other bytes 0; if there is none left, all from 0.
func (l *Literals) classify() int {
	var used [256]bool
	for _, b := range l.label[1:] {
		used[b] = true
	}
	n, rest := 0, false
	for _, u := range used {
		rest = rest || !u
	}
	if rest {
		n = 1
	}
	for b, u := range used {
		if u {
			l.class[b] = uint8(n)
			n++
		}
	}
	return n
}

// tabulate makes the table. Nodes are in the order of their depth, so that the row of a suffix is there before it is
// copied.
func (l *Literals) tabulate(fail []uint32) {
	l.dense = make([]uint32, len(l.label)*int(l.stride))
	for n := range small(len(l.label)) {
		row := l.dense[n*l.stride:][:l.stride]
		if n > 0 {
			copy(row, l.dense[fail[n]*l.stride:][:l.stride])
		}
		row[l.stride-1] = l.end[n]
		for m := l.child[n]; m < l.child[n+1]; m++ {
			to := m * l.stride
			if l.end[m] != 0 {
				to |= ending
			}
			row[l.class[l.label[m]]] = to
		}
	}
}

// Any reports whether any literal occurs in text.
//
// hot:
func (l *Literals) Any(text string) bool {
	if l.empty != 0 {
		return true
	}
	if l.dense == nil {
		n := uint32(0)
		for i := range len(text) {
			if n = l.walk(n, text[i]); l.end[n] != 0 {
				return true
			}
		}
		return false
	}
	dense, s := l.dense, uint32(0)
	for i := range len(text) {
		if s = dense[s+uint32(l.class[text[i]])]; s >= ending {
			return true
		}
	}
	return false
}

// Each calls found with the index of every literal that occurs in text, once. Literals that end earlier in the text come
// first.
//
// hot:
func (l *Literals) Each(text string, found func(i int)) {
	var small [smallEnds / 64]uint64
	seen := small[:]
	if l.large != nil {
		p := l.large.Get().(*[]uint64)
		defer l.large.Put(p)
		seen = *p
		clear(seen)
	}
	if l.empty != 0 {
		l.report(l.empty, seen, found)
	}
	if l.dense == nil {
		n := uint32(0)
		for i := range len(text) {
			if n = l.walk(n, text[i]); l.end[n] != 0 {
				l.report(l.end[n], seen, found)
			}
		}
		return
	}
	dense, s := l.dense, uint32(0)
	for i := range len(text) {
		s = dense[s+uint32(l.class[text[i]])]
		if s >= ending {
			s -= ending
			l.report(dense[s+l.stride-1], seen, found)
		}
	}
}

// walk is the node behind a byte, by the trie.
func (l *Literals) walk(n uint32, b byte) uint32 {
	if l.folded {
		b = lower(b)
	}
	for n != 0 {
		if m := l.down(n, b); m != 0 {
			return m
		}
		n = l.fail[n]
	}
	return l.root[b]
}

// report calls found for the literals of an end and for those that are a suffix of it. Where one was reported before,
// so were its suffixes: so all calls together take no longer than there are literals.
func (l *Literals) report(end uint32, seen []uint64, found func(i int)) {
	for end != 0 && seen[end/64]>>(end%64)&1 == 0 {
		seen[end/64] |= 1 << (end % 64)
		e := &l.ends[end]
		for _, i := range l.order[e.from:e.to] {
			found(int(i))
		}
		end = e.suffix
	}
}

// Bytes is the memory of the automaton, in bytes.
func (l *Literals) Bytes() int {
	n := len(l.label) + 4*(len(l.child)+len(l.end)+len(l.order)+len(l.dense)+len(l.fail)) + 12*len(l.ends)
	return n + len(l.class) + 4*len(l.root)
}
