// Package detect puts the engine together: parsers, scenarios, contexts and the data they share, compiled from rule
// files, and the two halves that run them.
//
// A [Worker] parses lines and finds the scenarios that want them; any number of workers run side by side. The one
// [Core] pours, in input order, and makes alerts. Package pipeline gives them goroutines; this package has none, reads
// no files and no clock. Start from [Load].
package detect

import (
	"errors"
	"slices"
	"time"

	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/inforce"
	"tocsin.example/internal/logtime"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/retain"
	"tocsin.example/internal/rule"
)

// Rules is what an engine is made of, each list in load order.
type Rules struct {
	Parsers       []rule.File
	Postoverflows []rule.File
	Scenarios     []rule.File
	Contexts      []rule.File
	// Patterns is the grok library that the rules start from; Load changes it.
	Patterns *grok.Library
	// Mode says whether an unknown key is an error (our own rules) or a warning (others').
	Mode diag.Mode
	// LoadData is told which data files the rules want before they are compiled; may be nil.
	LoadData func(wanted []rule.Data, problems *diag.List)
}

// Options tune an engine.
type Options struct {
	// Host is what rules may need from outside; Rules.LoadData may still change it. Its stash is wrapped so that replays
	// expire by their own time.
	Host *cond.Host
	// Ledger, if set, is what rules see as decisions, whatever Host has: the engine takes them itself, on its own alerts.
	// An engine has its own; nil where a local API decides.
	Ledger *inforce.Ledger
	// Installation is part of every alert's uuid.
	Installation string
	// Simulated says which scenarios' alerts are marked as simulated; may be nil.
	Simulated func(scenario string) bool
	// Year says which year a date without one gets; ThisYear is what the hub's tests were recorded with.
	Year logtime.Year
	// KeepSpelling lets Meta.source_ip keep the spelling of the log, which the hub's tests were recorded with. Without it
	// the spellings of an address are one.
	KeepSpelling bool
	// MaxBuckets bounds the live buckets; 0 for the default.
	MaxBuckets int
	// MaxBytes bounds what buckets hold, by the weights of [bucket.Store]; 0 for the default.
	MaxBytes int
	// Fast lets patterns run as plans and expressions as closures. What they decide is the same.
	Fast bool
	// Indexed lets an event meet only the nodes and scenarios whose filter may be true of it. Alerts and counters of
	// effects stay the same. Where a trace watches, everything is met all the same.
	Indexed bool
	// Partial lets rules load without a parser, for a look at them.
	Partial bool
	// Memory is where retained events lie; nil for the heap. An engine uses it from the goroutine of its Core.
	Memory retain.Memory
}

// Engine is compiled rules. It is immutable but for its stash and ledger, which workers use in turn.
type Engine struct {
	schema    *event.Schema
	host      *cond.Host
	parsers   *parse.Set
	post      *parse.Set
	scenarios *bucket.Set
	contexts  *bucket.Contexts
	options   Options
	clock     *time.Time // of the stash and the decisions, moved by the Core
}

// ErrNoParsers is the error of rules without a parser: nothing would ever be seen.
var ErrNoParsers = errors.New("no parser was loaded")

// Load compiles rules. Every fault goes to problems; the documents with an error are set aside and the others run.
func Load(r Rules, o Options, problems *diag.List) (*Engine, error) {
	e := &Engine{schema: event.NewSchema(), options: o, clock: new(time.Time)}
	if o.KeepSpelling {
		e.schema.KeepSpelling()
	}
	parsers := parse.Decode(r.Parsers, r.Mode, problems)
	posts := parse.Decode(r.Postoverflows, r.Mode, problems)
	scenarios := bucket.Decode(r.Scenarios, r.Mode, problems)
	if r.LoadData != nil {
		var wanted []rule.Data
		for _, d := range parsers {
			wanted = append(wanted, d.Data()...)
		}
		for _, d := range posts {
			wanted = append(wanted, d.Data()...)
		}
		for _, d := range scenarios {
			wanted = append(wanted, d.Data()...)
		}
		r.LoadData(wanted, problems)
	}
	host := *o.Host
	if host.Stash != nil {
		host.Stash = &clockedStash{inner: host.Stash, clock: e.clock}
	}
	if o.Ledger != nil {
		host.Decisions = o.Ledger
	}
	if host.Decisions != nil {
		host.Decisions = &clockedDecisions{inner: host.Decisions, clock: e.clock}
	}
	e.host = &host
	compiler := cond.NewCompiler(e.schema, e.host)
	if o.Fast {
		r.Patterns.SetEngine(grok.Fast())
		compiler.SetFast(true)
	}
	ctx := parse.Context{Library: r.Patterns, Compiler: compiler, Schema: e.schema, Host: e.host, Problems: problems, Year: o.Year, Indexed: o.Indexed}
	e.parsers = parse.Compile(parsers, &ctx)
	ctx.Post = true
	e.post = parse.Compile(posts, &ctx)
	e.scenarios = bucket.Compile(scenarios, &bucket.Context{
		Compiler: compiler, Problems: problems, Simulated: o.Simulated, Indexed: o.Indexed, Schema: e.schema,
	})
	e.contexts = bucket.CompileContexts(r.Contexts, r.Mode, compiler, problems)
	e.schema.Freeze()
	if e.parsers.Len() == 0 && !o.Partial {
		return nil, ErrNoParsers
	}
	return e, nil
}

// Parsers returns the compiled parsers.
func (e *Engine) Parsers() *parse.Set { return e.parsers }

// Scenarios returns the compiled scenarios.
func (e *Engine) Scenarios() *bucket.Set { return e.scenarios }

// Costs says what every pattern and expression of the rules runs on.
func (e *Engine) Costs() []rule.Cost {
	return slices.Concat(e.parsers.Costs(), e.post.Costs(), e.scenarios.Costs())
}

// clockedStash lets a stash live by the time of the events that are replayed.
type clockedStash struct {
	inner cond.Stash
	clock *time.Time
}

// eventTime is what the clock of the stash shows: that of the event that is replayed, else now.
func eventTime(clock *time.Time, now time.Time) time.Time {
	if clock.IsZero() {
		return now
	}
	return *clock
}

// Get implements cond.Stash.
func (s *clockedStash) Get(cache, key string, now time.Time) (string, bool) {
	return s.inner.Get(cache, key, eventTime(s.clock, now))
}

// Set implements cond.Stash.
func (s *clockedStash) Set(cache, key, value string, ttl time.Duration, now time.Time) error {
	return s.inner.Set(cache, key, value, ttl, eventTime(s.clock, now))
}

// Configure implements cond.Stash.
func (s *clockedStash) Configure(cache string, size int, strategy string) error {
	return s.inner.Configure(cache, size, strategy)
}

// clockedDecisions are decisions at the time of the events that are replayed.
type clockedDecisions struct {
	inner cond.Decisions
	clock *time.Time
}

// Count implements cond.Decisions.
func (d *clockedDecisions) Count(value string) (int, error) { return d.inner.Count(value) }

// CountSince implements cond.Decisions.
func (d *clockedDecisions) CountSince(value string, now time.Time, ago time.Duration) (int, error) {
	return d.inner.CountSince(value, eventTime(d.clock, now), ago)
}

// Active implements cond.Decisions.
func (d *clockedDecisions) Active(value string, now time.Time) (int, error) {
	return d.inner.Active(value, eventTime(d.clock, now))
}

// TimeLeft implements cond.Decisions.
func (d *clockedDecisions) TimeLeft(value string, now time.Time) (time.Duration, error) {
	return d.inner.TimeLeft(value, eventTime(d.clock, now))
}
