package equal

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/bench/gen"
	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/testx"
)

// hubRunner is the runner of the hub's tests on an engine.
func hubRunner(t *testing.T, engine string) *hubtest.Runner {
	t.Helper()
	r, done, err := app.HubTests(app.TestOptions{Hub: filepath.Join(testx.Corpora(t), "hub"), Now: now(), Jobs: 2, Engine: engine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return r
}

// pick takes every nth of a list, from a place that is always the same.
func pick[T any](list []T, n int) []T {
	var out []T
	rng := rand.New(rand.NewPCG(1, uint64(len(list))))
	for i, v := range list {
		if i == 0 || rng.IntN(n) == 0 {
			out = append(out, v)
		}
	}
	return out
}

// TestHubLogs runs the log of each of the hub's tests through the rules that the test names.
func TestHubLogs(t *testing.T) {
	testx.Whole(t)
	runners := map[string]*hubtest.Runner{}
	for _, s := range sides() {
		runners[s.engine] = hubRunner(t, s.engine)
	}
	names, err := runners[app.Reference].Names()
	if err != nil {
		t.Fatal(err)
	}
	alerts := 0
	for _, name := range pick(names, every(1)) {
		first, err := runners[app.Reference].Load(name)
		if errors.Is(err, hubtest.ErrSkipped) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		load := func(t *testing.T, s side) *detect.Engine {
			t.Helper()
			l, err := runners[s.engine].Load(name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return l.Engine
		}
		alerts += len(same(t, name, load, of(split(first.Log, first.Src, first.Labels))).alerts)
	}
	if alerts < 10 {
		t.Errorf("only %d alerts: the test proves little", alerts)
	}
}

// corpus are all lines that there are: of the hub's tests, of other programs, hostile ones and generated ones. step takes
// every nth.
func corpus(t *testing.T, step int) []tocsin.Line {
	t.Helper()
	dir := testx.Corpora(t)
	lines := hubLines(t, filepath.Join(dir, "hub", ".tests"))
	lines = append(lines, serviceLines(t, filepath.Join(dir, "fail2ban", "open.jsonl"))...)
	lines = append(lines, hostileLines(t)...)
	for _, k := range gen.Kinds() {
		lines = append(lines, split(generated(t, k, 300), string(k), map[string]string{"type": k.Type()})...)
	}
	return pick(lines, step)
}

var logType = regexp.MustCompile(`(?m)^log_type: *["']?([^\s"']+)`)

func hubLines(t *testing.T, dir string) (lines []tocsin.Line) {
	t.Helper()
	configs, err := filepath.Glob(filepath.Join(dir, "*", "config.yaml"))
	if err != nil || len(configs) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	for _, c := range configs {
		text, err := os.ReadFile(c)
		if err != nil {
			t.Fatal(err)
		}
		m := logType.FindSubmatch(text)
		if m == nil {
			continue
		}
		logs, _ := filepath.Glob(filepath.Join(filepath.Dir(c), "*.log"))
		for _, l := range logs {
			text, err := os.ReadFile(l)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, split(string(text), filepath.Base(l), map[string]string{"type": string(m[1])})...)
		}
	}
	return lines
}

// serviceLines are the lines of many services, as syslog and as logs of their own.
func serviceLines(t *testing.T, path string) (lines []tocsin.Line) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		var c struct{ Service, Line string }
		if err := json.Unmarshal([]byte(l), &c); err != nil {
			t.Fatal(err)
		}
		program, _, _ := strings.Cut(c.Service, "-")
		for _, kind := range []string{"syslog", program} {
			lines = append(lines, split(c.Line, c.Service, map[string]string{"type": kind})...)
		}
	}
	return lines
}

// hostile makes the hostile inputs.
func hostile(t *testing.T) (paths []string) {
	t.Helper()
	dir, files := testx.Hostile(t)
	for _, f := range files {
		paths = append(paths, filepath.Join(dir, f.File))
	}
	return paths
}

// hostileLines are the first lines of the hostile logs, as syslog and as an access log.
func hostileLines(t *testing.T) (lines []tocsin.Line) {
	t.Helper()
	for _, p := range hostile(t) {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"syslog", "nginx"} {
			part := split(string(text), filepath.Base(p), map[string]string{"type": kind})
			for i := range part {
				part[i].Raw = part[i].Raw[:min(len(part[i].Raw), file.DefaultMaxLine)]
			}
			lines = append(lines, part[:min(len(part), 100)]...)
		}
	}
	return lines
}

