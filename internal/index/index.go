// Package index finds which of many filters can be true of an event without asking each: it is a decision table over
// their guards, the conditions that each filter needs.
//
// An [Index] is made once from the guards of items in load order, parsers' nodes or scenarios. A [Finder] walks the items
// whose guards hold, in that order, and remembers its way: what it costs depends on the items that it finds and on the
// fields that tell them apart, not on how many there are. It evaluates no filter and knows neither nodes nor scenarios:
// an item that it leaves out has a filter that is false, one that it gives may be true. Start from [New].
package index

import (
	"encoding/binary"
	"slices"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

// Index is a decision table over items. It is immutable and may be shared by any number of Finders.
type Index struct {
	items  []item
	probes []*probe
	all    []int32 // every item
	first  int     // the probe to ask of all
}

// item is what must hold for an item to be found: of each of its clauses, one guard.
type item struct {
	exact   bool // the clauses are all of its filter
	clauses [][]guard
	cost    int // of asking its filter; see worth
}

// guard is a guard by its number in a probe.
type guard struct{ probe, number int }

// costly is the cost of a filter that reads all of a text.
const costly = 8

// New makes an index of items, each with the guards of its filter, and lets the schema watch the fields that they ask. An
// item without guards is always found. The schema must be that of the events and not be frozen yet.
func New(schema *event.Schema, items [][]cond.Guard) *Index {
	x := &Index{items: make([]item, len(items))}
	numbers := map[probeKey]int{}
	for i, guards := range items {
		x.items[i].cost = 1
		for _, g := range guards {
			if g.Costly || slices.ContainsFunc(g.Or, func(o cond.Guard) bool { return o.Costly }) {
				x.items[i].cost = costly
			}
			clause := []guard{x.add(schema, numbers, g)}
			for _, o := range g.Or {
				clause = append(clause, x.add(schema, numbers, o))
			}
			x.items[i].clauses = append(x.items[i].clauses, clause)
		}
	}
	for _, p := range x.probes {
		p.build()
	}
	x.all = make([]int32, len(items))
	for i := range x.all {
		x.all[i] = int32(i)
	}
	x.first = x.choose(&node{items: x.all})
	return x
}

// SetExact says that the filter of an item says no more than its guards. It is called before the first Finder is made.
func (x *Index) SetExact(i int) { x.items[i].exact = true }

// add gives a guard, without further alternatives, to the probe of its field.
func (x *Index) add(schema *event.Schema, numbers map[probeKey]int, g cond.Guard) guard {
	key := keyOf(g)
	n, ok := numbers[key]
	if !ok {
		n = len(x.probes)
		numbers[key] = n
		x.probes = append(x.probes, newProbe(key))
		if g.Field.Scalar == cond.InSpace {
			schema.Watch(g.Field.Ref.Slot)
		}
	}
	return guard{probe: n, number: x.probes[n].add(g.Any)}
}

// choose returns the probe whose answer saves most for the items of a node, beside those that were asked; -1 when none is
// worth asking.
func (x *Index) choose(n *node) int {
	waiting, last := make([]int, len(x.probes)), make([]int32, len(x.probes))
	for _, i := range n.items {
		it := &x.items[i]
		for _, clause := range it.clauses {
			if n.holds(clause) == yes {
				continue
			}
			for _, g := range clause {
				if last[g.probe] != i+1 {
					waiting[g.probe] += it.cost
					last[g.probe] = i + 1
				}
			}
		}
	}
	best, most := -1, 0
	for p, count := range waiting {
		if _, done := slices.BinarySearch(n.asked, p); done || count < x.probes[p].worth() {
			continue
		}
		if gain := count / x.probes[p].worth(); gain > most {
			best, most = p, gain
		}
	}
	return best
}

// Len is the number of items.
func (x *Index) Len() int { return len(x.items) }

// Guarded is the number of items that are not found for every event.
func (x *Index) Guarded() int {
	n := 0
	for i := range x.items {
		if len(x.items[i].clauses) > 0 {
			n++
		}
	}
	return n
}

// Limits of what a Finder remembers: a few MiB. When one is exceeded it begins anew.
const (
	maxEntries = 1 << 17 // items in lists
	maxNodes   = 1 << 12
	maxClasses = 1 << 12 // of the probes that look for texts
)

// Finder walks the items that an event can match. It is for one goroutine.
type Finder struct {
	x       *Index
	root    *node
	readers []*reader // of the probes
	entries int
	nodes   int

	ev      *event.Event // that leaf was looked up for
	version uint64
	leaf    *node
	at      int // in leaf.items: the first one that may come next
}

// node is a step of a decision: items that may still be found, and what is to be asked next.
type node struct {
	items []int32
	sure  []bool // of these items: every guard is known to hold, and there is nothing else to the filter
	asked []int  // probes on the way here, sorted
	known []bits // the guards that hold, of each of them
	probe int    // to ask now; -1 when items are the answer

	class    class // of the event that came here last
	next     *node // and where it went
	children map[class]*node
}

// NewFinder makes a Finder.
func (x *Index) NewFinder() *Finder {
	f := &Finder{x: x}
	f.forget()
	return f
}

// forget begins the memory anew.
func (f *Finder) forget() {
	f.readers = make([]*reader, len(f.x.probes))
	f.entries, f.nodes = 0, 1
	f.root = newNode(&node{items: f.x.all, probe: f.x.first})
}

func newNode(n *node) *node {
	if n.probe >= 0 {
		n.children = map[class]*node{}
	}
	return n
}

// answer is what is known of a clause.
type answer uint8

const (
	open answer = iota
	no
	yes
)

// holds tells whether one of some guards holds, by what was asked.
func (n *node) holds(clause []guard) answer {
	out := no
	for _, g := range clause {
		at, asked := slices.BinarySearch(n.asked, g.probe)
		switch {
		case !asked:
			out = open
		case n.known[at].has(g.number):
			return yes
		}
	}
	return out
}

// possible reports whether every clause of an item may hold.
func (n *node) possible(it *item) bool {
	return !slices.ContainsFunc(it.clauses, func(c []guard) bool { return n.holds(c) == no })
}

// certain reports whether every clause of an item is known to hold.
func (n *node) certain(it *item) bool {
	return !slices.ContainsFunc(it.clauses, func(c []guard) bool { return n.holds(c) != yes })
}

// reader returns what asks a probe.
func (f *Finder) reader(probe int) *reader {
	r := f.readers[probe]
	if r == nil {
		r = newReader(f.x.probes[probe])
		f.readers[probe] = r
	}
	return r
}

// Next returns the first item from the given one on whose guards hold, and Len when there is none. With from 0 it begins
// with a look-up; later it looks up again when a watched field of the event was written.
//
// hot:
func (f *Finder) Next(ev *event.Event, from int) int {
	if from == 0 || ev != f.ev || ev.Version() != f.version {
		f.ev, f.version = ev, ev.Version()
		f.leaf = f.find(ev)
		f.at = 0
		if from > 0 {
			f.at, _ = slices.BinarySearch(f.leaf.items, int32(from)) //nolint:gosec // an item's number
		}
	}
	items := f.leaf.items
	for ; f.at < len(items); f.at++ {
		if i := int(items[f.at]); i >= from {
			return i
		}
	}
	return len(f.x.items)
}

// Sure reports whether the filter of the item that Next gave last is known to be true of the event.
func (f *Finder) Sure() bool { return f.at < len(f.leaf.sure) && f.leaf.sure[f.at] }

// Candidates returns the items whose guards hold, in order. The list is only read, and lives until the next call.
func (f *Finder) Candidates(ev *event.Event) []int32 { return f.find(ev).items }

// find asks probe by probe until nothing is left to tell.
func (f *Finder) find(ev *event.Event) *node {
	n := f.root
	for n.probe >= 0 {
		class := f.reader(n.probe).class(ev)
		if n.next != nil && n.class == class {
			n = n.next
			continue
		}
		child := n.children[class]
		if child == nil {
			child = f.child(n, class)
		}
		n.class, n.next = class, child
		n = child
	}
	return n
}

// child makes the node behind a class: without the items that it rules out. When there are too many nodes, it forgets all
// of them; this one then serves the event at hand alone.
func (f *Finder) child(n *node, c class) *node {
	r := f.reader(n.probe)
	holding := r.holding(c)
	full := f.entries > maxEntries || f.nodes > maxNodes || r.full()
	if full {
		f.forget()
	}
	at, _ := slices.BinarySearch(n.asked, n.probe)
	child := &node{
		asked: slices.Insert(slices.Clone(n.asked), at, n.probe), known: slices.Insert(slices.Clone(n.known), at, holding),
	}
	left := make([]int32, 0, len(n.items))
	for _, i := range n.items {
		if child.possible(&f.x.items[i]) {
			left = append(left, i)
		}
	}
	child.items = slices.Clip(left)
	child.sure = make([]bool, len(left))
	for at, i := range left {
		child.sure[at] = f.x.items[i].exact && child.certain(&f.x.items[i])
	}
	child.probe = f.x.choose(child)
	newNode(child)
	if !full {
		f.nodes++
		f.entries += cap(left) + 4*len(child.asked) + 2*len(holding)
		n.children[c] = child
	}
	return child
}

// bits is a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, (n+63)>>6) }

func (b bits) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }

func (b bits) set(i int) { b[i>>6] |= 1 << (i & 63) }

// append writes the set as bytes.
func (b bits) append(to []byte) []byte {
	for _, w := range b {
		to = binary.LittleEndian.AppendUint64(to, w)
	}
	return to
}
