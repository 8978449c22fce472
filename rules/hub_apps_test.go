package rules_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/app"
	"tocsin.example/internal/testx"
)

// CrowdSec's scenarios for mail, FTP, databases and applications understand our parsers.
func TestScenariosOfTheHubForApps(t *testing.T) {
	theirs := filepath.Join(testx.Corpora(t), "hub", "scenarios")
	f := func(test, parser, scenario string, want ...string) {
		t.Helper()
		dir := t.TempDir()
		copyTo := func(from, to string) {
			t.Helper()
			text, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			to = filepath.Join(dir, to)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"s00-raw/tocsin/syslog", "s00-raw/tocsin/plain", "s01-parse/tocsin/" + parser, "s02-enrich/tocsin/dates"} {
			copyTo("parsers/"+name+".yaml", "parsers/"+name+".yaml")
		}
		copyTo(filepath.Join(theirs, scenario+".yaml"), "scenarios/"+scenario+".yaml")
		site, err := app.Open(app.Options{Hub: dir, All: true, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		log, kind, _ := strings.Cut(test, " as ")
		text, err := os.ReadFile(path.Join(".tests", log))
		if err != nil {
			t.Fatal(err)
		}
		alerts, _ := replay(t, site.Engine, kind, strings.Split(string(text), "\n"))
		slices.Sort(alerts)
		alerts = slices.Compact(alerts)
		for _, w := range want {
			if !slices.Contains(alerts, w) {
				t.Errorf("%s on %s: no %q\n%s", scenario, test, w, cmp.Diff(want, alerts))
			}
		}
	}
	const v4, v6 = " 203.0.113.", " 2001:db8:bad:"
	f("mail-attacks/mail.log as syslog", "dovecot", "crowdsecurity/dovecot-spam", "crowdsecurity/dovecot-spam"+v4+"2", "crowdsecurity/dovecot-spam"+v6+"2::5")
	f("mail-attacks/mail.log as syslog", "postfix", "crowdsecurity/postfix-spam", "crowdsecurity/postfix-spam"+v4+"1", "crowdsecurity/postfix-spam"+v4+"7", "crowdsecurity/postscreen-rbl"+v4+"10")
	f("mail-attacks/mail.log as syslog", "postfix", "crowdsecurity/postfix-relay-denied", "crowdsecurity/postfix-relay-denied"+v4+"9")
	f("mail-attacks/mail.log as syslog", "postfix", "crowdsecurity/postfix-non-smtp-command", "crowdsecurity/postfix-non-smtp-command"+v4+"10")
	f("mail-attacks/mail.log as syslog", "exim", "crowdsecurity/exim-bf", "crowdsecurity/exim-bf"+v4+"11")
	f("ftp-attacks/vsftpd.log as vsftpd", "vsftpd", "crowdsecurity/vsftpd-bf", "crowdsecurity/vsftpd-bf"+v4+"1")
	f("database-attacks/db.log as syslog", "postgresql", "crowdsecurity/pgsql-bf", "crowdsecurity/pgsql-bf"+v4+"1")
	f("database-attacks/db.log as syslog", "mysql", "crowdsecurity/mysql-bf", "crowdsecurity/mysql-bf"+v4+"9")
	f("app-attacks/app.log as syslog", "nextcloud", "crowdsecurity/nextcloud-bf", "crowdsecurity/nextcloud-bf"+v4+"11")
	f("app-attacks/app.log as syslog", "vaultwarden", "Dominic-Wagner/vaultwarden-bf", "Dominic-Wagner/vaultwarden-bf"+v4+"12")
	f("app-attacks/app.log as syslog", "forges", "LePresidente/gitea-bf", "LePresidente/gitea-bf"+v4+"16")
}
