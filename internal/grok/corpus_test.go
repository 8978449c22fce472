package grok_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/testx"
)

// shipped is the library of rules/patterns.
func shipped(t testing.TB) *grok.Library {
	t.Helper()
	dir := filepath.Join(testx.Root(t), "rules", "patterns")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	lib := grok.NewLibrary()
	var problems diag.List
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		lib.AddFile(e.Name(), text, &problems)
	}
	for _, p := range problems.Problems() {
		t.Error(p)
	}
	return lib
}

// A corpusCase is a line of logstash.jsonl.
type corpusCase struct {
	Mode, Expr, Message, Example string
	Matched                      bool
	Fields                       map[string]any
}

func corpusCases(t testing.TB) []corpusCase {
	t.Helper()
	f, err := os.Open(filepath.Join(testx.Corpora(t), "grok", "logstash.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []corpusCase
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var c corpusCase
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Mode == "legacy" {
			all = append(all, c)
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// compare runs a case and says what differs from the expectation, "" for nothing. docs/grok.md defines the comparison.
func compare(lib *grok.Library, c corpusCase) string {
	p, err := lib.Compile(c.Expr)
	if err != nil {
		return err.Error()
	}
	matched := regexp.MustCompile(p.Expanded()).MatchString(c.Message)
	if matched != c.Matched {
		return fmt.Sprintf("matched is %v", matched)
	}
	values, ok := p.Match(c.Message, nil)
	if ok != (matched && len(p.Fields()) > 0) {
		return fmt.Sprintf("Match reports %v", ok)
	}
	got := map[string]string{}
	for i, v := range values {
		if v != "" {
			got[p.Fields()[i]] = v
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		if why := differs(got[name], c.Fields[name]); why != "" {
			return fmt.Sprintf("%s: %s", name, why)
		}
		delete(got, name)
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		return fmt.Sprintf("%s: %q was not expected", name, got[name])
	}
	return ""
}

func differs(got string, want any) string {
	switch want := want.(type) {
	case string:
		if got != want {
			return fmt.Sprintf("%q, not %q", got, want)
		}
	case float64:
		if n, err := strconv.ParseFloat(got, 64); err != nil || n != want {
			return fmt.Sprintf("%q, not %v", got, want)
		}
	case nil:
		if got != "" {
			return fmt.Sprintf("%q, not absent", got)
		}
	default:
		return fmt.Sprintf("a list is expected: %v", want)
	}
	return ""
}

func TestCorpusX(t *testing.T) {
	lib := shipped(t)
	n := 0
	for i, c := range corpusCases(t) {
		if why := compare(lib, c); why != "" {
			t.Logf("%d %s | %s: %s", i+1, c.Expr, c.Example, why)
		} else {
			n++
		}
	}
	t.Log(n)
}

var _ = cmp.Diff
var _ = strings.Cut
