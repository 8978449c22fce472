package hub_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/testx"
)

// said lists problems as text.
func said(problems *diag.List) []string {
	var all []string
	for _, p := range problems.Problems() {
		all = append(all, p.Error())
	}
	return all
}

// indexEntry is an item of a test's index.
type indexEntry map[string]any

// entry is an item whose versions had these texts, oldest first.
func entry(path string, versions ...string) indexEntry {
	e := indexEntry{"path": path, "author": "me"}
	known := map[string]any{}
	for i, text := range versions {
		number := fmt.Sprintf("0.%d", i+1)
		known[number] = map[string]any{"digest": fmt.Sprintf("%x", sha256.Sum256([]byte(text)))}
		e["version"] = number
	}
	e["versions"] = known
	return e
}

func (e indexEntry) with(key string, value any) indexEntry {
	e[key] = value
	return e
}

func index(t *testing.T, all map[string]map[string]indexEntry) *fstest.MapFile {
	t.Helper()
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: text}
}

// small is a hub with an index: eleven versions of a parser, and all that can be wrong with a file.
func small(t *testing.T) *hub.Hub {
	t.Helper()
	versions := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}
	fsys := fstest.MapFS{
		".index.json": index(t, map[string]map[string]indexEntry{
			"parsers": {
				"me/good":  entry("parsers/s01-parse/me/good.yaml", versions...).with("stage", "s01-parse"),
				"me/old":   entry("parsers/s00-raw/me/old.yaml", versions...),
				"me/bad":   entry("parsers/s01-parse/me/bad.yaml", "1"),
				"me/gone":  entry("parsers/s02-enrich/me/gone.yaml", "1"),
				"you/good": entry("parsers/s01-parse/you/good.yaml", "1"),
			},
			"scenarios":    {"me/good": entry("scenarios/me/good-bf.yaml", "bf")},
			"appsec-rules": {"me/waf": entry("appsec-rules/me/waf.yaml", "waf")},
			"collections": {
				"me/fine":  entry("collections/me/fine.yaml", "c").with("parsers", []string{"me/good"}).with("collections", []string{"me/ring"}),
				"me/ring":  entry("collections/me/ring.yaml", "c").with("scenarios", []string{"me/good"}).with("collections", []string{"me/fine"}),
				"me/older": entry("collections/me/older.yaml", "c").with("parsers", []string{"me/old"}).with("collections", []string{"me/fine"}),
				"me/touched": entry("collections/me/touched.yaml", "c").with("parsers", []string{"me/bad"}).
					with("collections", []string{"me/older"}),
				"me/lacking": entry("collections/me/lacking.yaml", "c").with("parsers", []string{"me/goood"}),
				"me/holed":   entry("collections/me/holed.yaml", "c").with("parsers", []string{"me/gone"}),
			},
		}),
		"parsers/s01-parse/me/good.yaml":          {Data: []byte("11")},
		"parsers/s00-raw/me/old.yaml":             {Data: []byte("9")},
		"parsers/s01-parse/me/bad.yaml":           {Data: []byte("changed")},
		"parsers/s01-parse/you/good.yaml":         {Data: []byte("1")},
		"parsers/s01-parse/me/local.yaml":         {Data: []byte("name: me/local\n---\nname: me/second\n")},
		"parsers/s01-parse/me/quiet.yaml":         {Data: []byte("filter: x\n")},
		"scenarios/me/good-bf.yaml":               {Data: []byte("bf")},
		"appsec-rules/me/waf.yaml":                {Data: []byte("waf")},
		".tests/x/parsers/s02-enrich/me/own.yaml": {Data: []byte("name: me/own\n")},
		".data/web/a.txt":                         {Data: []byte("a")},
	}
	for _, name := range []string{"fine", "ring", "older", "touched", "lacking", "holed"} {
		fsys["collections/me/"+name+".yaml"] = &fstest.MapFile{Data: []byte("c")}
	}
	var problems diag.List
	h, err := hub.Open(fsys, &problems)
	if err != nil || len(problems.Problems()) > 0 {
		t.Fatalf("open: %v, %q", err, said(&problems))
	}
	return h
}

