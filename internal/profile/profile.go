// Package profile says which decisions an alert leads to, and who is told of it: profiles.yaml as CrowdSec has it, with
// two keys of our own, and the profile in the box.
//
// It judges one alert by itself: allowlists, simulation and what is kept are package decide's matter. What a profile
// asks of the past it asks the helpers of [cond.Host] and [Past]. It opens no file.
//
// Start from [Load] or [Builtin], then [Set.Decide].
package profile

import (
	"errors"
	"sync"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
)

// DefaultDuration is how long a decision lasts of which nothing says how long.
const DefaultDuration = 4 * time.Hour

// ErrFacts is in the chain of an error of [Past] or of [cond.Decisions] that is not the profile's fault: the store
// cannot be asked. [Set.Decide] then judges nothing, whatever on_error says, and the alert is to be judged again.
var ErrFacts = errors.New("the past cannot be asked now")

// Past tells what there was against a source. It is called from many goroutines.
type Past interface {
	// Offences counts how often a value, an address, range or text, was banned by profiles since a while before now, save
	// for what was lifted. Bans that overlap are one offence, and one that is in force now does not count: what the source
	// does meanwhile is the same offence.
	Offences(value string, now time.Time, window time.Duration) (int, error)
}

// Options are what profiles are compiled with.
type Options struct {
	// Host is what expressions may ask; nil for nothing.
	Host *cond.Host
	// Past answers for the key escalation; a set that uses the key without it is refused.
	Past Past
	// Notifications are the names that somebody delivers to. Others are warned of and lead nowhere.
	Notifications []string
	// AnyNotification takes every name for one that somebody delivers to: they are not known here.
	AnyNotification bool
}

// Set is the profiles of one installation in their order. It is immutable and may be used by many goroutines.
type Set struct {
	profiles []*profile
	runs     sync.Pool // of *cond.Run
	past     Past
}

// profile is one compiled document.
type profile struct {
	Info
	filters   []*cond.Program
	decisions []template
	duration  *cond.Program // nil for none
	success   reaction
	failure   reaction
	fault     reaction
	growth    *growth // nil for none
	network   int     // bits of the network that is decided against with an IPv6 address; 0 for none
}

// template is one entry of a profile's decisions.
type template struct {
	typ       string
	duration  time.Duration
	scope     string // "" for the alert's
	origin    string
	simulated bool
}

// growth makes the bans of who comes back longer.
type growth struct {
	factor  float64
	window  time.Duration
	longest time.Duration
}

// reaction is what happens after a profile was asked.
type reaction uint8

const (
	goOn  reaction = iota // to the next profile
	stop                  // no further profile is asked
	apply                 // as if a filter were true
)

// Info is a profile as people see it.
type Info struct {
	Name          string     `json:"name"`
	Place         diag.Place `json:"-"`
	File          string     `json:"file"`
	Line          int        `json:"line"`
	Filters       []string   `json:"filters"`
	Decisions     []string   `json:"decisions"` // "ban for 4h0m0s"
	DurationExpr  string     `json:"duration_expr,omitempty"`
	Escalation    string     `json:"escalation,omitempty"` // in words
	Notifications []string   `json:"notifications,omitempty"`
	OnSuccess     string     `json:"on_success,omitempty"`
	OnFailure     string     `json:"on_failure,omitempty"`
	OnError       string     `json:"on_error,omitempty"`
}

// Profiles lists the profiles in their order.
func (s *Set) Profiles() []Info {
	out := make([]Info, len(s.profiles))
	for i, p := range s.profiles {
		out[i] = p.Info
	}
	return out
}

// Decision is what is to be done about somebody, for so long from the alert on.
type Decision struct {
	tocsin.Decision // without Until
	Duration        time.Duration
}

// Verdict is what the profiles say about an alert.
type Verdict struct {
	Profile   string // the one that decided; "" when none did
	Decisions []Decision
	Notify    []string // names of notifications, each once, in the order of the profiles
	// Faults are the expressions that failed. The alert counts all the same; each is a sentence with its place.
	Faults []error
}

// Step says what one profile said of an alert.
type Step struct {
	Profile string `json:"profile"`
	// Said is "applies", "does not apply" or "fails".
	Said   string `json:"said"`
	Filter int    `json:"filter"` // the filter that was true or failed, from 0; -1 for none
	Error  string `json:"error,omitempty"`
	Stops  bool   `json:"stops,omitempty"` // no further profile was asked
}
