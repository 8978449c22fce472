package rules_test

import (
	"cmp"
	"strings"
	"testing"

	"tocsin.example/internal/event"
)

// said sums up what the parsers made of a line: log type, sub type, address, user; "-" for what is not there.
func said(v *event.View) string {
	if v == nil {
		return "not understood"
	}
	var out []string
	for _, key := range []string{"log_type", "sub_type", "source_ip"} {
		out = append(out, cmp.Or(v.Meta[key], "-"))
	}
	user := cmp.Or(v.Meta["target_user"], v.Meta["user"], v.Meta["username"], "-")
	return strings.Join(append(out, user), " ")
}

func TestSSHDLines(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		for _, program := range []string{"sshd", "sshd-session", "sshd-auth"} {
			v := parse(t, e, "syslog", "2026-08-22T10:00:00.123456+02:00 host "+program+"[77]: "+message)
			if got := said(v); got != want {
				t.Errorf("%s: %q\n got %s\nwant %s", program, message, got, want)
			}
		}
	}
	f("Failed password for root from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 root")
	f("Failed password for root from 2001:db8::7 port 4022 ssh2", "ssh_failed-auth secret_refused 2001:db8::7 root")
	f("Failed password for root from ::ffff:192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 root")
	f("Failed password for invalid user john doe from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 john doe")
	f("Failed password for illegal user x from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 x")
	f("Failed password for invalid user  from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 -")
	f("Failed password for root from 192.0.2.7 port 4022 ssh2 [preauth]", "ssh_failed-auth secret_refused 192.0.2.7 root")
	f("message repeated 2 times: [ Failed password for root from 192.0.2.7 port 4022 ssh2]", "ssh_failed-auth secret_refused 192.0.2.7 root")
	f("Failed keyboard-interactive for x from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 x")
	f("Failed keyboard-interactive/pam for x from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth repeated 192.0.2.7 x")
	f("Failed none for invalid user x from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth repeated 192.0.2.7 x")
	f("Failed publickey for ann from 192.0.2.7 port 4022 ssh2: ED25519 SHA256:1M4RzhMyWuFS/86uPY+ce2prh", "ssh_failed-auth key_refused 192.0.2.7 ann")
	f("Failed publickey for ann from 192.0.2.7 port 4022 ssh2: RSA MD5:aa:bb:cc", "ssh_failed-auth key_refused 192.0.2.7 ann")
	f("error: PAM: Authentication failure for ann from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 ann")
	f("error: PAM: User not known to the underlying authentication module for illegal user x from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 x")
	f("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=ann", "ssh_failed-auth repeated 192.0.2.7 ann")
	f("pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=2001:db8::7 user=ann", "ssh_failed-auth repeated 2001:db8::7 ann")
	f("PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7", "ssh_failed-auth repeated 192.0.2.7 -")
	f("Invalid user admin from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 admin")
	f("Invalid user admin from 192.0.2.7", "ssh_failed-auth user_refused 192.0.2.7 admin")
	f("Invalid user  from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 -")
	f("User root from 192.0.2.7 not allowed because not listed in AllowUsers", "ssh_failed-auth user_refused 192.0.2.7 root")
	f("User ann from 192.0.2.7 not allowed because none of user's groups are listed in AllowGroups", "ssh_failed-auth user_refused 192.0.2.7 ann")
	f("Connection closed by authenticating user root 192.0.2.7 port 4022 [preauth]", "ssh_failed-auth gave_up 192.0.2.7 root")
	f("Connection reset by authenticating user root 2001:db8::7 port 4022 [preauth]", "ssh_failed-auth gave_up 2001:db8::7 root")
	f("Disconnected from authenticating user root 192.0.2.7 port 4022 [preauth]", "ssh_failed-auth gave_up 192.0.2.7 root")
	f("Disconnected from invalid user admin 192.0.2.7 port 4022 [preauth]", "ssh_failed-auth repeated 192.0.2.7 admin")
	f("error: maximum authentication attempts exceeded for root from 192.0.2.7 port 4022 ssh2 [preauth]", "ssh_failed-auth gave_up 192.0.2.7 root")
	f("error: maximum authentication attempts exceeded for invalid user x from 192.0.2.7 port 4022 ssh2 [preauth]", "ssh_failed-auth repeated 192.0.2.7 x")
	f("Disconnecting authenticating user root 192.0.2.7 port 4022: Too many authentication failures [preauth]", "ssh_failed-auth repeated 192.0.2.7 root")
	f("Accepted password for ann from 192.0.2.7 port 4022 ssh2", "auth_success - 192.0.2.7 ann")
	f("Accepted publickey for ann from 2001:db8::7 port 4022 ssh2: ED25519 SHA256:1M4RzhMyWuFS/86uPY", "auth_success - 2001:db8::7 ann")
	f("Connection closed by 192.0.2.7 port 4022 [preauth]", "ssh_no-auth - 192.0.2.7 -")
	f("Connection closed by 192.0.2.7 port 4022", "ssh_no-auth - 192.0.2.7 -")
	f("Received disconnect from 192.0.2.7 port 4022:11: Bye Bye [preauth]", "ssh_no-auth - 192.0.2.7 -")
	f("Did not receive identification string from 192.0.2.7 port 4022", "ssh_no-auth - 192.0.2.7 -")
	f(`Bad protocol version identification '\026\003\001' from 192.0.2.7 port 4022`, "ssh_bad_banner - 192.0.2.7 -")
	f("banner exchange: Connection from 192.0.2.7 port 4022: invalid format", "ssh_bad_banner - 192.0.2.7 -")
	f("Unable to negotiate with 192.0.2.7 port 4022: no matching MAC found. Their offer: hmac-sha1 [preauth]", "ssh_bad_keyexchange - 192.0.2.7 -")
	f("fatal: Timeout before authentication for 192.0.2.7 port 4022", "ssh_auth_timeout - 192.0.2.7 -")
	f("Timeout before authentication for connection from 192.0.2.7 to 198.51.100.1, pid = 8", "ssh_auth_timeout - 192.0.2.7 -")
	f("ssh_dispatch_run_fatal: Connection from 192.0.2.7 port 4022: message authentication code incorrect [preauth]", "ssh_dispatch_fatal - 192.0.2.7 -")
	f("ssh_dispatch_run_fatal: Connection from authenticating user root 192.0.2.7 port 4022: Broken pipe [preauth]", "ssh_dispatch_fatal - 192.0.2.7 root")
	f("refused connect from host.example (192.0.2.7)", "ssh_refused_conn - 192.0.2.7 -")
	f("refused connect from _x=_@::ffff:192.0.2.7 (::ffff:192.0.2.7)", "ssh_refused_conn - 192.0.2.7 -")
	f("drop connection #1 from [192.0.2.7]:4022 on [198.51.100.1]:22 penalty: failed authentication", "ssh_refused_conn - 192.0.2.7 -")
	f("drop connection #9 from [2001:db8::7]:4022 on [2001:db8::1]:22 past MaxStartups", "ssh_refused_conn - 2001:db8::7 -")
	// These are how a session ends, and no failure.
	f("Received disconnect from 192.0.2.7 port 4022:11: disconnected by user", "not understood")
	f("Disconnected from user ann 192.0.2.7 port 4022", "not understood")
	f("pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)", "not understood")
	f("Server listening on 0.0.0.0 port 22.", "not understood")
}

