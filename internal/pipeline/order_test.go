package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/inforce"
	"tocsin.example/internal/pipeline"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/stash"
	"tocsin.example/internal/testx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const stageOne = `
name: test/lines
filter: "evt.Line.Labels.type in ['door', 'lift']"
onsuccess: next_stage
grok:
  pattern: '^%{TIMESTAMP_ISO8601:stamp} %{IP:ip} %{WORD:what} %{NOTSPACE:who}$'
  apply_on: Line.Raw
nodes:
  # Who was seen last by an address is remembered across lines and services.
  - filter: evt.Parsed.what == 'login'
    stash:
      - {name: last, key: evt.Parsed.ip, value: evt.Parsed.who, ttl: 10m, size: 8}
  - filter: evt.Parsed.what == 'probe'
    statics:
      - meta: last_who
        expression: GetFromStash('last', evt.Parsed.ip)
statics:
  - {target: evt.StrTime, expression: evt.Parsed.stamp}
  - {meta: source_ip, expression: evt.Parsed.ip}
  - {meta: what, expression: evt.Parsed.what}
  - {meta: who, expression: evt.Parsed.who}
  - {meta: service, expression: evt.Line.Labels.type}
  - {meta: banned, expression: "evt.Parsed.what == 'fail' && GetActiveDecisionsCount(evt.Parsed.ip) > 0 ? 'yes' : ''"}
`

const stageTwo = `
name: test/dates
filter: evt.StrTime != ''
statics:
  - {method: ParseDate, expression: evt.StrTime}
  - {target: MarshaledTime, expression: evt.Enriched.MarshaledTime}
