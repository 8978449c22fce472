package detect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
)

// The lines of these tests are "TIME ADDRESS WHAT"; a "timeless" one has no date parser.
const lineParser = `
name: t/lines
filter: "true"
onsuccess: next_stage
statics:
  - {target: evt.StrTime, expression: "split(evt.Line.Raw, ' ')[0]"}
  - {meta: source_ip, expression: "split(evt.Line.Raw, ' ')[1]"}
  - {meta: what, expression: "split(evt.Line.Raw, ' ')[2]"}
`

const dateParser = `
name: t/dates
nodes:
  - filter: evt.Meta.what != 'timeless'
    statics:
      - {method: ParseDate, expression: evt.StrTime}
      - {target: MarshaledTime, expression: evt.Enriched.MarshaledTime}
  - filter: evt.Meta.what == 'make-stash'
    stash:
      - {name: seen, key: evt.Meta.what, value: evt.Meta.what, ttl: 1m, size: 8}
  - statics:
      - {meta: kind, value: line} # the last child decides
`

const trigger = `
type: trigger
name: t/seen
description: shows when a line pours
filter: evt.GetType() == 'log'
`

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type world struct {
	t      *testing.T
	core   *detect.Core
	worker *detect.Worker
	item   *detect.Item
	num    uint64
	alerts []*tocsin.Alert
	// What the next lines are.
	clock   tocsin.Clock
	src     string
	arrived time.Time
}

func newWorld(t *testing.T, scenarios string, posts ...string) *world {
	t.Helper()
	r := detect.Rules{Patterns: grok.NewLibrary(), Mode: diag.Own}
	add := func(list *[]rule.File, kind rule.Type, stage, text string) {
		f := rule.New(kind, stage, stage+".yaml", []byte(text))
		f.Stage, f.Order = stage, stage+"/x"
		*list = append(*list, f)
	}
	add(&r.Parsers, rule.Parser, "s01-parse", lineParser)
	add(&r.Parsers, rule.Parser, "s02-enrich", dateParser)
	add(&r.Scenarios, rule.Scenario, "", scenarios)
	for i, p := range posts {
		add(&r.Postoverflows, rule.Postoverflow, fmt.Sprintf("s%02d-post", i), p)
	}
	var problems diag.List
	e, err := detect.Load(r, detect.Options{Host: &cond.Host{Stash: stash.New()}}, &problems)
	if err != nil || problems.Err() != nil {
		t.Fatal(err, problems.Err())
	}
	w := &world{
		t: t, core: e.NewCore(nil), worker: e.NewWorker(nil, nil), item: e.NewItem(), clock: tocsin.EventClock,
		src: "a", arrived: noon.Add(24 * time.Hour),
	}
	w.core.OnAlert = func(a *tocsin.Alert) { w.alerts = append(w.alerts, a) }
	return w
}

func (w *world) line(raw string) {
	w.num++
	w.worker.Work(w.item, w.num, &tocsin.Line{Raw: raw, Src: w.src, Time: w.arrived, Clock: w.clock})
	w.core.Settle(w.item)
}

// told writes the alerts so far and forgets them.
func (w *world) told() string {
	var out []string
	for _, a := range w.alerts {
		out = append(out, fmt.Sprintf("%s %s:%s %s", a.Scenario, a.Source.Scope, a.Source.Value, a.StopAt.Format(time.TimeOnly)))
	}
	w.alerts = nil
	return strings.Join(out, "; ")
}

func (w *world) want(want string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.told()); d != "" {
		w.t.Errorf("-want +got:\n%s", d)
	}
}