// The client chooses the name of the user, and much else. It must not choose whom to ban.
func TestSSHDForgery(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		if got := said(parse(t, e, "syslog", "2026-08-22T10:00:00Z host sshd[77]: "+message)); got != want {
			t.Errorf("%q\n got %s\nwant %s", message, got, want)
		}
	}
	const tail = " from 198.51.100.9 port 22 ssh2"
	f("Failed password for invalid user x"+tail+" from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 x"+tail)
	f("Failed password for invalid user x"+tail+": RSA SHA256:abc from 192.0.2.7 port 4022 ssh2: RSA SHA256:abc", "ssh_failed-auth secret_refused 192.0.2.7 x"+tail+": RSA SHA256:abc")
	f("Invalid user x from 198.51.100.9 port 22 from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 x from 198.51.100.9 port 22")
	f("Invalid user x from 198.51.100.9 from 192.0.2.7", "ssh_failed-auth user_refused 192.0.2.7 x from 198.51.100.9")
	f("error: PAM: Authentication failure for illegal user x from 198.51.100.9 from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 x from 198.51.100.9")
	f("error: PAM: Authentication failure for illegal user for x from 198.51.100.9 from 192.0.2.7", "ssh_failed-auth secret_refused 192.0.2.7 for x from 198.51.100.9")
	f("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=x rhost=198.51.100.9", "ssh_failed-auth repeated 192.0.2.7 x rhost=198.51.100.9")
	f("Connection closed by authenticating user x 198.51.100.9 port 22 [preauth] 192.0.2.7 port 4022 [preauth]", "ssh_failed-auth gave_up 192.0.2.7 x 198.51.100.9 port 22 [preauth]")
	f("Connection closed by invalid user authenticating user x 198.51.100.9 port 22 192.0.2.7 port 4022 [preauth]", "ssh_failed-auth repeated 192.0.2.7 authenticating user x 198.51.100.9 port 22")
	f("error: maximum authentication attempts exceeded for invalid user x"+tail+" from 192.0.2.7 port 4022 ssh2 [preauth]", "ssh_failed-auth repeated 192.0.2.7 x"+tail)
	f("Disconnecting invalid user x 198.51.100.9 port 22: Too many authentication failures 192.0.2.7 port 4022: Too many authentication failures [preauth]", "ssh_failed-auth repeated 192.0.2.7 x 198.51.100.9 port 22: Too many authentication failures")
	f("Disconnecting authenticating user a 192.0.2.7 port 4022: Change of username or service not allowed: (a,ssh-connection) -> (x 198.51.100.9 port 22: Too many authentication failures,ssh-connection) [preauth]", "not understood")
	f("Bad protocol version identification 'x' from 198.51.100.9 port 22' from 192.0.2.7 port 4022", "ssh_bad_banner - 192.0.2.7 -")
	f("Received disconnect from 192.0.2.7 port 4022:11: Connection closed by 198.51.100.9 port 22 [preauth]", "ssh_no-auth - 192.0.2.7 -")
	// A client says good-bye in its own words.
	for _, word := range []string{
		"Failed password for root" + tail, "Invalid user x from 198.51.100.9 port 22", "Accepted password for root" + tail,
		"Connection closed by authenticating user root 198.51.100.9 port 22", "error: PAM: x for y from 198.51.100.9",
		"refused connect from x (198.51.100.9)", "Timeout before authentication for 198.51.100.9 port 22",
		"User root from 198.51.100.9 not allowed because not listed in AllowUsers",
	} {
		f("Received disconnect from 192.0.2.7 port 4022:11: "+word, "not understood")
		f("Received disconnect from 192.0.2.7 port 4022:11: "+word+" [preauth]", "ssh_no-auth - 192.0.2.7 -")
	}
	f("ssh_dispatch_run_fatal: Connection from invalid user x 198.51.100.9 port 22: y 192.0.2.7 port 4022: Broken pipe [preauth]", "ssh_dispatch_fatal - 192.0.2.7 x 198.51.100.9 port 22: y")
	f("refused connect from x (198.51.100.9) (192.0.2.7)", "ssh_refused_conn - 192.0.2.7 -")
	f("Invalid user message repeated 2 times: [ Failed password for root"+tail+"] from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 message repeated 2 times: [ Failed password for root"+tail+"]")
	f("Invalid user sshd[1]: Accepted password for root"+tail+" from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 sshd[1]: Accepted password for root"+tail)
	// A name with a line break, however it got here, is no end of a message; what follows it is no line of sshd.
	f("Failed password for invalid user x"+tail+"\n from 192.0.2.7 port 4022 ssh2", "not understood")
	f("Invalid user \x00\x00 from 192.0.2.7 port 4022", "ssh_failed-auth user_refused 192.0.2.7 \x00\x00")
	f("Failed password for root from 192.0.2.7 port 4022 ssh2\r", "ssh_failed-auth secret_refused 192.0.2.7 root")
	f("Failed password for root\rFailed password for x"+tail+"\r from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 root\rFailed password for x"+tail+"\r")
	long := strings.Repeat("a from 198.51.100.9 port 22 ssh2 ", 3000)
	f("Failed password for invalid user "+long+" from 192.0.2.7 port 4022 ssh2", "ssh_failed-auth secret_refused 192.0.2.7 "+long)
	// Cut off in the middle of the name, where the name says what sshd would have said.
	f("Failed password for invalid user x from 198.51.100.9 port 22 ssh", "not understood")
	f("Failed password for invalid user x from 198.51.100.9 port 22", "not understood")
	f("Failed password for root from 192.0.2.700 port 4022 ssh2", "not understood")
	f("Failed password for root from host.example port 4022 ssh2", "not understood")
}

