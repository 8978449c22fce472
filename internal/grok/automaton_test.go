package grok_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tocsin.example/internal/automaton"
	"tocsin.example/internal/testx"
)

// TestAutomata holds that for the patterns of the hub, an automaton says what Go's regexp says, and never gives up.
func TestAutomata(t *testing.T) {
	testx.Whole(t)
	lines, lib := testLines(t), shipped(t)
	seen := map[string]bool{}
	patterns, hits := 0, 0
	hubFiles(t, func(file string, nodes []hubNode) {
		own := lib.Clone()
		for _, top := range nodes {
			each(top, func(n hubNode) {
				for _, p := range n.Syntax {
					own.Define(p.Key, p.Value.Value, p.KeyPlace)
				}
				pattern := n.Grok.Pattern
				if n.Grok.Name != "" {
					pattern = "%{" + n.Grok.Name + "}"
				}
				p, err := own.Compile(pattern)
				if pattern == "" || err != nil || seen[p.Expanded()] {
					return // TestHubCompiles has seen to errors
				}
				seen[p.Expanded()] = true
				d, err := automaton.Compile(p.Expanded())
				if err != nil {
					t.Fatalf("%s: %s: %v", file, pattern, err)
				}
				re := regexp.MustCompile(p.Expanded())
				patterns++
				for i := patterns % 40; i < len(lines); i += 40 {
					want := re.MatchString(lines[i])
					if found, ok := d.Match(lines[i]); !ok || found != want {
						t.Errorf("%s: %s in %q: %v, %v, want %v", file, pattern, lines[i], found, ok, want)
					}
					if want {
						hits++
					}
				}
			})
		}
	})
	if patterns < 250 || hits < 300 {
		t.Errorf("only %d patterns and %d hits: the test shows little", patterns, hits)
	}
	t.Logf("%d patterns, %d lines, %d hits", patterns, len(lines), hits)
}

// testLines are the log lines of the hub's tests.
func testLines(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(testx.Corpora(t), "hub", ".tests"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".log" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			all = append(all, strings.TrimRight(line, "\r\n"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
