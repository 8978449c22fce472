package cond

import (
	"errors"
	"net/netip"
	"regexp"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// noon is the time of all events in these tests.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// files is a Files of literals; all says that every file exists and is empty.
type files struct {
	lines   map[string][]string
	regexps map[string][]*regexp.Regexp
	maps    map[string][]map[string]string
	bots    map[string][]Bot
	all     bool
}

func (f files) Lines(n string) ([]string, bool) { v, ok := f.lines[n]; return v, ok || f.all }
func (f files) Regexps(n string) ([]*regexp.Regexp, bool) {
	v, ok := f.regexps[n]
	return v, ok || f.all
}

func (f files) Map(n string) ([]map[string]string, bool) { v, ok := f.maps[n]; return v, ok || f.all }

func (f files) Bots(n string) ([]Bot, bool) { v, ok := f.bots[n]; return v, ok || f.all }

type geo struct{}

func (geo) City(a netip.Addr) (City, bool, error) {
	switch a.String() {
	case "1.2.3.4":
		return City{IsoCode: "FR", InEU: true, Latitude: 48.5, Longitude: 2.25}, true, nil
	case "6.6.6.6":
		return City{}, false, errors.New("the database is broken")
	}
	return City{}, false, nil
}

func (geo) ASN(a netip.Addr) (ASN, bool, error) {
	if a.String() != "1.2.3.4" {
		return ASN{}, false, nil
	}
	return ASN{Number: 4242, Org: "Example", Network: netip.MustParsePrefix("1.2.3.0/24")}, true, nil
}

// outer answers everything that is outside.
type outer struct{}

func (outer) LookupHost(n string) ([]string, error) {
	if n != "example.org" {
		return nil, errors.New("no such host")
	}
	return []string{"192.0.2.1"}, nil
}

func (outer) ConfirmedNames(a netip.Addr) ([]string, error) {
	if a.String() != "192.0.2.9" {
		return nil, errors.New("no name")
	}
	return []string{"crawl.bot.example"}, nil
}

func (outer) Do(method, url string, headers map[string]string, body string) (*HTTPResponse, error) {
	return &HTTPResponse{
		StatusCode: 200, Body: method + " " + url + " " + headers["Content-Type"] + headers["X-N"] + " " + body,
		Headers: Header{"Server": {"fake"}},
	}, nil
}

func (outer) Lookup(netip.Addr) (*CTIItem, error) {
	return &CTIItem{
		Ip: "1.2.3.4", Scores: CTIScores{LastDay: CTIScore{Total: 4}}, Behaviors: []CTILabel{{Name: "ssh:bruteforce"}},
		Classifications: CTIClassifications{FalsePositives: []CTILabel{{Name: "seo:crawler"}}},
	}, nil
}

func (outer) Count(string) (int, error) { return 3, nil }
func (outer) CountSince(_ string, now time.Time, ago time.Duration) (int, error) {
	return int(noon.Sub(now.Add(-ago)).Hours()), nil
}
func (outer) Active(string, time.Time) (int, error) { return 1, nil }
func (outer) TimeLeft(string, time.Time) (time.Duration, error) {
	return 90 * time.Second, nil
}

// memory is a stash of one map; it has every cache.
type memory map[string]string

func (m memory) Get(cache, key string, _ time.Time) (string, bool) {
	v, ok := m[cache+"/"+key]
	return v, ok
}

func (m memory) Set(cache, key, value string, ttl time.Duration, now time.Time) error {
	m[cache+"/"+key] = value
	m["expires"] = now.Add(ttl).Format(time.TimeOnly)
	return nil
}
func (m memory) Configure(string, int, string) error { return nil }

// fullHost has every part.
func fullHost() *Host {
	return &Host{
		Files: files{all: true}, Geo: geo{}, Stash: memory{}, DNS: outer{}, HTTP: outer{}, CTI: outer{},
		Decisions: outer{}, Hostname: "host.example",
	}
}

// sample is an event with a bit of everything.
func sample(s *event.Schema) *event.Event {
	e := event.New(s)
	e.Reset(7, &tocsin.Line{
		Raw: `{"a":{"b":[{"c":"x\ny"},2]},"n":null}`, Src: "/var/log/test.log", Module: "file", Time: noon,
		Labels: map[string]string{"type": "syslog"},
	})
	e.SetName(event.Parsed, "program", "sshd")
	e.SetName(event.Parsed, "request", "/wp-login.php?user=admin&x=1")
	e.SetName(event.Meta, "source_ip", "1.2.3.4")
	e.SetName(event.Meta, "log_type", "ssh_failed-auth")
	return e
}

// bench is one compiler with a full host and one event.
type bench struct {
	t    testing.TB
	c    *Compiler
	run  *Run
	ev   *event.Event
	host *Host
	duel *duel
}

func newBench(t testing.TB, host *Host) *bench {
	t.Helper()
	s := event.NewSchema()
	r := NewRun()
	r.Begin(noon)
	c := NewCompiler(s, host)
	c.SetFast(true)
	return &bench{t: t, c: c, run: r, ev: sample(s), host: host, duel: newDuel(t)}
}

func (b *bench) compile(kind Kind, src string, want Want) *Program {
	b.t.Helper()
	p, err := b.c.Compile(kind, diag.Plain(src, "x.yaml"), want)
	if err != nil {
		b.t.Fatalf("%s: %v", src, err)
	}
	return p
}

// eval compiles and evaluates, as closures too; a fault of either is returned as text.
func (b *bench) eval(kind Kind, src string) (any, string) {
	b.t.Helper()
	p, err := b.c.Compile(kind, diag.Plain(src, "x.yaml"), WantAny)
	if err != nil {
		return nil, "load: " + err.Error()
	}
	b.duel.fight(p, b.ev)
	v, err := p.Eval(b.run, &Env{Evt: b.ev.View()})
	if err != nil {
		return nil, err.Error()
	}
	return v, ""
}
