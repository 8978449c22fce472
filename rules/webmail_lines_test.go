package rules_test

import "testing"

func TestEximLines(t *testing.T) {
	f := appLines(t, "exim", "its own log")
	const at, from = "2026-08-22 10:00:00 ", "H=mail.example (ehlo.example) [192.0.2.7]"
	f(at+"login authenticator failed for mail.example (ehlo.example) [192.0.2.7]: 535 Incorrect authentication data (set_id=ann)", "exim_failed_auth auth_fail 192.0.2.7 ann")
	f(at+"[77] plain_server authenticator failed for ([198.51.100.9]) [192.0.2.7]:4022 I=[198.51.100.1]:25: 535 Incorrect authentication data (set_id=ann@example.org)", "exim_failed_auth auth_fail 192.0.2.7 ann@example.org")
	f(at+"dovecot_login authenticator failed for (x) [2001:db8::7]: 535 Incorrect authentication data", "exim_failed_auth auth_fail 2001:db8::7 -")
	f(at+"dovecot_plain authenticator failed for H=(x) [192.0.2.7]:4022: 535 Incorrect authentication data (set_id=ann)", "exim_failed_auth auth_fail 192.0.2.7 ann")
	f(at+from+" F=<a@example.org> rejected RCPT <b@example.net>: relay not permitted", "spam-attempt relay_denied 192.0.2.7 -")
	f(at+from+" F=<a@example.org> rejected RCPT <b@example.net>: Unrouteable address", "spam-attempt user_unknown 192.0.2.7 -")
	f(at+from+":4022 I=[198.51.100.1]:25 X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no F=<a@example.org> rejected RCPT <b@example.net>: found in list.example", "spam-attempt rejected 192.0.2.7 -")
	f(at+"1abcde-0001Xy-2Z "+from+" rejected after DATA: This message contains a virus", "spam-attempt rejected 192.0.2.7 -")
	f(at+"H=(x) [2001:db8::7] rejected EHLO or HELO x: syntactically invalid argument(s)", "spam-attempt rejected 2001:db8::7 -")
	f(at+"1abcde-0001Xy-2Z SA: Action: silently tossed message: score=31.0 required=5.0 (scanned in 6/6 secs | Message-Id: x@y). From <a@example.org> (host=NULL [192.0.2.7]) for b@example.net", "spam-attempt rejected 192.0.2.7 -")
	f(at+`SMTP protocol error in "AUTH LOGIN" H=(x) [192.0.2.7] AUTH command used when not advertised`, "spam-attempt protocol 192.0.2.7 -")
	f(at+`SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=[192.0.2.7] input="EHLO x\r\n"`, "spam-attempt protocol 192.0.2.7 -")
	f(at+`SMTP call from mail.example [192.0.2.7] dropped: too many nonmail commands (last was "RSET")`, "spam-attempt protocol 192.0.2.7 -")
	f(at+"no MAIL in SMTP connection from (x) [192.0.2.7] D=4s C=EHLO,AUTH", "spam-attempt no_mail 192.0.2.7 -")
	f(at+`H=mail.example [192.0.2.7]:4022 temporarily rejected connection in "connect" ACL: "Host is ratelimited"`, "spam-attempt rate 192.0.2.7 -")
	f(at+from+" F=<a@example.org> temporarily rejected RCPT <b@example.net>: greylisted", "not understood")
	f(at+"1abcde-0001Xy-2Z <= a@example.org "+from+" P=esmtps S=1234", "not understood")
	// The name in brackets, the addresses and the commands are the client's.
	f(at+"login authenticator failed for (x) [203.0.113.9]: 535 y) [192.0.2.7]: 535 Incorrect authentication data", "not understood")
	f(at+"login authenticator failed for (x) [192.0.2.7]: 535 Incorrect authentication data (set_id=y (z) [203.0.113.9]: 535 Incorrect authentication data)", "not understood")
	f(at+from+` F=<"H=x [203.0.113.9] rejected RCPT "@example.org> rejected RCPT <b@example.net>: Unrouteable address`, "spam-attempt user_unknown 192.0.2.7 -")
	f(at+`F=<"x H=y [203.0.113.9] rejected RCPT "@example.org> H=x [192.0.2.7] rejected RCPT <b>: Unrouteable address`, "not understood")
	f(at+"1abcde-0001Xy-2Z SA: Action: silently tossed message: (scanned in 6/6 secs | Message-Id: x (host=NULL [203.0.113.9]) for y). From <> (host=NULL [192.0.2.7]) for b", "not understood")
	f(at+`SMTP protocol error in "x" H=(x) [203.0.113.9] y" H=(x) [192.0.2.7] AUTH command used when not advertised`, "not understood")

	f = appLines(t, "", "exim[7]")
	f(at+"login authenticator failed for (x) [192.0.2.7]: 535 Incorrect authentication data (set_id=ann)", "exim_failed_auth auth_fail 192.0.2.7 ann")
	f("login authenticator failed for (x) [192.0.2.7]: 535 Incorrect authentication data (set_id=ann)", "exim_failed_auth auth_fail 192.0.2.7 ann")
}

