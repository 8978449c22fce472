package parse

import (
	"fmt"
	"strconv"
	"time"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/index"
	"tocsin.example/internal/logtime"
)

// Outcome says how the parsing of an event ended.
type Outcome struct {
	// Parsed is whether every stage had a node that accepted the event.
	Parsed bool
	// Stage is where it stopped; "" when it was parsed.
	Stage string
	// Why is why it stopped, in words; "" when it was parsed.
	Why string
}

// Counters count what happened to events; add them up over Runners with Add.
type Counters struct {
	ExprErrors   uint64 `json:"expr_errors"` // expressions that failed while running
	EnrichErrors uint64 `json:"enrich_errors"`
	BadDates     uint64 `json:"bad_dates"` // texts that were meant to be dates
	Aborted      uint64 `json:"aborted"`   // events dropped by a static's error
	StashErrors  uint64 `json:"stash_errors"`
}

// Add adds o to c.
func (c *Counters) Add(o Counters) {
	c.ExprErrors += o.ExprErrors
	c.EnrichErrors += o.EnrichErrors
	c.BadDates += o.BadDates
	c.Aborted += o.Aborted
	c.StashErrors += o.StashErrors
}

// Trace follows an event through the nodes, for explain, hubtest and dumps. Its methods see the event as it is at that
// moment and must not keep it.
type Trace interface {
	// Enter is called before a node is run. Depth is 0 for a top-level node.
	Enter(stage, name string, depth int, ev *event.Event)
	// Leave is called when it has run, with why it did not succeed ("" when it did), and remarks on what went wrong in
	// it without failing it.
	Leave(stage, name string, depth int, ev *event.Event, ok bool, why string, notes []string)
}

// Runner runs one Set for one goroutine.
type Runner struct {
	Counters Counters
	// Nodes counts the nodes that were run. It is no effect of the events: with an index it is smaller.
	Nodes uint64
	// Staged, if set, sees the event behind each stage. It must not keep it.
	Staged func(stage string, ev *event.Event)

	set   *Set
	run   *cond.Run
	host  *cond.Host
	gate  func()
	trace Trace
	post  bool
	env   cond.Env
	room  grok.Room
	caps  []string
	stage int
	why   string
	notes []string

	finders []*index.Finder // by table
	lucky   []bool          // by sieve: the first node that it was about to judge succeeded the last time
	dates   logtime.Cache
	sources sources
}

// NewRunner makes a Runner. run is the goroutine's evaluation state; gate is called before the first use of the stash
// by an event, and may be called again for the same one; post says that the set is one of postoverflows. trace may be
// nil.
func NewRunner(set *Set, run *cond.Run, host *cond.Host, gate func(), post bool, trace Trace) *Runner {
	return &Runner{
		set: set, run: run, host: host, gate: gate, post: post, trace: trace,
		finders: make([]*index.Finder, len(set.tables)), lucky: make([]bool, set.sieves),
	}
}

func (r *Runner) envOf(ev *event.Event) *cond.Env {
	r.env.Event = ev
	return &r.env
}

// note keeps a remark for the trace. Hot paths call it only where there is one: arguments are boxed.
func (r *Runner) note(format string, args ...any) {
	if r.trace != nil {
		r.notes = append(r.notes, fmt.Sprintf(format, args...))
	}
}

// noteError keeps an error as a remark.
func (r *Runner) noteError(what string, err error) {
	if r.trace != nil {
		r.note("%s: %s", what, err)
	}
}

// failed keeps the error that a node failed of.
func (r *Runner) failed(what string, err error) bool {
	if r.trace != nil {
		r.fail("%s: %s", what, err)
	}
	return false
}

// fail keeps why a node failed, for the trace. Hot paths call it with arguments only where there is one.
func (r *Runner) fail(format string, args ...any) bool {
	if r.trace != nil {
		r.why = fmt.Sprintf(format, args...)
	}
	return false
}

