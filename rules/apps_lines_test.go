package rules_test

import (
	"strings"
	"testing"
)

// appLines returns a function that holds a line of one program to what the parsers make of it: through syslog with the
// name of the program in front, or as a line of its own file. An empty type is syslog.
func appLines(t *testing.T, kind, program string) func(message, want string) {
	t.Helper()
	e := engine(t)
	header := ""
	if kind == "" {
		kind, header = "syslog", "2026-08-22T10:00:00.123456+02:00 host "+program+": "
	}
	return func(message, want string) {
		t.Helper()
		if got := said(parse(t, e, kind, header+message)); got != want {
			t.Errorf("%s: %q\n got %s\nwant %s", program, message, got, want)
		}
	}
}

func TestPostfixLines(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		for _, program := range []string{"postfix/smtpd[77]", "postfix/submission/smtpd[77]", "postfix-incoming/smtpd[77]"} {
			if got := said(parse(t, e, "syslog", "Aug 22 10:00:00 host "+program+": "+message)); got != want {
				t.Errorf("%s: %q\n got %s\nwant %s", program, message, got, want)
			}
		}
	}
	const from = "mail.example[192.0.2.7]"
	f("warning: "+from+": SASL LOGIN authentication failed: authentication failure", "postfix auth_fail 192.0.2.7 -")
	f("warning: "+from+": SASL LOGIN authentication failed: UGFzc3dvcmQ6", "postfix auth_fail 192.0.2.7 -")
	f("warning: "+from+":55310: SASL PLAIN authentication failed:", "postfix auth_fail 192.0.2.7 -")
	f("warning: "+from+": SASL PLAIN authentication failed", "postfix auth_fail 192.0.2.7 -")
	f("warning: unknown[2001:db8::7]: SASL CRAM-MD5 authentication failed: PDEyMw==", "postfix auth_fail 2001:db8::7 -")
	f("warning: unknown[IPv6:2001:db8::7]: SASL login authentication failed: no mechanism", "postfix auth_fail 2001:db8::7 -")
	f("warning: "+from+": SASL LOGIN authentication failed: (reason unavailable), sasl_username=ann@example.org", "postfix auth_fail 192.0.2.7 ann@example.org")
	f("warning: "+from+": SASL LOGIN authentication failed: Connection lost to authentication server", "postfix auth_broken 192.0.2.7 -")
	f("warning: "+from+": SASL LOGIN authentication failed: Invalid authentication mechanism", "postfix auth_broken 192.0.2.7 -")
	f("4F1B2C: client="+from+", sasl_method=PLAIN, sasl_username=ann@example.org", "auth_success - 192.0.2.7 ann@example.org")
	const mail = "; from=<a@example.org> to=<b@example.net> proto=ESMTP helo=<mail.example>"
	f("NOQUEUE: reject: RCPT from "+from+": 554 5.7.1 <b@example.net>: Relay access denied"+mail, "postfix relay_denied 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 454 4.7.1 <b@example.net>: Relay access denied"+mail, "postfix relay_denied 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 550 5.1.1 <b@example.net>: Recipient address rejected: User unknown in virtual mailbox table"+mail, "postfix user_unknown 192.0.2.7 -")
	f("4F1B2C: reject: RCPT from unknown[2001:db8::7]: 550 5.1.1 <b@example.net>: Recipient address rejected: undeliverable address: unknown user"+mail, "postfix user_unknown 2001:db8::7 -")
	f("NOQUEUE: reject: VRFY from "+from+": 550 5.1.1 <root>: Recipient address rejected: User unknown in local recipient table", "postfix user_unknown 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using list.example; see http://list.example/?ip=192.0.2.7"+mail, "postfix rejected 192.0.2.7 -")
	f("NOQUEUE: reject: EHLO from "+from+": 504 5.5.2 <User>: Helo command rejected: need fully-qualified hostname; proto=SMTP helo=<User>", "postfix rejected 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.7]"+mail, "postfix rejected 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 450 4.1.8 <a@example.org>: Sender address rejected: Domain not found"+mail, "postfix rejected 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 550 5.7.23 <b@example.net>: Recipient address rejected: Message rejected due to: SPF fail - not authorized"+mail, "postfix rejected 192.0.2.7 -")
	f("4F1B2C: milter-reject: END-OF-MESSAGE from "+from+": 5.7.1 Spam message rejected"+mail, "not understood")
	f("4F1B2C: milter-reject: END-OF-MESSAGE from "+from+": 550 5.7.1 Spam message rejected"+mail, "postfix rejected 192.0.2.7 -")
	f("4F1B2C: milter-reject: DATA from "+from+": 550 5.7.1 Command rejected"+mail, "postfix rejected 192.0.2.7 -")
	f("reject: RCPT from "+from+": 554 Service unavailable; [192.0.2.7] blocked using list.example"+mail, "postfix rejected 192.0.2.7 -")
	f("warning: Illegal address syntax from "+from+" in RCPT command: <x", "postfix protocol 192.0.2.7 -")
	f("improper command pipelining after EHLO from "+from+": QUIT\\r\\n", "postfix protocol 192.0.2.7 -")
	f("too many errors after RCPT from "+from, "postfix protocol 192.0.2.7 -")
	f("too many errors after DATA (0 bytes) from "+from, "postfix protocol 192.0.2.7 -")
	f("warning: non-SMTP command from unknown[2001:db8::7]: GET / HTTP/1.1", "postfix protocol 2001:db8::7 -")
	f("lost connection after CONNECT from "+from, "postfix no_mail 192.0.2.7 -")
	f("lost connection after UNKNOWN from "+from, "postfix no_mail 192.0.2.7 -")
	f("NOQUEUE: lost connection after EHLO from "+from, "postfix no_mail 192.0.2.7 -")
	f("timeout after CONNECT from "+from, "postfix no_mail 192.0.2.7 -")
	f("SSL_accept error from "+from+": lost connection", "postfix no_mail 192.0.2.7 -")
	f("disconnect from "+from+" ehlo=1 auth=0/3 quit=1 commands=2/5", "postfix no_mail 192.0.2.7 -")
	f("warning: hostname dyn.example does not resolve to address 192.0.2.7", "postfix no_mail 192.0.2.7 -")
	f("warning: hostname dyn.example does not resolve to address 2001:db8::7: Name or service not known", "postfix no_mail 2001:db8::7 -")
	f("warning: 192.0.2.7: hostname dyn.example verification failed: Name or service not known", "postfix no_mail 192.0.2.7 -")
	f("warning: Connection concurrency limit exceeded: 51 from "+from+" for service smtp", "postfix rate 192.0.2.7 -")
	f("warning: AUTH command rate limit exceeded: 11 from "+from+" for service submission", "postfix rate 192.0.2.7 -")
	// A greylist, a full mailbox and a server with a fault of its own are no reason to blame the sender.
	f("NOQUEUE: reject: RCPT from "+from+": 450 4.2.0 <b@example.net>: Recipient address rejected: Greylisted, see http://example.net/"+mail, "postfix deferred 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 452 4.2.2 <b@example.net>: Recipient address rejected: Mailbox full"+mail, "postfix deferred 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 451 4.3.0 <b@example.net>: Temporary lookup failure"+mail, "postfix deferred 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 450 4.1.1 <b@example.net>: Recipient address rejected: unverified address: Address verification in progress"+mail, "postfix deferred 192.0.2.7 -")
	f("NOQUEUE: reject: MAIL from "+from+": 552 5.3.4 Message size exceeds fixed limit; proto=ESMTP helo=<mail.example>", "not understood")
	f("lost connection after AUTH from "+from, "not understood") // the warning has been counted
	f("lost connection after DATA (512 bytes) from "+from, "not understood")
	f("lost connection after CONNECT from unknown[unknown]", "not understood")
	f("connect from "+from, "not understood")
	f("disconnect from "+from+" ehlo=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=6", "not understood")
	f("disconnect from "+from+" ehlo=1 auth=1/2 quit=1 commands=3/4", "not understood")
	f("4F1B2C: client="+from, "not understood")
}

