package hubtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
)

const parser = `
name: t/door
filter: "evt.Line.Labels.type == 'door'"
statics:
  - {meta: source_ip, expression: "split(evt.Line.Raw, ' ')[0]"}
  - {parsed: what, expression: "split(evt.Line.Raw, ' ')[1]"}
  - {parsed: room, expression: evt.Line.Labels.room}
  - {meta: datasource_path, expression: evt.Line.Src}
  - {target: MarshaledTime, value: "2026-03-01T10:00:00Z"}
`

const scenario = `
type: trigger
name: t/fails
description: d
filter: evt.Parsed.what == 'failed'
---
type: counter
name: t/count
description: d
filter: "true"
duration: 1h
capacity: -1
`

// fakeHub finds two items by name or path.
type fakeHub struct{}

func (fakeHub) File(t rule.Type, name string) (rule.File, error) {
	switch strings.TrimPrefix(path.Clean("/"+name), "/") {
	case "t/door", "parsers/s01-parse/t/door.yaml":
		f := rule.New(t, "t/door", "parsers/s01-parse/t/door.yaml", []byte(parser))
		f.Stage, f.Order = "s01-parse", "s01-parse/door.yaml"
		return f, nil
	case "t/fails":
		return rule.New(t, "t/fails", "scenarios/t/fails.yaml", []byte(scenario)), nil
	}
	return rule.File{}, fmt.Errorf("there is no %s", name)
}

