package event

import (
	"strings"
	"testing"

	"tocsin.example"
)

// TestScratch: texts stay as they are until the event is reset, however many are made.
func TestScratch(t *testing.T) {
	e := New(NewSchema())
	for range 3 {
		e.Reset(1, &tocsin.Line{})
		s := e.Scratch()
		var got, want []string
		for i := range 300 {
			part := strings.Repeat(string(rune('a'+i%26)), i)
			got, want = append(got, s.Join(part, "-", part)), append(want, part+"-"+part)
			s.Room(1000) // and not used
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("text %d became %q", i, got[i])
			}
		}
	}
	s := e.Scratch()
	if got := s.Text(append(s.Room(2), "more than there is room for"...)); got != "more than there is room for" {
		t.Errorf("got %q", got)
	}
	if got := s.Text(append(s.Room(0), strings.Repeat("x", 200<<10)...)); len(got) != 200<<10 {
		t.Errorf("got %d bytes", len(got))
	}
	if s.Join() != "" || s.Join("", "") != "" {
		t.Error("nothing is not empty")
	}
	e.Reset(2, &tocsin.Line{})
	if n := testing.AllocsPerRun(10, func() {
		e.Reset(3, &tocsin.Line{})
		for range 20 {
			e.Scratch().Join("abc", "/", "def")
		}
	}); n != 0 {
		t.Errorf("a warm scratch makes %v allocations", n)
	}
}

// TestText reads slots and names without one.
func TestText(t *testing.T) {
	s := NewSchema()
	known := s.Ref(Meta, "a")
	e := New(s)
	e.Reset(1, &tocsin.Line{})
	late := s.Ref(Meta, "b") // it has a slot that the event has not yet
	none := Ref{Space: Meta, Slot: NoSlot, Name: "c"}
	for _, r := range []*Ref{&known, &late, &none} {
		if got := e.Text(r); got != "" {
			t.Errorf("%s is %q when it is absent", r, got)
		}
		e.Set(*r, "x"+r.Name)
		if got := e.Text(r); got != "x"+r.Name {
			t.Errorf("%s is %q", r, got)
		}
	}
}
