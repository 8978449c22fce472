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

// The cases that do not pass as they stand are those of the table in docs/grok.md, no more and no fewer.
func TestCorpus(t *testing.T) {
	lib, cases := shipped(t), corpusCases(t)
	if len(cases) != 272 {
		t.Errorf("%d legacy cases, want 272", len(cases))
	}
	different := map[string]int{}
	for _, c := range cases {
		if why := compare(lib, c); why != "" {
			example := strings.TrimSpace(c.Example)
			different[example]++
			if !readable(lib, c) {
				different[example+" (open)"]++
			}
		}
	}
	if diff := cmp.Diff(listed(t), different); diff != "" {
		t.Errorf("cases that do not pass: docs/grok.md (-), now (+):\n%s", diff)
	}
}

// readable reports whether a case passes when of a list of values for one field, which a field here cannot hold, the last
// value counts, and when the address of httpd's client, which here has two names, may have both.
func readable(lib *grok.Library, c corpusCase) bool {
	fields := map[string]any{}
	for name, want := range c.Fields {
		if values, ok := want.([]any); ok && len(values) > 0 {
			want = values[len(values)-1]
		}
		fields[name] = want
	}
	if c.Expr == "%{HTTPD_ERRORLOG}" {
		fields["client"] = fields["clientip"]
	}
	c.Fields = fields
	return compare(lib, c) == ""
}

// listed reads the tables of docs/grok.md: how many cases with which example text. Those in the part headed "open" do not
// pass either when they are read as readable has it.
func listed(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testx.Root(t), "docs", "grok.md"))
	if err != nil {
		t.Fatal(err)
	}
	all, part := map[string]int{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			part = line
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if !strings.HasPrefix(part, "### Cases") || len(cells) != 3 {
			continue
		}
		n, err := strconv.Atoi(cells[0])
		if err != nil {
			continue // the head of the table
		}
		all[cells[1]] += n
		if strings.Contains(part, "open") {
			all[cells[1]+" (open)"] += n
		}
	}
	return all
}
