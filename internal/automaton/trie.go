package automaton

import (
	"cmp"
	"slices"
	"strings"
)

// A trie is the literals as a tree of nodes, which are numbered by depth, so that the children of a node stand in a row.
// Node 0 is the empty text.
type trie struct {
	label []byte   // the byte that leads to a node
	child []uint32 // the first child of a node; the children end where the next node's begin
	end   []uint32 // the end that a node is, or that its longest such suffix is; 0 for none
	ends  []end    // ends[0] is none
	order []uint32 // the indices of the literals, sorted by their text
}

// An end is a place where literals end: those of order[from:to]. suffix is the end of the longest literal that is a
// suffix of theirs.
type end struct{ from, to, suffix uint32 }

// newTrie makes the trie of a list; the ends know no suffixes yet.
func newTrie(list []string) trie {
	t := trie{label: []byte{0}, ends: make([]end, 1), order: sorted(list)}
	type part struct{ from, to, depth int } // the literals below a node
	parts := []part{{0, len(list), 0}}
	for n := 0; n < len(parts); n++ {
		p := parts[n]
		from := p.from
		for from < p.to && len(list[t.order[from]]) == p.depth {
			from++
		}
		t.end = append(t.end, 0)
		if from > p.from {
			t.end[n] = small(len(t.ends))
			t.ends = append(t.ends, end{from: small(p.from), to: small(from)})
		}
		t.child = append(t.child, small(len(parts)))
		for from < p.to {
			b := list[t.order[from]][p.depth]
			to := from
			for to < p.to && list[t.order[to]][p.depth] == b {
				to++
			}
			t.label = append(t.label, b)
			parts = append(parts, part{from, to, p.depth + 1})
			from = to
		}
	}
	t.child = append(t.child, small(len(parts)))
	return t
}

// down is the child of a node by a byte, 0 for none.
func (t *trie) down(n uint32, b byte) uint32 {
	lo, hi := t.child[n], t.child[n+1]
	for lo < hi {
		mid := lo + (hi-lo)/2
		switch l := t.label[mid]; {
		case l == b:
			return mid
		case l < b:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0
}

// suffixes returns for each node the node of its longest proper suffix, and completes the ends by those of suffixes.
func (t *trie) suffixes() []uint32 {
	fail := make([]uint32, len(t.label))
	for n := range small(len(t.label)) {
		for m := t.child[n]; m < t.child[n+1]; m++ {
			if n == 0 {
				continue
			}
			f := fail[n]
			to := t.down(f, t.label[m])
			for to == 0 && f != 0 {
				f = fail[f]
				to = t.down(f, t.label[m])
			}
			fail[m] = to
		}
		if n == 0 {
			continue
		}
		if own := t.end[n]; own != 0 {
			t.ends[own].suffix = t.end[fail[n]]
		} else {
			t.end[n] = t.end[fail[n]]
		}
	}
	return fail
}

// sorted are the indices of a list in the order of its texts.
func sorted(list []string) []uint32 {
	order := make([]uint32, len(list))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(strings.Compare(list[a], list[b]), cmp.Compare(a, b))
	})
	return order
}
