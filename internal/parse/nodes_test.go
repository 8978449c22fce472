package parse_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// story runs a line through rules of one or more stages and tells what came of it: "parsed" or "stage: why", the nodes
// in the order in which they ended, and the fields.
func story(t *testing.T, rules, line string) string {
	t.Helper()
	if !strings.HasPrefix(rules, "== ") {
		rules = "== s00-raw\n" + rules
	}
	b := build(t, rules, false, nil)
	ev, out := b.line(line, tocsin.EventClock)
	told := []string{"parsed"}
	if !out.Parsed {
		told = []string{out.Stage + ": " + out.Why}
	}
	told = append(told, b.trace.ran...)
	for _, sp := range []event.Space{event.Parsed, event.Meta, event.Enriched} {
		m := ev.Map(sp)
		for _, k := range slices.Sorted(maps.Keys(m)) {
			told = append(told, fmt.Sprintf("%s.%s=%s", sp, k, m[k]))
		}
	}
	return strings.Join(told, " ")
}

// telling makes the function of the tests below.
func telling(t *testing.T) func(rules, line, want string) {
	t.Helper()
	return func(rules, line, want string) {
		t.Helper()
		if got := story(t, rules, line); got != want {
			t.Errorf("%s\nthe line %q gives\n%s, want\n%s", rules, line, got, want)
		}
	}
}

const (
	grokA   = "  grok: {pattern: 'a%{INT:a}', apply_on: Line.Raw}\n"
	grokB   = "  grok: {pattern: 'b%{INT:b}', apply_on: Line.Raw}\n"
	setDone = "statics: [{meta: done, value: 'yes'}]\n"
)

// TestGrok: a pattern succeeds with at least one field; its fields overwrite, also with nothing; it needs something to
// look at.
func TestGrok(t *testing.T) {
	f := telling(t)
	const n = "name: n\n"
	f(n+"grok: {pattern: 'a%{INT:a}', apply_on: Line.Raw}", "a12", "parsed +n Parsed.a=12")
	f(n+"grok: {pattern: 'a%{INT:a}', apply_on: evt.Line.Raw}", "a12", "parsed +n Parsed.a=12")
	f(n+"grok: {pattern: 'a%{INT}', apply_on: Line.Raw}", "a12", "s00-raw: no node of the stage accepted it -n")
	f(n+"grok: {pattern: '%{WORD:a}(?: %{INT:b})?', apply_on: Line.Raw}", "x", "parsed +n Parsed.a=x Parsed.b=")
	f(n+"grok: {pattern: '%{INT:a}', apply_on: a}", "1", "s00-raw: no node of the stage accepted it -n")
	f(n+"grok: {name: INT2, apply_on: Line.Raw}\npattern_syntax: {INT2: '%{INT:i}'}", "7", "parsed +n Parsed.i=7")
	f(n+"grok: {name: INT2, pattern: '%{WORD:w}', apply_on: Line.Raw}\npattern_syntax: {INT2: '%{INT:i}'}", "7", "parsed +n Parsed.i=7")

	// A group that takes no part overwrites what was there.
	f(n+"statics: [{parsed: b, value: old}]\n---\nname: m\ngrok: {pattern: '%{WORD:a}(?: %{INT:b})?', apply_on: Line.Raw}", "x",
		"parsed +n +m Parsed.a=x Parsed.b=")

	// An expression gives text or a number; anything else counts as an empty text. apply_on wins over it.
	f(n+"grok: {pattern: '^%{WORD:w}$', expression: 'Upper(evt.Line.Raw)'}", "x", "parsed +n Parsed.w=X")
	f(n+"grok: {pattern: '^%{INT:i}$', expression: 'len(evt.Line.Raw)'}", "abc", "parsed +n Parsed.i=3")
	f(n+"grok: {pattern: '^%{DATA:i}$', expression: 'len(evt.Line.Raw) / 2'}", "abc", "parsed +n Parsed.i=1.500000")
	f(n+"grok: {pattern: '^%{DATA:i}$', expression: \"evt.Line.Raw == 'abc'\"}", "abc", "parsed +n Parsed.i=")
	f(n+"grok: {pattern: '^%{DATA:i}$', expression: 'int(evt.Line.Raw)'}", "abc", "s00-raw: no node of the stage accepted it -n")
	f(n+"grok: {pattern: '%{WORD:w}', apply_on: Line.Raw, expression: \"'other'\"}", "x", "parsed +n Parsed.w=x")

	// The grok's own statics are set on success, also when the node fails in the end.
	f(n+"grok: {pattern: 'a%{INT:a}', apply_on: Line.Raw, statics: [{meta: m, value: v}]}", "b1", "s00-raw: no node of the stage accepted it -n")
	f(n+"grok: {pattern: 'a%{INT:a}', apply_on: Line.Raw, statics: [{meta: m, expression: evt.Parsed.a}]}", "a1", "parsed +n Parsed.a=1 Meta.m=1")
}

