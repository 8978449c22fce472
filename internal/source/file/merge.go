package file

import (
	"container/heap"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"tocsin.example"
)

// Limits of [Merge].
const (
	// DefaultMaxSpool bounds what is copied of a pipe, which cannot be read twice.
	DefaultMaxSpool = 8 << 30
	// maxMerged files are open at once.
	maxMerged = 512
	// mergeChunk is smaller than a replay's, since every file has one.
	mergeChunk = 64 << 10
)

// Merge reads files twice and delivers their lines in the order of their times; lines of the same time come in the order
// of Paths, and the lines of one file always in its own order, even where their times go back. A line without a time
// stands at its predecessor's; those at the head of a file at the first time found in it, and a file without any time
// comes first. It keeps 8 bytes a line. A pipe is copied to a temporary file. Use it like a [Replay].
type Merge struct {
	Replay

	// TimeOf returns the time of a line of Paths[file]. It is called once a line, file by file, from one goroutine; the
	// line is gone after it returns.
	TimeOf func(file int, line *tocsin.Line) (time.Time, bool)
	// MaxSpool limits the temporary copy of each pipe in bytes; DefaultMaxSpool when 0.
	MaxSpool int64
	// TempDir is where copies are made, the system's folder for them when "".
	TempDir string
}

// Run implements [tocsin.Source].
func (m *Merge) Run(ctx context.Context, emit tocsin.Emit) error {
	if err := m.check(); err != nil {
		return err
	}
	if len(m.Paths) > maxMerged {
		return problem("", "merge them in groups, or replay them one after the other",
			"%d files are too many to be merged; %d are possible", len(m.Paths), maxMerged)
	}
	p := m.pool(mergeChunk)
	all := make([]*head, 0, len(m.Paths))
	defer func() {
		for _, h := range all {
			h.close()
		}
	}()
	for i, path := range m.Paths {
		h := &head{file: i, model: m.line(path)}
		all = append(all, h)
		if err := m.prepare(ctx, h); err != nil {
			return err
		}
		if err := m.scanTimes(ctx, h, p); err != nil {
			return err
		}
	}
	return m.merge(ctx, all, p, emit)
}

// head is one file while it is merged.
type head struct {
	file  int
	model tocsin.Line
	copy  *os.File // of what cannot be read twice
	in    *input
	s     *scanner
	times []int64 // of each line that is not empty, Unix nanoseconds

	n    int // lines taken
	text []byte
	cut  int
}

func (h *head) close() {
	if h.s != nil {
		h.s.close()
	}
	if h.in != nil {
		h.in.close()
	}
	if h.copy != nil {
		_ = h.copy.Close()
		_ = os.Remove(h.copy.Name()) // gone already where the system allows it
	}
}

// prepare copies a file that can be read only once.
func (m *Merge) prepare(ctx context.Context, h *head) error {
	path := h.model.Src
	if path != stdinPath {
		info, err := os.Stat(path)
		if err != nil {
			return explain(path, err)
		}
		if info.Mode().IsRegular() {
			return nil
		}
	}
	return m.spool(ctx, h)
}

func (m *Merge) spool(ctx context.Context, h *head) error {
	path := h.model.Src
	in, stop, err := m.once(ctx, path)
	if err != nil {
		return err
	}
	defer stop()
	h.copy, err = os.CreateTemp(m.TempDir, "tocsin-merge-*")
	if err != nil {
		return fmt.Errorf("copy %s: %w", path, err)
	}
	_ = os.Remove(h.copy.Name()) // so that nothing stays behind, however we end
	limit := m.MaxSpool
	if limit <= 0 {
		limit = DefaultMaxSpool
	}
	n, err := io.Copy(h.copy, io.LimitReader(in, limit+1))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", path, filepath.Dir(h.copy.Name()), err)
	}
	if n > limit {
		return fmt.Errorf("copy %s: more than %d bytes come through the pipe (write them to a file and merge that): %w",
			path, limit, ErrTooLarge)
	}
	return nil
}

// once opens what can be read only once, as it is stored.
func (m *Merge) once(ctx context.Context, path string) (io.Reader, func(), error) {
	if path == stdinPath {
		in, stop := m.stdin(ctx)
		return in, stop, nil
	}
	f, err := openFile(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	return f, func() {
		if stop() {
			_ = f.Close()
		}
	}, nil
}

// open opens the head's file, or its copy, from the beginning.
func (m *Merge) open(ctx context.Context, h *head) (*input, error) {
	if h.copy == nil {
		return openInput(ctx, h.model.Src, nil)
	}
	if _, err := h.copy.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the copy of %s: %w", h.model.Src, err)
	}
	return expand(h.model.Src, h.copy, func() {})
}

