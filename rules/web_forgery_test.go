package rules_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"tocsin.example/internal/detect"
)

// request is what a client says in a request; every server writes it in its own way.
type request struct{ user, path, referrer, agent, host string }

// The lines that servers write about a request of address, with whatever quoting each of them does. A line break ends a
// line: what is behind it would be another line, which no parser can tell from one of the server's.
var writers = []struct {
	kind  string
	write func(address string, r request) string
}{
	{"nginx", func(a string, r request) string {
		return fmt.Sprintf(`%s - %s [22/Aug/2026:10:00:00 +0000] "GET %s HTTP/1.1" 404 9 "%s" "%s"`, a, hex(r.user), hex(r.path), hex(r.referrer), hex(r.agent))
	}},
	{"nginx", func(a string, r request) string {
		return fmt.Sprintf(`%s %s - %s [22/Aug/2026:10:00:00 +0000] "GET %s HTTP/1.1" 404 9 "%s" "%s"`, word(r.host), a, hex(r.user), hex(r.path), hex(r.referrer), hex(r.agent))
	}},
	{"nginx", func(a string, r request) string {
		return fmt.Sprintf(`[22/Aug/2026:10:00:00 +0000] - 404 404 - GET https %s "%s" [Client %s] [Length 9] [Gzip -] "%s" "%s"`, word(r.host), hex(r.path), a, hex(r.agent), hex(r.referrer))
	}},
	{"nginx", func(a string, r request) string {
		return jsonLine(map[string]any{
			"remote_addr": a, "remote_user": r.user, "request": "GET " + r.path + " HTTP/1.1", "status": "404",
			"http_user_agent": r.agent, "host": r.host, "time_iso8601": "2026-08-22T10:00:00Z",
		})
	}},
	{"nginx", func(a string, r request) string {
		return nginxError(`user "`+name(r.user)+`": password mismatch`, a, r)
	}},
	{"nginx", func(a string, r request) string {
		return nginxError(`user "`+name(r.user)+`" was not found in "/etc/users"`, a, r)
	}},
	{"nginx", func(a string, r request) string {
		return nginxError(`open() "/srv/www/`+r.path+`" failed (2: No such file or directory)`, a, r)
	}},
	{"apache2", func(a string, r request) string {
		return fmt.Sprintf(`%s - %s [22/Aug/2026:10:00:00 +0000] "GET %s HTTP/1.1" 404 9 "%s" "%s"`, a, backslash(r.user), backslash(r.path), backslash(r.referrer), backslash(r.agent))
	}},
	{"apache2", func(a string, r request) string {
		return fmt.Sprintf(`a.example:80 %s - %s [22/Aug/2026:10:00:00 +0000] "GET %s HTTP/1.1" 404 9 "%s" "%s"`, a, backslash(r.user), backslash(r.path), backslash(r.referrer), backslash(r.agent))
	}},
	{"apache2", func(a string, r request) string {
		return "[Sat Aug 22 10:00:00.5 2026] [auth_basic:error] [pid 7] [client " + a + ":4022] AH01618: user " + backslash(r.user) + " not found: " + backslash(r.path) + ", referer: " + backslash(r.referrer)
	}},
	{"apache2", func(a string, r request) string {
		return "[Sat Aug 22 10:00:00 2026] [error] [client " + a + "] File does not exist: " + backslash(r.path) + ", referer: " + backslash(r.referrer)
	}},
	{"traefik", func(a string, r request) string {
		return fmt.Sprintf(`%s - %s [22/Aug/2026:10:00:00 +0000] "GET %s HTTP/1.1" 404 9 %q %q 7 "a@b" "http://x" 2ms`, a, r.user, strings.ReplaceAll(r.path, " ", "%20"), r.referrer, r.agent)
	}},
	{"traefik", func(a string, r request) string { // behind a proxy that adds to what the client sent
		return fmt.Sprintf(`%s, %s - %s [22/Aug/2026:10:00:00 +0000] "GET %s HTTP/1.1" 404 9 %q %q 7 "a@b" "http://x" 2ms`, r.host, a, r.user, strings.ReplaceAll(r.path, " ", "%20"), r.referrer, r.agent)
	}},
	{"traefik", func(a string, r request) string {
		return jsonLine(map[string]any{
			"ClientHost": r.host + ", " + a, "ClientUsername": r.user, "RequestMethod": "GET", "RequestPath": r.path,
			"DownstreamStatus": 404, "request_User-Agent": r.agent, "time": "2026-08-22T10:00:00Z",
		})
	}},
	{"caddy", func(a string, r request) string {
		return jsonLine(map[string]any{
			"ts": 1787392800.5, "logger": "http.log.access", "status": 404, "user_id": r.user,
			"request": map[string]any{
				"client_ip": a, "method": "GET", "uri": r.path, "host": r.host,
				"headers": map[string][]string{"User-Agent": {r.agent}, "Referer": {r.referrer}},
			},
		})
	}},
	{"haproxy", func(a string, r request) string {
		return fmt.Sprintf(`%s:4022 [22/Aug/2026:10:00:00.123] fe be/srv 0/0/0/1/1 404 9 - - ---- 0/0/0/0/0 0/0 {%s|%s} "GET %s HTTP/1.1"`, a, number(r.host), number(r.agent), number(r.path))
	}},
}

