package lapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"tocsin.example/internal/store"
)

// flushing is a recorder that ends the request when it is flushed so many times, as a push stream would not end else.
type flushing struct {
	*httptest.ResponseRecorder
	left int
	end  context.CancelFunc
}

func (f *flushing) FlushError() error {
	if f.left--; f.left <= 0 {
		f.end()
	}
	return nil
}

// FuzzRoutes calls every route of the OpenAPI file with anything: never 5xx, never a panic, never an answer that is not
// described, and nothing is left running.
func FuzzRoutes(f *testing.F) {
	w := newWorld(f, func(o *Options) { o.FailuresBurst, o.MaxPending = 1<<40, 1<<40 })
	w.machineOf()
	c := theContract()
	for i := range c.ops {
		_, target, body := w.example(&c.ops[i])
		path, query, _ := strings.Cut(target, "?")
		f.Add(uint8(i), uint8(0), strings.TrimPrefix(path, "/v1"), query, body)
	}
	bodies := []string{
		`[{"scenario":"x","events":null}]`, "[" + alert("a/b", "192.0.2.1", "Ip 192.0.2.1 ban 1h", "Range ::/0 ban 7d", "AS 1 x -1h") + "]",
		usageOf("remediation_components"), usageOf("log_processors"), `{"targets":["1.2.3.4","x"]}`, "null", "[]", "{", "\x1f\x8b",
	}
	queries := []string{
		"startup=true&dedup=false&scopes=ip,range,Country", "ip=::ffff:1.2.3.4&contains=false", "range=0.0.0.0/0&contains=0", "limit=1&offset=99999999999", "id_gt=9",
		"since=-1d&until=100000d", "since=7d&sort=asc&limit=0", "cursor=1-1&startup=0", "simulated=1&type=ban,captcha&origins=,&scenarios_containing=,a", "%zz", ";", "ip=%00",
	}
	for i, q := range queries {
		for k := range c.ops {
			f.Add(uint8(k), uint8(i%6), "/1", q, bodies[(i+k)%len(bodies)])
		}
	}
	calm := runtime.NumGoroutine()
	f.Fuzz(func(t *testing.T, op, who uint8, rest, query, body string) {
		if len(body) > 1<<16 || len(query) > 1<<12 || len(rest) > 1<<10 {
			return
		}
		o := &c.ops[int(op)%len(c.ops)]
		path := o.path
		if len(o.names) > 0 {
			path = path[:strings.LastIndexByte(path, '{')] + url.PathEscape(strings.TrimPrefix(rest, "/"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, o.method, "http://lapi"+path, bytes.NewReader([]byte(body)))
		if err != nil {
			return
		}
		r.URL.RawQuery = query
		r.RemoteAddr = "127.0.0.1:1234"
		switch who % 6 {
		case 0:
			r.Header.Set(apiKey, w.key)
			r.Header.Set("Authorization", "Bearer "+w.token)
		case 1:
			r.Header.Set(apiKey, w.key)
			r.Header.Set("Last-Event-ID", rest)
		case 2:
			r.Header.Set("Authorization", "Bearer "+w.token)
			r.Header.Set("Content-Encoding", "gzip")
		case 3:
			r.Header.Set("Authorization", rest)
			r.Header.Set("User-Agent", query)
		case 4:
			r.Header.Set("Authorization", "Bearer "+w.token)
			r.Header.Set("Content-Encoding", rest)
		case 5:
			r.Header.Set("Cookie", "jwt="+w.token)
		}
		out := &flushing{ResponseRecorder: httptest.NewRecorder(), left: 3, end: cancel}
		aborted := false
		func() {
			defer func() {
				if p := recover(); p != nil {
					if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) || ctx.Err() == nil {
						t.Fatalf("%s %s?%s: %v", o.method, path, query, p)
					}
					aborted = true
				}
			}()
			if o.path == "/v1/decisions/push" {
				cancelled, stop := context.WithCancel(ctx)
				stop() // one event is enough
				r = r.WithContext(cancelled)
			}
			w.lapi.Handler().ServeHTTP(out, r)
		}()
		res := out.Result()
		defer res.Body.Close()
		if res.StatusCode >= http.StatusInternalServerError {
			b, _ := io.ReadAll(res.Body)
			t.Fatalf("%s %s?%s: %d %s", o.method, path, query, res.StatusCode, b)
		}
		if fault := c.watch(r, []byte(body), res); fault != nil && !aborted && r.Context().Err() == nil {
			t.Fatalf("%s %s?%s: %d: %v", o.method, path, query, res.StatusCode, fault)
		}
		w.calm(t, calm)
	})
}

// calm takes back what calls did, and fails when they left something running.
func (w *world) calm(t *testing.T, goroutines int) {
	t.Helper()
	const some = 20
	if n := runtime.NumGoroutine(); n > goroutines+some {
		t.Fatalf("%d goroutines, %d before", n, goroutines)
	}
	ctx := t.Context()
	if w.lapi.machines.known("m1") == nil {
		if err := w.lapi.Watch().AddMachine(ctx, store.Machine{Name: "m1", PasswordHash: passwordHash(), AuthType: byPassword, Validated: true, CreatedAt: began}); err != nil {
			t.Fatal(err)
		}
	}
	const many = 2000
	if w.index.Seq()%many == many-1 {
		if _, err := w.decide.DeleteAlerts(ctx, store.AlertFilter{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.lapi.failures.of); n > maxThrottled {
		t.Fatal(n)
	}
	if len(w.lapi.inFlight) != 0 || len(w.lapi.heavy) != 0 || len(w.lapi.pushes) != 0 {
		t.Fatal("a call holds its turn")
	}
}
