package index

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
)

// texts are what constants and fields are made of: pieces of each other, letters whose case is not ASCII, bad UTF-8.
var texts = []string{
	"", "a", "A", "ab", "Ab", "abc", "abcd", "bcd", "b", "sshd", "sshd-session", "SSHD", "nginx", "nginx-x", "x/nginx",
	"ſ", "s", "S", "K", "k", "K", "é", "É", "\xff", "\xffa", "a\x00b", "/x/AB/y", strings.Repeat("ab", 40),
}

var spaces = []event.Space{event.Parsed, event.Meta, event.Enriched}

// world makes indexes and events over the same few fields.
type world struct {
	rnd    *rand.Rand
	schema *event.Schema
	fields []cond.Field
}

func newWorld(seed uint64) *world {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 1)), schema: event.NewSchema()}
	for i := range 6 {
		w.fields = append(w.fields, cond.Field{Ref: w.schema.Ref(spaces[i%3], fmt.Sprint("f", i/3))})
	}
	w.fields = append(w.fields, cond.Field{Scalar: cond.LineSrc}, cond.Field{Scalar: cond.Stage},
		cond.Field{Scalar: cond.Label, Ref: event.Ref{Slot: event.NoSlot, Name: "type"}}, cond.Field{Scalar: cond.TypeName})
	return w
}

func pick[T any](w *world, list []T) T { return list[w.rnd.IntN(len(list))] }

func (w *world) guard() cond.Guard {
	g := cond.Guard{Field: pick(w, w.fields), Costly: w.rnd.IntN(4) == 0}
	for range w.rnd.IntN(4) {
		g.Any = append(g.Any, cond.Test{
			Op: cond.Op(w.rnd.IntN(4)), Case: cond.Case(max(0, w.rnd.IntN(5)-2)), Text: pick(w, texts),
		})
	}
	return g
}

func (w *world) guards() []cond.Guard {
	var out []cond.Guard
	for range w.rnd.IntN(4) {
		g := w.guard()
		for range w.rnd.IntN(6) - 3 {
			g.Or = append(g.Or, w.guard())
		}
		out = append(out, g)
	}
	return out
}

// write changes the event as a rule may.
func (w *world) write(ev *event.Event) {
	f := pick(w, w.fields)
	text := pick(w, texts) + pick(w, texts)
	if w.rnd.IntN(2) == 0 {
		text = pick(w, texts)
	}
	switch f.Scalar {
	case cond.InSpace:
		ev.Set(f.Ref, text)
		return
	case cond.LineSrc:
		ev.Scalars().Line.Src = text
	case cond.Stage:
		ev.Scalars().Stage = text
	case cond.Label:
		ev.Scalars().Line.Labels = map[string]string{"type": text}
	default:
		return
	}
	ev.ScalarWritten()
}

// possible is what an index answers without one: whether the guards of an item hold.
func possible(guards []cond.Guard, ev *event.Event) bool {
	return !slices.ContainsFunc(guards, func(g cond.Guard) bool { return !g.Holds(ev) })
}

// TestRandom holds that a walk meets every item whose guards hold when it is met, in order, whatever is written between
// them; and that with enough items on a field it meets no other.
func TestRandom(t *testing.T) {
	met, all := 0, 0
	for seed := range uint64(200) {
		w := newWorld(seed)
		items := make([][]cond.Guard, w.rnd.IntN(60))
		for i := range items {
			items[i] = w.guards()
		}
		x := New(w.schema, items)
		f := x.NewFinder()
		ev := event.New(w.schema)
		for n := range uint64(40) {
			ev.Reset(n, &tocsin.Line{Src: pick(w, texts)})
			for range w.rnd.IntN(6) {
				w.write(ev)
			}
			for i, next := 0, f.Next(ev, 0); i < len(items); i++ {
				all++
				if next > i {
					if possible(items[i], ev) {
						t.Fatalf("seed %d: item %d is left out: %v", seed, i, items[i])
					}
					continue
				}
				met++
				if w.rnd.IntN(4) == 0 {
					w.write(ev)
				}
				if next = f.Next(ev, i+1); next <= i {
					t.Fatalf("seed %d: behind %d comes %d", seed, i, next)
				}
			}
		}
	}
	t.Logf("%d of %d items met", met, all)
	if met*4 > all*3 {
		t.Errorf("%d of %d items met: the index leaves out too few", met, all)
	}
}

