package automaton_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

// corpusLines are the different log lines of the hub's tests.
func corpusLines(t testing.TB) []string {
	t.Helper()
	var all []string
	seen := map[string]bool{}
	eachFile(t, filepath.Join("hub", ".tests"), func(path, text string) {
		if filepath.Ext(path) != ".log" {
			return
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimRight(line, "\r\n"); !seen[line] {
				seen[line] = true
				all = append(all, line)
			}
		}
	})
	if len(all) < 3000 {
		t.Fatalf("only %d lines in the corpora: are they read as they should?", len(all))
	}
	return all
}

// corpusExpressions are the regular expressions of the hub: those of filters, and those of data files.
func corpusExpressions(t testing.TB) []string {
	t.Helper()
	var all []string
	matches := regexp.MustCompile(`matches\s+(?:Upper\()?('[^']*'|"[^"\\]*")`)
	eachFile(t, "hub", func(path, text string) {
		switch {
		case strings.HasSuffix(path, ".regex.txt"):
			all = append(all, list(text)...)
		case filepath.Ext(path) == ".yaml":
			for _, m := range matches.FindAllStringSubmatch(text, -1) {
				x := strings.ReplaceAll(m[1][1:len(m[1])-1], `\\`, `\`)
				if _, err := regexp.Compile(x); err == nil {
					all = append(all, x)
				}
			}
		}
	})
	if len(all) < 500 {
		t.Fatalf("only %d expressions in the corpora: are they read as they should?", len(all))
	}
	return all
}

// corpusLiterals are the word lists of the hub for paths and agents.
func corpusLiterals(t testing.TB) []string {
	t.Helper()
	var all []string
	eachFile(t, filepath.Join("hub", ".data", "web"), func(path, text string) {
		if filepath.Ext(path) == ".txt" && !strings.HasSuffix(path, ".regex.txt") {
			all = append(all, list(text)...)
		}
	})
	if len(all) < 500 {
		t.Fatalf("only %d literals in the corpora: are they read as they should?", len(all))
	}
	return all
}

// list are the lines of a data file without comments.
func list(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}

func eachFile(t testing.TB, folder string, f func(path, text string)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(testx.Corpora(t), folder), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f(path, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
