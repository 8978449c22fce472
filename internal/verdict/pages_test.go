package verdict

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPages holds an order to a sorted list, with enough in it for pages to be split and merged.
func TestPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := map[uint32]place{}
		p := pages{at: func(n uint32) place { return keys[n] }}
		var want []uint32
		compare := func(a, b uint32) int {
			switch {
			case keys[a].before(keys[b]):
				return -1
			case keys[b].before(keys[a]):
				return 1
			default:
				return 0
			}
		}
		n := uint32(0)
		add := func(a int64) {
			n++
			keys[n] = place{a, uint64(n)}
			i, _ := slices.BinarySearchFunc(want, n, compare)
			want = slices.Insert(want, i, n)
			p.add(n)
		}
		remove := func(i int) {
			if !p.remove(want[i]) {
				t.Fatalf("%v is not there", keys[want[i]])
			}
			if p.remove(want[i]) {
				t.Fatalf("%v was there twice", keys[want[i]])
			}
			want = slices.Delete(want, i, i+1)
		}
		check := func() {
			var got []uint32
			for c := p.after(place{-1 << 62, 0}); !p.end(c); c = p.next(c) {
				got = append(got, p.get(c))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("the order is %v, want %v", got, want)
			}
			if most := 4*len(want)/pageLen + 2; len(p.list) > 2*most {
				t.Fatalf("%d pages for %d records", len(p.list), len(want))
			}
		}
		for range rapid.IntRange(1, 8).Draw(t, "phases") {
			count := rapid.IntRange(0, 1500).Draw(t, "count")
			step := rapid.Int64Range(-7, 7).Draw(t, "step")
			at := rapid.Int64Range(-100, 100).Draw(t, "at")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0: // one behind the other, or before
				for i := range count {
					add(at + int64(i)*step)
				}
			case 1: // without order
				for i := range count {
					add(int64(i*7919%1000) - at)
				}
			case 2: // from the front
				for range min(count, len(want)) {
					remove(0)
				}
			default: // anywhere
				for i := range min(count, len(want)) {
					remove(i * 7919 % len(want))
				}
			}
			check()
			q := place{at, uint64(count)}
			i := slices.IndexFunc(want, func(n uint32) bool { return q.before(keys[n]) })
			if c := p.after(q); i < 0 != p.end(c) || i >= 0 && p.get(c) != want[i] {
				t.Fatalf("behind %v stands %v, want number %d", q, c, i)
			}
		}
	})
}
