package pipeline

import (
	"tocsin.example"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/poison"
)

// maxRing bounds the items of a desk. A longer batch is let take effect piece by piece.
const maxRing = 256

// desksPerWorker is how many batches a worker may have open: one at work, the others parsed and waiting for their turn,
// so that a worker need not wait for a slower one.
const desksPerWorker = 3

// desk holds a batch from when it is taken until it has taken effect.
type desk struct {
	job  job
	ring []*detect.Item
	// settled counts the items that have taken effect, parsed those that may.
	settled, parsed int
}

func (d *desk) settle(core *detect.Core, end int) {
	for ; d.settled < end; d.settled++ {
		core.Settle(d.ring[d.settled%maxRing])
	}
}

// finish lets the rest of the batch take effect; it is the batch's turn.
func (d *desk) finish(core *detect.Core) {
	d.settle(core, d.parsed)
	done := d.job.batch.Done
	d.job = job{}
	if done != nil {
		done(nil)
	}
}

type worker struct {
	p      *pipeline
	detect *detect.Worker
	engine *detect.Engine
	desk   *desk // at work
	mine   bool  // the turn is its batch's
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
		w.p.turn.wait(w.desk.job.seq)
		w.mine = true
	}
	w.desk.settle(w.p.core, w.desk.parsed)
}

// loop parses batches until there are no more. A desk is taken before a job: the batch whose turn is next then always
// has one.
func (w *worker) loop() {
	for {
		d := w.p.turn.desk()
		j, ok := <-w.p.jobs
		if !ok {
			w.p.turn.free(d)
			return
		}
		w.run(d, j)
	}
}

func (w *worker) run(d *desk, j job) {
	lines := j.batch.Lines
	if poison.On {
		j.batch.Done = poisoned(j.batch)
	}
	for len(d.ring) < min(len(lines), maxRing) {
		d.ring = append(d.ring, w.engine.NewItem())
	}
	d.job, d.settled, d.parsed = j, 0, 0
	w.desk, w.mine = d, false
	for i := range lines {
		if i-d.settled == maxRing {
			w.gate()
		}
		w.detect.Work(d.ring[i%maxRing], j.first+uint64(i), &lines[i])
		d.parsed = i + 1
	}
	if !w.mine && !w.p.turn.park(d) {
		return
	}
	for d != nil {
		d.finish(w.p.core)
		d = w.p.turn.pass(d)
	}
}

// poisoned gives the lines of a batch memory of their own, and returns a Done that overwrites it, whatever the source
// does with its texts.
func poisoned(b tocsin.Batch) func(error) {
	ends := make([]func(), len(b.Lines))
	for i := range b.Lines {
		b.Lines[i].Raw, ends[i] = poison.Copy(b.Lines[i].Raw)
	}
	return func(err error) {
		for _, end := range ends {
			end()
		}
		if b.Done != nil {
			b.Done(err)
		}
	}
}
