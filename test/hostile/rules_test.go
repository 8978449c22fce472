package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tocsin.example/internal/app"
	"tocsin.example/internal/check"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/enrich/mmdb"
	"tocsin.example/internal/event"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/stash"
	"tocsin.example/internal/testx"
)

// checked is what is said of a text as a rule file of each kind.
func checked(t *testing.T, text string) map[string]*diag.List {
	t.Helper()
	out := map[string]*diag.List{}
	for _, path := range []string{"parsers/s01-parse/x.yaml", "scenarios/x.yaml", "postoverflows/s01-whitelist/x.yaml", "contexts/x.yaml", "collections/x.yaml"} {
		dir := t.TempDir()
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := app.CheckOptions(diag.Own, nil, []string{dir})
		if err != nil {
			t.Fatal(err)
		}
		o.Cost = true // with the fast engine, too
		r, err := check.Paths([]string{dir}, o)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = r.Problems
	}
	return out
}

// allocated is how much memory is allocated, in all, while f runs.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// refused holds that a text is an error with a place wherever it is read, and that some of the errors say why.
func refused(t *testing.T, name string, why ...string) {
	t.Helper()
	text := read(t, name)
	bytes := allocated(func() {
		for path, problems := range checked(t, text) {
			if problems.Errors() == 0 {
				t.Errorf("%s as %s is taken", name, path)
			}
			var all strings.Builder
			for _, p := range problems.Problems() {
				if p.Line == 0 {
					t.Errorf("%s as %s: %q has no line", name, path, p)
				}
				fmt.Fprintln(&all, p)
			}
			if !slices.ContainsFunc(why, func(w string) bool { return strings.Contains(all.String(), w) }) {
				t.Errorf("%s as %s says %.500q, want any of %q", name, path, all.String(), why)
			}
		}
	})
	if bytes > 256*mebibyte {
		t.Errorf("%s: %d bytes allocated", name, bytes)
	}
}

// TestYAMLBomb: aliases that expand without end are refused.
func TestYAMLBomb(t *testing.T) { refused(t, "yaml_bomb.yaml", "when its aliases are followed") }

// TestYAMLDeep: an error, no stack overflow.
func TestYAMLDeep(t *testing.T) { refused(t, "yaml_deep.yaml", "nested", "deep") }

// TestYAMLMergeDup: a key that comes twice and a tag that nobody knows are refused.
func TestYAMLMergeDup(t *testing.T) {
	refused(t, "yaml_merge_dup.yaml", "twice", "again", "duplicate", "already")
	refused(t, "yaml_merge_dup.yaml", "!!python/object/apply:os.system")
}

// TestRedosPatterns: as a grok pattern, a regular expression of a condition and one of a data file, each is refused with
// its place or linear: it never runs on anything but Go's regexp or a plan. What compiling takes is bounded.
func TestRedosPatterns(t *testing.T) {
	const shortLine = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"
	patterns := 0
	for l := range strings.Lines(read(t, "redos_patterns.yaml")) {
		p, ok := strings.CutPrefix(strings.TrimSpace(l), "- '")
		if !ok {
			continue
		}
		p = strings.TrimSuffix(p, "'")
		patterns++
		parser := "name: me/x\nfilter: \"true\"\nonsuccess: next_stage\ngrok:\n  pattern: '(?P<a>" + p + ")'\n  apply_on: Line.Raw\nstatics: [{meta: a, value: b}]\n"
		scenario := "type: leaky\nname: me/y\ndescription: d\nfilter: evt.Line.Raw matches '" + p + "'\ncapacity: 1\nleakspeed: 1s\n"
		for _, engine := range []string{app.Fast, app.Reference} {
			var problems diag.List
			var e *detect.Engine
			bytes := allocated(func() { e = custom(t, engine, parser, scenario, &problems) })
			if bytes > 64*mebibyte {
				t.Errorf("%.40q: compiling allocates %d bytes", p, bytes)
			}
			for _, fault := range problems.Problems() {
				if fault.Line == 0 || len(fault.What) > 4000 {
					t.Errorf("%.40q: the fault has no place, or no end: %.200q", p, fault)
				}
			}
			if e == nil {
				continue
			}
			for _, c := range e.Costs() {
				if !slices.Contains([]string{"plan", "regexp", "closures", "machine"}, c.Runs) {
					t.Errorf("%.40q runs on %s", p, c.Runs)
				}
			}
			list := []string{shortLine, strings.Repeat("a", 60_000) + "!", strings.Repeat("x", 60_000)}
			if out := feed(t, e, lines{"x", list}, nil); out.stats.Lines != 3 || out.bytes > 64*mebibyte {
				t.Errorf("%.40q: %d lines, %d bytes allocated", p, out.stats.Lines, out.bytes)
			}
		}
	}
	if patterns != 7 {
		t.Errorf("%d patterns, want 7", patterns)
	}
}

// custom compiles a parser and a scenario; nil when no parser is left.
func custom(t *testing.T, engine, parser, scenario string, problems *diag.List) *detect.Engine {
	t.Helper()
	lib, err := app.Patterns()
	if err != nil {
		t.Fatal(err)
	}
	p, s := rule.New(rule.Parser, "p.yaml", "p.yaml", []byte(parser)), rule.New(rule.Scenario, "s.yaml", "s.yaml", []byte(scenario))
	p.Stage, p.Order = "s01-parse", "s01-parse/p.yaml"
	fast := engine == app.Fast
	rules := detect.Rules{Parsers: []rule.File{p}, Patterns: lib, Mode: diag.Own}
	if scenario != "" {
		rules.Scenarios = []rule.File{s}
	}
	e, err := detect.Load(rules, detect.Options{Host: &cond.Host{Now: now, Stash: stash.New()}, Fast: fast, Indexed: fast}, problems)
	if err != nil && problems.Errors() == 0 {
		t.Fatal(err)
	}
	return e
}

