package bucket_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/event"
)

// conditions makes conditions on buckets.
type conditions struct{ *rand.Rand }

func (c conditions) of(texts ...string) string { return texts[c.IntN(len(texts))] }

func (c conditions) number() string { return strconv.Itoa(c.IntN(5)) }

func (c conditions) op() string { return c.of(">", ">=", "==", "<", "!=") }

func (c conditions) list() string {
	return c.of("queue.Queue", "queue.Queue", "queue.Queue", "queue.GetQueue()", "queue.Queue[-3:]", "queue.Queue[:2]",
		"queue.Queue[1:-1]", "queue.Queue[leaky.Total_count - 3:]")
}

// test is a predicate; some fail for some events.
func (c conditions) test(deep int) string {
	if deep > 0 && c.IntN(3) == 0 {
		return fmt.Sprintf("(%s %s %s)", c.test(deep-1), c.of("and", "or"), c.test(deep-1))
	}
	return c.of("#.Meta.user == 'u1'", ".Meta.user in ['u1', 'u2']", "!(#.Meta.user startsWith 'u')", "#.Meta.user matches '^u[1-3]$'",
		"int(#.Meta.n) > 3", "#.Unmarshaled.doc.x == 'y'", "#.Unmarshaled.flag", "#.Line.Raw contains '7'", "#.GetMeta('user') != 'u1'",
		"len(.Meta.user) > 2", "#.Whitelisted", "#.Meta.none == ''", "lower(#.Meta.user) endsWith '1'", "#.GetType() == 'log'",
		"#.Line.Labels.type == 'a'", "#.Meta.wrote == 'u2'", "#.Num > 20", "#.Meta.user == evt.Meta.user", "Lower(#.Meta.user) == 'u1'",
		"#.Meta.user in [evt.Meta.user, 'u0']")
}

// item is one event of the queue, or none.
func (c conditions) item() string {
	switch c.IntN(4) {
	case 0:
		return fmt.Sprintf("filter(%s, {%s})[%s]", c.list(), c.test(1), c.of("0", "-1", "1", "-2"))
	case 1:
		return fmt.Sprintf("%s(%s, {%s})", c.of("find", "findLast"), c.list(), c.test(1))
	default:
		return c.list() + "[" + c.of("0", "-1", "-2", "1", "7") + "]"
	}
}

func (c conditions) field() string {
	return c.item() + c.of(".Meta.user", ".Meta.user", ".Meta.n", ".Enriched.none", ".Line.Raw", ".GetMeta('user')", ".StrTime")
}

func (c conditions) truth(deep int) string {
	if deep > 0 && c.IntN(2) == 0 {
		a, b := c.truth(deep-1), c.truth(deep-1)
		return c.of("("+a+") && ("+b+")", "("+a+") || ("+b+")", "!("+a+")", "("+a+") ? ("+b+") : false")
	}
	list, test := c.list(), c.test(2)
	switch c.IntN(12) {
	case 0, 1:
		return fmt.Sprintf("%s(%s, {%s})", c.of("any", "all", "none", "one"), list, test)
	case 2:
		return fmt.Sprintf("count(%s, {%s}) %s %s", list, test, c.op(), c.number())
	case 3:
		return fmt.Sprintf("len(filter(%s, {%s})) %s %s", list, test, c.op(), c.number())
	case 4:
		return "len(" + list + ") " + c.op() + " " + c.number()
	case 5, 6:
		n := 2 + c.IntN(3)
		return fmt.Sprintf("let f = filter(%s, {%s}); len(f) >= %d && MedianInterval(map(f[-%d:], {#.Time})) %s duration('2s')",
			list, test, n, n, c.op())
	case 7:
		return fmt.Sprintf("%s %s %s", c.field(), c.of("==", "!=", "contains"), c.field())
	case 8:
		return fmt.Sprintf("'u1' in map(%s, {%s})", list, c.of("#.Meta.user", ".Meta.n", "#.Line.Raw", "lower(#.Meta.user)"))
	case 9:
		return fmt.Sprintf("len(map(filter(%s, {%s}), {%s})) > 1", list, test, c.of("int(#.Meta.n)", "#.Meta.user", "#.Time"))
	case 10:
		return fmt.Sprintf("(let last = %s; last.Meta.user == 'u1' && last.Meta.n != '')", c.item())
	default:
		return c.of("leaky.Total_count > 3", "leaky.Mapkey == 'k1'", "evt.Meta.user == 'u2'", "evt.SetMeta('wrote', 'u2')",
			"leaky.Last_ts - leaky.First_ts > duration('3s')", "int(evt.Meta.n) > 2", "queue.L > 3", "queue.Queue[0].Time == leaky.First_ts")
	}
}

