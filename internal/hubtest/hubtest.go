// Package hubtest runs the tests of a hub: a log goes through the parsers and scenarios that a test names, and what
// comes out must be what its asserts say. The format is that of CrowdSec's `cscli hubtest`; everything happens in this
// process.
//
// It finds no rules itself; a [Hub] does. Start from [Runner].
package hubtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/inforce"
	"tocsin.example/internal/logtime"
	"tocsin.example/internal/rule"
)

// Folder is where a hub keeps its tests.
const Folder = ".tests"

// Hub finds the rules that tests name.
type Hub interface {
	// File returns an item by its name, or by its path in the hub ("./parsers/s01-parse/author/file.yaml").
	File(t rule.Type, name string) (rule.File, error)
}

// Result is what one test came to.
type Result struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Asserts int    `json:"asserts"`
	// Failed are the asserts that do not hold, and errors.
	Failed []string `json:"failed"`
	// Ignored counts asserts that are false but that CrowdSec's runner passes over in silence.
	Ignored int `json:"ignored_false"`
	// Skipped says why the test was not run; "" when it was.
	Skipped string `json:"skipped,omitempty"`
	// Problems are warnings of the rules that the test loads.
	Problems int `json:"-"`
}

// Report is what all tests came to. Its JSON is what `tocsin hubtest run -o json` prints.
type Report struct {
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Skipped int      `json:"skipped"`
	Ignored int      `json:"ignored_false"`
	Tests   []Result `json:"tests"`
}

// Data makes the data files and databases of one test. own says that the test must not share them with others.
type Data func(test string, own bool, wanted []rule.Data, problems *diag.List) (cond.Files, cond.Geo)

// Runner runs tests. Its fields are set before the first run.
type Runner struct {
	FS       fs.FS // the hub's folder
	Hub      Hub
	Patterns *grok.Library
	Mode     diag.Mode // how strictly rules are read
	Data     Data
	NewStash func() cond.Stash
	Now      time.Time
	Jobs     int
	Fast     bool // which engine; the results are the same
	// Done, if set, is called after each test, from any goroutine.
	Done func(Result)
}

