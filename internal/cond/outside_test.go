package cond

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"tocsin.example/internal/diag"
)

func TestStash(t *testing.T) {
	h := fullHost()
	b := newBench(t, h)
	f := checking(t, b, KindParser)
	f(`GetFromStash("c", "k")`, `""`)
	f(`SetInStash("c", "k", "v", duration("1m")) == nil`, `true`)
	f(`GetFromStash("c", "k") + GetFromStash("expires", "")`, `"v"`)
	f(`SetInStash("c", "k", "v", "1m")`, `<nil>`)
	f(`SetInStash("c", "k", "v", nil)`, `<nil>`)
	f(`SetInStash("c", "k", "v", 3)`,
		`error: x.yaml:1:1: SetInStash: argument 4 must be a duration such as duration("1h"), but is a number`)
	if got := h.Stash.(memory)["expires"]; got != "12:00:00" {
		t.Errorf("the stash counts from %s, want the event's time", got)
	}
}

// TestStashGate: the caller is asked to wait once an evaluation, and only when the stash is reached.
func TestStashGate(t *testing.T) {
	b := newBench(t, fullHost())
	passed := 0
	b.run.OnStash(func() { passed++ })
	f := func(src string, want int) {
		t.Helper()
		passed = 0
		if _, err := b.compile(KindParser, src, WantAny).Eval(b.run, &Env{Evt: b.ev.View()}); err != nil {
			t.Error(err)
		}
		if passed != want {
			t.Errorf("%s passed the gate %d times, want %d", src, passed, want)
		}
	}
	f(`GetFromStash("c", "k") == "" || GetFromStash("c", "l") == "x"`, 1)
	f(`GetFromStash("c", "k") + GetFromStash("c", "l")`, 1)
	f(`evt.Meta.x == "never" && GetFromStash("c", "k") == ""`, 0)
	f(`GetActiveDecisionsCount("x") + GetDecisionsCount("x") > 0 && GetFromStash("c", "k") == ""`, 1)
	f(`GetActiveDecisionsTimeLeft("x") > duration("1s")`, 1)
	f(`GetDecisionsSinceCount("x", "1h") > 0`, 1)
}

func TestGeo(t *testing.T) {
	f := checking(t, newBench(t, fullHost()), KindParser)
	f(`GeoIPEnrich("1.2.3.4").Country.IsoCode`, `"FR"`)
	f(`GeoIPEnrich("::ffff:1.2.3.4").Country.IsInEuropeanUnion`, `true`)
	f(`GeoIPEnrich("1.2.3.4").Location.Longitude`, `2.25`)
	f(`GeoIPEnrich("9.9.9.9") == nil`, `true`)
	f(`GeoIPEnrich("9.9.9.9")?.Country.IsoCode`, `<nil>`)
	f(`GeoIPEnrich("x")`, `error: x.yaml:1:1: GeoIPEnrich: "x" is not an address`)
	f(`GeoIPEnrich("6.6.6.6")`, `error: x.yaml:1:1: GeoIPEnrich: the database is broken`)
	f(`IPToCountry("1.2.3.4")`, `"FR"`)
	f(`IPToCountry("6.6.6.6") + IPToCountry("x")`, `""`)
	f(`GeoIPASNEnrich("1.2.3.4").AutonomousSystemNumber`, `4242`)
	f(`GeoIPASNEnrich("1.2.3.4").AutonomousSystemOrganization`, `"Example"`)
	f(`GeoIPRangeEnrich("1.2.3.4").String()`, `"1.2.3.0/24"`)
	f(`GeoIPRangeEnrich("9.9.9.9") == nil`, `true`)
}

func TestOutside(t *testing.T) {
	f := checking(t, newBench(t, fullHost()), KindPost)
	f(`LookupHost("example.org")`, `["192.0.2.1"]`)
	f(`LookupHost("none.example")`, `[]`)
	f(`HTTPGet("http://a/").Body`, `"GET http://a/  "`)
	f(`HTTPHead("http://a/").StatusCode`, `200`)
	f(`HTTPPost("http://a/", "text/plain", "b").Body`, `"POST http://a/ text/plain b"`)
	f(`HTTPRequest("PUT", "http://a/", {"X-N": 3}, "b").Body`, `"PUT http://a/ 3 b"`)
	f(`HTTPGet("http://a/").Headers.Get("server")`, `"fake"`)
	f(`CrowdsecCTI("1.2.3.4").GetMaliciousnessScore()`, `0.4`)
	f(`CrowdsecCTI("1.2.3.4").GetBehaviors()`, `["ssh:bruteforce"]`)
	f(`CrowdsecCTI("1.2.3.4").IsFalsePositive()`, `true`)
	f(`CrowdsecCTI("1.2.3.4").IsPartOfCommunityBlocklist()`, `false`)
	f(`CrowdsecCTI("x")`, `error: x.yaml:1:1: CrowdsecCTI: "x" is not an address`)
	f(`GetDecisionsCount("1.2.3.4")`, `3`)
	f(`GetDecisionsSinceCount("1.2.3.4", "48h")`, `48`)
	f(`GetDecisionsSinceCount("1.2.3.4", "soon")`,
		`error: x.yaml:1:1: GetDecisionsSinceCount: time: invalid duration "soon"`)
	f(`GetActiveDecisionsCount("1.2.3.4")`, `1`)
	f(`GetActiveDecisionsTimeLeft("1.2.3.4") > duration("1m")`, `true`)
	f(`Hostname()`, `"host.example"`)
}

