package lapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/store"
)

// example is a request for each operation, by method and path, that would be served.
func (w *world) example(op *operation) (h header, target, body string) {
	machine := op.op.Security == nil
	target = strings.NewReplacer("{id}", "1", "{name}", "mine", "{value}", "1.2.3.4").Replace(op.path)
	switch op.path {
	case "/v1/watchers":
		body = `{"machine_id":"new","password":"pw"}`
	case "/v1/watchers/login":
		body = `{"machine_id":"m1","password":"` + password + `"}`
	case "/v1/usage-metrics":
		body = usageOf("remediation_components")
	case "/v1/allowlists/check":
		body = `{"targets":["1.2.3.4"]}`
	case "/v1/alerts":
		if op.method == "POST" {
			body = "[" + alert("a/b", "192.0.2.1", "Ip 192.0.2.1 ban 1h") + "]"
		}
		if op.method == "DELETE" {
			target += "?limit=0"
		}
	}
	if op.path == "/v1/usage-metrics" {
		return w.bouncerOf(), target, body
	}
	if machine {
		return w.machineOf(), target, body
	}
	return w.bouncerOf(), target, body
}

func usageOf(kind string) string {
	return `{"` + kind + `":[{"version":"v1","type":"probe","feature_flags":[],"utc_startup_timestamp":1,"os":{"name":"Debian","version":"12"},` +
		`"metrics":[{"meta":{"window_size_seconds":600,"utc_now_timestamp":1795343442},"items":[{"name":"dropped","value":3,"unit":"request","labels":{"origin":"CAPI"}}]}]}]}`
}

// each calls f for each operation of the contract.
func each(f func(*operation)) {
	ops := theContract().ops
	for i := range ops {
		f(&ops[i])
	}
}

func open(op *operation) bool { return op.op.Security != nil && len(*op.op.Security) == 0 }

// Every route that needs a key or a token refuses without, and says so to nobody for ever.
func TestNobodyIsLetIn(t *testing.T) {
	w := newWorld(t)
	codes := func(code int) {
		t.Helper()
		each(func(op *operation) {
			if open(op) {
				return
			}
			_, target, body := w.example(op)
			want := code
			if want == 0 {
				want = http.StatusUnauthorized
				if op.op.Security != nil {
					want = http.StatusForbidden
				}
			}
			if a := w.do(op.method, target, header{"User-Agent": "nobody/1"}, body); a.code != want {
				t.Errorf("%s %s: %v, want %d", op.method, target, a, want)
			}
		})
	}
	w.machineOf() // before the address has failed too often
	w.lapi.failures.burst = 1000
	w.lapi.failures.of = nil
	w.lapi.failures = newBuckets(1000, time.Second)
	codes(0)
	w.lapi.failures = newBuckets(0, time.Hour)
	codes(http.StatusTooManyRequests)
	// Who has a good key is served all the same.
	w.asBouncer("/v1/decisions", "200 null")
	w.asMachine("GET", "/v1/heartbeat", "", "200 ")
	w.wants(w.do("POST", "/v1/watchers", nil, `{"machine_id":"new","password":"pw"}`), "429 ...")
	w.wants(w.do("POST", "/v1/watchers/login", nil, `{"machine_id":"ghost","password":"pw"}`), "429 ...")
	w.wants(w.do("POST", "/v1/usage-metrics", header{"Authorization": "Bearer x"}, usageOf("log_processors")), "429 ...")
}

