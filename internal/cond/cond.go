// Package cond compiles and evaluates the expressions of rules: filters, group keys, statics, conditions, contexts,
// profiles and assertions. The language is that of expr-lang with the helpers and environments that rules written for
// CrowdSec use.
//
// The package is the reference evaluator. It reaches nothing outside: files, GeoIP, DNS, HTTP, the stash, the decisions
// and the clock come through one [Host], and all state of an evaluation lives in a [Run]. Work and memory of an
// evaluation are bounded.
//
// It does not decide what an expression is for, does not read rule files and does not log. Start from [Compiler].
package cond

import (
	"fmt"
	"time"

	"tocsin.example"
	"tocsin.example/internal/closure"
	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// Kind says where an expression stands, and so which names it sees.
type Kind uint8

// The kinds with the names they see.
const (
	// KindParser is an expression of a parser in the parse path: evt.
	KindParser Kind = iota
	// KindPost is an expression of a postoverflow parser: evt, and the helpers that ask outside.
	KindPost
	// KindScenario is a scenario's filter, groupby, distinct, cancel_on or scope: evt.
	KindScenario
	// KindBucket is the condition of a conditional or bayesian bucket: evt, queue, leaky.
	KindBucket
	// KindOverflow is an overflow_filter: queue, signal, leaky, and an evt that is nil.
	KindOverflow
	// KindContext is an expression of the alert context: evt, match, req.
	KindContext
	// KindProfile is a filter or duration expression of a profile: Alert.
	KindProfile
	// KindTest is an assertion of a hub test: results, and the helper basename.
	KindTest
	kinds
)

// String names the place for people.
func (k Kind) String() string {
	if k >= kinds {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return [kinds]string{
		"a parser", "a postoverflow", "a scenario", "a bucket's condition", "an overflow filter", "an alert context",
		"a profile", "a test",
	}[k]
}

// Want is the type that the place of an expression asks for.
type Want uint8

// What a place may ask for.
const (
	WantAny Want = iota
	WantBool
	WantString
)

// String names the type for people.
func (w Want) String() string { return [...]string{"any value", "true or false", "text"}[w] }

// Effects is a bit set of what an expression does beside giving a value. It is found when the expression is compiled
// and covers every path through it, taken or not.
type Effects uint8

// The effects.
const (
	// WritesEvent is set when evt.SetMeta or evt.SetParsed is named.
	WritesEvent Effects = 1 << iota
	// WritesUnmarshaled is set when UnmarshalJSON, ParseKV or ParseKVLax is named.
	WritesUnmarshaled
	// StashAccess is set when a helper of the stash or of decisions is named: the value depends on the order of the
	// events.
	StashAccess
	// Outside is set when a helper is named that asks DNS, HTTP or the CTI.
	Outside
)

// Has reports whether all effects of e are in the set.
func (f Effects) Has(e Effects) bool { return f&e == e }

// Env holds the values of one evaluation. What the kind does not name is ignored.
type Env struct {
	// Event is the event as it lives; Evt then may be left out: its maps are made only if the program needs them.
	Event *event.Event
	Evt   *event.View
	Queue *Queue
	// Trail takes the place of Queue for a program that was given one by [Program.Trails].
	Trail   *trail.Trail
	Leaky   *Leaky
	Signal  *event.Overflow
	Match   map[string]any
	Req     *Request
	Alert   *tocsin.Alert
	Results any
}

// Queue is the queue of a bucket as expressions see it: queue.Queue[-1].Meta.user.
type Queue struct {
	Queue []*event.Kept
	// L is how many events the queue holds at most.
	L int
}

// GetQueue returns the events, for expressions.
func (q *Queue) GetQueue() []*event.Kept { return q.Queue }

// Leaky is a bucket as expressions see it.
type Leaky struct {
	Name        string
	Mapkey      string
	Total_count int       //nolint:revive // the name that rules use
	First_ts    time.Time //nolint:revive // the name that rules use
	Last_ts     time.Time //nolint:revive // the name that rules use
	Ovflw_ts    time.Time //nolint:revive // the name that rules use
	Capacity    int
	Leakspeed   time.Duration
	Scope       string
	Uuid        string //nolint:revive // the name that rules use
}

// The environments of the kinds. The field with the name of runName carries the state of the evaluation to the helpers;
// the name can not be written in an expression.
const runName = closure.RunName

type (
	eventEnv struct {
		Evt *event.View `expr:"evt"`
		Run *Run        `expr:"\x00run"`
	}
	bucketEnv struct {
		Evt   *event.View `expr:"evt"`
		Queue *Queue      `expr:"queue"`
		Leaky *Leaky      `expr:"leaky"`
		Run   *Run        `expr:"\x00run"`
	}
	overflowEnv struct {
		Evt    *event.View     `expr:"evt"`
		Queue  *Queue          `expr:"queue"`
		Leaky  *Leaky          `expr:"leaky"`
		Signal *event.Overflow `expr:"signal"`
		Run    *Run            `expr:"\x00run"`
	}
	contextEnv struct {
		Evt   *event.View    `expr:"evt"`
		Match map[string]any `expr:"match"`
		Req   *Request       `expr:"req"`
		Run   *Run           `expr:"\x00run"`
	}
	profileEnv struct {
		Alert *tocsin.Alert `expr:"Alert"`
		Run   *Run          `expr:"\x00run"`
	}
	testEnv struct {
		Results any  `expr:"results"`
		Run     *Run `expr:"\x00run"`
	}
)

// envOf returns an empty environment of a kind, for the type checker, and the names in it.
func envOf(k Kind) (env any, names []string) {
	switch k {
	case KindBucket:
		return &bucketEnv{}, []string{"evt", "queue", "leaky"}
	case KindOverflow:
		return &overflowEnv{}, []string{"evt", "queue", "leaky", "signal"}
	case KindContext:
		return &contextEnv{}, []string{"evt", "match", "req"}
	case KindProfile:
		return &profileEnv{}, []string{"Alert"}
	case KindTest:
		return &testEnv{}, []string{"results"}
	default:
		return &eventEnv{}, []string{"evt"}
	}
}
