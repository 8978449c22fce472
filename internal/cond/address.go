package cond

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"tocsin.example/internal/closure"
)

func addressHelpers() []*helper {
	return []*helper{
		fn1("IsIP", func(r *Run, s string) (bool, error) {
			_, ok := r.address(s)
			return ok, nil
		}),
		fn1("IsIPV4", func(r *Run, s string) (bool, error) {
			a, ok := r.address(s)
			return ok && a.Is4(), nil
		}),
		fn1("IsIPV6", func(r *Run, s string) (bool, error) {
			a, ok := r.address(s)
			return ok && a.Is6(), nil
		}),
		fn2("IpInRange", func(r *Run, ip, prefix string) (bool, error) {
			a, ok := r.address(ip)
			p, isRange := parseRange(prefix)
			return ok && isRange && p.Contains(a), nil
		}),
		fn2("IpToRange", func(_ *Run, ip, bits string) (string, error) {
			a, ok := parseAddr(ip)
			n, err := strconv.Atoi(strings.TrimPrefix(bits, "/"))
			if !ok || err != nil {
				return "", nil //nolint:nilerr // what is no address is in no range
			}
			p, err := a.Prefix(n)
			if err != nil {
				return "", nil //nolint:nilerr // nor with such a length
			}
			return p.String(), nil
		}),
		fn4("Distance", distanceBetween),
	}
}

// parseAddr reads an address without zone; an IPv4 address in IPv6 form is IPv4.
func parseAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

// parseRange reads a range; one of IPv4 addresses in IPv6 form is of IPv4.
func parseRange(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false // what is no range holds nothing
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p, true
}

// inRange is IpInRange with a range that is known.
func inRange(prefix string) func(*closure.Frame, string) bool {
	p, ok := parseRange(prefix)
	return func(f *closure.Frame, ip string) bool {
		a, isAddress := runOf(f).address(ip)
		return ok && isAddress && p.Contains(a)
	}
}

// lastAddress is the text that was read as an address before: rules ask for one address in many ways. The text is a copy,
// since that of an event does not live as long.
type lastAddress struct {
	text [48]byte // an address without zone has at most 45
	size int      // 0 for none
	addr netip.Addr
	ok   bool
}

// address is parseAddr, with the last one remembered.
//
// hot:
func (r *Run) address(s string) (netip.Addr, bool) {
	last := &r.last
	if s != "" && s == string(last.text[:last.size]) {
		return last.addr, last.ok
	}
	a, ok := parseAddr(s)
	if len(s) <= len(last.text) {
		last.size = copy(last.text[:], s)
		last.addr, last.ok = a, ok
	}
	return a, ok
}

// noDegreesError is a text that should be a number of degrees.
type noDegreesError string

func (e noDegreesError) Error() string {
	return fmt.Sprintf("%q is not a number of degrees", string(e))
}

// distanceBetween is the great-circle distance in km between two points in degrees. It is 0 when one of them is 0,0,
// which stands for "unknown".
func distanceBetween(_ *Run, lat1, lon1, lat2, lon2 string) (float64, error) {
	var deg [4]float64
	for i, s := range [4]string{lat1, lon1, lat2, lon2} {
		if s == "" { // as most are where there is no database of places
			return 0, noDegreesError("")
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return 0, noDegreesError(strings.Clone(s))
		}
		deg[i] = f
	}
	if deg[0] == 0 && deg[1] == 0 || deg[2] == 0 && deg[3] == 0 {
		return 0, nil
	}
	const earth = 6371 // mean radius in km
	rad := func(d float64) float64 { return d * math.Pi / 180 }
	dLat, dLon := rad(deg[2]-deg[0]), rad(deg[3]-deg[1])
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(rad(deg[0]))*math.Cos(rad(deg[2]))*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(min(1, h))), nil
}
