package event_test

import (
	"maps"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// TestMoment: what a stamped event says of MarshaledTime is what time.Parse reads, wherever the text comes from.
func TestMoment(t *testing.T) {
	ev := event.New(event.NewSchema())
	same := func(text string) {
		t.Helper()
		ev.Scalars().MarshaledTime = text
		got, ok := ev.Moment()
		want, err := time.Parse(time.RFC3339Nano, text)
		if ok != (err == nil) || ok && (!got.Equal(want) || got.Format(time.RFC3339Nano) != want.Format(time.RFC3339Nano)) {
			t.Errorf("%q: %s, %t, want %s, %v", text, got, ok, want, err)
		}
	}
	f := func(at time.Time) {
		t.Helper()
		ev.Reset(1, &tocsin.Line{})
		text := ev.Stamp(at)
		if want := event.FormatTime(at); text != want {
			t.Errorf("%q, want %q", text, want)
		}
		same(text)
		same("2026-08-22T10:00:01Z") // another rule's text counts
		same(text)
	}
	at := time.Date(2026, 8, 22, 10, 0, 0, 250, time.UTC)
	f(at)
	f(at.Truncate(time.Second))
	f(at.In(time.FixedZone("CEST", 7200)))
	f(at.In(time.FixedZone("LMT", 561))) // whose seconds the text loses
	f(time.Time{})
	f(time.Unix(0, 0).UTC())
	f(time.Now().UTC()) // with a monotonic clock, which the text has not
	f(time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC))
	f(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
	f(time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC))
	f(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))

	ev.Reset(1, &tocsin.Line{})
	ev.Stamp(at)
	ev.Reset(2, &tocsin.Line{})
	same("")
	same("yesterday")
}

// TestStampAllocates nothing.
func TestStampAllocates(t *testing.T) {
	ev, line := event.New(event.NewSchema()), &tocsin.Line{}
	at := time.Date(2026, 8, 22, 10, 0, 0, 250_000_000, time.UTC)
	if n := testing.AllocsPerRun(100, func() {
		ev.Reset(1, line)
		ev.Scalars().MarshaledTime = ev.Stamp(at)
		if got, ok := ev.Moment(); !ok || got != at { // the same value, not only the same moment
			t.Fatal(got)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestSetAll: many writes at once are as many writes, whatever the fields and the event's state are.
func TestSetAll(t *testing.T) {
	schema := event.NewSchema()
	a, b := schema.Ref(event.Parsed, "a"), schema.Ref(event.Parsed, "b")
	ip := schema.Ref(event.Meta, "source_ip")
	schema.Watch(b.Slot)
	schema.Freeze()
	late := schema.Ref(event.Parsed, "late")
	f := func(prepare func(ev *event.Event), refs []event.Ref, values ...string) {
		t.Helper()
		one, all := event.New(schema), event.New(schema)
		var before [2]uint64
		for i, ev := range []*event.Event{one, all} {
			ev.Reset(1, &tocsin.Line{})
			prepare(ev)
			before[i] = ev.Version()
		}
		for i, r := range refs {
			one.Set(r, values[i])
		}
		rev := all.Revision()
		all.SetAll(refs, values)
		if rev == all.Revision() {
			t.Error("the revision stays")
		}
		if one.Version()-before[0] != all.Version()-before[1] {
			t.Errorf("the version goes on by %d, want %d", all.Version()-before[1], one.Version()-before[0])
		}
		for _, sp := range []event.Space{event.Parsed, event.Meta} {
			if got, want := all.Map(sp), one.Map(sp); !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v", sp, got, want)
			}
			if got := all.View(); sp == event.Parsed && !maps.Equal(got.Parsed, one.View().Parsed) {
				t.Errorf("view: %v, want %v", got.Parsed, one.View().Parsed)
			}
		}
	}
	nothing := func(*event.Event) {}
	f(nothing, []event.Ref{a, b}, "1", "")
	f(nothing, []event.Ref{a, a}, "1", "2")
	f(nothing, []event.Ref{a, late, ip}, "1", "2", "::FFFF:192.0.2.1")
	f(func(ev *event.Event) { ev.View() }, []event.Ref{a, b, late}, "1", "2", "3")
	f(func(ev *event.Event) { ev.Set(a, "0") }, []event.Ref{b, a}, "1", "2")

	ev := event.New(schema)
	ev.Reset(1, &tocsin.Line{})
	w := ev.Isolate(false, func() { ev.SetAll([]event.Ref{a, b}, []string{"1", "2"}) })
	if len(w.Changes) != 2 || len(ev.Map(event.Parsed)) != 0 {
		t.Errorf("isolated: %v, %v", w.Changes, ev.Map(event.Parsed))
	}
}

// TestIsolateNothing: a filter that writes nothing costs nothing.
func TestIsolateNothing(t *testing.T) {
	ev := event.New(event.NewSchema())
	ev.Reset(1, &tocsin.Line{})
	asked := 0
	if n := testing.AllocsPerRun(100, func() {
		rev := ev.Revision()
		if w := ev.Isolate(false, func() { asked++ }); w != nil || ev.Revision() != rev {
			t.Fatal(w)
		}
	}); n != 0 || asked == 0 {
		t.Errorf("%v allocations, asked %d times", n, asked)
	}
}
