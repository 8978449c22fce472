package diag_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
)

type sample struct {
	At      diag.Place            `yaml:"-,place"`
	Keys    map[string]diag.Place `yaml:"-,places"`
	Name    string                `yaml:"name"`
	Count   int                   `yaml:"count"`
	Small   int8                  `yaml:"small"`
	Size    uint16                `yaml:"size"`
	Ratio   float64               `yaml:"ratio"`
	Debug   bool                  `yaml:"debug"`
	Speed   time.Duration         `yaml:"speed"`
	List    []string              `yaml:"list"`
	Labels  any                   `yaml:"labels"`
	Nodes   []*sample             `yaml:"nodes"`
	ByName  map[string]int        `yaml:"by_name"`
	Filter  diag.Text             `yaml:"filter"`
	Enabled diag.Bool             `yaml:"enabled"`
	Grok    diag.Pairs            `yaml:"pattern_syntax"`
	Rest    diag.Raw              `yaml:"rest"`
	Version string                `yaml:"format"`
	inner
}

type inner struct {
	Inside string `yaml:"inside"`
}

func decode(t *testing.T, text string, into any) *diag.List {
	t.Helper()
	var l diag.List
	for _, d := range diag.Documents("a.yaml", []byte(text), diag.Own, &l) {
		d.Decode(into)
	}
	return &l
}

func TestDecodeTypes(t *testing.T) {
	var s sample
	l := decode(t, `
name: ssh
count: 0x10
small: -128
size: 65535
ratio: 1e3
debug: yes
speed: 1m30s
list: [a, 5, true, ~, "q"]
labels: {a: 1, b: [x, 2.5, no, null], c: {d: "5"}}
nodes:
  - name: n1
  - {name: n2, nodes: [{count: 3}]}
by_name: {x: 1}
filter: evt.Line
enabled: On
pattern_syntax:
  B: b%{C}
  A: 'a'
rest: {later: [1, 2]}
format: 2.0
inside: out
`, &s)
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	at := func(line, col int) diag.Place { return diag.Place{File: "a.yaml", Line: line, Col: col} }
	if s.At != at(2, 1) || s.Keys["labels"] != at(10, 1) || s.Keys["small"] != at(4, 1) || len(s.Keys) != 17 {
		t.Errorf("places: %v %v", s.At, s.Keys)
	}
	if s.Nodes[0].At != at(12, 5) || s.Nodes[1].At != at(13, 5) || s.Nodes[1].Nodes[0].Count != 3 {
		t.Errorf("nodes: %v %v %+v", s.Nodes[0].At, s.Nodes[1].At, s.Nodes[1].Nodes)
	}
	f := func(got, want any) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("decoded (-want +got):\n%s", d)
		}
	}
	f([]any{s.Name, s.Count, s.Small, s.Size, s.Ratio, s.Debug, s.Speed, s.Version, s.Inside},
		[]any{"ssh", 16, int8(-128), uint16(65535), 1000.0, true, 90 * time.Second, "2.0", "out"})
	f(s.List, []string{"a", "5", "true", "", "q"})
	f(s.Labels, map[string]any{"a": 1, "b": []any{"x", 2.5, "no", nil}, "c": map[string]any{"d": "5"}})
	f(s.ByName, map[string]int{"x": 1})
	f(s.Filter.Value, "evt.Line")
	f(s.Enabled, diag.Bool{Value: true, Set: true, IsBool: true, Place: at(16, 10)})
	f([]any{s.Grok[0].Key, s.Grok[0].KeyPlace, s.Grok[0].Value.Value, s.Grok[1].Key}, []any{"B", at(18, 3), "b%{C}", "A"})
	var later struct{ Later []int }
	if !s.Rest.Decode(&later) {
		t.Error("Raw.Decode found an error")
	}
	f(later.Later, []int{1, 2})
	f(s.Rest.Any(), map[string]any{"later": []any{1, 2}})
}
