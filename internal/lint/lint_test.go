package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin.example/internal/app"
	"tocsin.example/internal/check"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/lint"
	"tocsin.example/internal/testx"
)

// look lints a folder as tocsin check --lint does.
func look(t *testing.T, mode diag.Mode, dir string) (*check.Report, *lint.Report) {
	t.Helper()
	o, err := app.CheckOptions(mode, nil, []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	o.Cost = mode == diag.Own
	checked, err := check.Paths([]string{dir}, o)
	if err != nil {
		t.Fatal(err)
	}
	return checked, app.Lint([]string{dir}, checked)
}

// said lists findings as "file:line:column code".
func said(r *lint.Report, dir string) []string {
	var out []string
	for i := range r.Findings {
		f := &r.Findings[i]
		name, _ := filepath.Rel(dir, f.File)
		out = append(out, fmt.Sprintf("%s:%d:%d %s", filepath.ToSlash(name), f.Line, f.Col, f.Code))
	}
	return out
}

// TestPlanted looks at the folders in testdata: in each a fault is planted, and the file "want" says which is found and
// where. The first line of the comment says what is wrong.
func TestPlanted(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := map[lint.Code]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			var want []string
			for _, f := range a.Files {
				if f.Name == "want" {
					want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
					continue
				}
				path := filepath.Join(dir, filepath.FromSlash(f.Name))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			checked, found := look(t, diag.Own, dir)
			if err := checked.Problems.Err(); err != nil {
				t.Fatal(err)
			}
			got := append(said(found, dir), fmt.Sprintf("allowed %d", found.Allowed))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for i := range found.Findings {
				f := &found.Findings[i]
				seen[f.Code] = true
				if (f.Code == lint.Forged) != (f.Witness != nil) {
					t.Errorf("%s: witness %v", f.Error(), f.Witness)
				}
				if w := f.Witness; w != nil && (w.First.From >= w.Second.From || !strings.Contains(w.Text, w.Taken)) {
					t.Errorf("no proof: %s", w)
				}
			}
		})
	}
	for _, code := range lint.Codes() {
		if !seen[code] {
			t.Errorf("no fault is planted for %s", code)
		}
	}
}

// TestOwnRules holds that the rules in the box have no finding that no comment answers.
func TestOwnRules(t *testing.T) {
	testx.Whole(t)
	dir := filepath.Join(testx.Root(t), "rules")
	_, found := look(t, diag.Own, dir)
	for i := range found.Findings {
		f := &found.Findings[i]
		if f.Note {
			continue
		}
		t.Error(f.Error())
		if f.Witness != nil {
			t.Log(f.Witness)
		}
	}
	if found.Judged < 20 {
		t.Errorf("only %d captures were judged", found.Judged)
	}
}

// TestHub looks at CrowdSec's hub: it ends, and it finds much.
func TestHub(t *testing.T) {
	testx.Whole(t)
	dir := filepath.Join(testx.Corpora(t), "hub")
	_, found := look(t, diag.Foreign, dir)
	counts := map[lint.Code]int{}
	for i := range found.Findings {
		counts[found.Findings[i].Code]++
	}
	t.Log(counts, found.Judged)
	if counts[lint.Forged] < 100 || counts[lint.Unjudged] > 5 || found.Judged < 200 {
		t.Errorf("%v of %d captures", counts, found.Judged)
	}
}
