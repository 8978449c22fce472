package verdict

import (
	"encoding/hex"
	"net/netip"
	"time"

	"tocsin.example"
)

// maxMilli is the last moment of the year 9999: what is later cannot be written as RFC 3339.
const maxMilli = 253402300799999

// milli is a moment in milliseconds since 1970, cut to the years 1970 to 9999. The index knows no finer time.
func milli(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		return 0
	}
	if s > maxMilli/1000 { // UnixMilli is undefined far outside
		return maxMilli
	}
	return t.UnixMilli()
}

func moment(milli int64) time.Time { return time.UnixMilli(milli).UTC() }

// prefixOf is the address or range that a scope and value name: an address has all its bits, IPv4 mapped into IPv6 is
// IPv4, bits behind the mask are off, a zone is dropped. The bool address tells "1.2.3.4" from "1.2.3.4/32". Of other
// scopes and of what does not parse there is none.
func prefixOf(scope, value string) (p netip.Prefix, address, ok bool) {
	if scope != tocsin.ScopeIP && scope != tocsin.ScopeRange {
		return netip.Prefix{}, false, false
	}
	return parsePrefix(value)
}

func parsePrefix(value string) (p netip.Prefix, address, ok bool) {
	if a, err := netip.ParseAddr(value); err == nil {
		a = a.WithZone("").Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true, true
	}
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return netip.Prefix{}, false, false
	}
	return masked(p), false, true
}

// masked brings a prefix into the form of [prefixOf].
func masked(p netip.Prefix) netip.Prefix {
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// holds says whether all of the inner prefix lies in the outer one. Both are masked.
func holds(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// parseUUID reads the usual form of a UUID, in any case.
func parseUUID(s string) (id [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	var digits [32]byte
	copy(digits[:8], s[:8])
	copy(digits[8:12], s[9:13])
	copy(digits[12:16], s[14:18])
	copy(digits[16:20], s[19:23])
	copy(digits[20:], s[24:])
	_, err := hex.Decode(id[:], digits[:])
	return id, err == nil
}

// appendUUID writes the usual form of a UUID.
func appendUUID(b []byte, id [16]byte) []byte {
	b = hex.AppendEncode(b, id[:4])
	for i := 4; i < 10; i += 2 {
		b = hex.AppendEncode(append(b, '-'), id[i:i+2])
	}
	return hex.AppendEncode(append(b, '-'), id[10:])
}