// TestExact holds that what waits for the same field in numbers is found exactly.
func TestExact(t *testing.T) {
	w := newWorld(1)
	var items [][]cond.Guard
	for _, field := range w.fields {
		for i, text := range texts {
			for _, op := range []cond.Op{cond.Equals, cond.Begins, cond.Ends, cond.Equals} {
				g := cond.Guard{Field: field, Any: []cond.Test{{Op: op, Text: text}, {Op: op, Text: texts[i/2]}}}
				items = append(items, []cond.Guard{g}, []cond.Guard{g, g})
			}
		}
	}
	x := New(w.schema, items)
	if x.Guarded() != len(items) || x.Len() != len(items) {
		t.Errorf("%d of %d items are guarded", x.Guarded(), x.Len())
	}
	f := x.NewFinder()
	ev := event.New(w.schema)
	for n := range uint64(300) {
		ev.Reset(n, &tocsin.Line{})
		for range w.rnd.IntN(12) {
			w.write(ev)
		}
		var want []int32
		for i := range items {
			if possible(items[i], ev) {
				want = append(want, int32(i))
			}
		}
		if got := f.Candidates(ev); !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	}
}

// TestLimits holds that the memory of a Finder has an end, whatever events come, and that it still finds.
func TestLimits(t *testing.T) {
	s := event.NewSchema()
	field := cond.Field{Ref: s.Ref(event.Meta, "path")}
	var items [][]cond.Guard
	for i := range 64 {
		items = append(items, []cond.Guard{{Field: field, Any: []cond.Test{{Op: cond.Contains, Text: fmt.Sprintf("/%02d/", i)}}}})
	}
	x := New(s, items)
	f := x.NewFinder()
	ev := event.New(s)
	rnd := rand.New(rand.NewPCG(1, 2))
	forgot, before := 0, 0
	for n := range uint64(10_000) {
		ev.Reset(n, &tocsin.Line{})
		set := rnd.Uint64() & rnd.Uint64()
		var path strings.Builder
		var want []int32
		for i := range int32(64) {
			if set&(1<<i) != 0 {
				fmt.Fprintf(&path, "/%02d/", i)
				want = append(want, i)
			}
		}
		ev.Set(field.Ref, path.String())
		if got := f.Candidates(ev); !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
		if f.nodes < before {
			forgot++
		}
		before = f.nodes
		if f.nodes > maxNodes+1 || f.entries > maxEntries+2*len(items) || f.readers[0] != nil && len(f.readers[0].seen) > maxClasses+1 {
			t.Fatalf("%d nodes, %d entries, %d sets", f.nodes, f.entries, len(f.reader(0).seen))
		}
	}
	if forgot == 0 {
		t.Error("nothing was ever forgotten: the test does not reach the limits")
	}
}

// TestWatched holds that a write to a field that nobody asks costs no look-up, and that one to a field that is asked does.
func TestWatched(t *testing.T) {
	s := event.NewSchema()
	asked, other := s.Ref(event.Meta, "asked"), s.Ref(event.Meta, "other")
	New(s, [][]cond.Guard{{{Field: cond.Field{Ref: asked}, Any: []cond.Test{{Text: "x"}}}}})
	ev := event.New(s)
	ev.Reset(1, &tocsin.Line{})
	before := ev.Version()
	ev.Set(other, "x")
	ev.SetName(event.Meta, "nobody", "x")
	if ev.Version() != before {
		t.Error("a field that is not watched counts")
	}
	ev.SetName(event.Meta, "asked", "x")
	after := ev.Version()
	if after == before {
		t.Error("a field that is watched does not count")
	}
	ev.Isolate(false, func() { ev.Set(asked, "y") })
	if ev.Version() == after {
		t.Error("what is taken back does not count")
	}
}

// FuzzIndex makes rules and events of the bytes it is given.
func FuzzIndex(f *testing.F) {
	f.Add(uint64(1), "a", "abc", "ABC")
	f.Add(uint64(2), "ſ", "S", "\xffs")
	f.Add(uint64(3), "", "K", "k")
	f.Fuzz(func(t *testing.T, seed uint64, a, b, c string) {
		w := newWorld(seed)
		var items [][]cond.Guard
		for i := range 24 {
			g := w.guards()
			for j := range g {
				for k := range g[j].Any {
					g[j].Any[k].Text = []string{a, b, c, a + b, b[:len(b)/2]}[(i+j+k)%5]
				}
			}
			items = append(items, g)
		}
		x := New(w.schema, items)
		finder := x.NewFinder()
		ev := event.New(w.schema)
		for n, text := range []string{a, b, c, a + b, b + c, strings.ToUpper(a), strings.ToLower(b + a)} {
			ev.Reset(uint64(n), &tocsin.Line{Src: text})
			for _, field := range w.fields {
				if field.Scalar == cond.InSpace {
					ev.Set(field.Ref, text)
				}
			}
			got := finder.Candidates(ev)
			for i := range items {
				if _, found := slices.BinarySearch(got, int32(i)); !found && possible(items[i], ev) {
					t.Fatalf("item %d is left out for %q: %v", i, text, items[i])
				}
			}
		}
	})
}
