package decide

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tocsin.example/internal/allow"
)

// How often [Decider.Run] looks after things.
const (
	ExpirePeriod = time.Second
	NamePeriod   = 5 * time.Second // for names whose time is up
	GuardPeriod  = time.Minute
	TidyPeriod   = 5 * time.Minute
)

// Run keeps house until ctx ends: it expires decisions, tidies the store, asks again for the names on allowlists and for
// the addresses of the host. What fails is logged and tried again.
func (d *Decider) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	every := func(period time.Duration, what string, f func(context.Context) error) {
		wg.Go(func() {
			t := time.NewTicker(period)
			defer t.Stop()
			for {
				if err := f(ctx); err != nil && ctx.Err() == nil {
					d.log.Warn("keeping house failed; it is tried again", "at", what, "error", err, "in", period)
				}
				select {
				case <-ctx.Done():
					return
				case <-t.C:
				}
			}
		})
	}
	every(ExpirePeriod, "expiring decisions", func(context.Context) error {
		d.counts.expired.Add(uint64(d.index.Expire(d.now()))) //nolint:gosec // never negative
		return nil
	})
	every(TidyPeriod, "tidying the store", d.tidy)
	every(NamePeriod, "resolving names on allowlists", d.refreshNames)
	if d.o.HostGuards != nil {
		every(GuardPeriod, "reading the addresses of this host", d.refreshGuards)
	}
	wg.Wait()
	return nil
}

func (d *Decider) tidy(ctx context.Context) error {
	t, err := d.store.Tidy(ctx, d.o.Retention)
	if err != nil {
		return err
	}
	d.counts.tidyings.Add(1)
	if age := d.o.Retention.EndedAge; age > 0 {
		d.facts.seen.forget(d.now().Add(-age))
	}
	if t.Alerts+t.Decisions+t.Usage+t.Audit+t.Tombstones > 0 {
		d.log.Info("the store was tidied", "alerts", t.Alerts, "decisions", t.Decisions, "usage", t.Usage, "audit", t.Audit)
	}
	return nil
}

// maxHostGuards bounds the addresses of one host.
const maxHostGuards = 10_000

// refreshGuards reads the addresses of the host again, and lifts what is in force against new ones.
func (d *Decider) refreshGuards(ctx context.Context) error {
	guards, err := d.o.HostGuards()
	if err != nil {
		return err
	}
	if len(guards) > maxHostGuards {
		return errors.New("this host has too many addresses")
	}
	d.gate.RLock()
	same := slices.EqualFunc(guards, d.hostGuards, func(a, b allow.Item) bool { return a.List == b.List && a.Value == b.Value })
	d.gate.RUnlock()
	if same {
		return nil
	}
	return d.change(ctx, func() (bool, error) {
		d.hostGuards = guards
		return true, nil
	})
}