// scenarios makes scenarios with conditions, each of which compiles by itself.
func (c conditions) scenarios(t *testing.T) string {
	t.Helper()
	var docs []string
	for len(docs) < 4 {
		var b strings.Builder
		fmt.Fprintf(&b, "name: t/%d\ndescription: d\nfilter: %q\ngroupby: evt.Meta.key\nleakspeed: %s\n", len(docs),
			c.of("true", "true", "evt.Meta.user != 'u3'", "evt.SetMeta('wrote', evt.Meta.user)"), c.of("3s", "1m"))
		if c.IntN(3) == 0 {
			fmt.Fprintf(&b, "distinct: %s\n", c.of("evt.Meta.user", "evt.Line.Raw"))
		}
		if c.IntN(3) == 0 {
			b.WriteString("cancel_on: evt.Meta.user == 'u4'\n")
		}
		if c.IntN(3) == 0 {
			fmt.Fprintf(&b, "cache_size: %d\n", 1+c.IntN(4))
		}
		if c.IntN(3) == 0 {
			b.WriteString("reprocess: true\n")
		}
		switch c.IntN(3) {
		case 0:
			b.WriteString("type: bayesian\nbayesian_prior: 0.4\nbayesian_threshold: 0.8\nbayesian_conditions:\n")
			for range 1 + c.IntN(3) {
				fmt.Fprintf(&b, "- {condition: %q, prob_given_evil: 0.8, prob_given_benign: 0.3, guillotine: %v}\n", c.truth(2), c.IntN(2) == 0)
			}
		case 1:
			fmt.Fprintf(&b, "type: leaky\ncapacity: %d\ncondition: %q\n", 2+c.IntN(6), c.truth(3))
		default:
			fmt.Fprintf(&b, "type: conditional\ncapacity: -1\ncondition: %q\n", c.truth(3))
		}
		if compiles(b.String()) {
			docs = append(docs, b.String())
		}
	}
	return strings.Join(docs, "---\n")
}

type quiet struct{ failed bool }

func (q *quiet) Helper()      {}
func (q *quiet) Fatal(...any) { q.failed = true; panic(q) }

func compiles(doc string) (ok bool) {
	q := &quiet{}
	defer func() {
		if x := recover(); x != nil && x != any(q) {
			panic(x)
		}
		ok = !q.failed
	}()
	worldOf(q, doc, false)
	return true
}

// eventOf makes the world's event another one of a stream.
func eventOf(w *world, r *rand.Rand) {
	w.num++
	w.now = w.now.Add([]time.Duration{0, time.Second, time.Second, -time.Second, 2 * time.Second, 70 * time.Second}[min(5, r.IntN(64)/12)])
	w.ev.Reset(w.num, &tocsin.Line{
		Raw: "line " + strconv.FormatUint(w.num, 10), Src: "s", Time: w.now, Clock: tocsin.EventClock,
		Labels: map[string]string{"type": []string{"a", "b"}[r.IntN(2)]},
	})
	w.ev.SetName(event.Meta, "source_ip", "192.0.2."+strconv.Itoa(r.IntN(3)))
	w.ev.SetName(event.Meta, "key", "k"+strconv.Itoa(r.IntN(2)))
	w.ev.SetName(event.Meta, "user", "u"+strconv.Itoa(r.IntN(6)))
	w.ev.SetName(event.Meta, "n", []string{"1", "3", "4", "7", "x"}[min(4, r.IntN(40)/9)])
	v := w.ev.Scalars()
	v.Time, v.Whitelisted = w.now, r.IntN(3) == 0
	if r.IntN(4) > 0 {
		w.ev.Unmarshaled()["doc"] = map[string]any{"x": []string{"y", "z"}[r.IntN(2)]}
		w.ev.Unmarshaled()["flag"] = r.IntN(2) == 0
	}
}

