package verdict_test

import (
	"net/netip"
	"runtime"
	"testing"

	"tocsin.example/internal/testx"
	"tocsin.example/internal/verdict"
)

// heap is how many bytes live on the heap.
func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestMemory holds the index to what it may take: 80 MB for a million, and the UUIDs that are not made of IDs.
func TestMemory(t *testing.T) {
	n, most := 200_000, 80 // bytes each
	if testx.Soak() {
		n = million
	}
	f := func(name string, foreign bool, most int) {
		t.Helper()
		changes := listed(n, foreign)
		before := heap()
		x := filled(changes)
		got := heap() - before
		t.Logf("%s: %d bytes for %d decisions: %.1f each", name, got, len(changes), float64(got)/float64(len(changes)))
		if got > most*n {
			t.Errorf("%s: %d decisions take %d bytes, more than %d each", name, n, got, most)
		}
		if d := x.Since(at(1), verdict.Cursor{}, verdict.Filter{}, true); d.Reset {
			t.Error("reset")
		}
		runtime.KeepAlive(changes)
	}
	f("a store's UUIDs", false, most)
	f("foreign UUIDs", true, most+20)
}

// TestAllocations holds what is asked all the time to no allocation while there is nothing to tell.
func TestAllocations(t *testing.T) {
	x := filled(listed(10_000, false))
	f := func(name string, most float64, ask func()) {
		t.Helper()
		if n := testing.AllocsPerRun(20, ask); n > most {
			t.Errorf("%s: %v allocations, at most %v are wanted", name, n, most)
		}
	}
	find := func(p string) func() {
		q := verdict.Query{Prefix: netip.MustParsePrefix(p), Filter: verdict.Filter{Scopes: []string{"Ip", "Range"}, ScenariosContaining: []string{"list"}}}
		return func() { x.Find(at(1), q) }
	}
	f("an address that is not there", 0, find("9.9.9.9/32"))
	f("one of IPv6", 0, find("2001:db9::1/128"))
	f("one that is there", 8, func() { x.Find(at(1), verdict.Query{Prefix: netip.PrefixFrom(address(7), 128)}) })
	c := x.All(at(1), verdict.Filter{}, true).Next
	f("nothing new", 0, func() { x.Since(at(2), c, verdict.Filter{}, true) })
	f("a full list, by the decision", 0.1*10_200, func() {
		for range x.All(at(1), verdict.Filter{}, true).New {
		}
	})
}
