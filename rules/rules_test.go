package rules_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
	"tocsin.example/internal/hubtest"
	"tocsin.example/rules"
)

// now is when the tests take place: it lends its year to dates without one.
var now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// builtIn are all rules, loaded once for all tests of this package.
var builtIn = sync.OnceValues(func() (*app.Site, error) { return app.Open(app.Options{Now: now}) })

// engine has all rules, which must not have the least problem, and remembers nothing of other tests.
func engine(t testing.TB) *detect.Engine {
	t.Helper()
	site, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range site.Problems.Problems() {
		t.Error(p)
	}
	site.Forget()
	return site.Engine
}

// lineOf is a line of a log as a replay hands it over.
func lineOf(kind, raw string) *tocsin.Line {
	return &tocsin.Line{
		Raw: raw, Src: "test.log", Module: "file", Labels: map[string]string{"type": kind}, Time: now, Clock: tocsin.EventClock,
	}
}

// parse runs one line through all parsers; nil when it is not understood.
func parse(t testing.TB, e *detect.Engine, kind, raw string) *event.View {
	t.Helper()
	it := e.NewItem()
	e.NewWorker(nil, nil).Work(it, 1, lineOf(kind, raw))
	if !it.Outcome.Parsed {
		return nil
	}
	return &it.Event.Keep().View
}

// replay runs lines through all rules and returns its alerts, each as "scenario source".
func replay(t testing.TB, e *detect.Engine, kind string, lines []string) (alerts []string, stats detect.Stats) {
	t.Helper()
	core := e.NewCore(nil)
	core.OnAlert = func(a *tocsin.Alert) {
		alerts = append(alerts, fmt.Sprint(a.Scenario, " ", a.Source))
	}
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	for i, line := range lines {
		worker.Work(it, uint64(i+1), lineOf(kind, line))
		core.Settle(it)
	}
	core.Finish()
	return alerts, core.Stats
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
		if s.Labels["remediation"] == nil || s.Description == "" {
			t.Errorf("%s: remediation %v, description %q", s.Name, s.Labels["remediation"], s.Description)
		}
	}
}

func TestCollectionsHoldEveryRule(t *testing.T) {
	var collected strings.Builder
	for _, file := range glob(t, "collections/*/*.yaml") {
		text, err := fs.ReadFile(rules.FS(), file)
		if err != nil {
			t.Fatal(err)
		}
		collected.Write(text)
	}
	for _, name := range ruleNames(t) {
		if !lists(collected.String(), name) {
			t.Errorf("no collection lists %s", name)
		}
	}
}

func TestHubTests(t *testing.T) {
	r, closer, err := app.HubTests(app.TestOptions{Hub: ".", Now: now, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer closer()
	names, err := r.Names()
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() { // with the race detector all take minutes
		some := names[:0]
		for i := 0; i < len(names); i += 4 {
			some = append(some, names[i])
		}
		names = some
	}
	report, err := r.Run(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	var configs strings.Builder
	for _, res := range report.Tests {
		for _, fault := range res.Failed {
			t.Errorf("%s: %s", res.Name, fault)
		}
		if res.Asserts == 0 || res.Ignored > 0 || res.Skipped != "" {
			t.Errorf("%s: %d asserts, %d of them false but passed over; skipped %q", res.Name, res.Asserts, res.Ignored, res.Skipped)
		}
		text, err := os.ReadFile(path.Join(hubtest.Folder, res.Name, "config.yaml"))
		if err != nil {
			t.Error(err)
		}
		configs.Write(text)
	}
	if testing.Short() {
		return // the others are in the rest
	}
	for _, name := range ruleNames(t) {
		if !lists(configs.String(), name) {
			t.Errorf("no test in %s names %s", hubtest.Folder, name)
		}
	}
}

// ruleNames are the names of all parsers and scenarios, which are those of their files.
func ruleNames(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, file := range slices.Concat(glob(t, "parsers/*/*/*.yaml"), glob(t, "scenarios/*/*.yaml")) {
		out = append(out, path.Base(path.Dir(file))+"/"+strings.TrimSuffix(path.Base(file), ".yaml"))
	}
	return out
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := fs.Glob(rules.FS(), pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return names
}

// lists reports whether a YAML text has a name as an element of a list.
func lists(text, name string) bool {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "- "+name {
			return true
		}
	}
	return false
}
