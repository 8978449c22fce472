package decide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
)

// Manual is what a person decides.
type Manual struct {
	// Who is kept as the alert's machine.
	Who string
	// Scenario says why; "" for words made of the decisions.
	Scenario string
	// Kind is the alert's: "cscli" when empty.
	Kind string
	// Decisions have a type, scope, value and Until. An empty origin is [tocsin.OriginManual], an empty scenario that of
	// the alert. Those of one call are one alert.
	Decisions []tocsin.Decision
	// Force makes them even against allowlists and guard rails.
	Force bool
}

// Skipped is a decision that was not made.
type Skipped struct {
	Value  string `json:"value"`
	Reason string `json:"reason"`
	// Allowed says that it is allowed, and could be forced; else it is no decision.
	Allowed bool `json:"allowed"`
}

// ManualOutcome answers [Decider.AddManual].
type ManualOutcome struct {
	store.Receipt
	Made    int       `json:"made"`
	Allowed int       `json:"allowed"` // not made because of allowlists and guard rails
	Invalid int       `json:"invalid"` // not made because they are no decisions
	Skipped []Skipped `json:"skipped"` // the first hundred of those not made
}

// AllowedError is the refusal of a decision on what is allowed.
type AllowedError struct{ Value, Reason string }

// Error names the value and the allowlist.
func (e *AllowedError) Error() string { return fmt.Sprintf("%s is allowlisted: %s", e.Value, e.Reason) }

// Hint says what to do.
func (e *AllowedError) Hint() string { return "use --bypass-allowlist to decide all the same" }

// InvalidError is the refusal of what is no decision.
type InvalidError struct{ Value, Reason string }

// Error names the value and the reason.
func (e *InvalidError) Error() string { return fmt.Sprintf("no decision on %q: %s", e.Value, e.Reason) }

const maxSkipped = 100

// AddManual makes decisions of a person. What is allowed or no decision is skipped and listed; when nothing is left, the
// error is an [AllowedError] or an [InvalidError] of the first one.
func (d *Decider) AddManual(ctx context.Context, m Manual) (ManualOutcome, error) {
	d.gate.RLock()
	defer d.gate.RUnlock()

	var out ManualOutcome
	if len(m.Decisions) == 0 {
		return out, errors.New("there are no decisions")
	}
	now := d.now()
	a := manualAlert(now, m)
	a.Decisions = make([]tocsin.Decision, 0, len(m.Decisions))
	skip := func(s Skipped) {
		if len(out.Skipped) < maxSkipped {
			out.Skipped = append(out.Skipped, s)
		}
	}
	for _, dec := range m.Decisions {
		value := dec.Value
		if dec.Origin == "" {
			dec.Origin = tocsin.OriginManual
		}
		if dec.Scenario == "" {
			dec.Scenario = a.Scenario
		}
		if why := canonical(now, &dec); why != "" {
			out.Invalid++
			d.counts.invalid(why)
			skip(Skipped{Value: value, Reason: why})
			continue
		}
		if it, ok := d.forbidden(now, dec.Scope, dec.Value); ok && !m.Force {
			out.Allowed++
			skip(Skipped{Value: dec.Value, Reason: it.Reason(), Allowed: true})
			continue
		}
		a.Decisions = append(a.Decisions, dec)
	}
	d.counts.vetoed.Add(uint64(out.Allowed)) //nolint:gosec // never negative
	if len(a.Decisions) == 0 {
		first := out.Skipped[0]
		if first.Allowed {
			return out, &AllowedError{first.Value, first.Reason}
		}
		return out, &InvalidError{first.Value, first.Reason}
	}
	if len(a.Decisions) == 1 {
		a.Source.Scope, a.Source.Value = a.Decisions[0].Scope, a.Decisions[0].Value
		if a.Source.Scope == tocsin.ScopeIP {
			a.Source.IP = a.Source.Value
		}
	}
	receipts, err := d.store.AddAlerts(ctx, []*store.Alert{{Alert: a, Machine: m.Who}})
	if err != nil {
		return out, err
	}
	out.Receipt, out.Made = receipts[0], len(a.Decisions)
	for i := range a.Decisions {
		d.counts.decided(a.Decisions[i].Origin)
		d.facts.seen.add(&a.Decisions[i])
	}
	d.counts.accepted.Add(1)
	return out, nil
}

func manualAlert(now time.Time, m Manual) tocsin.Alert {
	now = now.UTC()
	a := tocsin.Alert{
		Kind: m.Kind, Scenario: m.Scenario, Message: m.Scenario, EventsCount: 1, StartAt: now, StopAt: now, Leakspeed: "0",
		Remediation: true, Source: &tocsin.AlertSource{},
	}
	if a.Kind == "" {
		a.Kind = "cscli"
	}
	if a.Scenario != "" {
		return a
	}
	if first := m.Decisions[0]; len(m.Decisions) == 1 {
		a.Scenario = "manual '" + first.Type + "' from '" + m.Who + "'"
	} else {
		a.Scenario = fmt.Sprintf("import of %d decisions", len(m.Decisions))
	}
	a.Message = a.Scenario
	return a
}
