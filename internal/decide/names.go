package decide

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tocsin.example/internal/allow"
)

// Resolver finds the addresses of a DNS name.
type Resolver interface {
	// Resolve returns the addresses of a name and how long they are good. [allow.ErrNoName] says that the name has none; any
	// other error that they cannot be known now.
	Resolve(ctx context.Context, name string) ([]netip.Addr, time.Duration, error)
}

// Limits of names on allowlists.
const (
	maxNames         = 1000
	maxNameAddresses = 64
	minTTL           = 30 * time.Second
	maxTTL           = time.Hour
	retryName        = time.Minute
	resolveTimeout   = 5 * time.Second
	resolvers        = 8
	patience         = 10 * time.Second // of who adds a name
)

// namesKey is the setting that keeps the addresses of names, so that they hold when DNS is down at a start.
const namesKey = "allow.names"

// resolved is what is known of a DNS name.
type resolved struct {
	Addresses []netip.Addr `json:"addresses"`
	At        time.Time    `json:"at"` // of the last answer

	next time.Time // when it is asked again
	err  string    // of the last question
}

// NameState is what is known of a DNS name on an allowlist.
type NameState struct {
	Name      string       `json:"name"`
	Addresses []netip.Addr `json:"addresses"`
	At        time.Time    `json:"at"`              // of the last answer; zero for none yet
	Error     string       `json:"error,omitempty"` // of the last question
}

// Names lists the DNS names on allowlists, sorted.
func (d *Decider) Names() []NameState {
	d.gate.RLock()
	defer d.gate.RUnlock()

	out := make([]NameState, 0, len(d.names))
	for n, r := range d.names {
		out = append(out, NameState{n, slices.Clone(r.Addresses), r.At, r.err})
	}
	slices.SortFunc(out, func(a, b NameState) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

func (d *Decider) loadNames(ctx context.Context) error {
	text, err := d.store.Setting(ctx, namesKey)
	if err != nil {
		return fmt.Errorf("read the setting %s: %w", namesKey, err)
	}
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &d.names); err != nil {
		d.log.Warn("the addresses of DNS names on allowlists are asked anew", "error", err)
	}
	for n, r := range d.names {
		if r == nil {
			delete(d.names, n)
		}
	}
	return nil
}

// answer is what a resolver said of a name.
type answer struct {
	name      string
	addresses []netip.Addr
	ttl       time.Duration
	err       error
}

// resolve asks for names, a few at a time. Those beyond the limit are left out.
func (d *Decider) resolve(ctx context.Context, names []string) []answer {
	if d.o.Resolver == nil || len(names) == 0 {
		return nil
	}
	names = names[:min(len(names), maxNames)]
	out := make([]answer, len(names))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(resolvers, len(names)) {
		wg.Go(func() {
			for i := range next {
				out[i] = d.ask(ctx, names[i])
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	wg.Wait()
	return out
}

// resolveNow asks for names while somebody waits. Those that there is no time for are asked later.
func (d *Decider) resolveNow(ctx context.Context, names []string) []answer {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return d.resolve(ctx, names[:min(len(names), 16*resolvers)])
}

func (d *Decider) ask(ctx context.Context, name string) answer {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	list, ttl, err := d.o.Resolver.Resolve(ctx, name)
	a := answer{name: name, ttl: min(max(ttl, minTTL), maxTTL), err: err}
	for _, addr := range list {
		if addr = addr.Unmap().WithZone(""); addr.IsValid() {
			a.addresses = append(a.addresses, addr)
		}
	}
	slices.SortFunc(a.addresses, netip.Addr.Compare)
	a.addresses = slices.Compact(a.addresses)
	a.addresses = a.addresses[:min(len(a.addresses), maxNameAddresses)]
	return a
}

// learn takes answers. The gate is held alone. When DNS fails, the addresses of before stay; when it says that there are
// none, they go.
func (d *Decider) learn(ctx context.Context, answers []answer) (changed bool, err error) {
	now := d.now()
	for _, a := range answers {
		r := d.names[a.name]
		if r == nil {
			r = &resolved{}
			d.names[a.name] = r
		}
		if a.err != nil {
			d.counts.nameFaults.Add(1)
			r.err, r.next = a.err.Error(), now.Add(retryName)
			if !errors.Is(a.err, allow.ErrNoName) {
				continue
			}
		} else {
			r.err, r.next = "", now.Add(a.ttl)
		}
		r.At = now
		if !slices.Equal(r.Addresses, a.addresses) {
			r.Addresses, changed = a.addresses, true
		}
	}
	if !changed {
		return false, nil
	}
	return true, d.keep(ctx, namesKey, d.names)
}

// refreshNames asks again for the names whose time is up, and lifts what is in force against new addresses.
func (d *Decider) refreshNames(ctx context.Context) error {
	now := d.now()
	var due []string
	d.gate.RLock()
	for n, r := range d.names {
		if !r.next.After(now) {
			due = append(due, n)
		}
	}
	d.gate.RUnlock()
	slices.Sort(due)
	answers := d.resolve(ctx, due)
	if len(answers) == 0 {
		return nil
	}
	return d.change(ctx, func() (bool, error) {
		answers = slices.DeleteFunc(answers, func(a answer) bool { return d.names[a.name] == nil }) // taken off meanwhile
		return d.learn(ctx, answers)
	})
}

// change makes a new snapshot when f changed something, and lifts what is in force against what is allowed newly.
func (d *Decider) change(ctx context.Context, f func() (bool, error)) error {
	ctx, err := begun(ctx)
	if err != nil {
		return err
	}
	d.gate.Lock()
	defer d.gate.Unlock()

	now := d.now()
	changed, fault := f() // what could not be kept on the disk counts all the same
	if !changed {
		return fault
	}
	before := d.allowed.Load().Prefixes(now)
	d.snapshot()
	var t targets
	for _, p := range d.allowed.Load().Prefixes(now) {
		if _, old := slices.BinarySearchFunc(before, p, comparePrefixes); !old {
			t.prefixes = append(t.prefixes, p)
		}
	}
	_, err = d.lift(ctx, &t)
	return errors.Join(fault, err)
}

func comparePrefixes(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}
