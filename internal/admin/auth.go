package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
)

// role is what somebody may do: all that a lesser role may, and more.
type role int

const (
	noRole role = iota
	viewer
	operator
	admin
)

func (r role) String() string {
	return [...]string{"none", client.Viewer, client.Operator, client.Admin}[r]
}

// parseRole reads a role's name.
func parseRole(s string) (role, bool) {
	for _, r := range []role{viewer, operator, admin} {
		if r.String() == s {
			return r, true
		}
	}
	return noRole, false
}

// who is the one that calls.
type who struct {
	name string // as the audit log has it: "unix:UID", "token:NAME"
	role role
}

// peerKey is where a connection's peer is kept in its context.
type peerKey struct{}

// peer is the other end of a Unix socket.
type peer struct {
	uid int
	err error // the system could not say
}

// ConnContext is what the server of the Unix socket has as its ConnContext: it asks the system who called.
func (*Server) ConnContext(ctx context.Context, c net.Conn) context.Context {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	uid, err := peerOf(u)
	return context.WithValue(ctx, peerKey{}, peer{uid, err})
}

// identify says who calls, or why they are let nowhere.
func (s *Server) identify(r *http.Request) (who, error) {
	if p, ok := r.Context().Value(peerKey{}).(peer); ok {
		return s.local(p)
	}
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return who{}, &problem{
			http.StatusUnauthorized, "the administration API wants a token",
			"make one with 'tocsin tokens add NAME --role viewer' on the server; a bouncer's key or a machine's login is of no use here",
		}
	}
	t, err := s.tokens.find(r.Context(), strings.TrimSpace(text))
	if err != nil {
		return who{}, err
	}
	level, _ := parseRole(t.Role)
	return who{"token:" + t.Name, level}, nil
}

// local lets in root and the user that the program runs as.
func (s *Server) local(p peer) (who, error) {
	if p.err != nil {
		return who{}, &problem{http.StatusForbidden, "the system does not say who calls: " + p.err.Error(), "use a token over TCP"}
	}
	if p.uid == unknownUID {
		return who{"unix", admin}, nil // the socket's file lets only one user in
	}
	if p.uid != 0 && p.uid != s.o.UID {
		return who{}, &problem{
			http.StatusForbidden, fmt.Sprintf("user %d may not administrate: the socket answers to user %d and root", p.uid, s.o.UID),
			"run the command with sudo, or use a token over TCP",
		}
	}
	return who{fmt.Sprintf("unix:%d", p.uid), admin}, nil
}

// tokens knows the tokens by their hash. Others may write the table too, so what it knows holds for a moment only.
type tokens struct {
	store store.Store
	now   func() time.Time

	mu     sync.Mutex
	byHash map[string]store.Token
	read   time.Time
	used   map[string]time.Time // by name: when the store was told
}

const (
	tokensHold = 5 * time.Second // how long the table is believed
	tokenUse   = time.Minute     // how exact the time of the last use is
)

// find returns the token of a text.
func (t *tokens) find(ctx context.Context, text string) (store.Token, error) {
	byHash, err := t.table(ctx)
	if err != nil {
		return store.Token{}, err
	}
	k, ok := byHash[hash(text)]
	if !ok {
		return k, &problem{http.StatusUnauthorized, "the token is not known", "list them with 'tocsin tokens list' on the server"}
	}
	now := t.now()
	if !k.Expires.IsZero() && !now.Before(k.Expires) {
		return k, &problem{
			http.StatusUnauthorized, fmt.Sprintf("the token %q expired at %s", k.Name, k.Expires.UTC().Format(time.RFC3339)),
			"make a new one with 'tocsin tokens add'",
		}
	}
	return k, t.use(ctx, k.Name, now)
}

// use notes that a token was used. The store is told once a minute.
func (t *tokens) use(ctx context.Context, name string, now time.Time) error {
	t.mu.Lock()
	said := t.used[name]
	if age := now.Sub(said); age >= 0 && age < tokenUse {
		t.mu.Unlock()
		return nil
	}
	t.used[name] = now
	t.mu.Unlock()
	if err := t.store.UseToken(ctx, name, now); err != nil {
		return fmt.Errorf("note the use of a token: %w", err)
	}
	return nil
}

// table returns the tokens by hash; nobody writes to it.
func (t *tokens) table(ctx context.Context) (map[string]store.Token, error) {
	t.mu.Lock()
	byHash, age := t.byHash, t.now().Sub(t.read)
	t.mu.Unlock()
	if byHash != nil && age >= 0 && age < tokensHold {
		return byHash, nil
	}
	list, err := t.store.Tokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	byHash = make(map[string]store.Token, len(list))
	for _, k := range list {
		byHash[k.Hash] = k
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byHash, t.read = byHash, t.now()
	return byHash, nil
}

// forget has the table read again.
func (t *tokens) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byHash = nil
}

// hash is what keys and tokens are kept as: SHA-512 in hex. They hold 256 bits of chance, so it needs no salt.
func hash(secret string) string {
	sum := sha512.Sum512([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// secret makes a text of 256 bits of chance.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
