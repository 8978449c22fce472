package admin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
)

var copyAll = io.Copy

// TestRoles: every route answers to the roles that may, and to nobody else.
func TestRoles(t *testing.T) {
	s := newSite(t)
	bouncer, err := s.local.AddBouncer(t.Context(), client.NewBouncer{Name: "bouncer"})
	if err != nil {
		t.Fatal(err)
	}
	callers := []struct {
		name   string
		role   role
		header []string
	}{
		{"nobody", noRole, nil},
		{"a wrong token", noRole, []string{"Authorization", "Bearer " + tokenMark + secret()}},
		{"a bouncer's key", noRole, []string{"X-Api-Key", bouncer.Key}},
		{"a bouncer's key as a token", noRole, []string{"Authorization", "Bearer " + bouncer.Key}},
		{"a machine's login", noRole, []string{"Authorization", "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpZCI6Im0ifQ.c2ln"}},
		{"a token as a password", noRole, []string{"Authorization", "Basic eDp5"}},
		{"viewer", viewer, []string{"Authorization", "Bearer " + s.token("v", client.Viewer)}},
		{"operator", operator, []string{"Authorization", "Bearer " + s.token("o", client.Operator)}},
		{"admin", admin, []string{"Authorization", "Bearer " + s.token("a", client.Admin)}},
	}
	for _, r := range s.server.routes() {
		path := client.Base + strings.NewReplacer("{name}", "nothing", "{id}", "999999").Replace(r.path)
		for _, c := range callers {
			status, body := s.ask(r.method, path, "", c.header...)
			want := "lets in"
			switch {
			case c.role == noRole:
				want = "401"
			case c.role < r.role:
				want = "403"
			}
			got := "lets in"
			switch {
			case status == http.StatusUnauthorized:
				got = "401"
			case status == http.StatusForbidden:
				got = "403"
			case status >= 500:
				t.Errorf("%s %s by %s: %d %s", r.method, path, c.name, status, body)
			}
			if got != want {
				t.Errorf("%s %s by %s: %s (%d %s), want %s", r.method, path, c.name, got, status, body, want)
			}
		}
	}
}

// TestRefusals: what is told to those who are not let in, or ask for what there is not.
func TestRefusals(t *testing.T) {
	s := newSite(t)
	f := func(method, path, token, want string) {
		t.Helper()
		var header []string
		if token != "" {
			header = []string{"Authorization", "Bearer " + token}
		}
		status, body := s.ask(method, path, "", header...)
		if got := http.StatusText(status) + " " + strings.TrimSpace(body); got != want {
			t.Errorf("%s %s: %s\nwant %s", method, path, got, want)
		}
	}
	v := s.token("v", client.Viewer)
	f("GET", "/admin/v1/status", "", `Unauthorized {"message":"the administration API wants a token","hint":"make one with 'tocsin tokens add NAME --role viewer' on the server; a bouncer's key or a machine's login is of no use here"}`)
	f("GET", "/admin/v1/nothing", "", `Unauthorized {"message":"the administration API wants a token","hint":"make one with 'tocsin tokens add NAME --role viewer' on the server; a bouncer's key or a machine's login is of no use here"}`)
	f("GET", "/admin/v1/nothing", v, `Not Found {"message":"there is no such path","hint":"the API lies under /admin/v1; see docs/administration.md"}`)
	f("PUT", "/admin/v1/bouncers", v, `Method Not Allowed {"message":"PUT is not for this path","hint":"use GET or POST"}`)
	f("DELETE", "/admin/v1/alerts?all=true", v, `Forbidden {"message":"the role viewer may not do this: it takes operator","hint":"ask for a token of that role, or use the Unix socket as the user that tocsin runs as"}`)
	f("GET", "/admin/v1/alerts?limit=x", v, `Bad Request {"message":"parameter limit: \"x\" is not a number from 0 to 1000"}`)
	f("GET", "/admin/v1/status?x=1", v, `Bad Request {"message":"there is no parameter \"x\"","hint":"known are "}`)
	if err := s.store.DeleteToken(t.Context(), "v"); err != nil {
		t.Fatal(err)
	}
	s.server.tokens.forget()
	f("GET", "/admin/v1/status", v, `Unauthorized {"message":"the token is not known","hint":"list them with 'tocsin tokens list' on the server"}`)
}

