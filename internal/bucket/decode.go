package bucket

import (
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/index"
	"tocsin.example/internal/rule"
)

// Type is the kind of a bucket.
type Type string

// The kinds of buckets.
const (
	// Leaky overflows on the event that finds it full.
	Leaky Type = "leaky"
	// Trigger overflows on every event.
	Trigger Type = "trigger"
	// Counter collects for a fixed time and then overflows.
	Counter Type = "counter"
	// Conditional overflows when its condition is true after an event.
	Conditional Type = "conditional"
	// Bayesian overflows when the probability of evil passes a threshold.
	Bayesian Type = "bayesian"
)

// MaxQueue is how many events a bucket retains at most, whatever its capacity.
const MaxQueue = 1000

type scenarioDoc struct {
	Place diag.Place `yaml:"-,place"`

	Type           diag.Text     `yaml:"type"`
	Name           diag.Text     `yaml:"name"`
	Description    diag.Text     `yaml:"description"`
	Author         diag.Text     `yaml:"author"`
	Format         string        `yaml:"format"`
	Version        string        `yaml:"version"`
	References     any           `yaml:"references"`
	Debug          bool          `yaml:"debug"`
	Filter         diag.Text     `yaml:"filter"`
	GroupBy        diag.Text     `yaml:"groupby"`
	Distinct       diag.Text     `yaml:"distinct"`
	Capacity       int           `yaml:"capacity"`
	LeakSpeed      time.Duration `yaml:"leakspeed"`
	Duration       time.Duration `yaml:"duration"`
	CacheSize      int           `yaml:"cache_size"`
	Condition      diag.Text     `yaml:"condition"`
	CancelOn       diag.Text     `yaml:"cancel_on"`
	OverflowFilter diag.Text     `yaml:"overflow_filter"`
	Blackhole      time.Duration `yaml:"blackhole"`
	Reprocess      bool          `yaml:"reprocess"`
	Scope          *scopeDoc     `yaml:"scope"`
	Labels         diag.Raw      `yaml:"labels"`
	Data           []rule.Data   `yaml:"data"`

	Prior      float64               `yaml:"bayesian_prior"`
	Threshold  float64               `yaml:"bayesian_threshold"`
	Conditions []bayesianDoc         `yaml:"bayesian_conditions"`
	Keys       map[string]diag.Place `yaml:"-,places"`
}

type scopeDoc struct {
	Type       diag.Text `yaml:"type"`
	Expression diag.Text `yaml:"expression"`
}

type bayesianDoc struct {
	Place diag.Place `yaml:"-,place"`

	Condition  diag.Text `yaml:"condition"`
	Evil       float64   `yaml:"prob_given_evil"`
	Benign     float64   `yaml:"prob_given_benign"`
	Guillotine bool      `yaml:"guillotine"`
}

// Doc is one scenario document, decoded but not yet compiled.
type Doc struct {
	File *rule.File
	// Index counts the file's documents from 0.
	Index int

	doc  scenarioDoc
	bad  bool // a key could not be read: the rest is looked at, for its faults, and set aside
	skip bool // it is none for us
}

// Name is the scenario's name.
func (d *Doc) Name() string { return d.doc.Name.Value }

// Data lists the data files that the document wants.
func (d *Doc) Data() []rule.Data { return d.doc.Data }

// Decode reads scenario files, reporting every fault of their YAML. A document with one is compiled all the same, for
// its other faults, but Compile leaves it out.
func Decode(files []rule.File, mode diag.Mode, problems *diag.List) []*Doc {
	var out []*Doc
	for i := range files {
		f := &files[i]
		for _, yd := range diag.Documents(f.Path, f.Text, mode, problems) {
			d := &Doc{File: f, Index: yd.Index()}
			d.bad = !yd.Decode(&d.doc)
			if !rule.FormatKnown(d.doc.Format) {
				problems.Warnf(yd.Place(), "formats from 1.0 to 3.0 are known", "this document is of format %s and is skipped", d.doc.Format)
				d.skip = true
			}
			out = append(out, d)
		}
	}
	return out
}

// Scenario is one compiled scenario document. It is immutable.
type Scenario struct {
	// Index is the scenario's place in its Set, which is load order.
	Index       int
	Name        string
	Description string
	Type        Type
	File        *rule.File
	Document    int
	Labels      map[string]any
	Remediation bool
	Simulated   bool

	filter, groupBy, distinct, condition, cancelOn, overflowFilter, scopeExpr *cond.Program

	capacity  int
	leak      time.Duration
	duration  time.Duration
	queue     int // events retained at most
	blackhole time.Duration
	reprocess bool
	scope     string
	filterSrc string
	effects   cond.Effects // of filter, groupby, distinct, cancel_on

	prior, threshold float32
	bayes            []bayesCondition
	watchers         []*cond.Program // the conditions, the bayesian ones last
	light            bool            // all of them can do with trails
}

type bayesCondition struct {
	program      *cond.Program
	evil, benign float32
	guillotine   bool
}

// Lifetime is how long a bucket of the scenario lives after its last event; for a counter, after its first.
func (s *Scenario) Lifetime() time.Duration {
	switch s.Type {
	case Counter:
		return s.duration
	case Conditional, Bayesian:
		return s.leak
	case Leaky:
		return mul(s.leak, s.capacity+1)
	default:
		return 0
	}
}

// mul multiplies without wrapping around.
func mul(d time.Duration, n int) time.Duration {
	const most = time.Duration(1<<63 - 1)
	if d > 0 && n > 0 && time.Duration(n) > most/d {
		return most
	}
	return d * time.Duration(n)
}

