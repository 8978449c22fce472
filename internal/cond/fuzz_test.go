package cond

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/testx"
)

// FuzzMatch compares with a regular expression of the same meaning.
func FuzzMatch(f *testing.F) {
	f.Add("a*b?", "axxbc")
	f.Add("**", "")
	f.Add("?\xff*", "é\xff")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 200 || len(name) > 2000 {
			return
		}
		var re strings.Builder
		re.WriteString(`(?s)^`)
		// Bytes are lifted to runes, so that the expression sees bytes as Match does.
		for i := range len(pattern) {
			switch pattern[i] {
			case '*':
				re.WriteString(`.*`)
			case '?':
				re.WriteString(`.`)
			default:
				re.WriteString(regexp.QuoteMeta(string(rune(pattern[i]))))
			}
		}
		re.WriteString(`$`)
		lifted := make([]rune, len(name))
		for i := range len(name) {
			lifted[i] = rune(name[i])
		}
		want := regexp.MustCompile(re.String()).MatchString(string(lifted))
		if got := match(pattern, name); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, name, got)
		}
	})
}

// FuzzJSONExtract compares with encoding/json on valid documents and must not crash on others.
// decodesAlike holds that values are decoded as encoding/json decodes them.
func decodesAlike(t *testing.T, doc, path string, v jsonValue) {
	t.Helper()
	r := NewRun()
	var text string
	switch {
	case v.kind == '"' && !strings.Contains(v.raw, `\`):
		text = v.raw // what needs no decoding is given as it stands
	case v.kind == '"' && json.Unmarshal([]byte(`"`+v.raw+`"`), &text) != nil:
		text = ""
	}
	if got := r.jsonText(doc, splitPath(path)); got != text {
		t.Errorf("%s of %s as text is %q, want %q", path, doc, got, text)
	}
	var list, wantList []any
	var object, wantObject map[string]any
	if v.kind == '[' && json.Unmarshal([]byte(v.raw), &wantList) != nil {
		wantList = nil
	}
	if v.kind == '{' && json.Unmarshal([]byte(v.raw), &wantObject) != nil {
		wantObject = nil
	}
	if err := errors.Join(jsonInto(r, doc, path, '[', &list), jsonInto(r, doc, path, '{', &object)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(list, wantList) || !reflect.DeepEqual(object, wantObject) {
		t.Errorf("%s of %s is %v or %v, want %v or %v", path, doc, list, object, wantList, wantObject)
	}
}

func FuzzJSONExtract(f *testing.F) {
	f.Add(`{"a":{"b":[{"c":"x\n"},2]},"n":null}`, "a.b[0].c")
	f.Add(`[1,[2]]`, "[1].[0]")
	f.Add(`{"a":"\u00e9\ud800","a":2} x`, "a")
	for _, s := range testx.NaughtyDocuments() {
		f.Add(s, "a")
	}
	f.Fuzz(func(t *testing.T, doc, path string) {
		steps := splitPath(path)
		got, ok := jsonFind(doc, steps)
		decodesAlike(t, doc, path, got)
		if !json.Valid([]byte(doc)) {
			return
		}
		raw, found := json.RawMessage(doc), true
		for _, s := range steps {
			var list []json.RawMessage
			n, isIndex := pathIndex(s)
			if isIndex && json.Unmarshal(raw, &list) == nil && list != nil {
				if found = n < len(list); found {
					raw = list[n]
					continue
				}
				break
			}
			if raw, found = member(t, raw, s); !found {
				break
			}
		}
		if ok != found {
			t.Fatalf("%s in %s: found %v, want %v", path, doc, ok, found)
		}
		if want := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(raw)), `"`), `"`); found && got.raw != want &&
			got.kind == '"' || found && got.kind != '"' && got.raw != strings.TrimSpace(string(raw)) {
			t.Fatalf("%s in %s is %q, want %q", path, doc, got.raw, want)
		}
	})
}

// member returns the first value of a key, read with encoding/json.
func member(t *testing.T, raw json.RawMessage, key string) (json.RawMessage, bool) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		return raw, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		// A key that is no valid UTF-8 is compared as it stands, which encoding/json can not tell us.
		if name == key {
			return v, true
		}
	}
	return raw, false
}

// FuzzParseKV compares with the regular expression that says what a pair is.
func FuzzParseKV(f *testing.F) {
	f.Add(`a=1 b="x \" y" c= d="open e==f`)
	f.Add("a=\xff b=\"\\")
	pair := regexp.MustCompile(`([^=\s]+)=(?:"([^"\\]*(?:(?s:\\.)[^"\\]*)*)"|([^=\s]*))`)
	for _, s := range testx.Naughty() {
		f.Add("a=" + s + ` b="` + s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var got, want []string
		pairs(text, func(k, v string) { got = append(got, k, v) })
		for _, m := range pair.FindAllStringSubmatch(text, -1) {
			want = append(want, m[1], m[2]+m[3])
		}
		if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("%q\n got %q\nwant %q", text, got, want)
		}
		laxPairs(text, func(k, v string) {
			if k == "" || len(k)+len(v) > len(text) {
				t.Errorf("%q: %q=%q", text, k, v)
			}
		})
	})
}

// FuzzXML must neither crash nor hang.
func FuzzXML(f *testing.F) {
	f.Add(`<a b="c">d<e/></a>`, "/a/e")
	f.Add(`<?xml version="1.0"?><a:b xmlns:a="x">1</a:b>`, "//b[@c='d'][1]/..")
	for _, s := range testx.Naughty() {
		f.Add("<a>"+s+"</a>", "/a")
	}
	f.Fuzz(func(t *testing.T, doc, path string) {
		if len(doc)+len(path) > 4<<10 {
			return
		}
		b := newBench(t, nil)
		p := b.compile(KindParser, `XMLGetNodeValue(evt.Parsed.doc, evt.Parsed.path)`, WantString)
		b.ev.SetName(event.Parsed, "doc", doc)
		b.ev.SetName(event.Parsed, "path", path)
		_, _ = p.String(b.run, &Env{Evt: b.ev.View()}) // a path of a rule that panics is an error of that rule
	})
}

// FuzzCompile: whatever a rule says, it compiles or is a problem with a place, and evaluating it ends with a value or an
// Error.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{
		`evt.Meta.log_type == 'a' && any(File("x"), {# contains Lower(evt.Parsed.b)})`, `let x = 1..9; map(x, # ** 2)[2:]?.y ?? nil`,
		`reduce([1, 2], #acc + #, 0) | string() | Upper()`, `{"a": [1.5, -2]}.a[-1] in [1, "x"] ? 1 : 2`,
		`groupBy(Split("a b", " "), #)["a"]`, `Sprintf("%[2]*[1]d", 1, 2)`, `if true {1} else {2}; 3`,
		`Get(keys(evt.Unmarshaled), 0) matches evt.Line.Raw`, `evt?.Overflow?.Alert?.Source.IP not in ["", nil]`,
	} {
		for k := range kinds {
			f.Add(s, uint8(k))
		}
	}
	f.Fuzz(func(t *testing.T, src string, kind uint8) {
		if len(src) > 2<<10 {
			return
		}
		b := newBench(t, fullHost())
		b.run.SetBudget(1 << 20)
		p, err := b.c.Compile(Kind(kind%uint8(kinds)), diag.Plain(src, "x.yaml"), WantAny)
		if err != nil {
			if problem, ok := errors.AsType[diag.Problem](err); !ok || problem.Line == 0 {
				t.Errorf("%q: %v", src, err)
			}
			return
		}
		if _, err := p.Eval(b.run, &Env{Evt: b.ev.View()}); err != nil {
			if fault, ok := errors.AsType[*Error](err); !ok || fault.Place().Line == 0 {
				t.Errorf("%q: %v", src, err)
			}
		}
	})
}

