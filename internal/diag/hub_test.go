package diag

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"tocsin.example/internal/testx"
)

// TestHub reads every rule file of the hub, as content of others, and traces every scalar in it back to the file.
func TestHub(t *testing.T) {
	root := filepath.Join(testx.Corpora(t), "hub")
	files, scalars, docs := 0, 0, 0
	for _, kind := range []string{"parsers", "scenarios", "postoverflows", "contexts", "collections"} {
		err := filepath.WalkDir(filepath.Join(root, kind), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".yaml") && !strings.HasSuffix(path, ".yml") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			var l List
			for _, d := range Documents(path, text, Foreign, &l) {
				docs++
				var into map[string]any
				d.Decode(&into)
				if len(into) != len(d.Keys()) {
					t.Errorf("%s: decoded %d of %d keys", d.Place(), len(into), len(d.Keys()))
				}
				scalars += traceAll(t, d, d.root)
			}
			if err := l.Err(); err != nil {
				t.Error(err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files, %d documents, %d scalars", files, docs, scalars)
	if files < 1000 || docs < files {
		t.Errorf("only %d files with %d documents: the corpus is not all there", files, docs)
	}
}

// traceAll checks that each scalar below n is found again in the text, byte by byte where it is written as it is.
func traceAll(t *testing.T, d *Doc, n *yaml.Node) int {
	t.Helper()
	if n.Kind != yaml.ScalarNode {
		sum := 0
		for _, c := range n.Content {
			sum += traceAll(t, d, c)
		}
		return sum
	}
	text := d.textOf(n)
	spots, ok := trace(d.src.text, d.src.offset(text.line, text.col), text.style, text.anchor, text.Value)
	if !ok || len(spots) != len(text.Value)+1 {
		t.Errorf("%s: cannot trace %q", d.at(n), text.Value)
		return 1
	}
	for i := range len(text.Value) {
		c := text.Value[i]
		if text.style != styleDouble && c != ' ' && c != '\n' && d.src.text[spots[i]] != c {
			t.Errorf("%s: byte %d of %q is traced to %q", d.at(n), i, text.Value, d.src.text[spots[i]])
			return 1
		}
	}
	return 1
}