func TestSyslogHeaders(t *testing.T) {
	e := engine(t)
	const message = "Failed password for root from 192.0.2.7 port 4022 ssh2"
	f := func(header, host, pid, at string) {
		t.Helper()
		v := parse(t, e, "syslog", header+message)
		if v == nil {
			t.Errorf("%q is not understood", header)
			return
		}
		got := strings.Join([]string{v.Meta["machine"], v.Parsed["pid"], v.MarshaledTime, v.Parsed["message"]}, "|")
		if want := strings.Join([]string{host, pid, at, message}, "|"); got != want {
			t.Errorf("%q\n got %s\nwant %s", header, got, want)
		}
	}
	f("Aug  2 10:00:00 host sshd[7]: ", "host", "7", "2026-08-02T10:00:00Z")
	f("<38>Aug  2 10:00:00 host sshd: ", "host", "", "2026-08-02T10:00:00Z")
	f("Aug  2 10:00:00 <auth.info> host sshd[7]: ", "host", "7", "2026-08-02T10:00:00Z")
	f("Aug  2 10:00:00 2001:db8::1 sshd[7]: ", "2001:db8::1", "7", "2026-08-02T10:00:00Z")
	f("2026-08-02T10:00:00.123456+02:00 host.example sshd[7]: ", "host.example", "7", "2026-08-02T10:00:00.123456+02:00")
	f("2026-08-02T10:00:00Z host sshd[7]: ", "host", "7", "2026-08-02T10:00:00Z")
	f("<38>1 2026-08-02T10:00:00.5Z host sshd 7 - - ", "host", "7", "2026-08-02T10:00:00.5Z")
	f("<38>1 2026-08-02T10:00:00Z - sshd - ID47 - \ufeff", "", "", "2026-08-02T10:00:00Z")
	f(`<38>1 2026-08-02T10:00:00Z host sshd 7 - [a@1 b="c\]d" e="\"f] "][g] `, "host", "7", "2026-08-02T10:00:00Z")
	for _, raw := range []string{
		"", "-- MARK --", "Aug  2 10:00:00 host", message, "Aug  2 10:00:00 host sshd[7] " + message,
		"<38>1 2026-08-02T10:00:00Z host sshd", "Aug 2 10:00:00\thost sshd[7]: " + message,
	} {
		if v := parse(t, e, "syslog", raw); v != nil {
			t.Errorf("%q is understood: %s", raw, said(v))
		}
	}
}

