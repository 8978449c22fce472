package parse_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/event"
	"tocsin.example/internal/parse"
)

// fields are what random rules write and ask.
var fields = []string{
	"evt.Parsed.a", "evt.Parsed.b", "evt.Meta.a", "evt.Meta.c", "evt.Enriched.a", "evt.Line.Labels.type", "evt.Line.Src",
	"evt.Line.Module", "evt.Stage",
}

var values = []string{"", "x", "X", "xy", "xyz", "y", "log", "test", "s02-b", "ſ", "K"}

// writer makes random rules.
type writer struct{ *rand.Rand }

func (w writer) pick(list []string) string { return list[w.IntN(len(list))] }

func (w writer) filter() string {
	one := func() string {
		f, v := w.pick(fields[:w.IntN(len(fields))+1]), w.pick(values)
		switch w.IntN(14) {
		case 0:
			return fmt.Sprintf("%s in ['%s', '%s']", f, v, w.pick(values))
		case 1:
			return fmt.Sprintf("%s startsWith '%s'", f, v)
		case 2:
			return fmt.Sprintf("%s contains '%s'", f, v)
		case 3:
			return fmt.Sprintf("Upper(%s) == '%s'", f, strings.ToUpper(v))
		case 4:
			return fmt.Sprintf("Lower(%s) contains '%s'", f, v)
		case 5:
			return fmt.Sprintf("%s != '%s'", f, v)
		case 6:
			return "evt.Unmarshaled.no.such == 'x'" // fails
		case 7:
			return fmt.Sprintf("evt.SetMeta('%s', '%s')", w.pick([]string{"a", "c"}), v)
		case 8:
			return fmt.Sprintf("(%s == '%s' || %s endsWith '%s')", f, v, f, w.pick(values))
		case 9:
			return "evt.GetType() == 'log'"
		default:
			return fmt.Sprintf("%s == '%s'", f, v)
		}
	}
	out := []string{one()}
	for range w.IntN(3) {
		out = append(out, one())
	}
	return strings.Join(out, " && ")
}

func (w writer) node(indent string, depth int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, indent+format+"\n", args...) }
	line("debug: false")
	if w.IntN(8) > 0 {
		line("filter: %q", w.filter())
	}
	if w.IntN(6) == 0 {
		line("onsuccess: next_stage")
	}
	if w.IntN(4) == 0 {
		line("grok: {apply_on: Line.Raw, pattern: '%s%%{WORD:%s}'}", w.pick([]string{"", "x", "^y"}), w.pick([]string{"a", "b"}))
	}
	if depth < 2 && w.IntN(2+depth) == 0 {
		line("nodes:")
		b.WriteString(w.groks(indent + " "))
		for range 1 + w.IntN(12) {
			b.WriteString(indent + " -\n" + w.node(indent+"  ", depth+1))
		}
	}
	if w.IntN(4) == 0 {
		line("whitelist:\n%s reason: r%d\n%s expression:", indent, w.IntN(100), indent)
		for range 1 + w.IntN(12) {
			line(" - %q", w.filter())
		}
	}
	line("statics:")
	for range 1 + w.IntN(2) {
		f := w.pick(fields)
		if f == "evt.Stage" && w.IntN(4) > 0 {
			f = "evt.Meta.a"
		}
		line(" - {target: %q, value: %q}", f, w.pick(values))
	}
	return b.String()
}

// groks are children that have little but a grok, on fields that some of them write: a sieve leaves out such.
func (w writer) groks(indent string) string {
	var b strings.Builder
	for range w.IntN(2) * w.IntN(12) {
		on := w.pick([]string{"Line.Raw", "Line.Raw", "a", "b"})
		fmt.Fprintf(&b, "%s- grok: {apply_on: %s, pattern: '%s%%{WORD:%s}%s'}\n", indent, on,
			w.pick([]string{"", "x", "^y", "xy", "l", "(?i)X"}), w.pick([]string{"a", "b"}), w.pick([]string{"", "", " ", " x", "yz?"}))
		if w.IntN(3) == 0 {
			fmt.Fprintf(&b, "%s  statics: [{target: %q, value: %q}]\n", indent, w.pick([]string{"evt.Line.Raw", "evt.Parsed.b", "evt.Meta.c"}), w.pick(values))
		}
	}
	return b.String()
}

func (w writer) rules() string {
	var b strings.Builder
	for _, stage := range []string{"s01-a", "s02-b", "s03-c"} {
		fmt.Fprintf(&b, "== %s\n", stage)
		for i := range 3 + w.IntN(14) {
			if i > 0 {
				b.WriteString("---\n")
			}
			b.WriteString(fmt.Sprintf("name: n%d\n", i) + w.node("", 0))
		}
	}
	return b.String()
}