func TestPostscreenLines(t *testing.T) {
	f := appLines(t, "", "postfix/postscreen[7]")
	f(`PREGREET 11 after 0.08 from [192.0.2.7]:59415: EHLO User\r\n`, "postfix protocol 192.0.2.7 -")
	f("PREGREET 20 after 0 from [2001:db8::7]:59415: GET / HTTP/1.1", "postfix protocol 2001:db8::7 -")
	f("COMMAND COUNT LIMIT from [192.0.2.7]:3608 after RCPT", "postfix protocol 192.0.2.7 -")
	f("COMMAND PIPELINING from [192.0.2.7]:3608 after HELO: x", "postfix protocol 192.0.2.7 -")
	f("NON-SMTP COMMAND from [192.0.2.7]:3608 after CONNECT: GET / HTTP/1.1", "postfix protocol 192.0.2.7 -")
	f("HANGUP after 1.2 from [192.0.2.7]:48119 in tests before SMTP handshake", "postfix no_mail 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from [192.0.2.7]:60591: 550 5.7.1 Service unavailable; client [192.0.2.7] blocked using list.example; from=<a@example.org>, to=<b@example.net>, proto=ESMTP, helo=<x>", "postfix rejected 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from [192.0.2.7]:60591: 450 4.3.2 Service currently unavailable; from=<a@example.org>, to=<b@example.net>, proto=ESMTP, helo=<x>", "postfix deferred 192.0.2.7 -")
	f("CONNECT from [192.0.2.7]:60591 to [198.51.100.1]:25", "not understood")
	f("PASS NEW [192.0.2.7]:60591", "not understood")
}

