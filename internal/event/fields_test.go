package event_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// TestFields: a field is absent, empty or has a value, whether a rule names it (a slot) or only the line does (the spill).
func TestFields(t *testing.T) {
	s := event.NewSchema()
	ref := s.Ref(event.Parsed, "known")
	ev := event.New(s)
	late := s.Ref(event.Parsed, "late") // numbered when the event was made already
	s.Freeze()
	unknown := s.Ref(event.Parsed, "unknown")
	f := func(r event.Ref, want string) {
		t.Helper()
		v, ok := ev.Get(r)
		byName, okName := ev.GetName(r.Space, r.Name)
		if got := fmt.Sprintf("%q %t", v, ok); got != want || byName != v || okName != ok {
			t.Errorf("%s is %s (by name %q %t), want %s", r, got, byName, okName, want)
		}
	}
	if unknown.Slot != event.NoSlot || ref.Slot == late.Slot || s.Find(event.Meta, "known") != event.NoSlot || s.Len() != 2 {
		t.Errorf("slots %d, %d, %d of %d: want two different ones and none", ref.Slot, late.Slot, unknown.Slot, s.Len())
	}
	for _, r := range []event.Ref{ref, late, unknown} {
		f(r, `"" false`)
		ev.Set(r, "")
		f(r, `"" true`)
		ev.Set(r, "v")
		f(r, `"v" true`)
		if r.Slot == event.NoSlot {
			continue
		}
		if sp, name := s.Name(r.Slot); sp != event.Parsed || name != r.Name {
			t.Errorf("slot %d is %s.%s, want %s", r.Slot, sp, name, r)
		}
	}
	ev.Reset(2, &tocsin.Line{})
	for _, r := range []event.Ref{ref, late, unknown} {
		f(r, `"" false`)
		ev.Set(r, "again")
		f(r, `"again" true`)
	}
}

// TestCopies: Keep gives the same copy until a field or a document changes; Copy always a new one; neither follows the
// event, and a copy cannot be written.
func TestCopies(t *testing.T) {
	ev := event.New(event.NewSchema())
	ev.Reset(7, &tocsin.Line{Raw: "line"})
	ev.SetName(event.Meta, "m", "1")
	first := ev.Keep()
	if ev.Keep() != first || ev.Copy() == first {
		t.Error("Keep must give the same copy, Copy a new one")
	}
	f := func(what string, change func()) {
		t.Helper()
		before := ev.Keep()
		change()
		if ev.Keep() == before {
			t.Errorf("after %s Keep gives the old copy", what)
		}
	}
	f("a field", func() { ev.SetName(event.Meta, "m", "2") })
	f("a view's SetMeta", func() { ev.View().SetMeta("m", "3") })
	f("a view's SetParsed", func() { ev.View().SetParsed("p", "4") })
	f("a document", func() { ev.Unmarshaled()["d"] = 1 })
	f("isolated writes", func() { ev.Isolate(false, func() { ev.SetName(event.Meta, "m", "4") }) })
	if first.Meta["m"] != "1" || first.Num != 7 || ev.View().Meta["m"] != "3" || ev.View().Parsed["p"] != "4" {
		t.Errorf("the first copy has %q of line %d, the event %q", first.Meta["m"], first.Num, ev.View().Meta["m"])
	}
	kept := ev.Copy()
	kept.SetMeta("m", "mine")
	if got, _ := ev.GetName(event.Meta, "m"); got != "3" || kept.GetMeta("m") != "3" {
		t.Errorf("after a write to the copy the event has %q, the copy %q", got, kept.GetMeta("m"))
	}
}

// TestView: what expressions can ask an event, of a line and of an overflow.
func TestView(t *testing.T) {
	line, over := event.New(event.NewSchema()), event.New(event.NewSchema())
	line.Reset(1, &tocsin.Line{})
	alerts := []tocsin.Alert{
		{Events: []tocsin.AlertEvent{{Meta: []tocsin.Meta{{Key: "user", Value: ""}}}, {Meta: []tocsin.Meta{{Key: "user", Value: "alice"}}}}},
	}
	src := &tocsin.AlertSource{Value: "192.0.2.1"}
	over.ResetOverflow(2, tocsin.EventClock, time.Time{}, time.Unix(0, 5).UTC(), event.Overflow{
		Sources: map[string]*tocsin.AlertSource{"192.0.2.1": src, "::ffff:192.0.2.2": src, "no address": src}, Alert: &alerts[0], APIAlerts: alerts,
	})
	f := func(got any, want string) {
		t.Helper()
		if s := fmt.Sprint(got); s != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
	f(line.View().GetType(), "log")
	f(over.View().GetType(), "overflow")
	f((&event.View{Type: event.TypeAppsec}).GetType(), "unknown")
	f((&event.View{Type: event.TypeAppsec}).GetMeta("user"), "")
	f(line.View().GetMeta("user"), "")
	f(over.View().GetMeta("user"), "alice")
	f(over.View().GetMeta("none"), "")
	f(over.View().MarshaledTime, "1970-01-01T00:00:00.000000005Z")
	f(over.View().Overflow.GetSources(), "[192.0.2.1 ::ffff:192.0.2.2 no address]")
	f(over.View().ParseIPSources(), "[192.0.2.1 192.0.2.2]")
	f(line.View().ParseIPSources(), "[]")
	for addr, want := range map[string]string{"192.0.2.1": "[192.0.2.1]", "::ffff:192.0.2.1": "[192.0.2.1]", "2001:DB8::1": "[2001:db8::1]", "x": "[]", "fe80::1%eth0": "[fe80::1]"} {
		line.SetName(event.Meta, "source_ip", addr)
		f(line.Scalars().ParseIPSources(), want)
		f(line.Copy().ParseIPSources(), want)
	}
}
