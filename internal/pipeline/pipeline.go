// Package pipeline runs the engine: workers parse batches of lines side by side, and what they found takes effect in
// input order.
//
// It owns the goroutines and the one numbered input; what a line means is package detect's. Start from [Run].
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/poison"
)

// Options tune a run.
type Options struct {
	// Workers is how many goroutines parse; at least one.
	Workers int
	// First is the number of the first line; 0 means 1.
	First uint64
}

// Totals are the counters of all parts.
type Totals struct {
	Parse  parse.Counters       `json:"parse"`
	Match  bucket.MatchCounters `json:"match"`
	Bucket bucket.Counters      `json:"bucket"`
}

// Run reads a source to its end, or until ctx ends, and lets every line take effect through core. The result depends on
// the rules and the lines alone, not on the number of workers or the sizes of batches. core.Finish is left to the
// caller.
func Run(ctx context.Context, engine *detect.Engine, core *detect.Core, source tocsin.Source, opt Options) (Totals, error) {
	p := &pipeline{core: core, next: max(1, opt.First), jobs: make(chan job), mine: make(chan struct{}, 1)}
	p.turn.passed = sync.NewCond(&p.turn.mu)
	g, ctx := errgroup.WithContext(ctx)
	workers := make([]*worker, max(1, opt.Workers))
	for i := range workers {
		w := p.newWorker(engine)
		workers[i] = w
		g.Go(func() error {
			for j := range p.jobs {
				w.run(j)
			}
			return nil
		})
	}
	g.Go(func() error {
		defer p.close()
		if err := source.Run(ctx, p.emit); err != nil {
			return fmt.Errorf("read: %w", err)
		}
		return nil
	})
	err := g.Wait()
	var t Totals
	t.Parse, t.Match = core.Counters()
	for _, w := range workers {
		pc, mc := w.detect.Counters()
		t.Parse.Add(pc)
		t.Match.Add(mc)
	}
	t.Bucket = core.Store().Counters
	return t, err
}

type pipeline struct {
	core *detect.Core
	jobs chan job
	turn turn

	mine   chan struct{} // held while numbering a batch; a channel, so that who waits for it sees its context end
	next   uint64        // number of the next line
	seq    uint64        // of the next batch
	closed bool
}

// ErrClosed is what a source gets that emits after its Run has returned.
var ErrClosed = errors.New("the source has ended already: no batch is taken from it")

type job struct {
	batch tocsin.Batch
	first uint64
	seq   uint64
}

// emit numbers a batch and hands it to a worker. Batches reach the workers in the order of their numbers.
func (p *pipeline) emit(ctx context.Context, b tocsin.Batch) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case p.mine <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.mine }()

	if p.closed {
		return ErrClosed
	}
	select {
	case p.jobs <- job{batch: b, first: p.next, seq: p.seq}:
		p.next += uint64(len(b.Lines))
		p.seq++
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close lets the workers end when they have done what was emitted.
func (p *pipeline) close() {
	p.mine <- struct{}{}
	defer func() { <-p.mine }()

	p.closed = true
	close(p.jobs)
}

// turn lets batches take effect one after the other.
type turn struct {
	mu     sync.Mutex
	passed *sync.Cond
	seq    uint64
}

func (t *turn) wait(seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()

	for t.seq != seq {
		t.passed.Wait()
	}
}

func (t *turn) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.seq++
	t.passed.Broadcast()
}

type worker struct {
	p      *pipeline
	detect *detect.Worker
	engine *detect.Engine
	ring   []*detect.Item
	// The batch at hand: the items before settled have taken effect, the one at work is being parsed.
	seq     uint64
	settled int
	work    int
	mine    bool // the turn is this batch's
}

func (p *pipeline) newWorker(engine *detect.Engine) *worker {
	w := &worker{p: p, engine: engine}
	w.detect = engine.NewWorker(w.gate, nil)
	return w
}

// gate is called when the line at work touches the stash: all lines before it must have taken effect. The batches before
// this one never wait for it, so that it cannot wait for ever.
func (w *worker) gate() {
	if !w.mine {
		w.p.turn.wait(w.seq)
		w.mine = true
	}
	w.settle(w.work)
}

func (w *worker) settle(end int) {
	for ; w.settled < end; w.settled++ {
		w.p.core.Settle(w.ring[w.settled%maxRing])
	}
}

// maxRing bounds the items of a worker. A longer batch is let take effect piece by piece.
const maxRing = 256

func (w *worker) run(j job) {
	lines := j.batch.Lines
	if poison.On {
		defer ended(j.batch, lines)()
		j.batch.Done = nil
	}
	for len(w.ring) < min(len(lines), maxRing) {
		w.ring = append(w.ring, w.engine.NewItem())
	}
	w.seq, w.settled, w.mine = j.seq, 0, false
	for i := range lines {
		w.work = i
		if i-w.settled == maxRing {
			w.gate()
		}
		w.detect.Work(w.ring[i%maxRing], j.first+uint64(i), &lines[i])
	}
	w.work = len(lines)
	w.gate()
	w.p.turn.pass()
	if j.batch.Done != nil {
		j.batch.Done(nil)
	}
}

// ended gives the lines of a batch memory of their own, and returns what ends the batch: its texts are overwritten,
// whatever its source does with them, and it is done.
func ended(b tocsin.Batch, lines []tocsin.Line) func() {
	ends := make([]func(), len(lines))
	for i := range lines {
		lines[i].Raw, ends[i] = poison.Copy(lines[i].Raw)
	}
	return func() {
		for _, end := range ends {
			end()
		}
		if b.Done != nil {
			b.Done(nil)
		}
	}
}