// Parse runs the event through all stages.
func (r *Runner) Parse(ev *event.Event) Outcome {
	v := ev.Scalars()
	for i := range r.set.stages {
		st := &r.set.stages[i]
		if v.Stage == "" {
			v.Stage = st.name
			ev.ScalarWritten()
		}
		if v.Stage != st.name {
			if at, known := r.set.index[v.Stage]; known && at > i {
				continue
			}
			return r.stopped(ev, v.Stage, "no node let it leave the stage")
		}
		r.stage = i
		ok, err := r.runStage(st, ev)
		if r.Staged != nil {
			r.Staged(st.name, ev)
		}
		if err != nil {
			ev.Aborted = err.Error()
			r.Counters.Aborted++
			return r.stopped(ev, st.name, err.Error())
		}
		if !ok {
			return r.stopped(ev, st.name, "no node of the stage accepted it")
		}
	}
	v.Process = true
	return Outcome{Parsed: true}
}

func (r *Runner) stopped(ev *event.Event, stage, why string) Outcome {
	ev.Scalars().Process = false
	return Outcome{Stage: stage, Why: why}
}

func (r *Runner) runStage(st *stage, ev *event.Event) (bool, error) {
	accepted := false
	f := r.finder(st.table)
	for i := r.next(f, ev, 0); i < len(st.nodes); i = r.next(f, ev, i+1) {
		n := st.nodes[i]
		if ev.Scalars().Stage != st.name {
			break // a child's next_stage moved the event
		}
		ok, err := r.node(n, st.name, 0, ev, r.sure(f))
		if err != nil {
			return false, err
		}
		accepted = accepted || ok
		if ok && n.nextStage {
			break
		}
	}
	return accepted, nil
}

// node runs one node and tells the trace. sure says that its filter is known to be true.
func (r *Runner) node(n *node, stage string, depth int, ev *event.Event, sure bool) (bool, error) {
	if r.trace == nil {
		return r.exec(n, stage, depth, ev, sure)
	}
	outer := r.notes
	r.notes, r.why = nil, ""
	r.trace.Enter(stage, n.name, depth, ev)
	ok, err := r.exec(n, stage, depth, ev, sure)
	why := r.why
	if err != nil {
		why = err.Error()
	} else if ok {
		why = ""
	}
	r.trace.Leave(stage, n.name, depth, ev, ok, why, r.notes)
	r.notes = outer
	return ok, err
}

// exec is the procedure of one node: filter, whitelist, grok, stash, children, statics, next stage.
func (r *Runner) exec(n *node, stage string, depth int, ev *event.Event, sure bool) (bool, error) {
	r.Nodes++
	if n.filter != nil && !sure {
		ok, err := n.filter.Bool(r.run, r.envOf(ev))
		if err != nil {
			r.Counters.ExprErrors++
			return r.failed("filter failed", err), nil
		}
		if !ok {
			return r.fail("filter is false"), nil
		}
	}
	matched := n.whitelist != nil && r.listed(n.whitelist, ev)
	if matched {
		markWhitelisted(ev, n.whitelist.reason)
	}
	state, grokked := true, false
	if n.grok != nil {
		grokked = r.grok(n.grok, ev)
		state = grokked
		if grokked {
			if err := r.apply(n.grok.statics, ev); err != nil {
				return false, err
			}
		}
	}
	if n.grok == nil || grokked {
		if err := r.keep(n.stash, ev); err != nil {
			r.Counters.StashErrors++
			r.noteError("stash", err)
		}
	}
	state, err := r.children(n, stage, depth, ev, state, grokked)
	if err != nil {
		return false, err
	}
	if !state {
		if n.grok == nil || len(n.children) > 0 {
			return r.fail("no child of it succeeded last"), nil
		}
		return false, nil
	}
	if n.whitelist == nil || matched {
		if err := r.apply(n.statics, ev); err != nil {
			return false, err
		}
	}
	if n.nextStage {
		r.advance(ev)
	}
	return true, nil
}

