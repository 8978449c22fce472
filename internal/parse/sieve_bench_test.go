package parse_test

import (
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// sieveRules are a node like that of a daemon with many messages.
func sieveRules() string {
	var b strings.Builder
	b.WriteString("== s01-a\nname: parent\nonsuccess: next_stage\nstatics: [{meta: done, value: x}]\nnodes:\n")
	for _, p := range []string{
		"Failed %{WORD:a} for", "Disconnected from user %{WORD:a}", "Connection (closed|reset) by %{WORD:a}", "Bad version %{WORD:a}",
		"Invalid user %{WORD:a}", "User %{WORD:a} not allowed", "Unable to negotiate with %{WORD:a}", "Timeout before %{WORD:a}",
		"refused connect from.*%{WORD:a}", "Magic value check failed %{WORD:a}", "banner exchange: %{WORD:a}", "fatal: Connection %{WORD:a}",
	} {
		b.WriteString("  - grok: {apply_on: Line.Raw, pattern: '" + p + "'}\n")
	}
	return b.String()
}

// BenchmarkSieve is a line that no child wants.
func BenchmarkSieve(b *testing.B) {
	x := buildIndexed(b, sieveRules(), true)
	ev := event.New(x.schema)
	line := &tocsin.Line{Raw: "session opened for user root by root(uid=0)", Src: "test.log", Time: arrived}
	for b.Loop() {
		ev.Reset(1, line)
		x.parse(ev)
	}
}

// TestSieveAllocations holds that children that are left out, and those that are met, allocate nothing.
func TestSieveAllocations(t *testing.T) {
	x := buildIndexed(t, sieveRules(), true)
	ev := event.New(x.schema)
	f := func(raw string) {
		t.Helper()
		line := &tocsin.Line{Raw: raw, Src: "test.log", Time: arrived}
		if n := testing.AllocsPerRun(100, func() { ev.Reset(1, line); x.parse(ev) }); n != 0 {
			t.Errorf("%q: %v allocations", raw, n)
		}
	}
	f("session opened for user root by root(uid=0)")
	f("Timeout before authentication")
}
