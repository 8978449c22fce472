package app_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/parse"
	"tocsin.example/internal/testx"
)

var indexNow = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// sample is the log of one of the hub's tests.
type sample struct {
	name   string
	labels map[string]string
	lines  []string
}

// hubSamples reads the logs of all tests of the hub.
func hubSamples(t testing.TB) []sample {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(testx.Corpora(t), "hub", ".tests", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []sample
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
		if err != nil {
			continue
		}
		var problems diag.List
		var c struct {
			LogFile string            `yaml:"log_file"`
			LogType string            `yaml:"log_type"`
			Labels  map[string]string `yaml:"labels"`
		}
		for _, d := range diag.Documents("config.yaml", text, diag.Foreign, &problems) {
			d.Decode(&c)
		}
		log, err := os.ReadFile(filepath.Join(dir, c.LogFile))
		if err != nil {
			continue // a test of the application firewall
		}
		s := sample{name: filepath.Base(dir), labels: map[string]string{}}
		maps.Copy(s.labels, c.Labels)
		s.labels["type"] = c.LogType
		for line := range strings.SplitSeq(string(log), "\n") {
			if line = strings.TrimSuffix(line, "\r"); line != "" {
				s.lines = append(s.lines, line)
			}
		}
		out = append(out, s)
	}
	if len(out) < 200 {
		t.Fatalf("only %d logs", len(out))
	}
	return out
}

// side is one of two engines that must do the same.
type side struct {
	worker *detect.Worker
	core   *detect.Core
	item   *detect.Item
	num    uint64
	stages []*event.Kept
	names  []string
	alerts []string
	over   []*event.Kept
}

func newSide(t testing.TB, o app.Options) *side {
	t.Helper()
	site, err := app.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &side{worker: site.Engine.NewWorker(nil, nil), core: site.Engine.NewCore(nil), item: site.Engine.NewItem()}
	s.worker.OnStage(func(stage string, ev *event.Event) {
		s.names, s.stages = append(s.names, stage), append(s.stages, same(ev))
	})
	s.core.OnAlert = func(a *tocsin.Alert) {
		text, err := json.Marshal(a)
		if err != nil {
			t.Error(err)
		}
		s.alerts = append(s.alerts, string(text))
	}
	s.core.OnOverflow = func(ev *event.Event) { s.over = append(s.over, same(ev)) }
	return s
}

// same is a copy of an event, but for whether maps were made for its first expression.
func same(ev *event.Event) *event.Kept {
	k := ev.Copy()
	if len(k.Unmarshaled) == 0 {
		k.Unmarshaled = nil
	}
	return k
}

// seen is all that a line did.
type seen struct {
	Outcome  parse.Outcome
	Names    []string
	Stages   []*event.Kept
	Over     []*event.Kept
	Aborted  string
	Guessed  bool
	Matches  []match
	Alerts   []string
	Parse    parse.Counters
	Match    bucket.MatchCounters
	Post     parse.Counters
	Again    bucket.MatchCounters
	Stats    detect.Stats
	Counters bucket.Counters
}

type match struct {
	Scenario, Key, Distinct string
	HasDistinct, Cancel     bool
	Changes                 int
	Unmarshaled             map[string]any
}

func (s *side) line(labels map[string]string, src, raw string) seen {
	s.num++
	s.names, s.stages, s.alerts, s.over = nil, nil, nil, nil
	s.worker.Work(s.item, s.num, &tocsin.Line{
		Raw: raw, Src: src, Module: "file", Labels: labels, Time: indexNow, Clock: tocsin.EventClock,
	})
	out := seen{Outcome: s.item.Outcome, Names: s.names, Stages: s.stages, Aborted: s.item.Event.Aborted, Guessed: s.item.Event.Guessed}
	for _, m := range s.item.Matches {
		x := match{Scenario: m.Scenario.Name, Key: m.Key, Distinct: m.Distinct, HasDistinct: m.HasDistinct, Cancel: m.Cancel}
		if m.Writes != nil {
			x.Changes, x.Unmarshaled = len(m.Writes.Changes), m.Writes.Unmarshaled
		}
		out.Matches = append(out.Matches, x)
	}
	s.core.Settle(s.item)
	out.Alerts, out.Over = s.alerts, s.over
	out.Parse, out.Match = s.worker.Counters()
	out.Post, out.Again = s.core.Counters()
	out.Stats, out.Counters = s.core.Stats, s.core.Store().Counters
	return out
}