// Addresses of mail, HELO, the command and the mechanism are the client's.
func TestPostfixForgery(t *testing.T) {
	f := appLines(t, "", "postfix/smtpd[7]")
	const fake, from = "x[198.51.100.9]", "unknown[192.0.2.7]"
	f("NOQUEUE: reject: RCPT from "+from+": 550 5.1.1 <\"from "+fake+": 554 5.7.1 Relay access denied; \"@example.net>: Recipient address rejected: User unknown; from=<> to=<> proto=SMTP helo=<"+fake+">", "postfix relay_denied 192.0.2.7 -")
	f("NOQUEUE: reject: RCPT from "+from+": 504 5.5.2 <"+fake+": SASL LOGIN authentication failed: x>: Helo command rejected: Invalid name; from=<> to=<> proto=SMTP helo=<x>", "postfix rejected 192.0.2.7 -")
	f("warning: non-SMTP command from "+from+": warning: "+fake+": SASL LOGIN authentication failed: x", "postfix protocol 192.0.2.7 -")
	f("improper command pipelining after EHLO from "+from+": too many errors after RCPT from "+fake, "postfix protocol 192.0.2.7 -")
	f("warning: "+from+": SASL LOGIN authentication failed: "+fake+": SASL LOGIN authentication failed: , sasl_username=x, sasl_username=y", "postfix auth_fail 192.0.2.7 y")
	f("warning: "+from+": request longer than 2048: warning: "+fake+": SASL LOGIN authentication failed: x", "not understood")
	f("4F1B2C: warning: header Subject: NOQUEUE: reject: RCPT from "+fake+": 550 5.1.1 <b>: Recipient address rejected: User unknown from "+from+"; from=<>", "not understood")
	f("warning: hostname x.198.51.100.9.example does not resolve to address 192.0.2.7", "postfix no_mail 192.0.2.7 -")
}

func TestDovecotLines(t *testing.T) {
	f := appLines(t, "", "dovecot")
	const client = "method=PLAIN, rip=192.0.2.7, lip=198.51.100.1"
	f("imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<ann>, "+client+", TLS, session=<a1b2+/c=>", "dovecot_logs auth_fail 192.0.2.7 ann")
	f("imap-login: Disconnected (auth failed, 2 attempts): user=<ann>, "+client, "dovecot_logs auth_fail 192.0.2.7 ann")
	f("pop3-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<ann@example.org>, method=PLAIN, rip=2001:db8::7, lip=2001:db8::1, session=<a>", "dovecot_logs auth_fail 2001:db8::7 ann@example.org")
	f("imap-login: Disconnected: Inactivity (auth failed, 5 attempts in 180 secs): user=<ann>, "+client+", TLS", "dovecot_logs auth_fail 192.0.2.7 ann")
	f("imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 6 secs): user=<ann>, "+client+", TLS: Connection closed, session=<a>", "dovecot_logs auth_fail 192.0.2.7 ann")
	f("managesieve-login: Disconnected: Too many invalid commands. (auth failed, 1 attempts in 6 secs): user=<ann>, "+client, "dovecot_logs auth_fail 192.0.2.7 ann")
	f("submission-login: Login aborted: Logged out (auth failed, 3 attempts in 16 secs) (auth_failed): user=<ann>, "+client+", session=<a>", "dovecot_logs auth_fail 192.0.2.7 ann")
	f("imap-login: Info: Login aborted: Connection closed (auth failed, 3 attempts in 16 secs) (auth_failed): user=<ann>, "+client, "dovecot_logs auth_fail 192.0.2.7 ann")
	f("pop3-login: Aborted login (tried to use disabled plaintext auth): rip=192.0.2.7, lip=198.51.100.1", "dovecot_logs auth_fail 192.0.2.7 -")
	f("imap-login: Disconnected: Too many invalid commands (tried to use disallowed plaintext auth): user=<ann>, rip=192.0.2.7, lip=198.51.100.1, session=<a>", "dovecot_logs auth_fail 192.0.2.7 ann")
	f("imap-login: Disconnected (auth failed, 1 attempts): user=<>, "+client+", mpid=0, TLS", "dovecot_logs auth_fail 192.0.2.7 -")
	f("imap-login: Aborted login: user=<ann>, "+client+", secured", "dovecot_logs auth_fail 192.0.2.7 ann")
	f("imap-login: Login: user=<ann>, "+client+", mpid=77, TLS, session=<a>", "auth_success - 192.0.2.7 ann")
	f("imap-login: Logged in: user=<ann>, "+client+", mpid=77, TLS, session=<a>", "auth_success - 192.0.2.7 ann")
	f("imap-login: Disconnected (no auth attempts in 0 secs): user=<>, rip=192.0.2.7, lip=198.51.100.1, TLS handshaking: SSL_accept() failed: error:1417: wrong version number, session=<a>", "dovecot_logs no_auth 192.0.2.7 -")
	f("imap-login: Login aborted: Connection closed: SSL_accept() failed: error:0A: unknown (no auth attempts in 1 secs) (no_auth_attempts): user=<>, rip=192.0.2.7, lip=198.51.100.1", "dovecot_logs no_auth 192.0.2.7 -")
	f("pop3-login: Disconnected (disconnected before auth was ready, waited 0 secs): user=<>, rip=192.0.2.7, lip=198.51.100.1", "dovecot_logs no_auth 192.0.2.7 -")
	f("imap-login: Aborted login (client didn't finish SASL auth, waited 3 secs): user=<>, "+client, "dovecot_logs no_auth 192.0.2.7 -")
	f("auth: passwd-file(ann,192.0.2.7): Password mismatch", "dovecot_logs repeated 192.0.2.7 ann")
	f("auth: passwd-file(ann,192.0.2.7,<a+/=>): unknown user", "dovecot_logs repeated 192.0.2.7 ann")
	f("auth: Info: ldap(ann,2001:db8::7,<a>): invalid credentials (given password: x)", "dovecot_logs repeated 2001:db8::7 ann")
	f("auth-worker(77): pam(ann,192.0.2.7): pam_authenticate() failed: Authentication failure (Password mismatch?)", "dovecot_logs repeated 192.0.2.7 ann")
	f("auth-worker(77): sql(ann@example.org,192.0.2.7,<a>): unknown user (given password: x)", "dovecot_logs repeated 192.0.2.7 ann@example.org")
	f("auth-worker(77): Info: conn unix:auth-worker (pid=6,uid=97): auth-worker<12>: sql(ann,192.0.2.7): Password mismatch", "dovecot_logs repeated 192.0.2.7 ann")
	f("dovecot: auth(default): pam(ann@example.org,192.0.2.7): pam_authenticate() failed: User not known to the underlying authentication module", "dovecot_logs repeated 192.0.2.7 ann@example.org")
	f("auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=ann rhost=192.0.2.7  user=ann", "dovecot_logs repeated 192.0.2.7 ann")
	f("auth: Error: sql(ann,192.0.2.7): Password query failed: Not connected to database", "not understood")
	f("imap(ann)<77><a>: Disconnected: Logged out in=59 out=645", "not understood")
	f("lmtp(77): Connect from local", "not understood")
	f("auth: Warning: auth client 0 disconnected with 1 pending requests: EOF", "not understood")

	f = appLines(t, "", "dovecot-auth[7]")
	f("pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=ann rhost=192.0.2.7  user=ann", "dovecot_logs repeated 192.0.2.7 ann")

	f = appLines(t, "dovecot", "its own log")
	f("Aug 22 10:00:00 auth: Info: ldap(ann,192.0.2.7): invalid credentials", "dovecot_logs repeated 192.0.2.7 ann")
	f("2026-08-22 10:00:00 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): user=<ann>, "+client, "dovecot_logs auth_fail 192.0.2.7 ann")
	f("Aug 22 10:00:00 host dovecot[7]: imap-login: Disconnected (auth failed, 1 attempts): user=<ann>, "+client, "dovecot_logs auth_fail 192.0.2.7 ann")

	f = appLines(t, "syslog", "its own log taken for syslog")
	f("Aug 22 10:00:00 auth: Info: ldap(ann,192.0.2.7): invalid credentials", "dovecot_logs repeated 192.0.2.7 ann")
}