// TestAbsent: a helper without its part compiles, is reported when it is loaded, and fails when it is called.
func TestAbsent(t *testing.T) {
	full, none := newBench(t, fullHost()), newBench(t, nil)
	f := func(b *bench, kind Kind, src, problem, fault string) {
		t.Helper()
		p := b.compile(kind, src, WantAny)
		got := ""
		if len(p.Problems()) > 0 {
			got = p.Problems()[0].Error()
			if p.Problems()[0].Severity != diag.Warning {
				t.Errorf("%s: the problem is no warning", src)
			}
		}
		if got != problem {
			t.Errorf("%s\n got %s\nwant %s", src, got, problem)
		}
		got = ""
		if _, err := p.Eval(b.run, &Env{Evt: b.ev.View()}); err != nil {
			got = err.Error()
		}
		if got != fault {
			t.Errorf("%s\n got %s\nwant %s", src, got, fault)
		}
	}
	f(none, KindParser, `IPToCountry("1.2.3.4")`,
		`x.yaml:1:1: warning: IPToCountry: GeoIP is not configured (put GeoLite2-City.mmdb and GeoLite2-ASN.mmdb into the data directory)`,
		`x.yaml:1:1: IPToCountry: GeoIP is not configured: put GeoLite2-City.mmdb and GeoLite2-ASN.mmdb into the data directory`)
	f(none, KindPost, `HTTPGet("http://a/")`,
		`x.yaml:1:1: warning: HTTPGet: HTTP is off for rules (list the hosts that rules may call in the configuration)`,
		`x.yaml:1:1: HTTPGet: HTTP is off for rules: list the hosts that rules may call in the configuration`)
	f(full, KindParser, `LookupHost("example.org")`,
		`x.yaml:1:1: warning: LookupHost asks outside and can not be used in a parser (it may be used in postoverflows and profiles)`,
		`x.yaml:1:1: LookupHost asks outside and may be used in postoverflows and profiles only`)
	f(full, KindScenario, `CrowdsecCTI("1.2.3.4") == nil`,
		`x.yaml:1:1: warning: CrowdsecCTI asks outside and can not be used in a scenario (it may be used in postoverflows and profiles)`,
		`x.yaml:1:1: CrowdsecCTI asks outside and may be used in postoverflows and profiles only`)
	f(full, KindScenario, `GetDecisionsCount("x") > 1`, ``, ``)
	f(none, KindProfile, `GetDecisionsCount("x") > 1`,
		`x.yaml:1:1: warning: GetDecisionsCount: decisions are not available yet (use it where the local API runs)`,
		`x.yaml:1:1: GetDecisionsCount: decisions are not available yet: use it where the local API runs`)
	f(none, KindParser, `RegexpInFile("a", "x.txt")`,
		`x.yaml:1:19: warning: RegexpInFile: there is no data file "x.txt" of type regexp (declare it under data: with type regexp, and check that it was downloaded)`,
		``)
	f(none, KindParser, `MatchKnownBot("1.2.3.4", "", "", "b.json")`,
		`x.yaml:1:34: warning: MatchKnownBot: there is no data file "b.json" of type bots (declare it under data: with type bots, and check that it was downloaded)`,
		``)
	f(none, KindParser, `SetInStash("a", "b", "c", nil)`,
		`x.yaml:1:1: warning: SetInStash: there is no stash here (use it in parsers and scenarios)`,
		`x.yaml:1:1: SetInStash: there is no stash here: use it in parsers and scenarios`)
}

