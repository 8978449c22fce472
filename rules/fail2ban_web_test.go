package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
)

// unguarded is the engine without the whitelist of private addresses, which many of the lines have.
func unguarded(t *testing.T) *detect.Engine {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "parsers", "s02-enrich", "tocsin", "private-addresses.yaml")); err != nil {
		t.Fatal(err)
	}
	site, err := app.Open(app.Options{Hub: dir, All: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return site.Engine
}

// alarm runs one line and tells the address of the event and whether a scenario about failures takes it. Scenarios that
// look at every request of the access log do not count: they say nothing about this one.
func alarm(t *testing.T, e *detect.Engine, kind, raw string) (source string, alarming bool) {
	t.Helper()
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	worker.Work(it, 1, lineOf(kind, raw))
	if !it.Outcome.Parsed {
		return "", false
	}
	v := it.Event.Keep().View
	if v.Meta["log_type"] == "http_access-log" && v.Meta["auth_status"] != "failed" {
		return v.Meta["source_ip"], false
	}
	core := e.NewCore(nil)
	core.Settle(it)
	return v.Meta["source_ip"], core.Stats.Poured > 0
}

// What Fail2Ban's filters for web servers find in their logs is found here too, at the same address, and nothing else.
func TestFail2BanWeb(t *testing.T) {
	e := unguarded(t)
	// These cannot be told from what must not match, or from a forgery; the comment says why.
	known := map[string]string{
		"apache-auth:146":    "mod_evasive's answers to a client that it keeps out already; apache-auth:138 is the same line",
		"nginx-http-auth:14": "has two verdicts on one password; a name that is sent with a password cannot hold the colon of the first",
	}
	must, found := 0, 0
	for _, line := range labelledLines(t, "apache-auth", "apache-botsearch", "apache-noscript", "apache-modsecurity",
		"apache-nohome", "apache-shellshock", "nginx-http-auth", "nginx-limit-req", "nginx-forbidden") {
		kinds := []string{"nginx"}
		if strings.HasPrefix(line.Service, "apache") {
			kinds = []string{"apache2", "httpd"}
			if !strings.HasPrefix(line.Line, "[") {
				kinds = append(kinds, "syslog")
			}
		}
		for _, kind := range kinds {
			source, alarming := alarm(t, e, kind, line.Line)
			right := alarming && source == line.Host
			switch {
			case !line.must() && alarming:
				t.Errorf("%s: must not match, and %s is blamed\n%s", line.ID, source, line.Line)
			case line.must() && alarming && !right:
				t.Errorf("%s: %s is blamed for %s\n%s", line.ID, source, line.Host, line.Line)
			case line.must() && !right && known[line.ID] == "":
				t.Errorf("%s, %s: not found, address %q\n%s", line.ID, kind, source, line.Line)
			}
			if line.must() {
				must++
				if right {
					found++
				}
			}
		}
	}
	t.Logf("found %d of %d", found, must)
	if found*100 < must*95 {
		t.Errorf("found %d of %d", found, must)
	}
}

// The access log's lines are for the scenarios on requests; here they must be understood, and at the right address.
func TestFail2BanAccess(t *testing.T) {
	e := unguarded(t)
	for _, line := range labelledLines(t, "apache-badbots", "php-url-fopen") {
		for _, kind := range []string{"apache2", "nginx"} {
			if source, _ := alarm(t, e, kind, line.Line); source != line.Host {
				t.Errorf("%s, %s: address %q, want %s", line.ID, kind, source, line.Host)
			}
		}
	}
}