// Too many at a time are told to come again; health is answered always.
func TestTooManyAtATime(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MaxInFlight, o.MaxPush = 1, 1 })
	w.machineOf()
	w.lapi.inFlight <- struct{}{}
	w.lapi.pushes <- struct{}{}
	each(func(op *operation) {
		h, target, body := w.example(op)
		want := http.StatusServiceUnavailable
		if strings.HasPrefix(op.path, "/health") {
			want = http.StatusOK
		}
		if a := w.do(op.method, target, h, body); a.code != want || want > 300 && a.header.Get("Retry-After") == "" {
			t.Errorf("%s %s: %v, want %d", op.method, target, a, want)
		}
	})
	<-w.lapi.inFlight
	w.asBouncer("/v1/decisions", "200 null")
	w.lapi.stop()
	w.asBouncer("/v1/decisions/stream", `503 {"message":"the server is stopping"}`)
	<-w.lapi.pushes
	w.asBouncer("/v1/decisions/push", `503 {"message":"the server is stopping"}`)
	w.wants(w.do("GET", "/health/ready", nil, ""), `503 {"reasons":["the server is stopping"],"status":"not ready"}`)
}

// A store that fails is 503, never 500 and never an answer that looks like one.
func TestBrokenStore(t *testing.T) {
	w := newWorld(t)
	w.machineOf()
	w.ban("Ip 192.0.2.1 ban 1h")
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	each(func(op *operation) {
		if op.path == "/v1/decisions/push" && op.method == "GET" {
			return // it asks no store, and does not end
		}
		h, target, body := w.example(op)
		a := w.do(op.method, target, h, body)
		switch op.path {
		case "/health", "/v1/heartbeat", "/v1/decisions", "/v1/decisions/stream", "/v1/allowlists/check", "/v1/allowlists/check/{value}", "/v1/refresh_token":
			if a.code >= 300 && op.method != "DELETE" {
				t.Errorf("%s %s: %v", op.method, target, a)
			}
		case "/v1/decisions/push":
			if op.method == "HEAD" && a.code != http.StatusOK {
				t.Errorf("%s %s: %v", op.method, target, a)
			}
		default:
			alive := op.method == "HEAD" && (op.path == "/v1/alerts" || op.path == "/v1/allowlists")
			if a.code != http.StatusServiceUnavailable && !alive {
				t.Errorf("%s %s: %v, want 503", op.method, target, a)
			}
		}
	})
	w.wants(w.do("GET", "/health/ready", nil, ""), `503 {"reasons":["the store cannot be written to: the store is closed"],"status":"not ready"}`)
	w.wants(w.do("DELETE", "/v1/decisions", w.machineOf(), ""), "503 ...")
	w.lapi.o.Store = nopStore{w.store} // so that the end of the server has nothing to say
	w.lapi.bouncers.o.Store, w.lapi.machines.o.Store = w.lapi.o.Store, w.lapi.o.Store
}

type nopStore struct{ store.Store }

func (nopStore) SaveBouncers(context.Context, []store.Bouncer) error { return nil }

func (nopStore) ChangeMachine(context.Context, string, func(*store.Machine) error) error { return nil }

func TestBodies(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MaxBody, o.MaxLoginBody = 3000, 1000 })
	w.machineOf()
	each(func(op *operation) {
		if op.op.RequestBody == nil {
			return
		}
		h, target, body := w.example(op)
		f := func(encoding, body string, want int) {
			t.Helper()
			h["Content-Encoding"] = encoding
			if a := w.do(op.method, target, h, body); a.code != want || a.body == "" {
				t.Errorf("%s %s, %q: %v, want %d", op.method, target, encoding, a, want)
			}
		}
		big := strings.Repeat(" ", 4000) + body
		f("gzip", "no gzip", http.StatusBadRequest)
		f("gzip", gzipped2(t, body)[:20], http.StatusBadRequest)
		f("br", body, http.StatusUnsupportedMediaType)
		f("", big, http.StatusRequestEntityTooLarge)
		f("gzip", gzipped2(t, big), http.StatusRequestEntityTooLarge) // which is small as it comes
		f("identity", "{", http.StatusBadRequest)
	})
}

// A body that does not come is given up.
func TestSlowBodies(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.BodyTimeout = 100 * time.Millisecond })
	w.machineOf()
	each(func(op *operation) {
		if op.op.RequestBody == nil {
			return
		}
		h, target, _ := w.example(op)
		r, feed := io.Pipe()
		req := w.request(t.Context(), op.method, target, h, "")
		req.Body, req.ContentLength = r, 100
		go func() { _, _ = feed.Write([]byte("[")) }()
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = feed.Close()
		defer res.Body.Close()
		if fault := theContract().watch(req, nil, res); fault != nil || res.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%s %s: %d, %v", op.method, target, res.StatusCode, fault)
		}
	})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// Who takes no data is cut off, and its cursor stays.
