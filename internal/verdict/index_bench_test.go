package verdict_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/verdict"
)

// address is an address of a made-up list: IPv4 if i is even, IPv6 if it is odd.
func address(i int) netip.Addr {
	h := uint64(i+1) * 0x9e3779b97f4a7c15
	if i%2 == 0 {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], uint32(i/2)*2654435761)
		return netip.AddrFrom4(a)
	}
	a := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint64(a[4:], h)
	binary.BigEndian.PutUint32(a[12:], uint32(i))
	return netip.AddrFrom16(a)
}

// listed makes changes from a list of addresses, a range after every fiftieth. The moments when they expire are spread
// over an hour in an order that means nothing, as uuid says the UUIDs are those of a store or foreign ones.
func listed(n int, uuid bool) []verdict.Change {
	changes := make([]verdict.Change, 0, n+n/50)
	for i := range n {
		a := address(i)
		changes = append(changes, decided(len(changes)+1, "Ip", a.String(), uuid))
		if i%50 == 0 {
			p, _ := a.Prefix(a.BitLen() - 8 - i/50%8)
			changes = append(changes, decided(len(changes)+1, "Range", p.String(), uuid))
		}
	}
	return changes
}

func decided(id int, scope, value string, foreign bool) verdict.Change {
	d := tocsin.Decision{
		ID: int64(id), Origin: "lists", Type: "ban", Scope: scope, Value: value, Scenario: fmt.Sprintf("list/%d", id%20),
		UUID: fmt.Sprintf("0a1b2c3d-4e5f-8677-8000-%012x", id), Until: at(10_000 + float64(id*7919%3600_000)/1000),
	}
	if foreign {
		d.UUID = fmt.Sprintf("%08x-4e5f-4677-9000-%012x", uint32(id)*2654435761, id*7919)
	}
	return verdict.Change{Seq: uint64(id), At: at(0), Decision: d}
}

const million = 1_000_000

func filled(changes []verdict.Change) *verdict.Index {
	x := verdict.New()
	x.Expire(at(0))
	for len(changes) > 0 {
		k := min(len(changes), 10_000)
		x.Apply(changes[:k])
		changes = changes[k:]
	}
	return x
}

func BenchmarkApply(b *testing.B) {
	run := func(name string, changes []verdict.Change) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				filled(changes)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(changes)), "ns/change")
		})
	}
	changes := listed(million, false)
	run("expiring in any order", changes)
	imported := slices.Clone(changes)
	for i := range imported {
		imported[i].Decision.Until = at(4 * 3600)
	}
	run("expiring at once", imported)
}

// BenchmarkEndAll ends all decisions, and then forgets them.
func BenchmarkEndAll(b *testing.B) {
	changes := listed(million, false)
	for b.Loop() {
		b.StopTimer()
		x := filled(changes)
		ends := make([]verdict.Change, len(changes))
		for i := range ends {
			n := i*7919%len(changes) + 1
			ends[i] = verdict.Change{Seq: uint64(len(changes) + i + 1), End: true, At: at(1), Decision: tocsin.Decision{ID: int64(n)}}
		}
		b.StartTimer()
		x.Apply(ends)
		took := b.Elapsed()
		for s := range 70 {
			x.Expire(at(float64(60 * s)))
		}
		b.ReportMetric(float64((b.Elapsed()-took).Nanoseconds())/float64(len(ends)), "ns/forgotten")
	}
}

func BenchmarkExpireAll(b *testing.B) {
	changes := listed(million, false)
	for b.Loop() {
		b.StopTimer()
		x := filled(changes)
		b.StartTimer()
		for s := range 300 {
			x.Expire(at(float64(60 * s)))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(changes)), "ns/expired")
}

func BenchmarkFind(b *testing.B) {
	x := filled(listed(million, false))
	now := at(1)
	run := func(name string, of func(i int) netip.Addr) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a := of(i * 7919 % million)
				x.Find(now, verdict.Query{Prefix: netip.PrefixFrom(a, a.BitLen())})
			}
		})
	}
	run("hit", address)
	run("miss", func(i int) netip.Addr {
		if i%2 == 0 {
			return netip.AddrFrom4([4]byte{byte(i), byte(i >> 8), byte(i >> 16), 3})
		}
		a := address(i).As16()
		a[1] = 7
		return netip.AddrFrom16(a)
	})
	b.Run("id", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			x.Find(now, verdict.Query{IDs: []int64{int64(i*7919%million + 1)}})
		}
	})
	b.Run("inside", func(b *testing.B) {
		for b.Loop() {
			x.Find(now, verdict.Query{Prefix: netip.MustParsePrefix("10.1.0.0/16"), Inside: true})
		}
	})
}

func BenchmarkSinceEmpty(b *testing.B) {
	x := filled(listed(million, false))
	c := x.All(at(1), verdict.Filter{}, true).Next
	b.ReportAllocs()
	for b.Loop() {
		if d := x.Since(at(2), c, verdict.Filter{}, true); d.Reset {
			b.Fatal("reset")
		}
	}
}

func BenchmarkAll(b *testing.B) {
	x := filled(listed(million, false))
	run := func(name string, f verdict.Filter, dedup bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range x.All(at(1), f, dedup).New {
					n++
				}
				if n == 0 {
					b.Fatal("nothing")
				}
			}
		})
	}
	run("plain", verdict.Filter{}, false)
	run("dedup", verdict.Filter{}, true)
	run("filter", verdict.Filter{Scopes: []string{"Ip"}, ScenariosWithout: []string{"list/3"}}, true)
}

func BenchmarkStats(b *testing.B) {
	x := filled(listed(million, false))
	for b.Loop() {
		x.Stats(at(1))
	}
}