// TestIndexHub holds that with the whole hub an index changes nothing of what any line of the hub's tests does: the events
// behind each stage, the matches, overflows, alerts and counters.
func TestIndexHub(t *testing.T) {
	samples := hubSamples(t)
	if testing.Short() { // one goroutine: the race detector sees little, and takes long
		some := samples[:0]
		for i := 0; i < len(samples); i += 4 {
			some = append(some, samples[i])
		}
		samples = some
	}
	o := app.Options{Hub: filepath.Join(testx.Corpora(t), "hub"), All: true, Now: indexNow}
	t.Run("reference", func(t *testing.T) {
		if testing.Short() {
			t.Skip("the fast engine has the same index")
		}
		o, indexed := o, o
		o.Engine, indexed.Engine, indexed.Indexed = app.Reference, app.Reference, true
		compareSides(t, samples, newSide(t, o), newSide(t, indexed))
	})
	t.Run("fast", func(t *testing.T) {
		o, fast := o, o
		o.Engine, fast.Engine = app.Reference, app.Fast
		compareSides(t, samples, newSide(t, o), newSide(t, fast))
	})
}

// compareSides lets two engines read the samples side by side. The second is indexed.
func compareSides(t *testing.T, samples []sample, want, got *side) {
	t.Helper()
	lines, errors, matched, most := 0, 0, uint64(0), uint64(0)
	for _, s := range samples {
		for _, raw := range s.lines {
			before, all := got.worker.Worked().Filters, want.worker.Worked().Filters
			a, b := want.line(s.labels, s.name, raw), got.line(s.labels, s.name, raw)
			lines++
			if want.worker.Worked().Filters > all {
				matched++
				most = max(most, got.worker.Worked().Filters-before)
			}
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s: %s\nunindexed - indexed +\n%s", s.name, raw, cmp.Diff(a, b, cmp.AllowUnexported(event.Kept{}, event.View{})))
			}
			errors = int(a.Parse.ExprErrors + a.Match.ExprErrors)
		}
	}
	w, g := want.worker.Worked(), got.worker.Worked()
	n := uint64(lines)
	t.Logf("%d lines, %d failed expressions, %d alerts", lines, errors, got.core.Stats.Alerts)
	t.Logf("a line: %d nodes instead of %d, %d filters instead of %d", g.Nodes/n, w.Nodes/n, g.Filters/n, w.Filters/n)
	t.Logf("an event that meets scenarios (%d): %.1f candidates of 846, at most %d", matched, float64(g.Filters)/float64(matched), most)
	if most > 80 {
		t.Errorf("an event has %d candidates", most)
	}
	if got.core.Stats.Alerts == 0 || lines < 1000 || errors == 0 && !testing.Short() {
		t.Error("the corpus tells too little")
	}
	if g.Nodes*2 > w.Nodes || g.Filters*8 > w.Filters {
		t.Error("the index leaves out too few")
	}
}

// TestIndexBuiltIn holds the same for the rules in the box.
func TestIndexBuiltIn(t *testing.T) {
	want, got := newSide(t, app.Options{Engine: app.Reference, Now: indexNow}), newSide(t, app.Options{Engine: app.Fast, Now: indexNow})
	for _, s := range hubSamples(t) {
		for _, raw := range s.lines {
			if a, b := want.line(s.labels, s.name, raw), got.line(s.labels, s.name, raw); !reflect.DeepEqual(a, b) {
				t.Fatalf("%s: %s\nunindexed - indexed +\n%s", s.name, raw, cmp.Diff(a, b, cmp.AllowUnexported(event.Kept{}, event.View{})))
			}
		}
	}
}
