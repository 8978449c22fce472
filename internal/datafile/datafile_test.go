package datafile_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/datafile"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/testx"
)

// folder makes a place from names and texts.
func folder(files ...string) datafile.Place {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return datafile.Place{Name: "data", FS: fsys}
}

// load loads one file of a text and type and returns what was said about it.
func load(text, kind string) (*datafile.Loader, []string) {
	l := datafile.New(folder("f", text))
	var problems diag.List
	l.Load([]rule.Data{{DestFile: "f", Type: kind}}, &problems)
	var said []string
	for _, p := range problems.Problems() {
		said = append(said, strings.Replace(p.Error(), ": warning: ", ": ", 1))
	}
	return l, said
}

func TestStrings(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		l, said := load(text, "string")
		got, ok := l.Lines("f")
		if diff := cmp.Diff(want, got); diff != "" || !ok || len(said) > 0 {
			t.Errorf("%q: %t, %q, (-want +got)\n%s", text, ok, said, diff)
		}
	}
	f("")
	f("a\nb", "a", "b")
	f("a\r\nb\r\n", "a", "b")
	f("# comment\n\n#\na", "a")
	f(" a \n\tb\n # kept", " a ", "\tb", " # kept")
	f("\ufeff#bom\na", "a")
}

func TestRegexps(t *testing.T) {
	f := func(text string, want []string, problems ...string) {
		t.Helper()
		for _, kind := range []string{"regexp", "regex"} {
			l, said := load(text, kind)
			all, ok := l.Regexps("f")
			var got []string
			for _, re := range all {
				got = append(got, re.String())
			}
			if diff := cmp.Diff(want, got); diff != "" || !ok {
				t.Errorf("%q: %t, (-want +got)\n%s", text, ok, diff)
			}
			if diff := cmp.Diff(problems, said); diff != "" {
				t.Errorf("%q: problems (-want +got)\n%s", text, diff)
			}
		}
	}
	const hint = " (correct it or remove it; the other lines are used)"
	f("^a+$\n#x\nb|c\n", []string{"^a+$", "b|c"})
	f("a\n(b\nc", []string{"a", "c"}, "data/f:2: the regular expression is not valid: missing closing ): \"(b\""+hint)
	f("(?!x)", nil, "data/f:1: the regular expression is not valid: invalid or unsupported Perl syntax: \"(?!\""+hint)
	f("((a{0,50}){0,50}){0,20}\n(a+)+$", []string{"(a+)+$"},
		"data/f:1: the regular expression is not valid: invalid repeat count: \"{0,50}\""+hint)
	big := "(" + strings.Repeat("a", 100) + "){1000}"
	f(big, nil, fmt.Sprintf("data/f:1: the regular expression %.80q is too large: its repeats unfold to more than 100000 steps"+hint, big))
	f(strings.Repeat("a", 33<<10), nil, "data/f:1: the regular expression has 33792 bytes; the limit is 32768"+hint)
}

func TestMaps(t *testing.T) {
	f := func(text string, want []map[string]string, problems ...string) {
		t.Helper()
		l, said := load(text, "map")
		got, ok := l.Map("f")
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%q: %t, (-want +got)\n%s", text, ok, diff)
		}
		for i := range said {
			said[i] = strings.TrimSuffix(said[i], " (correct it or remove it; the other lines are used)")
		}
		if diff := cmp.Diff(problems, said); diff != "" {
			t.Errorf("%q: problems (-want +got)\n%s", text, diff)
		}
	}
	one := `{"pattern": "/x", "tag": "t", "type": "equals"}`
	f("## x\n"+one+"\n", []map[string]string{{"pattern": "/x", "tag": "t", "type": "equals"}})
	f(`{"pattern": "/x", "tag": "t", "type": "contains", "more": "kept"}`,
		[]map[string]string{{"pattern": "/x", "tag": "t", "type": "contains", "more": "kept"}})
	const no = `: the line is not a JSON object whose values are strings, for example {"pattern": "/x", "tag": "x", "type": "equals"}`
	f("nonsense\n[]\nnull\n{\"pattern\": 1}\n"+one, []map[string]string{{"pattern": "/x", "tag": "t", "type": "equals"}},
		"data/f:1"+no, "data/f:2"+no, "data/f:3"+no, "data/f:4"+no)
	f(`{"pattern": "/x", "type": "equals"}`, nil, `data/f:1: the entry has no "tag"`)
	f(`{"pattern": "", "tag": "t", "type": "equals"}`, nil, `data/f:1: the entry has no "pattern"`)
	f(`{"pattern": "/x", "tag": "t", "type": "prefix"}`, nil, `data/f:1: the entry has the type "prefix"; it is equals, contains or regex`)
	f(`{"pattern": "(", "tag": "t", "type": "regex"}`, nil, `data/f:1: the regular expression is not valid: missing closing ): "("`)
}

