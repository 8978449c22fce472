package rules_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// A client that has read these rules puts pieces of lines with somebody else's address where its own text goes: each
// piece of each line of the service, in each place of each line. No such line is held against the other address.
func TestAppsForgedPieces(t *testing.T) {
	e := engine(t)
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	const own, other, slot = "192.0.2.7", "203.0.113.9", "@@"
	tokens := regexp.MustCompile(`[\w.]+|.`)
	f := func(kind, header string, lines ...string) {
		t.Helper()
		pieces := map[string]bool{}
		for _, line := range lines {
			fake := strings.ReplaceAll(strings.ReplaceAll(line, own, other), slot, "x")
			ends := tokens.FindAllStringIndex(fake, -1)
			at := strings.Index(fake, other)
			for _, from := range ends {
				for _, to := range ends {
					if from[0] <= at && to[1] >= at+len(other) {
						pieces[fake[from[0]:to[1]]] = true
					}
				}
			}
		}
		tried := 0
		for piece := range pieces {
			for _, line := range lines {
				if !strings.Contains(line, slot) {
					continue
				}
				texts := []string{piece, "x " + piece, "x" + piece, piece + "x", piece + " "}
				if testing.Short() {
					texts = texts[:1]
				}
				for _, text := range texts {
					tried++
					if strings.HasPrefix(line, `{"`) {
						text = inJSON(t, text)
					}
					raw := header + strings.ReplaceAll(line, slot, text)
					worker.Work(it, 1, lineOf(kind, raw))
					if !it.Outcome.Parsed {
						continue
					}
					if got := it.Event.Keep().Meta["source_ip"]; got != own && got != "" {
						t.Errorf("held against %s\n%s", got, raw)
						return // one of each service is enough to see
					}
				}
			}
		}
		if tried == 0 {
			t.Errorf("no piece of %q was tried", lines)
		}
	}
	syslog := func(program string, lines ...string) {
		t.Helper()
		f("syslog", "Aug 22 10:00:00 host "+program+": ", lines...)
	}
	syslog("postfix/smtpd[7]",
		"warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: @@, sasl_username=@@",
		"NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 550 5.1.1 <@@>: Recipient address rejected: User unknown; from=<@@> to=<@@> proto=SMTP helo=<@@>",
		"warning: non-SMTP command from unknown[192.0.2.7]: @@", "improper command pipelining after EHLO from unknown[192.0.2.7]: @@",
		"4F1B2C: warning: header Subject: @@ from unknown[192.0.2.7]; from=<@@>", "4F1B2C: client=unknown[192.0.2.7], sasl_method=LOGIN, sasl_username=@@")
	syslog("dovecot",
		"imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<@@>, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1, TLS, session=<a>",
		"imap-login: Login: user=<@@>, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1, mpid=7, TLS, session=<a>",
		"imap-login: Aborted login: user=<@@>, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1",
		"auth: sql(@@,192.0.2.7,<a>): Password mismatch (given password: @@)", "auth-worker(7): pam(@@,192.0.2.7): unknown user",
		"auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=@@ rhost=192.0.2.7  user=@@")
	for _, header := range []string{"", "Aug 22 10:00:00 host vsftpd[7]: "} {
		f("vsftpd", header,
			`Sat Aug 22 10:00:00 2026 [pid 7] [@@] FAIL LOGIN: Client "192.0.2.7"`, `[@@] FAIL LOGIN: Client "192.0.2.7", "Permission denied."`,
			`Sat Aug 22 10:00:00 2026 [pid 7] [@@] OK LOGIN: Client "192.0.2.7", anon password "@@"`, `[x] FTP command: Client "192.0.2.7", "@@"`,
			`[@@] FTP response: Client "192.0.2.7", "530 Permission denied."`,
			"pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=@@ rhost=192.0.2.7  user=@@")
	}
	syslog("proftpd[7]", "host (x[192.0.2.7]) - USER @@ (Login failed): Incorrect password.", "host (x[192.0.2.7]) - USER @@: no such user found from x [192.0.2.7] to y")
	syslog("pure-ftpd", "(?@192.0.2.7) [WARNING] Authentication failed for user [@@]")
	syslog("mysqld[7]",
		"2026-08-22 10:00:00 12 [Warning] Access denied for user '@@'@'192.0.2.7' (using password: YES)", "2026-08-22 10:00:00 12 [Warning] Access denied for user '@@'@'192.0.2.7'",
		"2026-08-22 10:00:00 12 [Warning] Access denied for user '@@'@'192.0.2.7' to database '@@'", "2026-08-22T10:00:00.1Z\t 12 Query\tselect '@@'")
	pg := []string{
		`2026-08-22 10:00:00.123 UTC [7] 192.0.2.7 @@@shop FATAL:  password authentication failed for user "@@"`,
		`2026-08-22 10:00:00.123 UTC [7] @@@shop FATAL:  password authentication failed for user "@@"`,
		`2026-08-22 10:00:00.123 UTC [7] user=@@,db=shop FATAL:  role "@@" does not exist`,
		`2026-08-22 10:00:00.123 UTC [7] user=ann,db=@@ FATAL:  password authentication failed for user "ann"`,
		`2026-08-22 10:00:00.123 UTC [7] ann@@@ FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "ann", database "@@", SSL off`,
		`2026-08-22 10:00:00.123 UTC:192.0.2.7(4022):@@@shop:[7]:FATAL:  password authentication failed for user "@@"`,
		`2026-08-22 10:00:00.123 UTC [7] client=192.0.2.7 FATAL:  pg_hba.conf rejects connection for host "192.0.2.7", user "@@", database "@@", SSL off`,
		`192.0.2.7 2026-08-22 10:00:00.123 UTC [7] @@@shop FATAL:  password authentication failed for user "@@"`,
	}
	f("postgres", "", pg...)
	f("syslog", "Aug 22 10:00:00 host postgres[7]: [3-1] ", pg...)
	f("Nextcloud", "", `{"time":"2026-08-22T10:00:00+00:00","app":"core","message":"Login failed: @@ (Remote IP: 192.0.2.7)"}`)
	syslog("ownCloud", "{core} Login failed: '@@' (Remote IP: '192.0.2.7', X-Forwarded-For: '@@')", "{core} Login failed: @@ (Remote IP: 192.0.2.7)",
		`{core} Trusted domain error. "192.0.2.7" tried to access using "@@" as host.`, `{core} Bruteforce attempt from "192.0.2.7" detected for action "login".`)
	f("vaultwarden", "[2026-08-22 10:00:00.123]",
		"[vaultwarden::api::identity][ERROR] Username or password is incorrect. Try again. IP: 192.0.2.7. Username: @@.", "[vaultwarden::api::admin][ERROR] Invalid admin token. IP: 192.0.2.7",
		"[request][INFO] GET /@@", "[vaultwarden::api::identity][INFO] User @@ logged in successfully. IP: 192.0.2.7")
	syslog("wordpress(blog.example)", "Authentication failure for @@ from 192.0.2.7", "Blocked authentication attempt for @@ from 192.0.2.7",
		"Accepted password for @@ from 192.0.2.7", "Blocked user enumeration attempt from 192.0.2.7", "Pingback error 17 generated from 192.0.2.7")
	f("exim", "2026-08-22 10:00:00 ",
		"login authenticator failed for (@@) [192.0.2.7]: 535 Incorrect authentication data (set_id=@@)", "H=(@@) [192.0.2.7] F=<@@> rejected RCPT <@@>: relay not permitted",
		"F=<@@> H=(@@) [192.0.2.7] rejected after DATA: x", `SMTP protocol error in "@@" H=(@@) [192.0.2.7] AUTH command used when not advertised`,
		"SA: Action: silently tossed message: (scanned in 6/6 secs | Message-Id: @@). From <@@> (host=NULL [192.0.2.7]) for @@")
	answer := ". AUTHENTICATE PLAIN: A0002 NO user=@@ in /usr/x.php on line 1 (POST /?x)"
	f("roundcube", "[22-Aug-2026 10:00:00 +0200]: ", "FAILED login for @@ from 192.0.2.7", "<a> Failed login for @@ from 192.0.2.7 in session a (error: 0)",
		"<a> IMAP Error: Login failed for @@ from 192.0.2.7"+answer, "IMAP Error: Login failed for @@ against x from 192.0.2.7(X-Forwarded-For: @@)"+answer)
	f("sogo", "Aug 22 10:00:00 sogod [77]: ", "SOGoRootPage Login from '192.0.2.7' for user '@@' might not have worked", "SOGoRootPage Login from '@@, 192.0.2.7' for user '@@' might not have worked")
	syslog("cyrus/imap[7]", "badlogin: x [192.0.2.7] plaintext @@ SASL(-13): authentication failure")
	f("mongodb", "2026-08-22T10:00:00.123+0000 ", "I ACCESS   [conn7] SCRAM-SHA-1 authentication failed for @@ on admin from client 192.0.2.7:4022 ; UserNotFound: @@",
		"[conn8] Failed to authenticate @@ with mechanism MONGODB-CR: x", "[conn8] end connection 192.0.2.7:4022 (0 connections now open)")
	f("gitea", "2026/08/22 10:00:00 x.go:199:SignInPost() [W] ", "Failed authentication attempt for @@ from 192.0.2.7:4022: user does not exist [uid: 0, name: @@, keyid: 0]")
	f("grafana", "t=2026-08-22T10:00:00+02:00 ", `level=error msg="Invalid username or password" uname="@@" error="@@" remote_addr=192.0.2.7 path="/@@"`)
}

// inJSON returns text as a daemon writes it into a string of JSON.
func inJSON(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(quoted), `"`), `"`)
}
