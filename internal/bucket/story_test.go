package bucket_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/rule"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

// TestStories runs the stories in testdata: scenarios, a line of dashes, then commands. What a command prints stands
// behind it in lines that start with "> ".
//
//	pour [xN] [key=value...]   pours N events with these meta fields at the present time
//	sleep 10s | back 10s       moves the time
//	finish                     ends the replay
//	counters                   prints the store's counters that are not zero
//	clock live | replay        says which clock the events bring; replay at first
//	limit buckets=N|bytes=N|holes=N  sets a limit of the store
//
// An overflow whose scenario says reprocess is poured again; what that causes is indented.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".story"), func(t *testing.T) { story(t, f) })
	}
}

func story(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rules, commands, ok := strings.Cut(string(text), "\n----\n")
	if !ok {
		t.Fatalf("%s has no line of dashes", path)
	}
	w := newWorld(t, rules)
	out := bytes.NewBufferString(rules + "\n----\n")
	for line := range strings.Lines(commands) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "> ") {
			continue
		}
		fmt.Fprintln(out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for _, l := range w.command(t, line) {
			fmt.Fprintln(out, ">", l)
		}
	}
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if out.String() != string(text) {
		t.Errorf("%s: got\n%s", path, out)
	}
}

// world is a set of scenarios with a clock.
type world struct {
	set     *bucket.Set
	store   *bucket.Store
	matcher *bucket.Matcher
	run     *cond.Run
	ev      *event.Event
	now     time.Time
	num     uint64
	clock   tocsin.Clock
}

// fataler is a test, or a check of rapid within one.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func newWorld(t fataler, rules string) *world {
	t.Helper()
	return worldOf(t, rules, false)
}

// worldOf is a world whose expressions run as closures, or on expr's machine.
func worldOf(t fataler, rules string, fast bool) *world {
	t.Helper()
	var problems diag.List
	schema := event.NewSchema()
	compiler := cond.NewCompiler(schema, &cond.Host{})
	compiler.SetFast(fast)
	docs := bucket.Decode([]rule.File{rule.New(rule.Scenario, "story", "story.yaml", []byte(rules))}, diag.Own, &problems)
	set := bucket.Compile(docs, &bucket.Context{Compiler: compiler, Problems: &problems})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	schema.Freeze()
	run := cond.NewRun()
	return &world{
		set: set, store: bucket.NewStore(set, run), matcher: bucket.NewMatcher(set, run), run: run,
		ev: event.New(schema), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), clock: tocsin.EventClock,
	}
}

func (w *world) command(t *testing.T, line string) []string {
	t.Helper()
	words := strings.Fields(line)
	switch words[0] {
	case "sleep", "back":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			t.Fatal(err)
		}
		if words[0] == "back" {
			d = -d
		}
		w.now = w.now.Add(d)
		return w.show(w.store.Due(w.now))
	case "pour":
		return w.pour(t, words[1:])
	case "finish":
		return w.show(w.store.Flush())
	case "counters":
		return w.counters()
	case "clock":
		w.clock = map[string]tocsin.Clock{"live": tocsin.ArrivalClock, "replay": tocsin.EventClock}[words[1]]
		return nil
	case "limit":
		w.limit(t, words[1])
		return nil
	default:
		t.Fatalf("unknown command %q", line)
		return nil
	}
}

func (w *world) limit(t *testing.T, what string) {
	t.Helper()
	name, value, _ := strings.Cut(what, "=")
	n, err := strconv.Atoi(value)
	into := map[string]*int{"buckets": &w.store.MaxBuckets, "bytes": &w.store.MaxBytes, "holes": &w.store.MaxHoles}[name]
	if err != nil || into == nil {
		t.Fatalf("bad limit %q", what)
	}
	*into = n
}