// TestFilter: false, an error and no filter at all.
func TestFilter(t *testing.T) {
	f := telling(t)
	const rest = "\n" + setDone
	f("name: n\nfilter: evt.Line.Raw == 'x'"+rest, "x", "parsed +n Meta.done=yes")
	f("name: n\nfilter: evt.Line.Raw == 'x'"+rest, "y", "s00-raw: no node of the stage accepted it -n")
	f("name: n\nfilter: evt.Unmarshaled.a.b == 'x'"+rest, "x", "s00-raw: no node of the stage accepted it -n")
	f("name: n"+rest, "x", "parsed +n Meta.done=yes")
	f("name: n\nfilter: ''"+rest, "x", "parsed +n Meta.done=yes")
	// Absent keys are empty text, never nil.
	f("name: n\nfilter: evt.Parsed.no == nil"+rest, "x", "s00-raw: no node of the stage accepted it -n")
	f("name: n\nfilter: evt.Parsed.no == ''"+rest, "x", "parsed +n Meta.done=yes")
	f("name: n\nfilter: evt.Unmarshaled.no == nil"+rest, "x", "parsed +n Meta.done=yes")
}

// TestChildren: they run even after the parent's grok failed; the last one decides for a parent without a grok of its own
// that succeeded; the parent's next_stage ends the round at the first success.
func TestChildren(t *testing.T) {
	f := telling(t)
	const both = "nodes:\n- name: ca\n" + grokA + "- name: cb\n" + grokB + setDone
	f("name: p\n"+both, "a1 b2", "parsed +ca +cb +p Parsed.a=1 Parsed.b=2 Meta.done=yes")
	f("name: p\n"+both, "b2", "parsed -ca +cb +p Parsed.b=2 Meta.done=yes")
	f("name: p\n"+both, "a1", "s00-raw: no node of the stage accepted it +ca -cb -p Parsed.a=1")
	f("name: p\n"+both, "c", "s00-raw: no node of the stage accepted it -ca -cb -p")
	f("name: p\nonsuccess: next_stage\n"+both, "a1 b2", "parsed +ca +p Parsed.a=1 Meta.done=yes")
	f("name: p\nonsuccess: next_stage\n"+both, "b2", "parsed -ca +cb +p Parsed.b=2 Meta.done=yes")

	// With a grok that failed, children run and decide as without one; with one that succeeded they cannot fail the node.
	const own = "grok: {pattern: 'p%{INT:p}', apply_on: Line.Raw}\n"
	f("name: p\n"+own+both, "b2", "parsed -ca +cb +p Parsed.b=2 Meta.done=yes")
	f("name: p\n"+own+both, "a1", "s00-raw: no node of the stage accepted it +ca -cb -p Parsed.a=1")
	f("name: p\n"+own+both, "p3", "parsed -ca -cb +p Parsed.p=3 Meta.done=yes")
	f("name: p\n"+own+both, "p3 a1", "parsed +ca -cb +p Parsed.a=1 Parsed.p=3 Meta.done=yes")

	// A child's onsuccess does not end the round of its brothers. One without name is called after its parent.
	f("name: p\nnodes:\n- onsuccess: next_stage\n"+grokA+"- name: cb\n"+grokB, "a1 b2", "parsed +child-p +cb +p Parsed.a=1 Parsed.b=2")
	// What a child of a failed parent did remains.
	f("name: p\nnodes:\n- name: ca\n"+grokA+"  statics: [{meta: m, value: v}]\n- name: cb\n"+grokB, "a1",
		"s00-raw: no node of the stage accepted it +ca -cb -p Parsed.a=1 Meta.m=v")
}

