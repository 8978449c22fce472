package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin.example"
)

func lineEvent(s *Schema, raw string) *Event {
	e := New(s)
	e.Reset(1, &tocsin.Line{Raw: raw, Src: "a.log"})
	return e
}

// TestDocuments holds that an event whose documents are text has the copies, the records and the number of keys of one
// whose documents are maps, whatever was put and asked before.
func TestDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scalar := rapid.OneOf(rapid.Just("null"), rapid.Just("true"), rapid.Just("-12"), rapid.Just("0.5"), rapid.Just(`"a"`),
			rapid.Just(`"\u00e9\n"`), rapid.Just("\"\xff\""), rapid.Just(`"text of the line"`), rapid.Just("1e300"))
		name := rapid.SampledFrom([]string{"a", "b", "c", `\u0061`, "é", ""})
		var value func(d int) *rapid.Generator[string]
		value = func(d int) *rapid.Generator[string] {
			if d == 0 {
				return scalar
			}
			return rapid.OneOf(scalar, rapid.Custom(func(t *rapid.T) string {
				return "[" + strings.Join(rapid.SliceOfN(value(d-1), 0, 3).Draw(t, "list"), ",") + "]"
			}), rapid.Custom(func(t *rapid.T) string {
				parts := []string{}
				for range rapid.IntRange(0, 4).Draw(t, "members") {
					parts = append(parts, fmt.Sprintf(`"%s":%s`, name.Draw(t, "name"), value(d-1).Draw(t, "value")))
				}
				return "{" + strings.Join(parts, ",") + "}"
			}))
		}
		s := NewSchema()
		raw := `{"a":"text of the line"}`
		lazy, made := lineEvent(s, raw), lineEvent(s, raw)
		for range rapid.IntRange(0, 6).Draw(t, "steps") {
			key, text := rapid.SampledFrom([]string{"x", "y", "a"}).Draw(t, "key"), value(3).Draw(t, "text")
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				text += "]"
			case 1:
				_ = lazy.Copy()
			case 2:
				_ = lazy.Unmarshaled()
			case 3:
				if lazy.UnmarshalMembers(text) == nil {
					var m map[string]any
					_ = json.Unmarshal([]byte(text), &m)
					maps.Copy(made.Unmarshaled(), m)
				}
				continue
			}
			_ = lazy.Unmarshal(key, text)
			var v any
			if json.Unmarshal([]byte(text), &v) == nil {
				made.Unmarshaled()[key] = v
			}
		}
		if lazy.Documents() != made.Documents() {
			t.Fatalf("there are %d keys, want %d", lazy.Documents(), made.Documents())
		}
		if lazy.Size() != made.Size() {
			t.Fatalf("it weighs %d, want %d", lazy.Size(), made.Size())
		}
		in, in2 := NewInterner(), NewInterner()
		if made.Documents() > 0 {
			rec, ok := lazy.AppendRecord(nil, in)
			want, ok2 := made.AppendRecord(nil, in2)
			if !ok || !ok2 || !bytes.Equal(rec, want) {
				t.Fatalf("the record is %q, want %q", rec, want)
			}
			got, err := s.DecodeRecord(rec, in)
			if err != nil || !reflect.DeepEqual(got, made.Copy()) {
				t.Fatalf("the record of %v gives %v, %v", made.Copy(), got, err)
			}
		}
		for key, v := range made.view.Unmarshaled {
			doc, ok := lazy.Document(key)
			if ok && !reflect.DeepEqual(doc.Any(), v) || !ok && !reflect.DeepEqual(lazy.Member(key), v) {
				t.Fatalf("%s is %v or %v, want %v", key, doc.Any(), lazy.Member(key), v)
			}
		}
		if got, want := lazy.View().Unmarshaled, made.View().Unmarshaled; !reflect.DeepEqual(got, want) {
			t.Fatalf("the maps are %v, want %v", got, want)
		}
	})
}

// TestDocumentsOut holds that who has the map sees what is put later, and that a scenario's own version stays its own.
func TestDocumentsOut(t *testing.T) {
	e := lineEvent(NewSchema(), "")
	put := func(key, text string) {
		t.Helper()
		if err := e.Unmarshal(key, text); err != nil {
			t.Fatal(err)
		}
	}
	put("a", `{"b":[1,"x"]}`)
	if v, ok := e.Lookup("a", "b"); !ok || v.Len() != 2 {
		t.Errorf("a.b is %v, %v", v.Any(), ok)
	}
	if _, ok := e.Lookup("a", "c"); ok {
		t.Error("there is a member c")
	}
	before := e.Revision()
	if e.Unmarshal("a", "{") == nil || e.Revision() != before {
		t.Error("a faulty document is taken, or changes the event")
	}
	w := e.Isolate(true, func() { put("a", "2"); put("own", `"mine"`) })
	m := e.Unmarshaled()
	put("c", `{"d":null}`)
	want := map[string]any{"a": map[string]any{"b": []any{1.0, "x"}}, "c": map[string]any{"d": nil}}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("the map is %v, want %v", m, want)
	}
	if own := map[string]any{"a": 2.0, "own": "mine"}; !reflect.DeepEqual(w.Unmarshaled, own) {
		t.Errorf("the scenario's version is %v, want %v", w.Unmarshaled, own)
	}
	e.With(w, func() {
		if e.Member("own") != "mine" {
			t.Errorf("the scenario sees %v", e.Member("own"))
		}
	})
	if e.Member("own") != nil {
		t.Error("the others see it too")
	}
}

// TestDocumentsMany holds that there is an end to what stays text.
func TestDocumentsMany(t *testing.T) {
	e := lineEvent(NewSchema(), "")
	want := map[string]any{}
	for i := range 100 {
		key := strconv.Itoa(i % 60)
		if err := e.Unmarshal(key, strconv.Itoa(i)); err != nil {
			t.Fatal(err)
		}
		want[key] = float64(i)
		if n := len(e.docs.used) + len(e.docs.free); n > maxDocs+1 || len(e.docs.list) > maxMembers {
			t.Fatalf("there are %d texts and %d members", n, len(e.docs.list))
		}
	}
	if got := e.View().Unmarshaled; !reflect.DeepEqual(got, want) {
		t.Errorf("the maps are %v", got)
	}
}

// TestDocumentsAllocs holds that decoding, looking up and recording need no memory once they are warm.
func TestDocumentsAllocs(t *testing.T) {
	const text = `{"request":{"uri":"/a?b=\u0063","headers":{"User-Agent":["x"]}},"status":200,"ts":1.5}`
	e, in := New(NewSchema()), NewInterner()
	line := &tocsin.Line{Raw: text}
	var buf []byte
	n := testing.AllocsPerRun(200, func() {
		e.Reset(1, line)
		if e.Unmarshal("caddy", text) != nil {
			t.Fatal("no JSON")
		}
		v, _ := e.Lookup("caddy", "request", "uri")
		if v.String() != "/a?b=c" {
			t.Fatal(v.String())
		}
		buf, _ = e.AppendRecord(buf[:0], in)
	})
	if n != 0 {
		t.Errorf("an event with a document takes %v allocations, want none", n)
	}
}
