package rules_test

import (
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
)

// parseLine runs one line through all parsers; nil when it is not understood.
func parseLine(e *detect.Engine, line *tocsin.Line) *event.View {
	it := e.NewItem()
	e.NewWorker(nil, nil).Work(it, 1, line)
	if !it.Outcome.Parsed {
		return nil
	}
	return &it.Event.Keep().View
}

func TestTraefik(t *testing.T) {
	f := webTester(t, engine(t), "traefik")
	const at = ` [22/Aug/2026:10:00:00 +0000] `
	f(`192.0.2.7 - -`+at+`"GET /a?b HTTP/2.0" 404 19 "-" "curl/8.0" 7 "a@docker" "http://198.51.100.1:80" 2ms`, "http_access-log - 192.0.2.7 - GET /a 404 -")
	f(`2001:db8::7 - ann`+at+`"GET /a HTTP/2.0" 401 17 "-" "curl/8.0" 7 "Auth for a" "/a/" 0ms`, "http_access-log auth_fail 2001:db8::7 ann GET /a 401 -")
	f(`192.0.2.7 - -`+at+`"GET /a HTTP/2.0" - - "-" "x \" y" 7 "-" "-" 0ms`, "http_access-log - 192.0.2.7 - GET /a - -")
	f(`192.0.2.7 - -`+at+`"GET /a HTTP/2.0" 200 17 "-" "curl/8.0"`, "http_access-log - 192.0.2.7 - GET /a 200 -")
	f(`198.51.100.9, 192.0.2.7 - -`+at+`"GET /a HTTP/2.0" 200 17 "-" "curl/8.0" 7 "-" "-" 0ms`, "http_access-log - 192.0.2.7 - GET /a 200 -")
	f(`{"ClientAddr":"198.51.100.1:4022","ClientHost":"192.0.2.7","ClientUsername":"-","DownstreamStatus":404,"Duration":215563,"RequestHost":"a.example","RequestMethod":"GET","RequestPath":"/a?b","RequestProtocol":"HTTP/1.1","RouterName":"a@docker","StartUTC":"2026-08-22T10:00:00.123456789Z","request_User-Agent":"curl/8.0","time":"2026-08-22T10:00:00Z"}`,
		"http_access-log - 192.0.2.7 - GET /a 404 a.example")
	f(`{"ClientHost":"198.51.100.9, 2001:db8::7","ClientUsername":"ann","DownstreamStatus":401,"RequestHost":"a.example","RequestMethod":"GET","RequestPath":"/a","time":"2026-08-22T10:00:00Z"}`,
		"http_access-log auth_fail 2001:db8::7 ann GET /a 401 a.example")
	f(`{"level":"error","msg":"x","time":"2026-08-22T10:00:00Z"}`, "not understood")
	f(`{"ClientHost":7,"RequestMethod":"GET"}`, "not understood")
	// The client's words.
	f(`192.0.2.7 - -`+at+`"GET /?" 200 5 "-" "-" 1 "-" "-" 0ms HTTP/2.0" 404 19 "-" "x" 7 "-" "-" 2ms`, "not understood")
	f(`192.0.2.7 - -`+at+`"GET /?"200"5"-" HTTP/2.0" 404 19 "-" "x - y, 198.51.100.9 - z" 7 "-" "-" 2ms`, "http_access-log - 192.0.2.7 - GET / 404 -")
	f(`x-y z, 192.0.2.7 - -`+at+`"GET /a HTTP/2.0" 404 19 "-" "x" 7 "-" "-" 2ms`, "http_access-log - 192.0.2.7 - GET /a 404 -")
	f(`192.0.2.7 - x [22/Aug/2026:09:00:00 +0000] "GET /y HTTP/1.1" 200 1`+at+`"GET /a HTTP/2.0" 401 19 "-" "x" 7 "-" "-" 2ms`, `http_access-log auth_fail 192.0.2.7 x [22/Aug/2026:09:00:00 +0000] "GET /y HTTP/1.1" 200 1 GET /a 401 -`)
	for _, user := range []string{"198.51.100.9 - x, 192.0.2.7 - -", "192.0.2.7 - x, 198.51.100.9 - y"} {
		_, name, _ := strings.Cut(user, " - ")
		f(user+at+`"GET /a HTTP/2.0" 404 19 "-" "x" 7 "-" "-" 2ms`, "http_access-log - - "+name+" GET /a 404 -")
	}
}

