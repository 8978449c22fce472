package cond

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

func addressHelpers() []*helper {
	return []*helper{
		fn1("IsIP", func(_ *Run, s string) (bool, error) {
			_, ok := parseAddr(s)
			return ok, nil
		}),
		fn1("IsIPV4", func(_ *Run, s string) (bool, error) {
			a, ok := parseAddr(s)
			return ok && a.Is4(), nil
		}),
		fn1("IsIPV6", func(_ *Run, s string) (bool, error) {
			a, ok := parseAddr(s)
			return ok && a.Is6(), nil
		}),
		fn2("IpInRange", func(_ *Run, ip, prefix string) (bool, error) {
			a, ok := parseAddr(ip)
			p, err := netip.ParsePrefix(prefix)
			if !ok || err != nil {
				return false, nil //nolint:nilerr // what is no range holds nothing
			}
			if p.Addr().Is4In6() && p.Bits() >= 96 {
				p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
			}
			return p.Contains(a), nil
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
