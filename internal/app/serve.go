package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"tocsin.example/internal/admin"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/hostnet"
	"tocsin.example/internal/lapi"
	"tocsin.example/internal/life"
	"tocsin.example/internal/listen"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/sqldb"
	"tocsin.example/internal/verdict"
)

// ServeOptions say how the local API is run.
type ServeOptions struct {
	State   string   // folder of the state; made if it is not there
	Listen  []string // HOST:PORT or unix:PATH
	Metrics string   // HOST:PORT for /metrics; "" for none
	Log     *slog.Logger
	Version string

	// Profiles is a profiles.yaml, asked after the PATH.local beside it; "" for the profile in the box.
	Profiles       string
	TrustedProxies []netip.Prefix // never decided against, and believed about whom they ask for
	TrustedIPs     []netip.Prefix // may delete alerts
	TLS            *lapi.TLSOptions
	Registration   lapi.AutoRegistration
	Retention      store.Retention // zero for the default
	NoDNS          bool            // names on allowlists are not resolved

	// Ready is told the addresses when all of them are served.
	Ready func(addresses []string)
}

// remember is how long a bouncer may be away and still be told what ended meanwhile. The store keeps it for longer.
const remember = 24 * time.Hour

// AdminSocket is the path of the administration API's socket in a state folder.
func AdminSocket(state string) string { return filepath.Join(state, "admin.sock") }

// Restore puts a backup into a state folder that no process uses, and returns what it was. A state that is there is an
// error unless force is set.
func Restore(ctx context.Context, r io.Reader, state string, force bool) (sqldb.Header, error) {
	return sqldb.Restore(ctx, r, state, force)
}

// Serve runs the local API and the administration API until ctx ends. What was acknowledged is on disk when it returns.
func Serve(ctx context.Context, o ServeOptions) error {
	s := &serving{o: o, index: verdict.NewWith(verdict.Options{Remember: remember})}
	if s.o.Log == nil {
		s.o.Log = slog.New(slog.DiscardHandler)
	}
	stages := []life.Stage{
		{Name: "state", Grace: time.Minute, Run: s.runStore},
		{Name: "decisions", Run: s.runDecider},
		{Name: "local API", Run: s.runListeners},
		{Name: "administration API", Run: s.runDesk},
		{Name: "bouncers and machines", Grace: 20 * time.Second, Run: s.runAPI},
	}
	if s.o.Metrics != "" {
		stages = append(stages, life.Stage{Name: "metrics", Run: s.runMetrics})
	}
	return life.Run(ctx, append(stages, life.Stage{Name: "ready", Run: s.runReady})...)
}

// serving is what one call of [Serve] has made so far. Each stage sets its own parts before the next one starts.
type serving struct {
	o       ServeOptions
	index   *verdict.Index
	store   store.Store
	decider *decide.Decider

	public          []net.Listener // of the local API
	socket, metrics net.Listener   // of the administration API, and of the metrics if they are wanted

	api  *lapi.Server
	desk atomic.Pointer[admin.Server] // the administration API, once there is one
}

// admins are the addresses from which administrators are at work.
func (s *serving) admins() []netip.Addr {
	if desk := s.desk.Load(); desk != nil {
		return desk.Admins()
	}
	return nil
}

func (s *serving) runStore(ctx context.Context, ready func()) error {
	db, err := sqldb.Open(ctx, s.o.State, store.Options{Committed: s.index.Apply})
	if err != nil {
		return err
	}
	s.store = db
	ready()
	<-ctx.Done()
	return db.Close()
}

func (s *serving) runDecider(ctx context.Context, ready func()) error {
	facts := decide.NewFacts(s.store, s.index)
	profiles, err := s.profiles(facts)
	if err != nil {
		return err
	}
	guards := make([]allow.Item, 0, len(s.o.TrustedProxies))
	for _, p := range s.o.TrustedProxies {
		guards = append(guards, allow.Proxy.Item(p))
	}
	o := decide.Options{
		Store: s.store, Index: s.index, Log: s.o.Log, Profiles: profiles, Facts: facts, Retention: s.o.Retention,
		Guards: guards, HostGuards: hostnet.Guards, Admins: s.admins,
	}
	if !s.o.NoDNS {
		o.Resolver = hostnet.Resolver{}
	}
	if s.decider, err = decide.New(ctx, o); err != nil {
		return err
	}
	ready()
	return s.decider.Run(ctx)
}

