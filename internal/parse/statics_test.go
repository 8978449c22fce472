package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// TestStaticValues: what an expression may give, and what becomes of it.
func TestStaticValues(t *testing.T) {
	f := func(static, want string) {
		t.Helper()
		b := build(t, "== s00-raw\nname: n\nstatics:\n- {meta: m, value: old}\n- method: UnmarshalJSON\n  expression: evt.Line.Raw\n- {meta: m, "+static+"}", false, nil)
		ev, out := b.line(`{"t": true, "n": null, "f": 1.5, "i": 3, "s": "text", "l": ["a"], "o": {"k": "v"}}`, tocsin.EventClock)
		got, _ := ev.GetName(event.Meta, "m")
		if !out.Parsed {
			got = out.Why
		} else if len(b.trace.notes) > 0 {
			got += "; " + strings.Join(b.trace.notes, "; ")
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", static, got, want)
		}
	}
	f(`value: new`, "new")
	f(`value: ''`, "old")
	f(`expression: "'new'"`, "new")
	f(`expression: "''"`, "old")
	f(`expression: evt.Parsed.absent`, "old")
	f(`expression: 1 + 1`, "2")
	f(`expression: -7`, "-7")
	f(`expression: 1.5`, "1.500000")
	f(`expression: 1 / 3`, "0.333333")
	f(`expression: evt.Unmarshaled.f`, "1.500000")
	f(`expression: evt.Unmarshaled.i`, "3.000000") // JSON has one kind of number
	f(`expression: evt.Unmarshaled.s`, "text")
	f(`expression: evt.Unmarshaled.n`, "old")
	f(`expression: evt.Unmarshaled.absent`, "old")
	f(`expression: evt.Unmarshaled.l`, "old; meta.m: a []interface {} is not assigned")
	f(`expression: evt.Unmarshaled.o`, "old; meta.m: a map[string]interface {} is not assigned")
	f(`expression: "['a', 'b']"`, "old; meta.m: a []interface {} is not assigned")
	// true or false that only the event reveals drops it.
	f(`expression: evt.Unmarshaled.t`, "static meta.m: the expression gives true or false, which cannot be assigned; write `... ? 'true' : 'false'`")
	f(`expression: "evt.Unmarshaled.t ? 'true' : 'false'"`, "true")
	f(`expression: evt.Time`, "static meta.m: the expression gives a time.Time, which cannot be assigned")
	// What fails while running assigns nothing.
	f(`expression: evt.Unmarshaled.a.b`, "old; meta.m: s00-raw.yaml:6:43: there is no b: what it should be part of is missing")
	f(`expression: int(evt.Unmarshaled.s)`, "old; meta.m: s00-raw.yaml:6:25: `text` is no number")
	// value wins over expression.
	f(`value: v, expression: "'e'"`, "v")
}

// TestAbortedEvent: an event that a static drops is gone even if a node before accepted it; what comes next is not touched.
func TestAbortedEvent(t *testing.T) {
	b := build(t, `== s00-raw
name: good
onsuccess: continue
statics: [{meta: m, value: v}]
---
name: bad
filter: evt.Line.Raw startsWith '{'
statics: [{method: UnmarshalJSON, value: x}, {meta: b, expression: evt.Unmarshaled.t}]
`, false, nil)
	ev, out := b.line(`{"t": true}`, tocsin.EventClock)
	if out.Parsed || ev.Aborted == "" || b.runner.Counters.Aborted != 1 || ev.Scalars().Process {
		t.Errorf("outcome %+v, aborted %q, counted %d", out, ev.Aborted, b.runner.Counters.Aborted)
	}
	if ev, out = b.line("next", tocsin.EventClock); !out.Parsed || ev.Aborted != "" {
		t.Errorf("the next line: outcome %+v, aborted %q", out, ev.Aborted)
	}
}

