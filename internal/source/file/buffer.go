package file

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"tocsin.example"
	"tocsin.example/internal/poison"
)

// chunk is one buffer that lines point into. It goes back to its pool when neither a scanner nor a batch refers to it.
type chunk struct {
	buf  []byte
	refs atomic.Int32
	pool *pool
}

func (c *chunk) release() {
	if c.refs.Add(-1) == 0 {
		c.pool.putChunk(c)
	}
}

// batch is a [tocsin.Batch] under construction, with the chunks that its lines point into.
type batch struct {
	lines  []tocsin.Line
	chunks []*chunk
	texts  [][]byte // of the lines, for poison only: the receiver may change lines
	pool   *pool
	done   func(error) // made once, since a batch is used again
}

// add appends the line with its text, which lies in c. Zero-copy: the string shares c's memory, which stays as it is
// until the batch is done.
func (b *batch) add(line *tocsin.Line, text []byte, cut int, c *chunk) {
	if n := len(b.chunks); n == 0 || b.chunks[n-1] != c {
		c.refs.Add(1)
		b.chunks = append(b.chunks, c)
	}
	b.lines = append(b.lines, *line)
	last := &b.lines[len(b.lines)-1]
	last.Raw = unsafe.String(unsafe.SliceData(text), len(text)) //nolint:gosec // the chunk is ours until release
	last.Cut = cut
	if poison.On {
		b.texts = append(b.texts, text)
	}
}

// release gives everything back to the pool. It is the batch's Done.
func (b *batch) release(error) {
	b.reset()
	b.pool.putBatch(b)
}

// reset empties the batch and lets go of its chunks.
func (b *batch) reset() {
	if poison.On {
		for _, text := range b.texts {
			poison.Bytes(text)
		}
		b.texts = b.texts[:0]
	}
	for _, c := range b.chunks {
		c.release()
	}
	clear(b.chunks)
	b.lines, b.chunks = b.lines[:0], b.chunks[:0]
}

// maxIdleChunks and maxIdleBatches are what a pool keeps for later. What a slow receiver held beyond that is left to the
// garbage collector. A pool never waits for a buffer to come back: a receiver that answers late, as a replay's may,
// must not stop the reader.
const (
	maxIdleChunks  = 16
	maxIdleBatches = 256
)

// pool keeps buffers for reuse. Batches come back from any goroutine.
type pool struct {
	chunkSize  int
	batchLines int

	mu      sync.Mutex
	chunks  []*chunk
	batches []*batch
}

// chunk returns a buffer with one reference, the caller's.
func (p *pool) chunk() *chunk {
	p.mu.Lock()
	defer p.mu.Unlock()
	var c *chunk
	if n := len(p.chunks); n > 0 {
		c, p.chunks = p.chunks[n-1], p.chunks[:n-1]
	} else {
		c = &chunk{buf: make([]byte, p.chunkSize), pool: p}
	}
	c.refs.Store(1)
	return c
}

func (p *pool) putChunk(c *chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.chunks) < maxIdleChunks {
		p.chunks = append(p.chunks, c)
	}
}

func (p *pool) batch() *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.batches); n > 0 {
		b := p.batches[n-1]
		p.batches = p.batches[:n-1]
		return b
	}
	b := &batch{lines: make([]tocsin.Line, 0, p.batchLines), pool: p}
	b.done = b.release
	return b
}

func (p *pool) putBatch(b *batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.batches) < maxIdleBatches {
		p.batches = append(p.batches, b)
	}
}
