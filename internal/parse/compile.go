package parse

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/logtime"
)

// MaxDepth bounds how deep nodes may be nested.
const MaxDepth = 16

// Set is the compiled parsers of one family, parsers or postoverflows, in the order in which they run. It is immutable
// and may be shared by any number of Runners.
type Set struct {
	stages []stage
	index  map[string]int
	count  int
	year   logtime.Year
}

type stage struct {
	name  string
	nodes []*node
}

// Stages returns the names of the stages in order.
func (s *Set) Stages() []string {
	var out []string
	for _, st := range s.stages {
		out = append(out, st.name)
	}
	return out
}

// Len is the number of top-level nodes.
func (s *Set) Len() int { return s.count }

// Context is what Compile needs beside the documents.
type Context struct {
	Library  *grok.Library
	Compiler *cond.Compiler
	Schema   *event.Schema
	Host     *cond.Host
	Problems *diag.List
	// Year says which year a date without one gets.
	Year logtime.Year
	// Post compiles postoverflows, which may ask the outside when the host allows it.
	Post bool
}

type node struct {
	name      string
	file      string
	filter    *cond.Program
	nextStage bool
	grok      *grokStep
	stash     []stashStep
	children  []*node
	statics   []static
	whitelist *whitelist
}

type grokStep struct {
	pattern *grok.Pattern
	label   string // for explain: the pattern's name, or its text
	refs    []event.Ref
	raw     bool          // apply on Line.Raw
	on      event.Ref     // apply on this field
	expr    *cond.Program // or on this expression's result
	statics []static
}

type stashStep struct {
	name       string
	key, value *cond.Program
	ttl        time.Duration
}

// Compile makes a Set of decoded documents. Documents come in load order, which is their files' installed path. A
// document with a fault is set aside, with all its faults reported.
func Compile(docs []*Doc, ctx *Context) *Set {
	byStage := map[string][]*node{}
	for _, d := range docs {
		if d.bad {
			continue
		}
		c := &compiler{
			Context: ctx, file: d.File.Path,
			Document: &cond.Document{Compiler: ctx.Compiler, Problems: ctx.Problems},
		}
		n := c.node(&d.node, "", 0)
		if c.Failed {
			continue
		}
		byStage[d.File.Stage] = append(byStage[d.File.Stage], n)
	}
	set := &Set{index: map[string]int{}, year: ctx.Year}
	for name, nodes := range byStage {
		set.stages = append(set.stages, stage{name: name, nodes: nodes})
		set.count += len(nodes)
	}
	slices.SortFunc(set.stages, func(a, b stage) int { return strings.Compare(a.name, b.name) })
	for i, st := range set.stages {
		set.index[st.name] = i
	}
	return set
}

type compiler struct {
	*Context
	*cond.Document

	file string
}

func (c *compiler) program(src diag.Text, want cond.Want) *cond.Program {
	if c.Post {
		return c.Program(cond.KindPost, src, want)
	}
	return c.Program(cond.KindParser, src, want)
}

func (c *compiler) node(d *nodeDoc, parent string, depth int) *node {
	n := &node{name: d.Name.Value, file: c.file}
	if n.name == "" && depth > 0 {
		n.name = "child-" + parent
	}
	if depth > MaxDepth {
		c.Faultf(d.Place, "flatten the nodes", "nodes are nested deeper than %d", MaxDepth)
		return n
	}
	switch d.OnSuccess.Value {
	case "", "continue":
	case "next_stage":
		n.nextStage = true
	default:
		c.Fault(d.OnSuccess.Problem(0, "write continue or next_stage", "unknown onsuccess %q", d.OnSuccess.Value))
	}
	n.filter = c.program(d.Filter, cond.WantBool)
	for _, p := range d.Patterns {
		if !c.Library.Define(p.Key, p.Value.Value, p.KeyPlace) {
			if old, _ := c.Library.Lookup(p.Key); old != p.Value.Value {
				c.Context.Problems.Warnf(p.KeyPlace, "the first definition applies to all files; choose another name", "pattern %s is already defined differently", p.Key)
			}
		}
	}
	n.grok = c.grok(d.Grok)
	for i := range d.Nodes {
		n.children = append(n.children, c.node(&d.Nodes[i], n.name, depth+1))
	}
	n.statics = c.statics(d.Statics)
	n.stash = c.stash(d.Stash)
	n.whitelist = c.whitelist(d.Whitelist)
	if d.Grok == nil && len(d.Nodes)+len(d.Statics)+len(d.Stash) == 0 && n.whitelist == nil {
		c.Faultf(d.Place, "give it a grok, nodes, statics, a stash or a whitelist", "node %q does nothing", n.name)
	}
	return n
}

func (c *compiler) grok(d *grokDoc) *grokStep {
	if d == nil || (d.Name.Value == "" && d.Pattern.Value == "") {
		return nil
	}
	g := &grokStep{label: d.Name.Value, statics: c.statics(d.Statics)}
	src, text := d.Name, d.Name.Value
	if text == "" {
		src, text = d.Pattern, d.Pattern.Value
		g.label = text
	} else {
		text = "%{" + text + "}"
	}
	pattern, err := c.Library.Compile(text)
	if err != nil {
		c.Fault(grokProblem(src, d.Name.Value != "", err))
		return nil
	}
	g.pattern = pattern
	for _, f := range pattern.Fields() {
		g.refs = append(g.refs, c.Schema.Ref(event.Parsed, f))
	}
	switch on := d.ApplyOn.Value; on {
	case "":
		if g.expr = c.program(d.Expression, cond.WantAny); g.expr == nil && d.Expression.IsZero() {
			c.Faultf(d.Place, "write apply_on: Line.Raw, apply_on: message or expression: ...", "grok has nothing to be applied on")
		}
	case "Line.Raw", "evt.Line.Raw":
		g.raw = true
	default:
		g.on = c.Schema.Ref(event.Parsed, on)
	}
	return g
}

// grokProblem places a grok fault: inside the pattern's text, or at the name of a named pattern.
func grokProblem(src diag.Text, named bool, err error) diag.Problem {
	fault, ok := errors.AsType[*grok.Error](err)
	if !ok {
		return src.Problem(0, "", "%s", err)
	}
	offset := fault.Offset
	if named {
		offset = 0
	}
	if fault.Name == "" {
		return src.Problem(offset, fault.Hint, "%s", fault.Reason)
	}
	return src.Problem(offset, fault.Hint, "%s in pattern %s at %d", fault.Reason, fault.Name, fault.At)
}

func (c *compiler) stash(docs []stashDoc) []stashStep {
	var out []stashStep
	for i := range docs {
		d := &docs[i]
		switch {
		case d.Name.Value == "":
			c.Faultf(d.Place, "give the stash a name", "stash without name")
			continue
		case d.Key.IsZero() || d.Value.IsZero():
			c.Faultf(d.Place, "write key: and value: expressions", "stash %s without key or value", d.Name.Value)
			continue
		case d.TTL <= 0:
			c.Faultf(d.Place, "write for example ttl: 1m", "stash %s without ttl", d.Name.Value)
			continue
		}
		if c.Host.Stash != nil {
			size := d.Size
			if size == 0 {
				size = 100
			}
			if err := c.Host.Stash.Configure(d.Name.Value, size, d.Strategy); err != nil {
				c.Faultf(d.Place, "", "stash %s: %s", d.Name.Value, err)
			}
		}
		out = append(out, stashStep{
			name: d.Name.Value, ttl: d.TTL,
			key: c.program(d.Key, cond.WantAny), value: c.program(d.Value, cond.WantAny),
		})
	}
	return out
}