// hubOf makes a hub's folder of "file: text" pairs below .tests.
func hubOf(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[path.Join(hubtest.Folder, name)] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func newRunner(fsys fstest.MapFS, jobs int) *hubtest.Runner {
	return &hubtest.Runner{
		FS: fsys, Hub: fakeHub{}, Patterns: grok.NewLibrary(), Mode: diag.Foreign, Jobs: jobs,
		Now:      time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
		NewStash: func() cond.Stash { return stash.New() },
		Data: func(string, bool, []rule.Data, *diag.List) (cond.Files, cond.Geo) {
			return nil, nil
		},
	}
}

const config = `
parsers: [t/door, ""]
scenarios: [t/fails]
log_file: door.log
log_type: door
labels: {room: cellar}
collections: [unknown keys are passed over]
`

const doorLog = "192.0.2.1 opened\n\n192.0.2.2 failed\r\n"

// TestAsserts holds what asserts come to: what fails, what is passed over as CrowdSec's runner does, and what ends a file.
func TestAsserts(t *testing.T) {
	f := func(parserAsserts, scenarioAsserts string, ignored int, failed ...string) {
		t.Helper()
		r := newRunner(hubOf(map[string]string{
			"one/config.yaml": config, "one/door.log": doorLog, "one/parser.assert": parserAsserts,
			"one/scenario.assert": scenarioAsserts,
		}), 1)
		report, err := r.Run(t.Context(), []string{"one"})
		if err != nil {
			t.Fatal(err)
		}
		res := report.Tests[0]
		if res.OK != (len(failed) == 0) || res.Ignored != ignored || len(res.Failed) != len(failed) {
			t.Errorf("ok %v, %d passed over, failed %q; want %d, %q", res.OK, res.Ignored, res.Failed, ignored, failed)
			return
		}
		for i, want := range failed {
			if !strings.Contains(res.Failed[i], want) {
				t.Errorf("failed %q, want %q", res.Failed[i], want)
			}
		}
	}
	const yes = "len(results) == 2\n"
	const one = `results["s01-parse"]["t/door"][0]`

	f(`
len(results) == 2
len(results["s01-parse"]["t/door"]) == 2
len(results["success"][""]) == 0
`+one+`.Success == true
`+one+`.Evt.Parsed["what"] == "opened"
`+one+`.Evt.Parsed.room == "cellar"
`+one+`.Evt.Meta["datasource_path"] == "door.log"
basename(`+one+`.Evt.Meta["datasource_path"]) == "door.log"
results["s01-parse"]["t/door"][1].Evt.Parsed["what"] == "failed"
results["s01-parse"]["t/door"][1].Idx == 1
`, `
len(results) == 3
"192.0.2.1" in results[2].Overflow.GetSources()
results[2].Overflow.Sources["192.0.2.1"].GetScope() == "Ip"
results[0].Overflow.Alert.GetScenario() == "t/fails"
results[0].Overflow.Alert.Remediation == false
results[1].Overflow.Alert.GetEventsCount() == 2
`, 0,
		`scenario.assert:2: len(results) == 3 (it is "2")`, `scenario.assert:3: "192.0.2.1" in results[2]`)

	// False ones fail, with what it is instead.
	f(yes+one+`.Evt.Parsed["what"] == "closed"`, yes, 0, `parser.assert:2: results["s01-parse"]["t/door"][0].Evt.Parsed["what"] == "closed" (it is "opened")`)
	f("len(results) == 7\nlen(results) == 8\n", yes, 0, "parser.assert:1:", "parser.assert:2:")
	// A false `in` of a scenario is passed over, one of a parser is not.
	f(yes, yes+`"192.0.2.9" in results[1].Overflow.GetSources()`+"\n"+yes, 1)
	f(yes+`"a" in ["b"]`, yes, 0, `parser.assert:2: "a" in ["b"]`)
	// A false one whose left side cannot be shown is passed over.
	f(yes+one+`.Evt.Parsed["what"] != "opened" && 1 == 2`, yes, 1)
	// One that cannot be evaluated ends its file: the false one behind it is not heard of.
	f(yes+`results["s01-parse"]["t/door"][7].Success == true`+"\nlen(results) == 9", yes, 0, "parser.assert:2:")
	f(yes+"len(results) ==\nlen(results) == 9", yes, 0, "parser.assert:2:")
	f(yes+"len(results)\nlen(results) == 9", yes, 0, "parser.assert:2:")
	f(yes+`nosuch("a") == "a"`, yes, 0, "parser.assert:2:")
	// Missing asserts are an error: a test that holds nothing is none.
	f(" \n", yes, 0, "parser.assert is missing or empty")
	f(yes, "", 0, "scenario.assert is missing or empty")
}

// TestFaults holds that a test that cannot be run fails and says why, and that the others run.
func TestFaults(t *testing.T) {
	good := map[string]string{
		"good/config.yaml": config, "good/door.log": doorLog, "good/parser.assert": "len(results) == 2",
		"good/scenario.assert": "len(results) == 2",
	}
	f := func(want string, change map[string]string) {
		t.Helper()
		files := map[string]string{}
		for name, text := range good {
			files[name] = text
			files[strings.Replace(name, "good/", "bad/", 1)] = text
		}
		for name, text := range change {
			files["bad/"+name] = text
			if text == "absent" {
				delete(files, "bad/"+name)
			}
		}
		r := newRunner(hubOf(files), 2)
		names, err := r.Names()
		if err != nil {
			t.Fatal(err)
		}
		report, err := r.Run(t.Context(), names)
		if err != nil {
			t.Fatal(err)
		}
		if report.Passed != 1 || report.Failed != 1 || !report.Tests[1].OK {
			t.Errorf("want one bad and one good: %+v", report)
			return
		}
		if got := strings.Join(report.Tests[0].Failed, "\n"); !strings.Contains(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	set := func(key, value string) map[string]string {
		var lines []string
		for line := range strings.Lines(config) {
			if strings.HasPrefix(line, key+":") {
				line = key + ": " + value + "\n"
			}
			lines = append(lines, line)
		}
		return map[string]string{"config.yaml": strings.Join(lines, "")}
	}
	f("config.yaml", map[string]string{"config.yaml": "absent"})
	f("config.yaml is empty", map[string]string{"config.yaml": "# nothing\n"})
	f("config.yaml:1:", map[string]string{"config.yaml": "parsers: [\n"})
	f("there is no t/window", set("parsers", "[t/window]"))
	f("names no log_file", set("log_file", ""))
	f("door.log", map[string]string{"door.log": "absent"})
	f("has 0 bytes", map[string]string{"door.log": ""})
	f("lies outside the test's folder", set("log_file", "../good/door.log"))
	f("open .tests/bad/etc/passwd", set("log_file", "/etc/passwd"))
	f("parser.assert is missing", map[string]string{"parser.assert": "absent"})
	f("broken.yaml:3:13:", map[string]string{
		"config.yaml":                   set("parsers", "[./parsers/s01-parse/broken.yaml]")["config.yaml"],
		"parsers/s01-parse/broken.yaml": "\nname: t/broken\nfilter: evt.Nope == 1\nstatics: [{meta: a, value: b}]\n",
	})
}

// TestFolder holds what a test's folder may bring: items of its own, overrides, and tests without parsers or scenarios.
func TestFolder(t *testing.T) {
	r := newRunner(hubOf(map[string]string{
		"own/config.yaml": strings.Replace(config, "[t/door, \"\"]", "[./parsers/s01-parse/t/door.yaml, ./parsers/s02-enrich/me/own.yaml]", 1) +
			// No node of the overrides' stage moves the event on.
			"override_statics:\n- {meta: over, value: ridden}\n",
		"own/parsers/s02-enrich/me/own.yaml": "name: t/own\nstatics: [{meta: own, value: 'yes'}]\n",
		"own/door.log":                       doorLog,
		"own/parser.assert": `
len(results) == 2
results["s00-raw"]["overrides"][0].Evt.Meta["over"] == "ridden"
len(results["s00-raw"]["overrides"]) == 2
`,
		"own/scenario.assert":     "len(results) == 0\n",
		"quiet/config.yaml":       strings.Replace(config, "[t/fails]", `[""]`, 1) + "ignore_parsers: true\n",
		"quiet/door.log":          doorLog,
		"waf/config.yaml":         "appsec-rules: [x]\n",
		"nuclei/config.yaml":      "nuclei_template: x.yaml\n",
		".hidden/config.yaml":     config,
		"template_config2.yaml":   "a file is no test",
		"later/config.yaml":       config,
		"later/door.log":          doorLog,
		"later/parser.assert":     "len(results) == 2",
		"later/scenario.assert":   "len(results) == 2",
		"another/config.yaml":     strings.Replace(config, "t/door,", "./.tests/own/parsers/s01-parse/t/door.yaml,", 1),
		"another/door.log":        doorLog,
		"another/parser.assert":   "len(results) == 2",
		"another/scenario.assert": "len(results) == 2",
	}), 1)
	names, err := r.Names()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"another", "later", "nuclei", "own", "quiet", "waf"}, names); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	var reports []string
	for _, jobs := range []int{1, 2} {
		r.Jobs = jobs
		report, err := r.Run(t.Context(), names)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, string(b))
		var skipped []string
		for _, res := range report.Tests {
			if res.Skipped != "" {
				skipped = append(skipped, res.Name)
			}
			if res.OK != (res.Skipped == "") {
				t.Errorf("%s: ok %v, failed %q", res.Name, res.OK, res.Failed)
			}
		}
		if d := cmp.Diff([]string{"nuclei", "waf"}, skipped); d != "" {
			t.Errorf("skipped (-want +got):\n%s", d)
		}
	}
	if reports[0] != reports[1] {
		t.Errorf("one job and two give other reports:\n%s", cmp.Diff(reports[0], reports[1]))
	}
}

// TestCancel holds that a run ends with its context, and says why.
func TestCancel(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := newRunner(hubOf(map[string]string{"one/config.yaml": config, "one/door.log": doorLog}), 1)
	cancel(enough)
	if _, err := r.Run(ctx, []string{"one"}); !errors.Is(err, enough) {
		t.Errorf("got %v, want %v", err, enough)
	}
}
