package verdict

import (
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
