package cond

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/testx"
)

type static struct {
	Expression diag.Text `yaml:"expression"`
}

// document is every place of a hub document where an expression can stand.
type document struct {
	Filter         diag.Text `yaml:"filter"`
	GroupBy        diag.Text `yaml:"groupby"`
	Distinct       diag.Text `yaml:"distinct"`
	Condition      diag.Text `yaml:"condition"`
	CancelOn       diag.Text `yaml:"cancel_on"`
	OverflowFilter diag.Text `yaml:"overflow_filter"`
	Scope          static    `yaml:"scope"`
	Bayesian       []struct {
		Condition diag.Text `yaml:"condition"`
	} `yaml:"bayesian_conditions"`
	Statics []static `yaml:"statics"`
	Grok    struct {
		Expression diag.Text `yaml:"expression"`
		Statics    []static  `yaml:"statics"`
	} `yaml:"grok"`
	Stash []struct {
		Key   diag.Text `yaml:"key"`
		Value diag.Text `yaml:"value"`
	} `yaml:"stash"`
	Whitelist struct {
		Expression []diag.Text `yaml:"expression"`
	} `yaml:"whitelist"`
	Nodes   []document             `yaml:"nodes"`
	Context map[string][]diag.Text `yaml:"context"`
}

type place struct {
	kind Kind
	want Want
	src  diag.Text
}

// expressions lists what stands in a document of a folder of the hub.
func (d *document) expressions(folder string) []place {
	kind := map[string]Kind{"parsers": KindParser, "postoverflows": KindPost, "scenarios": KindScenario}[folder]
	var all []place
	add := func(k Kind, w Want, src ...diag.Text) {
		for _, s := range src {
			if strings.TrimSpace(s.Value) != "" {
				all = append(all, place{k, w, s})
			}
		}
	}
	add(kind, WantBool, d.Filter, d.CancelOn)
	add(kind, WantAny, d.Distinct, d.Scope.Expression, d.Grok.Expression)
	add(kind, WantString, d.GroupBy)
	add(KindBucket, WantBool, d.Condition)
	add(KindOverflow, WantAny, d.OverflowFilter)
	for _, b := range d.Bayesian {
		add(KindBucket, WantBool, b.Condition)
	}
	for _, s := range append(d.Statics, d.Grok.Statics...) {
		add(kind, WantAny, s.Expression)
	}
	for _, s := range d.Stash {
		add(kind, WantString, s.Key, s.Value)
	}
	add(kind, WantBool, d.Whitelist.Expression...)
	for _, list := range d.Context {
		add(KindContext, WantAny, list...)
	}
	for i := range d.Nodes {
		all = append(all, d.Nodes[i].expressions(folder)...)
	}
	return all
}

func hubExpressions(t testing.TB) []place {
	t.Helper()
	return expressionsIn(t, filepath.Join(testx.Corpora(t), "hub"))
}

// expressionsIn lists the expressions of all rules in a folder.
func expressionsIn(t testing.TB, root string) []place {
	t.Helper()
	var all []place
	for _, folder := range []string{"parsers", "scenarios", "postoverflows", "contexts"} {
		if _, err := os.Stat(filepath.Join(root, folder)); err != nil {
			continue
		}
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			var l diag.List
			rel, _ := filepath.Rel(root, path)
			for _, doc := range diag.Documents(rel, text, diag.Foreign, &l) {
				var d document
				doc.Decode(&d)
				all = append(all, d.expressions(folder)...)
			}
			return l.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestHub compiles every expression of the hub.
func TestHub(t *testing.T) {
	all := hubExpressions(t)
	c := NewCompiler(event.NewSchema(), fullHost())
	for _, e := range all {
		p, err := c.Compile(e.kind, e.src, e.want)
		if err != nil {
			t.Errorf("%v\n%s", err, e.src.Value)
			continue
		}
		for _, w := range p.Problems() {
			t.Error(w)
		}
	}
	t.Logf("%d expressions, %d fields", len(all), c.schema.Len())
	if len(all) < 3000 {
		t.Errorf("only %d expressions: the corpus is not all there", len(all))
	}
}

// TestHubAsserts compiles every assertion of the hub's tests. Assertions that compare a path are wrapped as hubtest
// does before it compiles them.
func TestHubAsserts(t *testing.T) {
	root := filepath.Join(testx.Corpora(t), "hub", ".tests")
	c := NewCompiler(event.NewSchema(), fullHost())
	seen, lines := map[string]bool{}, 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".assert" {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 4<<20)
		for sc.Scan() {
			s := strings.TrimSpace(sc.Text())
			lines++
			// The shapes repeat by the ten thousand; one in 20 of each file is enough, and all of the unusual ones.
			if s == "" || lines%20 != 0 && strings.Count(s, "==") == 1 || seen[s] {
				continue
			}
			seen[s] = true
			if _, err := c.Compile(KindTest, diag.Plain(s, path), WantBool); err != nil {
				t.Error(err)
			}
		}
		return sc.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d assertions", len(seen), lines)
	if lines < 60_000 {
		t.Errorf("only %d assertions: the corpus is not all there", lines)
	}
}

// TestHubEval evaluates every expression of the hub on an ordinary event: what fails must say so in an Error.
func TestHubEval(t *testing.T) {
	b := newBench(t, fullHost())
	failed, all := 0, hubExpressions(t)
	for _, e := range all {
		p, err := b.c.Compile(e.kind, e.src, e.want)
		if err != nil {
			t.Fatal(err)
		}
		b.ev = sample(b.c.schema)
		b.run.Begin(noon)
		env := &Env{Evt: b.ev.View(), Queue: &Queue{}, Leaky: &Leaky{}, Signal: &event.Overflow{}}
		v, err := p.Eval(b.run, env)
		if err == nil {
			continue
		}
		failed++
		if fault, ok := errors.AsType[*Error](err); !ok || v != nil || fault.Place().Line == 0 ||
			strings.Contains(err.Error(), "reflect") || strings.Contains(err.Error(), "interface") {
			t.Errorf("%v", err)
		}
	}
	t.Logf("%d of %d fail", failed, len(all))
}

// BenchmarkHubFilters evaluates all scenario filters of the hub on one event.
func BenchmarkHubFilters(b *testing.B) {
	x := newBench(b, fullHost())
	var filters []*Program
	for _, e := range hubExpressions(b) {
		if e.kind == KindScenario && e.want == WantBool {
			if p, err := x.c.Compile(e.kind, e.src, e.want); err == nil {
				filters = append(filters, p)
			}
		}
	}
	env := &Env{Evt: sample(x.c.schema).View()}
	for b.Loop() {
		x.run.Begin(noon)
		for _, p := range filters {
			_, _ = p.Bool(x.run, env)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(filters)), "ns/filter")
}