// The client makes up the name of the user, and the password that auth_verbose_passwords shows.
func TestDovecotForgery(t *testing.T) {
	f := appLines(t, "", "dovecot")
	const head, tail = "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<", ">, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1, TLS, session=<a>"
	for _, name := range []string{
		"x>, method=PLAIN, rip=203.0.113.9, lip=198.51.100.1, TLS, session=<b>",
		"x>, method=PLAIN, rip=203.0.113.9, lip=198.51.100.1, session=<",
		"x>, rip=203.0.113.9",
		"x>, rip=203.0.113.9, lip=1.1.1.1",
		"x>, method=PLAIN, rip=203.0.113.9, lip=198.51.100.1, TLS, session=<b>\r",
		") (auth failed, 1 attempts): user=<x>, rip=203.0.113.9, ",
	} {
		f(head+name+tail, "dovecot_logs auth_fail 192.0.2.7 "+name)
	}
	f("auth: sql(x,203.0.113.9,192.0.2.7,<a>): unknown user", "not understood")
	f("auth: sql(x,203.0.113.9,<b>,192.0.2.7,<a>): unknown user", "not understood")
	f("auth: sql(x,192.0.2.7,<a>): Password mismatch (given password: y,203.0.113.9): unknown user)", "not understood")
	f("auth: sql(x) y(z,203.0.113.9): unknown user,192.0.2.7,<a>): unknown user", "not understood")
	f("auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=x rhost=203.0.113.9 rhost=192.0.2.7", "not understood")
	f("imap(x)<7><a>: Error: imap-login: Disconnected (auth failed, 1 attempts): user=<x>, rip=203.0.113.9, lip=198.51.100.1", "not understood")
}

func TestVSFTPDLines(t *testing.T) {
	const stamp = "Sat Aug 22 10:00:00 2026 [pid 7] "
	f := appLines(t, "vsftpd", "its own log")
	f(stamp+`[ann] FAIL LOGIN: Client "192.0.2.7"`, "ftp_failed_auth auth_fail 192.0.2.7 ann")
	f("Sun Aug  2 10:00:00 2026 [pid 7] "+`[ann b] FAIL LOGIN: Client "2001:db8::7"`, "ftp_failed_auth auth_fail 2001:db8::7 ann b")
	f(stamp+`[ann] FAIL LOGIN: Client "::ffff:192.0.2.7", "User is not in the allow user list."`, "ftp_failed_auth auth_fail 192.0.2.7 ann")
	f(stamp+`[ann] FTP response: Client "192.0.2.7", "530 Permission denied."`, "ftp_failed_auth auth_fail 192.0.2.7 ann")
	f(stamp+`[ann] FTP response: Client "192.0.2.7", "530 Login incorrect."`, "not understood") // FAIL LOGIN says it too
	f(stamp+`[ann] OK LOGIN: Client "192.0.2.7"`, "auth_success - 192.0.2.7 ann")
	f(stamp+`[ftp] OK LOGIN: Client "192.0.2.7", anon password "x@"`, "auth_success - 192.0.2.7 ftp")
	f(stamp+`CONNECT: Client "192.0.2.7"`, "not understood")
	f(stamp+`[ann] OK UPLOAD: Client "192.0.2.7", "/x", 12 bytes, 1.2Kbyte/sec`, "not understood")
	// The name and each command are the client's.
	f(stamp+`[x] FAIL LOGIN: Client "203.0.113.9"] FAIL LOGIN: Client "192.0.2.7"`, "not understood")
	f(stamp+`[ann] FTP command: Client "192.0.2.7", "STAT x] FAIL LOGIN: Client "203.0.113.9", ""`, "not understood")
	f(stamp+`[ann] FTP command: Client "192.0.2.7", "[x] FAIL LOGIN: Client "203.0.113.9""`, "not understood")

	f = appLines(t, "", "vsftpd[7]")
	f(`[ann] FAIL LOGIN: Client "192.0.2.7"`, "ftp_failed_auth auth_fail 192.0.2.7 ann")
	f("pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=ann rhost=192.0.2.7  user=ann", "ftp_failed_auth auth_fail 192.0.2.7 ann")
	f("pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=ann rhost=::ffff:192.0.2.7", "ftp_failed_auth auth_fail 192.0.2.7 ann")
	f("pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=203.0.113.9 user= rhost=192.0.2.7", "not understood")
	f("pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=ann rhost=host.example", "not understood")
	f("pam_unix(vsftpd:auth): check pass; user unknown", "not understood")
}

