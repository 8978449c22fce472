package check_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/app"
	"tocsin.example/internal/check"
	"tocsin.example/internal/diag"
)

var update = flag.Bool("update", false, "write the .want files anew")

// TestBad holds every fault that a rule can have to its words: bad/<what>.yaml is the fault, bad/<what>.want what
// `tocsin check` says of it.
func TestBad(t *testing.T) {
	t.Chdir(filepath.Join("testdata", "bad"))
	for _, file := range badFiles(t) {
		t.Run(strings.TrimSuffix(file, ".yaml"), func(t *testing.T) {
			got := told(t, file)
			want := strings.TrimSuffix(file, ".yaml") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("%s (- %s, + now; -update writes it anew):\n%s", file, want, diff)
			}
		})
	}
}

func badFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files of bad rules, %v", len(files), err)
	}
	if wants, err := filepath.Glob("*.want"); err != nil || len(wants) != len(files) && !*update {
		t.Fatalf("%d files with words for %d of bad rules, %v", len(wants), len(files), err)
	}
	return files
}

// told is what checking a file says, as people read it.
func told(t *testing.T, file string) string {
	t.Helper()
	o, err := app.CheckOptions(diag.Own, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	report, err := check.Paths([]string{file}, o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range report.Problems.Problems() {
		b.WriteString(p.Detail() + "\n")
	}
	if b.Len() == 0 {
		t.Errorf("%s has no fault", file)
	}
	return b.String()
}
