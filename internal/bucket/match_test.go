package bucket_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/rule"
)

// randomScenarios are triggers whose filters ask, and write, a few fields.
func randomScenarios(rnd *rand.Rand, n int) string {
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	one := func() string {
		f, v := pick("evt.Meta.a", "evt.Meta.b", "evt.Parsed.a", "evt.Line.Src"), pick("", "x", "xy", "Y", "z")
		return fmt.Sprintf(pick("%s == '%s'", "%s == '%s'", "%s in ['%s', 'y']", "%s startsWith '%s'", "Lower(%s) == '%s'",
			"%s contains '%s'", "%s != '%s'", "%s endsWith '%s' && evt.Unmarshaled.no.such == 1", "%s == '%s' && evt.SetMeta('a', 'xy')"), f, v)
	}
	var b strings.Builder
	for i := range n {
		parts := []string{one()}
		for range rnd.IntN(3) {
			parts = append(parts, one())
		}
		filter := strings.Join(parts, " && ")
		fmt.Fprintf(&b, "type: leaky\nname: t/%d\ndescription: d\nfilter: %q\ngroupby: evt.Meta.a\ncapacity: 1\nleakspeed: 1s\n---\n", i, filter)
	}
	return strings.TrimSuffix(b.String(), "---\n")
}

func newMatcher(t *testing.T, rules string, indexed bool) (*bucket.Matcher, *cond.Run, *event.Event) {
	t.Helper()
	var problems diag.List
	schema := event.NewSchema()
	docs := bucket.Decode([]rule.File{rule.New(rule.Scenario, "m", "m.yaml", []byte(rules))}, diag.Own, &problems)
	set := bucket.Compile(docs, &bucket.Context{
		Compiler: cond.NewCompiler(schema, &cond.Host{}), Problems: &problems, Indexed: indexed, Schema: schema,
	})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	schema.Freeze()
	run := cond.NewRun()
	return bucket.NewMatcher(set, run), run, event.New(schema)
}

// TestMatchIndexed holds that an index changes neither matches, their order, what they wrote, nor the counters, also when
// the budget is gone.
func TestMatchIndexed(t *testing.T) {
	var with, without, matched, failed uint64
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 5))
		rules := randomScenarios(rnd, 1+rnd.IntN(60))
		plain, plainRun, plainEvent := newMatcher(t, rules, false)
		indexed, indexedRun, indexedEvent := newMatcher(t, rules, true)
		for n := range uint64(40) {
			set := map[string]string{}
			for _, f := range []string{"a", "b", "c"} {
				set[f] = []string{"", "x", "xy", "xyz", "y", "Y", "ſ"}[rnd.IntN(7)]
			}
			spent := rnd.IntN(10) == 0
			match := func(m *bucket.Matcher, run *cond.Run, ev *event.Event) (out []string) {
				ev.Reset(n, &tocsin.Line{Src: set["c"], Time: time.Unix(1, 0)})
				ev.SetName(event.Meta, "a", set["a"])
				ev.SetName(event.Parsed, "a", set["b"])
				run.SetBudget(0)
				if spent {
					run.SetBudget(1)
				}
				run.Begin(time.Unix(1, 0))
				if spent { // what costs more than there is leaves less than nothing
					p, err := cond.NewCompiler(event.NewSchema(), nil).Compile(cond.KindTest, diag.Plain("Upper('abcd')", "x"), cond.WantAny)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := p.Eval(run, &cond.Env{}); err == nil {
						t.Fatal("the budget is not gone")
					}
				}
				for _, x := range m.Match(ev, nil) {
					line := x.Scenario.Name + " " + x.Key
					if x.Writes != nil {
						line += fmt.Sprint(" ", len(x.Writes.Changes))
					}
					out = append(out, line)
				}
				return out
			}
			a, b := match(plain, plainRun, plainEvent), match(indexed, indexedRun, indexedEvent)
			if diff := cmp.Diff(a, b); diff != "" || plain.Counters != indexed.Counters {
				t.Fatalf("seed %d, spent %v, %v and %v: plain - indexed +\n%s\n%s", seed, spent, plain.Counters, indexed.Counters, diff, rules)
			}
			matched += uint64(len(a))
		}
		with, without, failed = with+indexed.Evaluated, without+plain.Evaluated, failed+plain.Counters.ExprErrors
	}
	t.Logf("%d filters instead of %d, %d matched, %d failed", with, without, matched, failed)
	if with*10 > without*8 || matched == 0 || failed == 0 {
		t.Error("the test tells too little")
	}
}

// TestAskAll holds that everything is asked when it is wanted so.
func TestAskAll(t *testing.T) {
	m, run, ev := newMatcher(t, randomScenarios(rand.New(rand.NewPCG(1, 1)), 40), true)
	m.AskAll()
	ev.Reset(1, &tocsin.Line{Time: time.Unix(1, 0)})
	run.Begin(time.Unix(1, 0))
	if m.Match(ev, nil); m.Evaluated != 40 {
		t.Errorf("%d of 40 were asked", m.Evaluated)
	}
}
