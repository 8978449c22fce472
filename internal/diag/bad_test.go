package diag_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
)

var update = flag.Bool("update", false, "rewrite testdata/bad/*.want")

// bucket is what the files in testdata/bad are read as.
type bucket struct {
	Type     string           `yaml:"type"`
	Name     string           `yaml:"name"`
	Filter   diag.Text        `yaml:"filter"`
	Capacity int              `yaml:"capacity"`
	Weight   uint8            `yaml:"weight"`
	Score    float64          `yaml:"score"`
	Debug    bool             `yaml:"debug"`
	Leak     time.Duration    `yaml:"leakspeed"`
	Refs     []string         `yaml:"references"`
	Labels   map[string]any   `yaml:"labels"`
	Patterns diag.Pairs       `yaml:"pattern_syntax"`
	Data     []data           `yaml:"data"`
	Limits   map[string]int64 `yaml:"limits"`
	Extra    any              `yaml:"extra"`
}

type data struct {
	Source string `yaml:"source_url"`
	Dest   string `yaml:"dest_file"`
}

// TestBad reads each testdata/bad/<what>.yaml and compares all that is said about it with <what>.want. Files that begin
// with "foreign" are read as the content of others.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			mode := diag.Own
			if strings.HasPrefix(filepath.Base(path), "foreign") {
				mode = diag.Foreign
			}
			var l diag.List
			var b strings.Builder
			for _, d := range diag.Documents(filepath.Base(path), text, mode, &l) {
				var x bucket
				before := l.Errors()
				if ok := d.Decode(&x); ok && l.Errors() > before {
					t.Errorf("Decode of document %d is true with errors", d.Index())
				}
			}
			for _, p := range l.Problems() {
				b.WriteString(p.Detail() + "\n")
			}
			want := strings.TrimSuffix(path, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			wanted, err := os.ReadFile(want)
			if err != nil {
				t.Fatalf("%v: write it with go test ./internal/diag -update", err)
			}
			if diff := cmp.Diff(string(wanted), b.String()); diff != "" {
				t.Errorf("problems of %s (-want +got):\n%s", path, diff)
			}
			if l.Errors()+l.Warnings() == 0 {
				t.Error("nothing was found")
			}
		})
	}
}
