// Package stash is the memory that rules share between events: named caches of texts, each with a size, a strategy of
// eviction and a time to live for each value. Time is the events', never the wall clock's, so that a replay sees what
// the live run saw.
//
// It is no store: nothing survives the process by itself, and it does not order the events that use it. Callers do that,
// from one goroutine; a lock keeps mistakes from corrupting it. Start from [Stash].
package stash

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Limits.
const (
	MaxCaches  = 1_000     // caches of a stash
	MaxEntries = 1_000_000 // entries of a cache
	MaxText    = 64 << 10  // bytes of a key or a value
	MaxBytes   = 256 << 20 // bytes of all keys and values
)

// The strategies: which entry goes when a cache is full.
const (
	LRU = "LRU" // the one whose last use is longest ago
	LFU = "LFU" // the one used least often, and of several the one whose last use is longest ago
	ARC = "ARC" // adapts between the two (Megiddo and Modha, "ARC: a self-tuning, low overhead replacement cache", 2003)
)

// Stash is a set of caches. The zero value is not ready; see [New].
type Stash struct {
	mu sync.Mutex

	caches map[string]*cache
	bytes  int
	limit  int
}

// New returns an empty stash.
func New() *Stash { return &Stash{caches: map[string]*cache{}, limit: MaxBytes} }

type cache struct {
	size     int
	strategy string
	entries  map[string]*entry
	policy   policy
}

// entry is one value. The policy keeps its own place in it.
type entry struct {
	key, value string
	expires    time.Time // zero: never
	place      place
}

func (e *entry) bytes() int { return len(e.key) + len(e.value) }

// policy decides which entry goes.
type policy interface {
	// add takes in a new entry; the caller made room.
	add(e *entry)
	// use notes that an entry was read or written again.
	use(e *entry)
	// victim returns the entry that has to go for a key; there is at least one.
	victim(key string) *entry
	// drop forgets an entry. evicted says that it had to go for another, not that it expired.
	drop(e *entry, evicted bool)
}

// Configure makes a cache of at most size entries. Doing it again with the same size and strategy changes nothing. An
// empty strategy is LRU.
func (s *Stash) Configure(name string, size int, strategy string) error {
	if strategy == "" {
		strategy = LRU
	}
	strategy = strings.ToUpper(strategy)
	switch {
	case name == "":
		return errors.New("a stash needs a name")
	case size < 1 || size > MaxEntries:
		return fmt.Errorf("stash %q: the size must be from 1 to %d, but is %d", name, MaxEntries, size)
	}
	p, err := newPolicy(strategy, size)
	if err != nil {
		return fmt.Errorf("stash %q: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.caches[name]; c != nil {
		if c.size != size || c.strategy != strategy {
			return fmt.Errorf("stash %q is configured twice: size %d and %d, strategy %s and %s", name, c.size, size,
				c.strategy, strategy)
		}
		return nil
	}
	if len(s.caches) >= MaxCaches {
		return fmt.Errorf("stash %q: there are %d caches already, which is the limit", name, MaxCaches)
	}
	s.caches[name] = &cache{size: size, strategy: strategy, entries: map[string]*entry{}, policy: p}
	return nil
}

// Forget empties the caches, whose sizes and strategies stay.
func (s *Stash) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.caches {
		p, err := newPolicy(c.strategy, c.size)
		if err != nil {
			continue // it was made before
		}
		s.caches[name] = &cache{size: c.size, strategy: c.strategy, entries: map[string]*entry{}, policy: p}
	}
	s.bytes = 0
}

func newPolicy(strategy string, size int) (policy, error) {
	switch strategy {
	case LRU:
		return newLRU(), nil
	case LFU:
		return newLFU(), nil
	case ARC:
		return newARC(size), nil
	}
	return nil, fmt.Errorf("the strategy must be LRU, LFU or ARC, but is %q", strategy)
}

// Get returns a value and whether it is there at the moment now. A cache that was not configured is empty.
func (s *Stash) Get(name, key string, now time.Time) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.caches[name]
	if c == nil {
		return "", false
	}
	e := c.entries[key]
	if e == nil {
		return "", false
	}
	if e.expired(now) {
		s.remove(c, e, false)
		return "", false
	}
	c.policy.use(e)
	return e.value, true
}

func (e *entry) expired(now time.Time) bool { return !e.expires.IsZero() && !now.Before(e.expires) }

// Set stores a copy of a value until ttl after now; a ttl of 0 or less keeps it as long as there is room.
func (s *Stash) Set(name, key, value string, ttl time.Duration, now time.Time) error {
	if len(key) > MaxText || len(value) > MaxText {
		return fmt.Errorf("stash %q: a key or value has more than %d bytes", name, MaxText)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.caches[name]
	if c == nil {
		return fmt.Errorf("there is no stash %q: a parser's stash section makes one", name)
	}
	var expires time.Time
	if ttl > 0 {
		expires = now.Add(ttl)
	}
	e := c.entries[key]
	switch {
	case e == nil:
	case e.expired(now) || s.bytes+len(value)-len(e.value) > s.limit:
		s.remove(c, e, false)
	default:
		s.bytes += len(value) - len(e.value)
		e.value, e.expires = strings.Clone(value), expires
		c.policy.use(e)
		return nil
	}
	size := len(key) + len(value)
	for len(c.entries) > 0 && (len(c.entries) >= c.size || s.bytes+size > s.limit) {
		s.remove(c, c.policy.victim(key), true)
	}
	if s.bytes+size > s.limit {
		return fmt.Errorf("stash %q: the other caches hold %d bytes, which leaves no room", name, s.bytes)
	}
	e = &entry{key: strings.Clone(key), value: strings.Clone(value), expires: expires}
	s.bytes += size
	c.policy.add(e)
	c.entries[e.key] = e
	return nil
}

func (s *Stash) remove(c *cache, e *entry, evicted bool) {
	c.policy.drop(e, evicted)
	delete(c.entries, e.key)
	s.bytes -= e.bytes()
}

// Len returns how many entries a cache holds, expired ones that nobody asked for included.
func (s *Stash) Len(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.caches[name]; c != nil {
		return len(c.entries)
	}
	return 0
}
