package parse_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/logtime"
	"tocsin.example/internal/parse"
)

// TestParseDate: what a date does to the event by each clock.
func TestParseDate(t *testing.T) {
	const rules = "== s00-raw\nname: n\nstatics: [{target: evt.StrTimeFormat, value: '%s'}, {method: ParseDate, expression: evt.Line.Raw}]"
	f := func(layout, date string, clock tocsin.Clock, marshaled string, moved, guessed bool) {
		t.Helper()
		b := build(t, fmt.Sprintf(rules, layout), false, nil)
		ev, _ := b.line(date, clock)
		got, _ := ev.GetName(event.Enriched, "MarshaledTime")
		want, bad := arrived, uint64(0)
		if moved {
			want, _ = time.Parse(time.RFC3339Nano, marshaled)
		}
		if guessed {
			bad = 1
		}
		if got != marshaled || !ev.Scalars().Time.Equal(want) || ev.Guessed != guessed || b.runner.Counters.BadDates != bad {
			t.Errorf("%q by clock %d: MarshaledTime %s, Time %s, guessed %t (%d counted), want %s, %s, %t (%d)", date, clock, got,
				ev.Scalars().Time, ev.Guessed, b.runner.Counters.BadDates, marshaled, want, guessed, bad)
		}
		if ev.Scalars().MarshaledTime != "" {
			t.Errorf("%q: evt.MarshaledTime is %s, but it is for a static to copy it", date, ev.Scalars().MarshaledTime)
		}
	}
	// The event's time moves in a replay and in a backlog, never live.
	f("", "2026-08-22T10:00:00Z", tocsin.ArrivalClock, "2026-08-22T10:00:00Z", false, false)
	f("", "2026-08-22T10:00:00Z", tocsin.EventClock, "2026-08-22T10:00:00Z", true, false)
	f("", "2026-08-22T10:00:00Z", tocsin.BacklogClock, "2026-08-22T10:00:00Z", true, false)
	// No date, also an empty one: now, and it is counted.
	f("", "yesterday", tocsin.EventClock, "2026-08-22T12:00:00Z", true, true)
	f("", "", tocsin.EventClock, "2026-08-22T12:00:00Z", true, true)
	f("", "", tocsin.ArrivalClock, "2026-08-22T12:00:00Z", false, true)
	// A layout of the rule's own comes first, the known ones behind it.
	f("15h04 on 02.01.2006", "10h30 on 21.08.2026", tocsin.EventClock, "2026-08-21T10:30:00Z", true, false)
	f("15h04 on 02.01.2006", "2026-08-22T10:00:00Z", tocsin.EventClock, "2026-08-22T10:00:00Z", true, false)
	// A fraction may follow a point or a comma. Digits alone are seconds since 1970. No zone is UTC.
	f("", "2026-08-22 10:00:00,25", tocsin.EventClock, "2026-08-22T10:00:00.25Z", true, false)
	f("", "2026-08-22 10:00:00.25", tocsin.EventClock, "2026-08-22T10:00:00.25Z", true, false)
	f("", "1787392800", tocsin.EventClock, "2026-08-22T10:00:00Z", true, false)
	f("", "22/Aug/2026:12:00:00 +0200", tocsin.EventClock, "2026-08-22T12:00:00+02:00", true, false)
	// No year: this one, unless that lies ahead.
	f("", "Aug 22 10:00:00", tocsin.EventClock, "2026-08-22T10:00:00Z", true, false)
	f("", "Dec 31 23:59:59", tocsin.EventClock, "2025-12-31T23:59:59Z", true, false)
}

// TestYears: in hub tests a date without year has this one, even ahead of now.
func TestYears(t *testing.T) {
	b := build(t, "== s00-raw\nname: n\n"+setDone, false, nil)
	ev, _ := b.line("x", tocsin.EventClock)
	got, ok := parse.NewRunner(b.set, cond.NewRun(), &cond.Host{}, nil, false, nil).ParseTime(ev, "Dec 31 23:59:59")
	if want := time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC); !ok || !got.Equal(want) {
		t.Errorf("%s, %t, want %s", got, ok, want)
	}
	set := parse.Compile(nil, &parse.Context{Problems: &diag.List{}, Schema: event.NewSchema(), Year: logtime.ThisYear})
	got, ok = parse.NewRunner(set, cond.NewRun(), &cond.Host{}, nil, false, nil).ParseTime(ev, "Dec 31 23:59:59")
	if want := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC); !ok || !got.Equal(want) {
		t.Errorf("this year: %s, %t, want %s", got, ok, want)
	}
}

// outside is a GeoIP database and a DNS of one address.
type outside struct{}

var known = netip.MustParseAddr("192.0.2.1")

func (outside) City(ip netip.Addr) (cond.City, bool, error) {
	if ip != known {
		return cond.City{}, false, nil
	}
	return cond.City{IsoCode: "DE", InEU: true, Latitude: 52.5, Longitude: 13.375}, true, nil
}

func (outside) ASN(ip netip.Addr) (cond.ASN, bool, error) {
	if ip != known {
		return cond.ASN{}, false, nil
	}
	return cond.ASN{Number: 64496, Org: "Example", Network: netip.MustParsePrefix("192.0.2.0/24")}, true, nil
}

