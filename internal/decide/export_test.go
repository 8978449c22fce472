package decide

import "context"

// RefreshNames is what Run does each NamePeriod.
func (d *Decider) RefreshNames(ctx context.Context) error { return d.refreshNames(ctx) }

// RefreshGuards is what Run does each GuardPeriod.
func (d *Decider) RefreshGuards(ctx context.Context) error { return d.refreshGuards(ctx) }
