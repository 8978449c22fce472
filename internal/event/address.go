package event

import (
	"net/netip"
	"strings"
)

// sourceIP is the field of Meta that says which address an event is about. Rules group by it.
const sourceIP = "source_ip"

// maxAddress is the longest text of an address without a zone: an IPv6 one that ends like an IPv4 one.
const maxAddress = len("0000:0000:0000:0000:0000:ffff:255.255.255.255")

// canonical returns the one spelling of an address, RFC 5952, so that an attacker who varies it fills one bucket and not
// many: 2001:db8::1 for 2001:DB8:0:0::1, 192.0.2.1 for ::ffff:192.0.2.1, fe80::1 for fe80::1%eth0. Text that is no
// address stays as it is. A canonical address costs no allocation.
//
// hot:
func canonical(s string) string {
	if strings.IndexByte(s, ':') < 0 || isCanonical6(s) {
		return s // an IPv4 address has one spelling only
	}
	bare, _, _ := strings.Cut(s, "%")
	if len(bare) > maxAddress {
		return s
	}
	a, err := netip.ParseAddr(bare)
	if err != nil {
		return s
	}
	var buf [maxAddress]byte
	if text := a.Unmap().AppendTo(buf[:0]); string(text) != s {
		return string(text)
	}
	return s
}

// isCanonical6 reports whether s is an IPv6 address in its one spelling: no needless digit, the first of the longest runs
// of zeros left out. It saves the ten times longer way over the number for nearly every address there is.
func isCanonical6(s string) bool {
	if len(s) < 2 || len(s) > len("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") || strings.HasPrefix(s, "::ffff:") {
		return false // the last may be an IPv4 address
	}
	const none = -1
	groups, gap := 0, none  // the gap "::" stands behind so many groups
	run := 0                // zeros up to here
	longest := [2]int{0, 0} // run before and behind the gap
	side, i := 0, 0
	if s[0] == ':' {
		if s[1] != ':' {
			return false
		}
		gap, side, i = 0, 1, 2
	}
	for i < len(s) {
		start := i
		for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'f') {
			i++
		}
		zero, digits := i > start && s[start] == '0', i-start
		if digits == 0 || digits > 4 || zero && digits > 1 || zero && groups == gap {
			return false
		}
		groups++
		if run++; !zero {
			run = 0
		}
		longest[side] = max(longest[side], run)
		if i == len(s) {
			break
		}
		if s[i] != ':' || i+1 == len(s) {
			return false
		}
		if i++; s[i] == ':' {
			if gap != none || run > 0 { // a second one, or a zero left beside it
				return false
			}
			gap, side, i = groups, 1, i+1
		}
	}
	if gap == none {
		return groups == 8 && longest[0] < 2
	}
	left := 8 - groups
	return left >= 2 && longest[0] < left && longest[1] <= left
}