func TestNginxLines(t *testing.T) {
	e := engine(t)
	f := func(line, want string) {
		t.Helper()
		for _, as := range [][2]string{{"nginx", ""}, {"syslog", "Aug  2 10:00:00 web nginx: "}} {
			v := parse(t, e, as[0], as[1]+line)
			got := "not understood"
			if v != nil {
				got = strings.Join([]string{
					v.Meta["log_type"], v.Meta["source_ip"], v.Meta["http_verb"], v.Meta["http_path"], v.Meta["http_args_len"],
					v.Meta["http_status"], v.Parsed["file_name"], v.Parsed["static_ressource"], v.MarshaledTime,
				}, "|")
			}
			if got != want {
				t.Errorf("%s: %q\n got %s\nwant %s", as[0], line, got, want)
			}
		}
	}
	const at, when = " [22/Aug/2026:10:00:00 +0200] ", "|2026-08-22T10:00:00+02:00"
	f(`192.0.2.7 - -`+at+`"GET /a/b.html?x=1&y=2 HTTP/1.1" 200 612 "-" "curl/8.0"`, "http_access-log|192.0.2.7|GET|/a/b.html|7|200|b.html|false"+when)
	f(`2001:db8::7 - ann`+at+`"POST / HTTP/2.0" 404 0 "https://a.example/?b=c" "Mozilla/5.0 (X11)" "-" 0.003`, "http_access-log|2001:db8::7|POST|/|0|404||false"+when)
	f(`::ffff:192.0.2.7 - -`+at+`"GET /i/Logo.PNG HTTP/1.1" 200 612 "-" "-"`, "http_access-log|192.0.2.7|GET|/i/Logo.PNG|0|200|Logo.PNG|true"+when)
	f(`www.a.example 192.0.2.7 - -`+at+`"GET /.env HTTP/1.1" 404 -`, "http_access-log|192.0.2.7|GET|/.env|0|404|.env|false"+when)
	f(`192.0.2.7 - -`+at+`"PROPFIND /dav/x HTTP/1.1" 207 612 "-" "-"`, "http_access-log|192.0.2.7|PROPFIND|/dav/x|0|207|x|false"+when)
	f(`192.0.2.7 - -`+at+`"GET /.well-known/assetlinks.json HTTP/1.1" 404 1 "-" "-"`, "http_access-log|192.0.2.7|GET|/.well-known/assetlinks.json|0|404|assetlinks.json|true"+when)
	f(`192.0.2.7 - -`+at+`"GET /.well-known/x.php HTTP/1.1" 404 1 "-" "-"`, "http_access-log|192.0.2.7|GET|/.well-known/x.php|0|404|x.php|false"+when)
	f(`192.0.2.7 - -`+at+`"\x16\x03\x01\x00t\x01" 400 157 "-" "-"`, `http_access-log|192.0.2.7||\x16\x03\x01\x00t\x01|0|400||false`+when)
	f(`192.0.2.7 - -`+at+`"" 400 0 "-" "-"`, "http_access-log|192.0.2.7|||0|400||false"+when)
	f(`2026/08/22 10:00:00 [error] 7#7: *17 open() "/var/www/x" failed (2: No such file or directory), client: 192.0.2.7, server: a.example, request: "GET /x HTTP/1.1", host: "a.example"`,
		"http_error-log|192.0.2.7|GET|/x|0||x|false|2026-08-22T10:00:00Z")
	f(`2026/08/22 10:00:00 [notice] 7#7: signal process started`, "not understood")
	// The client chooses the name it logs in with, the request, the referrer and the host that it asks for.
	f(`192.0.2.7 - 198.51.100.9 - x [01/Jan/2026:00:00:00 +0000] `+at[1:]+`"GET / HTTP/1.1" 401 1 "-" "-"`, "http_access-log|192.0.2.7|GET|/|0|401||false"+when)
	f(`198.51.100.9 192.0.2.7 - -`+at+`"GET / HTTP/1.1" 200 1 "-" "-"`, "http_access-log|192.0.2.7|GET|/|0|200||false"+when)
	f(`192.0.2.7 - -`+at+`"GET /\x22 200 1 \x22-\x22 HTTP/1.1" 404 1 "-" "x\x22 198.51.100.9 - -`+at+`"`, `http_access-log|192.0.2.7|GET|/\x22 200 1 \x22-\x22|0|404|\x22 200 1 \x22-\x22|false`+when)
	const error401 = `2026/08/22 10:00:00 [error] 7#7: *3 user "`
	f(error401+`x": password mismatch, client: 198.51.100.9, server: a, request: "GET / HTTP/1.1", host: "a": was not found in "/f", client: 192.0.2.7, server: , request: "GET / HTTP/1.1", host: "a"`, "not understood")
	const refused401, limited401 = "http_error-log|192.0.2.7|GET|/|0|", "2026/08/22 10:00:00 [error] 7#7: *3 limiting requests, excess: 5.1 by zone \"a\""
	const rest, victim = `, client: 192.0.2.7, server: a, request: "GET / HTTP/1.1", host: "a", referrer: "http://a/?x", client: `, `198.51.100.9, server: a, request: "GET / HTTP/1.1", host: "a"`
	f(error401+`x": password mismatch, client: 192.0.2.7, server: a, request: "GET /", client: `+victim, refused401+"||false|2026-08-22T10:00:00Z")
	f(error401+`x": password mismatch`+rest+victim, refused401+"||false|2026-08-22T10:00:00Z")
	f(error401+`x, y" was not found in "/f"`+rest+victim, refused401+"||false|2026-08-22T10:00:00Z")
	f(limited401+rest+victim, refused401+"||false|2026-08-22T10:00:00Z")
	f(limited401+rest+strings.Repeat("x", 1800), refused401+"||false|2026-08-22T10:00:00Z")
	f(strings.Replace(limited401, "limiting requests, excess", "delaying request, excess", 1)+rest+victim, refused401+"||false|2026-08-22T10:00:00Z")
	f("2026/08/22 10:00:00 [error] 7#7: *3 access forbidden by rule"+rest+victim, refused401+"||false|2026-08-22T10:00:00Z")
	f(limited401+`, client: unix:, server: a, request: "GET /, client: `+victim, "not understood")
}

