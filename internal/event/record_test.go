package event

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tocsin.example"
)

// same holds a record to the copy that it stands for.
func same(t testing.TB, ev *Event, in *Interner) {
	t.Helper()
	rec, ok := ev.AppendRecord([]byte("before"), in)
	if !ok || !strings.HasPrefix(string(rec), "before") {
		t.Fatalf("AppendRecord gives %q, %t", rec, ok)
	}
	want := ev.Copy()
	got, err := ev.Schema().DecodeRecord(rec[len("before"):], in)
	if err != nil {
		t.Fatalf("DecodeRecord: %v", err)
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Kept{}), cmpopts.IgnoreUnexported(View{})); d != "" {
		t.Fatalf("the record is not the copy (-want +got):\n%s", d)
	}
	if !reflect.DeepEqual(want, got) { // which looks at locations too
		t.Fatalf("the record is not deeply equal to the copy:\n%#v\n%#v", want, got)
	}
}

func testSchema() *Schema {
	s := NewSchema()
	for _, name := range []string{"message", "program", "a", "b", "c"} {
		s.Slot(Parsed, name)
	}
	for _, name := range []string{"log_type", "source_ip", "a"} {
		s.Slot(Meta, name)
	}
	s.Slot(Enriched, "MarshaledTime")
	s.Freeze()
	return s
}

// TestRecord: a record is the copy, whatever the event holds.
func TestRecord(t *testing.T) {
	in := NewInterner()
	ev := New(testSchema())
	labels := map[string]string{"type": "syslog"}
	f := func(what string, change func(v *View)) {
		t.Helper()
		for range admitAfter + 2 { // as literals, and by number
			ev.Reset(1<<40, &tocsin.Line{
				Raw: "sshd[12]: Failed password for a from 192.0.2.1 port 12", Src: "/var/log/auth.log", Module: "file", Labels: labels,
				Time: time.Unix(1e9, 5).UTC(), Clock: tocsin.EventClock,
			})
			change(ev.Scalars())
			if _, ok := ev.AppendRecord(nil, in); !ok {
				t.Fatalf("%s: no record", what)
			}
			same(t, ev, in)
		}
	}
	f("nothing", func(*View) {})
	f("fields", func(v *View) {
		ev.SetName(Parsed, "message", v.Line.Raw)
		ev.SetName(Parsed, "a", "12")
		ev.SetName(Parsed, "b", "")
		ev.SetName(Parsed, "c", "password")
		ev.SetName(Meta, "source_ip", "192.0.2.1")
		ev.SetName(Meta, "log_type", "ssh_failed-auth")
		ev.SetName(Meta, "a", "12")
		ev.SetName(Enriched, "MarshaledTime", FormatTime(v.Time))
	})
	f("spilled fields", func(*View) {
		ev.SetName(Parsed, "spilled", "192")
		ev.SetName(Meta, "spilled", strings.Repeat("long", 100))
		ev.SetName(Enriched, "", "\xff\x00")
	})
	f("scalars", func(v *View) {
		v.Stage, v.StrTime, v.StrTimeFormat, v.MarshaledTime = "s02-enrich", "sshd", "2006", "x"
		v.Whitelisted, v.WhitelistReason, v.ExpectMode, v.Process, v.Line.Process = true, "ours", ModeLive, false, false
		v.Line.Src, v.Line.Module, v.Line.Raw = "other", "", ""
		ev.Cut, ev.Parents = 7, []string{"p", "", "q"}
	})
	f("no parents", func(*View) { ev.Parents = []string{} })
	f("a request", func(v *View) { v.Type = TypeAppsec })
	f("times", func(v *View) {
		v.Time, v.Line.Time = time.Time{}, time.Date(9999, 1, 2, 3, 4, 5, 6, time.FixedZone("X", 5400))
	})
	f("local times", func(v *View) { v.Time, v.Line.Time = time.Unix(-1, 999), time.Unix(math.MinInt32, 0) })
	f("labels", func(v *View) { v.Line.Labels = map[string]string{"type": "nginx", "more": "192"} })
	f("documents", func(v *View) {
		ev.SetUnmarshaled(map[string]any{
			"nil": nil, "yes": true, "no": false, "whole": 12.0, "-0": math.Copysign(0, -1), "pi": math.Pi, "big": 1e300,
			"inf": math.Inf(-1), "int": -3, "int64": int64(math.MinInt64), "text": "password", "": "192.0.2.1",
			"list": []any{1.0, "a", []any{}, []any(nil)}, "tree": map[string]any{"in": map[string]any{}, "no": map[string]any(nil)},
			"kv": map[string]string{"a": "12", "b": ""}, "none": map[string]string{}, "nokv": map[string]string(nil),
		})
	})
	f("no document", func(*View) { ev.Unmarshaled() })
	f("a view", func(*View) { ev.View() })
	f("many texts", func(*View) {
		for i := range 3 * maxSeen {
			ev.SetName(Meta, strings.Repeat("n", i), strings.Repeat("v", i))
			ev.SetName(Parsed, strings.Repeat("v", i), "12")
		}
	})
}