func TestSlowReaders(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.WriteTimeout = 50 * time.Millisecond })
	const n = 3000 // rows of about 10 KB would be more than sockets keep
	long := strings.Repeat("x", 1000)
	for i := range 30 {
		var list []string
		for k := range n / 10 {
			list = append(list, fmt.Sprintf("x%s%d %s ban 1h cscli %s", long[:200], i, fmt.Sprint(i, "-", k, long[:800]), long))
		}
		w.ban(list...)
	}
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	before := w.lapi.bouncers.byName["b1"].cursor()
	scopes := make([]string, 30)
	for i := range scopes {
		scopes[i] = fmt.Sprintf("x%s%d", long[:200], i)
	}
	if _, err := fmt.Fprintf(c, "GET /v1/decisions/stream?scopes=%s HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\nConnection: close\r\n\r\n", strings.Join(scopes, ","), w.key); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") { // so that it has begun
		t.Fatal(line, err)
	}
	for end := time.Now().Add(20 * time.Second); len(w.lapi.inFlight) > 0; {
		if time.Now().After(end) {
			t.Fatal("the reader is not cut off")
		}
		tick := time.NewTimer(10 * time.Millisecond)
		<-tick.C
	}
	if after := w.lapi.bouncers.byName["b1"].cursor(); after != before {
		t.Errorf("the cursor moved from %v to %v", before, after)
	}
}

func TestPaths(t *testing.T) {
	w := newWorld(t)
	f := func(method, target, want string) answer {
		t.Helper()
		a := w.do(method, target, w.bouncerOf(), "")
		w.wants(a, want)
		return a
	}
	f("GET", "/", "404 ")
	f("GET", "/v1/nothing", "404 ")
	f("GET", "//v1/decisions", "404 ")
	f("GET", "/v1/../v1/decisions", "404 ")
	f("GET", "/v1/./decisions", "404 ")
	f("GET", "/v1/allowlists/check/", "301 ")
	if a := f("POST", "/v1/decisions", "405 "); a.header.Get("Allow") != "GET, HEAD, DELETE" {
		t.Errorf("headers %v", a.header)
	}
	f("GET", "/v1/watchers", "405 ")
	f("OPTIONS", "/v1/decisions", "405 ")
	f("PATCH", "/v1/alerts/1", "405 ")
	if a := f("GET", "/v1/decisions/?ip=1.2.3.4", "301 "); a.header.Get("Location") != "/v1/decisions?ip=1.2.3.4" {
		t.Errorf("headers %v", a.header)
	}
	f("POST", "/v1/usage-metrics/", "308 ")
	f("GET", "/health", `200 {"status":"up"}`)
	f("HEAD", "/health", `200 `)
	f("GET", "/health/ready", `200 {"status":"ready"}`)
	f("HEAD", "/health/ready", `200 `)
	for _, path := range []string{"/v1/decisions", "/v1/decisions/stream", "/v1/decisions/push"} {
		if a := f("HEAD", path, "200 "); a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: headers %v", path, a.header)
		}
	}
}