func TestState(t *testing.T) {
	h := small(t)
	f := func(kind rule.Type, name string, want hub.State, version string) {
		t.Helper()
		it, ok := h.Find(kind, name)
		if !ok {
			t.Errorf("%s is not there", name)
			return
		}
		if got, v := h.State(it); got != want || v != version {
			t.Errorf("%s is %s at %q, want %s at %q", it, got, v, want, version)
		}
	}
	f(rule.Parser, "me/good", hub.UpToDate, "0.11")
	f(rule.Parser, "me/old", hub.Outdated, "0.9")
	f(rule.Parser, "me/bad", hub.Tainted, "?")
	f(rule.Parser, "me/gone", hub.Missing, "")
	f(rule.Collection, "me/fine", hub.UpToDate, "0.1")
	f(rule.Collection, "me/ring", hub.UpToDate, "0.1")
	f(rule.Collection, "me/older", hub.Outdated, "0.1")
	f(rule.Collection, "me/touched", hub.Tainted, "0.1")
	f(rule.Collection, "me/lacking", hub.Tainted, "0.1")
	f(rule.Collection, "me/holed", hub.Tainted, "0.1")
}

func TestResolve(t *testing.T) {
	h := small(t)
	f := func(names, want string, problems ...string) {
		t.Helper()
		var list diag.List
		set := h.Resolve(strings.Split(names, ","), &list, ".tests/x")
		var got []string
		for _, files := range [][]rule.File{set.Parsers, set.Postoverflows, set.Scenarios, set.Contexts} {
			for _, file := range files {
				got = append(got, file.Order+"="+file.Name)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", names, s, want)
		}
		if diff := cmp.Diff(problems, said(&list)); diff != "" {
			t.Errorf("%s: problems (-want +got)\n%s", names, diff)
		}
	}
	f("", "")
	f("me/old, me/bad", "s00-raw/old.yaml=me/old s01-parse/bad.yaml=me/bad")
	f("parsers:me/good", "s01-parse/good.yaml=me/good")
	f("scenario:me/good", "good-bf.yaml=me/good")
	f("me/good", "s01-parse/good.yaml=me/good good-bf.yaml=me/good",
		`warning: "me/good" is the name of parsers:me/good and scenarios:me/good; all are taken (write parsers:me/good for one of them)`)
	f("me/fine", "s01-parse/good.yaml=me/good good-bf.yaml=me/good")
	f("me/ring,me/fine", "s01-parse/good.yaml=me/good good-bf.yaml=me/good")
	f("appsec-rules:me/waf", "")
	f("you/good,parsers:me/good", "s01-parse/good.yaml=me/good s01-parse/good.yaml=you/good",
		"parsers/s01-parse/you/good.yaml: warning: the file name is that of parsers/s01-parse/me/good.yaml too "+
			"(both are used; CrowdSec would install only one of them)")
	f("./parsers/s01-parse/me/good.yaml", "s01-parse/good.yaml=me/good")
	f("parsers/s01-parse/me/local.yaml,./parsers/s01-parse/me/local.yaml", "s01-parse/local.yaml=me/local")
	f("./parsers/s01-parse/me/quiet.yaml", "s01-parse/quiet.yaml=quiet.yaml")
	f("./parsers/s02-enrich/me/own.yaml", "s02-enrich/own.yaml=me/own")
	f("./.tests/x/parsers/s02-enrich/me/own.yaml", "s02-enrich/own.yaml=me/own")
	const absent = "there is no such file in the hub (give the path from the hub's folder, for example ./scenarios/me/x.yaml)"
	f("./parsers/s01-parse/me/no.yaml", "", "./parsers/s01-parse/me/no.yaml: "+absent)
	f("../../etc/x.yaml", "", "../../etc/x.yaml: "+absent)
	f("me/olld", "", `there is no item "me/olld" in the hub (did you mean me/old?)`)
	f("parsers:bad", "", `there is no parser "bad" in the hub (did you mean parsers:me/bad?)`)
	f("nothing/like-it", "", `there is no item "nothing/like-it" in the hub (look into the hub's folders, or its .index.json, for what there is)`)
	f("rules:me/old", "", `"rules:me/old" has an unknown type "rules" `+
		`(write parsers:, postoverflows:, scenarios:, contexts:, appsec-configs:, appsec-rules: or collections:)`)
	f("me/lacking", "", `collections/me/lacking.yaml: the collection names the parser "me/goood", which is not in the hub (did you mean me/good?)`)
	f("me/gone", "", "read parser me/gone: parsers/s02-enrich/me/gone.yaml: file does not exist (get the hub again, or leave the item out)")
}

func TestFileTellsItsVersion(t *testing.T) {
	h := small(t)
	it, _ := h.Find(rule.Parser, "me/old")
	got, err := h.File(it)
	if err != nil {
		t.Fatal(err)
	}
	want := rule.File{
		Type: rule.Parser, Name: "me/old", Path: "parsers/s00-raw/me/old.yaml", Order: "s00-raw/old.yaml", Stage: "s00-raw",
		Text: []byte("9"), Version: "0.9", Digest: sha256.Sum256([]byte("9")),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	data, ok := h.Data()
	if !ok {
		t.Fatal("the hub has no data")
	}
	if text, err := fs.ReadFile(data, "web/a.txt"); err != nil || string(text) != "a" {
		t.Errorf("data: %q, %v", text, err)
	}
}

func TestOpenRefusesWhatIsNotSound(t *testing.T) {
	f := func(kind, name string, e indexEntry, want string) {
		t.Helper()
		fsys := fstest.MapFS{".index.json": index(t, map[string]map[string]indexEntry{kind: {name: e}})}
		var problems diag.List
		h, err := hub.Open(fsys, &problems)
		if err != nil {
			t.Fatal(err)
		}
		if h.Len() > 0 {
			t.Errorf("%s %q was taken", kind, name)
		}
		if s := strings.Join(said(&problems), "\n"); !strings.Contains(s, want) {
			t.Errorf("%s %q: %s, want %s", kind, name, s, want)
		}
	}
	const good = "scenarios/me/x.yaml"
	f("scenarios", "../x", entry(good), "has a name that is no author/name")
	f("scenarios", "/x", entry(good), "has a name that is no author/name")
	f("scenarios", `a\x`, entry(good), "has a name that is no author/name")
	f("scenarios", "a/\x00", entry(good), "characters that cannot be seen")
	f("scenarios", "a/\u202ex", entry(good), "characters that cannot be seen")
	f("scenarios", "", entry(good), "has a name that is empty")
	f("scenarios", "me/x", entry("../x.yaml"), "which leads out of the hub")
	f("scenarios", "me/x", entry("scenarios/../../x.yaml"), "which leads out of the hub")
	f("scenarios", "me/x", entry("/etc/x.yaml"), "which leads out of the hub")
	f("scenarios", "me/x", entry(`scenarios\x.yaml`), "which leads out of the hub")
	f("scenarios", "me/x", entry(""), "which leads out of the hub")
	f("scenarios", "me/x", entry("scenarios/me/x.so"), "which is no YAML file")
	f("scenarios", "me/x", entry("parsers/s01-parse/me/x.yaml"), "which is not in the folder scenarios")
	f("parsers", "me/x", entry("parsers/x.yaml"), "which is not in the folder parsers")
	f("parsers", "me/x", entry("parsers/s01/me/x.yaml").with("stage", "s02"), `has the stage "s02", but its path is`)
	f("parsers", "me/x", entry("parsers/s01/me/x.yaml").with("versions", 1), "is not an entry of an index")
	f("plugins", "me/x", entry("plugins/me/x.yaml"), `1 items of an unknown type "plugins"`)

	var problems diag.List
	_, err := hub.Open(fstest.MapFS{".index.json": {Data: []byte("[")}}, &problems)
	if err == nil || !strings.Contains(err.Error(), ".index.json: the index is not valid JSON") {
		t.Errorf("error %v, want that the index is not valid", err)
	}
	_, err = hub.Open(fstest.MapFS{"readme": {}}, &problems)
	if err == nil || !strings.Contains(err.Error(), "neither an index nor a folder of rules") {
		t.Errorf("error %v, want that this is no hub", err)
	}
	if _, err = hub.OpenDir("/no/where", &problems); err == nil || !strings.Contains(err.Error(), "the hub cannot be opened") {
		t.Errorf("error %v, want that it cannot be opened", err)
	}
}

// Without an index, what the files say about themselves counts.
func TestOpenWalksWithoutIndex(t *testing.T) {
	fsys := fstest.MapFS{
		"parsers/s01-parse/me/a.yaml": {Data: []byte("# head\n---\nname: me/a\ndescription: d\nauthor: me\n---\nname: me/a2\n")},
		"scenarios/me/b.yml":          {Data: []byte("name: me/b\nlabels:\n  service: ssh\n")},
		"scenarios/me/broken.yaml":    {Data: []byte("name: [\n")},
		"scenarios/me/readme.md":      {Data: []byte("name: no")},
		"scenarios/.git/x.yaml":       {Data: []byte("name: no")},
		"scenarios/me/twice.yaml":     {Data: []byte("name: me/b\n")},
		"collections/me/all.yaml":     {Data: []byte("name: me/all\nparsers: [me/a]\nscenarios: [me/b]\n")},
		"parsers/not-in-a-stage.yaml": {Data: []byte("name: no\n")},
	}
	var problems diag.List
	h, err := hub.Open(fsys, &problems)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"parsers/not-in-a-stage.yaml: the file is in no folder of a type of rules (the file is left out)",
		`scenarios/me/twice.yaml: scenario "me/b" is in scenarios/me/b.yml already (give one of them another name)`,
	}
	if diff := cmp.Diff(want, said(&problems)); diff != "" {
		t.Errorf("problems (-want +got)\n%s", diff)
	}
	var names []string
	for _, kind := range rule.Types() {
		for it := range h.Items(kind) {
			state, _ := h.State(it)
			names = append(names, it.String()+" "+string(state))
		}
	}
	if diff := cmp.Diff([]string{"parsers:me/a local", "scenarios:broken.yaml local", "scenarios:me/b local", "collections:me/all local"}, names); diff != "" {
		t.Errorf("items (-want +got)\n%s", diff)
	}
	it, _ := h.Find(rule.Scenario, "me/b")
	if it.Labels["service"] != "ssh" {
		t.Errorf("labels %v, want service: ssh", it.Labels)
	}
	set := h.Resolve([]string{"me/all"}, &problems)
	if set.Len() != 2 || set.Parsers[0].Name != "me/a" || set.Scenarios[0].Path != "scenarios/me/b.yml" {
		t.Errorf("me/all gave %+v", set)
	}
}

// No link leads out of the folder, whether the index names it or a walk meets it.
func TestOpenDirFollowsNoLinkOut(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(secret, []byte("name: secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, p := range []string{"scenarios/me", "parsers/s01-parse"} {
		if err := os.MkdirAll(filepath.Join(dir, p), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, from string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Skip(err)
		}
	}
	link(secret, "scenarios/me/file.yaml")
	link(filepath.Dir(secret), "scenarios/folder")
	if err := os.WriteFile(filepath.Join(dir, "scenarios", "me", "inside.yaml"), []byte("name: me/inside\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	walked := func() []string {
		t.Helper()
		var problems diag.List
		h, err := hub.OpenDir(dir, &problems)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		var got []string
		for it := range h.Items(rule.Scenario) {
			got = append(got, it.Name)
		}
		return got
	}
	if diff := cmp.Diff([]string{"me/inside"}, walked()); diff != "" {
		t.Errorf("walked (-want +got)\n%s", diff)
	}
	text := index(t, map[string]map[string]indexEntry{"scenarios": {
		"me/file": entry("scenarios/me/file.yaml"), "me/folder": entry("scenarios/folder/secret.yaml"),
	}})
	if err := os.WriteFile(filepath.Join(dir, ".index.json"), text.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	var problems diag.List
	h, err := hub.OpenDir(dir, &problems)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if set := h.ResolveAll(&problems); set.Len() != 0 {
		t.Errorf("read %+v through links", set)
	}
	if got := said(&problems); len(got) != 2 || !strings.Contains(got[0], "escapes from parent") || !strings.Contains(got[1], "escapes from parent") {
		t.Errorf("problems %q, want that both links lead out", got)
	}
}

func TestHostileIndex(t *testing.T) {
	dir, _ := testx.Hostile(t)
	text, err := os.ReadFile(filepath.Join(dir, "hub_index_traversal.json"))
	if err != nil {
		t.Fatal(err)
	}
	var problems diag.List
	h, err := hub.Open(fstest.MapFS{".index.json": {Data: text}}, &problems)
	if err != nil {
		t.Fatal(err)
	}
	if problems.Errors() != 1 || h.Len() != 1 {
		t.Errorf("%d items, problems %q, want the item that leads out refused", h.Len(), said(&problems))
	}
}

// The real hub: every item is sound, has a known version, and loads without a word but for file names that collide.
func TestRealHub(t *testing.T) {
	var problems diag.List
	h, err := hub.OpenDir(filepath.Join(testx.Corpora(t), "hub"), &problems)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for kind, want := range map[rule.Type]int{
		rule.Parser: 164, rule.Postoverflow: 12, rule.Scenario: 783, rule.Context: 9, rule.Collection: 164,
		rule.AppsecConfig: 5, rule.AppsecRule: 222,
	} {
		got := 0
		for it := range h.Items(kind) {
			got++
			if state, version := h.State(it); state != hub.UpToDate || version != it.Version {
				t.Errorf("%s is %s at %s, want %s", it, state, version, it.Version)
			}
		}
		if got != want {
			t.Errorf("%d %s, want %d", got, kind, want)
		}
	}
	set := h.ResolveAll(&problems)
	if len(set.Parsers) != 164 || len(set.Postoverflows) != 12 || len(set.Scenarios) != 783 || len(set.Contexts) != 9 {
		t.Errorf("%d parsers, %d postoverflows, %d scenarios, %d contexts", len(set.Parsers), len(set.Postoverflows), len(set.Scenarios), len(set.Contexts))
	}
	for _, p := range problems.Problems() {
		t.Log(p)
		if p.Severity == diag.Error {
			t.Error(p)
		}
	}
	sshd := h.Resolve([]string{"crowdsecurity/sshd"}, &problems)
	if len(sshd.Parsers) == 0 || len(sshd.Scenarios) < 5 {
		t.Errorf("crowdsecurity/sshd has %d parsers and %d scenarios", len(sshd.Parsers), len(sshd.Scenarios))
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"parsers":{"a/b":{"path":"parsers/s01/a/b.yaml","versions":{"0.1":{"digest":"0"}}}}}`))
	f.Add([]byte(`{"collections":{"a":{"path":"collections/a.yaml","collections":["a"]}}}`))
	for _, s := range testx.NaughtyDocuments() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var problems diag.List
		h, err := hub.Open(fstest.MapFS{".index.json": {Data: text}}, &problems)
		if err != nil {
			return
		}
		for _, kind := range rule.Types() {
			for it := range h.Items(kind) {
				if !fs.ValidPath(it.Path) || !strings.HasPrefix(it.Path, string(kind)+"/") {
					t.Fatalf("%s has the path %q", it, it.Path)
				}
				h.State(it)
			}
		}
		h.ResolveAll(&problems)
	})
}