func TestBots(t *testing.T) {
	h := fullHost()
	h.Files = files{bots: map[string][]Bot{
		"ip":   {{Name: "a", Prefixes: []netip.Prefix{netip.MustParsePrefix("1.2.3.0/24")}}},
		"ua":   {{Name: "b", Prefixes: []netip.Prefix{netip.MustParsePrefix("1.2.3.0/24")}, UserAgent: []*regexp.Regexp{regexp.MustCompile("(?i)bot")}}},
		"path": {{Name: "c", Prefixes: []netip.Prefix{netip.MustParsePrefix("1.2.3.0/24")}, Paths: []*regexp.Regexp{regexp.MustCompile("^/feed")}}},
		"dns":  {{Name: "d", RDNS: []*regexp.Regexp{regexp.MustCompile(`(^|\.)bot\.example$`)}}},
	}}
	b := newBench(t, h)
	f := checking(t, b, KindPost)
	f(`MatchKnownBot("1.2.3.4", "", "", "ip")`, `true`)
	f(`MatchKnownBot("1.2.3.4:80", "", "", "ip")`, `true`)
	f(`MatchKnownBot("[::ffff:1.2.3.4]:80", "", "", "ip")`, `true`)
	f(`MatchKnownBot("1.2.4.4", "", "", "ip")`, `false`)
	f(`MatchKnownBot("x", "", "", "ip")`, `false`)
	f(`MatchKnownBot("1.2.3.4", "GoodBot", "", "none", "ua")`, `true`)
	f(`MatchKnownBot("1.2.3.4", "curl", "", "ua")`, `false`)
	f(`MatchKnownBot("1.2.3.4", "", "/feed/1", "path")`, `true`)
	f(`MatchKnownBot("1.2.3.4", "", "/", "path")`, `false`)
	f(`MatchKnownBot("192.0.2.9", "", "", "dns")`, `true`)
	f(`MatchKnownBot("192.0.2.8", "", "", "dns")`, `false`)
	f(`MatchKnownBot("192.0.2.9", "", "")`, `false`)
	checking(t, b, KindParser)(`MatchKnownBot("192.0.2.9", "", "", "dns")`, `false`) // no DNS in the parse path
}

func TestInspect(t *testing.T) {
	h := fullHost()
	var said []string
	h.Log = func(s string) { said = append(said, s) }
	f := checking(t, newBench(t, h), KindParser)
	f(`LibInjectionIsSQLI("1' OR '1'='1")`, `true`)
	f(`LibInjectionIsSQLI("hello world")`, `false`)
	f(`LibInjectionIsSQLI("")`, `false`)
	f(`LibInjectionIsXSS("<script>alert(1)</script>")`, `true`)
	f(`LibInjectionIsXSS("a < b")`, `false`)
	f(`LogInfo("seen %s", evt.Meta.source_ip)`, `true`)
	// It is evaluated by all ways there are.
	if said = slices.Compact(said); len(said) != 1 || said[0] != "seen 1.2.3.4" {
		t.Errorf("LogInfo said %q", said)
	}
}

// TestJA4H: the parts before the digests are those of the specification's example; the digest is that of its text.
func TestJA4H(t *testing.T) {
	f := func(q *Request, want string) {
		t.Helper()
		if got := ja4h(q); got != want {
			t.Errorf("JA4H is %s, want %s", got, want)
		}
	}
	q := &Request{
		Method: "GET", ProtoMajor: 1, ProtoMinor: 1, URL: &url.URL{},
		Header: Header{"Host": {"a"}, "User-Agent": {"b"}, "Accept-Language": {"en-US,en;q=0.9"}},
	}
	f(q, "ge11nn03enus_"+digest([]string{"Accept-Language", "Host", "User-Agent"})+"_000000000000_000000000000")
	q.Order = []string{"Host", "User-Agent", "Accept-Language"}
	f(q, "ge11nn03enus_"+digest([]string{"Host", "User-Agent", "Accept-Language"})+"_000000000000_000000000000")
	q.Order = nil
	q.Header = Header{"Cookie": {`b="2"; a=1`}, "Referer": {"x"}, "Accept-Language": {"de;q=1"}}
	f(q, "ge11cr01de00_"+digest([]string{"Accept-Language"})+"_"+digest([]string{"a,b"})+"_"+digest([]string{"a=1,b=2"}))
	f(&Request{Method: "P", ProtoMajor: 2}, "p20nn000000_e3b0c44298fc_000000000000_000000000000")
}

func TestClock(t *testing.T) {
	h := &Host{Now: func() time.Time { return noon }}
	b := newBench(t, h)
	b.run = NewRun()
	checking(t, b, KindParser)(`TimeNow()`, `"2026-03-14T12:00:00Z"`) // the host's clock for a run that was not begun
	b.run.Begin(noon.Add(time.Hour))
	checking(t, b, KindParser)(`TimeNow()`, `"2026-03-14T13:00:00Z"`)
}