func (outside) ConfirmedNames(ip netip.Addr) ([]string, error) {
	if ip != known {
		return nil, errors.New("nobody answers")
	}
	return []string{"one.example", "two.example"}, nil
}

func (outside) LookupHost(string) ([]string, error) { return nil, errors.New("nobody answers") }

// TestEnrichment: what each method writes, and that without its part of the host it does nothing.
func TestEnrichment(t *testing.T) {
	f := func(method, arg string, post bool, want string) {
		t.Helper()
		for _, host := range []*cond.Host{{Geo: outside{}, DNS: outside{}}, {}} {
			b := build(t, "== s00-raw\nname: n\nstatics: [{method: "+method+", value: '"+arg+"'}]", post, host)
			ev, out := b.line(`{"k": {"n": 1}}`, tocsin.EventClock)
			got := fmt.Sprint(ev.Map(event.Enriched), " ", b.trace.notes)
			if host.Geo == nil {
				want = "map[] []"
			}
			if got != want || !out.Parsed {
				t.Errorf("%s of %q (post %t): %s, want %s", method, arg, post, got, want)
			}
		}
	}
	f("GeoIpCity", "192.0.2.1", false, "map[IsInEU:true IsoCode:DE Latitude:52.500000 Longitude:13.375000] []")
	f("GeoIpCity", "::ffff:192.0.2.1", false, "map[IsInEU:true IsoCode:DE Latitude:52.500000 Longitude:13.375000] []")
	f("GeoIpCity", "host", false, `map[] [GeoIpCity: "host" is not an address]`)
	f("GeoIpASN", "192.0.2.1", false, "map[ASNNumber:64496 ASNOrg:Example ASNumber:64496] []")
	f("GeoIpASN", "x", false, `map[] [GeoIpASN: "x" is not an address]`)
	f("IpToRange", "192.0.2.1", false, "map[SourceRange:192.0.2.0/24] []")
	f("IpToRange", "192.0.2.2", false, "map[] []")
	f("IpToRange", "x", false, `map[] [IpToRange: "x" is not an address]`)
	f("reverse_dns", "192.0.2.1", true, "map[reverse_dns:one.example.] []")
	f("reverse_dns", "192.0.2.2", true, "map[] [reverse_dns: nobody answers]")
	f("reverse_dns", "x", true, `map[] [reverse_dns: "x" is not an address]`)
	f("reverse_dns", "192.0.2.1", false, "map[] []") // a line does not wait for the network
	f("GeoIpCity", "", false, "map[] []")            // nothing is asked of nothing
}

// TestUnmarshalJSON decodes the line, whatever it is told to.
func TestUnmarshalJSON(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		b := build(t, "== s00-raw\nname: n\nstatics: [{method: UnmarshalJSON, value: ignored}]", false, nil)
		ev, out := b.line(line, tocsin.EventClock)
		if got := fmt.Sprint(ev.View().Unmarshaled, b.runner.Counters.EnrichErrors); got != want || !out.Parsed {
			t.Errorf("%.40q: %s (%+v), want %s", line, got, out, want)
		}
	}
	f(`{"k": {"n": 1}}`, "map[k:map[n:1]] 0")
	f(`{}`, "map[] 0")
	f(`[1]`, "map[] 1")
	f(`not JSON`, "map[] 1")
	f(`{"a":"`+strings.Repeat("x", 1<<20)+`"}`, "map[] 1")
}

// TestPostoverflows: their stages gate each other as those of parsers do, and a whitelist marks the overflow.
func TestPostoverflows(t *testing.T) {
	const rules = `== s00-enrich
name: rdns
filter: evt.Overflow.Alert.Remediation == true
onsuccess: next_stage
statics: [{method: reverse_dns, expression: evt.Overflow.Alert.Source.IP}]
== s01-whitelist
name: bots
whitelist: {reason: a bot, expression: ["evt.Enriched.reverse_dns == 'one.example.'"]}
---
name: ours
whitelist: {reason: ours, cidr: [198.51.100.0/24]}
`
	b := build(t, rules, true, &cond.Host{DNS: outside{}})
	f := func(ip string, remediation bool, want string) {
		t.Helper()
		src := &tocsin.AlertSource{Scope: "Ip", Value: ip, IP: ip}
		alerts := []tocsin.Alert{{Source: src, Remediation: remediation}}
		ev := event.New(b.schema)
		ev.ResetOverflow(1, tocsin.EventClock, arrived, arrived, event.Overflow{
			Sources: map[string]*tocsin.AlertSource{ip: src}, Alert: &alerts[0], APIAlerts: alerts,
		})
		out := b.parse(ev)
		v := ev.Scalars()
		if got := fmt.Sprintf("%t %t %t %s", out.Parsed, v.Whitelisted, v.Overflow.Whitelisted, v.WhitelistReason); got != want {
			t.Errorf("%s (remediation %t): %s, want %s", ip, remediation, got, want)
		}
	}
	f("192.0.2.1", true, "true true true a bot")
	f("198.51.100.7", true, "true true true ours")
	f("203.0.113.1", true, "true false false ")
	// No node of the first stage takes it: the second is not asked.
	f("192.0.2.1", false, "false false false ")
	f("198.51.100.7", false, "false false false ")
}
