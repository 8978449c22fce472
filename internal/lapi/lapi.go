// Package lapi serves the local API to bouncers and machines, as CrowdSec has it, and the push stream.
//
// It speaks HTTP and checks who asks. What is in force is read from the index, alerts go to the decider, and nothing here
// judges them. What bouncers and machines change by use (who was seen, how far a stream was served) is kept in memory and
// written every few seconds. It knows nothing of administrators: package admin does.
//
// Start from [New], [Server.Handler] and [Server.Serve].
package lapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// Options are what a server is made of. What is zero has the default that stands beside it.
type Options struct {
	Store   store.Store
	Decider *decide.Decider
	Index   *verdict.Index
	Log     *slog.Logger     // nil for none
	Now     func() time.Time // nil for time.Now

	// SigningKey signs the tokens of machines, at least 64 bytes. Nil is a random one that the store keeps, so that tokens
	// outlive a restart and are good at every server on the same store.
	SigningKey []byte
	TokenLife  time.Duration // of a machine's token: 1h

	// TrustedIPs may delete alerts, beside loopback and the Unix socket.
	TrustedIPs []netip.Prefix
	// TrustedProxies are believed when they say for whom they ask (X-Forwarded-For). None by default.
	TrustedProxies []netip.Prefix

	// AutoRegistration validates machines at once that register with a token from allowed addresses.
	AutoRegistration AutoRegistration
	// NoRegistration refuses POST /v1/watchers without a token from elsewhere than loopback.
	NoRegistration bool
	MaxPending     int // machines that registered and wait to be validated: 100

	// TLS is how TCP listeners are served; nil for plain HTTP.
	TLS *TLSOptions

	MaxLoginBody  int64         // bytes of a body for login and registration, decompressed: 2 MiB
	MaxBody       int64         // of other bodies: 50 MiB
	MaxHeader     int           // bytes of a request's headers: 64 KiB
	MaxInFlight   int           // requests at a time, without pushes: 1024
	MaxPush       int           // push streams at a time: 1024
	MaxHeavy      int           // requests at a time with a body beyond 256 KiB, of those who are known and of others: 4
	HeaderTimeout time.Duration // to send a request's headers: 10s
	BodyTimeout   time.Duration // to send a whole request: 2m
	WriteTimeout  time.Duration // to take one piece of an answer: 30s
	IdleTimeout   time.Duration // of a connection without request: 2m
	StopTimeout   time.Duration // for requests to end when the server stops: 5s

	// FailuresBurst is how many wrong keys, tokens or passwords an address has free, and FailuresEvery how often it gets
	// another: 50, 1s. Beyond it is told to wait; a right key is served all the same.
	FailuresBurst int
	FailuresEvery time.Duration

	SaveEvery time.Duration // how often what changed by use is written: 5s
	Refresh   time.Duration // how often keys and machines are read anew, if nobody says that they changed: 10s

	MaxPerKey int           // addresses that one key may come from, the oldest is forgotten: 1000
	Heartbeat time.Duration // of a push stream: 15s
	PushPause time.Duration // between two events of a push stream, to put changes together: 20ms
}

// AutoRegistration says who may register without being validated by a person.
type AutoRegistration struct {
	Token  string         // at least 32 characters; "" for nobody
	Ranges []netip.Prefix // addresses that may use it
}

