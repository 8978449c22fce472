// Package explain shows the way of a line through the rules: which nodes it met in which stage, what each of them set,
// where it stopped and why, which scenarios wanted it and which buckets it filled.
//
// It runs the engine that replay runs, with a trace; it decides nothing itself. Start from [Explainer].
package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
	"tocsin.example/internal/poison"
)

// Auto is the type of lines whose type is to be found out.
const Auto = "auto"

// Result is the way of one line. Its JSON is what `tocsin explain -o json` prints.
type Result struct {
	Line      string            `json:"line"`
	Type      string            `json:"type"`
	OK        bool              `json:"ok"`
	StoppedAt string            `json:"stopped_at"`
	Why       string            `json:"why"`
	Stages    []Stage           `json:"stages"`
	Meta      map[string]string `json:"meta"`
	Parsed    map[string]string `json:"parsed"`
	Enriched  map[string]string `json:"enriched"`
	// Whitelisted is whether a whitelist took the event; Reason says which.
	Whitelisted bool   `json:"whitelisted"`
	Reason      string `json:"whitelist_reason,omitempty"`
	// Scenarios are the names of those that wanted the event, in load order, each once.
	Scenarios []string `json:"scenarios"`
	Buckets   []Bucket `json:"buckets"`
	// Failures are expressions of scenarios that failed on the event.
	Failures []string `json:"failures,omitempty"`
}

// Stage is one stage that the event came to.
type Stage struct {
	Name  string  `json:"name"`
	Nodes []*Node `json:"nodes"`
}

// Node is one node that was tried.
type Node struct {
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Why      string   `json:"why,omitempty"`
	Set      []Change `json:"set,omitempty"` // what it and its children changed
	Notes    []string `json:"notes,omitempty"`
	Children []*Node  `json:"children,omitempty"`
}

// Change is one field that a node changed.
type Change struct {
	Field string `json:"field"` // "Parsed.program"
	Value string `json:"value"`
	Old   string `json:"old,omitempty"`
	New   bool   `json:"new"` // the field was not there before
}

// Bucket is one bucket that the event was poured into.
type Bucket struct {
	Scenario string `json:"scenario"`
	Key      string `json:"key"`
	Overflow bool   `json:"overflow"`
}

// Explainer explains lines one after the other; buckets fill from line to line. One goroutine uses it.
type Explainer struct {
	engine *detect.Engine
	worker *detect.Worker
	core   *detect.Core
	item   *detect.Item
	trace  tracer
	result *Result
	num    uint64
	types  []string // to try for Auto; the one that worked last comes first
}

// New makes an Explainer over an engine that nobody else runs.
func New(engine *detect.Engine) *Explainer {
	x := &Explainer{engine: engine, core: engine.NewCore(nil), item: engine.NewItem(), types: engine.Parsers().Types()}
	x.worker = engine.NewWorker(nil, &x.trace)
	x.worker.OnFailure(func(s *bucket.Scenario, what string, err error) {
		x.result.Failures = append(x.result.Failures, fmt.Sprintf("%s: %s: %s", s.Name, what, err))
	})
	x.core.OnPour = func(_ *event.Event, m *bucket.Match, overflow bool) {
		x.result.Buckets = append(x.result.Buckets, Bucket{
			Scenario: m.Scenario.Name, Key: strings.Clone(m.Key), Overflow: overflow,
		})
	}
	return x
}

// Line explains one line, which lost cut bytes at its end. kind is the label "type", or [Auto].
func (x *Explainer) Line(raw string, cut int, src, kind string, now time.Time) *Result {
	x.num++
	raw, end := poison.Copy(raw)
	defer end()
	line := tocsin.Line{Raw: raw, Cut: cut, Src: src, Module: "file", Time: now, Clock: tocsin.EventClock}
	if kind == Auto {
		kind = x.guess(&line)
	}
	r := x.work(&line, kind)
	for i := range x.item.Matches {
		if name := x.item.Matches[i].Scenario.Name; !slices.Contains(r.Scenarios, name) {
			r.Scenarios = append(r.Scenarios, name)
		}
	}
	x.core.Settle(x.item)
	return r
}

// guess tries the types that the rules name until one lets the line through. The one it took last is tried first.
func (x *Explainer) guess(line *tocsin.Line) string {
	best, far := "syslog", -1
	for i, t := range x.types {
		r := x.work(line, t)
		if r.OK {
			copy(x.types[1:i+1], x.types[:i])
			x.types[0] = t
			return t
		}
		if len(r.Stages) > far {
			best, far = t, len(r.Stages)
		}
	}
	return best
}

func (x *Explainer) work(line *tocsin.Line, kind string) *Result {
	line.Labels = map[string]string{"type": kind}
	x.result = &Result{
		Line: strings.Clone(line.Raw), Type: kind, Stages: []Stage{}, Scenarios: []string{}, Buckets: []Bucket{},
	}
	x.trace.reset()
	x.worker.Work(x.item, x.num, line)
	r, ev := x.result, x.item.Event
	r.OK, r.StoppedAt, r.Why = x.item.Outcome.Parsed, strings.Clone(x.item.Outcome.Stage), x.item.Outcome.Why
	r.Stages = append(r.Stages, x.trace.stages...)
	kept := ev.Copy() // a Result may outlive the line's buffer
	r.Meta, r.Parsed, r.Enriched = kept.Meta, kept.Parsed, kept.Enriched
	for _, m := range []map[string]string{r.Meta, r.Parsed, r.Enriched} {
		maps.DeleteFunc(m, func(_, v string) bool { return v == "" })
	}
	r.Whitelisted, r.Reason = kept.Whitelisted, kept.WhitelistReason
	if !r.OK && ev.Aborted == "" {
		r.Why += closest(r.Stages, r.StoppedAt)
	}
	return r
}

// closest names the nodes of a stage that came nearest: one that accepted the event but left it where it was, and one
// whose filter let it in.
func closest(stages []Stage, name string) string {
	for _, st := range stages {
		if st.Name != name {
			continue
		}
		near := ""
		if i := slices.IndexFunc(st.Nodes, func(n *Node) bool { return n.OK }); i >= 0 {
			near = fmt.Sprintf("; %s accepted it but has no onsuccess: next_stage", st.Nodes[i].Name)
		}
		for _, n := range st.Nodes {
			if !n.OK && n.Why != "filter is false" {
				return near + fmt.Sprintf("; nearest was %s: %s", n.Name, n.Why)
			}
		}
		if near != "" {
			return near
		}
		if len(st.Nodes) > 0 {
			return "; every node's filter was false: is the type right?"
		}
	}
	return ""
}
