package verdict

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
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

// prefixOf is the address or range that a scope and value name. The bool single tells "1.2.3.4" from "1.2.3.4/32". Of
// other scopes and of what does not parse there is none.
func prefixOf(scope, value string) (p netip.Prefix, single, ok bool) {
	if scope != tocsin.ScopeIP && scope != tocsin.ScopeRange {
		return netip.Prefix{}, false, false
	}
	return parsePrefix(value)
}

func parsePrefix(value string) (p netip.Prefix, single, ok bool) {
	p, ok = address.Parse(value)
	return p, ok && strings.IndexByte(value, '/') < 0, ok
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