// TestPostoverflows holds what postoverflows may do to an alert, and what they may not.
func TestPostoverflows(t *testing.T) {
	f := func(want string, pardoned uint64, posts ...string) {
		t.Helper()
		w := newWorld(t, trigger, posts...)
		seen := 0
		w.core.OnOverflow = func(ev *event.Event) {
			if seen++; ev.Scalars().Overflow.Alert == nil {
				t.Error("an overflow without alert")
			}
		}
		w.line("2026-03-01T12:00:00Z 192.0.2.7 x")
		w.want(want)
		if w.core.Stats.Pardoned != pardoned || w.core.Stats.Overflows != 1 || seen != 1 {
			t.Errorf("stats %+v, %d overflows seen", w.core.Stats, seen)
		}
	}
	const alert = "t/seen Ip:192.0.2.7 12:00:00"
	const never = "name: t/never\nfilter: \"false\"\nstatics: [{meta: a, value: b}]\n"
	f(alert, 0)
	f("", 1, "name: t/mine\nwhitelist: {reason: mine, cidr: [192.0.2.0/24]}\n")
	f("", 1, "name: t/mine\nwhitelist: {reason: mine, expression: [\"evt.Overflow.Alert.GetScenario() == 't/seen'\"]}\n")
	f(alert, 0, "name: t/others\nwhitelist: {reason: others, ip: [192.0.2.8]}\n")
	f(alert, 0, never)
	f(alert, 0, strings.Replace(never, `"false"`, "evt.Unmarshaled.no.such == 1", 1))
	// The stage behind one that nobody accepts is not run: its whitelist does not count, and the alert is sent.
	f(alert, 0, never, "name: t/mine\nwhitelist: {reason: mine, ip: [192.0.2.7]}\n")
	f("t/seen Range:192.0.2.0/24 12:00:00", 0, `
name: t/range
statics:
  - {target: evt.Overflow.Alert.Source.Scope, value: Range}
  - {target: evt.Overflow.Alert.Source.Value, expression: "evt.Overflow.Alert.Source.IP contains ':' ? '' : '192.0.2.0/24'"}
`)
}

// TestClocks holds which time lines pour at.
func TestClocks(t *testing.T) {
	var w *world
	f := func(src, arrived, raw, want string) {
		t.Helper()
		at, err := time.Parse(time.TimeOnly, arrived)
		if err != nil {
			t.Fatal(err)
		}
		w.src, w.arrived = src, noon.Truncate(24*time.Hour).Add(at.Sub(at.Truncate(24*time.Hour)))
		w.line(raw)
		if want != "" {
			want = "t/seen Ip:192.0.2.7 " + want
		}
		w.want(want)
	}
	at := func(clock string) string { return "2026-03-01T" + clock + "Z 192.0.2.7 x" }
	const undated = "someday 192.0.2.7 x"
	const timeless = "2026-03-01T09:00:00Z 192.0.2.7 timeless"

	// A live line pours when it arrives, whatever it says.
	w = newWorld(t, trigger)
	w.clock = tocsin.ArrivalClock
	f("a", "12:00:00", at("09:00:00"), "12:00:00")
	f("a", "12:00:01", undated, "12:00:01")
	f("a", "12:00:02", timeless, "12:00:02")
	f("a", "11:00:00", at("13:00:00"), "11:00:00")

	// A backlog pours by its own time: never later than it arrived, never before its predecessor in that source.
	w = newWorld(t, trigger)
	w.clock = tocsin.BacklogClock
	f("a", "12:00:00", at("09:00:00"), "09:00:00")
	f("a", "12:00:00", at("10:00:00"), "10:00:00")
	f("a", "12:00:00", at("09:30:00"), "10:00:00")
	f("a", "12:00:00", undated, "10:00:00")
	f("b", "12:00:00", at("08:00:00"), "08:00:00")
	f("a", "12:00:00", undated, "10:00:00") // not that of another source
	f("a", "12:00:00", at("10:30:00"), "10:30:00")
	f("c", "12:00:00", undated, "12:00:00") // with nothing to go by, it is as late as it can be
	f("c", "12:00:00", at("08:00:00"), "08:00:00")
	f("b", "12:00:00", at("13:00:00"), "12:00:00")
	f("b", "12:30:00", at("11:00:00"), "12:00:00")
	f("d", "12:00:00", timeless, "12:00:00")

	// A replay pours by its own time, back and forth.
	w = newWorld(t, trigger)
	f("a", "12:00:00", at("13:00:00"), "13:00:00")
	f("a", "12:00:00", at("09:00:00"), "09:00:00")
	f("a", "12:00:00", undated, "09:00:00")
	f("b", "12:00:00", undated, "09:00:00") // replays are read one behind the other
	f("a", "12:00:00", timeless, "12:00:00")
}

// TestTimeless holds that lines without a time reach triggers only, and are counted.
func TestTimeless(t *testing.T) {
	w := newWorld(t, trigger+"---\ntype: leaky\nname: t/leaky\ndescription: d\nfilter: \"true\"\ncapacity: 1\nleakspeed: 1s\n")
	for range 3 {
		w.line("x 192.0.2.7 timeless")
	}
	w.want("t/seen Ip:192.0.2.7 12:00:00; t/seen Ip:192.0.2.7 12:00:00; t/seen Ip:192.0.2.7 12:00:00")
	if n := w.core.Store().Counters.NoTime; n != 3 || w.core.Stats.Timed != 0 || w.core.Stats.Parsed != 3 {
		t.Errorf("%d without a time, stats %+v", n, w.core.Stats)
	}
}

