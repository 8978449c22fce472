package traffic

import (
	"fmt"
	"strings"
	"time"
)

// login writes all that is said of one try to log in.
type login func(w *world, at time.Time, from, user string, ok bool)

// sshPassword is a try over SSH by password.
func sshPassword(w *world, at time.Time, from, user string, ok bool) {
	sshd, port := w.process("sshd-session"), w.port()
	if ok {
		w.sshOpen(at, sshd, from, port, user, "Accepted password for %s from %s port %d ssh2")
		return
	}
	if known(user) {
		w.log(at, sshd, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s  user=%s", from, user)
		w.log(at.Add(2*time.Second), sshd, "Failed password for %s from %s port %d ssh2", user, from, port)
		w.log(at.Add(2500*time.Millisecond), sshd, "Connection closed by authenticating user %s %s port %d [preauth]", user, from, port)
		return
	}
	w.log(at, sshd, "Invalid user %s from %s port %d", user, from, port)
	w.log(at.Add(200*time.Millisecond), sshd, "pam_unix(sshd:auth): check pass; user unknown")
	w.log(at.Add(200*time.Millisecond), sshd, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s", from)
	w.log(at.Add(2*time.Second), sshd, "Failed password for invalid user %s from %s port %d ssh2", user, from, port)
	w.log(at.Add(2500*time.Millisecond), sshd, "Connection closed by invalid user %s %s port %d [preauth]", user, from, port)
}

// sshKey is a try over SSH by a key; one that fails leaves no more than the end of the connection.
func sshKey(w *world, at time.Time, from, user string, ok bool) {
	sshd, port := w.process("sshd-session"), w.port()
	if ok {
		w.sshOpen(at, sshd, from, port, user, "Accepted publickey for %s from %s port %d ssh2: ED25519 SHA256:"+w.hex(43))
		return
	}
	state := "authenticating"
	if !known(user) {
		state = "invalid"
		w.log(at, sshd, "Invalid user %s from %s port %d", user, from, port)
	}
	w.log(at.Add(300*time.Millisecond), sshd, "Connection closed by %s user %s %s port %d [preauth]", state, user, from, port)
}

// sshOpen is a session from its login to its end.
func (w *world) sshOpen(at time.Time, sshd, from string, port int, user, how string) {
	w.log(at, sshd, how, user, from, port)
	w.log(at.Add(30*time.Millisecond), sshd, "pam_unix(sshd:session): session opened for user %s(uid=1001) by %s(uid=0)", user, user)
	at = at.Add(w.seconds(2, 900))
	w.log(at, sshd, "Received disconnect from %s port %d:11: disconnected by user", from, port)
	w.log(at, sshd, "Disconnected from user %s %s port %d", user, from, port)
	w.log(at, sshd, "pam_unix(sshd:session): session closed for user %s", user)
}

// timeout is a login that took too long.
func (w *world) timeout(at time.Time, from string) {
	if w.old {
		w.log(at, w.process("sshd"), "fatal: Timeout before authentication for %s port %d", from, w.port())
		return
	}
	w.log(at, w.process("sshd"), "Timeout before authentication for connection from %s to %s, pid = %d", from, machineIP, w.between(800, 99_999))
}

// known says whether there is such a user.
func known(user string) bool { return strings.Contains(staff, " "+user+" ") }

const staff = " root ann ben carla deploy dmitri elif backup git jonas mei sven tariq uma vera wim yara zoe "

func (w *world) person() string { return w.pick(strings.Fields(staff)[1:]) }

// mailName is the name of somebody's mailbox.
func mailName(user string) string { return user + "@example.net" }

func imap(w *world, at time.Time, from, user string, ok bool) {
	session := w.hex(16)
	if ok {
		w.log(at, "dovecot", "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=%s, mpid=%d, TLS, session=<%s>", mailName(user), from, machineIP, w.between(900, 99_999), session)
		w.log(at.Add(w.seconds(1, 600)), "dovecot", "imap(%s)<%d><%s>: Disconnected: Logged out in=%d out=%d deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0",
			mailName(user), w.between(900, 99_999), session, w.between(60, 900), w.between(500, 90_000))
		return
	}
	how := "Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed)" // Dovecot 2.4
	if w.old {
		how = "Disconnected: Connection closed (auth failed, 1 attempts in 2 secs)"
	}
	w.log(at, "dovecot", "imap-login: %s: user=<%s>, method=PLAIN, rip=%s, lip=%s, TLS, session=<%s>", how, mailName(user), from, machineIP, session)
}

// imapNothing is a connection that ends before a login.
func (w *world) imapNothing(at time.Time, from string) {
	how := "Login aborted: Connection closed (no auth attempts in 0 secs) (no_auth_attempts)"
	if w.old {
		how = "Disconnected: Connection closed (no auth attempts in 0 secs)"
	}
	w.log(at, "dovecot", "imap-login: %s: user=<>, rip=%s, lip=%s, session=<%s>", how, from, machineIP, w.hex(16))
}

func smtp(w *world, at time.Time, from, user string, ok bool) {
	smtpd := w.process("postfix/submission/smtpd")
	w.log(at, smtpd, "connect from unknown[%s]", from)
	if ok {
		id := strings.ToUpper(w.hex(10))
		w.log(at.Add(time.Second), smtpd, "%s: client=unknown[%s], sasl_method=PLAIN, sasl_username=%s", id, from, mailName(user))
		w.log(at.Add(2*time.Second), smtpd, "disconnect from unknown[%s] ehlo=2 starttls=1 auth=1 mail=1 rcpt=1 data=1 quit=1 commands=8", from)
		return
	}
	w.log(at.Add(time.Second), smtpd, "warning: unknown[%s]: SASL PLAIN authentication failed: authentication failure, sasl_username=%s", from, mailName(user))
	w.log(at.Add(2*time.Second), smtpd, "disconnect from unknown[%s] ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5", from)
}

func ftp(w *world, at time.Time, from, user string, ok bool) {
	pid, word := w.between(900, 99_999), "FAIL"
	if ok {
		word = "OK"
	}
	line := func(at time.Time, who, text string) {
		w.say(at, vsftpd, fmt.Sprintf(`%s [pid %d] %s%s: Client "%s"`, at.Format(time.ANSIC), pid, who, text, from))
	}
	line(at, "", "CONNECT")
	line(at.Add(2*time.Second), "["+user+"] ", word+" LOGIN")
}

func mysqlLogin(w *world, at time.Time, from, user string, ok bool) {
	if !ok { // a login that succeeds is not said
		w.say(at, mysql, fmt.Sprintf("%s %d [Note] [MY-010926] [Server] Access denied for user '%s'@'%s' (using password: YES)",
			at.Format("2006-01-02T15:04:05.000000Z"), w.between(8, 9000), user, from))
	}
}

func postgresLogin(w *world, at time.Time, from, user string, ok bool) {
	prefix := fmt.Sprintf("%s [%d] %s %s@shop ", at.Format("2006-01-02 15:04:05.000 MST"), w.between(900, 99_999), from, user)
	if ok {
		w.say(at, postgres, prefix+fmt.Sprintf("LOG:  connection authorized: user=%s database=shop SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)", user))
		return
	}
	w.say(at, postgres, prefix+fmt.Sprintf(`FATAL:  password authentication failed for user "%s"`, user))
	w.say(at, postgres, prefix+`DETAIL:  Connection matched file "/etc/postgresql/17/main/pg_hba.conf" line 125: "hostssl all all 0.0.0.0/0 scram-sha-256"`)
}

func nextcloudLogin(w *world, at time.Time, from, user string, ok bool) {
	c := client{w: w, from: from, agent: agents[0]}
	if ok {
		c.do(at, "POST", "/login", 303)
		c.get(at.Add(time.Second), "/apps/dashboard/", 200)
		return
	}
	c.do(at, "POST", "/login", 303)
	c.get(at.Add(300*time.Millisecond), "/login?direct=1&user="+user, 200)
	w.say(at, nextcloud, fmt.Sprintf(`{"reqId":"%s","level":2,"time":"%s","remoteAddr":"%s","user":"--","app":"no app in context","method":"POST","url":"/login",`+
		`"message":"Login failed: %s (Remote IP: %s)","userAgent":"%s","version":"31.0.8.1","data":{"app":"core"}}`,
		w.hex(20), at.Format("2006-01-02T15:04:05-07:00"), from, user, from, agents[0]))
}

func vaultLogin(w *world, at time.Time, from, user string, ok bool) {
	c := client{w: w, from: from, agent: agents[0]}
	c.do(at, "POST", "/identity/accounts/prelogin", 200)
	if ok {
		c.do(at.Add(time.Second), "POST", "/identity/connect/token", 200)
		c.get(at.Add(2*time.Second), "/api/sync?excludeDomains=true", 200)
		return
	}
	c.do(at.Add(time.Second), "POST", "/identity/connect/token", 400)
	w.say(at.Add(time.Second), vaultwarden, fmt.Sprintf("[%s][vaultwarden::api::identity][ERROR] Username or password is incorrect. Try again. IP: %s. Username: %s.",
		at.Add(time.Second).Format("2006-01-02 15:04:05.000"), from, mailName(user)))
}

// basicLogin is HTTP's own authentication at nginx: the access log and the error log.
func basicLogin(w *world, at time.Time, from, user string, ok bool) {
	c := client{w: w, from: from, agent: agents[1], user: user}
	if ok {
		c.get(at, "/private/", 200)
		return
	}
	c.get(at, "/private/", 401)
	w.say(at, string(Nginx), fmt.Sprintf(`%s [error] %d#%d: *%d user "%s": password mismatch, client: %s, server: %s, request: "GET /private/ HTTP/1.1", host: "%s"`,
		at.Format("2006/01/02 15:04:05"), 812, 812, w.between(1, 900_000), user, from, siteName, siteName))
}

// apacheLogin is the same at Apache httpd.
func apacheLogin(w *world, at time.Time, from, user string, ok bool) {
	c := client{w: w, from: from, agent: agents[1], user: user}
	if ok {
		c.get(at, "/intern/", 200)
		return
	}
	c.get(at, "/intern/", 401)
	pid, port := w.between(900, 9999), w.port()
	where := fmt.Sprintf("%s:%d", from, port)
	if strings.Contains(from, ":") {
		where = fmt.Sprintf("[%s]:%d", from, port)
	}
	w.say(at, string(Apache), fmt.Sprintf(`[%s] [auth_basic:error] [pid %d:tid %d] [client %s] AH01617: user %s: authentication failure for "/intern/": Password Mismatch`,
		at.Format("Mon Jan 02 15:04:05.000000 2006"), pid, pid+4, where, user))
}

// webLogin is a form that answers 401 when the password is wrong.
func webLogin(w *world, at time.Time, from, _ string, ok bool) {
	c := client{w: w, from: from, agent: agents[2], page: "/login"}
	if ok {
		c.do(at, "POST", "/login", 302)
		c.get(at.Add(200*time.Millisecond), "/account", 200)
		return
	}
	c.do(at, "POST", "/login", 401)
}

// wpLogin is WordPress, which answers 200 when the password is wrong.
func wpLogin(w *world, at time.Time, from, _ string, ok bool) {
	c := client{w: w, from: from, agent: agents[3], page: "/wp-login.php"}
	if ok {
		c.do(at, "POST", "/wp-login.php", 302)
		c.get(at.Add(200*time.Millisecond), "/wp-admin/", 200)
		return
	}
	c.do(at, "POST", "/wp-login.php", 200)
}

// services are all at which people mistype.
func everyLogin() []login {
	return []login{
		sshPassword, imap, smtp, ftp, webLogin, wpLogin, nextcloudLogin, vaultLogin, basicLogin, apacheLogin, mysqlLogin, postgresLogin,
	}
}

// mistypes tries wrong passwords, then the right one, as people do.
func (w *world) mistypes(at time.Time, try login, from, user string, wrong int) {
	for range wrong {
		try(w, at, from, user, false)
		at = at.Add(w.seconds(3, 8))
	}
	try(w, at.Add(w.seconds(2, 20)), from, user, true)
}
