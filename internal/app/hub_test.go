package app_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"tocsin.example/internal/app"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/testx"
)

// runHub runs all tests of the hub in the corpora; short runs take every eighth.
func runHub(t *testing.T, engine string, jobs int) *hubtest.Report {
	t.Helper()
	runner, done, err := app.HubTests(app.TestOptions{
		Hub: filepath.Join(testx.Corpora(t), "hub"), Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC), Jobs: jobs, Engine: engine,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	names, err := runner.Names()
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() { // with the race detector all take a minute
		some := names[:0]
		for i := 0; i < len(names); i += 8 {
			some = append(some, names[i])
		}
		names = some
	}
	report, err := runner.Run(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestHub holds that every test of the hub passes, GeoIP ones with the fixture, and that the report is the same whatever
// the engine and the number of jobs: the reference one test after the other, and the fast engine two at a time.
func TestHub(t *testing.T) {
	var reports []string
	for i, engine := range []string{app.Reference, app.Fast} {
		report := runHub(t, engine, i+1)
		for _, res := range report.Tests {
			if !res.OK {
				t.Errorf("engine %s: %s: %q", engine, res.Name, res.Failed)
			}
		}
		if n := report.Passed; n != 242 && !testing.Short() || n < 20 || report.Ignored != 0 {
			t.Errorf("engine %s: %d passed with %d false asserts passed over; want 242 with none", engine, n, report.Ignored)
		}
		b, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, string(b))
	}
	if reports[0] != reports[1] {
		t.Error("the two engines give other reports")
	}
}

// TestHubLoads holds that all rules of the hub load together without an error.
func TestHubLoads(t *testing.T) {
	site, err := app.Open(app.Options{Hub: filepath.Join(testx.Corpora(t), "hub"), All: true, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := site.Problems.Err(); err != nil {
		t.Error(err)
	}
	if n := len(site.Engine.Scenarios().All()); n != 846 {
		t.Errorf("%d scenarios, want 846", n)
	}
}

// TestBuiltIn holds that what is in the box loads without a single problem.
func TestBuiltIn(t *testing.T) {
	site, err := app.Open(app.Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range site.Problems.Problems() {
		t.Error(p)
	}
	if site.Engine.Parsers().Len() == 0 || len(site.Engine.Scenarios().All()) == 0 {
		t.Error("nothing is in the box")
	}
}