// children runs the children of a node and returns its state behind them: without a grok that matched, the last one
// decides.
func (r *Runner) children(n *node, stage string, depth int, ev *event.Event, state, grokked bool) (bool, error) {
	f, met := r.finder(n.table), 0
	s := siever{sieve: n.sieve}
	if r.trace != nil {
		s.sieve = nil // somebody watches: all are met
	}
	first := s.sieve != nil
	for i := r.nextChild(f, &s, ev, 0); i < len(n.children); i = r.nextChild(f, &s, ev, i+1) {
		ok, err := r.node(n.children[i], stage, depth+1, ev, r.sure(f))
		if err != nil {
			return false, err
		}
		if first {
			r.lucky[s.number], first = ok, false
		}
		if ok && n.nextStage {
			return true, nil
		}
		state, met = ok || grokked && state, i+1
	}
	if met < len(n.children) && !grokked {
		return false, nil // the last one is left out: its filter or its grok fails
	}
	return state, nil
}

func markWhitelisted(ev *event.Event, reason string) {
	v := ev.Scalars()
	if v.Whitelisted {
		return
	}
	v.Whitelisted, v.WhitelistReason = true, reason
	if v.Type == event.TypeOverflow {
		v.Overflow.Whitelisted = true
	}
}

// advance moves the event to the stage behind its own, unless that is the last one.
func (r *Runner) advance(ev *event.Event) {
	v := ev.Scalars()
	at := r.stage
	if v.Stage != r.set.stages[at].name { // a static has moved it
		var ok bool
		if at, ok = r.set.index[v.Stage]; !ok {
			return
		}
	}
	if at+1 < len(r.set.stages) {
		v.Stage = r.set.stages[at+1].name
		ev.ScalarWritten()
	}
}

func (r *Runner) grok(g *grokStep, ev *event.Event) bool {
	var text string
	switch {
	case g.raw:
		text = ev.Scalars().Line.Raw
	case g.expr != nil:
		given, err := g.expr.Given(r.run, r.envOf(ev))
		if err != nil {
			r.Counters.ExprErrors++
			return r.failed("grok's expression failed", err)
		}
		var ok bool
		if text, ok = given.Text(); ok {
			break
		}
		switch v := given.Any().(type) {
		case int:
			text = strconv.Itoa(v)
		case float64:
			text = fmt.Sprintf("%f", v)
		default:
			if r.trace != nil {
				r.note("grok's expression gives a %T, taken as an empty text", v)
			}
		}
	default:
		s, ok := ev.Get(g.on)
		if !ok {
			if r.trace != nil {
				r.fail("there is no field %s to apply grok on", g.on.Name)
			}
			return false
		}
		text = s
	}
	caps, ok := g.pattern.MatchIn(&r.room, text, r.caps)
	r.caps = caps
	switch {
	case ok:
		ev.SetAll(g.refs, caps)
	case r.trace == nil:
	case len(g.refs) == 0:
		r.fail("grok %s keeps no field, so it never succeeds, even where it matches", g.label)
	default:
		r.fail("grok %s does not match", g.label)
	}
	return ok
}

// keep stores what a node's stash says.
func (r *Runner) keep(steps []stashStep, ev *event.Event) error {
	for i := range steps {
		s := &steps[i]
		key, err := s.key.String(r.run, r.envOf(ev))
		if err != nil {
			return fmt.Errorf("key of %s: %w", s.name, err)
		}
		value, err := s.value.String(r.run, r.envOf(ev))
		if err != nil {
			return fmt.Errorf("value of %s: %w", s.name, err)
		}
		if r.gate != nil {
			r.gate()
		}
		if err := r.host.Stash.Set(s.name, key, value, s.ttl, r.stashNow(ev)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) stashNow(ev *event.Event) time.Time { return ev.Arrived }
