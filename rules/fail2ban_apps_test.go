package rules_test

import (
	"net/netip"
	"regexp"
	"testing"

	"tocsin.example/internal/detect"
)

// blamed is the address that a line of a log is held against: what it adds to a bucket of some scenario, or would if it
// were not private. It is empty when the line is held against nobody.
func blamed(t *testing.T, e *detect.Engine, kind, line string) string {
	t.Helper()
	core, it := e.NewCore(nil), e.NewItem()
	e.NewWorker(nil, nil).Work(it, 1, lineOf(kind, line))
	if !it.Outcome.Parsed {
		return ""
	}
	view := it.Event.Keep().View
	core.Settle(it)
	if core.Stats.Poured == 0 && (!view.Whitelisted || view.Meta["sub_type"] == "") {
		return ""
	}
	return view.Meta["source_ip"]
}

var syslogHeader = regexp.MustCompile(`^(?:[A-Z][a-z]{2} +\d+ [\d:]{8}|\d{4}-\d\d-\d\dT\S+) \S+ [^[\s]\S*: `)

func TestFail2BanApps(t *testing.T) {
	e := engine(t)
	kinds := map[string]string{ // the type of a file of the service's own
		"postfix": "syslog", "vsftpd": "vsftpd", "mysqld-auth": "mysql", "roundcube-auth": "roundcube", "sogo-auth": "sogo",
		"sieve": "syslog", "mongodb-auth": "mongodb", "exim-spam": "exim", "wuftpd": "syslog",
	}
	services := make([]string, 0, len(kinds))
	for service := range kinds {
		services = append(services, service)
	}
	lines := labelledLines(t, services...)
	must, found := map[string]int{}, map[string]int{}
	for _, l := range lines {
		for _, own := range []bool{true, false} {
			kind := kinds[l.Service]
			if !own && syslogHeader.MatchString(l.Line) {
				kind = "syslog"
			}
			got := blamed(t, e, kind, l.Line)
			want, err := netip.ParseAddr(l.Host)
			switch {
			case l.Match == nil:
			case !*l.Match:
				if got != "" && !l.strict() {
					t.Errorf("%s as %s is held against %s\n%s", l.ID, kind, got, l.Line)
				}
			case got != "" && (err != nil || got != want.String()):
				t.Errorf("%s as %s is held against %s, not %s\n%s", l.ID, kind, got, l.Host, l.Line)
			default:
				must[l.Service]++
				if got != "" {
					found[l.Service]++
				} else {
					t.Logf("%s as %s is not understood: %s", l.ID, kind, l.Line)
				}
			}
		}
	}
	all, hits := 0, 0
	for _, service := range services {
		t.Logf("%s: %d of %d", service, found[service], must[service])
		all, hits = all+must[service], hits+found[service]
	}
	if all == 0 || hits*100 < all*95 {
		t.Errorf("%d of %d lines are understood, want 95 in 100", hits, all)
	}
}