// profiles loads the configured file with the local one before it; nil for the profile in the box.
func (s *serving) profiles(facts *decide.Facts) (*profile.Set, error) {
	if s.o.Profiles == "" {
		return nil, nil
	}
	var files []profile.File
	for _, path := range []string{s.o.Profiles + ".local", s.o.Profiles} {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path != s.o.Profiles {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("profiles: %w", err)
		}
		files = append(files, profile.File{Path: path, Text: text})
	}
	problems := &diag.List{}
	set, err := profile.Load(profile.Options{Host: &cond.Host{Decisions: facts}, Past: facts}, problems, files...)
	if err == nil {
		for _, p := range problems.Problems() { // warnings: errors are the error
			s.o.Log.Warn("a profile is not quite as it should be", "problem", p.Error())
		}
	}
	return set, err
}

// runListeners opens all addresses, so that a taken one is said before anything is served, and makes the servers.
func (s *serving) runListeners(ctx context.Context, ready func()) (err error) {
	var open []net.Listener
	defer func() {
		for _, l := range open {
			if closed := l.Close(); !errors.Is(closed, net.ErrClosed) {
				err = errors.Join(err, closed)
			}
		}
	}()
	var faults []error
	add := func(l net.Listener, err error) net.Listener {
		if err == nil {
			open = append(open, l)
		}
		faults = append(faults, err)
		return l
	}
	for _, address := range s.o.Listen {
		s.public = append(s.public, add(listen.On(ctx, address)))
	}
	s.socket = add(listen.Unix(ctx, AdminSocket(s.o.State), 0o600))
	if s.o.Metrics != "" {
		s.metrics = add(listen.On(ctx, s.o.Metrics))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	s.api, err = lapi.New(ctx, lapi.Options{
		Store: s.store, Decider: s.decider, Index: s.index, Log: s.o.Log,
		TrustedIPs: s.o.TrustedIPs, TrustedProxies: s.o.TrustedProxies, TLS: s.o.TLS, AutoRegistration: s.o.Registration,
	})
	if err != nil {
		return err
	}
	desk := admin.New(admin.Options{
		Store: s.api.Watch(), Decider: s.decider, Log: s.o.Log, HashPassword: lapi.HashPassword,
		Version: s.o.Version, StateDir: s.o.State, Listen: urls(s.public, s.o.TLS != nil),
	})
	s.desk.Store(desk)
	s.api.Mount("/admin/v1/", desk.Handler())
	ready()
	<-ctx.Done()
	return nil
}

func (s *serving) runDesk(ctx context.Context, ready func()) error {
	ready()
	return s.desk.Load().Serve(ctx, s.socket)
}

func (s *serving) runAPI(ctx context.Context, ready func()) error {
	ready()
	return s.api.Serve(ctx, s.public...)
}

// runMetrics answers /metrics.
func (s *serving) runMetrics(ctx context.Context, ready func()) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.api.MetricsHandler())
	ready()
	return listen.Serve(ctx, &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
	}, time.Second, s.metrics)
}

func (s *serving) runReady(ctx context.Context, ready func()) error {
	ready()
	if s.o.Ready != nil {
		s.o.Ready(addresses(s.public))
	}
	<-ctx.Done()
	return nil
}

func addresses(list []net.Listener) (out []string) {
	for _, l := range list {
		if l.Addr().Network() == "unix" {
			out = append(out, "unix:"+l.Addr().String())
			continue
		}
		out = append(out, l.Addr().String())
	}
	return out
}

// urls are the addresses as clients are told them.
func urls(list []net.Listener, tls bool) []string {
	out := addresses(list)
	for i, a := range out {
		switch {
		case list[i].Addr().Network() == "unix":
		case tls:
			out[i] = "https://" + a
		default:
			out[i] = "http://" + a
		}
	}
	return out
}