// TestStages: every stage needs a node that accepts, and to leave one a node must say so.
func TestStages(t *testing.T) {
	f := telling(t)
	node := func(name, extra string) string {
		return "name: " + name + "\n" + extra + "statics: [{meta: " + name + ", value: v}]\n"
	}
	const next, never = "onsuccess: next_stage\n", "filter: 1 == 2\n"
	f("== s00-raw\n"+node("a", next)+"== s01-parse\n"+node("b", ""), "", "parsed +a +b Meta.a=v Meta.b=v")
	f("== s01-parse\n"+node("b", "")+"== s00-raw\n"+node("a", next), "", "parsed +a +b Meta.a=v Meta.b=v")
	f("== s00-raw\n"+node("a", "")+"== s01-parse\n"+node("b", ""), "", "s00-raw: no node let it leave the stage +a Meta.a=v")
	f("== s00-raw\n"+node("a", next)+"== s01-parse\n"+node("b", never), "", "s01-parse: no node of the stage accepted it +a -b Meta.a=v")
	f("== s00-raw\n"+node("a", next)+"== s01-parse\n"+node("b", next)+"== s02-enrich\n"+node("c", never), "",
		"s02-enrich: no node of the stage accepted it +a +b -c Meta.a=v Meta.b=v")
	// next_stage of a node ends the stage: later nodes do not run. continue lets all run, in order.
	f("== s00-raw\n"+node("a", next)+"---\n"+node("b", next)+"== s01-parse\n"+node("c", ""), "", "parsed +a +c Meta.a=v Meta.c=v")
	f("== s00-raw\n"+node("a", "")+"---\n"+node("b", next)+"== s01-parse\n"+node("c", ""), "", "parsed +a +b +c Meta.a=v Meta.b=v Meta.c=v")
	// next_stage in the last stage goes nowhere, but ends it.
	f("== s00-raw\n"+node("a", next)+"---\n"+node("b", ""), "", "parsed +a Meta.a=v")

	// A child and its parent both move the event: a stage is skipped, unless there is none to skip.
	const twice = "name: p\nonsuccess: next_stage\nnodes:\n- name: c\n  onsuccess: next_stage\n  statics: [{meta: c, value: v}]\n"
	f("== s00-raw\n"+twice+"== s01-parse\n"+node("b", next)+"== s02-enrich\n"+node("e", ""), "", "parsed +c +p +e Meta.c=v Meta.e=v")
	f("== s00-raw\n"+twice+"== s01-parse\n"+node("b", ""), "", "parsed +c +p +b Meta.b=v Meta.c=v")
	// Only the child moves it: the stage ends there, whatever comes behind.
	f("== s00-raw\nname: p\nnodes:\n- name: c\n  onsuccess: next_stage\n  statics: [{meta: c, value: v}]\n---\n"+node("q", "")+"== s01-parse\n"+node("b", ""), "",
		"parsed +c +p +b Meta.b=v Meta.c=v")
	// A static may name the stage, also a later one and one that does not exist.
	const jump = "name: j\nstatics: [{target: evt.Stage, value: %s}]\n"
	f("== s00-raw\n"+fmt.Sprintf(jump, "s02-enrich")+"== s01-parse\n"+node("b", "")+"== s02-enrich\n"+node("e", ""), "", "parsed +j +e Meta.e=v")
	f("== s00-raw\n"+fmt.Sprintf(jump, "nowhere")+"== s01-parse\n"+node("b", ""), "", "nowhere: no node let it leave the stage +j")
}