const jsonParser = `
name: me/json
filter: UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, 'j') in ['', nil]
onsuccess: next_stage
statics:
  - {meta: a, expression: "evt.Unmarshaled.j['a']"}
  - {meta: k, expression: "evt.Unmarshaled.j['k']"}
  - {meta: service, value: json}
`

// jsons is what the JSON parser makes of lines on both engines: "a|k" of each, "-" for one that it does not take.
func jsons(t *testing.T, list ...string) []string {
	t.Helper()
	var both [][]string
	for _, engine := range []string{app.Fast, app.Reference} {
		var problems diag.List
		e := custom(t, engine, jsonParser, "", &problems)
		if problems.Err() != nil {
			t.Fatal(problems.Err())
		}
		var got []string
		out := feed(t, e, lines{"json", list}, func(_ string, it *detect.Item) {
			if !it.Outcome.Parsed {
				got = append(got, "-")
				return
			}
			a, _ := it.Event.GetName(event.Meta, "a")
			k, _ := it.Event.GetName(event.Meta, "k")
			got = append(got, a+"|"+k)
		})
		if out.err != nil || len(got) != len(list) {
			t.Errorf("%s: %d of %d lines (%v)", engine, len(got), len(list), out.err)
		}
		both = append(both, got)
	}
	if !slices.Equal(both[0], both[1]) {
		t.Errorf("the engines differ:\nfast      %q\nreference %q", both[0], both[1])
	}
	return both[0]
}

// TestJSONDeep: not understood, no stack overflow; and the depth that encoding/json takes is taken.
func TestJSONDeep(t *testing.T) {
	deep := read(t, "json_deep.json")
	nested := func(n int) string {
		return `{"a":"x","d":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}"
	}
	got := jsons(t, deep, `{"a":`+deep, deep+strings.Repeat("]", len(deep)), nested(9000), nested(20_000))
	if want := []string{"-", "-", "-", "x|", "-"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestJSONDupBig: a number that is too large is no document, as for encoding/json; of keys that come twice the last
// counts, and a lone surrogate is U+FFFD.
func TestJSONDupBig(t *testing.T) {
	text := read(t, "json_dup_big.json")
	got := jsons(t, text, strings.Replace(text, `"n":1e400,`, "", 1), text[:60_000])
	if want := []string{"-", "2.000000|\ufffd", "-"}; !slices.Equal(got, want) {
		t.Errorf("%.200q, want %q", got, want)
	}
}

// TestHubIndexTraversal: items and data files that lead out of their folder are refused.
func TestHubIndexTraversal(t *testing.T) {
	var problems diag.List
	h, err := hub.Open(fstest.MapFS{".index.json": {Data: []byte(read(t, "hub_index_traversal.json"))}}, &problems)
	if err != nil {
		t.Fatal(err)
	}
	if problems.Errors() == 0 || h.Len() != 1 {
		t.Errorf("%d items, %d errors; want the item that leads out refused", h.Len(), problems.Errors())
	}
	for _, kind := range []rule.Type{rule.Parser, rule.Postoverflow, rule.Scenario, rule.Context, rule.Collection} {
		for it := range h.Items(kind) {
			if strings.Contains(it.Path, "..") {
				t.Errorf("%s lies in %s", it, it.Path)
			}
		}
	}
	// The same in a rule itself: nothing outside of the data folders is read.
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("root\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(data, "link")); err != nil {
		t.Fatal(err)
	}
	for _, dest := range []string{"../secret", secret, "link", "a/../../secret", "..\\secret", "\x00", "/etc/passwd"} {
		path := filepath.Join(dir, "scenarios", "x.yaml")
		text := fmt.Sprintf("type: trigger\nname: me/x\ndescription: d\nfilter: len(File(%q)) > 0\ndata:\n  - {dest_file: %q, type: string}\n", dest, dest)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := app.CheckOptions(diag.Own, []string{data}, []string{path})
		if err != nil {
			t.Fatal(err)
		}
		r, err := check.Paths([]string{path}, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Problems.Errors()+r.Problems.Warnings() == 0 {
			t.Errorf("dest_file %q is taken without a word", dest)
		}
		if o.Host.Files != nil {
			if l, ok := o.Host.Files.Lines(dest); ok && len(l) > 0 {
				t.Errorf("dest_file %q was read: %q", dest, l)
			}
		}
	}
}

// TestMMDBGarbage: a clear error when it is loaded, and the engine runs without.
func TestMMDBGarbage(t *testing.T) {
	dir, _ := testx.Hostile(t)
	garbage, err := os.ReadFile(filepath.Join(dir, "mmdb_garbage.mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, mmdb.CityFile), garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	site, err := app.Open(app.Options{Now: now(), Data: []string{data}})
	if err != nil {
		t.Fatal(err)
	}
	said := false
	for _, p := range site.Problems.Problems() {
		said = said || strings.Contains(p.Error(), "not a sound MaxMind database") && strings.Contains(p.Error(), data)
	}
	if !said {
		t.Errorf("nothing says which database is not sound: %v", site.Problems.Problems())
	}
	if who, _ := sources(t, site.Engine, lines{"syslog", lastLines(read(t, "inject_ssh_user.log"))}); slices.Contains(who, "-") {
		t.Errorf("without the database lines are not understood: %q", who)
	}
}
