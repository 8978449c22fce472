package explain_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/explain"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
)

const parsers = `
name: t/door
filter: "evt.Line.Labels.type == 'door'"
onsuccess: next_stage
nodes:
  - name: t/door-opened
    filter: evt.Line.Raw startsWith 'opened '
    statics: [{meta: what, value: opened}]
  - name: t/door-failed
    filter: evt.Line.Raw startsWith 'failed '
    statics: [{meta: what, value: failed}]
statics:
  - {meta: source_ip, expression: "split(evt.Line.Raw, ' ')[1]"}
  - {parsed: user, expression: "split(evt.Line.Raw, ' ')[2]"}
  - {target: MarshaledTime, value: "2026-03-01T10:00:00Z"}
---
name: t/lift
filter: "evt.Line.Labels.type == 'lift'"
onsuccess: next_stage
nodes:
  - filter: evt.Line.Raw startsWith 'up '
    statics: [{meta: what, value: up}]
`

const enrich = `
name: t/enrich
whitelist:
  reason: our own
  ip: [192.0.2.99]
`

const scenarios = `
type: leaky
name: t/fails
description: d
filter: evt.Meta.what == 'failed'
groupby: evt.Parsed.user
capacity: 1
leakspeed: 10s
---
type: leaky
name: t/fails
description: the same name again
filter: evt.Meta.what == 'failed'
groupby: evt.Meta.source_ip
capacity: 4
leakspeed: 10s
---
type: trigger
name: t/breaks
description: d
filter: evt.Unmarshaled.no.such == 1
`

func newExplainer(t testing.TB) *explain.Explainer {
	t.Helper()
	return newExplainerOf(t, parsers)
}

func newExplainerOf(t testing.TB, parsers string) *explain.Explainer {
	t.Helper()
	var problems diag.List
	mk := func(kind rule.Type, stage, text string) []rule.File {
		f := rule.New(kind, "x", stage+".yaml", []byte(text))
		f.Stage, f.Order = stage, stage+"/x"
		return []rule.File{f}
	}
	e, err := detect.Load(detect.Rules{
		Parsers:   slices.Concat(mk(rule.Parser, "s01-parse", parsers), mk(rule.Parser, "s02-enrich", enrich)),
		Scenarios: mk(rule.Scenario, "", scenarios), Patterns: grok.NewLibrary(), Mode: diag.Own,
	}, detect.Options{Host: &cond.Host{Stash: stash.New()}, Fast: true}, &problems)
	if err != nil || problems.Err() != nil {
		t.Fatal(err, problems.Err())
	}
	return explain.New(e)
}

var now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// TestLine holds what a line's way looks like: stages, nodes, changes, scenarios and buckets, from line to line.
func TestLine(t *testing.T) {
	x := newExplainer(t)
	f := func(raw, kind, want string) {
		t.Helper()
		r := x.Line(raw, 0, "x.log", kind, now)
		var b strings.Builder
		fmt.Fprintf(&b, "%s %v %s|%s", r.Type, r.OK, r.StoppedAt, r.Why)
		for _, st := range r.Stages {
			fmt.Fprintf(&b, "\n%s:", st.Name)
			for _, n := range st.Nodes {
				b.WriteString(" " + tree(n))
			}
		}
		fmt.Fprintf(&b, "\nwhitelisted %v %s", r.Whitelisted, r.Reason)
		fmt.Fprintf(&b, "\nscenarios %v buckets %v failures %d", r.Scenarios, r.Buckets, len(r.Failures))
		if d := cmp.Diff(strings.TrimSpace(want), b.String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", raw, d)
		}
	}
	f("failed 192.0.2.1 root", "door", `
door true |
s01-parse: t/door(t/door-opened! t/door-failed[+Meta.what])[+MarshaledTime +Meta.source_ip +Meta.what +Parsed.user ~Stage]
s02-enrich: t/enrich
whitelisted false 
scenarios [t/fails] buckets [{t/fails root false} {t/fails 192.0.2.1 false}] failures 1`)
	f("failed 192.0.2.1 root", "door", `
door true |
s01-parse: t/door(t/door-opened! t/door-failed[+Meta.what])[+MarshaledTime +Meta.source_ip +Meta.what +Parsed.user ~Stage]
s02-enrich: t/enrich
whitelisted false 
scenarios [t/fails] buckets [{t/fails root true} {t/fails 192.0.2.1 false}] failures 1`)
	f("failed 192.0.2.99 root", "door", `
door true |
s01-parse: t/door(t/door-opened! t/door-failed[+Meta.what])[+MarshaledTime +Meta.source_ip +Meta.what +Parsed.user ~Stage]
s02-enrich: t/enrich[+WhitelistReason]
whitelisted true our own
scenarios [] buckets [] failures 0`)
	f("closed", "door", `
door false s01-parse|no node of the stage accepted it; nearest was t/door: no child of it succeeded last
s01-parse: t/door(t/door-opened! t/door-failed!)! t/lift!
whitelisted false 
scenarios [] buckets [] failures 0`)
	f("closed", "cellar", `
cellar false s01-parse|no node of the stage accepted it; every node's filter was false: is the type right?
s01-parse: t/door! t/lift!
whitelisted false 
scenarios [] buckets [] failures 0`)
	f("up", "lift", `
lift false s01-parse|no node of the stage accepted it; nearest was t/lift: no child of it succeeded last
s01-parse: t/door! t/lift(child-t/lift!)!
whitelisted false 
scenarios [] buckets [] failures 0`)
}

