package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/client"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/listen"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

// site is a server with all behind it, reached by its socket and over TCP.
type site struct {
	t      *testing.T
	store  store.Store
	decide *decide.Decider
	server *Server
	socket string
	local  *client.Client // over the socket
	tcp    *httptest.Server
}

// newSite starts one. Its socket answers until the test ends.
func newSite(t *testing.T) *site {
	t.Helper()
	index := verdict.New()
	st := mem.Open(store.Options{Committed: index.Apply})
	s := &site{}
	d, err := decide.New(t.Context(), decide.Options{Store: st, Index: index, Admins: func() []netip.Addr { return s.server.Admins() }})
	if err != nil {
		t.Fatal(err)
	}
	*s = site{t: t, store: st, decide: d, server: New(Options{
		Store: st, Decider: d, HashPassword: func(p string) (string, error) { return "kept:" + p, nil }, Version: "test",
	})}
	dir, err := os.MkdirTemp("", "adm") //nolint:usetesting // t.TempDir's names are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	s.socket = filepath.Join(dir, "admin.sock")
	l, err := listen.Unix(t.Context(), s.socket, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.server.Serve(ctx, l) }()
	s.tcp = httptest.NewServer(s.server.Handler())
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.tcp.Close()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	s.local = s.client(client.Options{Socket: s.socket})
	return s
}

func (s *site) client(o client.Options) *client.Client {
	s.t.Helper()
	c, err := client.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// token makes a token of a role and returns its text.
func (s *site) token(name, role string) string {
	s.t.Helper()
	t, err := s.local.AddToken(s.t.Context(), client.NewToken{Name: name, Role: role})
	if err != nil {
		s.t.Fatal(err)
	}
	return t.Secret
}

// attack keeps an alert of a scenario about an address, which the built-in profile decides about. It returns its number.
func (s *site) attack(scenario, address string) int64 {
	s.t.Helper()
	now := time.Now().UTC()
	out, err := s.decide.AddAlerts(s.t.Context(), "agent", []*tocsin.Alert{{
		Kind: "crowdsec", Scenario: scenario, Message: "attack of " + address, EventsCount: 6, StartAt: now.Add(-time.Minute), StopAt: now,
		Leakspeed: "10s", Capacity: 5, Remediation: true,
		Source: &tocsin.AlertSource{Scope: tocsin.ScopeIP, Value: address, IP: address, Cn: "XX", AsNumber: "64500", AsName: "Example"},
		Events: []tocsin.AlertEvent{{Timestamp: now.Format(time.RFC3339), Meta: []tocsin.Meta{{Key: "log_type", Value: "test"}}}},
		Evidence: &tocsin.Evidence{
			Bucket: tocsin.EvidenceBucket{Reason: "6 events in 12s, capacity 5, one leaks every 10s"},
			Lines:  []tocsin.EvidenceLine{{Number: 1, Source: "auth.log", Time: now, Raw: "a line about " + address}},
		},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	return out[0].ID
}

// ask sends a request over TCP and returns the status and the body.
func (s *site) ask(method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.tcp.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.tcp.Client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	if _, err := copyAll(&b, res.Body); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, b.String()
}