// TestTokens: a token opens until it expires or is deleted, wherever it is kept.
func TestTokens(t *testing.T) {
	s := newSite(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	tok := tokens{store: s.store, now: func() time.Time { return now }, used: map[string]time.Time{}}
	add := func(name string, expires time.Time) {
		t.Helper()
		if err := s.store.AddToken(t.Context(), store.Token{Name: name, Hash: hash("text of " + name), Role: client.Viewer, Expires: expires}); err != nil {
			t.Fatal(err)
		}
	}
	f := func(text, want string) {
		t.Helper()
		k, err := tok.find(t.Context(), text)
		got := k.Name
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q opens as %q, want %q", text, got, want)
		}
	}
	add("forever", time.Time{})
	add("short", now.Add(time.Hour))
	f("text of forever", "forever")
	f("text of short", "short")
	f("text of late", "the token is not known")
	add("late", time.Time{})
	f("text of late", "the token is not known") // the table is believed for a moment
	now = now.Add(tokensHold)
	f("text of late", "late")
	now = now.Add(time.Hour)
	f("text of short", `the token "short" expired at 2026-11-24T13:00:00Z`)
	f("text of forever", "forever")
	list, err := s.store.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		if k.Name == "forever" && !k.LastUsed.Equal(now) {
			t.Errorf("forever was last used at %v, want %v", k.LastUsed, now)
		}
	}
}

// TestPeers: the socket answers to root and to the user of the program.
func TestPeers(t *testing.T) {
	s := New(Options{})
	s.o.UID = 1000
	f := func(p peer, want string) {
		t.Helper()
		w, err := s.local(p)
		got := w.name + " " + w.role.String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
	f(peer{uid: 0}, "unix:0 admin")
	f(peer{uid: 1000}, "unix:1000 admin")
	f(peer{uid: 1001}, "user 1001 may not administrate: the socket answers to user 1000 and root")
	f(peer{uid: unknownUID}, "unix admin")
	f(peer{err: errors.New("no idea")}, "the system does not say who calls: no idea")

	ctx := s.ConnContext(context.Background(), &net.TCPConn{})
	if _, ok := ctx.Value(peerKey{}).(peer); ok {
		t.Error("a TCP connection counts as one of the socket")
	}
}

// TestSocketPeer: the system tells who is at the other end of the socket.
func TestSocketPeer(t *testing.T) {
	s := newSite(t)
	st, err := s.local.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.Role != client.Admin || !strings.HasPrefix(st.Who, "unix") {
		t.Errorf("over the socket I am %s, %s", st.Who, st.Role)
	}
	info, err := os.Stat(s.socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket has mode %v, %v", info.Mode(), err)
	}
}

// TestSessions: nobody is decided against from whose address an administrator works.
func TestSessions(t *testing.T) {
	s, ctx := newSite(t), t.Context()
	from := s.client(client.Options{Socket: s.socket, Session: "::ffff:203.0.113.9"})
	_, err := from.AddDecision(ctx, client.NewDecision{Value: "203.0.113.0/24"})
	fails(t, err, http.StatusConflict, "203.0.113.9")
	must(from.AddDecision(ctx, client.NewDecision{Value: "203.0.113.8"}))
	if out := must(s.decide.AddAlerts(ctx, "agent", nil)); len(out) != 0 {
		t.Errorf("no alerts give %+v", out)
	}
	if id := s.attack("test/ssh", "203.0.113.9"); id != 0 {
		t.Errorf("an alert about an administrator is kept as %d", id)
	}

	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	x := sessions{now: func() time.Time { return now }, seen: map[netip.Addr]time.Time{}}
	note := func(remote string, r role, header string) {
		t.Helper()
		req := &http.Request{RemoteAddr: remote, Header: http.Header{client.SessionHeader: {header}}}
		x.note(req.WithContext(ctx), who{"x", r})
	}
	note("198.51.100.1:1234", operator, "192.0.2.9") // over TCP, what a header says counts for nothing
	note("198.51.100.2:1234", viewer, "")
	note("127.0.0.1:1234", admin, "")
	note("@", admin, "")
	if len(x.seen) != 1 || x.seen[netip.MustParseAddr("198.51.100.1")].IsZero() {
		t.Errorf("at work are %v", x.seen)
	}
	for i := range sessionsMost + 50 {
		now = now.Add(time.Second)
		note(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1).String(), admin, "")
	}
	if _, ok := x.seen[netip.MustParseAddr("198.51.100.1")]; ok || len(x.seen) != sessionsMost {
		t.Errorf("%d addresses are remembered, the oldest: %t", len(x.seen), ok)
	}
	desk := Server{now: func() time.Time { return now.Add(sessionTime - 10*time.Second) }}
	desk.sessions.seen = x.seen
	if got := len(desk.Admins()); got != 11 {
		t.Errorf("%d are at work after an hour", got)
	}
}
