package rules_test

import (
	"strings"
	"testing"

	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
)

// web sums up what the parsers made of a line of a web server: log type, sub type or how a login ended, address, user, verb, path, status and
// host; "-" for what is not there.
func web(v *event.View) string {
	if v == nil {
		return "not understood"
	}
	var out []string
	for _, key := range []string{"log_type", "sub_type", "source_ip", "user", "http_verb", "http_path", "http_status", "target_fqdn"} {
		text := v.Meta[key]
		if key == "user" && text == "" {
			text = v.Meta["username"]
		}
		if key == "sub_type" && text == "" {
			text = v.Meta["auth_status"]
		}
		if text == "" {
			text = "-"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// webTester gives a function that tells whether lines of a kind become what is wanted.
func webTester(t *testing.T, e *detect.Engine, kind string) func(line, want string) {
	t.Helper()
	return func(line, want string) {
		t.Helper()
		if got := web(parse(t, e, kind, line)); got != want {
			t.Errorf("%s: %s\n got %s\nwant %s", kind, line, got, want)
		}
	}
}

func TestApacheAccess(t *testing.T) {
	f := webTester(t, engine(t), "apache2")
	const at = ` [22/Aug/2026:10:00:00 +0200] `
	f(`192.0.2.7 - -`+at+`"GET /a?b=c HTTP/1.1" 200 12`, "http_access-log - 192.0.2.7 - GET /a 200 -")
	f(`192.0.2.7 - ann`+at+`"GET /a HTTP/1.1" 401 381 "-" "curl/8.0"`, "http_access-log failed 192.0.2.7 ann GET /a 401 -")
	f(`192.0.2.7 - john doe`+at+`"GET /a HTTP/1.1" 200 381 "-" "curl/8.0"`, "http_access-log success 192.0.2.7 john doe GET /a 200 -")
	f(`192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 401 381 "-" "curl/8.0"`, "http_access-log - 192.0.2.7 - GET /a 401 -")
	f(`192.0.2.7 - ""`+at+`"GET /a HTTP/1.1" 401 381`, "http_access-log - 192.0.2.7 - GET /a 401 -")
	f(`2001:db8::7 - -`+at+`"GET /a HTTP/2.0" 304 - "https://a.example/" "Mozilla/5.0" 17 "x"`, "http_access-log - 2001:db8::7 - GET /a 304 -")
	f(`::ffff:192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 404 9`, "http_access-log - 192.0.2.7 - GET /a 404 -")
	f(`www.a.example:443 192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 200 9 "-" "-"`, "http_access-log - 192.0.2.7 - GET /a 200 www.a.example")
	f(`www.a.example 192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 403 9 "-" "-"`, "http_access-log - 192.0.2.7 - GET /a 403 www.a.example")
	f(`198.51.100.1:80 192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 403 9 "-" "-"`, "http_access-log - 192.0.2.7 - GET /a 403 -")
	f(`[2001:db8::1]:443 2001:db8::7 - -`+at+`"GET /a HTTP/1.1" 403 9 "-" "-"`, "http_access-log - 2001:db8::7 - GET /a 403 -")
	f(`192.0.2.7 - -`+at+`"-" 408 - "-" "-"`, "http_access-log - 192.0.2.7 - - - 408 -")
	f(`192.0.2.7 - -`+at+`"\x16\x03\x01" 400 226 "-" "-"`, `http_access-log - 192.0.2.7 - - \x16\x03\x01 400 -`)
	f(`192.0.2.7 - -`+at+`"GET /\"a HTTP/1.1" 404 226 "\"" "\" \""`, `http_access-log - 192.0.2.7 - GET /\"a 404 -`)
	f(`host.example - -`+at+`"GET / HTTP/1.1" 404 226 "-" "-"`, "not understood")
	// What the client chooses: its user name, its request, its agent, what its identd says, and the host's name.
	f(`192.0.2.7 - 198.51.100.9 - x`+at+`"GET /a HTTP/1.1" 401 1`, "http_access-log failed 192.0.2.7 198.51.100.9 - x GET /a 401 -")
	f(`192.0.2.7 198.51.100.9 - x`+at+`"GET /a HTTP/1.1" 401 1`, "not understood")
	f(`198.51.100.9 192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 401 1`, "not understood")
	f(`2001:db8::7 198.51.100.9 - x`+at+`"GET /a HTTP/1.1" 401 1`, "not understood")
	f(`192.0.2.7 - x [22/Aug/2026:10:00:00 +0000] \"GET /b HTTP/1.1\" 200 1`+at+`"GET /a HTTP/1.1" 401 1`, `http_access-log failed 192.0.2.7 x [22/Aug/2026:10:00:00 +0000] \"GET /b HTTP/1.1\" 200 1 GET /a 401 -`)
	f(`192.0.2.7 - -`+at+`"GET /\" 200 1 HTTP/1.1" 404 1 "-" "x\" 198.51.100.9 - -`+at+`"`, `http_access-log - 192.0.2.7 - GET /\" 200 1 404 -`)
}

func TestApacheErrors(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		for head, address := range map[string]string{
			"[Sat Aug 22 10:00:00 2026] [error] [client 192.0.2.7] ":                                                    "192.0.2.7",
			"[Sat Aug 22 10:00:00 2026] [error] [client 2001:db8::7:4022] ":                                             "2001:db8::7:4022",
			"[Sat Aug 22 10:00:00.123456 2026] [core:error] [pid 7:tid 140123104306944] [client 192.0.2.7:4022] AH09: ": "192.0.2.7",
			"[Sat Aug 22 10:00:00.123456 2026] [core:error] [pid 7] [client 2001:db8::7:4022] ":                         "2001:db8::7",
			"[Sat Aug 22 10:00:00.123456 2026] [core:info] [pid 7] [client [2001:db8::7]:4022] ":                        "2001:db8::7",
			"[Sat Aug 22 10:00:00.123456 2026] [core:error] [pid 7] (13)Permission denied: [client 192.0.2.7:4022] ":    "192.0.2.7",
			"[Sat Aug 22 10:00:00 2026] [core:error] [pid 7] mod_x.c(12): [remote ::ffff:192.0.2.7:4022] AH01234: ":     "192.0.2.7",
			"[core:error] [pid 7] [client 192.0.2.7:4022] AH09: ":                                                       "192.0.2.7",
		} {
			if got, want := web(parse(t, e, "apache2", head+message)), strings.Replace(want, "A", address, 1); got != want {
				t.Errorf("%s%s\n got %s\nwant %s", head, message, got, want)
			}
		}
	}
	f(`user ann: authentication failure for "/b": Password Mismatch`, "http_error-log auth_fail A ann - - - -")
	f(`user 'ann': authentication failure for "/b": password Mismatch`, "http_error-log auth_fail A ann - - - -")
	f(`user john doe not found: /b, referer: https://a.example/`, "http_error-log auth_fail A john doe - - - -")
	f(`user  not found: /`, "http_error-log auth_fail A - - - - -")
	f(`user root not found`, "http_error-log auth_fail A root - - - -")
	f(`user ann: authorization failure for "/b": `, "http_error-log auth_fail A ann - - - -")
	f(`Digest: user ann: password mismatch: /b`, "http_error-log auth_fail A ann - - - -")
	f("user `ann' in realm `my place' not found: /b", "http_error-log auth_fail A ann - - - -")
	f("Digest: user `ann' in realm `my place' denied by provider: /b", "http_error-log auth_fail A ann - - - -")
	f("Digest: client used wrong authentication scheme `Basic': /b", "http_error-log auth_fail A - - - - -")
	f("client used wrong authentication scheme: /b", "http_error-log auth_fail A - - - - -")
	f("Digest: realm mismatch - got `far' but expected `near'", "http_error-log auth_fail A - - - - -")
	f("unknown algorithm `x' received: /b", "http_error-log auth_fail A - - - - -")
	f("invalid qop `x' received: /b", "http_error-log auth_fail A - - - - -")
	f("invalid nonce abc received - length is not 52", "http_error-log auth_fail A - - - - -")
	f("Digest: invalid nonce abc received - user attempted time travel", "http_error-log auth_fail A - - - - -")
	f("invalid nonce abc received - hash is not 6fda8bbc", "http_error-log - A - - - - -")
	f("nonce expired (0.17 seconds old - max lifetime 300.00) - sending new nonce", "http_error-log - A - - - - -")
	f("Authorization of user ann to access /b failed, reason: file owner bob does not match", "http_error-log auth_fail A ann - - - -")
	f("access to /b failed, reason: user 'ann' does not meet 'require'ments for user/valid-user to be allowed access", "http_error-log auth_fail A ann - - - -")
	f("auth_ldap authenticate: user ann authentication failed; URI /b [User not found][No such object]", "http_error-log auth_fail A ann - - - -")
	f("PAM: user 'ann' - not authenticated: Authentication failure", "http_error-log auth_fail A ann - - - -")
	f("client denied by server configuration: /srv/b, referer: http://x", "http_error-log permission_denied A - - /srv/b - -")
	f("client denied by server configuration: uri /server-status", "http_error-log permission_denied A - - /server-status - -")
	f("Directory index forbidden by Options directive: /srv/b/", "http_error-log index_denied A - - /srv/b/ - -")
	f("Cannot serve directory /srv/b/: No matching DirectoryIndex (index.html) found", "http_error-log index_denied A - - /srv/b/ - -")
	f("File does not exist: /srv/b c.php, referer: http://x", "http_error-log file_missing A - - /srv/b c.php - -")
	f("script '/srv/b.php' not found or unable to stat", "http_error-log script_missing A - - /srv/b.php - -")
	f("script not found or unable to stat: /usr/lib/cgi-bin/b", "http_error-log script_missing A - - /usr/lib/cgi-bin/b - -")
	f("stderr from /usr/lib/cgi-bin/b: script not found or unable to stat", "http_error-log script_missing A - - /usr/lib/cgi-bin/b - -")
	f(`Got error 'Primary script unknown\n'`, "http_error-log script_unknown A - - - - -")
	f("Got error 'PHP message: PHP Warning: x in /srv/b.php on line 1'", "http_error-log - A - - - - -")
	f("Invalid URI in request GET /../../etc/passwd HTTP/1.1", "http_error-log invalid_uri A - GET /../../etc/passwd - -")
	f(`Invalid URI in request \xf9h\xa9`, "http_error-log invalid_uri A - - - - -")
	f("Invalid method in request QUIT", "http_error-log invalid_uri A - - - - -")
	f("invalid URI path (/cgi-bin/.%2e/bin/sh)", "http_error-log invalid_uri A - - /cgi-bin/.%2e/bin/sh - -")
	f("request failed: URI too long (longer than 8190)", "http_error-log invalid_uri A - - - - -")
	f("client sent HTTP/1.1 request without hostname (see RFC2616 section 14.23): /", "http_error-log invalid_uri A - - - - -")
	f("Client sent malformed Host header: x'", "http_error-log invalid_uri A - - - - -")
	f("Cannot map GET /%00 HTTP/1.1 to file", "http_error-log invalid_uri A - - - - -")
	f("/bin/bash: warning: HTTP_X: ignoring function definition attempt", "http_error-log function_import A - - - - -")
	f("/bin/bash: error importing function definition for `HTTP_USER_AGENT'", "http_error-log function_import A - - - - -")
	f("Hostname a.example provided via SNI, but no hostname provided in HTTP request", "http_error-log sni_mismatch A - - - - -")
	f("Hostname a.example provided via SNI and hostname b.example provided via HTTP have no compatible SSL setup", "http_error-log sni_mismatch A - - - - -")
	f("SSL library error 1 in handshake (server a.example:443)", "http_error-log ssl_handshake_stopped A - - - - -")
	f(`ModSecurity: Access denied with code 403 (phase 2). Matched phrase "nikto" at REQUEST_HEADERS:User-Agent. [file "/etc/x.conf"] [line "9"] [id "913100"] [msg "Found a scanner"] [severity "CRITICAL"] [hostname "a.example"] [uri "/b"] [unique_id "x"]`,
		"modsecurity waf_blocked A - - /b - a.example")
	f(`[client 192.0.2.7] ModSecurity: Warning. Pattern match [file "/etc/x.conf"] [line "9"] [id "920350"] [msg "Host is a number"] [severity "WARNING"] [hostname "a.example"] [uri "/b"] [unique_id "x"]`,
		"modsecurity - A - - /b - a.example")
	f("Timeout waiting for output from CGI script /srv/b", "http_error-log - A - - - - -")
	// What the client says is only ever behind its address.
	f("File does not exist: /srv/[client 198.51.100.9] user root not found", "http_error-log file_missing A - - /srv/[client 198.51.100.9] user root not found - -")
	f("user x: [client 198.51.100.9] user root not found: /b", "http_error-log auth_fail A x: [client 198.51.100.9] user root - - - -")

	g := webTester(t, e, "syslog")
	g("Aug 22 10:00:00 a httpd/one[7]: [authz_core:error] [pid 7] [client 192.0.2.7:4022] AH01630: client denied by server configuration: /srv/b", "http_error-log permission_denied 192.0.2.7 - - /srv/b - -")
	g("Aug 22 10:00:00 a apache2[7]: [error] [client 2001:db8::7] user ann not found: /b", "http_error-log auth_fail 2001:db8::7 ann - - - -")
	h := webTester(t, e, "httpd")
	h("Aug 22 10:00:00 a httpd[7]: [error] [client 192.0.2.7] user ann not found: /b", "http_error-log auth_fail 192.0.2.7 ann - - - -")
	h("2026-08-22T10:00:00Z a httpd[7]: [error] [client 192.0.2.7] user ann not found: /b", "http_error-log auth_fail 192.0.2.7 ann - - - -")
	h(`192.0.2.7 - x[7]: [error] [client 198.51.100.9] user ann not found: [22/Aug/2026:10:00:00 +0200] "GET / HTTP/1.1" 401 x`, "not understood")
	h("[Sat Aug 22 10:00:00.5 2026] [evasive20:error] [pid 7] [client 192.0.2.7:4022] client denied by server configuration: /srv/b", "http_error-log - 192.0.2.7 - - - - -")
	h("Aug 22 10:00:00 a httpd[7]: [error] [client 192.0.2.7] user ann not found: /b", "http_error-log auth_fail 192.0.2.7 ann - - - -")
	h("2026-08-22T10:00:00Z a httpd[7]: [error] [client 192.0.2.7] user ann not found: /b", "http_error-log auth_fail 192.0.2.7 ann - - - -")
	h(`192.0.2.7 - x[7]: [error] [client 198.51.100.9] user ann not found: [22/Aug/2026:10:00:00 +0200] "GET / HTTP/1.1" 401 x`, "not understood")
	h("[Sat Aug 22 10:00:00.5 2026] [mpm_event:notice] [pid 7:tid 8] AH00489: Apache/2.4.62 (Unix) configured -- resuming normal operations", "not understood")
}

func TestNginxForms(t *testing.T) {
	f := webTester(t, engine(t), "nginx")
	const at = ` [22/Aug/2026:10:00:00 +0200] `
	f(`192.0.2.7 - ann`+at+`"GET /a HTTP/1.1" 401 381 "-" "curl/8.0"`, "http_access-log failed 192.0.2.7 ann GET /a 401 -")
	f(`192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 401 381 "-" "curl/8.0"`, "http_access-log - 192.0.2.7 - GET /a 401 -")
	f(`a nginx[7]: 192.0.2.7 - -`+at+`"GET /a HTTP/1.1" 200 381`, "http_access-log - 192.0.2.7 - GET /a 200 -")
	f(`192.0.2.7 - -`+at+`"GET /a HTTP/2.0" 404 9 "-" "x" 464 0.000 [default-a-80] [] 198.51.100.9:80 13 0.000 404 db9a2e`, "http_access-log - 192.0.2.7 - GET /a 404 -")
	f(`192.0.2.7 - nginx: 198.51.100.9 - x`+at+`"GET /a HTTP/2.0" 401 9 "-" "x"`, "http_access-log failed 192.0.2.7 nginx: 198.51.100.9 - x GET /a 401 -")
	// JSON, by the names of the variables and by other names.
	f(`{"time_iso8601":"2026-08-22T10:00:00+02:00","remote_addr":"192.0.2.7","remote_user":"ann","request":"GET /a?b=\u0022 HTTP/1.1","status":"401","body_bytes_sent":"9","http_user_agent":"curl/8.0","host":"a.example"}`,
		"http_access-log failed 192.0.2.7 ann GET /a 401 a.example")
	f(`{"msec":1787392800.123,"remote_addr":"2001:db8::7","request_method":"POST","request_uri":"/a","status":404,"server_name":"a.example"}`,
		"http_access-log - 2001:db8::7 - POST /a 404 a.example")
	f(`{"ts":1787392800,"client_ip":"::ffff:192.0.2.7","method":"GET","uri":"/a","status":200}`, "http_access-log - 192.0.2.7 - GET /a 200 -")
	f(`{"@timestamp":"2026-08-22T10:00:00Z","source":{"ip":"192.0.2.7"},"http":{"request":{"method":"GET"},"response":{"status_code":404}},"url":{"original":"/a?x"},"user_agent":{"original":"x"}}`,
		"http_access-log - 192.0.2.7 - GET /a 404 -")
	f(`{"source":"nginx","time":"2026-08-22T10:00:00Z","nginx":{"remote_addr":"192.0.2.7","request":"GET /a HTTP/1.1","status":"404"}}`,
		"http_access-log - 192.0.2.7 - GET /a 404 -")
	f(`{"remote_addr":"host.example","request":"GET /a HTTP/1.1","status":"404"}`, "not understood")
	f(`{"remote_addr":"unix:","request":"GET /a HTTP/1.1","status":"404"}`, "not understood")
	f(`{"remote_addr":17,"request":["GET"],"status":{}}`, "not understood")
	f(`{"remote_addr":"192.0.2.7","request":"GET /a`, "not understood")
	f(`{"remote_addr":"192.0.2.7","request":"GET /\",\"remote_addr\":\"198.51.100.9\" HTTP/1.1","status":"404"}`,
		`http_access-log - 192.0.2.7 - GET /","remote_addr":"198.51.100.9" 404 -`)
	// Nginx Proxy Manager and NPMplus.
	f(`[22/Aug/2026:10:00:00 +0000] - 404 404 - GET https a.example "/a" [Client 192.0.2.7] [Length 12] [Gzip -] [Sent-to 198.51.100.1] "curl/8.0" "-"`,
		"http_access-log - 192.0.2.7 - GET /a 404 a.example")
	f(`[22/Aug/2026:10:00:00 +0000] 404 - GET https a.example "/a [Client 198.51.100.9] [Length 1]" [Client 2001:db8::7] [Length 12] [Gzip 2.10] "curl/8.0" "-"`,
		"http_access-log - 2001:db8::7 - GET /a [Client 198.51.100.9] [Length 1] 404 a.example")
	f(`[22/Aug/2026:10:00:00 +0000] 198.51.100.9 192.0.2.7 0.012 "GET /a HTTP/2.0" 404 12 150 - curl/8.0`, "http_access-log - 192.0.2.7 - GET /a 404 198.51.100.9")
}

func TestNginxErrors(t *testing.T) {
	e := engine(t)
	f := func(message, want string) {
		t.Helper()
		for _, head := range []string{"", "a nginx[7]: ", "a nginx[7]: a nginx: ", "Aug 22 10:00:00 a nginx[7]: ", "2026-08-22T10:00:00+02:00 a nginx: "} {
			line := head + "2026/08/22 10:00:00 [error] 7#7: *3 " + message + `, client: 192.0.2.7, server: a.example, request: "GET /b?c HTTP/1.1", host: "a.example"`
			if got, want := web(parse(t, e, "nginx", line)), strings.Replace(want, "R", "GET /b", 1); got != want {
				t.Errorf("%s\n got %s\nwant %s", line, got, want)
			}
		}
	}
	f(`user "ann" was not found in "/etc/nginx/htpasswd"`, "http_error-log auth_fail 192.0.2.7 ann R - a.example")
	f(`PAM: user 'ann' - not authenticated: Authentication failure`, "http_error-log auth_fail 192.0.2.7 ann R - a.example")
	f(`limiting requests, excess: 1.852 by zone "one"`, "http_error-log req_limit_exceeded 192.0.2.7 - R - a.example")
	f(`limiting requests, dry run, excess: 1.852 by zone "one"`, "http_error-log - 192.0.2.7 - R - a.example")
	f(`limiting connections by zone "one"`, "http_error-log req_limit_exceeded 192.0.2.7 - R - a.example")
	f(`delaying request, excess: 0.841, by zone "one"`, "http_error-log req_delayed 192.0.2.7 - R - a.example")
	f(`access forbidden by rule`, "http_error-log permission_denied 192.0.2.7 - R - a.example")
	f(`directory index of "/srv/www/" is forbidden`, "http_error-log index_denied 192.0.2.7 - R - a.example")
	f(`open() "/srv/www/b" failed (2: No such file or directory)`, "http_error-log file_missing 192.0.2.7 - R - a.example")
	f(`open() "/srv/www/b" failed (13: Permission denied)`, "http_error-log - 192.0.2.7 - R - a.example")
	f(`"/srv/www/b/index.html" is not found (2: No such file or directory)`, "http_error-log file_missing 192.0.2.7 - R - a.example")
	f(`FastCGI sent in stderr: "Primary script unknown" while reading response header from upstream`, "http_error-log script_unknown 192.0.2.7 - R - a.example")
	f(`FastCGI sent in stderr: "PHP message: PHP Warning: x" while reading response header from upstream`, "http_error-log - 192.0.2.7 - R - a.example")
	f(`client sent invalid host header while reading client request headers`, "http_error-log invalid_uri 192.0.2.7 - R - a.example")
	f(`client intended to send too large body: 99 bytes`, "http_error-log - 192.0.2.7 - R - a.example")
	f(`connect() failed (111: Connection refused) while connecting to upstream`, "http_error-log - 192.0.2.7 - R - a.example")
	f(`[client 192.0.2.7] ModSecurity: Access denied with code 403 (phase 2). Matched "x" [file "/x"] [line "1"] [id "913100"] [rev ""] [msg "Found a scanner"] [data ""] [severity "2"] [hostname "198.51.100.1"] [uri "/b"] [unique_id "1"] [ref "x"]`,
		"modsecurity waf_blocked 192.0.2.7 - GET /b?c - a.example")

	g := webTester(t, e, "nginx")
	const head = "2026/08/22 10:00:00 [crit] 7#7: *3 "
	g(head+"SSL_do_handshake() failed (SSL: error:0A00006C:SSL routines::bad key share) while SSL handshaking, client: 2001:db8::7, server: 0.0.0.0:443", "http_error-log ssl_handshake_stopped 2001:db8::7 - - - - -")
	g(head+"SSL_do_handshake() failed (SSL: error:0A000416:SSL routines::ssl/tls alert certificate unknown:SSL alert number 46) while SSL handshaking, client: 192.0.2.7, server: 0.0.0.0:443", "http_error-log ssl_certificate_refused 192.0.2.7 - - - - -")
	g(head+`client login failed: "Invalid credentials" while in http auth state, client: 192.0.2.7, server: 0.0.0.0:143, login: "ann"`, "http_error-log auth_fail 192.0.2.7 - - - - -")
	g(head+`client sent invalid request while reading client request line, client: 192.0.2.7, server: _, request: "\x16\x03"`, "http_error-log invalid_uri 192.0.2.7 - - - - -")
	// A path so long that nginx cuts off the address that it writes itself.
	forged := head + `open() "/srv/x" failed (2: No such file or directory), client: 198.51.100.9, server: a, request: "GET / HTTP/1.1"`
	g(forged+strings.Repeat("x", 2047-len(forged)), "not understood")
	g((forged + strings.Repeat("é", 1000))[:2047], "not understood")
	g(head+`user "`+strings.Repeat("x", 1000)+`": password mismatch, client: 192.0.2.7, server: a.example, request: "GET / HTTP/1.1", host: "a"`, "http_error-log auth_fail 192.0.2.7 "+strings.Repeat("x", 1000)+" GET / - a.example")
	g(head+`user "é": password mismatch, client: 192.0.2.7, server: _, request: "GET / HTTP/1.1", host: "a"`, "http_error-log auth_fail 192.0.2.7 é GET / - -")
}
