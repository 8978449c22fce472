package decide

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/store"
)

// Limits of a story.
const (
	maxPast   = 100
	maxAlerts = 20
)

// Story is all that is known about a value: why it is decided against, or why not.
type Story struct {
	Value  string       `json:"value"`  // in its one spelling
	Prefix netip.Prefix `json:"prefix"` // of an address or range; invalid for another value
	At     time.Time    `json:"at"`
	// Allowed are the allowlist items and guard rails that forbid decisions on it, the closest first.
	Allowed []allow.Item `json:"allowed"`
	// InForce are the decisions that hold for it now, those on ranges around it too: the most severe first.
	InForce []tocsin.Decision `json:"in_force"`
	// Simulated are those that would hold if they were not simulated.
	Simulated []tocsin.Decision `json:"simulated"`
	// Past are decisions that were made about it, latest first, those in force included; the first hundred of PastCount.
	Past      []store.PastDecision `json:"past"`
	PastCount int                  `json:"past_count"`
	// Alerts are those about it with their evidence, newest first; the first twenty.
	Alerts []*store.Alert `json:"alerts"`
	// Offences is how often it was banned by profiles within the window of the profile in the box.
	Offences int `json:"offences"`
	// Modes says of each scenario of the alerts whether it is simulated or in shadow now.
	Modes map[string]Mode `json:"modes"`
}

// Mode is how a scenario's alerts are treated.
type Mode struct {
	Simulated bool `json:"simulated"`
	Shadow    bool `json:"shadow"`
}

// offenceWindow is how far the profile in the box looks back.
const offenceWindow = 30 * 24 * time.Hour

// Mode returns how a scenario's alerts are treated now.
func (d *Decider) Mode(scenario string) Mode {
	m := d.modes.Load()
	return Mode{m.simulated(scenario), m.shadowed(scenario)}
}

// Why tells what is known about an address, a range or another value: "alice", or with its scope "user:alice".
func (d *Decider) Why(ctx context.Context, value string) (*Story, error) {
	s := &Story{Value: value, At: d.now(), Allowed: d.Allowed(value), Modes: map[string]Mode{}}
	alerts := store.AlertFilter{Value: value, Limit: maxAlerts}
	q := inForce(netip.Prefix{})
	q.Value = value
	pq := past(value)
	if kind, whole, err := allow.Parse(value); err == nil && kind == allow.Scoped {
		scope, rest, _ := strings.Cut(whole, ":")
		q.Scopes, q.Value, pq.Value = []string{scope}, rest, rest
		alerts.Scope, alerts.Value = scope, rest
	}
	if p, ok := address.Parse(value); ok {
		s.Prefix, s.Value = p, address.Text(p)
		q.Prefix, q.Value = p, ""
		alerts.Prefix, alerts.Value = p, ""
	}
	for _, dec := range d.index.Find(s.At, q) {
		if dec.Simulated {
			s.Simulated = append(s.Simulated, dec)
		} else {
			s.InForce = append(s.InForce, dec)
		}
	}
	n, err := d.store.CountPast(ctx, pq)
	if err != nil {
		return nil, fmt.Errorf("count decisions on %s: %w", s.Value, err)
	}
	s.PastCount, pq.Limit = n, maxPast
	for p, err := range d.store.PastDecisions(ctx, pq) {
		if err != nil {
			return nil, fmt.Errorf("read decisions on %s: %w", s.Value, err)
		}
		s.Past = append(s.Past, p)
	}
	for a, err := range d.store.FindAlerts(ctx, alerts) {
		if err != nil {
			return nil, fmt.Errorf("read alerts about %s: %w", s.Value, err)
		}
		s.Alerts = append(s.Alerts, a)
		s.Modes[a.Scenario] = d.Mode(a.Scenario)
	}
	s.Offences, err = d.facts.Offences(value, s.At, offenceWindow)
	return s, err
}
