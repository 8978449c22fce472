package parse_test

import (
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/logtime"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
)

var arrived = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// bench is a set of parsers with all that it takes to run lines through it.
type bench struct {
	set    *parse.Set
	run    *cond.Run
	runner *parse.Runner
	schema *event.Schema
	host   *cond.Host
	stash  *stash.Stash
	trace  *lines
}

// files makes a file of each stage: "== s01-parse" begins one, "---" the next node in it.
func files(text string) []rule.File {
	var out []rule.File
	for part := range strings.SplitSeq("\n"+text, "\n== ") {
		stage, docs, ok := strings.Cut(part, "\n")
		if !ok || strings.TrimSpace(stage) == "" {
			continue
		}
		f := rule.New(rule.Parser, stage, stage+".yaml", []byte(docs))
		f.Stage = strings.TrimSpace(stage)
		out = append(out, f)
	}
	return out
}

func library() *grok.Library {
	lib := grok.NewLibrary()
	lib.Define("WORD", `\w+`, diag.Place{})
	lib.Define("INT", `\d+`, diag.Place{})
	lib.Define("DATA", `.*?`, diag.Place{})
	lib.Define("GREEDYDATA", `.*`, diag.Place{})
	return lib
}

// build compiles rules that have no fault.
func build(t testing.TB, text string, post bool, host *cond.Host) *bench {
	t.Helper()
	b := compile(t, text, host, parse.Context{Post: post})
	b.runner = parse.NewRunner(b.set, b.run, b.host, nil, post, b.trace)
	return b
}

// buildIndexed is build with an index and fast groks, or with neither, and without a trace.
func buildIndexed(t testing.TB, text string, indexed bool) *bench {
	t.Helper()
	b := compile(t, text, nil, parse.Context{Indexed: indexed})
	b.runner = parse.NewRunner(b.set, b.run, b.host, nil, false, nil)
	return b
}

func compile(t testing.TB, text string, host *cond.Host, ctx parse.Context) *bench {
	t.Helper()
	b := &bench{schema: event.NewSchema(), stash: stash.New(), trace: &lines{}, run: cond.NewRun()}
	if host == nil {
		host = &cond.Host{}
	}
	host.Now, host.Stash = func() time.Time { return arrived }, b.stash
	var problems diag.List
	b.host = host
	ctx.Library, ctx.Compiler, ctx.Schema, ctx.Host = library(), cond.NewCompiler(b.schema, host), b.schema, host
	if ctx.Indexed {
		ctx.Library.SetEngine(grok.Fast())
	}
	ctx.Problems, ctx.Year = &problems, logtime.NotAhead
	b.set = parse.Compile(parse.Decode(files(text), diag.Own, &problems), &ctx)
	b.schema.Freeze()
	if err := problems.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return b
}

// line parses one line.
func (b *bench) line(raw string, clock tocsin.Clock) (*event.Event, parse.Outcome) {
	ev := event.New(b.schema)
	ev.Reset(1, &tocsin.Line{
		Raw: raw, Src: "test.log", Module: "file", Labels: map[string]string{"type": "test"}, Time: arrived, Clock: clock,
	})
	return ev, b.parse(ev)
}

// parse runs an event through the parsers, with a fresh budget for its expressions as each line has one.
func (b *bench) parse(ev *event.Event) parse.Outcome {
	b.run.Begin(arrived)
	return b.runner.Parse(ev)
}

// lines is a trace that keeps which nodes ran, in order: "+name" for those that succeeded, "-name" for those that failed.
type lines struct{ ran, notes []string }

func (l *lines) Enter(string, string, int, *event.Event) {}

func (l *lines) Leave(_, name string, _ int, _ *event.Event, ok bool, _ string, notes []string) {
	mark := "-"
	if ok {
		mark = "+"
	}
	l.ran = append(l.ran, mark+name)
	l.notes = append(l.notes, notes...)
}