// TestDocument holds that a document that a node decodes is a change of that node.
func TestDocument(t *testing.T) {
	x := newExplainerOf(t, `
name: t/json
filter: UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, 'doc') in ['', nil]
statics: [{meta: who, expression: evt.Unmarshaled.doc.who}]
`)
	r := x.Line(`{"who":"root"}`, 0, "x.log", "door", now)
	if got, want := tree(r.Stages[0].Nodes[0]), "t/json[+Meta.who +Unmarshaled.doc]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// tree writes a node: "!" behind one that failed, its children in parentheses, its changes in brackets.
func tree(n *explain.Node) string {
	s := n.Name
	if len(n.Children) > 0 {
		var below []string
		for _, c := range n.Children {
			below = append(below, tree(c))
		}
		s += "(" + strings.Join(below, " ") + ")"
	}
	if !n.OK {
		s += "!"
	}
	if len(n.Set) > 0 {
		var set []string
		for _, c := range n.Set {
			set = append(set, map[bool]string{true: "+", false: "~"}[c.New]+c.Field)
		}
		s += "[" + strings.Join(set, " ") + "]"
	}
	return s
}

// TestAuto holds that the type of a line is found out, and that guessing leaves no trace in buckets.
func TestAuto(t *testing.T) {
	x := newExplainer(t)
	f := func(raw, want string, ok bool, buckets int) {
		t.Helper()
		r := x.Line(raw, 0, "x.log", explain.Auto, now)
		if r.Type != want || r.OK != ok || len(r.Buckets) != buckets {
			t.Errorf("%s: type %s, ok %v, buckets %v; want %s, %v, %d", raw, r.Type, r.OK, r.Buckets, want, ok, buckets)
		}
	}
	f("failed 192.0.2.1 root", "door", true, 2)
	f("up ", "lift", true, 0)
	f("up ", "lift", true, 0)
	f("failed 192.0.2.1 root", "door", true, 2)
	if r := x.Line("nobody knows", 0, "x.log", explain.Auto, now); r.OK || r.Type == explain.Auto {
		t.Errorf("an unknown line: %+v", r)
	}
}

// TestResultOutlives holds that a result does not point into the line.
func TestResultOutlives(t *testing.T) {
	x, y := newExplainer(t), newExplainer(t)
	const raw = "failed 192.0.2.1 root"
	want, err := json.Marshal(x.Line(raw, 0, "x.log", "door", now))
	if err != nil {
		t.Fatal(err)
	}
	buf := []byte(raw)
	r := y.Line(unsafe.String(unsafe.SliceData(buf), len(buf)), 0, "x.log", "door", now)
	for i := range buf {
		buf[i] = '#'
	}
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestMemory holds that explaining a long log keeps nothing of its lines.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 lines")
	}
	x := newExplainer(t)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	long := strings.Repeat("x", 200)
	feed := func(n int) {
		for i := range n {
			x.Line(fmt.Sprintf("opened 192.0.2.%d user%d %s", i%200, i, long), 0, "x.log", explain.Auto, now)
		}
	}
	feed(1000)
	before := heap()
	feed(100_000)
	if grown := heap() - before; grown > 2<<20 {
		t.Errorf("the heap grew by %d bytes over 100,000 lines", grown)
	}
	runtime.KeepAlive(x)
}

// TestWhy: the reason for a stop is the one that helps.
func TestWhy(t *testing.T) {
	f := func(parsers, want string) {
		t.Helper()
		if r := newExplainerOf(t, parsers).Line("a door", 0, "x.log", "door", now); r.OK || r.Why != want {
			t.Errorf("understood: %v, because\n%s\nwant\n%s", r.OK, r.Why, want)
		}
	}
	const (
		stays  = "name: t/stays\nstatics: [{meta: a, value: b}]\n---\n"
		leaves = "name: t/leaves\nonsuccess: next_stage\ngrok: {apply_on: Line.Raw, pattern: '(?P<x>%s)'}\n---\n"
		other  = "name: t/other\nfilter: 1 == 2\nonsuccess: next_stage\nstatics: [{meta: a, value: b}]\n---\n"
		breaks = "name: t/breaks\nonsuccess: next_stage\nstatics: [{meta: a, expression: evt.Time}]\n---\n"
	)
	f(stays, "no node let it leave the stage; t/stays accepted it but has no onsuccess: next_stage")
	f(other+stays, "no node let it leave the stage; t/stays accepted it but has no onsuccess: next_stage")
	f(stays+fmt.Sprintf(leaves, "window"), "no node let it leave the stage; t/stays accepted it but has no onsuccess: next_stage"+
		"; nearest was t/leaves: grok (?P<x>window) keeps no field, so it never succeeds, even where it matches")
	f(fmt.Sprintf(leaves, "door"), "no node of the stage accepted it; nearest was t/leaves: grok (?P<x>door) keeps no field, so it never succeeds, even where it matches")
	f(other, "no node of the stage accepted it; every node's filter was false: is the type right?")
	f(breaks, "static meta.a: the expression gives a time.Time, which cannot be assigned")
}