func TestCaddy(t *testing.T) {
	f := webTester(t, engine(t), "caddy")
	const head = `{"level":"info","ts":1787392800.1234567,"logger":"http.log.access.log0","msg":"handled request",`
	f(head+`"request":{"remote_ip":"198.51.100.1","remote_port":"4022","client_ip":"192.0.2.7","proto":"HTTP/2.0","method":"GET","host":"a.example","uri":"/a?b","headers":{"User-Agent":["curl/8.0"]}},"user_id":"","duration":0.1,"size":0,"status":404,"resp_headers":{"Server":["Caddy"]}}`,
		"http_access-log - 192.0.2.7 - GET /a 404 a.example")
	f(head+`"request":{"remote_ip":"2001:db8::7","proto":"HTTP/1.1","method":"GET","host":"a.example","uri":"/a"},"user_id":"ann","status":200}`,
		"http_access-log success 2001:db8::7 ann GET /a 200 a.example")
	f(head+`"request":{"remote_addr":"192.0.2.7:4022","proto":"HTTP/1.1","method":"GET","host":"a.example","uri":"/a","headers":{}},"status":200}`,
		"http_access-log - 192.0.2.7 - GET /a 200 a.example")
	f(head+`"request":{"remote_addr":"[2001:db8::7]:4022","method":"GET","host":"a.example","uri":"/a"},"status":200}`,
		"http_access-log - 2001:db8::7 - GET /a 200 a.example")
	const login = `"request":{"client_ip":"192.0.2.7","method":"GET","host":"a","uri":"/a","headers":{"Authorization":["REDACTED"]}},"status":401,`
	f(head+login+`"resp_headers":{"Www-Authenticate":["Basic realm=\"x\""]}}`, "http_access-log auth_fail 192.0.2.7 - GET /a 401 a")
	f(head+login+`"resp_headers":{"Www-Authenticate":["Bearer"]}}`, "http_access-log - 192.0.2.7 - GET /a 401 a")
	f(head+`"request":{"client_ip":"192.0.2.7","method":"GET","host":"a","uri":"/a","headers":{}},"status":401,"resp_headers":{"Www-Authenticate":["Basic"]}}`, "http_access-log - 192.0.2.7 - GET /a 401 a")
	f(`{"level":"error","ts":"2026-08-22T10:00:00Z","logger":"http.log.error","msg":"dial tcp","request":{"client_ip":"192.0.2.7","method":"GET","host":"a","uri":"/a","headers":{}},"status":502}`,
		"http_error-log - 192.0.2.7 - GET /a 502 a")
	f("2026/08/22 10:00:00.123\tINFO\thttp.log.access\thandled request\t"+`{"request": {"client_ip": "192.0.2.7", "method": "GET", "host": "a", "uri": "/a", "headers": {}}, "status": 404}`,
		"http_access-log - 192.0.2.7 - GET /a 404 a")
	f(`{"level":"info","ts":1787392800.1,"logger":"tls","msg":"cleaning storage unit"}`, "not understood")
	f(`{"level":"error","logger":"http.handlers.waf","request":{"client_ip":"192.0.2.7","uri":"/a"}}`, "not understood")
	f(head+`"request":{"client_ip":7,"method":["x"]}}`, "not understood")
	f(head+`"request":"x"}`, "not understood")
	f(head+`"request":{"client_ip":"192.0.2.7","method":"GET","host":"a","uri":"/\",\"client_ip\":\"198.51.100.9","headers":{}},"status":404}`,
		`http_access-log - 192.0.2.7 - GET /","client_ip":"198.51.100.9 404 a`)
}