func TestWebmailLines(t *testing.T) {
	f := appLines(t, "roundcube", "Roundcube's own log")
	const at, answer = "[22-Aug-2026 10:00:00 +0200]: ", ". AUTHENTICATE PLAIN: Authentication failed. in /usr/share/roundcube/program/lib/rcube_imap.php on line 211 (POST /?_task=login)"
	const want = "webmail_failed_auth auth_fail 192.0.2.7 ann"
	f(at+"FAILED login for ann from 192.0.2.7", want)
	f(at+"<a1b2> Failed login for ann from 192.0.2.7 in session a1b2c3 (error: 0)", want)
	f(at+"<a1b2> IMAP Error: Login failed for ann from 192.0.2.7"+answer, want)
	f(at+"<a1b2> IMAP Error: Login failed for ann against mail.example from 2001:db8::7"+answer, "webmail_failed_auth auth_fail 2001:db8::7 ann")
	f(at+"IMAP Error: Login failed for ann from 192.0.2.7(X-Real-IP: 198.51.100.9,X-Forwarded-For: 198.51.100.8)"+answer, want)
	f(at+"<a1b2> Successful login for ann (ID: 7) from 192.0.2.7 in session a1b2c3", "not understood")
	// The name and the headers are the client's; the answer of the mail server may repeat the name.
	f(at+"FAILED login for x from 203.0.113.9 from 192.0.2.7", "webmail_failed_auth auth_fail 192.0.2.7 x from 203.0.113.9")
	f(at+"IMAP Error: Login failed for x from 203.0.113.9. from 192.0.2.7. AUTHENTICATE PLAIN: A0002 NO user=x from 203.0.113.9. in /usr/x.php on line 1 (POST /)", "webmail_failed_auth auth_fail 192.0.2.7 x from 203.0.113.9.")
	f(at+"IMAP Error: Login failed for x from 203.0.113.9. AUTHENTICATE PLAIN from 192.0.2.7"+answer, "not understood")
	const down = ". Could not connect to mail.example:143: Connection refused in /usr/x.php on line 1 (POST /)"
	f(at+"IMAP Error: Login failed for x from 203.0.113.9. LOGIN from 192.0.2.7"+down, "not understood")
	f(at+"IMAP Error: Login failed for x from 203.0.113.9. LOGIN from 192.0.2.7(X-Forwarded-For: (y))"+down, "not understood")
	f(at+"IMAP Error: Login failed for x from 192.0.2.7. LOGIN: NO y from 203.0.113.9", "not understood")
	f(at+"IMAP Error: Login failed for x from 192.0.2.7(X-Forwarded-For: y from 203.0.113.9(z)"+answer, "not understood")
	f(at+"IMAP Error: Login failed for x from 192.0.2.7(X-Forwarded-For: y from 203.0.113.9. LOGIN)"+answer, "not understood")

	f = appLines(t, "sogo", "SOGo's own log")
	const sogo = "Aug 22 10:00:00 sogod [77]: SOGoRootPage Login from '"
	f(sogo+"192.0.2.7' for user 'ann' might not have worked - password policy: 65535  grace: -1  expire: -1  bound: 0", want)
	f(sogo+"192.0.2.7, 10.0.0.1' for user 'ann' might not have worked", want)
	f(sogo+"203.0.113.9, 192.0.2.7, 10.0.0.1' for user 'ann' might not have worked", want)
	f(sogo+"10.0.0.9, 203.0.113.9, 192.0.2.7' for user 'ann' might not have worked", want)
	f(sogo+"192.0.2.7' for user 'x' might not have worked SOGoRootPage Login from '203.0.113.9' for user 'y' might not have worked", "not understood")

	f = appLines(t, "", "cyrus/imap[77]")
	f("badlogin: mail.example [192.0.2.7] plaintext ann SASL(-13): authentication failure: checkpass failed", "webmail_failed_auth auth_fail 192.0.2.7 -")
	f("badlogin: [2001:db8::7] PLAIN authentication failure", "webmail_failed_auth auth_fail 2001:db8::7 -")
	f("badlogin: mail.example[192.0.2.7] plaintext x [203.0.113.9] SASL(-13)", "webmail_failed_auth auth_fail 192.0.2.7 -")
	f("login: mail.example [192.0.2.7] ann plaintext User logged in", "not understood")
}

