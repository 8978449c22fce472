package admin

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"tocsin.example/client"
)

const (
	// sessionTime is how long after their last word an administrator counts as at work.
	sessionTime = time.Hour
	// sessionsMost bounds the addresses that are remembered.
	sessionsMost = 256
)

// sessions are the addresses from which administrators are at work, so that nobody is decided against who could not
// undo it.
type sessions struct {
	now func() time.Time

	mu   sync.Mutex
	seen map[netip.Addr]time.Time
}

// note remembers from where somebody calls: over TCP the other end; over the Unix socket, what the command line says, for
// who works over SSH.
func (s *sessions) note(r *http.Request, w who) {
	if w.role < operator {
		return
	}
	text := r.Header.Get(client.SessionHeader)
	if _, local := r.Context().Value(peerKey{}).(peer); !local {
		if p, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			text = p.Addr().String()
		}
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.IsLoopback() || a.IsUnspecified() {
		return
	}
	a = a.Unmap().WithZone("")
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[a] = now
	if len(s.seen) <= sessionsMost {
		return
	}
	oldest := a
	for b, at := range s.seen {
		if at.Before(s.seen[oldest]) {
			oldest = b
		}
	}
	delete(s.seen, oldest)
}

// Admins lists the addresses from which administrators are at work. It is quick, for [decide.Options].
func (s *Server) Admins() []netip.Addr {
	since := s.now().Add(-sessionTime)
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	var out []netip.Addr
	for a, at := range s.sessions.seen {
		if at.Before(since) {
			delete(s.sessions.seen, a)
			continue
		}
		out = append(out, a)
	}
	return out
}