func TestHAProxy(t *testing.T) {
	e := engine(t)
	const at = ":4022 [22/Aug/2026:10:00:00.123] "
	f := func(line, want string) {
		t.Helper()
		webTester(t, e, "haproxy")(line, want)
		webTester(t, e, "haproxy")("Aug 22 10:00:00 lb-1 haproxy[77]: "+line, want)
		webTester(t, e, "haproxy")("<134>Aug 22 10:00:00 haproxy[77]: "+line, want)
		webTester(t, e, "syslog")("2026-08-22T10:00:00+02:00 lb-1 haproxy[77]: "+line, want)
	}
	f("192.0.2.7"+at+`fe~ be/srv 10/0/30/69/109 404 2750 - - ---- 1/1/1/1/0 0/0 {a.example|curl/8.0} {} "GET /a?b HTTP/1.1"`, "http_access-log - 192.0.2.7 - GET /a 404 -")
	f("2001:db8::7"+at+`fe be/srv 10/0/30/69/+109 200 +2750 a=b c=d --VN 1/1/1/1/+3 0/0 "GET https://a.example/a HTTP/2.0"`, "http_access-log passed 2001:db8::7 - GET /a 200 a.example")
	f("::ffff:192.0.2.7"+at+`fe fe/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"`, "http_access-log - 192.0.2.7 - - - 400 -")
	f("192.0.2.7"+at+`fe be/<NOSRV> 0/-1/-1/-1/0 401 248 - - PR-- 0/0/0/0/0 0/0 "GET / HTTP/1.1"`, "http_access-log auth_fail 192.0.2.7 - GET / 401 -")
	f("192.0.2.7"+at+`fe be/srv 0/0/0/1/1 401 248 - - ---- 0/0/0/0/0 0/0 "GET / HTTP/1.1"`, "http_access-log - 192.0.2.7 - GET / 401 -")
	f("192.0.2.7"+at+`fe be/srv 0/0/0/1/1 200 248 - - ---- 0/0/0/0/0 0/0 "GET / HTTP/1.1" 0/0000000000000000/0/0/1 a.example/TLSv1.3/TLS_AES`, "http_access-log passed 192.0.2.7 - GET / 200 -")
	f("192.0.2.7"+at+`fe be/srv 0/0/5007 212 -- 0/0/0/0/3 0/0`, "haproxy_tcp-log - 192.0.2.7 - - - - -")
	f("192.0.2.7"+at+`fe/1: SSL handshake failure (error:0A00009C)`, "bad_ssl_handshake - 192.0.2.7 - - - - -")
	f("192.0.2.7"+at+`fe/1: Received something which does not look like a PROXY protocol header`, "haproxy_bad_connection - 192.0.2.7 - - - - -")
	f("Server be/srv is DOWN, reason: Layer4 connection problem.", "not understood")
	f("192.0.2.7"+at+`fe be/srv 0/0/0/1/1 404 248 - - ---- 0/0/0/0/0 0/0 {198.51.100.9:1 [22/Aug/2026:10:00:00.123]} "GET /haproxy: 198.51.100.9:4022 HTTP/1.1"`, "http_access-log - 192.0.2.7 - GET /haproxy: 198.51.100.9:4022 404 -")
}

func TestContainers(t *testing.T) {
	e := engine(t)
	f := func(kind, program, raw, want string) {
		t.Helper()
		line := lineOf(kind, raw)
		line.Labels = map[string]string{"type": kind, "program": program}
		if got := web(parseLine(e, line)); got != want {
			t.Errorf("%s, %s: %s\n got %s\nwant %s", kind, program, raw, got, want)
		}
	}
	const (
		nginx = `192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] \"GET /a HTTP/1.1\" 404 13 \"-\" \"x\"`
		plain = `192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] "GET /a HTTP/1.1" 404 13 "-" "x"`
		stamp = `2026-08-22T10:00:00.123456789Z `
		want  = "http_access-log - 192.0.2.7 - GET /a 404 -"
		ssh   = "ssh_failed-auth user_refused 192.0.2.7 - - - - -"
	)
	f("docker", "nginx", `{"log":"`+nginx+`\n","stream":"stdout","time":"2026-08-22T10:00:00.1234Z"}`, want)
	f("docker", "nginx", `{"log":"`+nginx+`\r\n","stream":"stdout","time":"2026-08-22T10:00:00.1234Z"}`, want)
	f("docker", "", `{"log":"`+nginx+`\n","stream":"stdout","attrs":{"tag":"nginx"},"time":"2026-08-22T10:00:00.1234Z"}`, want)
	f("docker", "syslog", `{"log":"Aug 22 10:00:00 a sshd[7]: Invalid user x from 192.0.2.7 port 4022\n","stream":"stdout","time":"2026-08-22T10:00:00Z"}`, ssh)
	f("docker", "caddy", `{"log":"{\"ts\":1787392800.1,\"logger\":\"http.log.access\",\"request\":{\"client_ip\":\"192.0.2.7\",\"method\":\"GET\",\"uri\":\"/a\"},\"status\":404}\n"}`, want)
	f("docker", "nginx", `{"log":"\n","stream":"stdout","time":"2026-08-22T10:00:00.1234Z"}`, "not understood")
	f("docker", "nginx", `{"stream":"stdout"}`, "not understood")
	f("docker", "nginx", `{"log":"x`, "not understood")
	f("docker", "nginx", plain, "not understood")
	for _, kind := range []string{"containerd", "cri"} {
		f(kind, "nginx", stamp+"stdout F "+plain, want)
		f(kind, "nginx", "2026-08-22T10:00:00.123456789+02:00 stderr F "+plain, want)
		f(kind, "syslog", stamp+"stdout F <38>2026-08-22T10:00:00Z a sshd[7]: Invalid user x from 192.0.2.7 port 4022", ssh)
		f(kind, "nginx", stamp+"stdout P "+plain, "not understood")
		f(kind, "nginx", stamp+"stdout F", "not understood")
		f(kind, "nginx", plain, "not understood")
	}
	// A line whose client speaks like a wrapper.
	f("containerd", "nginx", stamp+`stdout F 192.0.2.7 - - [22/Aug/2026:10:00:00 +0000] "GET /a HTTP/1.1" 404 13 "-" "`+stamp+`stdout F 198.51.100.9 - -"`, want)
}