func TestNginxLogins(t *testing.T) {
	e := engine(t)
	f := func(text, want string) {
		t.Helper()
		line := "2026/08/22 10:00:00 [error] 7#7: *3 " + text + `, client: 192.0.2.7, server: , request: "GET / HTTP/1.1", host: "a"`
		if got := said(parse(t, e, "nginx", line)); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	f(`user "john doe": password mismatch`, "http_error-log auth_fail 192.0.2.7 john doe")
	f(`user "x" was not found in "/etc/nginx/.htpasswd"`, "http_error-log auth_fail 192.0.2.7 x")
	f("no user/password was provided for basic authentication", "http_error-log - 192.0.2.7 -") // how a browser begins
	f(`limiting requests, excess: 1.852 by zone "one"`, "http_error-log req_limit_exceeded 192.0.2.7 -")
}

func TestPrivateAddresses(t *testing.T) {
	e := engine(t)
	f := func(address string, want bool) {
		t.Helper()
		v := parse(t, e, "nginx", address+` - - [22/Aug/2026:10:00:00 +0200] "GET / HTTP/1.1" 404 1 "-" "-"`)
		if v == nil || v.Whitelisted != want {
			t.Errorf("%s: understood %t, whitelisted %t; want %t", address, v != nil, v != nil && v.Whitelisted, want)
		}
	}
	for _, a := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "100.64.0.1", "100.127.255.255", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"} {
		f(a, true)
	}
	for _, a := range []string{"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.169.0.1", "100.63.255.255", "100.128.0.0", "2001:db8::1", "::2", "fec0::1", "::ffff:192.0.2.7"} {
		f(a, false)
	}
}