func (o *Options) defaults() {
	def(&o.Log, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	def(&o.TokenLife, time.Hour)
	def(&o.MaxPending, 100)
	def(&o.MaxLoginBody, 2<<20)
	def(&o.MaxBody, 50<<20)
	def(&o.MaxHeader, 64<<10)
	def(&o.MaxInFlight, 1024)
	def(&o.MaxPush, 1024)
	def(&o.MaxHeavy, 4)
	def(&o.HeaderTimeout, 10*time.Second)
	def(&o.BodyTimeout, 2*time.Minute)
	def(&o.WriteTimeout, 30*time.Second)
	def(&o.IdleTimeout, 2*time.Minute)
	def(&o.StopTimeout, 5*time.Second)
	def(&o.FailuresBurst, 50)
	def(&o.FailuresEvery, time.Second)
	def(&o.SaveEvery, 5*time.Second)
	def(&o.Refresh, 10*time.Second)
	def(&o.MaxPerKey, 1000)
	def(&o.Heartbeat, 15*time.Second)
	def(&o.PushPause, 20*time.Millisecond)
}

func def[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// Server is the local API. Its methods may be called from many goroutines.
type Server struct {
	o         Options
	log       *slog.Logger
	handler   http.Handler
	bouncers  *bouncers
	machines  *machines
	tokens    *tokens
	passwords *passwords
	logins    *logins
	failures  *buckets
	metrics   *metrics
	scenarios *scenarios
	pieces    pieces

	certificates *certificates // set by Serve, nil without TLS

	inFlight chan struct{}
	pushes   chan struct{}
	heavy    chan struct{}
	// strangers is heavy for those who did not say who they are.
	strangers chan struct{}

	stopping chan struct{} // closed when push streams must end
	stopOnce sync.Once
	ready    atomic.Bool
}

// New makes a server and reads keys and machines from the store.
func New(ctx context.Context, o Options) (*Server, error) {
	o.defaults()
	key, err := signingKey(ctx, o)
	if err != nil {
		return nil, err
	}
	if t := o.AutoRegistration.Token; t != "" && len(t) < minRegistrationToken {
		return nil, fmt.Errorf("the token for automatic registration has %d characters: at least %d are needed", len(t), minRegistrationToken)
	}
	s := &Server{
		o: o, log: o.Log,
		tokens:    newTokens(key, o.TokenLife, o.Now),
		passwords: newPasswords(),
		logins:    newLogins(),
		failures:  newBuckets(o.FailuresBurst, o.FailuresEvery),
		scenarios: newScenarios(),
		inFlight:  make(chan struct{}, o.MaxInFlight),
		pushes:    make(chan struct{}, o.MaxPush),
		heavy:     make(chan struct{}, o.MaxHeavy),
		strangers: make(chan struct{}, o.MaxHeavy),
		stopping:  make(chan struct{}),
	}
	s.metrics = newMetrics(s)
	s.bouncers = newBouncers(o, s.metrics)
	s.machines = newMachines(o, s.metrics)
	if err := errors.Join(s.bouncers.load(ctx), s.machines.load(ctx)); err != nil {
		return nil, fmt.Errorf("read bouncers and machines: %w", err)
	}
	s.handler = s.routes()
	s.ready.Store(true)
	return s, nil
}

// minRegistrationToken is what CrowdSec asks of a registration token.
const minRegistrationToken = 32

// settingSigningKey is where the store keeps the key of tokens, in hex.
const settingSigningKey = "lapi.signing_key"

func signingKey(ctx context.Context, o Options) ([]byte, error) {
	const size = 64
	if o.SigningKey != nil {
		if len(o.SigningKey) < size {
			return nil, fmt.Errorf("the signing key has %d bytes: at least %d are needed", len(o.SigningKey), size)
		}
		return slices.Clone(o.SigningKey), nil
	}
	var fresh [size]byte
	if _, err := rand.Read(fresh[:]); err != nil {
		return nil, err
	}
	kept, err := o.Store.KeepSetting(ctx, settingSigningKey, hex.EncodeToString(fresh[:]))
	if err != nil {
		return nil, fmt.Errorf("keep the signing key: %w", err)
	}
	key, err := hex.DecodeString(kept)
	if err != nil || len(key) < size {
		return nil, errors.New("the signing key in the store is damaged: delete the setting " + settingSigningKey)
	}
	return key, nil
}

// Handler serves the API, from requests of a real listener or of others.
func (s *Server) Handler() http.Handler { return s.handler }

// Mount gives all paths under a prefix, which ends in a slash, to another handler that checks for itself who calls. It is
// for the time before Serve and Handler.
func (s *Server) Mount(prefix string, h http.Handler) {
	inner := s.handler
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, prefix) {
			h.ServeHTTP(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// Flush writes what bouncers and machines changed by use. Serve does it every few seconds and at its end.
func (s *Server) Flush(ctx context.Context) error {
	return errors.Join(s.bouncers.flush(ctx), s.machines.flush(ctx))
}

// stop ends push streams and lets no new ones begin.
func (s *Server) stop() {
	s.ready.Store(false)
	s.stopOnce.Do(func() { close(s.stopping) })
}
