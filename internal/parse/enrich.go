package parse

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"tocsin.example/internal/event"
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

// fields are those that the engine itself reads and writes.
type fields struct {
	sourceIP, marshaledTime, isoCode, inEU, latitude, longitude, asnNumber, asNumber, asnOrg, sourceRange, reverseDNS event.Ref
}

func fieldsOf(s *event.Schema) fields {
	enriched := func(name string) event.Ref { return s.Ref(event.Enriched, name) }
	return fields{
		sourceIP:      s.Ref(event.Meta, "source_ip"),
		marshaledTime: enriched("MarshaledTime"),
		isoCode:       enriched("IsoCode"), inEU: enriched("IsInEU"),
		latitude: enriched("Latitude"), longitude: enriched("Longitude"),
		asnNumber: enriched("ASNNumber"), asNumber: enriched("ASNumber"), asnOrg: enriched("ASNOrg"),
		sourceRange: enriched("SourceRange"), reverseDNS: enriched("reverse_dns"),
	}
}

// parseDate fills Enriched.MarshaledTime, and the event's time in a replay. What is no date becomes "now", and is
// counted.
func parseDate(r *Runner, ev *event.Event, arg string) error {
	v := ev.Scalars()
	t, ok := r.ParseTime(ev, arg)
	ev.Guessed = !ok // the last date that was asked for counts
	if !ok {
		t = ev.Arrived.UTC()
		r.Counters.BadDates++
	}
	if v.ExpectMode == event.ModeTimeMachine {
		v.Time = t
	}
	ev.Set(r.set.fields.marshaledTime, ev.Stamp(t))
	switch {
	case !ok && r.trace == nil:
		return errNoDate
	case !ok:
		return fmt.Errorf("%q is no date; now is taken instead", arg)
	}
	return nil
}

// errNoDate stands in for the error that says what is no date, where nobody reads it.
var errNoDate = errors.New("this is no date; now is taken instead")

// ParseTime reads a date of an event.
func (r *Runner) ParseTime(ev *event.Event, text string) (time.Time, bool) {
	return r.dates.Parse(text, ev.Scalars().StrTimeFormat, ev.Arrived, r.set.year)
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
	to := &r.set.fields
	ev.Set(to.isoCode, c.IsoCode)
	ev.Set(to.inEU, strconv.FormatBool(c.InEU))
	ev.Set(to.latitude, degrees(ev.Scratch(), c.Latitude))
	ev.Set(to.longitude, degrees(ev.Scratch(), c.Longitude))
	return nil
}

// degrees writes a number of degrees into an event's scratch.
func degrees(s *event.Scratch, n float64) string {
	return s.Text(strconv.AppendFloat(s.Room(16), n, 'f', 6, 64))
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
	s, to := ev.Scratch(), &r.set.fields
	n := s.Text(strconv.AppendUint(s.Room(20), uint64(a.Number), 10))
	ev.Set(to.asnNumber, n)
	ev.Set(to.asNumber, n)
	ev.Set(to.asnOrg, a.Org)
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
	s := ev.Scratch()
	ev.Set(r.set.fields.sourceRange, s.Text(a.Network.AppendTo(s.Room(48))))
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
	ev.Set(r.set.fields.reverseDNS, names[0]+".")
	return nil
}
