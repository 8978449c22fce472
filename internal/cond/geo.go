package cond

import (
	"fmt"
	"net/netip"
)

// CityRecord is what GeoIPEnrich returns, with the field names that rules use.
type CityRecord struct {
	Country  CityCountry
	Location CityLocation
}

// CityCountry is the country of a [CityRecord].
type CityCountry struct {
	IsoCode           string
	IsInEuropeanUnion bool
}

// CityLocation is the position of a [CityRecord] in degrees.
type CityLocation struct{ Latitude, Longitude float64 }

// ASNRecord is what GeoIPASNEnrich returns, with the field names that rules use.
type ASNRecord struct {
	AutonomousSystemNumber       uint
	AutonomousSystemOrganization string
}

func geoHelpers(h *Host) []*helper {
	const absent = "GeoIP is not configured"
	const hint = "put GeoLite2-City.mmdb and GeoLite2-ASN.mmdb into the data directory"
	g := h.Geo
	return []*helper{
		fn1("GeoIPEnrich", func(_ *Run, ip string) (*CityRecord, error) {
			c, ok, err := lookupGeo(ip, g.City)
			if !ok {
				return nil, err
			}
			return &CityRecord{
				Country:  CityCountry{IsoCode: c.IsoCode, IsInEuropeanUnion: c.InEU},
				Location: CityLocation{Latitude: c.Latitude, Longitude: c.Longitude},
			}, nil
		}).needs(g != nil, absent, hint),
		fn1("IPToCountry", func(_ *Run, ip string) (string, error) {
			c, ok, err := lookupGeo(ip, g.City)
			if !ok || err != nil {
				return "", nil //nolint:nilerr // the helper for those who need no reason
			}
			return c.IsoCode, nil
		}).needs(g != nil, absent, hint),
		fn1("GeoIPASNEnrich", func(_ *Run, ip string) (*ASNRecord, error) {
			a, ok, err := lookupGeo(ip, g.ASN)
			if !ok {
				return nil, err
			}
			return &ASNRecord{AutonomousSystemNumber: a.Number, AutonomousSystemOrganization: a.Org}, nil
		}).needs(g != nil, absent, hint),
		fn1("GeoIPRangeEnrich", func(_ *Run, ip string) (*netip.Prefix, error) {
			a, ok, err := lookupGeo(ip, g.ASN)
			if !ok || !a.Network.IsValid() {
				return nil, err
			}
			return &a.Network, nil
		}).needs(g != nil, absent, hint),
	}
}

func lookupGeo[T any](ip string, ask func(netip.Addr) (T, bool, error)) (T, bool, error) {
	a, ok := parseAddr(ip)
	if !ok {
		var none T
		return none, false, fmt.Errorf("%q is not an address", ip)
	}
	v, ok, err := ask(a)
	return v, ok && err == nil, err
}