func TestMySQLLines(t *testing.T) {
	f := appLines(t, "mysql", "its own log")
	const denied = "Access denied for user 'ann'@'192.0.2.7' (using password: YES)"
	f("2026-08-22T10:00:00.123456Z 12 [Note] [MY-010926] [Server] "+denied, "mysql_failed_auth auth_fail 192.0.2.7 ann")
	f("2026-08-22T10:00:00.123456Z 12 [Note] "+denied, "mysql_failed_auth auth_fail 192.0.2.7 ann")
	f("2026-08-22 10:00:00 12 [Warning] "+denied, "mysql_failed_auth auth_fail 192.0.2.7 ann")
	f("260822 10:00:00 [Warning] Access denied for user ''@'2001:db8::7' (using password: NO)", "mysql_failed_auth auth_fail 2001:db8::7 -")
	f("260822  9:00:00 [Warning] Access denied for user 'o'brien'@'192.0.2.7' (using password: NO)", "mysql_failed_auth auth_fail 192.0.2.7 o'brien")
	f("2026-08-22T10:00:00.123456Z\t   12 Connect\t"+denied, "mysql_failed_auth auth_fail 192.0.2.7 ann")
	f(`{ "prio" : 2, "err_code" : 10926, "subsystem" : "Server", "msg" : "`+denied+`", "time" : "2026-08-22T10:00:00.123456Z" }`, "mysql_failed_auth auth_fail 192.0.2.7 ann")
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'localhost' (using password: YES)", "not understood")
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'192.0.2.7' to database 'x'", "mysql_failed_auth auth_fail 192.0.2.7 ann")
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'192.0.2.7' to database 'x'@'203.0.113.9' to database 'y'", "not understood")
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'203.0.113.9' to database 'y'@'192.0.2.7' to database 'x'", "not understood")
	f("2026-08-22 10:00:00 12 [Warning] Aborted connection 12 to db: 'unconnected' user: 'unauthenticated' host: '192.0.2.7' (This connection closed normally without authentication)", "mysql_abandoned abandoned 192.0.2.7 -")
	f("2026-08-22 10:00:00 12 [Warning] Aborted connection 12 to db: 'x' user: 'y' host: '192.0.2.7' (Got an error reading communication packets)", "not understood")
	f("2026-08-22 10:00:00 12 [Warning] IP address '192.0.2.7' could not be resolved: Name or service not known", "not understood")
	// The names of users and databases are the client's.
	const fake = "x'@'203.0.113.9' (using password: YES)"
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user '"+fake+"'@'192.0.2.7' (using password: YES)", "mysql_failed_auth auth_fail 192.0.2.7 "+fake)
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'192.0.2.7' to database 'x'@'203.0.113.9'", "not understood")
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'192.0.2.7' to database '"+fake+"'", "not understood")
	f("2026-08-22T10:00:00.123456Z\t   12 Query\tselect 'Connect\t"+denied+"'", "not understood")

	f = appLines(t, "", "mariadbd[7]")
	f("2026-08-22 10:00:00 12 [Warning] "+denied, "mariadb_failed_auth auth_fail 192.0.2.7 ann")
	f("2026-08-22 10:00:00 12 [Warning] Access denied for user 'ann'@'192.0.2.7'", "mariadb_failed_auth auth_fail 192.0.2.7 ann")
}

