package file

import (
	"context"
	"io"
)

// interruptible lets a read of r end with ctx, although the system's read of a terminal or pipe cannot be woken. The
// goroutine behind it ends when r returns from the read that it waits in, at the latest with the process; stop tells it
// that nobody wants more.
func interruptible(ctx context.Context, r io.Reader) (in io.Reader, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	p := &pipe{ctx: ctx, full: make(chan read), empty: make(chan []byte, 1)}
	p.empty <- make([]byte, 64<<10)
	go p.pump(r)
	return p, cancel
}

type read struct {
	b   []byte
	err error
}

// pipe hands one buffer back and forth between the goroutine that reads and the one that wants the bytes.
type pipe struct {
	ctx   context.Context //nolint:containedctx // an io.Reader has no other way to take it
	full  chan read
	empty chan []byte

	buf []byte // the buffer while it is here
	got read   // what of it was not read yet
}

func (p *pipe) pump(r io.Reader) {
	for {
		var buf []byte
		select {
		case <-p.ctx.Done():
			return
		case buf = <-p.empty:
		}
		n, err := r.Read(buf)
		select {
		case <-p.ctx.Done():
			return
		case p.full <- read{buf[:n], err}:
		}
		if err != nil {
			return
		}
	}
}

func (p *pipe) Read(b []byte) (int, error) {
	if len(p.got.b) == 0 {
		if p.got.err != nil {
			return 0, p.got.err
		}
		if p.buf != nil {
			p.empty <- p.buf // never blocks: there is one buffer
			p.buf = nil
		}
		select {
		case <-p.ctx.Done():
			return 0, context.Cause(p.ctx)
		case p.got = <-p.full:
			p.buf = p.got.b[:cap(p.got.b)]
		}
	}
	n := copy(b, p.got.b)
	p.got.b = p.got.b[n:]
	if len(p.got.b) == 0 {
		return n, p.got.err
	}
	return n, nil
}
