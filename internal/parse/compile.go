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
	"tocsin.example/internal/index"
	"tocsin.example/internal/logtime"
)

// MaxDepth bounds how deep nodes may be nested.
const MaxDepth = 16

// Set is the compiled parsers of one family, parsers or postoverflows, in the order in which they run. It is immutable
// and may be shared by any number of Runners.
type Set struct {
	stages []stage
	index  map[string]int
	tables []*index.Index // of lists of nodes
	sieves int            // how many there are
	count  int
	year   logtime.Year
	fields fields
}

type stage struct {
	name  string
	nodes []*node
	table int // number of the nodes' index, from 1; 0 for none
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
	// Indexed lets an event meet only the nodes whose filter may be true of it, where nobody watches. The schema is not
	// frozen then.
	Indexed bool
}

type node struct {
	name      string
	file      string
	filter    *cond.Program
	nextStage bool
	grok      *grokStep
	stash     []stashStep
	children  []*node
	table     int    // number of the children's index, from 1; 0 for none
	sieve     *sieve // of the children; nil for none
	statics   []static
	whitelist *whitelist
}

type grokStep struct {
	pattern *grok.Pattern
	label   string // for explain: the pattern's name, or its text
	place   diag.Place
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
		if d.skip {
			continue
		}
		c := &compiler{
			Context: ctx, file: d.File.Path, patterns: map[string]diag.Text{}, bad: d.bad,
			Document: &cond.Document{Compiler: ctx.Compiler, Problems: ctx.Problems},
		}
		n := c.node(&d.node, "", 0)
		if d.bad || c.Failed {
			continue
		}
		byStage[d.File.Stage] = append(byStage[d.File.Stage], n)
	}
	set := &Set{index: map[string]int{}, year: ctx.Year, fields: fieldsOf(ctx.Schema)}
	for name, nodes := range byStage {
		set.stages = append(set.stages, stage{name: name, nodes: nodes})
		set.count += len(nodes)
	}
	slices.SortFunc(set.stages, func(a, b stage) int { return strings.Compare(a.name, b.name) })
	for i, st := range set.stages {
		set.index[st.name] = i
	}
	if ctx.Indexed {
		set.makeIndexes(ctx.Schema)
	}
	return set
}

type compiler struct {
	*Context
	*cond.Document

	file     string
	patterns map[string]diag.Text // that this document defined
	bad      bool                 // a key of the document could not be read
}

// missing reports that a key is not there, unless it may be one that could not be read: that was reported.
func (c *compiler) missing(at diag.Place, hint, format string, args ...any) {
	if !c.bad {
		c.Faultf(at, hint, format, args...)
	}
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
		c.Fault(d.OnSuccess.Problem(0, meant(d.OnSuccess.Value, []string{"continue", "next_stage"}, "write continue or next_stage"),
			"unknown onsuccess %q", d.OnSuccess.Value))
	}
	n.filter = c.program(d.Filter, cond.WantBool)
	c.define(d.Patterns)
	n.grok = c.grok(d.Grok)
	for i := range d.Nodes {
		n.children = append(n.children, c.node(&d.Nodes[i], n.name, depth+1))
	}
	n.statics = c.statics(d.Statics)
	n.stash = c.stash(d.Stash)
	n.whitelist = c.whitelist(d.Whitelist)
	if d.Grok == nil && len(d.Nodes)+len(d.Statics)+len(d.Stash)+d.Whitelist.len() == 0 {
		c.missing(d.Place, "give it a grok, nodes, statics, a stash or a whitelist", "node %q does nothing", n.name)
	}
	return n
}

// define adds a node's own patterns to the library.
func (c *compiler) define(patterns diag.Pairs) {
	for _, p := range patterns {
		if !isWord(p.Key) {
			c.warn(p.KeyPlace, "a name is letters, digits and underscores", "no reference can name the pattern %q", p.Key)
		}
		if c.Library.Define(p.Key, p.Value.Value, p.KeyPlace) {
			c.patterns[p.Key] = p.Value
		} else if old, _ := c.Library.Lookup(p.Key); old != p.Value.Value {
			c.warn(p.KeyPlace, "the first definition applies to all files; choose another name", "pattern %s is already defined differently", p.Key)
		}
	}
}