// TestStaticTargets: every field that a static can name, by its own key or by a path.
func TestStaticTargets(t *testing.T) {
	f := func(static string, want func(v *event.View) string) {
		t.Helper()
		b := build(t, "== s00-raw\nname: n\nstatics: [{"+static+", value: new}]", false, nil)
		ev, out := b.line("x", tocsin.EventClock)
		if got := want(ev.View()); got != "new" {
			t.Errorf("%s assigns %q (%+v), want new", static, got, out)
		}
	}
	f("parsed: k", func(v *event.View) string { return v.Parsed["k"] })
	f("meta: k", func(v *event.View) string { return v.Meta["k"] })
	f("enriched: k", func(v *event.View) string { return v.Enriched["k"] })
	f("target: evt.Parsed.k", func(v *event.View) string { return v.Parsed["k"] })
	f("target: Parsed.k", func(v *event.View) string { return v.Parsed["k"] })
	f("target: evt.Parsed.a.b", func(v *event.View) string { return v.Parsed["a.b"] })
	f("target: Meta.k", func(v *event.View) string { return v.Meta["k"] })
	f("target: evt.Enriched.k", func(v *event.View) string { return v.Enriched["k"] })
	f("target: StrTime", func(v *event.View) string { return v.StrTime })
	f("target: evt.StrTimeFormat", func(v *event.View) string { return v.StrTimeFormat })
	f("target: evt.MarshaledTime", func(v *event.View) string { return v.MarshaledTime })
	f("target: evt.WhitelistReason", func(v *event.View) string { return v.WhitelistReason })
	f("target: evt.Line.Raw", func(v *event.View) string { return v.Line.Raw })
	f("target: evt.Line.Src", func(v *event.View) string { return v.Line.Src })
	f("target: evt.Line.Module", func(v *event.View) string { return v.Line.Module })
	f("target: evt.Line.Labels.k", func(v *event.View) string { return v.Line.Labels["k"] })
	f("target: evt.Overflow.Mapkey", func(v *event.View) string { return v.Overflow.Mapkey })
	// The first of the keys counts: method, parsed, meta, enriched, target.
	f("meta: k, parsed: k", func(v *event.View) string { return v.Parsed["k"] })
	f("meta: k, target: StrTime", func(v *event.View) string { return v.Meta["k"] })

	// Labels belong to all lines of a source: only the event's own copy changes.
	shared := map[string]string{"type": "test"}
	b := build(t, "== s00-raw\nname: n\nstatics: [{target: evt.Line.Labels.k, value: new}]", false, nil)
	ev := event.New(b.schema)
	ev.Reset(1, &tocsin.Line{Raw: "x", Labels: shared})
	b.parse(ev)
	if diff := cmp.Diff(map[string]string{"type": "test"}, shared); diff != "" {
		t.Errorf("the labels of the source changed:\n%s", diff)
	}
}

// TestOverflowTargets: fields of an overflow's alert, which an event of a line does not have.
func TestOverflowTargets(t *testing.T) {
	f := func(target string, want func(a *tocsin.Alert) string) {
		t.Helper()
		b := build(t, "== s00-enrich\nname: n\nstatics: [{target: evt.Overflow.Alert."+target+", value: new}]", true, nil)
		alerts := []tocsin.Alert{{Source: &tocsin.AlertSource{}}}
		ev := event.New(b.schema)
		ev.ResetOverflow(1, tocsin.EventClock, arrived, arrived, event.Overflow{Alert: &alerts[0], APIAlerts: alerts})
		b.parse(ev)
		if got := want(&alerts[0]); got != "new" {
			t.Errorf("%s assigns %q, want new", target, got)
		}
		// On the event of a line it does nothing.
		if _, out := b.line("x", tocsin.EventClock); !out.Parsed {
			t.Errorf("%s on a line: %+v", target, out)
		}
	}
	f("Scenario", func(a *tocsin.Alert) string { return a.Scenario })
	f("Message", func(a *tocsin.Alert) string { return a.Message })
	f("Source.Scope", func(a *tocsin.Alert) string { return a.Source.Scope })
	f("Source.Value", func(a *tocsin.Alert) string { return a.Source.Value })
	f("Source.IP", func(a *tocsin.Alert) string { return a.Source.IP })
	f("Source.Range", func(a *tocsin.Alert) string { return a.Source.Range })
	f("Source.Cn", func(a *tocsin.Alert) string { return a.Source.Cn })
	f("Source.AsName", func(a *tocsin.Alert) string { return a.Source.AsName })
	f("Source.AsNumber", func(a *tocsin.Alert) string { return a.Source.AsNumber })
}

// TestStash: a node remembers for later lines, if its grok succeeded.
func TestStash(t *testing.T) {
	b := build(t, `== s00-raw
name: login
grok: {pattern: 'login %{INT:session} %{WORD:user}', apply_on: Line.Raw}
stash:
- name: users
  key: evt.Parsed.session
  value: evt.Parsed.user
  ttl: 1m
---
name: failing
grok: {pattern: 'fail %{INT:x}', apply_on: Line.Raw}
nodes: [{grok: {pattern: '(?i)%{WORD:any}', apply_on: Line.Raw}}]
stash:
- {name: users, key: "'9'", value: "'bob'", ttl: 1m}
---
name: act
grok: {pattern: 'act %{INT:session}', apply_on: Line.Raw}
statics: [{meta: user, expression: "GetFromStash('users', evt.Parsed.session)"}]
---
name: always
stash: [{name: seen, key: evt.Line.Raw, value: evt.Line.Src, ttl: 1m}]
statics: [{meta: seen, expression: "GetFromStash('seen', evt.Line.Raw)"}]
`, false, nil)
	f := func(line, want string) {
		t.Helper()
		ev, _ := b.line(line, tocsin.EventClock)
		user, _ := ev.GetName(event.Meta, "user")
		seen, _ := ev.GetName(event.Meta, "seen")
		if got := fmt.Sprintf("%s %s", user, seen); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	f("act 7", " test.log")
	f("login x alice", " test.log")
	f("act 9", " test.log") // a grok that fails keeps its node from remembering, though a child succeeds
	f("fail 1", " test.log")
	f("act 9", "bob test.log")
	f("login 7 alice", " test.log")
	f("act 7", "alice test.log")
	f("act 8", " test.log")
}
