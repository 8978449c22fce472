package parse

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"tocsin.example/internal/event"
	"tocsin.example/internal/logtime"
)

// method is an enrichment that a static calls with the value of its expression.
type method struct {
	// call writes into the event. An error is counted and shown by explain; the event goes on.
	call func(r *Runner, ev *event.Event, arg string) error
	// absent says, as a hint, what is missing for the method to work; "" when nothing is.
	absent func(*Context) string
	// empty says that the method is called with an empty argument too.
	empty bool
}

// methods are all enrichments. To add one, add a line here and its function below.
var methods = map[string]method{
	"ParseDate":     {call: parseDate, absent: present, empty: true},
	"UnmarshalJSON": {call: unmarshalLine, absent: present},
	"GeoIpCity":     {call: geoCity, absent: needGeo},
	"GeoIpASN":      {call: geoASN, absent: needGeo},
	"IpToRange":     {call: geoRange, absent: needGeo},
	"reverse_dns":   {call: reverseDNS, absent: needDNS},
}

func present(*Context) string { return "" }

func needGeo(c *Context) string {
	if c.Host.Geo == nil {
		return "put GeoLite2-City.mmdb and GeoLite2-ASN.mmdb into the data folder (--data)"
	}
	return ""
}

func needDNS(c *Context) string {
	switch {
	case !c.Post:
		return "reverse DNS is asked in postoverflows only: a line must not wait for the network"
	case c.Host.DNS == nil:
		return "allow it with --dns"
	}
	return ""
}

// parseDate fills Enriched.MarshaledTime, and the event's time in a replay. What is no date becomes "now", and is
// counted.
func parseDate(r *Runner, ev *event.Event, arg string) error {
	v := ev.Scalars()
	t, ok := r.set.ParseTime(ev, arg)
	ev.Guessed = !ok // the last date that was asked for counts
	if !ok {
		t = ev.Arrived.UTC()
		r.Counters.BadDates++
	}
	if v.ExpectMode == event.ModeTimeMachine {
		v.Time = t
	}
	ev.SetName(event.Enriched, "MarshaledTime", event.FormatTime(t))
	if !ok {
		return fmt.Errorf("%q is no date; now is taken instead", arg)
	}
	return nil
}

// ParseTime reads a date of an event.
func (s *Set) ParseTime(ev *event.Event, text string) (time.Time, bool) {
	return logtime.Parse(text, ev.Scalars().StrTimeFormat, ev.Arrived, s.year)
}

// maxJSON bounds a document that is decoded.
const maxJSON = 1 << 20

// unmarshalLine decodes the whole line, whatever the argument says.
func unmarshalLine(_ *Runner, ev *event.Event, _ string) error {
	raw := ev.Scalars().Line.Raw
	if len(raw) > maxJSON {
		return fmt.Errorf("a line of %d bytes is too long for JSON", len(raw))
	}
	if err := ev.UnmarshalMembers(raw); err != nil {
		return fmt.Errorf("decode the line as JSON: %w", err)
	}
	return nil
}

func geoCity(r *Runner, ev *event.Event, arg string) error {
	if r.host.Geo == nil {
		return nil
	}
	ip, err := netip.ParseAddr(arg)
	if err != nil {
		return fmt.Errorf("%q is not an address", arg)
	}
	c, _, err := r.host.Geo.City(ip.Unmap())
	if err != nil {
		return err
	}
	ev.SetName(event.Enriched, "IsoCode", c.IsoCode)
	ev.SetName(event.Enriched, "IsInEU", strconv.FormatBool(c.InEU))
	ev.SetName(event.Enriched, "Latitude", strconv.FormatFloat(c.Latitude, 'f', 6, 64))
	ev.SetName(event.Enriched, "Longitude", strconv.FormatFloat(c.Longitude, 'f', 6, 64))
	return nil
}

func geoASN(r *Runner, ev *event.Event, arg string) error {
	if r.host.Geo == nil {
		return nil
	}
	ip, err := netip.ParseAddr(arg)
	if err != nil {
		return fmt.Errorf("%q is not an address", arg)
	}
	a, _, err := r.host.Geo.ASN(ip.Unmap())
	if err != nil {
		return err
	}
	n := strconv.FormatUint(uint64(a.Number), 10)
	ev.SetName(event.Enriched, "ASNNumber", n)
	ev.SetName(event.Enriched, "ASNumber", n)
	ev.SetName(event.Enriched, "ASNOrg", a.Org)
	return nil
}

func geoRange(r *Runner, ev *event.Event, arg string) error {
	if r.host.Geo == nil {
		return nil
	}
	ip, err := netip.ParseAddr(arg)
	if err != nil {
		return fmt.Errorf("%q is not an address", arg)
	}
	a, found, err := r.host.Geo.ASN(ip.Unmap())
	if err != nil || !found || !a.Network.IsValid() {
		return err
	}
	ev.SetName(event.Enriched, "SourceRange", a.Network.String())
	return nil
}

// reverseDNS takes a name only when it resolves back to the address: whoever owns an address can give it any name, and
// allowlists go by it.
func reverseDNS(r *Runner, ev *event.Event, arg string) error {
	if r.host.DNS == nil || !r.post {
		return nil
	}
	ip, err := netip.ParseAddr(arg)
	if err != nil {
		return fmt.Errorf("%q is not an address", arg)
	}
	names, err := r.host.DNS.ConfirmedNames(ip.Unmap())
	if err != nil || len(names) == 0 {
		return err
	}
	// Rules expect the name as DNS writes it, with the dot of the root.
	ev.SetName(event.Enriched, "reverse_dns", names[0]+".")
	return nil
}