// after is what a line leaves behind.
type after struct {
	Stages   []*event.Kept
	Outcome  parse.Outcome
	Counters parse.Counters
	Aborted  string
}

// same is a copy of an event, but for whether maps were made for its first expression.
func same(ev *event.Event) *event.Kept {
	k := ev.Copy()
	if len(k.Unmarshaled) == 0 {
		k.Unmarshaled = nil
	}
	return k
}

// TestIndexed holds that an index changes nothing but the work, with random rules that write what others ask.
func TestIndexed(t *testing.T) {
	var with, without, failed uint64
	seeds := uint64(25)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		w := writer{rand.New(rand.NewPCG(seed, 3))}
		rules := w.rules()
		run := func(b *bench, raw, src string) after {
			var a after
			b.runner.Staged = func(_ string, ev *event.Event) { a.Stages = append(a.Stages, same(ev)) }
			ev := event.New(b.schema)
			ev.Reset(1, &tocsin.Line{Raw: raw, Src: src, Labels: map[string]string{"type": src}, Time: arrived, Clock: tocsin.EventClock})
			a.Outcome = b.parse(ev)
			a.Counters, a.Aborted = b.runner.Counters, ev.Aborted
			return a
		}
		plain, indexed := buildIndexed(t, rules, false), buildIndexed(t, rules, true)
		for range 30 {
			raw, src := w.pick(values)+" "+w.pick(values), w.pick(values)
			if seed%10 == 0 { // the budget ends somewhere
				steps := w.Int64N(60)
				plain.run.SetBudget(steps)
				indexed.run.SetBudget(steps)
			}
			a, b := run(plain, raw, src), run(indexed, raw, src)
			if seed%10 == 0 && plain.run.Left() != indexed.run.Left() {
				break // a filter that was left out would have taken steps
			}
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d: plain - indexed +\n%s\n%s", seed, cmp.Diff(a, b, cmp.AllowUnexported(event.Kept{}, event.View{})), rules)
			}
		}
		with, without = with+indexed.runner.Nodes, without+plain.runner.Nodes
		failed += plain.runner.Counters.ExprErrors
	}
	t.Logf("%d nodes instead of %d, %d failed", with, without, failed)
	if with*10 > without*9 || failed == 0 {
		t.Errorf("%d nodes instead of %d, %d failed: the test tells too little", with, without, failed)
	}
}

// TestLeftOutChild holds that a child that the index leaves out counts as one that failed: the last child decides.
func TestLeftOutChild(t *testing.T) {
	f := func(first, last string, want bool) {
		t.Helper()
		var b strings.Builder
		b.WriteString("== s01-a\nname: parent\nstatics: [{meta: done, value: x}]\nnodes:\n")
		for i := range 10 {
			v := fmt.Sprint("none", i)
			switch i {
			case 0:
				v = first
			case 9:
				v = last
			}
			fmt.Fprintf(&b, "  - {filter: evt.Line.Src == '%s', statics: [{meta: got, value: x}]}\n", v)
		}
		for _, indexed := range []bool{false, true} {
			x := buildIndexed(t, b.String(), indexed)
			ev := event.New(x.schema)
			ev.Reset(1, &tocsin.Line{Raw: "x", Src: "src", Time: arrived})
			if out := x.parse(ev); out.Parsed != want {
				t.Errorf("first %s, last %s, indexed %v: parsed is %v", first, last, indexed, out.Parsed)
			}
			if n := x.runner.Nodes; indexed && n > 3 || !indexed && n != 11 {
				t.Errorf("indexed %v: %d nodes", indexed, n)
			}
		}
	}
	f("src", "src", true)
	f("other", "src", true)
	f("src", "other", false)
	f("other", "other", false)
}

// TestTraced holds that whoever watches sees every node.
func TestTraced(t *testing.T) {
	var docs []string
	for i := range 6 {
		docs = append(docs, fmt.Sprintf("name: n%d\nfilter: evt.Line.Src == 'x%d'\nstatics: [{meta: a, value: b}]\n", i, i))
	}
	b := buildIndexed(t, "== s01-a\n"+strings.Join(docs, "---\n"), true)
	b.runner = parse.NewRunner(b.set, b.run, nil, nil, false, b.trace)
	b.line("x", tocsin.EventClock)
	if len(b.trace.ran) != 6 {
		t.Errorf("%v ran, want all 6", b.trace.ran)
	}
}
