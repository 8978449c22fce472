package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/event"
	"tocsin.example/internal/pipeline"
	"tocsin.example/internal/poison"
)

// sourceFunc is a source that is a function.
type sourceFunc func(ctx context.Context, emit tocsin.Emit) error

// Run implements tocsin.Source.
func (f sourceFunc) Run(ctx context.Context, emit tocsin.Emit) error { return f(ctx, emit) }

const everyLine = `
type: trigger
name: test/every
description: every line
filter: evt.Meta.what == 'fail'
`

func failLine(who string) tocsin.Line {
	return tocsin.Line{
		Raw: "2026-03-01T10:00:00Z 192.0.2.1 fail " + who, Src: who, Labels: map[string]string{"type": "door"},
		Clock: tocsin.EventClock, Time: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
	}
}

// watch runs a source over everyLine and returns the lines that fired, as "number who", in order.
func watch(ctx context.Context, t *testing.T, workers int, source sourceFunc, fired *atomic.Int64) ([]string, error) {
	t.Helper()
	e := engine(t, everyLine, true)
	core := e.NewCore(nil)
	var out []string
	core.OnAlert = func(a *tocsin.Alert) {
		l := a.Evidence.Lines[0]
		out = append(out, fmt.Sprintf("%d %s", l.Number, l.Source))
		if fired != nil {
			fired.Add(1)
		}
	}
	_, err := pipeline.Run(ctx, e, core, source, pipeline.Options{Workers: workers})
	return out, err
}

// TestDone holds that Done is called once for every batch that was accepted, when it has taken effect: also when the
// source fails, or the context ends in the middle.
func TestDone(t *testing.T) {
	broken := errors.New("the disk is gone")
	f := func(workers, batches int, stop error, cancel bool) {
		t.Helper()
		ctx, end := context.WithCancelCause(t.Context())
		defer end(nil)
		var fired atomic.Int64
		done := make([]atomic.Int32, batches+1)
		accepted := 0
		out, err := watch(ctx, t, workers, func(ctx context.Context, emit tocsin.Emit) error {
			for i := range batches + 1 {
				if i == batches/2 && cancel {
					end(broken)
				}
				if i == batches {
					return stop
				}
				b := tocsin.Batch{Lines: slices.Repeat([]tocsin.Line{failLine("x")}, 5)}
				b.Done = func(err error) {
					done[i].Add(1)
					if n := fired.Load(); err != nil || n < int64(5*(i+1)) {
						t.Errorf("batch %d is done with %v when %d lines have taken effect", i, err, n)
					}
				}
				if err := emit(ctx, b); err != nil {
					return err
				}
				accepted++
			}
			return nil
		}, &fired)
		switch {
		case stop == nil && !cancel && err != nil, (stop != nil || cancel) && !errors.Is(err, broken):
			t.Errorf("%d workers: error %v", workers, err)
		}
		if cancel && accepted >= batches {
			t.Errorf("%d workers: the context ended, but all batches were accepted", workers)
		}
		if len(out) != 5*accepted {
			t.Errorf("%d workers: %d lines took effect of %d batches", workers, len(out), accepted)
		}
		for i := range done {
			if want := map[bool]int32{true: 1}[i < accepted]; done[i].Load() != want {
				t.Errorf("%d workers: batch %d of %d was done %d times", workers, i, accepted, done[i].Load())
			}
		}
	}
	for _, workers := range []int{1, 2, 5} {
		f(workers, 100, nil, false)
		f(workers, 100, broken, false)
		f(workers, 100, nil, true)
		f(workers, 0, broken, false)
		f(workers, 0, nil, false)
	}
}

