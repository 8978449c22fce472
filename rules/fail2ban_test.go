package rules_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tocsin.example/internal/testx"
)

// labelled is a line of the corpus of Fail2Ban's own tests.
type labelled struct {
	ID, Service, Line string
	Match             *bool  `json:"expect_match"` // nil: nobody says
	Host              string // whom to blame
	Modes             []struct{ Mode string }
}

// must reports whether the line has to be found.
func (l *labelled) must() bool { return l.Match != nil && *l.Match }

// strict reports whether the label holds only for a filter that is told to look for less than usual; the same line, or
// one like it, is labelled the other way round elsewhere.
func (l *labelled) strict() bool {
	return !slices.ContainsFunc(l.Modes, func(m struct{ Mode string }) bool {
		return m.Mode == "" || m.Mode == "normal" || m.Mode == "aggressive"
	})
}

// labelledLines reads the lines of some services.
func labelledLines(t *testing.T, services ...string) (out []labelled) {
	t.Helper()
	f, err := os.Open(filepath.Join(testx.Corpora(t), "fail2ban", "open.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line labelled
		if err := json.Unmarshal(in.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(services, line.Service) {
			out = append(out, line)
		}
	}
	if err := in.Err(); err != nil || len(out) == 0 {
		t.Fatalf("%d lines: %v", len(out), err)
	}
	return out
}
