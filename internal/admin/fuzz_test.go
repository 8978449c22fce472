package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tocsin.example/client"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

// FuzzRoutes: whatever an administrator sends, it is served or refused with words; nothing is the server's fault.
func FuzzRoutes(f *testing.F) {
	index := verdict.New()
	st := mem.Open(store.Options{Committed: index.Apply})
	d, err := decide.New(context.Background(), decide.Options{Store: st, Index: index})
	if err != nil {
		f.Fatal(err)
	}
	s := New(Options{Store: st, Decider: d, HashPassword: func(p string) (string, error) { return "kept:" + p, nil }})
	routes := s.routes()
	for i, r := range routes {
		f.Add(i, "x", "", "")
		switch r.path {
		case "/decisions":
			f.Add(i, "", "prefix=192.0.2.0/24&inside=true&limit=1&after=9", `{"value":"203.0.113.7","duration":"1d","type":"ban","scope":"ip"}`)
		case "/decisions/import":
			f.Add(i, "", "format=values&batch=2&duration=7d", "203.0.113.7\n203.0.113.8 # x\n")
			f.Add(i, "", "format=json", `[{"value":"203.0.113.7","duration":"1h"}]`)
			f.Add(i, "", "format=csv", "value,scope\nXX,country\n")
		case "/alerts":
			f.Add(i, "", "id=1&since=4h&until=2026-08-22T12:00:00Z&active=true&oldest=true&after=o2", "")
		case "/bouncers", "/machines", "/tokens", "/allowlists":
			f.Add(i, "", "", `{"name":"x","role":"viewer","key":"0123456789abcdef"}`)
		case "/allowlists/{name}/items":
			f.Add(i, "x", "", `{"items":[{"value":"203.0.113.0/24","comment":"c","expires":"7d"}]}`)
		case "/why", "/check":
			f.Add(i, "", "value=203.0.113.7", "")
		case "/bouncers/prune", "/machines/prune":
			f.Add(i, "", "", `{"older_than":"1h","dry_run":true}`)
		case "/simulation", "/shadow":
			f.Add(i, "", "", `{"scenarios":["a"],"on":true}`)
		case "/profiles/test":
			f.Add(i, "", "alert=1", "")
		}
	}
	f.Fuzz(func(t *testing.T, n int, name, query, body string) {
		if n < 0 || n >= len(routes) || len(body) > 64<<10 {
			t.Skip()
		}
		r := routes[n]
		path := client.Base + strings.NewReplacer("{name}", url.PathEscape(name), "{id}", url.PathEscape(name)).Replace(r.path)
		req, err := http.NewRequestWithContext(context.WithValue(t.Context(), peerKey{}, peer{}), r.method, "http://localhost"+path, strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		req.URL.RawQuery = query
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, req)
		if w.Code >= 500 {
			t.Fatalf("%s %s?%q with %q: %d %s", r.method, path, query, body, w.Code, w.Body)
		}
		if w.Code >= 400 && !strings.HasPrefix(w.Body.String(), `{"message":"`) {
			t.Fatalf("%s %s?%q with %q: %d without words: %s", r.method, path, query, body, w.Code, w.Body)
		}
	})
}