// pourAll pours a stream into a world and says all that comes of it, line by line.
func pourAll(w *world, r *rand.Rand, events int) []string {
	w.store.MaxBytes = []int{8_000, 40_000, 1 << 30}[r.IntN(3)]
	budget := []int64{0, 0, 0, 300}[r.IntN(4)]
	var out []string
	for range events {
		eventOf(w, r)
		w.run.SetBudget(budget)
		w.run.Begin(w.now)
		for _, m := range w.matcher.Match(w.ev, nil) {
			o := w.store.Pour(w.ev, &m, w.now)
			if o == nil {
				continue
			}
			text, err := json.Marshal(o.View.APIAlerts)
			if err != nil {
				return []string{err.Error()}
			}
			out = append(out, string(text))
			if o.View.Reprocess {
				ev := event.New(w.ev.Schema())
				ev.ResetOverflow(o.Num, o.Clock, o.Arrived, o.At, o.View)
				for _, m := range w.matcher.Match(ev, nil) {
					if o := w.store.Pour(ev, &m, o.At); o != nil {
						out = append(out, o.View.Alert.UUID)
					}
				}
			}
		}
		out = append(out, fmt.Sprintf("line %d: %d left, %d live, %d bytes, %+v", w.num, max(-1, w.run.Left()), w.store.Len(), w.store.Bytes(), w.store.Counters))
	}
	return out
}

// TestConditionsFast holds that conditions come to the same on trails as on the events, in all that a store does, whatever
// the condition: what overflows, what it says, what failed, what was taken from the budget, what the buckets weigh.
func TestConditionsFast(t *testing.T) {
	seeds := 400
	if testing.Short() {
		seeds = 60
	}
	light, heavy := 0, 0
	var sum bucket.Counters
	for seed := range uint64(seeds) {
		rules := conditions{rand.New(rand.NewPCG(seed, 1))}.scenarios(t)
		fast, plain := worldOf(t, rules, true), worldOf(t, rules, false)
		for _, s := range fast.set.All() {
			if s.Light() {
				light++
			} else {
				heavy++
			}
		}
		got, want := pourAll(fast, rand.New(rand.NewPCG(seed, 2)), 60), pourAll(plain, rand.New(rand.NewPCG(seed, 2)), 60)
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("seed %d:\n%s\n(-reference +fast):\n%s", seed, rules, cmp.Diff(want[i], got[i]))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d results, want %d", seed, len(got), len(want))
		}
		c := fast.store.Counters
		sum.Overflowed += c.Overflowed
		sum.ExprErrors += c.ExprErrors
		sum.Stripped += c.Stripped
		sum.Canceled += c.Canceled
		sum.Duplicates += c.Duplicates
		sum.Poured += c.Poured
	}
	t.Logf("%d scenarios with trails, %d with events: %+v", light, heavy, sum)
	if light < 4*seeds/3 || heavy < seeds/20 || sum.Overflowed == 0 || sum.ExprErrors == 0 || sum.Stripped == 0 || sum.Canceled == 0 || sum.Duplicates == 0 {
		t.Errorf("too little was met: %d scenarios with trails, %d with events: %+v", light, heavy, sum)
	}
}