// Names lists the hub's tests, sorted.
func (r *Runner) Names() ([]string, error) {
	entries, err := fs.ReadDir(r.FS, Folder)
	if err != nil {
		return nil, fmt.Errorf("list tests: %w", err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// Run runs tests side by side and reports them in the order of their names.
func (r *Runner) Run(ctx context.Context, names []string) (*Report, error) {
	names = slices.Clone(names)
	slices.Sort(names)
	results := make([]Result, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, r.Jobs))
	for i, name := range names {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			results[i] = r.test(ctx, name)
			if r.Done != nil {
				r.Done(results[i])
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	report := &Report{Tests: results}
	for _, res := range results {
		report.Ignored += res.Ignored
		switch {
		case res.Skipped != "":
			report.Skipped++
		case res.OK:
			report.Passed++
		default:
			report.Failed++
		}
	}
	return report, nil
}

// ownData are tests that never shared their data, whatever their configuration says.
var ownData = []string{"magento-ccs-by-as", "magento-ccs-by-country", "geoip-enrich"}

func (r *Runner) test(ctx context.Context, name string) Result {
	res := Result{Name: name, Failed: []string{}}
	dir := path.Join(Folder, name)
	c, err := readConfig(r.FS, dir)
	if err != nil {
		res.Failed = append(res.Failed, err.Error())
		return res
	}
	if c.appsec() {
		res.Skipped = "appsec tests come with the application firewall"
		return res
	}
	if err := r.run(ctx, name, dir, c, &res); err != nil {
		res.Failed = append(res.Failed, err.Error())
	}
	res.OK = len(res.Failed) == 0
	return res
}

func (r *Runner) run(ctx context.Context, name, dir string, c *config, res *Result) error {
	l, err := r.load(name, dir, c)
	if err != nil {
		return err
	}
	res.Problems = l.Problems
	rec := newRecorder()
	overflows, err := r.feed(ctx, l, rec)
	if err != nil {
		return err
	}
	return r.judge(dir, c, rec, overflows, res)
}

// Loaded is a test that is ready to run: an engine that has not run yet, and the log for it.
type Loaded struct {
	Engine   *detect.Engine
	Src      string            // path of the log in the hub
	Labels   map[string]string // of every line
	Log      string            // lines, which end with \n or \r\n
	Problems int               // warnings of the rules
}

// ErrSkipped is the error of a test that this program does not run.
var ErrSkipped = errors.New("the test is not for this program")

// Load makes a test ready without running it, for those who run it in another way. A test that cannot be run is
// [ErrSkipped].
func (r *Runner) Load(name string) (*Loaded, error) {
	dir := path.Join(Folder, name)
	c, err := readConfig(r.FS, dir)
	if err != nil {
		return nil, err
	}
	if c.appsec() {
		return nil, ErrSkipped
	}
	return r.load(name, dir, c)
}

func (r *Runner) load(name, dir string, c *config) (*Loaded, error) {
	rules, err := r.rules(dir, c)
	if err != nil {
		return nil, err
	}
	host := cond.Host{Now: func() time.Time { return r.Now }, Stash: r.NewStash(), Hostname: "hubtest"}
	var problems diag.List
	// Data files must be there before the rules that use them are compiled.
	rules.LoadData = func(wanted []rule.Data, problems *diag.List) {
		own := c.OwnDataDir || slices.Contains(ownData, name)
		host.Files, host.Geo = r.Data(name, own, wanted, problems)
	}
	engine, err := detect.Load(rules, detect.Options{
		Fast: r.Fast,
		Host: &host, Ledger: inforce.New(), Installation: "hubtest", Year: logtime.ThisYear, KeepSpelling: true,
	}, &problems)
	if fault := problems.Err(); fault != nil {
		return nil, fault
	}
	if err != nil {
		return nil, err
	}
	log, err := r.log(dir, c)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	maps.Copy(labels, c.Labels)
	labels["type"] = c.LogType
	return &Loaded{
		Engine: engine, Src: path.Join(dir, c.LogFile), Labels: labels, Log: log, Problems: problems.Warnings(),
	}, nil
}

// rules gathers what the test names.
func (r *Runner) rules(dir string, c *config) (detect.Rules, error) {
	rules := detect.Rules{Patterns: r.Patterns.Clone(), Mode: r.Mode}
	var errs []error
	get := func(t rule.Type, names []string) []rule.File {
		var out []rule.File
		for _, n := range names {
			if n == "" {
				continue
			}
			f, err := r.find(dir, t, n)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if !slices.ContainsFunc(out, func(o rule.File) bool { return o.Path == f.Path }) {
				out = append(out, f)
			}
		}
		slices.SortStableFunc(out, func(a, b rule.File) int { return strings.Compare(a.Order, b.Order) })
		return out
	}
	rules.Parsers = get(rule.Parser, c.Parsers)
	rules.Postoverflows = get(rule.Postoverflow, c.Postoverflows)
	rules.Scenarios = get(rule.Scenario, c.Scenarios)
	if len(c.Overrides) > 0 {
		f, err := overrides(c.Overrides)
		if err != nil {
			return rules, err
		}
		rules.Parsers = slices.Insert(rules.Parsers, 0, f)
	}
	return rules, errors.Join(errs...)
}

// find finds an item by name or path in the hub, or by path in the test's folder. A path into the folder of another
// test that is not there means the hub's own item.
func (r *Runner) find(dir string, t rule.Type, name string) (rule.File, error) {
	f, err := r.Hub.File(t, name)
	if err == nil {
		return f, nil
	}
	if f, ok := r.local(dir, t, name); ok {
		return f, nil
	}
	if f, ok := r.local("", t, path.Clean(name)); ok {
		return f, nil
	}
	if inner, ok := strings.CutPrefix(path.Clean(name), Folder+"/"); ok {
		if _, below, ok := strings.Cut(inner, "/"); ok {
			if f, err := r.Hub.File(t, "./"+below); err == nil {
				return f, nil
			}
		}
	}
	return rule.File{}, err
}

// local finds a rule file that lies in the test's folder.
func (r *Runner) local(dir string, t rule.Type, name string) (rule.File, bool) {
	file := path.Join(dir, name)
	if !fs.ValidPath(file) {
		return rule.File{}, false
	}
	text, err := fs.ReadFile(r.FS, file)
	if err != nil {
		return rule.File{}, false
	}
	f := rule.New(t, name, file, text)
	// parsers/s01-parse/author/file.yaml, or without the author
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		if len(part) > 3 && part[0] == 's' && part[3] == '-' {
			f.Stage = part
		}
	}
	f.Order = path.Join(f.Stage, path.Base(name))
	return f, true
}

// overrides makes the parser that stands for a test's override_statics. JSON is YAML.
func overrides(list []override) (rule.File, error) {
	text, err := json.Marshal(map[string]any{"name": "overrides", "filter": "1==1", "statics": list})
	if err != nil {
		return rule.File{}, fmt.Errorf("write override_statics: %w", err)
	}
	f := rule.New(rule.Parser, "overrides", "override_statics", text)
	f.Stage, f.Order = "s00-raw", "s00-raw/00_overrides.yaml"
	return f, nil
}

// maxLog bounds a test's log.
const maxLog = 64 << 20

func (r *Runner) log(dir string, c *config) (string, error) {
	if c.LogFile == "" {
		return "", errors.New("config.yaml names no log_file")
	}
	file := path.Join(dir, c.LogFile)
	if !fs.ValidPath(file) || !strings.HasPrefix(file, dir+"/") {
		return "", fmt.Errorf("log_file %q lies outside the test's folder", c.LogFile)
	}
	info, err := fs.Stat(r.FS, file)
	if err != nil {
		return "", err
	}
	if info.Size() == 0 || info.Size() > maxLog {
		return "", fmt.Errorf("log_file %s has %d bytes; it must have 1 to %d", c.LogFile, info.Size(), maxLog)
	}
	text, err := fs.ReadFile(r.FS, file)
	return string(text), err
}

// judge evaluates the asserts.
func (r *Runner) judge(dir string, c *config, rec *recorder, overflows []*event.View, res *Result) error {
	if !c.IgnoreParsers {
		if err := r.assert(dir, "parser.assert", rec.results, false, res); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(c.Scenarios, func(s string) bool { return s != "" }) {
		return nil
	}
	sortOverflows(overflows)
	return r.assert(dir, "scenario.assert", overflows, true, res)
}

func (r *Runner) assert(dir, file string, results any, inOnly bool, res *Result) error {
	text, err := fs.ReadFile(r.FS, path.Join(dir, file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		return fmt.Errorf("%s is missing or empty: write what must hold, one expression a line", file)
	}
	a := assertor{
		compiler: cond.NewCompiler(event.NewSchema(), &cond.Host{Now: func() time.Time { return r.Now }}),
		run:      cond.NewRun(), results: results, inOnly: inOnly,
	}
	v := a.check(file, string(text))
	res.Asserts += v.asserts
	res.Ignored += v.ignored
	res.Failed = append(res.Failed, v.failed...)
	return nil
}
