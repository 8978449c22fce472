package profile_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/profile"
)

var update = flag.Bool("update", false, "write testdata/bad/*.want anew")

// TestBad reads each testdata/bad/<what>.yaml and compares all that is said about it with <what>.want. Files that begin
// with "warn" are loaded all the same.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			o := options(facts{})
			if name == "escalation-nowhere" {
				o.Past = nil
			}
			var problems diag.List
			set, err := profile.Load(o, &problems, profile.File{Path: filepath.Base(path), Text: text})
			if warn := strings.HasPrefix(name, "warn"); warn != (err == nil) || warn != (set != nil) {
				t.Errorf("the error is %v", err)
			}
			var b strings.Builder
			for _, p := range problems.Problems() {
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
				t.Fatalf("%v: write it with go test ./internal/profile -update", err)
			}
			if diff := cmp.Diff(string(wanted), b.String()); diff != "" {
				t.Errorf("%s (- wanted, + said):\n%s", path, diff)
			}
		})
	}
}