var benchLine = tocsin.Line{
	Raw: `1.2.3.4 - - [14/Mar/2026:12:00:00 +0000] "GET /wp-login.php HTTP/1.1" 404 153 "-" "curl/8"`, Src: "/var/log/nginx/access.log",
	Module: "file", Time: noon, Labels: map[string]string{"type": "nginx"},
}

func BenchmarkEval(b *testing.B) {
	for name, src := range map[string]string{
		"filter":   `evt.Meta.log_type == 'http_access-log' && evt.Parsed.static_ressource == 'false' && evt.Parsed.verb in ['GET', 'HEAD']`,
		"miss":     `evt.Meta.service == 'ssh' && evt.Meta.log_type == 'ssh_failed-auth'`,
		"helper":   `Lower(evt.Parsed.request) contains "wp-login"`,
		"list":     `any(["/a", "/b", "/c", "/wp-login.php"], evt.Parsed.request endsWith #)`,
		"constant": `evt.Meta.source_ip`,
	} {
		b.Run(name, func(b *testing.B) {
			x := newBench(b, fullHost())
			p := x.compile(KindScenario, src, WantAny)
			e := event.New(x.c.schema)
			e.Reset(1, &benchLine)
			e.SetName(event.Meta, "log_type", "http_access-log")
			e.SetName(event.Meta, "source_ip", "1.2.3.4")
			e.SetName(event.Parsed, "static_ressource", "false")
			e.SetName(event.Parsed, "verb", "GET")
			e.SetName(event.Parsed, "request", "/wp-login.php")
			env := &Env{Evt: e.View()}
			b.ReportAllocs()
			for b.Loop() {
				x.run.Begin(noon)
				if _, err := p.Eval(x.run, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