// Names in the headers of those whom nobody trusts are not believed.
func TestClientIP(t *testing.T) {
	f := func(trusted, peer, forwarded, want string) {
		t.Helper()
		s := &Server{}
		if trusted != "" {
			s.o.TrustedProxies = prefixes(strings.Split(trusted, ",")...)
		}
		r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
		for one := range strings.SplitSeq(forwarded, "|") {
			if one != "" {
				r.Header.Add("X-Forwarded-For", one)
			}
		}
		if got := s.clientIP(r.WithContext(t.Context())).String(); got != want {
			t.Errorf("%s by %s: %s, want %s", forwarded, peer, got, want)
		}
	}
	f("", "192.0.2.1:80", "127.0.0.1", "192.0.2.1")
	f("10.0.0.0/8", "192.0.2.1:80", "127.0.0.1", "192.0.2.1")
	f("10.0.0.0/8", "10.0.0.1:80", "", "10.0.0.1")
	f("10.0.0.0/8", "10.0.0.1:80", "127.0.0.1, 192.0.2.7", "192.0.2.7")
	f("10.0.0.0/8", "10.0.0.1:80", "127.0.0.1|192.0.2.7, 10.0.0.2", "192.0.2.7")
	f("10.0.0.0/8", "[::ffff:10.0.0.1]:80", "::ffff:192.0.2.7", "192.0.2.7")
	f("10.0.0.0/8", "10.0.0.1:80", "192.0.2.7, nonsense", "10.0.0.1")
	f("10.0.0.0/8", "10.0.0.1:80", "10.0.0.3, 10.0.0.2", "10.0.0.3")
	f("", "nonsense", "", "::")
	f("", "[fe80::1%eth0]:80", "", "fe80::1")
}

func TestUnixSocket(t *testing.T) {
	w := newWorld(t)
	w.stop()
	path := filepath.Join(t.TempDir(), "s")
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), w.lapi.o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	base := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}
	w.http = &http.Client{Transport: theContract().through(t, base)}
	w.url = "http://lapi"
	w.asMachine("DELETE", "/v1/alerts?limit=0", "", `200 {"nbDeleted":"0"}`) // as from 127.0.0.1
	w.asBouncer("/v1/decisions", "200 null")
	if ip := s.bouncers.byName["b1"].row.IP; ip != "127.0.0.1" {
		t.Errorf("the peer is %q", ip)
	}
	cancel()
	base.CloseIdleConnections()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// HTTP/2 without TLS is spoken to who begins with it.
func TestHTTP2(t *testing.T) {
	w := newWorld(t)
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	base := &http.Transport{Protocols: &p}
	defer base.CloseIdleConnections()
	w.http = &http.Client{Transport: theContract().through(t, base)}
	res, err := w.http.Do(w.request(t.Context(), "GET", "/v1/decisions", w.bouncerOf(), ""))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.ProtoMajor != 2 || res.StatusCode != http.StatusOK {
		t.Errorf("%s %d", res.Proto, res.StatusCode)
	}
	s := w.push("", nil)
	w.ban("Ip 192.0.2.1 ban 1h")
	s.wants("reset", `{"reason":"startup"}`)
	s.wants("decisions", "+192.0.2.1 ban")
}

func TestOptions(t *testing.T) {
	w := newWorld(t)
	f := func(want string, change func(*Options)) {
		t.Helper()
		o := w.lapi.o
		o.Log = slog.New(slog.DiscardHandler)
		change(&o)
		s, err := New(t.Context(), o)
		if err == nil {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err = s.Serve(ctx)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("the signing key has 3 bytes: at least 64 are needed", func(o *Options) { o.SigningKey = []byte("abc") })
	f("has 5 characters: at least 32 are needed", func(o *Options) { o.AutoRegistration.Token = "short" })
	f("read the server's certificate", func(o *Options) { o.TLS = &TLSOptions{CertFile: "none"} })
	if err := w.store.SetSetting(t.Context(), settingSigningKey, "zz"); err != nil {
		t.Fatal(err)
	}
	f("the signing key in the store is damaged: delete the setting lapi.signing_key", func(*Options) {})
	closed := nopStore{w.store}
	if err := closed.Close(); err != nil || !errors.Is(closed.Ready(t.Context()), store.ErrClosed) {
		t.Fatal(err)
	}
	f("read bouncers and machines: the store is closed", func(o *Options) { o.SigningKey = []byte(strings.Repeat("k", 64)) })
	w.lapi.o.Store = closed
	w.lapi.bouncers.o.Store, w.lapi.machines.o.Store = closed, closed
}
