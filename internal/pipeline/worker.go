package pipeline

import (
	"tocsin.example"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/poison"
)

// maxWaiting bounds the lines of a desk that are parsed and wait for their turn. A longer batch then waits for its turn,
// and takes effect line by line.
const maxWaiting = 256

// desksPerWorker is how many batches a worker may have open: one at work, the others parsed and waiting for their turn,
// so that a worker need not wait for a slower one.
const desksPerWorker = 3

// desk holds a batch from when it is taken until it has taken effect.
type desk struct {
	job job
	// items are those of the lines from base on that have not taken effect, and room for more.
	items []*detect.Item
	base  int
	// settled counts the lines that have taken effect, parsed those that may.
	settled, parsed int
}

// item returns the item for the next line: the same again and again while each line takes effect before the next is
// parsed, since that one is in the processor's caches.
func (d *desk) item(engine *detect.Engine) *detect.Item {
	if d.settled == d.parsed {
		d.base = d.parsed
	}
	at := d.parsed - d.base
	if at == len(d.items) {
		d.items = append(d.items, engine.NewItem())
	}
	return d.items[at]
}

func (d *desk) settle(core *detect.Core, end int) {
	for ; d.settled < end; d.settled++ {
		core.Settle(d.items[d.settled-d.base])
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
	d.job, d.base, d.settled, d.parsed = j, 0, 0, 0
	w.desk, w.mine = d, w.p.turn.has(j.seq)
	for i := range lines {
		if i-d.settled == maxWaiting {
			w.gate()
		}
		w.detect.Work(d.item(w.engine), j.first+uint64(i), &lines[i])
		d.parsed = i + 1
		if w.mine {
			d.settle(w.p.core, d.parsed)
		}
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
