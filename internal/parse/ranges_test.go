package parse

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

// TestRanges: an address is in the ranges when one of the prefixes contains it.
func TestRanges(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	address := func() netip.Addr {
		if random.IntN(2) == 0 {
			return netip.AddrFrom4([4]byte{10, 0, byte(random.IntN(4)), byte(random.IntN(256))})
		}
		a := netip.MustParseAddr("2001:db8::").As16()
		a[7], a[15] = byte(random.IntN(4)), byte(random.IntN(256))
		return netip.AddrFrom16(a)
	}
	prefix := func() netip.Prefix {
		a := address()
		return netip.PrefixFrom(a, a.BitLen()-random.IntN(10)*random.IntN(9))
	}
	hits := 0
	for range 2000 {
		var all []netip.Prefix
		for range random.IntN(8) {
			all = append(all, prefix())
		}
		r := newRanges(append(all, netip.Prefix{}))
		for range 50 {
			a := address()
			want := slices.ContainsFunc(all, func(p netip.Prefix) bool { return p.Contains(a) })
			if got := r.has(a); got != want {
				t.Fatalf("%s in %v: %t, want %t", a, all, got, want)
			}
			if want {
				hits++
			}
		}
	}
	if hits < 1000 || hits > 99_000 {
		t.Errorf("%d hits of 100,000 say little", hits)
	}
	f := func(a string, want bool, in ...string) {
		t.Helper()
		var all []netip.Prefix
		for _, p := range in {
			all = append(all, netip.MustParsePrefix(p))
		}
		if got := newRanges(all).has(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s in %v: %t", a, in, got)
		}
	}
	f("255.255.255.255", true, "0.0.0.0/0")
	f("0.0.0.0", true, "0.0.0.0/0")
	f("::", false, "0.0.0.0/0")
	f("192.0.2.1", false, "::/0")
	f("192.0.2.1", false, "::ffff:0:0/90") // a range of IPv6, as Contains says
	f("192.0.2.255", true, "192.0.2.7/24")
	f("192.0.3.0", false, "192.0.2.7/24")
	f("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, "::/0")
	f("192.0.2.9", true, "192.0.2.0/24", "192.0.2.0/30")
}