func TestMongoDBLines(t *testing.T) {
	e := engine(t)
	f := func(want string, lines ...string) {
		t.Helper()
		var got string
		for _, line := range lines {
			got = said(parse(t, e, "mongodb", line))
		}
		if got != want {
			t.Errorf("%q\n got %s\nwant %s", lines, got, want)
		}
	}
	f("mongodb_failed_auth auth_fail 192.0.2.7 ann", `{"t":{"$date":"2026-08-22T10:00:00.123+00:00"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn7","msg":"Authentication failed","attr":{"mechanism":"SCRAM-SHA-256","principalName":"ann","authenticationDatabase":"admin","remote":"192.0.2.7:4022","error":"x"}}`)
	f("mongodb_failed_auth auth_fail 2001:db8::7 ann", `{"t":{"$date":"2026-08-22T10:00:00.123+00:00"},"s":"I","c":"ACCESS","id":5286307,"ctx":"conn7","msg":"Failed to authenticate","attr":{"client":"[2001:db8::7]:4022","user":"ann","db":"admin"}}`)
	f("not understood", `{"t":{"$date":"2026-08-22T10:00:00.123+00:00"},"s":"I","c":"NETWORK","id":1,"ctx":"conn7","msg":"Connection ended","attr":{"remote":"192.0.2.7:4022"}}`)
	const at = "2026-08-22T10:00:00.123+0000 "
	f("mongodb_failed_auth auth_fail 192.0.2.7 ann", at+"I ACCESS   [conn7] SCRAM-SHA-1 authentication failed for ann on admin from client 192.0.2.7:4022 ; UserNotFound: x")
	f("not understood", at+"I ACCESS   [conn7] SCRAM-SHA-1 authentication failed for x on y from client 203.0.113.9:1 on admin from client 192.0.2.7:4022 ; UserNotFound: x")
	// The oldest text tells of the address later.
	f("mongodb_failed_auth auth_fail 192.0.2.7 ann@admin", at+"[conn8] Failed to authenticate ann@admin with mechanism MONGODB-CR: AuthenticationFailed key mismatch", at+"[conn8] end connection 192.0.2.7:4022 (0 connections now open)")
	f("- - 192.0.2.7 -", at+"[conn9] end connection 192.0.2.7:4022 (0 connections now open)")
}

func TestForgeLines(t *testing.T) {
	f := appLines(t, "gitea", "its own log")
	const at = "2026/08/22 10:00:00 ...ers/web/auth/auth.go:199:SignInPost() [W] "
	f(at+"[64e1] Failed authentication attempt for ann from 192.0.2.7:4022: user does not exist [uid: 0, name: ann, keyid: 0]", "gitea_failed_auth auth_fail 192.0.2.7 ann")
	f(at+"Failed authentication attempt for ann b from [2001:db8::7]:4022", "gitea_failed_auth auth_fail 2001:db8::7 ann b")
	f("2026/08/22 10:00:00 \x1b[32m...ers/web/auth/auth.go:199:\x1b[32mSignInPost()\x1b[0m \x1b[1;33m[W]\x1b[0m Failed authentication attempt for \x1b[1mann\x1b[0m from \x1b[1m192.0.2.7:4022\x1b[0m: x", "gitea_failed_auth auth_fail 192.0.2.7 ann")
	f(at+"Failed authentication attempt for x from 203.0.113.9:1: y from 192.0.2.7:4022: user does not exist", "not understood")
	f("2026/08/22 10:00:00 [I] router: completed GET /user/login for 192.0.2.7:0, 200 OK", "not understood")

	f = appLines(t, "grafana", "its own log")
	const msg = ` level=error msg="Invalid username or password" error="user not found" `
	f("logger=context userId=0 orgId=0 uname= t=2026-08-22T10:00:00.123456789+02:00"+msg+"remote_addr=192.0.2.7 traceID=", "grafana_failed_auth auth_fail 192.0.2.7 -")
	f("t=2026-08-22T10:00:00+0000 lvl=eror"+msg+"remote_addr=[2001:db8::7]", "grafana_failed_auth auth_fail 2001:db8::7 -")
	f("t=2026-08-22T10:00:00+0000 lvl=eror"+msg+`path="/x remote_addr=203.0.113.9 " remote_addr=192.0.2.7`, "not understood")
	f("t=2026-08-22T10:00:00+0000 lvl=eror"+msg+`path="/x\" remote_addr=203.0.113.9 " status=401`, "not understood")
	f(`{"error":"user not found","level":"error","msg":"Invalid username or password","remote_addr":"192.0.2.7","t":"2026-08-22T10:00:00.1+02:00"}`, "grafana_failed_auth auth_fail 192.0.2.7 -")
	f("logger=context t=2026-08-22T10:00:00+02:00 level=info msg=\"Request Completed\" remote_addr=192.0.2.7 status=302", "not understood")
}