func (w *world) pour(t *testing.T, words []string) []string {
	t.Helper()
	n := 1
	if len(words) > 0 && words[0][0] == 'x' {
		var err error
		if n, err = strconv.Atoi(words[0][1:]); err != nil {
			t.Fatal(err)
		}
		words = words[1:]
	}
	var out []string
	for range n {
		w.num++
		raw := fmt.Sprintf("line %d", w.num)
		w.ev.Reset(w.num, &tocsin.Line{Raw: raw, Src: "story", Time: w.now, Clock: w.clock})
		w.ev.SetName(event.Meta, "source_ip", "192.0.2.1")
		for _, kv := range words {
			k, v, _ := strings.Cut(kv, "=")
			w.ev.SetName(event.Meta, k, v)
		}
		if w.clock != tocsin.ArrivalClock {
			w.ev.Scalars().MarshaledTime = event.FormatTime(w.now)
		}
		w.ev.Scalars().Time = w.now
		w.run.Begin(w.now)
		out = append(out, w.give(w.ev, w.now)...)
	}
	return out
}

// give gives an event to the buckets that want it.
func (w *world) give(ev *event.Event, at time.Time) []string {
	var overflows []*bucket.Overflow
	for _, m := range w.matcher.Match(ev, nil) {
		if o := w.store.Pour(ev, &m, at); o != nil {
			overflows = append(overflows, o)
		}
	}
	return w.show(overflows)
}

func (w *world) show(overflows []*bucket.Overflow) []string {
	var out []string
	for _, o := range overflows {
		ev := event.New(w.ev.Schema())
		for i := range o.View.APIAlerts {
			out = append(out, alertLine(&o.View.APIAlerts[i], o))
		}
		ev.ResetOverflow(o.Num, o.Clock, o.Arrived, o.At, o.View)
		for i := range o.View.APIAlerts {
			ev.Parents = append(ev.Parents, o.View.APIAlerts[i].UUID)
		}
		if o.View.Reprocess {
			w.run.Begin(o.Arrived)
			for _, l := range w.give(ev, o.At) {
				out = append(out, "  "+l)
			}
		}
	}
	return out
}

func alertLine(a *tocsin.Alert, o *bucket.Overflow) string {
	lines := make([]string, 0, len(a.Evidence.Lines))
	for _, l := range a.Evidence.Lines {
		lines = append(lines, fmt.Sprintf("%s@%.1f", strings.TrimPrefix(l.Raw, "line "), l.Level))
	}
	if n := len(lines); n > 12 {
		lines = []string{lines[0], fmt.Sprintf("(%d more)", n-2), lines[n-1]}
	}
	more := ""
	if a.Evidence.Omitted > 0 {
		more += fmt.Sprintf(" omitted=%d", a.Evidence.Omitted)
	}
	if n := len(a.Evidence.Parents); n > 0 {
		more += fmt.Sprintf(" parents=%d", n)
	}
	if o.Clock == tocsin.ArrivalClock {
		more += " live"
	}
	return fmt.Sprintf("%s %s:%s events=%d stop=%s lines=[%s]%s %s", a.Scenario, a.Source.Scope, a.Source.Value,
		a.EventsCount, a.StopAt.Format(time.TimeOnly), strings.Join(lines, " "), more, a.Evidence.Bucket.Reason)
}

func (w *world) counters() []string {
	c := w.store.Counters
	var out []string
	for _, f := range []struct {
		name string
		n    uint64
	}{
		{"poured", c.Poured},
		{"duplicates", c.Duplicates},
		{"created", c.Created},
		{"overflowed", c.Overflowed},
		{"underflowed", c.Underflowed},
		{"canceled", c.Canceled},
		{"blackholed", c.Blackholed},
		{"filtered", c.Filtered},
		{"no_source", c.NoSource},
		{"evicted", c.Evicted},
		{"stripped", c.Stripped},
		{"holes_lost", c.HolesLost},
		{"sources_lost", c.SourcesLost},
		{"expr_errors", c.ExprErrors + w.matcher.Counters.ExprErrors},
		{"live", uint64(w.store.Len())},
	} {
		if f.n > 0 {
			out = append(out, fmt.Sprintf("%s %d", f.name, f.n))
		}
	}
	return out
}