func generated(t *testing.T, k gen.Kind, lines int) string {
	t.Helper()
	var b bytes.Buffer
	if err := gen.Write(&b, gen.Options{Kind: k, Lines: lines, Seed: 11, Addresses: 500, Attacks: 0.2}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWholeHub runs all lines through all rules of the hub.
func TestWholeHub(t *testing.T) {
	testx.Whole(t)
	lines := corpus(t, every(2))
	r := same(t, "the corpus", site(app.Options{Hub: filepath.Join(testx.Corpora(t), "hub"), All: true}), of(lines))
	if len(r.alerts) < 20 && !race {
		t.Errorf("only %d alerts from %d lines: the test proves little", len(r.alerts), len(lines))
	}
}

// TestBuiltIn runs all lines through the rules in the box.
func TestBuiltIn(t *testing.T) {
	testx.Whole(t)
	r := same(t, "the corpus", builtIn, of(corpus(t, every(1))))
	if len(r.alerts) < 3 && !race {
		t.Errorf("only %d alerts: the test proves little", len(r.alerts))
	}
}

// TestDecided holds that the engines agree on which lines come from under a decision.
func TestDecided(t *testing.T) {
	log := filepath.Join(testx.Root(t), "rules", ".tests", "decided", "access.log")
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	r := same(t, "refusals", builtIn, of(split(string(text), "access.log", map[string]string{"type": "nginx"})))
	if len(r.alerts) != 6 {
		t.Errorf("%d alerts, want 6", len(r.alerts))
	}
}

// replay is the source of one file.
func replay(path, kind string, most int) func(batch int) tocsin.Source {
	return func(batch int) tocsin.Source {
		return &limited{left: most, src: &file.Replay{
			Paths: []string{path}, Labels: map[string]string{"type": kind}, Now: now(), BatchLines: batch,
		}}
	}
}

// TestGenerators runs each kind of made-up log, as a file, through the rules for it and through those in the box; with
// TOCSIN_SOAK through the whole hub, too.
func TestGenerators(t *testing.T) {
	testx.Whole(t)
	hub := filepath.Join(testx.Corpora(t), "hub")
	base := []string{"crowdsecurity/linux", "crowdsecurity/nginx", "crowdsecurity/caddy", "crowdsecurity/traefik"}
	rules := map[string]func(*testing.T, side) *detect.Engine{"built-in rules": builtIn, "base rules": site(app.Options{Hub: hub, Install: base})}
	if testx.Soak() {
		rules["whole hub"] = site(app.Options{Hub: hub, All: true})
	}
	for _, k := range gen.Kinds() {
		path := filepath.Join(t.TempDir(), string(k)+".log")
		if err := os.WriteFile(path, []byte(generated(t, k, 2000)), 0o600); err != nil {
			t.Fatal(err)
		}
		most := 1000
		switch {
		case testx.Soak():
			most = 2000
		case race:
			most = 100
		}
		for name, open := range rules {
			r := same(t, string(k)+", "+name, open, replay(path, k.Type(), most))
			if name == "base rules" && len(r.alerts) == 0 && !race {
				t.Errorf("%s, %s: no alert: the test proves little", k, name)
			}
		}
	}
}

// TestHostile runs each hostile file through the rules in the box. They take as long as they are large, so that the
// normal run reads the first lines only.
func TestHostile(t *testing.T) {
	testx.Whole(t)
	most := 2_000
	switch {
	case testx.Soak():
		most = 1 << 30
	case race:
		most = 60
	}
	for _, p := range hostile(t) {
		for _, kind := range []string{"syslog", "nginx"} {
			same(t, filepath.Base(p)+" as "+kind, builtIn, replay(p, kind, most))
		}
	}
}

// TestSample holds that the sample is the same each time, never empty, and all when it shall be.
func TestSample(t *testing.T) {
	list := []int{1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := pick(list, 1); !slices.Equal(got, list) {
		t.Errorf("every one is %v", got)
	}
	if a, b := pick(list, 3), pick(list, 3); !slices.Equal(a, b) || len(a) == 0 || len(a) == len(list) {
		t.Errorf("samples %v and %v", a, b)
	}
}
