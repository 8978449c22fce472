package rulebook_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin.example/internal/app"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/rulebook"
)

var update = flag.Bool("update", false, "write the pages in testdata anew")

// TestPages writes pages about the hub in testdata/hub.txtar, which has scenarios of all types, several documents in a
// file, and text that must not be read as Markdown.
func TestPages(t *testing.T) {
	hubs, err := txtar.ParseFile(filepath.Join("testdata", "hub.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range hubs.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := write(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "pages.txtar")
	var got txtar.Archive
	for _, name := range []string{rulebook.Index, "all.md"} {
		got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(pages[name])})
	}
	if len(pages) != len(got.Files) {
		t.Errorf("%d pages", len(pages))
	}
	text := string(txtar.Format(&got))
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Error(diff)
	}
}

// write makes the pages of the hub in a folder.
func write(t *testing.T, dir string) (map[string]string, error) {
	t.Helper()
	var problems diag.List
	h, err := hub.OpenDir(dir, &problems)
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
	return rulebook.Pages(rulebook.Options{Hub: h, Tests: tests, Patterns: patterns, Up: "../../rules"})
}
