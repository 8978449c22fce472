// Package address reads addresses and ranges as people and programs write them, in the one form in which all of Tocsin
// compares them: an address is the range of itself alone, IPv4 mapped into IPv6 is IPv4, a zone is dropped, bits behind
// the length are off.
//
// It resolves no names and knows no scopes. Start from [Parse].
package address

import (
	"net/netip"
	"strings"
)

// mappedBits are the bits before the IPv4 part of an IPv4-mapped address (RFC 4291 section 2.5.5.2).
const mappedBits = 96

// Parse reads an address or a range. False is for what is neither, and for a range written as an IPv4-mapped address
// with fewer bits than come before its IPv4 part: nobody means that.
func Parse(s string) (netip.Prefix, bool) {
	if strings.IndexByte(s, '/') < 0 {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, false
		}
		return Of(a), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() && p.Bits() < mappedBits {
		return netip.Prefix{}, false
	}
	return Masked(p), true
}

// Of is the range of an address alone. Of the zero address it is the zero prefix.
func Of(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen())
}

// Masked brings a range into the form of [Parse].
func Masked(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= mappedBits {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-mappedBits)
	}
	return p.Masked()
}

// Holds reports whether all of the inner range lies in the outer one. Both are as [Parse] makes them.
func Holds(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// Text writes a range as people do: that of one address without its length.
func Text(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// Lengths is the lengths that ranges have, counted by family: what to try when a map of ranges is asked for those that
// hold an address. The zero value has none.
type Lengths [2][129]int

// Add counts a range, or with -1 no more.
func (l *Lengths) Add(p netip.Prefix, by int) { l[family(p)][p.Bits()] += by }

// Around calls f with p and the ranges that hold it, the closest first, as far as there are any of their length, until f
// returns false. It reports whether all were seen.
//
// hot:
func (l *Lengths) Around(p netip.Prefix, f func(netip.Prefix) bool) bool {
	of := &l[family(p)]
	for bits := p.Bits(); bits >= 0; bits-- {
		if of[bits] == 0 {
			continue
		}
		around, _ := p.Addr().Prefix(bits) // no more bits than the address has
		if !f(around) {
			return false
		}
	}
	return true
}

func family(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 0
	}
	return 1
}
