// Package equal holds that the engines decide the same: equal alerts, byte by byte and with their uuids, and equal
// counters of what took effect, on everything that there is to read.
//
// The measure is the reference engine with one worker and one line a batch. The normal run takes a seeded sample of
// what is slow; with TOCSIN_SOAK=1 it takes all. Its lines also run with the tag "invariants", and under race.
package equal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/pipeline"
	"tocsin.example/internal/testx"
)

// engines are those that are compared with the measure.
func engines() []string { return []string{app.Reference, app.Fast} }

// side is one way to run a log.
type side struct {
	engine         string
	workers, batch int
}

func (s side) String() string {
	return fmt.Sprintf("engine %s, %d workers, batches of %d", s.engine, s.workers, s.batch)
}

// sides are all ways, the measure first.
func sides() []side {
	all := []side{{app.Reference, 1, 1}}
	for _, e := range engines() {
		if e != app.Reference {
			all = append(all, side{e, 1, 64})
		}
		all = append(all, side{e, 2, 64})
	}
	return all
}

// now is when everything is replayed: the hub's tests were recorded then.
func now() time.Time { return time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC) }

// every is the step of a sample: 1 takes all.
func every(n int) int {
	switch {
	case testx.Soak():
		return 1
	case race:
		return 8 * n
	default:
		return n
	}
}

// result is what a run came to, as far as engines must agree.
type result struct {
	Stats      detect.Stats
	Parse      parse.Counters
	Bucket     bucket.Counters
	ExprErrors uint64 // of scenarios' filters and keys
	Err        string
	alerts     []string // JSON
}

// run runs a source through an engine that remembers nothing of others.
func run(t *testing.T, e *detect.Engine, src tocsin.Source, workers int) result {
	t.Helper()
	var r result
	core := e.NewCore(nil)
	core.OnAlert = func(a *tocsin.Alert) {
		b, err := json.Marshal(a)
		if err != nil {
			t.Error(err)
		}
		r.alerts = append(r.alerts, string(b))
	}
	totals, err := pipeline.Run(t.Context(), e, core, src, pipeline.Options{Workers: workers})
	core.Finish()
	if err != nil {
		r.Err = err.Error()
	}
	r.Stats, r.Parse, r.Bucket, r.ExprErrors = core.Stats, totals.Parse, core.Store().Counters, totals.Match.ExprErrors
	return r
}

// same runs what open and source make on every side, and returns what the measure came to.
func same(t *testing.T, what string, open func(t *testing.T, s side) *detect.Engine, source func(batch int) tocsin.Source) result {
	t.Helper()
	var want result
	for i, s := range sides() {
		got := run(t, open(t, s), source(s.batch), s.workers)
		if i == 0 {
			want = got
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{}), cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == ".alerts"
		}, cmp.Ignore())); diff != "" {
			t.Errorf("%s: %s counts otherwise (-measure +got):\n%s", what, s, diff)
		}
		differ(t, what+": "+s.String(), want.alerts, got.alerts)
	}
	return want
}

// differ reports the first alert that differs, and how many there are.
func differ(t *testing.T, what string, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %d alerts, want %d", what, len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Errorf("%s: alert %d differs:\nmeasure %s\ngot     %s", what, i, want[i], got[i])
			return
		}
	}
}

// site returns what opens rules for a side. Each side has an engine of its own, which forgets what was before: only the
// first run finds it as it was loaded, with two workers where the side has two.
func site(o app.Options) func(t *testing.T, s side) *detect.Engine {
	type opened func() (*app.Site, error)
	sites := map[side]opened{}
	for _, s := range sides() {
		o := o
		o.Engine, o.Now = s.engine, now()
		sites[s] = sync.OnceValues(func() (*app.Site, error) { return app.Open(o) })
	}
	return func(t *testing.T, s side) *detect.Engine {
		t.Helper()
		site, err := sites[s]()
		if err != nil {
			t.Fatal(err)
		}
		site.Forget()
		return site.Engine
	}
}

// builtIn opens the rules in the box, once for all tests of this package.
var builtIn = site(app.Options{})

// stream emits lines in batches of one size. Each run has lines of its own: their receiver may change them.
type stream struct {
	lines []tocsin.Line
	size  int
}

// Run implements tocsin.Source.
func (s *stream) Run(ctx context.Context, emit tocsin.Emit) error {
	for at := 0; at < len(s.lines); at += s.size {
		batch := append([]tocsin.Line(nil), s.lines[at:min(at+s.size, len(s.lines))]...)
		if err := emit(ctx, tocsin.Batch{Lines: batch}); err != nil {
			return err
		}
	}
	return nil
}

// of returns what makes a source of lines.
func of(lines []tocsin.Line) func(batch int) tocsin.Source {
	return func(batch int) tocsin.Source { return &stream{lines: lines, size: batch} }
}

// split makes lines of a text, as hub tests do.
func split(text, src string, labels map[string]string) []tocsin.Line {
	var out []tocsin.Line
	for l := range strings.SplitSeq(text, "\n") {
		if l = strings.TrimSuffix(l, "\r"); l != "" {
			out = append(out, tocsin.Line{Raw: l, Src: src, Module: "file", Labels: labels, Time: now(), Clock: tocsin.EventClock})
		}
	}
	return out
}

// limited passes on the first lines of a source, and ends it there.
type limited struct {
	src  tocsin.Source
	left int
}

// Run implements tocsin.Source.
func (l *limited) Run(ctx context.Context, emit tocsin.Emit) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err := l.src.Run(ctx, func(ctx context.Context, b tocsin.Batch) error {
		if len(b.Lines) > l.left {
			b.Lines = b.Lines[:l.left]
		}
		l.left -= len(b.Lines)
		if len(b.Lines) > 0 {
			if err := emit(ctx, b); err != nil {
				return err
			}
		}
		if l.left == 0 {
			stop(errEnough)
			return errEnough
		}
		return nil
	})
	if context.Cause(ctx) == errEnough { //nolint:errorlint // it is passed on bare
		return nil
	}
	return err
}

type enough struct{}

func (enough) Error() string { return "enough lines" }

var errEnough error = enough{}