func TestPostgreSQLLines(t *testing.T) {
	f := appLines(t, "postgres", "its own log")
	const at, refused = "2026-08-22 10:00:00.123 UTC ", `FATAL:  password authentication failed for user "ann"`
	const want = "pgsql_failed_auth auth_fail 192.0.2.7 ann"
	f(at+"[7] 192.0.2.7 ann@shop "+refused, want)
	f(at+"[7]: [2-1] 192.0.2.7(4022) ann@shop "+refused, want)
	f(at+"[7] ::ffff:192.0.2.7 ann@shop "+refused, want)
	f(at+"[7] client=192.0.2.7 user=ann,db=shop "+refused, want)
	f(at+"[7]: [1-1] host=192.0.2.7,user=ann "+refused, want)
	f("2026-08-22 10:00:00 UTC:192.0.2.7(4022):ann@shop:[7]:"+refused, want)
	f("192.0.2.7 "+at+"[7] ann@shop "+refused, want)
	f("[2026-08-22 10:00:00.123 CEST] 192.0.2.7:shop "+refused, want)
	f(at+"[7] 2001:db8::7 ann@shop "+refused, "pgsql_failed_auth auth_fail 2001:db8::7 ann")
	f(at+"[192.0.2.7] 203.0.113.9 ann "+refused, want) // the second is the name of a database
	f(at+"[7] [192.0.2.7] 203.0.113.9 ann "+refused, want)
	f(at+"[7-1] 5f1c.2a3 3/17 ::ffff:192.0.2.7(4022) ann@shop "+refused, want)
	f(at+"[7] 1234:5678::7 203.0.113.9 ann "+refused, "pgsql_failed_auth auth_fail 1234:5678::7 ann")
	f(at+"[7] 2001:db8::7(4022) ann@shop "+refused, "pgsql_failed_auth auth_fail 2001:db8::7 ann")
	f(at+`[7] 192.0.2.7 ann@shop FATAL:  role "ann" does not exist`, want)
	f(at+`[7] 192.0.2.7 ann@shop FATAL:  28000: no pg_hba.conf entry for host "192.0.2.7", user "ann", database "shop", SSL off`, want)
	f(at+`[7] ann@shop FATAL:  no pg_hba.conf entry for host "192.0.2.7", user "ann", database "shop", no encryption`, want)
	f(at+`[7] FATAL:  pg_hba.conf rejects connection for host "192.0.2.7", user "ann", database "shop", SSL on`, want)
	f(at+`[7] 192.0.2.7 [unknown]@[unknown] FATAL:  unsupported frontend protocol 65363.19778: server supports 2.0 to 3.0`, "pgsql_failed_auth auth_fail 192.0.2.7 -")
	f(`2026-08-22 10:00:00.123 UTC,"ann","shop",7,"192.0.2.7:4022",66c7.7,2,"authentication",2026-08-22 10:00:00 UTC,3/12,0,FATAL,28P01,"password authentication failed for user ""ann""","x",,,,,,,,"","client backend",,0`, want)
	f(`2026-08-22 10:00:00.123 UTC,"ann","shop",7,"2001:db8::7:4022",66c7.7,2,"authentication",2026-08-22 10:00:00 UTC,3/12,0,FATAL,28000,"role ""ann"" does not exist",,,,,,,,,""`, "pgsql_failed_auth auth_fail 2001:db8::7 ann")
	f(`{"timestamp":"2026-08-22 10:00:00.123 UTC","user":"ann","dbname":"shop","pid":7,"remote_host":"192.0.2.7","remote_port":4022,"error_severity":"FATAL","state_code":"28P01","message":"password authentication failed for user \"ann\""}`, want)
	f(at+"[7] 192.0.2.7 ann@shop LOG:  connection authorized: user=ann database=shop", "auth_success - 192.0.2.7 ann")
	f(at+"[7] 192.0.2.7 ann@shop LOG:  connection received: host=192.0.2.7 port=4022", "pgsql_connection - 192.0.2.7 -")
	f(at+`[7] 192.0.2.7 ann@shop FATAL:  database "shop" does not exist`, "not understood")
	f(at+`[7] 192.0.2.7 ann@shop ERROR:  relation "x" does not exist`, "not understood")
	f(at+"[7] 192.0.2.7 ann@shop FATAL:  terminating connection due to administrator command", "not understood")
	f(at+"[8] ann@shop "+refused, "pgsql_failed_auth auth_fail - ann")
	f(at+"[8] [local] ann@shop "+refused, "pgsql_failed_auth auth_fail - ann")
	f(at+"[7] ann@shop "+refused, want) // the process is the one of the connection above
	f(at+"[7]: user=ann,db=shop,app=[unknown],client=192.0.2.7 "+refused, want)
	f(at+"[9]: user=[unknown],db=[unknown],app=[unknown],client=2001:db8::7 LOG:  connection received: host=2001:db8::7 port=4022", "pgsql_connection - 2001:db8::7 -")
	f(at+"[9]: user=ann,db=shop,app=[unknown],client=2001:db8::7 "+refused, "pgsql_failed_auth auth_fail 2001:db8::7 ann")
	f(at+"[10]: user=ann,db=shop,app=[unknown],client=192.0.2.7 "+refused, "pgsql_failed_auth auth_fail - ann")
	f(at+"[7] 192.0.2.7 ann@FATAL: "+refused, want)
	f(at+`[7] 192.0.2.7 ann@FATAL:  password authentication failed for user "192.0.2.7 `+refused, "pgsql_failed_auth auth_fail 192.0.2.7 192.0.2.7 "+`FATAL:  password authentication failed for user "ann`)
	f(at+`[7] 192.0.2.7 ann@x FATAL:  OAuth bearer authentication failed for user "ann"`, want)
	f(at+"[7] 192.0.2.7(3333) ann@shop app=psql "+refused, want)

	f = appLines(t, "", "postgres[7]")
	f("[3-1] "+at+"[7] 192.0.2.7 ann@shop "+refused, want)
	f("[3-1] 192.0.2.7 ann@shop "+refused, want)
	f("[3-2] 192.0.2.7 ann@shop "+refused, "not understood") // what a line feed in a name tore off
}

