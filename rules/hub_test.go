package rules_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/app"
	"tocsin.example/internal/testx"
)

// Our parsers and CrowdSec's scenarios understand each other, and the other way round: they share the names of fields.
func TestPartsOfTheHub(t *testing.T) {
	theirs := filepath.Join(testx.Corpora(t), "hub")
	const (
		base  = "parsers/s00-raw/A/syslog-logs.yaml parsers/s00-raw/B/plain.yaml parsers/s02-enrich/A/dateparse-enrich.yaml "
		dates = "parsers/s00-raw/B/syslog.yaml parsers/s00-raw/B/plain.yaml parsers/s02-enrich/B/dates.yaml "
	)
	f := func(kind, log, items string, want ...string) {
		t.Helper()
		dir := t.TempDir()
		for item := range strings.FieldsSeq(items) {
			from := filepath.Join(theirs, strings.Replace(item, "/A/", "/crowdsecurity/", 1))
			if strings.Contains(item, "/B/") || strings.HasPrefix(item, ".data") {
				from = strings.Replace(item, "/B/", "/tocsin/", 1)
			}
			text, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(dir, item)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		site, err := app.Open(app.Options{Hub: dir, All: true, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		alerts, _ := replay(t, site.Engine, kind, strings.Split(string(text), "\n"))
		slices.Sort(alerts)
		if diff := cmp.Diff(want, slices.Compact(alerts)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", items, diff)
		}
	}
	f("syslog", "samples/auth.log", dates+"parsers/s01-parse/B/sshd.yaml scenarios/A/ssh-slow-bf.yaml",
		"crowdsecurity/ssh-slow-bf 198.51.100.23", "crowdsecurity/ssh-slow-bf 2001:db8:bad::5", "crowdsecurity/ssh-slow-bf_user-enum 2001:db8:bad::5")
	f("syslog", "samples/auth.log", base+"parsers/s01-parse/A/sshd-logs.yaml scenarios/B/ssh-user-enum.yaml",
		"tocsin/ssh-user-enum 2001:db8:bad::5")
	f("nginx", "samples/access.log", dates+"parsers/s01-parse/B/nginx.yaml parsers/s02-enrich/B/http.yaml scenarios/A/http-probing.yaml",
		"crowdsecurity/http-probing 198.51.100.40", "crowdsecurity/http-probing 203.0.113.12") // the calendar too
	f("nginx", "samples/access.log", base+"parsers/s01-parse/A/nginx-logs.yaml parsers/s02-enrich/A/http-logs.yaml .data/sensitive-files.txt scenarios/B/http-probing.yaml scenarios/B/http-sensitive-files.yaml",
		"tocsin/http-probing 198.51.100.40", "tocsin/http-sensitive-files 2001:db8:bad::40")
}