// TestWhitelist: one that does not match succeeds all the same; an event that matches goes on.
func TestWhitelist(t *testing.T) {
	ip := func(addr string) string {
		return "name: set\nstatics: [{meta: source_ip, value: '" + addr + "'}]\n---\n"
	}
	f := func(rules, addr string, want string) {
		t.Helper()
		b := build(t, "== s00-raw\n"+ip(addr)+rules, false, nil)
		ev, out := b.line("x", tocsin.EventClock)
		v := ev.View()
		got := fmt.Sprintf("%t %t %q %s", out.Parsed, v.Whitelisted, v.WhitelistReason, strings.Join(b.trace.ran[1:], " "))
		if done := v.Meta["done"]; done != "" {
			got += " " + done
		}
		if got != want {
			t.Errorf("%s\nof %s gives %s, want %s", rules, addr, got, want)
		}
	}
	const w = "name: w\nwhitelist: {reason: ours, "
	f(w+"ip: [192.0.2.1, 2001:db8::1]}", "192.0.2.1", `true true "ours" +w`)
	f(w+"ip: [192.0.2.1, 2001:db8::1]}", "192.0.2.2", `true false "" +w`)
	f(w+"ip: [192.0.2.1, 2001:db8::1]}", "2001:0db8::0001", `true true "ours" +w`)
	f(w+"ip: [192.0.2.1]}", "", `true false "" +w`)
	f(w+"ip: [192.0.2.1]}", "no address", `true false "" +w`)
	f(w+"cidr: [192.0.2.0/24]}", "192.0.2.77", `true true "ours" +w`)
	f(w+"cidr: [192.0.2.99/24]}", "192.0.2.77", `true true "ours" +w`)
	f(w+"cidr: [192.0.2.0/24]}", "192.0.3.1", `true false "" +w`)
	f(w+"cidr: ['2001:db8::/32']}", "2001:db8:1::1", `true true "ours" +w`)
	f(w+"expression: [\"evt.Meta.source_ip == '1.2.3.4'\", \"evt.Line.Raw == 'x'\"]}", "192.0.2.1", `true true "ours" +w`)
	f(w+"expression: [\"evt.Meta.source_ip == '1.2.3.4'\"]}", "192.0.2.1", `true false "" +w`)
	// One that fails is not true, and does not keep the next one from being asked.
	f(w+"expression: ['evt.Unmarshaled.a.b', 'true']}", "192.0.2.1", `true true "ours" +w`)

	// IPv4 in the clothes of IPv6 is IPv4, on both sides.
	f(w+"ip: [192.0.2.1]}", "::ffff:192.0.2.1", `true true "ours" +w`)
	f(w+"ip: ['::ffff:192.0.2.1']}", "192.0.2.1", `true true "ours" +w`)
	f(w+"cidr: [192.0.2.0/24]}", "::ffff:192.0.2.9", `true true "ours" +w`)
	f(w+"cidr: ['::ffff:192.0.2.0/120']}", "192.0.2.9", `true true "ours" +w`)
	f(w+"cidr: ['::/0']}", "192.0.2.9", `true false "" +w`)

	// Statics of a whitelist node are set only when it matches; those of an empty one always.
	f(w+"ip: [192.0.2.1]}\n"+setDone, "192.0.2.1", `true true "ours" +w yes`)
	f(w+"ip: [192.0.2.1]}\n"+setDone, "192.0.2.2", `true false "" +w`)
	f(w+"ip: []}\n"+setDone, "192.0.2.2", `true false "" +w yes`)
	// The filter decides before the list, and the first list that matches gives the reason; the rest of the nodes run.
	f("name: w\nfilter: 1 == 2\nwhitelist: {reason: ours, ip: [192.0.2.1]}", "192.0.2.1", `true false "" -w`)
	f(w+"ip: [192.0.2.1]}\n---\nname: v\nwhitelist: {reason: other, ip: [192.0.2.1]}\n"+setDone, "192.0.2.1", `true true "ours" +w +v yes`)
}