// isWord reports whether %{...} can name a pattern.
func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func (c *compiler) warn(at diag.Place, hint, format string, args ...any) {
	c.Context.Problems.Warnf(at, hint, format, args...)
}

// meant is a hint that names the word that was probably meant, or else the given one.
func meant(word string, known []string, hint string) string {
	if near := diag.Near(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	return hint
}

// blank reports whether a key is absent, or is there with nothing behind it.
func blank(t diag.Text) bool { return strings.TrimSpace(t.Value) == "" }

func (c *compiler) grok(d *grokDoc) *grokStep {
	if d == nil {
		return nil
	}
	if blank(d.Name) && blank(d.Pattern) {
		c.missing(d.Place, "write pattern: '%{NAME:field} ...', or name: and the name of a pattern", "this grok has neither pattern nor name")
		return nil
	}
	g := &grokStep{label: d.Name.Value, statics: c.statics(d.Statics)}
	src, text, named := d.Name, d.Name.Value, !blank(d.Name)
	if !named {
		src, text = d.Pattern, d.Pattern.Value
		g.label = text
	} else {
		text = "%{" + text + "}"
	}
	pattern, err := c.Library.Compile(text)
	if err != nil {
		c.Fault(c.grokProblem(src, named, err))
		return nil
	}
	for _, w := range c.Library.Lint(text) {
		if named {
			w.Offset = 0
		}
		p := src.Problem(w.Offset, w.Hint, "%s", w.What)
		p.Severity = diag.Warning
		c.Fault(p)
	}
	g.pattern, g.place = pattern, src.At(0)
	for _, f := range pattern.Fields() {
		g.refs = append(g.refs, c.Schema.Ref(event.Parsed, f))
	}
	switch on := d.ApplyOn.Value; on {
	case "":
		if blank(d.Expression) {
			c.missing(d.Place, "write apply_on: Line.Raw, apply_on: message or expression: ...", "grok has nothing to be applied on")
		}
		g.expr = c.program(d.Expression, cond.WantAny)
	case "Line.Raw", "evt.Line.Raw":
		g.raw = true
	default:
		g.on = c.Schema.Ref(event.Parsed, on)
	}
	return g
}

// grokProblem places a grok fault where it is to be mended: inside the pattern's text, inside a pattern_syntax of this
// document, or at the name of a pattern from elsewhere.
func (c *compiler) grokProblem(src diag.Text, named bool, err error) diag.Problem {
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
	if own, ok := c.patterns[fault.Name]; ok {
		_, err := c.Library.Compile(own.Value)
		if inner, ok := errors.AsType[*grok.Error](err); ok && inner.Name == "" {
			return own.Problem(inner.Offset, inner.Hint, "%s", inner.Reason)
		}
	}
	return src.Problem(offset, fault.Hint, "pattern %s (%s): %s", fault.Name, fault.Place, fault.Reason)
}

func (c *compiler) stash(docs []stashDoc) []stashStep {
	var out []stashStep
	for i := range docs {
		d := &docs[i]
		switch {
		case d.Name.Value == "":
			c.missing(d.Place, "give the stash a name", "stash without name")
			continue
		case blank(d.Key) || blank(d.Value):
			c.missing(d.Place, "write key: and value: expressions", "stash %s without key or value", d.Name.Value)
			continue
		case d.TTL <= 0:
			c.missing(d.Place, "write for example ttl: 1m", "stash %s without ttl", d.Name.Value)
			continue
		}
		if c.Host.Stash != nil {
			size := d.Size
			if size == 0 {
				size = 100
			}
			if err := c.Host.Stash.Configure(d.Name.Value, size, d.Strategy); err != nil {
				c.Fault(d.Name.Problem(0, "", "%s", err))
			}
		}
		out = append(out, stashStep{
			name: d.Name.Value, ttl: d.TTL,
			key: c.program(d.Key, cond.WantString), value: c.program(d.Value, cond.WantString),
		})
	}
	return out
}