// TestEmitAfterEnd holds that a source that emits after its Run gets an error, and nothing worse.
func TestEmitAfterEnd(t *testing.T) {
	var late tocsin.Emit
	if _, err := watch(t.Context(), t, 2, func(_ context.Context, emit tocsin.Emit) error {
		late = emit
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	b := tocsin.Batch{Lines: []tocsin.Line{failLine("x")}, Done: func(error) { t.Error("Done of a batch that was refused") }}
	if err := late(context.Background(), b); !errors.Is(err, pipeline.ErrClosed) {
		t.Errorf("got %v, want %v", err, pipeline.ErrClosed)
	}
}

// TestEmitWaits holds that an emitter that waits for a place sees its own context end.
func TestEmitWaits(t *testing.T) {
	held, hangs := make(chan struct{}), make(chan struct{})
	_, err := watch(t.Context(), t, 1, func(ctx context.Context, emit tocsin.Emit) error {
		// The only worker hangs in Done until the end; the next emitter waits for it.
		stuck := tocsin.Batch{Lines: []tocsin.Line{failLine("x")}, Done: func(error) { close(hangs); <-held }}
		var g errgroup.Group
		g.Go(func() error { return emit(ctx, stuck) })
		<-hangs
		short, cancel := context.WithCancel(ctx)
		next := make(chan error)
		go func() { next <- emit(short, tocsin.Batch{Lines: []tocsin.Line{failLine("y")}}) }()
		cancel()
		if err := <-next; !errors.Is(err, context.Canceled) {
			t.Errorf("the next emitter got %v", err)
		}
		close(held)
		return g.Wait()
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

// TestSourcesSideBySide holds that two sources that emit at once share one numbering without gaps, each in its order.
func TestSourcesSideBySide(t *testing.T) {
	const each = 700
	out, err := watch(t.Context(), t, 3, func(ctx context.Context, emit tocsin.Emit) error {
		g, ctx := errgroup.WithContext(ctx)
		for s := range 2 {
			g.Go(func() error {
				for i := 0; i < each; {
					b := tocsin.Batch{}
					for range min(1+i%13, each-i) {
						b.Lines = append(b.Lines, failLine(fmt.Sprintf("%d:%d", s, i)))
						i++
					}
					if err := emit(ctx, b); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return g.Wait()
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var next [2]int
	for i, line := range out {
		var number, s, k int
		if _, err := fmt.Sscanf(line, "%d %d:%d", &number, &s, &k); err != nil {
			t.Fatal(err)
		}
		if number != i+1 || k != next[s] {
			t.Fatalf("line %d of source %d came as number %d, when line %d was due as number %d", k, s, number, next[s], i+1)
		}
		next[s]++
	}
	if len(out) != 2*each {
		t.Errorf("%d lines of %d", len(out), 2*each)
	}
}

// scribbler emits the lines of a log from buffers that it writes over as soon as a batch is done.
func scribbler(lines []string, size int) sourceFunc {
	return func(ctx context.Context, emit tocsin.Emit) error {
		pool := sync.Pool{New: func() any { return new([4096]byte) }}
		for chunk := range slices.Chunk(lines, size) {
			buf := pool.Get().(*[4096]byte) //nolint:forcetypeassert // the pool holds these
			b := tocsin.Batch{}
			rest := buf[:]
			for _, l := range chunk {
				n := copy(rest, l)
				line := failLine("x")
				line.Raw = unsafe.String(unsafe.SliceData(rest), n)
				b.Lines = append(b.Lines, line)
				rest = rest[n:]
			}
			b.Done = func(error) {
				for i := range buf {
					buf[i] = '#'
				}
				pool.Put(buf)
			}
			if err := emit(ctx, b); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestBuffers holds that nothing that outlives a batch points into its lines: not buckets, the stash or alerts.
func TestBuffers(t *testing.T) {
	text, err := os.ReadFile(write(t, 1500)[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	want, _ := run(t, sourceFunc(func(ctx context.Context, emit tocsin.Emit) error {
		for _, l := range lines {
			line := failLine("x")
			line.Raw = l
			if err := emit(ctx, tocsin.Batch{Lines: []tocsin.Line{line}}); err != nil {
				return err
			}
		}
		return nil
	}), 1)
	for _, workers := range []int{1, 3} {
		for _, size := range []int{1, 40} {
			if got, _ := run(t, scribbler(lines, size), workers); got != want {
				t.Errorf("%d workers, batches of %d: a buffer that is used again changes alerts", workers, size)
			}
		}
	}
}

// TestRandomRules holds the same of random rules as TestOrder does of chosen ones.
func TestRandomRules(t *testing.T) {
	paths := write(t, 250)
	lines := make([][]string, len(paths))
	for i, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	alerts := 0
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 7))
		rules := randomRules(rng)
		want, stats := runRules(t, rules, &interleave{lines: lines, size: 1}, 1)
		alerts += strings.Count(want, "\n")
		for range 2 {
			workers, size := 1+rng.IntN(4), 1+rng.IntN(300)
			got, s := runRules(t, rules, &interleave{lines: lines, size: size}, workers)
			if got != want || s != stats {
				t.Errorf("seed %d, %d workers, batches of %d: other alerts, stats %+v and %+v with\n%s", seed, workers, size, s, stats, rules)
			}
		}
	}
	if alerts < 500 {
		t.Errorf("%d alerts from all rules: the test proves little", alerts)
	}
}

func randomRules(rng *rand.Rand) string {
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var docs []string
	for i := range 6 {
		d := fmt.Sprintf("name: r/%d\ndescription: d\ngroupby: %s\nfilter: %s\n", i,
			pick("evt.Meta.source_ip", "evt.Meta.who", "evt.Meta.service", "evt.Meta.source_ip + GetFromStash('last', evt.Meta.source_ip)", "evt.GetType()"),
			pick("evt.Meta.what == 'fail'", "evt.Meta.what == 'login'", "evt.Meta.last_who != ''", "evt.GetType() == 'overflow'",
				"evt.Meta.what == 'probe' && SetInStash('last', evt.Meta.source_ip, evt.Meta.who, '10s') == nil",
				"evt.SetMeta('who', 'r"+strconv.Itoa(i)+"')"))
		d += pick(
			"type: trigger\n",
			fmt.Sprintf("type: leaky\ncapacity: %d\nleakspeed: %ds\n", 1+rng.IntN(5), 1+rng.IntN(20)),
			fmt.Sprintf("type: counter\ncapacity: -1\nduration: %ds\n", 1+rng.IntN(90)),
			"type: conditional\ncapacity: -1\nleakspeed: 20s\ncondition: len(queue.Queue) > 2 && GetFromStash('last', evt.Meta.source_ip) != evt.Meta.who\n",
		)
		d += pick("", "blackhole: 10s\n", "blackhole: 1m\n") + pick("", "reprocess: true\n")
		if !strings.Contains(d, "trigger") {
			d += pick("", "distinct: evt.Meta.who\n") + pick("", "cancel_on: evt.Meta.what == 'login'\n")
		}
		docs = append(docs, d)
	}
	return strings.Join(docs, "---\n")
}

// TestPoison holds that with the tag "invariants" a text that was kept without being cloned is overwritten, whatever the
// source, and that without it nothing is touched.
func TestPoison(t *testing.T) {
	const line = "2026-03-01T10:00:00Z 192.0.2.1 fail somebody"
	e := engine(t, scenarios, true)
	core := e.NewCore(nil)
	var kept []string
	core.OnPour = func(ev *event.Event, _ *bucket.Match, _ bool) { kept = append(kept, ev.Scalars().Line.Raw) }
	source := &interleave{lines: [][]string{{line}, nil}, size: 1}
	if _, err := pipeline.Run(t.Context(), e, core, source, pipeline.Options{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	want := line
	if poison.On {
		want = strings.Repeat(string([]byte{poison.Mark}), len(line))
	}
	if len(kept) == 0 || kept[0] != want {
		t.Errorf("kept %q, want %q", kept, want)
	}
}
