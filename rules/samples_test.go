package rules_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the samples and the pages anew")

// story collects the lines of a made-up log. Its dice are loaded: the same story is told each time.
type story struct {
	dice  *rand.Rand
	start time.Time
	lines []moment
}

type moment struct {
	at   time.Time
	text string
}

func newStory() *story {
	return &story{dice: rand.New(rand.NewPCG(7, 11)), start: time.Date(2026, 8, 21, 6, 0, 0, 0, time.UTC)}
}

func (s *story) roll(n int) int { return s.dice.IntN(n) }

func (s *story) seconds(low, high int) time.Duration {
	return time.Duration(low+s.roll(high-low+1)) * time.Second
}

// at is a moment of the day, from the hour, minute and second that the story starts with.
func (s *story) at(hour, minute int) time.Time {
	return s.start.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + s.seconds(0, 40))
}

// text returns the lines in order.
func (s *story) text() string {
	slices.SortStableFunc(s.lines, func(a, b moment) int { return a.at.Compare(b.at) })
	var b strings.Builder
	for _, m := range s.lines {
		b.WriteString(m.text + "\n")
	}
	return b.String()
}

// say writes a line of syslog.
func (s *story) say(at time.Time, program, format string, args ...any) {
	stamp := at.Format("2006-01-02T15:04:05.000000+00:00")
	s.lines = append(s.lines, moment{at, stamp + " gate " + program + ": " + fmt.Sprintf(format, args...)})
}