// The names of user, database and application are the client's, in the prefix too, whether it has an address or not.
func TestPostgreSQLForgery(t *testing.T) {
	f := appLines(t, "postgres", "its own log")
	const at = "2026-08-22 10:00:00.123 UTC [7] "
	for _, name := range []string{"203.0.113.9 x", "[1] 203.0.113.9 x", "client=203.0.113.9 x", "203.0.113.9(4022) "} {
		f(at+name+`@shop FATAL:  password authentication failed for user "`+name+`"`, "pgsql_failed_auth auth_fail - "+strings.TrimSpace(name)+strings.Repeat(" ", len(name)-len(strings.TrimSpace(name))))
		f(at+"192.0.2.7 "+name+`@shop FATAL:  password authentication failed for user "`+name+`"`, "pgsql_failed_auth auth_fail 192.0.2.7 "+name)
	}
	e := engine(t)
	for _, name := range []string{"203.0.113.9", "203.0.113.9 x", `203.0.113.9 FATAL:  role "z`, `203.0.113.9 203.0.113.9 FATAL:  role "z`, `203.0.113.9 user "z`} {
		for _, db := range []string{"FATAL:", `user "203.0.113.9`, `FATAL:  role "203.0.113.9 `, `203.0.113.9 FATAL:  role "x" does not exist`} {
			for _, prefix := range []string{name + "@" + db, name + " ", name + " " + db, "user=" + name + ",db=" + db + ",client=203.0.113.9"} {
				line := at + prefix + ` FATAL:  password authentication failed for user "` + name + `"`
				if got := parse(t, e, "postgres", line); got != nil && got.Meta["source_ip"] != "" {
					t.Errorf("%q accuses %s", line, got.Meta["source_ip"])
				}
			}
		}
	}
	const fatal = `x@y FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "z`
	f(at+fatal+`@shop FATAL:  password authentication failed for user "`+fatal+`"`, "pgsql_failed_auth auth_fail - z@shop FATAL:  password authentication failed for user \""+fatal)
	f(at+"ann@"+fatal+` FATAL:  password authentication failed for user "ann"`, "pgsql_failed_auth auth_fail - z FATAL:  password authentication failed for user \"ann")
	f(at+`ann@client=203.0.113.9 FATAL:  password authentication failed for user "ann"`, "pgsql_failed_auth auth_fail - ann")
	f(at+`ann@203.0.113.9 FATAL:  password authentication failed for user "ann"`, "pgsql_failed_auth auth_fail - ann")
	f(at+`192.0.2.7 ann@shop ERROR:  syntax error at "203.0.113.9 FATAL:  password authentication failed for user "x""`, `pgsql_failed_auth auth_fail 192.0.2.7 x"`) // its own address
	f(`2026-08-22 10:00:00.123 UTC,"a"",""b"",7,""203.0.113.9:1"",","shop",7,"192.0.2.7:4022",66c7.7,2,"authentication",2026-08-22 10:00:00 UTC,3/12,0,FATAL,28P01,"password authentication failed for user ""a"""",""""b""`, "pgsql_failed_auth auth_fail 192.0.2.7 a\"\"\"\",\"\"\"\"b")
}

func TestNextcloudLines(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		quoted := strings.ReplaceAll(message, `"`, `\"`)
		line := `{"reqId":"x1","level":2,"time":"2026-08-22T10:00:00+00:00","remoteAddr":"192.0.2.7","user":"--","app":"core","method":"POST","url":"/login","message":"` + quoted + `","userAgent":"(Remote IP: 203.0.113.9)","version":"31.0.0.1"}`
		for _, as := range [][2]string{{"nextcloud", line}, {"Nextcloud", line}, {"syslog", "Aug 22 10:00:00 host ownCloud[7]: {core} " + message}} {
			if got := said(parse(t, e, as[0], as[1])); got != want {
				t.Errorf("%s: %q\n got %s\nwant %s", as[0], message, got, want)
			}
		}
	}
	f("Login failed: ann (Remote IP: 192.0.2.7)", "nextcloud_failed_auth auth_fail 192.0.2.7 ann")
	f("Login failed: 'ann b' (Remote IP: '2001:db8::7')", "nextcloud_failed_auth auth_fail 2001:db8::7 ann b")
	f("Login failed: 'ann' (Remote IP: '192.0.2.7', X-Forwarded-For: '198.51.100.1')", "nextcloud_failed_auth auth_fail 192.0.2.7 ann")
	f("Two-factor challenge failed: ann (Remote IP: 192.0.2.7)", "nextcloud_failed_auth auth_fail 192.0.2.7 ann")
	f(`Bruteforce attempt from "192.0.2.7" detected for action "login".`, "nextcloud_bruteforce_attempt repeated 192.0.2.7 -")
	f(`IP address throttled because it reached the attempts limit in the last 30 minutes [action: login, delay: 200, ip: 192.0.2.7]`, "nextcloud_bruteforce_attempt repeated 192.0.2.7 -")
	f(`Trusted domain error. "192.0.2.7" tried to access using "198.51.100.1" as host.`, "nextcloud_domain_error - 192.0.2.7 -")
	f("Login failed: 'ann' (Remote IP: 'host.example')", "not understood")
	f("Cannot authenticate over ajax calls", "not understood")
	// The name of the user and the header are the client's.
	f("Login failed: 'x' (Remote IP: '203.0.113.9')' (Remote IP: '192.0.2.7')", "not understood")
	f("Login failed: 'x' (Remote IP: '192.0.2.7', X-Forwarded-For: 'y' (Remote IP: '203.0.113.9')", "not understood")
	f("Login failed: Login failed: x (203.0.113.9) (Remote IP: 192.0.2.7)", "nextcloud_failed_auth auth_fail 192.0.2.7 Login failed: x (203.0.113.9)")
	f(`Trusted domain error. "192.0.2.7" tried to access using "x" as host. Trusted domain error. "203.0.113.9" tried`, "nextcloud_domain_error - 192.0.2.7 -")
	f(`Could not send mail: Bruteforce attempt from "203.0.113.9" detected for action "login".`, "not understood")
}

