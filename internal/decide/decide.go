// Package decide turns alerts into decisions: allowlists and guard rails first, then simulation, then profiles, then the
// store; and it is the one way in which decisions end before their time.
//
// The local API, the administration API and the agent in the same process call it. It knows no HTTP. What is in force is
// read from the index ([Decider.Index]), never from here.
//
// Start from [New] and [Decider.AddAlerts]; [Decider.Run] keeps house.
package decide

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"tocsin.example"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// Options are what a decider is made of. Store and Index must be given, the rest may be zero.
type Options struct {
	// Store was opened with the index's Apply as its Committed.
	Store store.Store
	Index *verdict.Index
	Log   *slog.Logger
	Now   func() time.Time // nil for time.Now

	// Profiles make the decisions; nil for the profile in the box.
	Profiles *profile.Set
	// Facts is what the profiles were given as their Past and their host's Decisions; nil for one that nobody else has.
	Facts *Facts
	// Notifier is told of alerts; nil for none.
	Notifier Notifier
	// Retention is what is kept; zero for [DefaultRetention].
	Retention store.Retention

	// Guards are guard rails that stay: configured proxies, ranges of a content delivery network.
	Guards []allow.Item
	// HostGuards reads the guard rails that may change: own addresses, the default gateway. It is asked every
	// [GuardPeriod]; an error keeps those of before. Nil for none.
	HostGuards func() ([]allow.Item, error)
	// Admins lists from where administrators are at work now. It is asked for every judgement and must be quick. Nil for
	// nobody.
	Admins func() []netip.Addr
	// Resolver finds the addresses of DNS names on allowlists; nil leaves them without.
	Resolver Resolver
}

// Notifier delivers what profiles want to be told.
type Notifier interface {
	// Notify takes an alert that was just kept, for the notifications of these names. It neither blocks nor writes to the
	// alert.
	Notify(names []string, a *store.Alert)
}

// DefaultRetention is what is kept unless the options say otherwise. Decisions that are over stay for as long as the
// profile in the box looks back.
func DefaultRetention() store.Retention {
	const day = 24 * time.Hour
	return store.Retention{
		AlertAge: 90 * day, AlertCount: 200_000, EndedAge: 31 * day, UsageAge: 30 * day, AuditAge: 365 * day,
	}
}

// Decider accepts alerts and makes decisions. Its methods may be called from many goroutines.
type Decider struct {
	o     Options
	store store.Store
	index *verdict.Index
	log   *slog.Logger
	now   func() time.Time
	facts *Facts

	profiles atomic.Pointer[profile.Set]
	allowed  atomic.Pointer[allow.Set]
	modes    atomic.Pointer[modes]
	counts   counters

	// gate lets an alert be judged and kept as one step beside a change of allowlists, so that no decision slips in behind
	// the lift: alerts hold it shared, allowlists alone. It is held while the store writes, because that is the step.
	gate sync.RWMutex

	// What a change of allowlists needs; only with the gate held alone.
	lists      []store.Allowlist
	names      map[string]*resolved
	hostGuards []allow.Item

	settings sync.Mutex // one change of modes at a time
}

// New makes a decider and fills the index from the store.
func New(ctx context.Context, o Options) (*Decider, error) {
	d := &Decider{o: o, store: o.Store, index: o.Index, log: o.Log, now: o.Now, names: map[string]*resolved{}}
	if d.now == nil {
		d.now = time.Now
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.o.Retention == (store.Retention{}) {
		d.o.Retention = DefaultRetention()
	}
	if d.facts = o.Facts; d.facts == nil {
		d.facts = NewFacts(o.Store, o.Index)
	}
	if o.Profiles == nil {
		set, err := profile.Builtin(profile.Options{Past: d.facts})
		if err != nil {
			return nil, fmt.Errorf("the built-in profile: %w", err)
		}
		o.Profiles = set
	}
	d.profiles.Store(o.Profiles)
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	if err := d.loadModes(ctx); err != nil {
		return nil, err
	}
	if err := d.loadAllowed(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// fill takes all changes that the store knows into the index.
func (d *Decider) fill(ctx context.Context) error {
	d.index.Expire(d.now()) // before the first change, so that it need not remember what was over long ago
	piece := make([]verdict.Change, 0, 4096)
	for c, err := range d.store.Changes(ctx, 0) {
		if err != nil {
			return fmt.Errorf("read the decisions in force: %w", err)
		}
		if !c.End {
			d.facts.seen.add(&c.Decision)
		}
		if piece = append(piece, c); len(piece) == cap(piece) {
			d.index.Apply(piece)
			piece = piece[:0]
		}
	}
	d.index.Apply(piece)
	d.facts.seen.start()
	return nil
}

// Index returns the decisions in force.
func (d *Decider) Index() *verdict.Index { return d.index }

// Profiles returns the profiles that decide now.
func (d *Decider) Profiles() *profile.Set { return d.profiles.Load() }

// SetProfiles lets other profiles decide from now on.
func (d *Decider) SetProfiles(p *profile.Set) { d.profiles.Store(p) }

// DeleteAlerts removes alerts; their decisions that are in force end, and bouncers are told.
func (d *Decider) DeleteAlerts(ctx context.Context, f store.AlertFilter) (int, error) {
	return d.store.DeleteAlerts(ctx, f)
}

// EndDecisions ends what a query finds in force now, and returns the IDs.
func (d *Decider) EndDecisions(ctx context.Context, q verdict.Query) ([]int64, error) {
	var ids []int64
	for f := range d.index.Each(d.now(), q) {
		ids = append(ids, f.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	ended, err := d.store.EndDecisions(ctx, ids)
	d.counts.ended.Add(uint64(len(ended)))
	return ended, err
}

// inForce is what a query for everything that is in force begins with: simulated ones too.
func inForce(p netip.Prefix) verdict.Query {
	return verdict.Query{Prefix: p, Filter: verdict.Filter{Simulated: true}}
}

// clone copies an alert so far as judging it writes to it.
func clone(a *tocsin.Alert) tocsin.Alert {
	c := *a
	c.Decisions = append([]tocsin.Decision(nil), a.Decisions...)
	if a.Source != nil {
		s := *a.Source
		c.Source = &s
	}
	return c
}
