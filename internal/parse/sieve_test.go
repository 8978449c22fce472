package parse_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/event"
	"tocsin.example/internal/parse"
)

// TestSieve holds which children meet a line, and that what they leave is as if all had.
func TestSieve(t *testing.T) {
	f := func(head, children, raw string, nodes uint64) {
		t.Helper()
		rules := "== s01-a\nname: parent\nstatics: [{meta: done, value: x}]\n" + head + "\nnodes:\n" + children
		run := func(indexed bool) (parse.Outcome, *event.Kept, uint64) {
			b := buildIndexed(t, rules, indexed)
			ev, out := b.line(raw, 0)
			return out, same(ev), b.runner.Nodes
		}
		wantOut, want, all := run(false)
		out, got, met := run(true)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(event.Kept{}, event.View{})); diff != "" || out != wantOut {
			t.Errorf("%q: %+v, without an index %+v\n%s", raw, out, wantOut, diff)
		}
		if met != nodes {
			t.Errorf("%q meets %d nodes of %d, want %d", raw, met, all, nodes)
		}
	}
	on := func(field string, patterns ...string) string {
		var b strings.Builder
		for _, p := range patterns {
			b.WriteString("  - grok: {apply_on: " + field + ", pattern: '" + p + "'}\n")
		}
		return b.String()
	}
	four := on("Line.Raw", "Failed %{WORD:a}", "Invalid %{WORD:a}", "Closed %{WORD:b}", "Timeout %{WORD:b}")
	f("", four, "Failed x", 2)
	f("", four, "Timeout x", 2)
	f("", four, "Failed Timeout x", 3)
	f("", four, "deliaF x", 2) // it has the bytes
	f("", four, "", 1)
	f("", four, "Failed \xff\xfe", 2)
	f("onsuccess: next_stage", four, "Failed Invalid x", 2)
	f("grok: {apply_on: Line.Raw, pattern: '%{WORD:c}'}", four, "Failed x", 2)
	f("grok: {apply_on: Line.Raw, pattern: '%{WORD:c}'}", four, "none", 1)
	f("", on("Line.Raw", "Failed %{WORD:a}", "Invalid %{WORD:a}", "Closed %{WORD:b}"), "none", 4) // too few
	f("", four+on("Line.Raw", "%{WORD:d}", "%{WORD:d}|x"), "none", 3)                             // these need nothing
	f("", four+on("nosuch", "%{WORD:d}"), "none", 2)                                              // another field
	f("", strings.ReplaceAll(four, "Line.Raw", "nosuch"), "Failed x", 1)
	// What does something without its grok is always met.
	f("", four+"  - filter: 'true'\n    grok: {apply_on: Line.Raw, pattern: 'Q%{WORD:d}'}\n", "none", 2)
	f("", four+"  - grok: {apply_on: Line.Raw, pattern: 'Q%{WORD:d}'}\n    nodes: [{statics: [{meta: a, value: b}]}]\n", "none", 3)
	f("", four+"  - {grok: {apply_on: Line.Raw, pattern: 'Q%{WORD:d}'}, whitelist: {reason: r, expression: ['true']}}\n", "none", 2)
	// A child writes what the others look at.
	f("", "  - statics: [{target: evt.Line.Raw, value: Timeout x}]\n"+four, "Failed x", 3)
	f("", on("Line.Raw", "Failed %{WORD:a}")+"    statics: [{target: evt.Line.Raw, value: Timeout x}]\n"+four, "Failed x", 3)
	f("grok: {apply_on: Line.Raw, pattern: '%{GREEDYDATA:a}'}", on("a", "Failed %{GREEDYDATA:a}", "Failed %{GREEDYDATA:a}", "Invalid %{GREEDYDATA:a}", "Failed %{GREEDYDATA:b}"),
		"Failed Invalid x", 3)
}

// TestSieveOfManyBytes holds that a sieve is right when its groks need more bytes than it has bits.
func TestSieveOfManyBytes(t *testing.T) {
	var b strings.Builder
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_,;=@~&"
	for i := range len(letters) - 3 {
		b.WriteString("  - grok: {apply_on: Line.Raw, pattern: '" + letters[i:i+4] + "%{GREEDYDATA:a}'}\n")
	}
	x := buildIndexed(t, "== s01-a\nname: parent\nstatics: [{meta: done, value: x}]\nonsuccess: next_stage\nnodes:\n"+b.String(), true)
	for i := range len(letters) - 3 {
		ev, out := x.line("-- "+letters[i:i+4]+"rest", 0)
		if got, _ := ev.GetName(event.Parsed, "a"); got != "rest" || !out.Parsed {
			t.Errorf("%s: %q, %+v", letters[i:i+4], got, out)
		}
	}
	if n := x.runner.Nodes; n > 4*uint64(len(letters)) {
		t.Errorf("%d nodes met a line", n)
	}
}