// login writes a session by key or password after some mistypes.
func (s *story) login(at time.Time, user, address, how string, mistypes int, stay time.Duration) {
	program := fmt.Sprintf("sshd-session[%d]", 2000+s.roll(30000))
	port := 32768 + s.roll(28000)
	for i := range mistypes {
		if i == 0 {
			s.say(at, program, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s  user=%s", address, user)
		}
		at = at.Add(s.seconds(2, 5))
		s.say(at, program, "Failed password for %s from %s port %d ssh2", user, address, port)
	}
	at = at.Add(s.seconds(1, 6))
	if how == "" { // gives up
		s.say(at, program, "Connection closed by authenticating user %s %s port %d [preauth]", user, address, port)
		return
	}
	key := ""
	if how == "publickey" {
		key = ": ED25519 SHA256:Qm9ndXNLZXlPZkFTYW1wbGVMb2dGb3JUb2NzaW5EZW1vcw"
	}
	s.say(at, program, "Accepted %s for %s from %s port %d ssh2%s", how, user, address, port, key)
	s.say(at.Add(40*time.Millisecond), program, "pam_unix(sshd:session): session opened for user %s(uid=1000) by %s(uid=0)", user, user)
	s.say(at.Add(60*time.Millisecond), "systemd-logind[611]", "New session %d of user %s.", 10+s.roll(900), user)
	if s.roll(3) == 0 {
		s.say(at.Add(stay/2), fmt.Sprintf("sudo[%d]", 40000+s.roll(999)), "%8s : TTY=pts/0 ; PWD=/home/%s ; USER=root ; COMMAND=/usr/bin/systemctl reload nginx", user, user)
	}
	at = at.Add(stay)
	s.say(at, program, "Received disconnect from %s port %d:11: disconnected by user", address, port)
	s.say(at, program, "Disconnected from user %s %s port %d", user, address, port)
	s.say(at, program, "pam_unix(sshd:session): session closed for user %s", user)
}

// authLog is a morning of a small server: people, machines and three who are neither.
func authLog() string {
	s := newStory()
	for h := range 6 {
		s.login(s.at(h, 5), "ann", "192.0.2.10", "publickey", 0, 20*time.Minute)
		s.login(s.at(h, 30), "deploy", "192.0.2.50", "publickey", 0, 9*time.Second)
		s.say(s.at(h, 17), fmt.Sprintf("CRON[%d]", 50000+h), "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)")
	}
	s.login(s.at(0, 40), "bob", "192.0.2.23", "password", 1, time.Hour)
	s.login(s.at(2, 11), "bob", "192.0.2.23", "password", 3, 50*time.Minute)
	s.login(s.at(1, 20), "carol", "2001:db8:10::5", "publickey", 0, 30*time.Minute)
	// Carol's laptop is new, and her key is on the old one.
	forgot := s.at(3, 2)
	s.login(forgot, "carol", "2001:db8:10::77", "", 3, 0)
	s.login(forgot.Add(25*time.Second), "carol", "2001:db8:10::77", "", 2, 0)
	s.login(forgot.Add(9*time.Minute), "carol", "2001:db8:10::77", "password", 1, 2*time.Hour)
	for at := s.at(0, 2); at.Before(s.at(5, 55)); at = at.Add(10 * time.Minute) {
		s.say(at, fmt.Sprintf("sshd-session[%d]", 2000+s.roll(30000)), "Connection closed by 192.0.2.99 port %d [preauth]", 32768+s.roll(28000))
	}
	s.fast(s.at(1, 44), "198.51.100.23")
	s.slow(s.at(1, 1), "198.51.100.77")
	s.names(s.at(4, 20), "2001:db8:bad::5")
	return s.text()
}

// fast tries one password after the other.
func (s *story) fast(at time.Time, address string) {
	for range 45 {
		program, port := fmt.Sprintf("sshd-session[%d]", 2000+s.roll(30000)), 32768+s.roll(28000)
		s.say(at, program, "Failed password for root from %s port %d ssh2", address, port)
		s.say(at.Add(300*time.Millisecond), program, "Connection closed by authenticating user root %s port %d [preauth]", address, port)
		at = at.Add(s.seconds(1, 3))
	}
}

// slow waits between tries, so as not to be seen.
func (s *story) slow(at time.Time, address string) {
	for range 62 {
		program, port := fmt.Sprintf("sshd-session[%d]", 2000+s.roll(30000)), 32768+s.roll(28000)
		s.say(at, program, "Failed password for ann from %s port %d ssh2", address, port)
		at = at.Add(s.seconds(90, 150))
	}
}

// names looks for users, one of whom it hopes will get somebody else banned.
func (s *story) names(at time.Time, address string) {
	for _, user := range []string{
		"admin", "oracle", "test", "ubuntu", "postgres", "root from 192.0.2.10 port 22 ssh2", "git", "pi", "user", "ftp",
		"mysql", "jenkins", "hadoop", "minecraft",
	} {
		program, port := fmt.Sprintf("sshd-session[%d]", 2000+s.roll(30000)), 32768+s.roll(28000)
		s.say(at, program, "Invalid user %s from %s port %d", user, address, port)
		s.say(at.Add(time.Second), program, "Failed none for invalid user %s from %s port %d ssh2", user, address, port)
		s.say(at.Add(2*time.Second), program, "Connection closed by invalid user %s %s port %d [preauth]", user, address, port)
		at = at.Add(s.seconds(11, 15))
	}
}

// get writes a line of nginx in the format "combined".
func (s *story) get(at time.Time, address, request string, status int, agent string) {
	stamp := at.Format("02/Jan/2006:15:04:05 -0700")
	size := 150 + s.roll(9000)
	if status >= 400 {
		size = 146
	}
	s.lines = append(s.lines, moment{at, fmt.Sprintf(`%s - - [%s] "%s HTTP/1.1" %d %d "-" "%s"`, address, stamp, request, status, size, agent)})
}

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
	phone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

// visit walks through some pages of the site with all that they bring along, a source map and icons that do not exist
// among it.
func (s *story) visit(at time.Time, address, agent string, pages int) {
	for i := range pages {
		s.get(at, address, "GET "+sitePages[s.roll(len(sitePages))], 200, agent)
		s.get(at.Add(time.Second), address, "GET /css/site.css", 304, agent)
		s.get(at.Add(time.Second), address, fmt.Sprintf("GET /img/%d.webp", s.roll(30)), 200, agent)
		if i == 0 {
			s.get(at.Add(time.Second), address, "GET /js/site.js", 200, agent)
			s.get(at.Add(2*time.Second), address, "GET /js/site.js.map", 404, agent)
			for _, icon := range []string{"/favicon.ico", "/apple-touch-icon-precomposed.png", "/apple-touch-icon.png"} {
				s.get(at.Add(2*time.Second), address, "GET "+icon, 404, agent)
			}
		}
		at = at.Add(s.seconds(4, 40))
	}
}

var sitePages = []string{
	"/", "/about", "/contact", "/blog/", "/blog/bees-in-august", "/blog/honey?page=2", "/shop/", "/shop/honey-500g", "/shop/wax", "/imprint",
}

// accessLog is a morning of a bee-keeper's site.
func accessLog() string {
	s := newStory()
	for i := range 9 {
		s.visit(s.at(i/2, 10*(i%5)), fmt.Sprintf("192.0.2.%d", 100+i), firefox, 4+s.roll(8))
		s.visit(s.at(i/2, 7*i%60), fmt.Sprintf("2001:db8:20::%x", 16+i), phone, 2+s.roll(6))
	}
	for at := s.start; at.Before(s.start.Add(5 * time.Hour)); at = at.Add(4 * time.Minute) {
		s.get(at, "192.0.2.99", "GET /health", 200, "check_http/2.4")
	}
	s.crawl(s.at(1, 3), "203.0.113.66")
	s.sync(s.at(2, 30), "203.0.113.12")
	s.probe(s.at(2, 33), "198.51.100.40")
	s.hunt(s.at(3, 48), "2001:db8:bad::40")
	return s.text()
}

// crawl follows every link of the site; some are dead.
func (s *story) crawl(at time.Time, address string) {
	for i := range 60 {
		status := 200
		if i%6 == 5 {
			status = 404
		}
		s.get(at, address, fmt.Sprintf("GET /blog/archive/%d", 2000+i), status, "ExampleBot/1.0 (+https://bot.example/)")
		at = at.Add(s.seconds(1, 3))
	}
}

// sync is a calendar client, whose questions are often answered with "not found".
func (s *story) sync(at time.Time, address string) {
	for i := range 40 {
		s.get(at, address, fmt.Sprintf("PROPFIND /dav/calendars/ann/%d.ics", i), 404, "DAVx5/4.4")
		at = at.Add(time.Second)
	}
}

// probe looks for software with known holes.
func (s *story) probe(at time.Time, address string) {
	for page := range strings.FieldsSeq(`/admin/ /administrator/ /phpmyadmin/ /pma/ /wp-login.php /wp-admin/ /xmlrpc.php
		/cgi-bin/test.cgi /manager/html /solr/ /jenkins/ /login.aspx /owa/ /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php
		/boaform/admin/formLogin /HNAP1/ /console/ /actuator /api/jsonws /setup.php /install.php /shell.php /cmd.jsp /old/ /backup/
		/db/ /test/ /dev/ /staging/ /portal/ /remote/login /geoserver/web/ /index.php?lang=../../x /autodiscover/autodiscover.xml`) {
		s.get(at, address, "GET "+page, 404, "Mozilla/5.0 zgrab/0.x")
		at = at.Add(s.seconds(0, 1))
	}
}

// hunt looks for secrets that were left lying about.
func (s *story) hunt(at time.Time, address string) {
	for page := range strings.FieldsSeq(`/.env /.git/config /.aws/credentials /wp-config.php.bak /backup.sql /api/.env /.%65nv.local
		/.ssh/id_rsa /phpinfo.php /docker-compose.yml /../../etc/passwd`) {
		s.get(at, address, "GET "+page, 404, "python-requests/2.32")
		at = at.Add(s.seconds(1, 4))
	}
}

// The samples show what they are meant to show: who is bad is found, once for each kind of badness, and nobody else.
func TestSamples(t *testing.T) {
	f := func(file, kind, text string, want ...string) {
		t.Helper()
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil || string(kept) != text {
			t.Errorf("%s is not what this test tells (%v): go test ./rules -run Samples -update", file, err)
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		alerts, stats := replay(t, engine(t), kind, lines)
		t.Logf("%s: %d lines, %d alerts", file, len(lines), len(alerts))
		slices.Sort(alerts)
		if diff := cmp.Diff(want, slices.Compact(alerts)); diff != "" {
			t.Errorf("%s: alerts (-want +got)\n%s", file, diff)
		}
		if stats.Whitelisted > 0 {
			t.Errorf("%s: %d lines of private addresses", file, stats.Whitelisted)
		}
	}
	f("samples/auth.log", "syslog", authLog(),
		"tocsin/ssh-abandoned 198.51.100.23",
		"tocsin/ssh-bf 198.51.100.23",
		"tocsin/ssh-slow-bf 198.51.100.23",
		"tocsin/ssh-slow-bf 198.51.100.77",
		"tocsin/ssh-user-enum 2001:db8:bad::5",
	)
	f("samples/access.log", "nginx", accessLog(),
		"tocsin/http-admin-interfaces 198.51.100.40",
		"tocsin/http-bad-user-agent 198.51.100.40",
		"tocsin/http-cve-probing 198.51.100.40",
		"tocsin/http-iot-probing 198.51.100.40",
		"tocsin/http-probing 198.51.100.40",
		"tocsin/http-sensitive-files 2001:db8:bad::40",
		"tocsin/http-technology-probing 198.51.100.40",
	)
}