`

const scenarios = `
type: leaky
name: test/fail
description: many failures
filter: evt.Meta.what == 'fail'
groupby: evt.Meta.source_ip
capacity: 4
leakspeed: 5s
blackhole: 30s
reprocess: true
labels: {remediation: true} # a decision, which the lines behind it see
---
type: leaky
name: test/users
description: many users, across services
filter: evt.Meta.what in ['fail', 'login']
groupby: evt.Meta.source_ip
distinct: evt.Meta.who
capacity: 3
leakspeed: 20s
blackhole: 1m
---
type: leaky
name: test/banned
description: goes on under a decision
filter: evt.Meta.banned == 'yes'
groupby: evt.Meta.source_ip
capacity: 8
leakspeed: 1m
---
type: trigger
name: test/again
description: an overflow of another scenario, and who was seen there
filter: evt.GetType() == 'overflow' && evt.Overflow.Alert.GetScenario() == 'test/fail'
groupby: evt.Overflow.Alert.Source.IP
---
type: leaky
name: test/writes
description: writes into the event
filter: evt.Meta.what == 'probe' && evt.SetMeta('tag', evt.Meta.who + '!') && evt.SetMeta('who', 'nobody')
groupby: evt.Meta.source_ip
distinct: evt.Meta.tag
capacity: 2
leakspeed: 10s
---
type: leaky
name: test/after
description: must not see what its neighbour wrote, and uses the stash itself
filter: evt.Meta.tag == '' && evt.Meta.what == 'probe' && SetInStash('last', 'p' + evt.Meta.source_ip, evt.Meta.who, '5m') == nil
groupby: evt.Meta.source_ip + GetFromStash('last', 'p192.0.2.1')
capacity: 1
leakspeed: 60s
---
type: counter
name: test/count
description: counts
filter: evt.Meta.last_who != ''
groupby: evt.Meta.service
duration: 2m
capacity: -1
---
type: conditional
name: test/jump
description: another user than last time
filter: evt.Meta.what == 'login'
groupby: evt.Meta.source_ip
capacity: -1
leakspeed: 1m
condition: len(queue.Queue) >= 2 && queue.Queue[-1].Meta.who != queue.Queue[-2].Meta.who && GetFromStash('last', evt.Meta.source_ip) != ''
`

// write makes two logs whose lines interleave in time and share addresses.
func write(t *testing.T, lines int) []string {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	what := []string{"fail", "fail", "fail", "login", "probe"}
	var paths []string
	for _, service := range []string{"door", "lift"} {
		var b strings.Builder
		at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
		for range lines {
			at = at.Add(time.Duration(rng.IntN(1500)) * time.Millisecond)
			fmt.Fprintf(&b, "%s 192.0.2.%d %s user%d\n", at.Format(time.RFC3339Nano), rng.IntN(6), what[rng.IntN(len(what))], rng.IntN(7))
			if rng.IntN(20) == 0 {
				b.WriteString("a line that nobody understands\n")
			}
		}
		path := filepath.Join(dir, service+".log")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// interleave emits the lines of two sources in turns, in batches of one size.
type interleave struct {
	lines [][]string
	size  int
}

func (s *interleave) Run(ctx context.Context, emit tocsin.Emit) error {
	kinds := []map[string]string{{"type": "door"}, {"type": "lift"}}
	var batch []tocsin.Line
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		b := tocsin.Batch{Lines: batch}
		batch = nil
		return emit(ctx, b)
	}
	for i := range max(len(s.lines[0]), len(s.lines[1])) {
		for k := range s.lines {
			if i >= len(s.lines[k]) {
				continue
			}
			batch = append(batch, tocsin.Line{
				Raw: s.lines[k][i], Src: kinds[k]["type"], Module: "file", Labels: kinds[k], Clock: tocsin.EventClock,
				Time: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
			})
			if len(batch) == s.size {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

func engine(t *testing.T, scenarios string, indexed bool) *detect.Engine {
	t.Helper()
	var problems diag.List
	lib := grok.NewLibrary()
	root := testx.Root(t)
	files, err := filepath.Glob(filepath.Join(root, "rules", "patterns", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no patterns: %v", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		lib.AddFile(f, text, &problems)
	}
	mk := func(kind rule.Type, stage, name, text string) rule.File {
		f := rule.New(kind, name, name+".yaml", []byte(text))
		f.Stage, f.Order = stage, stage+"/"+name
		return f
	}
	e, err := detect.Load(detect.Rules{
		Parsers: []rule.File{
			mk(rule.Parser, "s01-parse", "lines", stageOne), mk(rule.Parser, "s02-enrich", "dates", stageTwo),
		},
		Scenarios: []rule.File{mk(rule.Scenario, "", "scenarios", scenarios)},
		Patterns:  lib, Mode: diag.Own,
	}, detect.Options{Host: &cond.Host{Stash: stash.New()}, Ledger: inforce.New(), Installation: "test", Fast: indexed, Indexed: indexed}, &problems)
	if err != nil || problems.Err() != nil {
		t.Fatal(err, problems.Err())
	}
	return e
}

func run(t *testing.T, source tocsin.Source, workers int) (string, detect.Stats) {
	t.Helper()
	return runRules(t, scenarios, source, workers)
}

func runRules(t *testing.T, scenarios string, source tocsin.Source, workers int) (string, detect.Stats) {
	t.Helper()
	e := engine(t, scenarios, workers > 1) // and an index must make no difference, either
	core := e.NewCore(nil)
	var out strings.Builder
	core.OnAlert = func(a *tocsin.Alert) {
		b, err := json.Marshal(a)
		if err != nil {
			t.Error(err)
		}
		out.Write(b)
		out.WriteByte('\n')
	}
	if _, err := pipeline.Run(t.Context(), e, core, source, pipeline.Options{Workers: workers}); err != nil {
		t.Fatal(err)
	}
	core.Finish()
	return out.String(), core.Stats
}

// TestOrder holds that alerts, uuids included, depend on the rules and the lines alone.
func TestOrder(t *testing.T) {
	paths := write(t, 1200)
	lines := make([][]string, len(paths))
	for i, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	want, stats := run(t, &interleave{lines: lines, size: 1}, 1)
	for _, name := range []string{"fail", "users", "banned", "again", "writes", "after", "count", "jump"} {
		if !strings.Contains(want, `"scenario":"test/`+name+`"`) {
			t.Errorf("scenario test/%s never fired: the test proves nothing about it", name)
		}
	}
	if stats.Unparsed == 0 || stats.Alerts < 50 {
		t.Errorf("stats %+v: too little happened", stats)
	}
	for _, workers := range []int{1, 2, 4} {
		for _, size := range []int{1, 7, 64, 1000} {
			got, s := run(t, &interleave{lines: lines, size: size}, workers)
			if got != want {
				t.Errorf("%d workers, batches of %d: other alerts", workers, size)
			}
			if s != stats {
				t.Errorf("%d workers, batches of %d: stats %+v, want %+v", workers, size, s, stats)
			}
		}
	}
}

// TestFiles runs the same over the file source, one file behind the other.
func TestFiles(t *testing.T) {
	paths := write(t, 400)
	src := func(size int) tocsin.Source {
		return &file.Replay{
			Paths: paths, Labels: map[string]string{"type": "door"}, BatchLines: size,
			Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
		}
	}
	want, _ := run(t, src(64), 1)
	for _, workers := range []int{2, 4} {
		for _, size := range []int{1, 7, 64, 1000} {
			if got, _ := run(t, src(size), workers); got != want {
				t.Errorf("%d workers, batches of %d: other alerts", workers, size)
			}
		}
	}
}
