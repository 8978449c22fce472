package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

const goodParser = `
name: me/good-logs
description: lines that are understood
filter: evt.Line.Labels.type == 'good'
onsuccess: next_stage
grok:
  pattern: 'failure from %{IP:source_ip}'
  apply_on: Line.Raw
statics:
  - meta: source_ip
    expression: evt.Parsed.source_ip
  - meta: log_type
    value: good
`

const goodScenario = `
type: leaky
name: me/good-bf
description: many failures
filter: evt.Meta.log_type == 'good'
groupby: evt.Meta.source_ip
capacity: 2
leakspeed: 10s
labels:
  remediation: true
`

// TestSetAside proves that a broken rule does not keep the others from running: each bad file lies beside a good parser
// and a good scenario, as a parser, a postoverflow, a scenario and a context at once, and the good scenario still fires.
func TestSetAside(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "bad"))
	for _, file := range badFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []diag.Mode{diag.Own, diag.Foreign} {
			if got := strings.Join(fired(t, file, text, mode), " "); got != "me/good-bf" {
				t.Errorf("beside %s (mode %d) these scenarios fire: %q, want me/good-bf", file, mode, got)
			}
		}
	}
}

// fired names the scenarios that three failures from one address set off.
func fired(t *testing.T, name string, text []byte, mode diag.Mode) []string {
	t.Helper()
	o, err := app.CheckOptions(mode, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := func(kind rule.Type, stage, name, text string) rule.File {
		f := rule.New(kind, name, name, []byte(text))
		f.Stage = stage
		return f
	}
	bad := string(text)
	var problems diag.List
	engine, err := detect.Load(detect.Rules{
		Parsers: []rule.File{
			file(rule.Parser, "s01-parse", name, bad),
			file(rule.Parser, "s01-parse", "good-parser.yaml", goodParser),
		},
		Postoverflows: []rule.File{file(rule.Postoverflow, "s01-whitelist", name, bad)},
		Scenarios: []rule.File{
			file(rule.Scenario, "", name, bad),
			file(rule.Scenario, "", "good-scenario.yaml", goodScenario),
		},
		Contexts: []rule.File{file(rule.Context, "", name, bad)},
		Patterns: o.Patterns, Mode: mode, LoadData: o.LoadData,
	}, detect.Options{Host: o.Host}, &problems)
	if err != nil {
		t.Fatalf("load %s: %v", name, err)
	}
	if problems.Errors()+problems.Warnings() == 0 {
		t.Errorf("%s as a parser and as a scenario has no fault", name)
	}
	var out []string
	core := engine.NewCore(nil)
	core.OnAlert = func(a *tocsin.Alert) { out = append(out, a.Scenario) }
	worker, item := engine.NewWorker(nil, nil), engine.NewItem()
	now := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	for n := range uint64(3) {
		worker.Work(item, n+1, &tocsin.Line{
			Raw: "failure from 192.0.2.7", Src: "test", Module: "file",
			Labels: map[string]string{"type": "good"}, Time: now, Clock: tocsin.ArrivalClock,
		})
		core.Settle(item)
	}
	return out
}