// Set is the compiled scenarios in load order. It is immutable.
type Set struct {
	scenarios []*Scenario
	index     *index.Index // of their filters; nil without
}

// All returns the scenarios in load order.
func (s *Set) All() []*Scenario { return s.scenarios }

// Context is what Compile needs beside the documents.
type Context struct {
	Compiler *cond.Compiler
	Problems *diag.List
	// Simulated says whether the alerts of a scenario are to be marked so; nil for never.
	Simulated func(name string) bool
	// Indexed lets an event meet only the scenarios whose filter may be true of it. The schema is not frozen then.
	Indexed bool
	Schema  *event.Schema
}

// Compile makes a Set of decoded documents. A document with a fault is set aside, with all its faults reported.
func Compile(docs []*Doc, ctx *Context) *Set {
	set := &Set{}
	for _, d := range docs {
		if d.skip {
			continue
		}
		c := &compiler{
			Document:  &cond.Document{Compiler: ctx.Compiler, Problems: ctx.Problems},
			simulated: ctx.Simulated,
		}
		s := c.scenario(d)
		if d.bad || c.Failed {
			continue
		}
		s.Index = len(set.scenarios)
		set.scenarios = append(set.scenarios, s)
	}
	if ctx.Indexed {
		guards := make([][]cond.Guard, len(set.scenarios))
		for i, s := range set.scenarios {
			guards[i] = s.filter.Guards()
		}
		set.index = index.New(ctx.Schema, guards)
		for i, s := range set.scenarios {
			if s.filter.Exact() {
				set.index.SetExact(i)
			}
		}
	}
	return set
}

type compiler struct {
	*cond.Document

	simulated func(string) bool
}

func (c *compiler) scenario(d *Doc) *Scenario {
	y := &d.doc
	s := &Scenario{
		Name: y.Name.Value, Description: y.Description.Value, Type: Type(y.Type.Value), File: d.File, Document: d.Index,
		capacity: y.Capacity, leak: y.LeakSpeed, duration: y.Duration, blackhole: y.Blackhole, reprocess: y.Reprocess,
		filterSrc: strings.TrimSpace(y.Filter.Value),
	}
	for _, m := range []struct {
		text diag.Text
		key  string
	}{{y.Name, "name"}, {y.Description, "description"}, {y.Filter, "filter"}, {y.Type, "type"}} {
		if !d.bad && strings.TrimSpace(m.text.Value) == "" {
			c.Faultf(y.Place, "write "+m.key+": ...", "scenario without %s", m.key)
		}
	}
	s.filter = c.Program(cond.KindScenario, y.Filter, cond.WantBool)
	s.groupBy = c.Program(cond.KindScenario, y.GroupBy, cond.WantString)
	s.distinct = c.Program(cond.KindScenario, y.Distinct, cond.WantAny)
	s.cancelOn = c.Program(cond.KindScenario, y.CancelOn, cond.WantBool)
	s.condition = c.Program(cond.KindBucket, y.Condition, cond.WantBool)
	s.overflowFilter = c.Program(cond.KindOverflow, y.OverflowFilter, cond.WantAny)
	for _, p := range []*cond.Program{s.filter, s.groupBy, s.distinct, s.cancelOn} {
		if p != nil {
			s.effects |= p.Effects()
		}
	}
	c.labels(s, y)
	c.scope(s, y)
	if !d.bad { // what seems to be missing may be what could not be read
		c.shape(s, y)
	}
	s.setWatchers()
	if c.simulated != nil {
		s.Simulated = c.simulated(s.Name)
	}
	return s
}

func (c *compiler) labels(s *Scenario, y *scenarioDoc) {
	if y.Labels.IsZero() {
		return
	}
	value := y.Labels.Any()
	if value == nil {
		return // the key alone
	}
	labels, ok := value.(map[string]any)
	if !ok {
		c.Faultf(y.Labels.Place(), "write labels as `name: value` lines", "labels are not a mapping")
		return
	}
	s.Labels = labels
	b := y.Labels.Bool("remediation")
	switch {
	case b.IsBool:
		s.Remediation = b.Value
		s.Labels["remediation"] = b.Value // "yes" is a boolean here, whatever YAML version one thinks in
	case b.Set:
		c.Fault(diag.Problem{
			Place: b.Place, Severity: diag.Warning, What: "remediation is not true or false: nobody will be banned by this scenario",
			Hint: "write remediation: true, without quotes",
		})
	}
}

func (c *compiler) scope(s *Scenario, y *scenarioDoc) {
	s.scope = tocsin.ScopeIP
	if y.Scope == nil {
		return
	}
	if y.Scope.Type.Value != "" {
		s.scope = y.Scope.Type.Value
	}
	s.scopeExpr = c.Program(cond.KindScenario, y.Scope.Expression, cond.WantString)
	switch {
	case strings.EqualFold(s.scope, tocsin.ScopeIP):
		s.scope = tocsin.ScopeIP
		if s.scopeExpr != nil {
			c.Fault(y.Scope.Expression.Problem(0, "remove the expression: the address is evt.Meta.source_ip", "scope Ip takes no expression"))
		}
	case strings.EqualFold(s.scope, tocsin.ScopeRange):
		s.scope = tocsin.ScopeRange
	case strings.TrimSpace(y.Scope.Expression.Value) == "":
		c.Fault(y.Scope.Type.Problem(0, "add expression: evt.Meta....", "scope %s needs an expression that gives its value", s.scope))
	}
}