func TestFTPDLines(t *testing.T) {
	const want = "ftp_failed_auth auth_fail 192.0.2.7 ann"
	f := appLines(t, "", "proftpd[7]")
	f("198.51.100.1 (mail.example[192.0.2.7]) - USER ann (Login failed): Incorrect password.", want)
	f("host (192.0.2.7[192.0.2.7]): USER ann (Login failed): No such user found", want)
	f("host (::ffff:192.0.2.7[::ffff:192.0.2.7]) - USER ann: no such user found from mail.example [192.0.2.7] to ::ffff:198.51.100.1:21", want)
	f("host (mail.example[2001:db8::7]) - Maximum login attempts (3) exceeded, connection refused", "ftp_failed_auth auth_fail 2001:db8::7 -")
	f("host (mail.example[192.0.2.7]) - SECURITY VIOLATION: Root login attempted", "ftp_failed_auth auth_fail 192.0.2.7 -")
	f("host (mail.example[192.0.2.7]) - USER ann: Login successful.", "auth_success - 192.0.2.7 ann")
	f("host (mail.example[192.0.2.7]) - FTP session opened.", "not understood")
	f("host (mail.example[192.0.2.7]) - USER x: no such user found from x [203.0.113.9] to y: no such user found from mail.example [192.0.2.7] to 198.51.100.1:21", "ftp_failed_auth auth_fail 192.0.2.7 x: no such user found from x [203.0.113.9] to y")
	f("host (mail.example[192.0.2.7]) - USER host (x[203.0.113.9]) - USER y (Login failed) (Login failed): x", "ftp_failed_auth auth_fail 192.0.2.7 host (x[203.0.113.9]) - USER y (Login failed)")
	f = appLines(t, "", "pure-ftpd")
	f("(?@192.0.2.7) [WARNING] Authentication failed for user [ann]", want)
	f("(?@2001:db8::7) [WARNING] Authentication failed for user [x] (?@203.0.113.9) [WARNING] Authentication failed for user [y]", "ftp_failed_auth auth_fail 2001:db8::7 y")
	f("(?@192.0.2.7) [INFO] ann is now logged in", "auth_success - 192.0.2.7 ann")
	f("(?@192.0.2.7) [INFO] New connection from 192.0.2.7", "not understood")
	f = appLines(t, "", "wu-ftpd[7]")
	f("failed login from mail.example [192.0.2.7]", "ftp_failed_auth auth_fail 192.0.2.7 -")
	f("pam_unix(wu-ftpd:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=192.0.2.7  user=ann", want)
	f("pam_unix(wu-ftpd:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=192.0.2.7  user=x rhost=203.0.113.9", "not understood")
}

func TestBitwardenLines(t *testing.T) {
	f := appLines(t, "bitwarden", "its own log")
	f("2026-08-22 10:00:00.123 +02:00 [WRN] Failed login attempt. 192.0.2.7", "vaultwarden_failed_auth auth_fail 192.0.2.7 -")
	f("2026-08-22 10:00:00.123 +02:00 [WRN] Failed login attempt, 2FA invalid. 2001:db8::7", "vaultwarden_failed_auth auth_fail 2001:db8::7 -")
	f("2026-08-22 10:00:00.123 +02:00 [INF] User logged in. 192.0.2.7", "not understood")
	f = appLines(t, "", "Bitwarden-Identity[1]")
	f("[Bit.Core.IdentityServer.ResourceOwnerPasswordValidator] Failed login attempt. 192.0.2.7", "vaultwarden_failed_auth auth_fail 192.0.2.7 -")
}