func TestBots(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		l, said := load(text, "bots")
		all, ok := l.Bots("f")
		got := strings.Join(said, "; ")
		if len(all) > 0 {
			got = fmt.Sprintf("%s %v %v %v %v", all[0].Name, all[0].Prefixes, all[0].RDNS, all[0].UserAgent, all[0].Paths)
		}
		got = strings.TrimSuffix(got, " (correct it or remove it; the other lines are used)")
		if got != want || !ok {
			t.Errorf("%s: %t, %s, want %s", text, ok, got, want)
		}
	}
	f(`{"name":"b","ranges":["192.0.2.9/24","2001:db8::1/32"]}`, "b [192.0.2.0/24 2001:db8::/32] [] [] []")
	f(`{"name":"b","ips":["192.0.2.9","::ffff:192.0.2.1","2001:db8::1"]}`, "b [192.0.2.9/32 192.0.2.1/32 2001:db8::1/128] [] [] []")
	f(`{"name":"b","rdns":["x$"],"user_agent":"Bot","paths":["^/a","^/b"]}`, "b [] [(?i)x$] [(?i)Bot] [(?i)^/a (?i)^/b]")
	f(`{"name":"b","rdns":["x$"],"user_agents":"bot"}`, `data/f:1: the line does not describe a robot: unknown field "user_agents"`)
	f(`{"ips":["192.0.2.1"]}`, `data/f:1: the robot has no "name"`)
	f(`{"name":"b","user_agent":"bot"}`, `data/f:1: the robot "b" has neither "ips" nor "ranges" nor "rdns": anybody could say to be it`)
	f(`{"name":"b","ips":["192.0.2.300"]}`, `data/f:1: the robot "b": "192.0.2.300" is neither an address nor a range`)
	f(`{"name":"b","ips":["fe80::1%eth0"]}`, `data/f:1: the robot "b": "fe80::1%eth0" is neither an address nor a range`)
	f(`{"name":"b","rdns":["("]}`, `data/f:1: the robot "b": the regular expression is not valid: missing closing ): "(?i)("`)
	f(`{"name":"b","ips":["192.0.2.1"]} {}`, `data/f:1: something follows the robot on its line`)
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	f := func(want string, wanted ...rule.Data) *datafile.Loader {
		t.Helper()
		for i := range wanted {
			wanted[i].Place = diag.Place{File: "r.yaml", Line: i + 1}
		}
		l := datafile.New(folder("a.txt", "a", "sub/b.txt", "b"))
		var problems diag.List
		l.Load(wanted, &problems)
		var got []string
		for _, p := range problems.Problems() {
			got = append(got, p.Error())
		}
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("problems\n%s\nwant\n%s", s, want)
		}
		return l
	}
	f("", rule.Data{DestFile: "a.txt", Type: "string"}, rule.Data{DestFile: "sub/b.txt", Type: "string"})
	f("r.yaml:1: warning: the data file \"no.txt\" is not there (download https://e.example/no.txt to data/no.txt)",
		rule.Data{DestFile: "no.txt", Type: "string", SourceURL: "https://e.example/no.txt"})
	f("", rule.Data{DestFile: "GeoLite2-City.mmdb"})
	f("r.yaml:1: warning: the data file \"a.txt\" is of an unknown type \"list\" "+
		"(write string, regexp, map or bots, or leave it out for a file that no expression reads)",
		rule.Data{DestFile: "a.txt", Type: "list"})
	l := f("r.yaml:2: warning: the data file \"a.txt\" is of the type \"regexp\" here, but of the type \"string\" in r.yaml:1, "+
		"which comes first and counts (give one of them another dest_file)",
		rule.Data{DestFile: "a.txt", Type: "string"}, rule.Data{DestFile: "a.txt", Type: "regexp"})
	if _, ok := l.Regexps("a.txt"); ok {
		t.Error("the second type of a file was taken")
	}
	if lines, ok := l.Lines("a.txt"); !ok || len(lines) != 1 {
		t.Errorf("the first type of a file gave %q, %t", lines, ok)
	}
	f("r.yaml:2: warning: the data file \"a.txt\" comes from https://e.example/2 here, but from https://e.example/1 in r.yaml:1, "+
		"which comes first and counts (give one of them another dest_file)",
		rule.Data{DestFile: "a.txt", Type: "string", SourceURL: "https://e.example/1"},
		rule.Data{DestFile: "a.txt", Type: "string", SourceURL: "https://e.example/2"})
	outside := func(name string) string {
		return fmt.Sprintf("r.yaml:1: dest_file %q is not the name of a file inside the data folder "+
			"(give a file name, for example words.txt)", name)
	}
	for _, name := range []string{"../../etc/cron.d/x", "/etc/passwd", "a/../../b", ".", "a//b", `..\x`, "./a"} {
		f(outside(name), rule.Data{DestFile: name, Type: "string"})
	}
	f("r.yaml:1: dest_file \"\" is missing (give a file name, for example words.txt)", rule.Data{Type: "string"})
	f("r.yaml:1: dest_file \"a\\u202eb\" has characters that cannot be seen (give a file name, for example words.txt)",
		rule.Data{DestFile: "a\u202eb", Type: "string"})
}