// scanTimes is the first pass over one file.
func (m *Merge) scanTimes(ctx context.Context, h *head, p *pool) error {
	in, err := m.open(ctx, h)
	if err != nil {
		return err
	}
	defer in.close()
	s := newScanner(m.limit(in), p, m.maxLine())
	s.silent = true
	defer s.close()
	b := p.batch() // a place for one line, so that TimeOf gets what a receiver would
	defer b.release(nil)
	last, known := int64(math.MinInt64), false
	for {
		text, cut, ok, err := m.next(ctx, in, s)
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		b.add(&h.model, text, cut, s.c)
		t, has := m.TimeOf(h.file, &b.lines[0])
		b.reset()
		if has {
			last = nanos(t)
		}
		h.times = append(h.times, last)
		if has && !known {
			known = true
			for i := range h.times {
				h.times[i] = last
			}
		}
	}
}

// nanos is the time as Unix nanoseconds, held within what they can express: the years 1678 to 2262.
func nanos(t time.Time) int64 {
	const limit = math.MaxInt64 / int64(time.Second)
	s := t.Unix()
	switch {
	case s >= limit:
		return math.MaxInt64
	case s <= -limit:
		return math.MinInt64 + 1
	}
	return t.UnixNano()
}

// next returns the file's next line that is not empty; ok is false at its end.
func (m *Merge) next(ctx context.Context, in *input, s *scanner) (text []byte, cut int, ok bool, err error) {
	for {
		text, cut, ok = s.take()
		if ok && len(text) > 0 {
			return text, cut, true, nil
		}
		if ok {
			s.count.Empty++
			continue
		}
		err = s.fill()
		m.addCount(s.counted(in.raw.n))
		if ctx.Err() != nil {
			return nil, 0, false, context.Cause(ctx)
		}
		if err == io.EOF { //nolint:errorlint // fill returns it bare
			return nil, 0, false, nil
		}
		if err != nil {
			return nil, 0, false, in.explain(err)
		}
	}
}

// merge is the second pass.
func (m *Merge) merge(ctx context.Context, all []*head, p *pool, emit tocsin.Emit) error {
	var q heads
	for _, h := range all {
		var err error
		if h.in, err = m.open(ctx, h); err != nil {
			return err
		}
		h.s = newScanner(m.limit(h.in), p, m.maxLine())
		more, err := m.advance(ctx, h)
		if err != nil {
			return err
		}
		if more {
			q = append(q, h)
		}
	}
	heap.Init(&q)
	b := p.batch()
	for len(q) > 0 {
		h := q[0]
		b.add(&h.model, h.text, h.cut, h.s.c)
		h.s.tally(h.cut)
		if len(b.lines) == p.batchLines {
			if err := emit(ctx, tocsin.Batch{Lines: b.lines, Done: b.done}); err != nil {
				return err
			}
			b = p.batch()
		}
		more, err := m.advance(ctx, h)
		if err != nil {
			return err
		}
		if more {
			heap.Fix(&q, 0)
		} else {
			heap.Pop(&q)
		}
	}
	if len(b.lines) == 0 {
		return nil
	}
	return emit(ctx, tocsin.Batch{Lines: b.lines, Done: b.done})
}

// advance goes to the head's next line; more is false when there is none. What was appended to the file since the first
// pass is left out: its times are not known.
func (m *Merge) advance(ctx context.Context, h *head) (more bool, err error) {
	if h.n == len(h.times) {
		m.addCount(h.s.counted(h.in.raw.n))
		return false, nil
	}
	var ok bool
	h.text, h.cut, ok, err = m.next(ctx, h.in, h.s)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, problem(h.model.Src, "merge a copy of it that nobody writes to",
			"the file became shorter while it was read")
	}
	h.n++
	return true, nil
}

// key is the time of the line at hand.
func (h *head) key() int64 { return h.times[h.n-1] }

// heads is a heap of files by the time of their next line, files of the same time in the order given.
type heads []*head

func (q *heads) Len() int { return len(*q) }

func (q *heads) Less(i, j int) bool {
	a, b := (*q)[i], (*q)[j]
	if a.key() != b.key() {
		return a.key() < b.key()
	}
	return a.file < b.file
}

func (q *heads) Swap(i, j int) { (*q)[i], (*q)[j] = (*q)[j], (*q)[i] }

func (q *heads) Push(x any) { *q = append(*q, x.(*head)) } //nolint:forcetypeassert // only heads come

func (q *heads) Pop() any {
	last := len(*q) - 1
	h := (*q)[last]
	*q = (*q)[:last]
	return h
}