// TestConditionsLong fills a bucket beyond what it retains, and holds the engines to each other there: the oldest events go,
// and with them what they passed.
func TestConditionsLong(t *testing.T) {
	rules := `
type: conditional
name: t/long
description: d
filter: "true"
groupby: evt.Meta.key
capacity: -1
leakspeed: 100h
condition: |
  len(queue.Queue) >= 1000 && evt.Line.Raw endsWith '0' && (let failed = filter(queue.Queue, {#.Meta.user == 'bad'});
  len(failed) == 10 && failed[0].Line.Raw endsWith '3' && failed[-1].Line.Raw != '' && count(queue.Queue, {int(#.Meta.n) > 5}) > 400)
`
	pour := func(fast bool) (out []string) {
		w := worldOf(t, rules, fast)
		for i := range 1400 {
			w.num++
			w.now = w.now.Add(time.Second)
			w.ev.Reset(w.num, &tocsin.Line{Raw: "line " + strconv.Itoa(i), Src: "s", Time: w.now, Clock: tocsin.EventClock})
			w.ev.SetName(event.Meta, "source_ip", "192.0.2.1")
			w.ev.SetName(event.Meta, "n", strconv.Itoa(i%11))
			if i == 200 {
				w.ev.SetName(event.Meta, "n", "x") // fails until it is forgotten
			}
			if i%100 == 3 {
				w.ev.SetName(event.Meta, "user", "bad")
			}
			w.ev.Scalars().Time = w.now
			w.run.Begin(w.now)
			for _, l := range w.give(w.ev, w.now) {
				out = append(out, fmt.Sprintf("%d: %s", i, l))
			}
		}
		return append(out, fmt.Sprintf("%+v", w.store.Counters))
	}
	fast, plain := pour(true), pour(false)
	if d := cmp.Diff(plain, fast); d != "" {
		t.Errorf("(-reference +fast):\n%s", d)
	}
	if len(fast) != 2 || !strings.HasPrefix(fast[0], "1200: ") {
		t.Errorf("it should run over with line 1200, when the event that fails is forgotten: %q", fast)
	}
}

// TestConditionsCost holds what a pour costs however many events came before: each test is asked of the event that comes and
// of no other, and nothing is allocated but what the condition makes.
func TestConditionsCost(t *testing.T) {
	w := worldOf(t, slowRules, true)
	m := bucket.Match{Scenario: w.set.All()[0], Key: "192.0.2.1"}
	sshdLine(w, 0)
	pour := func() {
		w.now = w.now.Add(time.Second)
		w.ev.Scalars().Time = w.now
		w.ev.Num++
		w.run.Begin(w.now)
		if o := w.store.Pour(w.ev, &m, w.now); o != nil {
			t.Fatal("an overflow")
		}
	}
	for range 3 * bucket.MaxQueue {
		before := w.run.Asked()
		pour()
		if n := w.run.Asked() - before; n != 1 {
			t.Fatalf("%d events were asked for one that came", n)
		}
	}
	if n := testing.AllocsPerRun(3000, pour); n > 12 {
		t.Errorf("%v allocations a pour", n)
	}
	quiet := worldOf(t, strings.Replace(slowRules, "len(failed) >= 4", "len(queue.Queue) > 100000", 1), true)
	w, m.Scenario = quiet, quiet.set.All()[0]
	sshdLine(w, 0)
	for range 3 * bucket.MaxQueue {
		pour()
	}
	if n := testing.AllocsPerRun(3000, pour); n >= 1 {
		t.Errorf("%v allocations a pour before the cheap test of a condition is true", n)
	}
}

// TestScopeOfQueue holds that the sources of an overflow are those of all events that the bucket retained, not that of the
// event on which a condition was asked.
func TestScopeOfQueue(t *testing.T) {
	const rules = `
type: conditional
name: t/scope
description: d
filter: "true"
capacity: -1
leakspeed: 1h
condition: len(queue.Queue) >= 3
scope: {type: username, expression: evt.Meta.user}
`
	for _, fast := range []bool{false, true} {
		w := worldOf(t, rules, fast)
		var got []string
		for i := range uint64(3) {
			w.ev.Reset(i+1, &tocsin.Line{Raw: "line", Src: "s", Time: w.now, Clock: tocsin.EventClock})
			w.ev.SetName(event.Meta, "user", "u"+strconv.FormatUint(i, 10))
			w.run.Begin(w.now)
			for _, m := range w.matcher.Match(w.ev, nil) {
				if o := w.store.Pour(w.ev, &m, w.now); o != nil {
					got = o.View.GetSources()
				}
			}
		}
		if d := cmp.Diff([]string{"u0", "u1", "u2"}, got); d != "" {
			t.Errorf("fast %v: -want +got:\n%s", fast, d)
		}
	}
}
