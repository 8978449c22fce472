package rules_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/datafile"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
	"tocsin.example/rules"
)

// now is when the tests take place: it lends its year to dates without one.
var now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// library reads the patterns.
func library(t testing.TB, problems *diag.List) *grok.Library {
	t.Helper()
	lib := grok.NewLibrary()
	names, err := fs.Glob(rules.Patterns(), "*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no patterns: %v", err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(rules.Patterns(), name)
		if err != nil {
			t.Fatal(err)
		}
		lib.AddFile("patterns/"+name, text, problems)
	}
	return lib
}

// item reads one rule file.
func item(kind rule.Type, file string) (rule.File, error) {
	text, err := fs.ReadFile(rules.FS(), file)
	if err != nil {
		return rule.File{}, err
	}
	parts := strings.Split(strings.TrimSuffix(file, ".yaml"), "/")
	f := rule.New(kind, strings.Join(parts[len(parts)-2:], "/"), file, text)
	if kind.Staged() {
		f.Stage = parts[1]
	}
	f.Order = path.Join(f.Stage, path.Base(file))
	return f, nil
}

// all reads the rule files of one type in load order.
func all(t testing.TB, kind rule.Type) []rule.File {
	t.Helper()
	pattern := string(kind) + "/*/*.yaml"
	if kind.Staged() {
		pattern = string(kind) + "/*/*/*.yaml"
	}
	names, err := fs.Glob(rules.FS(), pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s: %v", kind, err)
	}
	var out []rule.File
	for _, name := range names {
		f, err := item(kind, name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// engine compiles all rules, which must not have the least problem.
func engine(t testing.TB) *detect.Engine {
	t.Helper()
	var problems diag.List
	host := cond.Host{Now: func() time.Time { return now }, Stash: stash.New()}
	r := detect.Rules{
		Parsers: all(t, rule.Parser), Scenarios: all(t, rule.Scenario), Patterns: library(t, &problems), Mode: diag.Own,
	}
	r.LoadData = func(wanted []rule.Data, problems *diag.List) {
		files := datafile.New(datafile.Place{Name: ".data", FS: rules.Data()})
		files.Load(wanted, problems)
		host.Files = files
	}
	e, err := detect.Load(r, detect.Options{Host: &host, Installation: "test"}, &problems)
	for _, p := range problems.Problems() {
		t.Error(p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// replay runs lines through all rules and returns its alerts, each as "scenario source events".
func replay(t testing.TB, kind, log string) (alerts []string, stats detect.Stats) {
	t.Helper()
	e := engine(t)
	core := e.NewCore(nil)
	core.OnAlert = func(a *tocsin.Alert) {
		alerts = append(alerts, fmt.Sprintf("%s %s %d", a.Scenario, a.Source, a.EventsCount))
	}
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	var num uint64
	for line := range strings.Lines(log) {
		num++
		worker.Work(it, num, &tocsin.Line{
			Raw: strings.TrimRight(line, "\n"), Src: "test.log", Module: "file", Labels: map[string]string{"type": kind},
			Time: now, Clock: tocsin.EventClock,
		})
		core.Settle(it)
	}
	core.Finish()
	return alerts, core.Stats
}

// parse runs one line through all parsers.
func parse(t testing.TB, e *detect.Engine, kind, raw string) *event.View {
	t.Helper()
	it := e.NewItem()
	e.NewWorker(nil, nil).Work(it, 1, &tocsin.Line{
		Raw: raw, Src: "test.log", Module: "file", Labels: map[string]string{"type": kind}, Time: now, Clock: tocsin.EventClock,
	})
	if !it.Outcome.Parsed {
		return nil
	}
	return &it.Event.Keep().View
}

// hub finds the rules that tests name.
type hub struct{}

func (hub) File(kind rule.Type, name string) (rule.File, error) {
	pattern := string(kind) + "/" + name + ".yaml"
	if kind.Staged() {
		pattern = string(kind) + "/*/" + name + ".yaml"
	}
	names, err := fs.Glob(rules.FS(), pattern)
	if err == nil && len(names) != 1 {
		err = fmt.Errorf("%s: %w", pattern, fs.ErrNotExist)
	}
	if err != nil {
		return rule.File{}, err
	}
	return item(kind, names[0])
}

func TestRulesOfTheHubTests(t *testing.T) {
	var problems diag.List
	r := hubtest.Runner{
		FS: os.DirFS("."), Hub: hub{}, Patterns: library(t, &problems), Now: now, Jobs: 2,
		NewStash: func() cond.Stash { return stash.New() },
		Data: func(_ string, _ bool, wanted []rule.Data, problems *diag.List) (cond.Files, cond.Geo) {
			files := datafile.New(datafile.Place{Name: ".data", FS: rules.Data()})
			files.Load(wanted, problems)
			return files, nil
		},
	}
	names, err := r.Names()
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.Run(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range report.Tests {
		for _, fault := range res.Failed {
			t.Errorf("%s: %s", res.Name, fault)
		}
		if res.Asserts == 0 || res.Ignored > 0 || res.Skipped != "" {
			t.Errorf("%s: %d asserts, %d of them false but passed over; skipped %q", res.Name, res.Asserts, res.Ignored, res.Skipped)
		}
	}
	// Each rule file stands in a test's configuration, or it is untested.
	for _, kind := range []rule.Type{rule.Parser, rule.Scenario} {
		for _, f := range all(t, kind) {
			if !mentioned(t, names, f.Name) {
				t.Errorf("no test in .tests names %s", f.Name)
			}
		}
	}
}

func mentioned(t *testing.T, tests []string, name string) bool {
	t.Helper()
	for _, test := range tests {
		text, err := os.ReadFile(path.Join(hubtest.Folder, test, "config.yaml"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.TrimSpace(line) == "- "+name {
				return true
			}
		}
	}
	return false
}

func TestRulesHaveNoProblem(t *testing.T) {
	e := engine(t)
	if got, want := strings.Join(e.Parsers().Stages(), " "), "s00-raw s01-parse s02-enrich"; got != want {
		t.Errorf("stages %q, want %q", got, want)
	}
	for _, s := range e.Scenarios().All() {
		for _, label := range []string{"service", "confidence", "spoofable", "classification", "behavior", "label"} {
			if s.Labels[label] == nil {
				t.Errorf("%s has no label %s", s.Name, label)
			}
		}
		if !s.Remediation || s.Description == "" {
			t.Errorf("%s: remediation %t, description %q", s.Name, s.Remediation, s.Description)
		}
	}
}
