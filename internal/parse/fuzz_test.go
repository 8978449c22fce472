package parse_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/event"
	"tocsin.example/internal/testx"
)

// fuzzRules write fields in all ways there are: by grok, by statics, by methods, from within expressions, under names that
// a rule knows and under names that only a line knows.
const fuzzRules = `== s00-raw
name: raw
onsuccess: next_stage
grok: {pattern: '^%{WORD:program}(?:\[%{INT:pid}\])?: %{GREEDYDATA:message}', apply_on: Line.Raw}
statics:
- {meta: program, expression: evt.Parsed.program}
- {target: evt.StrTime, expression: evt.Parsed.pid}
---
name: other
onsuccess: next_stage
statics: [{parsed: message, expression: evt.Line.Raw}]
== s01-parse
name: kv
onsuccess: next_stage
filter: ParseKV(evt.Parsed.message, evt.Unmarshaled, 'kv') in ['', nil]
statics:
- {meta: source_ip, expression: evt.Unmarshaled.kv.ip}
- {meta: any, expression: "evt.SetParsed(evt.Parsed.message, evt.Line.Raw) ? evt.Parsed.message : 'never'"}
---
name: json
onsuccess: next_stage
filter: UnmarshalJSON(evt.Parsed.message, evt.Unmarshaled, 'json') in ['', nil]
statics: [{meta: source_ip, expression: evt.Unmarshaled.json.ip}]
---
name: children
onsuccess: next_stage
nodes:
- grok: {pattern: '%{INT:a} %{INT:b}', apply_on: message}
- grok: {pattern: '%{WORD:a}(?: %{INT:b})?', apply_on: message}
  filter: evt.SetMeta(evt.Parsed.message, 'x')
  statics: [{enriched: b, expression: evt.Parsed.b}]
== s02-enrich
name: dates
statics: [{method: ParseDate, expression: evt.StrTime}, {target: evt.MarshaledTime, expression: evt.Enriched.MarshaledTime}]
---
name: ours
whitelist: {reason: ours, ip: [192.0.2.1], expression: ["evt.Meta.program == 'ours'"]}
statics: [{meta: ours, value: 'yes'}]
`

// FuzzParse feeds lines through parsers, several through one event: nothing crashes, the maps that expressions see are the
// fields, the same line gives the same event again, and nothing of a line is left in the next event.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "sshd[7]: hello", "sshd: ip=192.0.2.1 user=\"a b\"", `app: {"ip": "192.0.2.1"}`, "x: 1 2", "\x00\xff\xfe", "ours: a=b",
		"a[99999999999999999999]: k=v", "a: =", `a: {"ip": {}}`, strings.Repeat("a ", 100),
	} {
		f.Add(s, "sshd[1]: a=b")
	}
	b := build(f, fuzzRules, false, nil)
	used := event.New(b.schema)
	parse := func(ev *event.Event, raw string) (event.View, string) {
		ev.Reset(1, &tocsin.Line{Raw: raw, Labels: map[string]string{"type": "test"}, Time: arrived, Clock: tocsin.EventClock})
		out := b.parse(ev)
		b.trace.ran, b.trace.notes = nil, nil
		return ev.Copy().View, out.Stage + out.Why
	}
	for _, s := range testx.Naughty() {
		f.Add("sshd[1]: user="+s, s)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		parse(used, first)
		got, gotOut := parse(used, second)
		for _, sp := range []event.Space{event.Parsed, event.Meta, event.Enriched} {
			view := used.View()
			seen := map[event.Space]map[string]string{event.Parsed: view.Parsed, event.Meta: view.Meta, event.Enriched: view.Enriched}[sp]
			if diff := cmp.Diff(used.Map(sp), seen); diff != "" {
				t.Errorf("%s of %q: fields (-) and what expressions see (+) differ:\n%s", sp, second, diff)
			}
		}
		want, wantOut := parse(event.New(b.schema), second)
		if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".owner" }, cmp.Ignore())); diff != "" || gotOut != wantOut {
			t.Errorf("%q after %q: %s, fresh %s:\n%s", second, first, gotOut, wantOut, diff)
		}
	})
}

// TestRealLines feeds real logs through the same rules, for the same invariants.
func TestRealLines(t *testing.T) {
	logs, err := filepath.Glob(filepath.Join(testx.Corpora(t), "hub", ".tests", "*", "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs of hub tests: %v", err)
	}
	b := build(t, fuzzRules, false, nil)
	ev := event.New(b.schema)
	n := 0
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if n++; n > 20_000 {
				return
			}
			ev.Reset(1, &tocsin.Line{Raw: strings.TrimSpace(line), Time: arrived, Clock: tocsin.EventClock})
			b.parse(ev)
			v := ev.View()
			for sp, seen := range map[event.Space]map[string]string{event.Parsed: v.Parsed, event.Meta: v.Meta, event.Enriched: v.Enriched} {
				if diff := cmp.Diff(ev.Map(sp), seen); diff != "" {
					t.Fatalf("%s: %s of %q: fields (-) and what expressions see (+) differ:\n%s", name, sp, line, diff)
				}
			}
		}
	}
}
