package parse

import (
	"net/netip"
	"slices"
)

// ranges are addresses from one to another, sorted and apart from each other.
type ranges []span

type span struct{ from, to netip.Addr }

// newRanges returns the addresses of prefixes. One that is not valid has none.
func newRanges(prefixes []netip.Prefix) ranges {
	var all []span
	for _, p := range prefixes {
		if p.IsValid() {
			all = append(all, span{p.Masked().Addr(), last(p)})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	var out ranges
	for _, s := range all {
		if n := len(out) - 1; n >= 0 && !out[n].to.Less(s.from) {
			if out[n].to.Less(s.to) {
				out[n].to = s.to
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// last is the last address of a prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// has reports whether an address, without a zone, is in one of the ranges.
//
// hot:
func (r ranges) has(a netip.Addr) bool {
	lo, hi := 0, len(r) // the first range that begins behind a
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); a.Less(r[mid].from) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo > 0 && !r[lo-1].to.Less(a)
}
