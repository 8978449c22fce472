package decide

import (
	"context"
	"fmt"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// Outcome answers one alert of [Decider.AddAlerts].
type Outcome struct {
	store.Receipt
	// Allowed names the allowlist item or the guard rail that vetoed the alert, or all of its decisions: nothing was kept,
	// and there is no ID.
	Allowed string
	// Invalid says why none of the decisions that the alert carried can be: nothing was kept, and there is no ID.
	Invalid string
	// Decisions counts those kept, Vetoed and Dropped those that were not: allowed, or no decision at all.
	Decisions, Vetoed, Dropped int
}

// AddAlerts judges alerts of a machine ("" for this program) and keeps them with their decisions, all or none. The
// outcomes are in the order of the alerts, which are not written to.
//
// Alerts that carry decisions keep them, save for those that are allowed or no decisions; profiles only notify. Of
// others, allowlists look at the source and profiles decide. An alert whose uuid is known has no second effect.
func (d *Decider) AddAlerts(ctx context.Context, machine string, alerts []*tocsin.Alert) ([]Outcome, error) {
	d.gate.RLock()
	defer d.gate.RUnlock()

	now := d.now()
	out := make([]Outcome, len(alerts))
	rows := make([]*store.Alert, 0, len(alerts))
	notify := make([][]string, 0, len(alerts))
	at := make([]int, 0, len(alerts)) // where the outcome of a row is
	for i, a := range alerts {
		row := &store.Alert{Alert: clone(a), Machine: machine}
		names, err := d.judge(now, row, &out[i])
		if err != nil {
			return nil, fmt.Errorf("alert %d of %d: %w", i+1, len(alerts), err)
		}
		if out[i].Allowed == "" && out[i].Invalid == "" {
			rows, notify, at = append(rows, row), append(notify, names), append(at, i)
		}
	}
	if len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		// From here on to the end: what was kept is told, though the sender is gone.
		receipts, err := d.store.AddAlerts(context.WithoutCancel(ctx), rows)
		if err != nil {
			return nil, err
		}
		for n, r := range receipts {
			out[at[n]].Receipt = r
			d.kept(rows[n], &out[at[n]], notify[n])
		}
	}
	for i := range out {
		d.counts.outcome(&out[i])
	}
	return out, nil
}

// kept does what follows when an alert was kept.
func (d *Decider) kept(row *store.Alert, o *Outcome, notify []string) {
	if o.Repeat {
		o.Decisions = 0
		return
	}
	for i := range row.Decisions {
		d.counts.decided(row.Decisions[i].Origin)
		d.facts.seen.add(&row.Decisions[i])
	}
	if len(notify) > 0 && !row.Shadow && d.o.Notifier != nil {
		d.o.Notifier.Notify(notify, row)
	}
}

// judge makes an alert what it is kept as, and says who is told of it.
func (d *Decider) judge(now time.Time, row *store.Alert, o *Outcome) (notify []string, err error) {
	carried := len(row.Decisions) > 0
	canonicalSource(row.Source)
	if carried {
		d.carried(now, row, o)
		if o.Allowed != "" || o.Invalid != "" {
			return nil, nil
		}
	} else {
		if it, ok := d.forbidden(now, row.GetScope(), row.GetValue()); ok {
			o.Allowed = it.Reason()
			return nil, nil
		}
		m := d.modes.Load()
		row.Shadow = m.shadowed(row.Scenario)
		row.Simulated = row.Simulated || row.Shadow || m.simulated(row.Scenario)
	}
	v, err := d.Profiles().Decide(now, &row.Alert)
	if err != nil {
		return nil, err
	}
	for _, fault := range v.Faults {
		d.profileFault(now, fault)
	}
	if !carried {
		d.decided(now, row, &v, o)
	}
	for i := range row.Decisions {
		row.Late = row.Late || !row.Decisions[i].Until.After(now)
	}
	o.Decisions = len(row.Decisions)
	return v.Notify, nil
}

// carried looks through the decisions that an alert brought along.
func (d *Decider) carried(now time.Time, row *store.Alert, o *Outcome) {
	kept := row.Decisions[:0]
	var allowed, invalid string
	for _, dec := range row.Decisions {
		if why := canonical(now, &dec); why != "" {
			invalid = why
			o.Dropped++
			d.counts.invalid(why)
			continue
		}
		if it, ok := d.forbidden(now, dec.Scope, dec.Value); ok {
			allowed = it.Reason()
			o.Vetoed++
			continue
		}
		kept = append(kept, dec)
	}
	if row.Decisions = kept; len(kept) > 0 {
		return
	}
	if o.Allowed = allowed; allowed == "" {
		o.Invalid = invalid
	}
}

// decided gives an alert the decisions of a verdict, as far as nothing forbids them.
func (d *Decider) decided(now time.Time, row *store.Alert, v *profile.Verdict, o *Outcome) {
	from := row.StopAt
	if from.IsZero() || from.After(now) { // an agent whose clock is ahead makes no longer bans
		from = now
	}
	for _, dec := range v.Decisions {
		dec.Until = from.Add(dec.Duration)
		if why := canonical(now, &dec.Decision); why != "" {
			o.Dropped++
			d.counts.invalid(why)
			continue
		}
		if _, ok := d.forbidden(now, dec.Scope, dec.Value); ok {
			o.Vetoed++
			continue
		}
		row.Decisions = append(row.Decisions, dec.Decision)
	}
}

// canonical brings a decision to the form in which decisions are kept, or says why it is none: one of invalidReasons.
func canonical(now time.Time, d *tocsin.Decision) (why string) {
	d.Scope = tocsin.CanonicalScope(d.Scope)
	switch {
	case d.Type == "" || len(d.Type) > wire.MaxName:
		return badType
	case d.Scope == "" || len(d.Scope) > wire.MaxName:
		return badScope
	case d.Value == "" || len(d.Value) > wire.MaxText:
		return badValue
	case d.Until.IsZero():
		return badDuration
	}
	if last := now.Add(wire.MaxDuration); d.Until.After(last) {
		d.Until = last
	}
	if d.Scope != tocsin.ScopeIP && d.Scope != tocsin.ScopeRange {
		return ""
	}
	p, ok := address.Parse(d.Value)
	switch {
	case !ok:
		return badAddress
	case d.Scope == tocsin.ScopeRange:
		d.Value = p.String()
	case p.IsSingleIP():
		d.Value = p.Addr().String()
	default:
		d.Scope, d.Value = tocsin.ScopeRange, p.String() // a bouncer must not look for it among addresses
	}
	return ""
}

// canonicalSource brings a source to one spelling. What cannot be read stays as it is.
func canonicalSource(s *tocsin.AlertSource) {
	if s == nil {
		return
	}
	s.Scope = tocsin.CanonicalScope(s.Scope)
	if s.Scope != tocsin.ScopeIP && s.Scope != tocsin.ScopeRange {
		return
	}
	p, ok := address.Parse(s.Value)
	switch {
	case !ok:
	case s.Scope == tocsin.ScopeRange:
		s.Value = p.String()
	case p.IsSingleIP():
		s.Value = p.Addr().String()
	}
}

// profileFault logs an expression of a profile that failed, at most one each ten seconds.
func (d *Decider) profileFault(now time.Time, fault error) {
	n := d.counts.faults.Add(1)
	last := d.counts.faultSaid.Load()
	if t := now.Unix(); t-last >= 10 && d.counts.faultSaid.CompareAndSwap(last, t) {
		d.log.Warn("an expression of a profile failed", "error", fault, "failures", n)
	}
}
