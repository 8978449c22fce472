// Package decide turns alerts into decisions: allowlists and guard rails first, then simulation, then profiles, then the
// store; and it is the one way in which decisions end before their time.
//
// The local API, the administration API and the agent in the same process call it. It knows no HTTP. What is in force is
// read from the index ([Decider.Index]), never from here.
//
// Start from [New] and [Decider.AddAlerts].
package decide

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// Options are what a decider is made of.
type Options struct {
	// Store was opened with the index's Apply as its Committed.
	Store store.Store
	Index *verdict.Index
	Log   *slog.Logger
	Now   func() time.Time // nil for time.Now
}

// Decider accepts alerts and makes decisions. Its methods may be called from many goroutines.
type Decider struct {
	store store.Store
	index *verdict.Index
	log   *slog.Logger
	now   func() time.Time

	// gate lets an alert be judged and kept as one step beside a change of allowlists, so that no decision slips in behind
	// the lift: alerts hold it shared, allowlists alone.
	gate sync.RWMutex
}

// New makes a decider and fills the index from the store.
func New(ctx context.Context, o Options) (*Decider, error) {
	d := &Decider{store: o.Store, index: o.Index, log: o.Log, now: o.Now}
	if d.now == nil {
		d.now = time.Now
	}
	for c, err := range d.store.Changes(ctx, 0) {
		if err != nil {
			return nil, err
		}
		d.index.Apply([]verdict.Change{c})
	}
	return d, nil
}

// Index returns the decisions in force.
func (d *Decider) Index() *verdict.Index { return d.index }

// Outcome answers one alert of [Decider.AddAlerts].
type Outcome struct {
	store.Receipt
	// Allowed names the allowlist item or the guard rail that vetoed the alert: nothing was kept, and there is no ID.
	Allowed string
}

// AddAlerts judges alerts of a machine ("" for this program) and keeps them with their decisions, all or none. Alerts that carry decisions keep
// them. The outcomes are in the order of the alerts.
func (d *Decider) AddAlerts(ctx context.Context, machine string, alerts []*tocsin.Alert) ([]Outcome, error) {
	d.gate.RLock()
	defer d.gate.RUnlock()
	rows := make([]*store.Alert, len(alerts))
	for i, a := range alerts {
		rows[i] = &store.Alert{Alert: *a, Machine: machine}
	}
	receipts, err := d.store.AddAlerts(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]Outcome, len(receipts))
	for i, r := range receipts {
		out[i].Receipt = r
	}
	return out, nil
}

// DeleteAlerts removes alerts; their decisions that are in force end, and bouncers are told.
func (d *Decider) DeleteAlerts(ctx context.Context, f store.AlertFilter) (int, error) {
	return d.store.DeleteAlerts(ctx, f)
}

// EndDecisions ends what a query finds in force now, and returns the IDs.
func (d *Decider) EndDecisions(ctx context.Context, q verdict.Query) ([]int64, error) {
	found := d.index.Find(d.now(), q)
	ids := make([]int64, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	return d.store.EndDecisions(ctx, ids)
}
