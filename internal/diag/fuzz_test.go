package diag

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tocsin.example/internal/testx"
)

// FuzzDocuments reads any text in both modes. Whatever it is: nothing panics, what is wrong has a place inside the
// text, and each scalar is found again in the text byte by byte, so that the parser and our tracer agree.
func FuzzDocuments(f *testing.F) {
	bad, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range bad {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, s := range []string{
		"a: |2-\n    x\n\n\n  y\n", "a: >+\n\n  x\n   y\n\n  z\n\n", "a: \"\\u00e9 \\\n  b\n\n c\"\n", "a: 'x\n\n  ''y'\n",
		"a: &x !!str\n  b\nc: *x\n", "%YAML 1.1\n---\n? a\n: b\n...\n", "a: b\r\n\r\n  c\rd: \u2028 e\u0085 f\n", "<<: {a: 1}\n", "? |\n  x\n: >\n  y\n",
	} {
		f.Add([]byte(s))
	}
	for _, s := range testx.NaughtyDocuments() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		for _, mode := range []Mode{Own, Foreign} {
			var l List
			for _, d := range Documents("f", text, mode, &l) {
				traceAll(t, d, d.root)
				tryDecode(t, d)
			}
			for _, p := range l.Problems() {
				if p.File != "f" || p.Line < 1 || p.What == "" || p.Detail() == "" {
					t.Errorf("a problem without place or text: %#v", p)
				}
				if p.Line > len(newSource("", string(text)).lines) {
					t.Errorf("a problem behind the end: %v", p)
				}
			}
			if (l.Err() != nil) != (l.Errors() > 0) {
				t.Error("Err and Errors do not agree")
			}
		}
	})
}

func tryDecode(t *testing.T, d *Doc) {
	t.Helper()
	type inner struct {
		At     Place          `yaml:"-,place"`
		A      Text           `yaml:"a"`
		B      *inner         `yaml:"b"`
		C      []inner        `yaml:"c"`
		D      map[string]any `yaml:"d"`
		E      int32          `yaml:"e"`
		F      float32        `yaml:"f"`
		G      bool           `yaml:"g"`
		H      time.Duration  `yaml:"h"`
		Filter Text           `yaml:"filter"`
		Labels Raw            `yaml:"labels"`
		Extra  Pairs          `yaml:"extra"`
		Name   string         `yaml:"name"`
	}
	var x inner
	before := d.list.Errors()
	if ok := d.Decode(&x); ok != (d.list.Errors() == before && d.sound) {
		t.Errorf("Decode says %v, errors %d before and %d after", ok, before, d.list.Errors())
	}
	x.Labels.Any()
	x.Labels.Bool("a")
	for i := 0; !x.A.IsZero() && i <= min(len(x.A.Value), 500); i++ {
		if p := x.A.Problem(i, "", "x"); p.Line < 1 || p.Detail() == "" {
			t.Errorf("byte %d of %q has no place", i, x.A.Value)
		}
	}
	var a any
	d.Decode(&a)
}
