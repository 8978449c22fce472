// Package inforce remembers the decisions that a run of the engine takes by itself: what the built-in profile would do
// about its alerts. It lets rules tell the events of an address that is banned already, so that the answers to a ban
// never feed the next one.
//
// It is not the local API: nothing here is enforced, shared or kept on disk, and a live agent asks the API's decisions
// through the same [cond.Decisions]. Start from [Ledger].
package inforce

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/cond"
)

// Limits of a Ledger.
const (
	// MaxValues bounds the values that are remembered; the one about which was decided longest ago goes first.
	MaxValues = 65_536
	// MaxEach bounds the decisions on one value whose moments are remembered, the latest ones.
	MaxEach = 32
	// MaxText bounds the bytes of a value that is no address.
	MaxText = 1 << 10
)

// Duration is how long a decision is in force: that of the built-in profile.
const Duration = 4 * time.Hour

// clientBits are what one client has of an IPv6 address: the rest it chooses itself.
const clientBits = 64

// Ledger holds decisions. Its answers depend on the alerts that it took and their order alone: the moments are those
// of events. It may be used by any number of goroutines; who wants answers in the order of the lines asks in that order.
type Ledger struct {
	mu sync.Mutex

	limit   int
	values  map[value]*list.Element // of *entry
	order   *list.List              // of their latest decisions, the oldest first
	lengths address.Lengths
	evicted uint64
}

var _ cond.Decisions = (*Ledger)(nil)

// value is what a decision is about: a prefix, single addresses too, or else a text.
type value struct {
	prefix netip.Prefix
	text   string
}

type entry struct {
	value value
	count int         // all decisions
	from  []time.Time // the moments of the latest ones
}

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{limit: MaxValues, values: map[value]*list.Element{}, order: list.New()}
}

// Take decides about the source of an alert, at the moment when its bucket overflowed. Alerts that ask for no
// remediation, simulated ones and those without a source decide nothing. An IPv6 address is decided with its /64: its
// owner has all of it.
func (l *Ledger) Take(a *tocsin.Alert, at time.Time) {
	if !a.Remediation || a.Simulated || a.Source == nil {
		return
	}
	v, ok := read(a.Source.Value)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()

	l.add(v, at)
	if p := v.prefix; p.IsValid() && p.Addr().Is6() && p.Bits() > clientBits {
		net, _ := p.Addr().Prefix(clientBits) // 64 bits are there
		l.add(value{prefix: net}, at)
	}
}

// read finds what a text names. It reports false for one that is too long or empty.
func read(s string) (value, bool) {
	if s == "" || len(s) > MaxText {
		return value{}, false
	}
	if p, ok := address.Parse(s); ok {
		return value{prefix: p}, true
	}
	return value{text: s}, true
}

func (l *Ledger) add(v value, at time.Time) {
	el := l.values[v]
	if el == nil {
		for len(l.values) >= l.limit {
			l.evict()
		}
		v.text = strings.Clone(v.text) // it may be part of a line
		el = l.order.PushBack(&entry{value: v})
		l.values[v] = el
		if v.prefix.IsValid() {
			l.lengths.Add(v.prefix, 1)
		}
	}
	l.order.MoveToBack(el)
	e := entryOf(el)
	e.count++
	if len(e.from) == MaxEach {
		e.from = e.from[:copy(e.from, e.from[1:])]
	}
	e.from = append(e.from, at)
}

func (l *Ledger) evict() {
	e := entryOf(l.order.Front())
	l.order.Remove(l.order.Front())
	delete(l.values, e.value)
	if p := e.value.prefix; p.IsValid() {
		l.lengths.Add(p, -1)
	}
	l.evicted++
}

func entryOf(el *list.Element) *entry {
	e, _ := el.Value.(*entry) // the list holds nothing else
	return e
}

// each calls f with what was decided about a value, and with what was decided about a range that it lies in.
func (l *Ledger) each(s string, f func(e *entry)) {
	v, ok := read(s)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()

	if len(l.values) == 0 {
		return
	}
	if !v.prefix.IsValid() {
		if el := l.values[v]; el != nil {
			f(entryOf(el))
		}
		return
	}
	l.lengths.Around(v.prefix, func(p netip.Prefix) bool {
		if el := l.values[value{prefix: p}]; el != nil {
			f(entryOf(el))
		}
		return true
	})
}

// Count implements [cond.Decisions]: all decisions on a value and on ranges that hold it.
func (l *Ledger) Count(value string) (int, error) {
	n := 0
	l.each(value, func(e *entry) { n += e.count })
	return n, nil
}

// CountSince implements [cond.Decisions]; of each value it knows the latest [MaxEach].
func (l *Ledger) CountSince(value string, now time.Time, ago time.Duration) (int, error) {
	n, since := 0, now.Add(-ago)
	l.each(value, func(e *entry) {
		for _, from := range e.from {
			if !from.Before(since) {
				n++
			}
		}
	})
	return n, nil
}

// Active implements [cond.Decisions]: a decision is in force from the moment of its alert for [Duration], and not at a
// moment before, which a log that is read later may have.
func (l *Ledger) Active(value string, now time.Time) (int, error) {
	n := 0
	l.each(value, func(e *entry) {
		for _, from := range e.from {
			if left(from, now) > 0 {
				n++
			}
		}
	})
	return n, nil
}

// TimeLeft implements [cond.Decisions]; 0 when none is in force.
func (l *Ledger) TimeLeft(value string, now time.Time) (time.Duration, error) {
	var longest time.Duration
	l.each(value, func(e *entry) {
		for _, from := range e.from {
			longest = max(longest, left(from, now))
		}
	})
	return longest, nil
}

// left is how long a decision of the moment from is still in force.
func left(from, now time.Time) time.Duration {
	if now.Before(from) {
		return 0
	}
	return max(0, Duration-now.Sub(from))
}

// Forget takes all decisions away, and what was counted.
func (l *Ledger) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.values)
	l.order.Init()
	l.lengths, l.evicted = [2][129]int{}, 0
}

// Len returns how many values are remembered, and how many were forgotten to make room.
func (l *Ledger) Len() (held int, evicted uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()

	return len(l.values), l.evicted
}
