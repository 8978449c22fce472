package cond_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/datafile"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/testx"
)

// keeper keeps the events that nodes of the first depth accept, as they are at that moment: one of so many.
type keeper struct {
	every, n int
	kept     []*event.Kept
}

func (k *keeper) Enter(string, string, int, *event.Event) {}

func (k *keeper) Leave(_, _ string, depth int, ev *event.Event, ok bool, _ string, _ []string) {
	if depth > 0 || !ok {
		return
	}
	if k.n++; k.n%k.every == 0 {
		k.kept = append(k.kept, ev.Copy())
	}
}

// hubEvents runs the logs of the hub's tests through all of its rules.
func hubEvents(t *testing.T, every int) []*event.Kept {
	t.Helper()
	dir := filepath.Join(testx.Corpora(t), "hub")
	now := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	site, err := app.Open(app.Options{Hub: dir, All: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{every: every}
	worker, core, item := site.Engine.NewWorker(nil, k), site.Engine.NewCore(k), site.Engine.NewItem()
	configs, err := filepath.Glob(filepath.Join(dir, ".tests", "*", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	num := uint64(0)
	for _, file := range configs {
		var c struct {
			LogFile string            `yaml:"log_file"`
			LogType string            `yaml:"log_type"`
			Labels  map[string]string `yaml:"labels"`
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		diag.Documents(file, text, diag.Foreign, &diag.List{})[0].Decode(&c)
		log, err := os.ReadFile(filepath.Join(filepath.Dir(file), c.LogFile))
		if err != nil || c.LogFile == "" {
			continue // a test of the firewall
		}
		labels := map[string]string{"type": c.LogType}
		maps.Copy(labels, c.Labels)
		for line := range strings.SplitSeq(string(log), "\n") {
			if line == "" {
				continue
			}
			num++
			worker.Work(item, num, &tocsin.Line{
				Raw: line, Src: c.LogFile, Module: "file", Labels: labels, Time: now, Clock: tocsin.EventClock,
			})
			if item.Outcome.Parsed {
				k.kept = append(k.kept, item.Event.Copy())
			}
			core.Settle(item)
		}
	}
	core.Finish()
	return k.kept
}

// hubFiles loads the data files that the hub's rules want.
func hubFiles(t *testing.T) cond.Files {
	t.Helper()
	var problems diag.List
	h, err := hub.OpenDir(filepath.Join(testx.Corpora(t), "hub"), &problems)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	all := map[rule.Type][]rule.File{}
	for _, typ := range []rule.Type{rule.Parser, rule.Postoverflow, rule.Scenario} {
		for it := range h.Items(typ) {
			f, err := h.File(it)
			if err != nil {
				t.Fatal(err)
			}
			all[typ] = append(all[typ], f)
		}
	}
	var wanted []rule.Data
	for _, d := range append(parse.Decode(all[rule.Parser], diag.Foreign, &problems), parse.Decode(all[rule.Postoverflow], diag.Foreign, &problems)...) {
		wanted = append(wanted, d.Data()...)
	}
	for _, d := range bucket.Decode(all[rule.Scenario], diag.Foreign, &problems) {
		wanted = append(wanted, d.Data()...)
	}
	fsys, ok := h.Data()
	if !ok {
		t.Fatal("the hub has no data")
	}
	files := datafile.New(datafile.Place{Name: ".data", FS: fsys, Mirror: true})
	files.Load(wanted, &problems)
	return files
}

// TestFast evaluates all expressions of the hub and of our own rules on the events of the hub's tests, finished and on
// their way through the parsers, on expr's machine and as closures: there is no difference in value, failure, steps of
// the budget or resulting event.
func TestFast(t *testing.T) {
	every, each := 20, 16
	switch {
	case testx.Soak():
		every, each = 1, 1
	case testing.Short():
		every, each = 100, 80
	}
	host := cond.FullHost()
	host.Files = hubFiles(t)
	c := cond.NewCompiler(event.NewSchema(), host)
	c.SetFast(true)
	var programs []*cond.Program
	slow := 0
	for _, root := range []string{filepath.Join(testx.Corpora(t), "hub"), filepath.Join(testx.Root(t), "rules")} {
		for _, e := range cond.HubExpressions(t, root) {
			p, err := e.Compile(c)
			if err != nil {
				t.Fatal(err)
			}
			if ok, _ := p.Fast(); ok {
				programs = append(programs, p)
			} else if p.OnEvent() {
				slow++
			}
		}
	}
	d := cond.NewDuel(t)
	n := 0
	for i, k := range hubEvents(t, every) {
		if i%each != 0 {
			continue
		}
		n++
		d.Begin(k, c, cond.Noon)
		for _, p := range programs {
			d.Fight(p)
		}
		d.End(programs[0])
		if t.Failed() {
			t.Fatalf("on event %d: %s", i, k.Line.Raw)
		}
	}
	t.Logf("%d programs, and %d without closures, on %d events", len(programs), slow, n)
	if len(programs) < 3_100 || slow > len(programs)/20 || n < 20 {
		t.Errorf("only %d programs, and %d without closures, on %d events", len(programs), slow, n)
	}
}
