package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/app"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/rulebook"
	"tocsin.example/internal/testx"
)

// written are the pages in docs/rules that people write.
var written = map[string]bool{"writing.md": true, "lint.md": true}

// TestPages holds that docs/rules says what the rules say. With -update (make gen) it writes the pages.
func TestPages(t *testing.T) {
	root := testx.Root(t)
	var problems diag.List
	h, err := hub.OpenDir(filepath.Join(root, "rules"), &problems)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	tests, err := (&hubtest.Runner{FS: h.FS()}).Surveys()
	if err != nil {
		t.Fatal(err)
	}
	patterns, err := app.Patterns()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := rulebook.Pages(rulebook.Options{Hub: h, Tests: tests, Patterns: patterns, Up: "../../rules"})
	if err != nil || problems.Err() != nil {
		t.Fatal(err, problems.Err())
	}
	dir := filepath.Join(root, "docs", "rules")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := pages[e.Name()]; ok || written[e.Name()] {
			continue
		}
		if !*update {
			t.Errorf("docs/rules/%s is of no collection: remove it by make gen", e.Name())
		} else if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range pages {
		file := filepath.Join(dir, name)
		if written[name] {
			t.Errorf("a collection has the name of the page %s", name)
			continue
		}
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, _ := os.ReadFile(file)
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("docs/rules/%s is not what the rules say: run make gen\n%s", name, diff)
		}
	}
}