// TestNoRecord: what has no record leaves dst alone.
func TestNoRecord(t *testing.T) {
	in := NewInterner()
	ev := New(testSchema())
	f := func(what string, change func(v *View)) {
		t.Helper()
		ev.Reset(1, &tocsin.Line{Raw: "line"})
		change(ev.Scalars())
		if rec, ok := ev.AppendRecord([]byte("x"), in); ok || string(rec) != "x" {
			t.Errorf("%s: got %q, %t, want no record", what, rec, ok)
		}
		ev.Reset(1, &tocsin.Line{Raw: "line"})
		same(t, ev, in)
	}
	f("an overflow", func(*View) { ev.ResetOverflow(1, tocsin.EventClock, time.Time{}, time.Time{}, Overflow{}) })
	f("an overflow in a line", func(v *View) { v.Overflow.Mapkey = "k" })
	f("findings", func(v *View) { v.Appsec.Vars = map[string]string{} })
	f("another type", func(*View) { ev.Unmarshaled()["x"] = struct{}{} })
	f("a deep document", func(*View) {
		var deep any
		for range maxDepth + 1 {
			deep = []any{deep}
		}
		ev.Unmarshaled()["x"] = deep
	})
	f("a long line", func(v *View) { v.Line.Raw = strings.Repeat("x", MaxRecord) })
	f("long fields", func(*View) { ev.SetName(Parsed, "a", strings.Repeat("x", MaxRecord)) })
}

// TestRecordRandom: random events, written with one Interner, are their copies.
func TestRecordRandom(t *testing.T) {
	in := NewInterner()
	ev := New(testSchema())
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a", "b", "12", "192.0.2.1", "sshd", "sshd[12]", "elsewhere", "x y", "\xff"})
		ev.Reset(rapid.Uint64().Draw(t, "num"), &tocsin.Line{Raw: strings.Join(rapid.SliceOfN(text, 0, 8).Draw(t, "raw"), " ")})
		names := rapid.SampledFrom([]string{"message", "program", "a", "b", "c", "log_type", "source_ip", "spilled", "too"})
		for range rapid.IntRange(0, 10).Draw(t, "fields") {
			sp := Space(rapid.IntRange(0, int(spaces)-1).Draw(t, "space"))
			ev.SetName(sp, names.Draw(t, "name"), text.Draw(t, "value"))
		}
		rec, ok := ev.AppendRecord(nil, in)
		if !ok {
			t.Fatal("no record")
		}
		got, err := ev.Schema().DecodeRecord(rec, in)
		if err != nil {
			t.Fatal(err)
		}
		if want := ev.Copy(); !reflect.DeepEqual(want, got) {
			t.Fatalf("the record of %+v is %+v", want, got)
		}
	})
}

// TestSize holds that an event knows what a copy of it weighs.
func TestSize(t *testing.T) {
	s := NewSchema()
	s.Slot(Meta, "known")
	ev := New(s)
	f := func(change func()) {
		t.Helper()
		ev.Reset(1, &tocsin.Line{Raw: "a line"})
		change()
		if got, want := ev.Size(), Size(ev.Copy()); got != want {
			t.Errorf("it weighs %d, want %d", got, want)
		}
	}
	f(func() {})
	f(func() { ev.SetName(Meta, "known", "value"); ev.SetName(Parsed, "other", "another value") })
	f(func() {
		ev.SetName(Enriched, "known", "")
		ev.Scalars().StrTime, ev.Scalars().MarshaledTime = "now", "then"
	})
	f(func() { _ = ev.Unmarshal("doc", `{"list":["a",1,null],"a":true,"a":{"b":"\u00e9"},"\u0061":"last"}`) })
	f(func() { ev.Unmarshaled()["doc"] = map[string]any{"list": []any{"a", 1.0, nil}} })
	f(func() {
		ev.ResetOverflow(1, tocsin.EventClock, time.Time{}, time.Time{}, Overflow{APIAlerts: []tocsin.Alert{{Message: "m"}, {Message: "more"}}})
	})
}