// hex is how nginx writes a variable into its access log.
func hex(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' || c < ' ' || c > '~' {
			fmt.Fprintf(&b, `\x%02X`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// backslash is how httpd writes into its logs.
func backslash(s string) string {
	quoted := strconv.QuoteToASCII(s)
	return quoted[1 : len(quoted)-1]
}

// number is how HAProxy writes what it captured.
func number(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(`{|}"#`, c) >= 0 || c < ' ' || c > '~' {
			fmt.Fprintf(&b, "#%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// word is a host as servers take it: without white space and quotes.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '"' || r > '~' {
			return -1
		}
		return r
	}, s)
}

// name is what a server takes for the name in credentials, which end at their first colon (RFC 7617).
func name(user string) string {
	user, _, _ = strings.Cut(user, ":")
	return user
}

// nginxError is a line of nginx's error log, cut where nginx cuts it.
func nginxError(message, address string, r request) string {
	line := fmt.Sprintf(`2026/08/22 10:00:00 [error] 7#7: *3 %s, client: %s, server: a.example, request: "GET %s HTTP/1.1", host: "%s", referrer: "%s"`,
		message, address, r.path, word(r.host), r.referrer)
	return line[:min(len(line), 2047)]
}

func jsonLine(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// forged reports the address that a server's line about address is blamed on when it is another one.
func forged(t testing.TB, e *detect.Engine, address string, r request) {
	t.Helper()
	for _, w := range writers {
		line, _, _ := strings.Cut(w.write(address, r), "\n")
		v := parse(t, e, w.kind, line)
		if v == nil {
			continue
		}
		if got := v.Meta["source_ip"]; got != "" && got != address {
			t.Errorf("%s: %s is blamed for %s\n%q", w.kind, got, address, line)
		}
	}
}

// No text of a client makes a line be blamed on somebody else, whichever server wrote it.
func FuzzWebForgery(f *testing.F) {
	e := engine(f)
	const victim = "198.51.100.9"
	for _, s := range []string{
		"ann", victim, victim + " - x", "x, " + victim + " - y", `x": password mismatch, client: ` + victim + `, server: , request: "GET /`,
		`/", client: ` + victim + `, server: a, request: "GET / HTTP/1.1`, `x [22/Aug/2026:10:00:00 +0000] "GET / HTTP/1.1" 404 9 "-" "-"`,
		"[client " + victim + "] user root not found: /", "nginx: " + victim + " - -", "haproxy: " + victim + ":1 [", `x\"`, `x\\" 404 9`,
		victim + ":1 [22/Aug/2026:10:00:00.123] fe be/srv 0/0/0/1/1 404 9", `{"remote_addr":"` + victim + `"}`,
		`" [Client ` + victim + `] [Length 1] [Gzip -] "`, "é", "\xff",
		`x": password mismatch, client: ` + victim + `, server: a, request: "GET / HTTP/1.1"` + strings.Repeat("x", 2000),
	} {
		f.Add(s, "/", "-", "curl", "a.example")
		f.Add("ann", s, "-", "curl", "a.example")
		f.Add("ann", "/", s, s, "a.example")
		f.Add("ann", "/", "-", "curl", s)
		f.Add(s, s, s, s, s)
	}
	f.Fuzz(func(t *testing.T, user, path, referrer, agent, host string) {
		for _, text := range []string{user, path, referrer, agent, host} {
			if len(text) > 4096 {
				return
			}
		}
		r := request{user, path, referrer, agent, host}
		forged(t, e, "192.0.2.7", r)
		forged(t, e, "2001:db8::7", r)
	})
}

// The same with what a forger would say, in any order.
func TestWebForgery(t *testing.T) {
	e := engine(t)
	const victim = "198.51.100.9"
	words := []string{
		victim, victim, "::ffff:" + victim, victim + ":4022", "[" + victim + "]", " - ", ", ", `"`, `": password mismatch`,
		`": was not found in "/f"`, ", client: ", ", client:", ", server: a", `, request: "GET / HTTP/1.1"`, `, host: "a"`,
		"[22/Aug/2026:10:00:00 +0000]", ` "GET / HTTP/1.1" `, "404 9", ` "-" "-"`, "[client ", "[error] ", "] ", "[", "x", " ", ": ",
		"nginx: ", "a nginx[7]: ", "haproxy: ", "haproxy[7]: ", "2026/08/22 10:00:00 [error] 7#7: ", "Aug 22 10:00:00 a httpd[7]: ",
		"[22/Aug/2026:10:00:00.123]", " fe be/srv 0/0/0/1/1 404 9 - - ---- 0/0/0/0/0 0/0 ", `\`, `{"remote_addr":"`, `"}`, "é", "\xff",
		"[Client ", "user root not found: /", `7 "a@b" "http://x" 2ms`, strings.Repeat("y", 900),
	}
	dice := rand.New(rand.NewPCG(3, 9))
	speak := func() string {
		var b strings.Builder
		for range dice.IntN(12) {
			b.WriteString(words[dice.IntN(len(words))])
		}
		return b.String()
	}
	for range 1_000 {
		r := request{"-", "/", "-", "-", "a.example"}
		for _, field := range []*string{&r.user, &r.path, &r.referrer, &r.agent, &r.host} {
			if dice.IntN(3) == 0 {
				*field = speak()
			}
		}
		forged(t, e, "192.0.2.7", r)
	}
}
