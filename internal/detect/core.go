package detect

import (
	"time"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/parse"
)

// Limits of a Core.
const (
	// MaxReprocess bounds how often an overflow may cause the next one within one line.
	MaxReprocess = 8
	// MaxAgain bounds the overflows of one line that are poured again, however they came of each other.
	MaxAgain = 1000
	// MaxSources bounds the sources whose last time is remembered; the one that was first seen longest ago goes first.
	MaxSources = 65_536
)

// Stats count what happened to lines and overflows.
type Stats struct {
	Lines       uint64 `json:"lines"`
	Parsed      uint64 `json:"parsed"`
	Unparsed    uint64 `json:"unparsed"`
	Cut         uint64 `json:"cut"` // of Unparsed: set aside, since their end is missing
	Whitelisted uint64 `json:"whitelisted"`
	Poured      uint64 `json:"poured"`
	Overflows   uint64 `json:"overflows"`
	Alerts      uint64 `json:"alerts"`
	// Pardoned counts overflows that a postoverflow whitelisted.
	Pardoned uint64 `json:"overflows_whitelisted"`
	// Timed counts parsed lines that carried a time of their own.
	Timed uint64 `json:"timed"`
	// TooDeep counts overflows that were not poured again since they came of too many others.
	TooDeep uint64 `json:"reprocess_limit"`
}

// Core runs the half of the engine that remembers: buckets, postoverflows, alerts. One goroutine at a time uses it, and
// it sees items in input order.
type Core struct {
	Stats Stats
	// OnAlert receives every alert. It may keep it.
	OnAlert func(a *tocsin.Alert)
	// OnOverflow, if set, sees every overflow when the postoverflows have run, whitelisted ones too, for hubtest and
	// dumps. It must not keep the event.
	OnOverflow func(ev *event.Event)
	// OnPour, if set, is told of every event that is poured, for explain.
	OnPour func(ev *event.Event, m *bucket.Match, overflow bool)

	engine  *Engine
	run     *cond.Run
	store   *bucket.Store
	post    *parse.Runner
	matcher *bucket.Matcher
	last    time.Time      // when the latest event of a replay poured
	behind  predecessors   // the same by source
	again   int            // overflows of the line at hand that were poured again
	events  []*event.Event // one for each depth of reprocessing
}

// NewCore makes the engine's Core; an engine has one. trace follows postoverflows and may be nil.
func (e *Engine) NewCore(trace parse.Trace) *Core {
	run := cond.NewRun()
	c := &Core{
		engine: e, run: run, store: bucket.NewStore(e.scenarios, run),
		post:    parse.NewRunner(e.post, run, e.host, nil, true, trace),
		matcher: bucket.NewMatcher(e.scenarios, run),
		behind:  predecessors{by: map[string]*predecessor{}},
	}
	if trace != nil {
		c.matcher.AskAll()
	}
	c.store.Installation, c.store.Contexts, c.store.Memory = e.options.Installation, e.contexts, e.options.Memory
	if e.options.MaxBuckets > 0 {
		c.store.MaxBuckets = e.options.MaxBuckets
	}
	if e.options.MaxBytes > 0 {
		c.store.MaxBytes = e.options.MaxBytes
	}
	return c
}

// Store returns the buckets, for their counters.
func (c *Core) Store() *bucket.Store { return c.store }

// Counters returns what the postoverflows and the matching of reprocessed overflows counted.
func (c *Core) Counters() (parse.Counters, bucket.MatchCounters) {
	return c.post.Counters, c.matcher.Counters
}

// Worked returns what postoverflows and reprocessed overflows made it run.
func (c *Core) Worked() Work { return Work{Nodes: c.post.Nodes, Filters: c.matcher.Evaluated} }

// Settle lets an item take effect.
func (c *Core) Settle(it *Item) {
	c.Stats.Lines++
	ev := it.Event
	if !it.Outcome.Parsed {
		c.Stats.Unparsed++
		if ev.Cut > 0 {
			c.Stats.Cut++
		}
		return
	}
	c.Stats.Parsed++
	at, timed := c.pourTime(ev)
	if timed {
		c.Stats.Timed++
		c.fire(c.store.Due(at))
	}
	if ev.Scalars().Whitelisted {
		c.Stats.Whitelisted++
		return
	}
	c.again = 0
	c.pour(ev, it.Matches, at, timed, 0)
}

// Finish ends a replay: counters that are still counting fire.
func (c *Core) Finish() { c.fire(c.store.Flush()) }