// TestStashClock holds that the stash lives by the time of the lines, also where replayed and live lines meet and where
// a date cannot be read.
func TestStashClock(t *testing.T) {
	w := newWorld(t, `
type: trigger
name: t/new
description: fires when a value is not remembered
filter: GetFromStash('seen', evt.Meta.what) == '' && SetInStash('seen', evt.Meta.what, 'yes', '10m') == nil
`)
	f := func(raw string, fires bool) {
		t.Helper()
		w.line(raw)
		if got := w.told() != ""; got != fires {
			t.Errorf("%s: fires is %v, want %v", raw, got, fires)
		}
	}
	f("2026-03-01T09:00:00Z 192.0.2.7 x", true)
	f("2026-03-01T09:09:00Z 192.0.2.7 x", false)
	f("someday 192.0.2.7 x", false) // not a day later, when it is replayed
	f("2026-03-01T09:09:59Z 192.0.2.7 x", false)
	f("2026-03-01T09:10:00Z 192.0.2.7 x", true)
	w.clock = tocsin.ArrivalClock
	f("2026-03-01T09:11:00Z 192.0.2.7 x", true) // it arrives a day later
}

// TestReprocess holds that overflows that cause each other come to an end.
func TestReprocess(t *testing.T) {
	loop := func(n int) string {
		var docs []string
		for i := range n {
			docs = append(docs, fmt.Sprintf("type: trigger\nname: t/loop%d\ndescription: d\nfilter: \"true\"\nreprocess: true\n", i))
		}
		return strings.Join(docs, "---\n")
	}
	w := newWorld(t, loop(1))
	w.line("2026-03-01T12:00:00Z 192.0.2.7 x")
	if len(w.alerts) != detect.MaxReprocess || w.core.Stats.TooDeep != 1 {
		t.Errorf("%d alerts, stats %+v", len(w.alerts), w.core.Stats)
	}
	ids := map[string]bool{}
	for _, a := range w.alerts {
		ids[a.UUID] = true
	}
	if len(ids) != len(w.alerts) {
		t.Errorf("%d alerts have %d uuids", len(w.alerts), len(ids))
	}

	// Each of five causes five: without a limit on all of them there would be 488,280.
	w = newWorld(t, loop(5))
	w.line("2026-03-01T12:00:00Z 192.0.2.7 x")
	if n, most := len(w.alerts), 5*(detect.MaxAgain+1); n > most || n < detect.MaxAgain || w.core.Stats.TooDeep == 0 {
		t.Errorf("%d alerts, want at most %d; stats %+v", n, most, w.core.Stats)
	}
	first := len(w.alerts)
	w.alerts = nil
	w.line("2026-03-01T12:00:01Z 192.0.2.7 x")
	if len(w.alerts) != first {
		t.Errorf("the first line gave %d alerts and the second %d: the limit is one line's", first, len(w.alerts))
	}
}

// TestCounterOfOverflows holds that a counter of overflows hands on when its last event arrived: what comes of it must
// not fall back to the wall clock.
func TestCounterOfOverflows(t *testing.T) {
	w := newWorld(t, `
type: trigger
name: t/one
description: d
filter: evt.GetType() == 'log'
reprocess: true
---
type: counter
name: t/count
description: d
filter: evt.GetType() == 'overflow' && evt.Overflow.Alert.GetScenario() == 't/one'
duration: 1m
capacity: -1
reprocess: true
---
type: trigger
name: t/last
description: d
filter: evt.GetType() == 'overflow' && evt.Overflow.Alert.GetScenario() == 't/count'
`)
	w.clock = tocsin.BacklogClock
	w.core.OnOverflow = func(ev *event.Event) {
		if !ev.Arrived.Equal(w.arrived) || ev.Clock != tocsin.BacklogClock {
			t.Errorf("%s arrived at %s with clock %d", ev.Scalars().Overflow.Alert.Scenario, ev.Arrived, ev.Clock)
		}
	}
	w.line("2026-03-01T12:00:00Z 192.0.2.7 x")
	w.line("2026-03-01T12:00:30Z 192.0.2.7 x")
	w.told()
	w.line("2026-03-01T12:02:00Z 192.0.2.7 x")
	w.want("t/count Ip:192.0.2.7 12:01:00; t/last Ip:192.0.2.7 12:01:00; t/one Ip:192.0.2.7 12:02:00")
	w.core.Finish()
	w.want("t/count Ip:192.0.2.7 12:03:00; t/last Ip:192.0.2.7 12:03:00")
}