// A link out of the folder is not followed, a folder or a huge file is not read.
func TestLoadStaysInside(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	huge, err := os.Create(filepath.Join(dir, "huge"))
	if err != nil {
		t.Fatal(err)
	}
	if err := huge.Truncate(datafile.MaxFileSize + 1); err != nil {
		t.Fatal(err)
	}
	if err := huge.Close(); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := func(name, want string) {
		t.Helper()
		l := datafile.New(datafile.Place{Name: "data", FS: root.FS()})
		var problems diag.List
		l.Load([]rule.Data{{DestFile: name, Type: "string"}}, &problems)
		if lines, ok := l.Lines(name); ok {
			t.Errorf("%s was read: %q", name, lines)
		}
		if all := problems.Problems(); len(all) != 1 || !strings.Contains(all[0].Error(), want) {
			t.Errorf("%s: problems %v, want %q", name, all, want)
		}
	}
	f("link", "path escapes from parent")
	f("folder", "it is not a regular file")
	f("huge", "it has 67108865 bytes; the limit is 67108864")
}

func TestMirrorComesByURL(t *testing.T) {
	mirror := folder("web/a.txt", "mirror", "lists/ips.txt", "from elsewhere", "x/twice.txt", "1", "y/twice.txt", "2")
	mirror.Mirror = true
	f := func(d rule.Data, want string) {
		t.Helper()
		l := datafile.New(mirror, folder("a.txt", "folder", "twice.txt", "folder"))
		d.Type = "string"
		var problems diag.List
		l.Load([]rule.Data{d}, &problems)
		got, _ := l.Lines(d.DestFile)
		if s := strings.Join(got, ","); s != want {
			t.Errorf("%+v: %q, want %q (%v)", d, s, want, problems.Problems())
		}
	}
	const hub = "https://hub-data.crowdsec.net/"
	f(rule.Data{SourceURL: hub + "web/a.txt", DestFile: "renamed.txt"}, "mirror")
	f(rule.Data{SourceURL: hub + "web/a.txt", DestFile: "a.txt"}, "mirror")
	f(rule.Data{SourceURL: hub + "absent.txt", DestFile: "a.txt"}, "folder")
	f(rule.Data{SourceURL: hub + "../web/a.txt", DestFile: "a.txt"}, "folder")
	f(rule.Data{SourceURL: "https://e.example/ips", DestFile: "ips.txt"}, "from elsewhere")
	f(rule.Data{SourceURL: "https://e.example/twice", DestFile: "twice.txt"}, "folder")
	f(rule.Data{DestFile: "ips.txt"}, "from elsewhere")
}

// Every data file of the hub loads without a word, with as many entries as it has lines.
func TestHub(t *testing.T) {
	dir := filepath.Join(testx.Corpora(t), "hub", ".data")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	comment := regexp.MustCompile(`(?m)^(#.*)?\r?\n?`)
	n := 0
	err = fs.WalkDir(root.FS(), ".", func(at string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || e.Name() == "LICENSE" {
			return err
		}
		n++
		kind := "string"
		switch {
		case strings.HasSuffix(at, ".regex"), strings.HasSuffix(at, ".regex.txt"):
			kind = "regexp"
		case strings.HasPrefix(at, "whitelists/benign_bots/legit_bots/"):
			kind = "bots"
		case strings.HasSuffix(at, "technology_probing.json"):
			kind = "map"
		}
		l := datafile.New(datafile.Place{Name: dir, FS: root.FS(), Mirror: true})
		var problems diag.List
		l.Load([]rule.Data{{SourceURL: "https://hub-data.crowdsec.net/" + at, DestFile: "x", Type: kind}}, &problems)
		for _, p := range problems.Problems() {
			t.Error(p)
		}
		text, err := fs.ReadFile(root.FS(), at)
		if err != nil {
			return err
		}
		want := 0
		for line := range strings.SplitSeq(string(text), "\n") {
			if comment.ReplaceAllString(line, "") != "" {
				want++
			}
		}
		lines, _ := l.Lines("x")
		regexps, _ := l.Regexps("x")
		maps, _ := l.Map("x")
		bots, _ := l.Bots("x")
		if got := len(lines) + len(regexps) + len(maps) + len(bots); got != want || got == 0 {
			t.Errorf("%s: %d entries of type %s, want %d", at, got, kind, want)
		}
		return nil
	})
	if err != nil || n < 40 {
		t.Errorf("saw %d files, %v", n, err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add(`{"name":"b","rdns":["x$"],"user_agent":"Bot"}`)
	f.Add(`{"pattern": "/x", "tag": "t", "type": "regex"}`)
	f.Add("(a{0,9}){0,9}\n#x\r\n")
	for _, s := range testx.NaughtyPatterns() {
		f.Add(s)
	}
	for _, s := range testx.NaughtyDocuments() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []string{"string", "regexp", "map", "bots"} {
			l, said := load(text, kind)
			if _, ok := l.Lines("f"); ok && len(said) > 0 {
				t.Fatalf("a list of strings has problems: %q", said)
			}
			if maps, ok := l.Map("f"); ok {
				for _, m := range maps {
					if m["pattern"] == "" || m["tag"] == "" || m["type"] == "" {
						t.Fatalf("entry %v lacks a field", m)
					}
				}
			}
		}
	})
}