func TestVaultwardenLines(t *testing.T) {
	f := appLines(t, "vaultwarden", "its own log")
	const api = "[2026-08-22 10:00:00.123][vaultwarden::api::"
	f(api+"identity][ERROR] Username or password is incorrect. Try again. IP: 192.0.2.7. Username: ann@example.org.", "vaultwarden_failed_auth auth_fail 192.0.2.7 ann@example.org")
	f("[2026-08-22 10:00:00.123][bitwarden_rs::api::identity][ERROR] Username or password is incorrect. Try again. IP: 2001:db8::7. Username: ann@example.org.", "vaultwarden_failed_auth auth_fail 2001:db8::7 ann@example.org")
	f("[2026-08-22 10:00:00.123 +02:00][vaultwarden::api::identity][\x1b[31mERROR\x1b[0m] Username or password is incorrect. Try again. IP: 192.0.2.7. Username: ann.", "vaultwarden_failed_auth auth_fail 192.0.2.7 ann")
	f(api+"identity][ERROR] This user has been disabled. IP: 192.0.2.7. Username: ann.", "vaultwarden_failed_auth auth_fail 192.0.2.7 ann")
	f(api+"admin][ERROR] Invalid admin token. IP: 192.0.2.7", "vaultwarden_failed_admin_auth auth_fail 192.0.2.7 -")
	f(api+"core::two_factor::authenticator][ERROR] Invalid TOTP code! Server time: 2026-08-22 10:00:00 UTC IP: 192.0.2.7", "vaultwarden_failed_2fa_totp auth_fail 192.0.2.7 -")
	f(api+"core::two_factor::email][ERROR] Token is invalid! IP: 192.0.2.7", "vaultwarden_failed_2fa_email auth_fail 192.0.2.7 -")
	f(api+"identity][INFO] User ann@example.org logged in successfully. IP: 192.0.2.7", "auth_success - 192.0.2.7 ann@example.org")
	f(api+"identity][ERROR] Username or password is incorrect. Try again. IP: 192.0.2.7. Username: x. IP: 203.0.113.9. Username: y.", "vaultwarden_failed_auth auth_fail 192.0.2.7 x. IP: 203.0.113.9. Username: y")
	f(api+"identity][ERROR] x: Invalid admin token. IP: 203.0.113.9", "not understood")
	f("[2026-08-22 10:00:00.123][request][INFO] POST /identity/connect/token Username or password is incorrect. Try again. IP: 203.0.113.9. Username: x.", "not understood")

	f = appLines(t, "", "vaultwarden[7]")
	f(api+"identity][ERROR] Username or password is incorrect. Try again. IP: 192.0.2.7. Username: ann@example.org.", "vaultwarden_failed_auth auth_fail 192.0.2.7 ann@example.org")
}

func TestWordPressLines(t *testing.T) {
	f := appLines(t, "", "wordpress(blog.example)[7]")
	f("Authentication failure for ann from 192.0.2.7", "wordpress_failed_auth auth_fail 192.0.2.7 ann")
	f("Authentication attempt for unknown user ann b from 2001:db8::7", "wordpress_failed_auth auth_fail 2001:db8::7 ann b")
	f("XML-RPC authentication failure for ann from 192.0.2.7", "wordpress_failed_auth auth_fail 192.0.2.7 ann")
	f("XML-RPC multicall authentication failure from 192.0.2.7", "wordpress_failed_auth auth_fail 192.0.2.7 -")
	f("Blocked authentication attempt for admin from 192.0.2.7", "wordpress_failed_auth auth_fail 192.0.2.7 admin")
	f("Blocked user enumeration attempt from 192.0.2.7", "wordpress_probing probing 192.0.2.7 -")
	f("Pingback error 17 generated from 192.0.2.7", "wordpress_probing probing 192.0.2.7 -")
	f("Accepted password for ann from 192.0.2.7", "auth_success - 192.0.2.7 ann")
	f("Authentication failure for ann from host.example", "not understood")
	f("Authentication failure for x from 203.0.113.9 from 192.0.2.7", "wordpress_failed_auth auth_fail 192.0.2.7 x from 203.0.113.9")
	f("Authentication attempt for unknown user Accepted password for x from 203.0.113.9 from 192.0.2.7", "wordpress_failed_auth auth_fail 192.0.2.7 Accepted password for x from 203.0.113.9")
	f("Spam comment 4 marked by 192.0.2.7", "not understood")
}