func (c *Core) fire(overflows []*bucket.Overflow) {
	for _, o := range overflows {
		c.again = 0
		c.raise(o, 0)
	}
}

// pourTime says when an event pours. It reports false, and the arrival, for one without a time of its own.
func (c *Core) pourTime(ev *event.Event) (time.Time, bool) {
	if ev.Clock == tocsin.ArrivalClock {
		*c.engine.clock = time.Time{} // the stash lives by the arrival, too
		return ev.Arrived, true
	}
	at, ok := ev.Moment()
	if !ok {
		return ev.Arrived, false
	}
	behind := c.behind.of(ev.Source())
	switch {
	case !ev.Guessed:
	case behind.seen: // Its date could not be read: it happened when its predecessor did.
		at = behind.at
	case ev.Clock == tocsin.EventClock && !c.last.IsZero():
		at = c.last
	}
	if ev.Clock == tocsin.BacklogClock {
		if at.Before(behind.at) {
			at = behind.at
		}
		if at.After(ev.Arrived) {
			at = ev.Arrived
		}
	}
	*c.engine.clock = at
	if ev.Guessed {
		return at, false // and what follows must not be held to a guess
	}
	if !behind.seen {
		behind = c.behind.add(ev.Source())
	}
	behind.at = at
	c.last = at
	return at, true
}

// predecessors remember when the latest event of each source poured.
type predecessors struct {
	by     map[string]*predecessor
	order  []*predecessor // of their first lines
	latest *predecessor   // lines of one source come together
}

type predecessor struct {
	source string
	at     time.Time
	seen   bool
}

// of returns the predecessor of a source's next line, an empty one when none was seen.
func (p *predecessors) of(source string) *predecessor {
	if p.latest != nil && p.latest.source == source {
		return p.latest
	}
	if b := p.by[source]; b != nil {
		p.latest = b
		return b
	}
	return &predecessor{}
}

func (p *predecessors) add(source string) *predecessor {
	b := &predecessor{source: source, seen: true}
	p.by[source], p.latest = b, b
	p.order = append(p.order, b)
	if len(p.order) > MaxSources {
		delete(p.by, p.order[0].source)
		p.order[0] = nil
		p.order = p.order[1:]
	}
	return b
}

// pour gives an event to the buckets that want it; their overflows take effect before the next line.
func (c *Core) pour(ev *event.Event, matches []bucket.Match, at time.Time, timed bool, depth int) {
	c.run.Begin(ev.Arrived)
	var overflows []*bucket.Overflow
	c.store.LookAhead(matches)
	for i := range matches {
		m := &matches[i]
		if !timed && !ev.Guessed && m.Scenario.Type != bucket.Trigger {
			c.store.Counters.NoTime++
			continue
		}
		o := c.store.Pour(ev, m, at)
		c.Stats.Poured = c.store.Counters.Poured
		if c.OnPour != nil {
			c.OnPour(ev, m, o != nil)
		}
		if o != nil {
			overflows = append(overflows, o)
		}
	}
	for _, o := range overflows {
		c.raise(o, depth)
	}
}

// raise takes an overflow through the postoverflows to its alerts, and pours it again if its scenario says so.
func (c *Core) raise(o *bucket.Overflow, depth int) {
	c.Stats.Overflows++
	for len(c.events) <= depth {
		c.events = append(c.events, event.New(c.engine.schema))
	}
	ev := c.events[depth]
	ev.ResetOverflow(o.Num, o.Clock, o.Arrived, o.At, o.View)
	c.run.Begin(o.Arrived)
	c.post.Parse(ev) // an overflow that no node accepts is an alert all the same
	v := ev.Scalars()
	if c.OnOverflow != nil {
		c.OnOverflow(ev)
	}
	if v.Overflow.Whitelisted {
		c.Stats.Pardoned++
		return
	}
	for i := range v.Overflow.APIAlerts {
		a := &v.Overflow.APIAlerts[i]
		c.Stats.Alerts++
		ev.Parents = append(ev.Parents, a.UUID)
		if c.engine.options.Ledger != nil {
			c.engine.options.Ledger.Take(a, o.At)
		}
		if c.OnAlert != nil {
			c.OnAlert(a)
		}
	}
	if !v.Overflow.Reprocess {
		return
	}
	if depth+1 >= MaxReprocess || c.again >= MaxAgain {
		c.Stats.TooDeep++
		return
	}
	c.again++
	c.pour(ev, c.matcher.Match(ev, nil), o.At, true, depth+1)
}
