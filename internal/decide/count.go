package decide

import (
	"strings"
	"sync/atomic"

	"tocsin.example"
)

// Why a decision is none.
const (
	badType     = "its type is missing or too long"
	badScope    = "its scope is missing or too long"
	badValue    = "its value is missing or too long"
	badDuration = "its duration is missing"
	badAddress  = "its value is neither an address nor a range"
)

func invalidReasons() []string {
	return []string{badType, badScope, badValue, badDuration, badAddress}
}

// otherOrigin counts the origins that the program does not know; machines could send any number of them.
const otherOrigin = "other"

func countedOrigins() []string {
	return []string{
		tocsin.OriginEngine, tocsin.OriginManual, tocsin.OriginImport, tocsin.OriginList, tocsin.OriginCentral,
		"console", "remediation_sync", otherOrigin,
	}
}

// counters are what happened since the start.
type counters struct {
	accepted, repeated, allowed, refused  atomic.Uint64
	vetoed, dropped, late, ended, lifted  atomic.Uint64
	faults, nameFaults, expired, tidyings atomic.Uint64
	faultSaid                             atomic.Int64     // Unix seconds
	origins                               [8]atomic.Uint64 // as countedOrigins
	reasons                               [5]atomic.Uint64 // as invalidReasons
}

func (c *counters) outcome(o *Outcome) {
	switch {
	case o.Allowed != "":
		c.allowed.Add(1)
	case o.Invalid != "":
		c.refused.Add(1)
	case o.Repeat:
		c.repeated.Add(1)
	default:
		c.accepted.Add(1)
	}
	c.vetoed.Add(uint64(o.Vetoed)) //nolint:gosec // never negative
	c.late.Add(uint64(o.Late))     //nolint:gosec // never negative
}

func (c *counters) decided(origin string) {
	origin, _, _ = strings.Cut(origin, "/") // "crowdsec/NAME" comes from a profile's origin
	known := countedOrigins()
	for i, o := range known {
		if o == origin {
			c.origins[i].Add(1)
			return
		}
	}
	c.origins[len(known)-1].Add(1)
}

func (c *counters) invalid(why string) {
	c.dropped.Add(1)
	for i, r := range invalidReasons() {
		if r == why {
			c.reasons[i].Add(1)
		}
	}
}

// Counts is what happened since the start, for metrics. All only grow.
type Counts struct {
	AlertsAccepted uint64 `json:"alerts_accepted"` // kept
	AlertsRepeated uint64 `json:"alerts_repeated"` // known by their uuid
	AlertsAllowed  uint64 `json:"alerts_allowed"`  // vetoed by allowlists and guard rails
	AlertsRefused  uint64 `json:"alerts_refused"`  // none of their decisions could be
	// DecisionsByOrigin counts decisions that were made; unknown origins are together under "other".
	DecisionsByOrigin map[string]uint64 `json:"decisions_by_origin"`
	DecisionsVetoed   uint64            `json:"decisions_vetoed"`
	// DecisionsInvalid counts those that were dropped, by the reason.
	DecisionsInvalid map[string]uint64 `json:"decisions_invalid"`
	DecisionsLate    uint64            `json:"decisions_late"`    // over when they arrived
	DecisionsEnded   uint64            `json:"decisions_ended"`   // by somebody, before their time
	DecisionsLifted  uint64            `json:"decisions_lifted"`  // because of an allowlist or guard rail
	DecisionsExpired uint64            `json:"decisions_expired"` // their time was up
	ProfileFaults    uint64            `json:"profile_faults"`    // expressions that failed
	NameFaults       uint64            `json:"name_faults"`       // DNS names on allowlists that could not be resolved
	Tidyings         uint64            `json:"tidyings"`
}

// Counts returns what happened so far.
func (d *Decider) Counts() Counts {
	c := &d.counts
	out := Counts{
		AlertsAccepted: c.accepted.Load(), AlertsRepeated: c.repeated.Load(), AlertsAllowed: c.allowed.Load(), AlertsRefused: c.refused.Load(),
		DecisionsByOrigin: map[string]uint64{}, DecisionsInvalid: map[string]uint64{},
		DecisionsVetoed: c.vetoed.Load(), DecisionsLate: c.late.Load(), DecisionsEnded: c.ended.Load(), DecisionsLifted: c.lifted.Load(),
		DecisionsExpired: c.expired.Load(), ProfileFaults: c.faults.Load(), NameFaults: c.nameFaults.Load(), Tidyings: c.tidyings.Load(),
	}
	for i, o := range countedOrigins() {
		out.DecisionsByOrigin[o] = c.origins[i].Load()
	}
	for i, r := range invalidReasons() {
		out.DecisionsInvalid[r] = c.reasons[i].Load()
	}
	return out
}
