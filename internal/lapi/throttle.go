package lapi

import (
	"net/netip"
	"sync"
	"time"
)

// bucket lets through a burst and then one at a time.
type bucket struct {
	mu    sync.Mutex
	left  float64
	since time.Time
}

func newBucket(burst int) *bucket { return &bucket{left: float64(burst)} }

// take takes one, or says how long to wait.
func (b *bucket) take(now time.Time, burst int, every time.Duration) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := now.Sub(b.since); d > 0 || b.since.IsZero() {
		if !b.since.IsZero() {
			b.left = min(float64(burst), b.left+float64(d)/float64(every))
		}
		b.since = now
	}
	if b.left >= 1 {
		b.left--
		return 0, true
	}
	return time.Duration((1 - b.left) * float64(every)), false
}

// What one bouncer or machine may report of itself.
const (
	usageBurst = 120
	usageEvery = 10 * time.Second
)

// maxThrottled is how many addresses and names are remembered. Beyond it some are forgotten, which favours those who
// come from many addresses; the cost of a password stays the bound then.
const maxThrottled = 20_000

// buckets has one bucket an address; IPv6 goes by /64, which is what one site has.
type buckets struct {
	burst int
	every time.Duration

	mu sync.Mutex
	of map[netip.Addr]*bucket
}

func newBuckets(burst int, every time.Duration) *buckets {
	return &buckets{burst: burst, every: every, of: map[netip.Addr]*bucket{}}
}

func (b *buckets) take(now time.Time, ip netip.Addr) (time.Duration, bool) {
	ip = site(ip)
	b.mu.Lock()
	one := b.of[ip]
	if one == nil {
		makeRoom(b.of)
		one = newBucket(b.burst)
		b.of[ip] = one
	}
	b.mu.Unlock()
	return one.take(now, b.burst, b.every)
}

// site is the network that an address is counted as.
func site(ip netip.Addr) netip.Addr {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		const siteBits = 64
		if p, err := ip.Prefix(siteBits); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// makeRoom forgets something, as the map has it first.
func makeRoom[K comparable, V any](m map[K]V) {
	if len(m) < maxThrottled {
		return
	}
	for k := range m {
		delete(m, k)
		return
	}
}

// logins slows down guessing. Failures are counted by who tries what from where, by address, and by machine. Where a
// machine came from last only the first counts, so that it is not kept out by others' guesses, be they made elsewhere or
// behind the same router.
type logins struct {
	mu        sync.Mutex
	byPair    map[pair]*strikes
	byAddress map[netip.Addr]*strikes
	byMachine map[string]*strikes
}

type pair struct {
	ip      netip.Addr
	machine string
}

// strikes are failures in a row.
type strikes struct {
	n     int
	until time.Time // no try before
	last  time.Time
}

// What failures lead to: some are free, then the wait doubles. They are forgotten after a while of peace.
const (
	freeByPair    = 10
	freeByAddress = 50
	freeByMachine = 20
	firstWait     = time.Second
	longestWait   = 5 * time.Minute
	peace         = 15 * time.Minute
)

func newLogins() *logins {
	return &logins{byPair: map[pair]*strikes{}, byAddress: map[netip.Addr]*strikes{}, byMachine: map[string]*strikes{}}
}

// wait says how long somebody has to wait before the next try, 0 for not at all. usual says that the machine came from
// this address before.
func (l *logins) wait(now time.Time, ip netip.Addr, machine string, usual bool) time.Duration {
	ip = site(ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.byPair[pair{ip, machine}].wait(now)
	if !usual {
		w = max(w, l.byAddress[ip].wait(now), l.byMachine[machine].wait(now))
	}
	return w
}

func (s *strikes) wait(now time.Time) time.Duration {
	if s == nil || now.Sub(s.last) > peace {
		return 0
	}
	// A clock that was set back must not lock anybody out for longer.
	return min(max(0, s.until.Sub(now)), longestWait)
}

// failed counts a failure.
func (l *logins) failed(now time.Time, ip netip.Addr, machine string) {
	ip = site(ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	strike(l.byPair, pair{ip, machine}, now, freeByPair)
	strike(l.byAddress, ip, now, freeByAddress)
	strike(l.byMachine, machine, now, freeByMachine)
}

func strike[K comparable](m map[K]*strikes, key K, now time.Time, free int) {
	s := m[key]
	if s == nil {
		makeRoom(m)
		s = &strikes{}
		m[key] = s
	}
	if now.Sub(s.last) > peace {
		s.n = 0
	}
	s.n, s.last = s.n+1, now
	if over := s.n - free; over > 0 {
		const doublings = 20
		s.until = now.Add(min(longestWait, firstWait<<min(over-1, doublings)))
	}
}
