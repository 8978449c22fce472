package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"tocsin.example"
)

// Defaults of [Replay] and [Merge].
const (
	// DefaultMaxLine holds the longest lines that clients can have web servers write: nginx and Apache httpd take 8 KiB a
	// header and write up to four characters for a byte of the request, the referrer, the agent and the user's name.
	DefaultMaxLine    = 128 << 10
	DefaultBatchLines = 64
	maxMaxLine        = 64 << 20
	chunkSize         = 256 << 10 // one read per 1,700 nginx lines; larger gained nothing
)

// ErrTooLarge is in the chain of the error of a file that expands beyond MaxExpanded, or of a pipe that is too long to
// be merged.
var ErrTooLarge = errors.New("larger than the limit")

// Replay reads files one after the other as one stream, in the order given, and ends. It is a [tocsin.Source]: Run is
// called once; Count may be called meanwhile. A file that cannot be opened is reported before the first line is read;
// one that turns out damaged ends the replay after its good lines were delivered.
type Replay struct {
	Paths  []string          // "-" is standard input
	Labels map[string]string // of every line; shared, not copied
	Now    time.Time         // the arrival time of every line
	// Stdin is read for "-"; nil is the process's.
	Stdin io.Reader
	// MaxLine is the longest line in bytes, DefaultMaxLine when 0, at most 64 MiB.
	MaxLine int
	// BatchLines is the most lines in a batch, DefaultBatchLines when 0.
	BatchLines int
	// MaxExpanded limits what one gzip file may expand to, in bytes; 0 is no limit, since nothing is kept.
	MaxExpanded int64
	// Progress, if set, is told after every read how many bytes were read from all files as they are stored, so that
	// it compares with their sizes. Merge reads files twice.
	Progress func(bytes int64)

	mu    sync.Mutex
	count Count
}

// Count is what a replay has read.
type Count struct {
	Lines    int64 `json:"lines"`     // delivered
	Empty    int64 `json:"empty"`     // skipped
	Cut      int64 `json:"cut"`       // delivered, but longer than the limit
	CutBytes int64 `json:"cut_bytes"` // dropped from those
	Bytes    int64 `json:"bytes"`     // after decompression
	Stored   int64 `json:"stored"`    // before decompression
}

// Count returns what has been read so far.
func (r *Replay) Count() Count {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// addCount adds what was read since the last call. stored is the total before decompression.
func (r *Replay) addCount(d Count) {
	r.mu.Lock()
	r.count.Lines += d.Lines
	r.count.Empty += d.Empty
	r.count.Cut += d.Cut
	r.count.CutBytes += d.CutBytes
	r.count.Bytes += d.Bytes
	r.count.Stored += d.Stored
	stored := r.count.Stored
	r.mu.Unlock()
	if r.Progress != nil {
		r.Progress(stored)
	}
}

// Run implements [tocsin.Source].
func (r *Replay) Run(ctx context.Context, emit tocsin.Emit) error {
	if err := r.check(); err != nil {
		return err
	}
	p := r.pool(chunkSize)
	for _, path := range r.Paths {
		if err := r.file(ctx, path, p, emit); err != nil {
			return err
		}
	}
	return nil
}

// check looks at every path and limit before anything is read, and reports all that is wrong.
func (r *Replay) check() error {
	var errs []error
	if len(r.Paths) == 0 {
		errs = append(errs, problem("", "name at least one file, or - for standard input", "there is nothing to read"))
	}
	if r.MaxLine < 0 || r.MaxLine > maxMaxLine {
		errs = append(errs, fmt.Errorf("a line of at most %d bytes is out of range (1 to %d)", r.MaxLine, maxMaxLine))
	}
	stdin := 0
	for _, path := range r.Paths {
		if path == stdinPath {
			stdin++
		}
		if err := check(path); err != nil {
			errs = append(errs, err)
		}
	}
	if stdin > 1 {
		errs = append(errs, problem("-", "name it once", "standard input cannot be read twice"))
	}
	return errors.Join(errs...)
}

func (r *Replay) maxLine() int {
	if r.MaxLine == 0 {
		return DefaultMaxLine
	}
	return r.MaxLine
}

func (r *Replay) batchLines() int {
	if r.BatchLines <= 0 {
		return DefaultBatchLines
	}
	return r.BatchLines
}

// pool makes chunks that hold the longest line and leave room for a read.
func (r *Replay) pool(size int) *pool {
	return &pool{chunkSize: max(size, r.maxLine()+1+room), batchLines: r.batchLines()}
}

func (r *Replay) line(path string) tocsin.Line {
	return tocsin.Line{Src: path, Module: "file", Labels: r.Labels, Time: r.Now, Clock: tocsin.EventClock}
}

func (r *Replay) stdin(ctx context.Context) (io.Reader, func()) {
	in := r.Stdin
	if in == nil {
		in = os.Stdin
	}
	return interruptible(ctx, in)
}

// file reads one file. A batch goes out when it is full, and with what there is before the reader may have to wait.
func (r *Replay) file(ctx context.Context, path string, p *pool, emit tocsin.Emit) error {
	in, err := r.open(ctx, path)
	if err != nil {
		return err
	}
	defer in.close()
	s := newScanner(r.limit(in), p, r.maxLine())
	defer s.close()
	model, b := r.line(path), p.batch()
	for {
		text, cut, ok := s.take()
		if ok && len(text) == 0 {
			s.count.Empty++
			continue
		}
		if ok {
			s.tally(cut)
			b.add(&model, text, cut, s.c)
		}
		if len(b.lines) == p.batchLines || !ok && len(b.lines) > 0 {
			if err := emit(ctx, tocsin.Batch{Lines: b.lines, Done: b.done}); err != nil {
				return err
			}
			b = p.batch()
		}
		if ok {
			continue
		}
		err := s.fill()
		r.addCount(s.counted(in.raw.n))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == io.EOF { //nolint:errorlint // fill returns it bare
			return nil
		}
		if err != nil {
			return in.explain(err)
		}
	}
}

// open opens a path for reading once.
func (r *Replay) open(ctx context.Context, path string) (*input, error) {
	if path != stdinPath {
		return openInput(ctx, path, nil)
	}
	in, stop := r.stdin(ctx)
	i, err := openInput(ctx, path, in)
	if err != nil {
		stop()
		return nil, err
	}
	i.close = stop
	return i, nil
}

// limit refuses a gzip file that expands beyond MaxExpanded.
func (r *Replay) limit(in *input) io.Reader {
	if r.MaxExpanded <= 0 || !in.gz {
		return in
	}
	return &limited{r: in, left: r.MaxExpanded, limit: r.MaxExpanded}
}

// limited fails when more than limit bytes come, unlike [io.LimitedReader], which pretends that there are no more.
type limited struct {
	r           io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		return int(l.left), fmt.Errorf("expands to more than %d bytes: %w", l.limit, ErrTooLarge)
	}
	l.left -= int64(n)
	return n, err
}
