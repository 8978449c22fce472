package detect

import (
	"time"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/parse"
)

// Item is one line on its way from a Worker to the Core. Items are used again.
type Item struct {
	Event   *event.Event
	Outcome parse.Outcome
	Matches []bucket.Match
}

// NewItem makes an empty Item.
func (e *Engine) NewItem() *Item { return &Item{Event: event.New(e.schema)} }

// Worker runs the half of the engine that looks at one line alone. One goroutine owns it.
type Worker struct {
	engine  *Engine
	item    *Item // at work
	run     *cond.Run
	parser  *parse.Runner
	matcher *bucket.Matcher
}

// NewWorker makes a Worker. gate is called, possibly several times for one line, before a rule touches the stash: it
// returns when everything that comes before the line has been settled by the Core. trace may be nil.
func (e *Engine) NewWorker(gate func(), trace parse.Trace) *Worker {
	w := &Worker{engine: e, run: cond.NewRun()}
	stashed := func() {
		if gate != nil {
			gate()
		}
		w.setClock()
	}
	w.run.OnStash(stashed)
	w.parser = parse.NewRunner(e.parsers, w.run, e.host, stashed, false, trace)
	w.matcher = bucket.NewMatcher(e.scenarios, w.run)
	if trace != nil {
		w.matcher.AskAll()
	}
	return w
}

// setClock makes the stash live at the time of the line at work; it is the line's turn. A replayed line is as old as it
// says, even if its date has not been parsed yet.
func (w *Worker) setClock() {
	ev := w.item.Event
	if ev.Clock == tocsin.ArrivalClock {
		*w.engine.clock = time.Time{}
		return
	}
	if ev.Guessed {
		return // it is as old as its predecessor
	}
	if t, ok := ev.Moment(); ok {
		*w.engine.clock = t
	} else if t, ok := w.parser.ParseTime(ev, ev.Scalars().StrTime); ok {
		*w.engine.clock = t
	}
}

// OnFailure lets fn know of every scenario expression that fails while running.
func (w *Worker) OnFailure(fn func(s *bucket.Scenario, what string, err error)) {
	w.matcher.Failed = fn
}

// OnStage lets fn see every event behind each stage of the parsers. It must not keep it.
func (w *Worker) OnStage(fn func(stage string, ev *event.Event)) { w.parser.Staged = fn }

// Work parses a line into the item and finds the scenarios that want it. A line without its end is set aside: no rule
// sees it.
func (w *Worker) Work(it *Item, num uint64, line *tocsin.Line) {
	w.item = it
	it.Event.Reset(num, line)
	it.Matches = it.Matches[:0]
	if line.Cut > 0 {
		// Where it was cut is for whoever wrote the long part to choose, and so is what now stands at its end.
		it.Outcome = parse.Outcome{Stage: w.engine.parsers.Stages()[0], Why: "its end is missing: it is longer than the limit"}
		return
	}
	w.run.Begin(line.Time)
	it.Outcome = w.parser.Parse(it.Event)
	if !it.Outcome.Parsed || it.Event.Scalars().Whitelisted {
		return
	}
	it.Matches = w.matcher.Match(it.Event, it.Matches)
}

// Counters returns what the worker counted.
func (w *Worker) Counters() (parse.Counters, bucket.MatchCounters) {
	return w.parser.Counters, w.matcher.Counters
}

// Work counts what was run for the events: no effect, but what it cost.
type Work struct {
	Nodes   uint64 `json:"nodes"`   // of parsers and postoverflows
	Filters uint64 `json:"filters"` // of scenarios
}

// Add adds o to w.
func (w *Work) Add(o Work) {
	w.Nodes += o.Nodes
	w.Filters += o.Filters
}

// Worked returns what the worker ran.
func (w *Worker) Worked() Work { return Work{Nodes: w.parser.Nodes, Filters: w.matcher.Evaluated} }
