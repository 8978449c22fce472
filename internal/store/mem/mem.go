// Package mem is a store in memory: for tests, and for agents that keep nothing. What it holds is gone with the process
// unless somebody takes a backup.
//
// It is written to be plainly right rather than fast: filters are scans, and package storetest takes it as the model of
// what the others must do. It is no index for bouncers; package verdict is.
//
// Start from [Open].
package mem

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// Store is a store in memory.
type Store struct {
	committed func([]verdict.Change)
	now       func() time.Time

	// turn is held by the one who writes, from its first look until Committed returned. It keeps the order of changes; the
	// state can be read meanwhile but for the moment of the change itself.
	turn sync.Mutex

	mu     sync.RWMutex
	closed bool
	s      state
}

var _ store.Store = (*Store)(nil)

// state is all that is kept. Its fields are exported for backups.
type state struct {
	Installation store.Installation
	Seq          uint64 // of the newest change or decision
	LastAlert    int64
	LastBouncer  int64
	LastAudit    int64

	Alerts     []*alert          // by ID
	Decisions  []*decision       // by ID
	UUIDs      map[string]*known // as CleanUUID makes them
	Machines   map[string]store.Machine
	Bouncers   []store.Bouncer // by ID
	Allowlists map[string]store.Allowlist
	Tokens     map[string]store.Token
	Settings   map[string]string
	Audit      []store.AuditEntry  // by ID
	Usage      []store.UsageReport // by time
}

// known remembers the uuid of an alert.
type known struct {
	Alert int64
	Gone  time.Time // zero while the alert is there
}

// Open makes an empty store.
func Open(o store.Options) *Store {
	s := &Store{committed: o.Committed, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if s.committed == nil {
		s.committed = func([]verdict.Change) {}
	}
	s.s = state{
		Installation: store.NewInstallation(),
		UUIDs:        map[string]*known{},
		Machines:     map[string]store.Machine{},
		Allowlists:   map[string]store.Allowlist{},
		Tokens:       map[string]store.Token{},
		Settings:     map[string]string{},
	}
	return s
}

// Restore makes a store of a backup.
func Restore(r io.Reader, o store.Options) (*Store, error) {
	s := Open(o)
	if err := json.NewDecoder(r).Decode(&s.s); err != nil {
		return nil, fmt.Errorf("%w: read the backup: %w", store.ErrCorrupt, err)
	}
	return s, nil
}

// Backup writes the state as JSON.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.read(ctx, func() error { return json.NewEncoder(w).Encode(&s.s) })
}

// Ready says whether the store is open.
func (s *Store) Ready(ctx context.Context) error {
	return s.read(ctx, func() error { return nil })
}

// Close ends the store.
func (s *Store) Close() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.closed = true
	s.s = state{}
	return nil
}

// read runs f while nothing changes.
func (s *Store) read(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.ErrClosed
	}
	return f()
}

// write runs f alone and tells its changes. f must not touch the state when it returns an error.
func (s *Store) write(ctx context.Context, f func(now time.Time) ([]verdict.Change, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	changes, err := s.change(f)
	if err != nil {
		return err
	}
	if len(changes) > 0 {
		s.committed(changes)
	}
	return nil
}

func (s *Store) change(f func(now time.Time) ([]verdict.Change, error)) ([]verdict.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, store.ErrClosed
	}
	return f(store.Milli(s.now()))
}

// quiet is write for what makes no changes.
func (s *Store) quiet(ctx context.Context, f func(now time.Time) error) error {
	return s.write(ctx, func(now time.Time) ([]verdict.Change, error) { return nil, f(now) })
}

// next gives a number of the sequence.
func (s *state) next() uint64 {
	s.Seq++
	return s.Seq
}

// alert finds one by ID, nil when it is not there.
func (s *state) alert(id int64) *alert {
	i, ok := slices.BinarySearchFunc(s.Alerts, id, func(a *alert, id int64) int { return compare(a.ID, id) })
	if !ok {
		return nil
	}
	return s.Alerts[i]
}

// decision finds one by ID, nil when it is not there.
func (s *state) decision(id int64) *decision {
	i, ok := slices.BinarySearchFunc(s.Decisions, id, func(d *decision, id int64) int { return compare(d.D.ID, id) })
	if !ok {
		return nil
	}
	return s.Decisions[i]
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
