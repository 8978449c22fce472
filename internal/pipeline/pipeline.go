// Package pipeline runs the engine: workers parse batches of lines side by side, and what they found takes effect in
// input order.
//
// It owns the goroutines and the one numbered input; what a line means is package detect's. Start from [Run].
package pipeline

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/parse"
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
	// Work is what all that took. It alone depends on whether the engine has an index.
	Work detect.Work `json:"work"`
}

// Run reads a source to its end, or until ctx ends, and lets every line take effect through core. The result depends on
// the rules and the lines alone, not on the number of workers or the sizes of batches. core.Finish is left to the
// caller.
func Run(ctx context.Context, engine *detect.Engine, core *detect.Core, source tocsin.Source, opt Options) (Totals, error) {
	p := &pipeline{core: core, next: max(1, opt.First), jobs: make(chan job), mine: make(chan struct{}, 1)}
	workers := make([]*worker, max(1, opt.Workers))
	p.turn.init(len(workers) * desksPerWorker)
	g, ctx := errgroup.WithContext(ctx)
	for i := range workers {
		w := p.newWorker(engine)
		workers[i] = w
		if len(workers) == 1 {
			p.only = w // a lone one needs no goroutine: waking it would cost more than many a line
			break
		}
		g.Go(func() error {
			w.loop()
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
	t.Work = core.Worked()
	for _, w := range workers {
		pc, mc := w.detect.Counters()
		t.Parse.Add(pc)
		t.Match.Add(mc)
		t.Work.Add(w.detect.Worked())
	}
	t.Bucket = core.Store().Counters
	return t, err
}

type pipeline struct {
	core *detect.Core
	jobs chan job
	only *worker // it works where a batch is emitted; nil when there are several
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
	j := job{batch: b, first: p.next, seq: p.seq}
	if p.only != nil {
		p.numbered(len(b.Lines))
		p.only.run(p.turn.desk(), j)
		return nil
	}
	select {
	case p.jobs <- j:
		p.numbered(len(b.Lines))
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// numbered takes the numbers of a batch of so many lines.
func (p *pipeline) numbered(lines int) {
	p.next += uint64(lines) //nolint:gosec // not negative
	p.seq++
}

// close lets the workers end when they have done what was emitted.
func (p *pipeline) close() {
	p.mine <- struct{}{}
	defer func() { <-p.mine }()

	p.closed = true
	close(p.jobs)
}
