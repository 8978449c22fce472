package event

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin.example"
)

// TestModel holds an event to three plain maps, whatever is written, isolated, replayed or kept, in slots or in the
// spill, before and after its view is made.
func TestModel(t *testing.T) {
	schema := NewSchema()
	for _, name := range []string{"a", "b", "c"} {
		schema.Slot(Parsed, name)
		schema.Slot(Meta, name)
	}
	schema.Freeze()
	ev := New(schema)
	rapid.Check(t, func(t *rapid.T) {
		ev.Reset(1, &tocsin.Line{Raw: "raw", Time: time.Unix(0, 0)})
		model := [spaces]map[string]string{{}, {}, {}}
		write := func(m *[spaces]map[string]string) {
			sp := Space(rapid.IntRange(0, int(spaces)-1).Draw(t, "space"))
			name := rapid.SampledFrom([]string{"a", "b", "c", "spilled", "too"}).Draw(t, "name")
			value := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "value")
			ev.SetName(sp, name, value)
			m[sp][name] = value
		}
		same := func(m *[spaces]map[string]string) {
			v := View{Parsed: ev.Map(Parsed), Meta: ev.Map(Meta), Enriched: ev.Map(Enriched)}
			kept := ev.Keep()
			for sp := range spaces {
				for what, got := range map[string]map[string]string{"slots": v.space(sp), "kept": kept.space(sp)} {
					if d := cmp.Diff(m[sp], got); d != "" {
						t.Fatalf("%s of %s (-want +got):\n%s", what, sp, d)
					}
				}
				if !ev.made {
					continue
				}
				if d := cmp.Diff(m[sp], ev.View().space(sp)); d != "" {
					t.Fatalf("view of %s (-want +got):\n%s", sp, d)
				}
			}
		}
		copied := func() *[spaces]map[string]string {
			return &[spaces]map[string]string{maps.Clone(model[0]), maps.Clone(model[1]), maps.Clone(model[2])}
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "view", "isolate"}).Draw(t, "op") {
			case "write":
				write(&model)
			case "view":
				ev.View()
			case "isolate":
				inner := copied()
				w := ev.Isolate(rapid.Bool().Draw(t, "unmarshaled"), func() {
					for range rapid.IntRange(0, 3).Draw(t, "inner") {
						write(inner)
					}
					same(inner)
				})
				same(&model) // what was written is taken back
				ev.With(w, func() { same(inner) })
			}
			same(&model)
		}
	})
}

// TestIsolateUnmarshaled holds that a scenario's documents are its own.
func TestIsolateUnmarshaled(t *testing.T) {
	ev := New(NewSchema())
	ev.Reset(1, &tocsin.Line{})
	ev.Unmarshaled()["doc"] = "parser's"
	w := ev.Isolate(true, func() { ev.View().Unmarshaled["doc"] = "scenario's" })
	if got := ev.View().Unmarshaled["doc"]; got != "parser's" {
		t.Errorf("after the scenario the document is %v", got)
	}
	ev.With(w, func() {
		if got := ev.View().Unmarshaled["doc"]; got != "scenario's" {
			t.Errorf("for the scenario the document is %v", got)
		}
	})
}

// TestReset holds that nothing of one line is seen in the next.
func TestReset(t *testing.T) {
	schema := NewSchema()
	ref := schema.Ref(Parsed, "a")
	ev := New(schema)
	ev.Reset(1, &tocsin.Line{Raw: "one"})
	ev.Set(ref, "1")
	ev.SetName(Meta, "spilled", "1")
	ev.View().Unmarshaled["x"] = 1
	ev.Scalars().StrTime = "then"
	kept := ev.Keep()
	ev.Reset(2, &tocsin.Line{Raw: "two"})
	if _, ok := ev.Get(ref); ok {
		t.Error("a slot is left over")
	}
	if _, ok := ev.GetName(Meta, "spilled"); ok {
		t.Error("a spilled field is left over")
	}
	if v := ev.View(); v.StrTime != "" || len(v.Unmarshaled) != 0 || v.Line.Raw != "two" {
		t.Errorf("left over: %q, %v, %q", v.StrTime, v.Unmarshaled, v.Line.Raw)
	}
	if kept.Parsed["a"] != "1" || kept.Meta["spilled"] != "1" || kept.Line.Raw != "one" || kept.Num != 1 {
		t.Errorf("what was kept changed: %+v", kept)
	}
}
