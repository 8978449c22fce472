package diag_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
)

// TestDocuments describes the documents of a text as "index@line:col keys", separated by " | ".
func TestDocuments(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var l diag.List
		var got []string
		for _, d := range diag.Documents("", []byte(text), diag.Own, &l) {
			got = append(got, strings.Join(append([]string{string(rune('0'+d.Index())) + "@" + d.Place().String()}, d.Keys()...), " "))
			if len(d.Keys()) > 0 && !d.Has(d.Keys()[0]) || d.Has("absent") {
				t.Errorf("Has and Keys of %q do not agree", text)
			}
		}
		if err := l.Err(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if got := strings.Join(got, " | "); got != want {
			t.Errorf("documents of %q:\n%s\nwant\n%s", text, got, want)
		}
	}
	f("", "")
	f("\ufeff", "")
	f("# nothing\n\n", "")
	f("---\n---\n# x\n...\n", "")
	f("b: 1\na: 2\n", "0@1:1 b a")
	f("b: 1", "0@1:1 b")
	f("\ufeff# x\r\n\r\nb: 1\r\n", "0@3:1 b")
	f("a: 1\n---\nb: 1\n", "0@1:1 a | 1@3:1 b")
	f("---\n---\na: 1\n---\n# x\n--- # y\nb: 1\n---\n", "0@3:1 a | 1@7:1 b")
	f("a: 1\n...\n# x\n%YAML 1.2\n---\nb: 1\n...\nc: 1\n", "0@1:1 a | 1@6:1 b | 2@8:1 c")
	f("%YAML 1.1\n# x\n---\na: 1\n", "0@4:1 a")
	f("--- {a: 1}\n--- [b]\n--- |\n  x\n--- null\n", "0@1:5 a | 1@2:5 | 2@3:5 | 3@5:5")
	f("a: |\n  x\n  ---\n   ---\n---\nb: '\n  ---'\n---x: 1\n", "0@1:1 a | 1@6:1 b ---x")
	f("a: 1\r---\rb: 1\r", "0@1:1 a | 1@3:1 b")
	f("x: &x {b: 1, c: 2}\n<<: *x\nb: 3\n", "0@1:1 x b c")
}

func TestMergeKeys(t *testing.T) {
	f := func(text string, want any) {
		t.Helper()
		var x struct {
			X, Y any
			Z    any `yaml:"z"`
		}
		if err := decode(t, text, &x).Err(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if d := cmp.Diff(want, x.Z); d != "" {
			t.Errorf("z of %q (-want +got):\n%s", text, d)
		}
	}
	type m = map[string]any
	f("x: &x {a: 1, b: 2}\nz: {<<: *x, b: 3}\n", m{"a": 1, "b": 3})
	f("x: &x {a: 1, b: 2}\nz: {b: 3, <<: *x}\n", m{"a": 1, "b": 3})
	f("x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y], c: 3}\n", m{"a": 1, "b": 2, "c": 3})
	f("x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nz: {<<: *y}\n", m{"a": 1, "b": 2})
	f("z: {<<: {a: 1}, '<<<': 2}\n", m{"a": 1, "<<<": 2})
	f("x: &x 1\nz: &z [*x, *x]\n", []any{1, 1})
}

func TestForeign(t *testing.T) {
	var l diag.List
	docs := diag.Documents("a.yaml", []byte("name: a\nauthor: me\n---\nname: [b]\n"), diag.Foreign, &l)
	var x struct {
		Name string `yaml:"name"`
	}
	if !docs[0].Decode(&x) || l.Errors() != 0 || l.Warnings() != 1 || x.Name != "a" {
		t.Errorf("an unknown key: %v, %+v", l.Problems(), x)
	}
	if docs[1].Decode(&x) || l.Errors() != 1 {
		t.Errorf("a wrong type: %v", l.Problems())
	}
}

func TestLimits(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var l diag.List
		for _, d := range diag.Documents("a", []byte(text), diag.Own, &l) {
			var x any
			d.Decode(&x)
		}
		var got []string
		for _, p := range l.Problems() {
			got = append(got, p.Error())
		}
		if !slices.Equal(got, strings.Split(want, "\n")) && (want != "" || got != nil) {
			t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
		}
	}
	f(strings.Repeat("#", diag.MaxBytes), "")
	f(strings.Repeat("#", diag.MaxBytes+1), "a: the file has more than 8 MiB (split it)")
	f("a: |\n  "+strings.Repeat("x, ", 100_000), "")
	f(strings.Repeat("---\na\n", diag.MaxDocuments), "")
	f(strings.Repeat("---\na\n", diag.MaxDocuments+2), "a:20001: more than 10000 documents in one file (split the file)")
	f("["+strings.Repeat("a,", diag.MaxNodes-1)+"]", "")
	f("["+strings.Repeat("a,", diag.MaxNodes)+"]", "a:1:200000: the document comes to more than 100000 nodes when its aliases are followed (use fewer aliases, or split the document)")
	f("["+strings.Repeat("a,", 4*diag.MaxNodes)+"]", "a:1: the document is too large to be checked (split the document)")
	f(strings.Repeat("[", 64)+strings.Repeat("]", 64), "")
	f(strings.Repeat("[", 65)+strings.Repeat("]", 65), "a:1:65: lists and mappings are nested more than 64 deep (flatten it)")
	f(strings.Repeat("[", 1<<20), "a:1: the document is too large to be checked (split the document)")
	f(strings.Repeat("{a: ", 1<<16), "a:1:257: lists and mappings are nested more than 64 deep (flatten it)")
	f(strings.Repeat("- ", 1<<16), "a:1:129: lists and mappings are nested more than 64 deep (flatten it)")
}
