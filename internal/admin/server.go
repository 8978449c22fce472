package admin

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"tocsin.example/internal/decide"
	"tocsin.example/internal/listen"
	"tocsin.example/internal/store"
)

// Options are what a server is made of.
type Options struct {
	Store   store.Store // of a local API that is to see changes of bouncers and machines at once: its Watch
	Decider *decide.Decider
	Log     *slog.Logger     // nil for none
	Now     func() time.Time // nil for time.Now
	// HashPassword makes what a machine's password is kept as.
	HashPassword func(password string) (string, error)
	// What the status shows.
	Version  string
	StateDir string
	Listen   []string
	// UID is the user that the Unix socket answers to beside root. New sets it to the user of this process.
	UID int
}

// Server answers administrators. Its methods may be called from many goroutines.
type Server struct {
	o        Options
	now      func() time.Time
	log      *slog.Logger
	started  time.Time
	mux      *http.ServeMux
	tokens   tokens
	sessions sessions
}

// New makes a server.
func New(o Options) *Server {
	s := &Server{o: o, now: o.Now, log: o.Log, mux: http.NewServeMux()}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.o.UID = os.Getuid()
	s.started = s.now()
	s.tokens.store, s.tokens.now, s.tokens.used = o.Store, s.now, map[string]time.Time{}
	s.sessions.now, s.sessions.seen = s.now, map[netip.Addr]time.Time{}
	for _, r := range s.routes() {
		s.mux.Handle(r.pattern(), s.serve(r))
	}
	s.mux.HandleFunc("/", s.unknown)
	return s
}

// Handler answers everything under /admin/v1/. A connection of the Unix socket is known as such only by
// [Server.ConnContext].
func (s *Server) Handler() http.Handler { return s.mux }

// stopTime is how long requests may take to end when the server stops.
const stopTime = 5 * time.Second

// Serve answers on the Unix socket until the context ends; then it waits a while for what has begun.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s.mux,
		ConnContext:       s.ConnContext,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return listen.Serve(ctx, h, stopTime, l) // a long backup or import is cut, and its client sees that
}
