package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/rule"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/testx"
)

// TestNaughtyStrings holds that no name or path blames somebody else, whatever stands in it, that none breaks an
// expression, and that both engines see the same. A client's quote in an access log is written as \x22.
func TestNaughtyStrings(t *testing.T) {
	sshd := []string{
		"Failed password for invalid user %s from 192.0.2.1 port 4 ssh2", "Invalid user %s from 192.0.2.1 port 4",
		"Invalid user %s from 192.0.2.1", "Connection closed by invalid user %s 192.0.2.1 port 4 [preauth]",
		"Disconnected from authenticating user %s 192.0.2.1 port 4 [preauth]",
		"error: maximum authentication attempts exceeded for invalid user %s from 192.0.2.1 port 4 ssh2 [preauth]",
		"Disconnecting invalid user %s 192.0.2.1 port 4: Too many authentication failures [preauth]",
		"Bad protocol version identification '%s' from 192.0.2.1 port 4", "Received disconnect from 192.0.2.1 port 4:11: %s [preauth]",
		"error: PAM: Authentication failure for illegal user %s from 192.0.2.1",
		"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=%s",
	}
	nginx := []string{
		`192.0.2.1 - %s [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 401 1 "-" "-"`,
		`192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /%s HTTP/1.1" 404 1 "-" "-"`,
		`192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "%s" 400 1 "-" "-"`,
		`192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 404 1 "%s" "-"`,
		`192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 404 1 "-" "%s"`,
		`2026/11/22 10:00:00 [error] 1#1: *1 open() "/srv/%s" failed (2: No such file or directory), client: 192.0.2.1, server: x, request: "GET /%[1]s HTTP/1.1", host: "x"`,
		`2026/11/22 10:00:00 [error] 1#1: *1 user "%s" was not found in "/x", client: 192.0.2.1, server: x, request: "GET / HTTP/1.1", host: "x"`,
	}
	fill := func(templates []string, head string, quote string) (list []string) {
		for _, tpl := range templates {
			for _, n := range testx.Naughty() {
				list = append(list, head+fmt.Sprintf(tpl, strings.ReplaceAll(n, `"`, quote)))
			}
		}
		return list
	}
	for kind, list := range map[string][]string{
		"syslog": fill(sshd, "Nov 22 10:00:00 host sshd[1]: ", `"`), "nginx": fill(nginx, "", `\x22`),
	} {
		var seen [][]string
		onBoth(t, func(on side) {
			t, e := on.T, on.engine
			who, out := sources(t, e, lines{kind, list})
			understood := 0
			for i, w := range who {
				switch w {
				case "192.0.2.1":
					understood++
				case "-", "":
				default:
					t.Errorf("%s is blamed for %.300q", w, list[i])
				}
			}
			if understood*10 < len(list)*8 {
				t.Errorf("only %d of %d lines are understood", understood, len(list))
			}
			if got := out.accused(); len(got) != 1 || !got["192.0.2.1"] {
				t.Errorf("alerts against %v", got)
			}
			seen = append(seen, who)
		})
		if len(seen) == 2 && !slices.Equal(seen[0], seen[1]) {
			t.Errorf("%s: the engines see different sources", kind)
		}
	}
}

// TestJSONEdges holds that documents are taken as encoding/json takes them, and never crash.
func TestJSONEdges(t *testing.T) {
	list := []string{
		`{}`, `{"a":"x"}`, `{"a":"x"} `, `{"a":"x"}x`, `{"a":"x",}`, `{"a" "x"}`, `{"a":'x'}`, `{a:"x"}`, `{"a":"x"`, `{"a":"\u0000"}`,
		`{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\ude00\ud83d"}`, `{"a":"\x41"}`, `{"a":"\u12"}`, `{"a":"\U00000041"}`, "{\"a\":\"\x01\"}",
		"{\"a\":\"\xff\"}", "{\"\xff\":1}", "\ufeff{\"a\":\"x\"}", `{"a":1e400}`, `{"a":1e-400}`, `{"a":-0}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":+1}`,
		`{"a":NaN}`, `{"a":Infinity}`, `{"a":0x1}`, `{"a":123456789012345678901234567890}`, `{"a":true}`, `{"a":tru}`, `{"a":null}`, `{"a":[]}`,
		`{"a":{}}`, `{"a":{"a":{"a":"x"}}}`, `{"a":"1","a":"2"}`, `{"A":"1","a":"2"}`, `{"":"x"}`, `{"a":"x"/**/}`, `[1]`, `"a"`, `1`, `null`, `[[[[`, `]`,
		`{"a":"` + strings.Repeat(`\\`, 30_000) + `"}`, `{"a":"` + strings.Repeat(`\u0041`, 10_000) + `"}`, `{` + strings.Repeat(`"z":1,`, 10_000) + `"a":"x"}`,
		`{"a":` + strings.Repeat("9", 60_000) + `}`, strings.Repeat(" ", 60_000) + `{"a":"x"}`, "{\n\"a\":\"x\"\t}", "{\u00a0}", "{\"a\":\u2028\"x\"}",
	}
	taken := 0
	for i, got := range jsons(t, list...) {
		var v any
		valid := json.Unmarshal([]byte(list[i]), &v) == nil
		m, _ := v.(map[string]any)
		if understood := got != "-"; understood && !valid {
			t.Errorf("%.80q is taken", list[i])
		}
		if a, ok := m["a"].(string); valid && ok && a != "" && got != a+"|" {
			t.Errorf("%.80q gives %.80q, want %.80q", list[i], got, a+"|")
		} else if ok {
			taken++
		}
	}
	if taken < 10 {
		t.Errorf("only %d documents are taken", taken)
	}
}

// TestManyFields holds that a document or a line with very many fields takes memory in proportion, and none for good.
func TestManyFields(t *testing.T) {
	var object, pairs strings.Builder
	object.WriteString(`{"a":"x"`)
	for i := range 5000 {
		fmt.Fprintf(&object, `,"k%d":%d`, i, i)
		fmt.Fprintf(&pairs, "k%d=%d ", i, i)
	}
	object.WriteString("}")
	const parser = `
name: me/pairs
filter: ParseKV(evt.Line.Raw, evt.Unmarshaled, 'kv') in ['', nil] or UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, 'j') in ['', nil]
onsuccess: next_stage
statics: [{meta: k, expression: "evt.Unmarshaled.kv.k4999"}, {meta: service, value: x}]
`
	for _, engine := range []string{app.Fast, app.Reference} {
		var problems diag.List
		e := custom(t, engine, parser, "", &problems)
		if problems.Err() != nil {
			t.Fatal(problems.Err())
		}
		text := pairs.String()
		const times = 20
		out := feed(t, e, lines{"x", slices.Repeat([]string{text, object.String()}, times)}, nil)
		if per := out.bytes / int64(2*times*len(text)); per > 64 {
			t.Errorf("%s: %d bytes allocated a byte of the line", engine, per)
		}
		if out.stats.Lines != 2*times {
			t.Errorf("%s: %d lines", engine, out.stats.Lines)
		}
	}
	var query strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&query, "&p%d=%d", i, i)
	}
	line := `192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /?` + query.String()[1:] + ` HTTP/1.1" 200 1 "-" "-"`
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		who, out := sources(t, e, lines{"nginx", slices.Repeat([]string{line}, 20)})
		if who[0] != "192.0.2.1" || out.bytes > 16*mebibyte {
			t.Errorf("source %s, %d bytes allocated", who[0], out.bytes)
		}
	})
}

// TestClockJumps holds that a clock that jumps far back and forth between lines hides no attack that goes on when it
// stands, and makes none of lines that lie days apart.
func TestClockJumps(t *testing.T) {
	at := time.Date(2026, 11, 10, 10, 0, 0, 0, time.UTC)
	fail := func(when time.Time, ip string) string {
		return when.Format(time.RFC3339) + " host sshd[1]: Failed password for root from " + ip + " port 4 ssh2"
	}
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		var list []string
		for i := range 8 {
			day := time.Duration(i%2*2-1) * 24 * time.Hour
			list = append(
				list,
				fail(at.Add(day+time.Duration(i)*time.Minute), "192.0.2.2"), // a person, seen by two clocks
				fail(at.Add(time.Duration(i)*time.Second), "192.0.2.66"),
				fail(at.AddDate(0, 0, i*37%20-10), fmt.Sprintf("192.0.2.%d", 100+i)),
			)
		}
		out := feed(t, e, lines{"syslog", list}, nil)
		if got := out.accused(); len(got) != 1 || !got["192.0.2.66"] {
			t.Errorf("alerts against %v, want 192.0.2.66 alone", got)
		}
	})
}

// TestOwnRefusals holds that what a banned client goes on asking for leads to no further alert, however much it is, until
// the ban is over.
func TestOwnRefusals(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	ask := func(when time.Duration, page string, status int) string {
		return fmt.Sprintf(`192.0.2.66 - - [%s] "GET %s HTTP/1.1" %d 1 "-" "-"`, at.Add(when).Format("02/Jan/2006:15:04:05 -0700"), page, status)
	}
	files := []string{"/.env", "/.git/config", "/backup.sql", "/id_rsa", "/.aws/credentials", "/wp-config.php.bak"}
	var list []string
	for i, f := range files[:4] {
		list = append(list, ask(time.Duration(i)*time.Second, f, 404))
	}
	refused := len(list)
	for i := range 1400 { // nearly four hours
		when := time.Duration(i+1) * 10 * time.Second
		list = append(list, ask(when, files[i%len(files)], 403), ask(when, "/page"+strconv.Itoa(i), []int{403, 429, 444}[i%3]))
	}
	over := ""
	for i, f := range files {
		over = fmt.Sprint(over, ask(5*time.Hour+time.Duration(i)*time.Second, f, 403), "\n")
	}
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		out := feed(t, e, lines{"nginx", list}, nil)
		if len(out.alerts) != 1 {
			t.Errorf("%d alerts of %d refusals, want the first alone", len(out.alerts), len(list)-refused)
		}
	})
	onBoth(t, func(on side) {
		t, e := on.T, on.engine
		out := feed(t, e, lines{"nginx", append(slices.Clone(list[:refused]), lastLines(over)...)}, nil)
		if len(out.alerts) != 2 {
			t.Errorf("%d alerts, want one more when the ban is over", len(out.alerts))
		}
	})
}

// TestLongLines stretches the lines that the tests of all built-in rules read to 128 KiB, with what regular expressions
// like least: no line takes more memory than in proportion, no expression runs out of steps, and the engines agree.
func TestLongLines(t *testing.T) {
	fillers := []string{"a", " ", `"`, `\`, "(", "%", "0.", ":", "=", "/", "[", "é", "\xff", ", client: ", "from 1.1.1.1 "}
	step := 1
	if testing.Short() {
		step = 23
	}
	n := 0
	e, slow := builtIn(t, app.Fast), builtIn(t, app.Reference)
	for kind, samples := range sampleLines(t) {
		var list []string
		for _, raw := range samples {
			words := regexp.MustCompile(`\S+`).FindAllStringIndex(raw, -1)
			for i, w := range words {
				if n++; n%(7*step) != 0 {
					continue // a part of the places, in turn with all fillers
				}
				f := fillers[n/7%len(fillers)]
				filled := raw[:w[1]] + strings.Repeat(f, 1+(file.DefaultMaxLine-len(raw))/len(f)) + raw[w[1]:]
				list = append(list, filled[:min(len(filled), file.DefaultMaxLine)])
				_ = i
			}
		}
		if len(list) == 0 {
			continue
		}
		who, out := sources(t, e, lines{kind, list})
		const once = 16 << 20 // what a worker makes for itself
		if most := once + 16*file.DefaultMaxLine*int64(len(list)); out.bytes > most {
			t.Errorf("%s: %d bytes allocated for %d lines of 128 KiB", kind, out.bytes, len(list))
		}
		some := list[:min(len(list), 40)]
		ref, _ := sources(t, slow, lines{kind, some})
		for i := range some {
			if who[i] != ref[i] {
				t.Errorf("%s: %s to the fast engine and %s to the reference: %.100q...", kind, who[i], ref[i], some[i])
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d places to stretch", n)
	}
}

// sampleLines are the distinct first lines of the logs of the built-in rules' tests, by their type.
func sampleLines(t *testing.T) map[string][]string {
	t.Helper()
	tests := os.DirFS(filepath.Join(testx.Root(t), "rules", ".tests"))
	configs, err := fs.Glob(tests, "*/config.yaml")
	if err != nil || len(configs) == 0 {
		t.Fatalf("no tests of rules: %v", err)
	}
	out := map[string][]string{}
	for _, c := range configs {
		text, err := fs.ReadFile(tests, c)
		if err != nil {
			t.Fatal(err)
		}
		kind := regexp.MustCompile(`(?m)^log_type: *(\S+)`).FindSubmatch(text)
		log := regexp.MustCompile(`(?m)^log_file: *(\S+)`).FindSubmatch(text)
		if kind == nil || log == nil {
			continue
		}
		text, err = fs.ReadFile(tests, path.Join(path.Dir(c), string(log[1])))
		if err != nil {
			t.Fatal(err)
		}
		list := lastLines(string(text))
		out[string(kind[1])] = append(out[string(kind[1])], list[:min(len(list), 40)]...)
	}
	return out
}

// TestBinaryNoise holds that bytes of any kind, alone and where a line's text would be, crash nothing and mean the same
// to both engines.
func TestBinaryNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	noise := func() string {
		b := make([]byte, rng.IntN(600))
		for i := range b {
			for b[i] = byte(rng.Uint32()); b[i] == '\n'; {
				b[i] = byte(rng.Uint32())
			}
		}
		return string(b)
	}
	samples := sampleLines(t)
	for _, kind := range []string{"syslog", "nginx"} {
		var list []string
		for i := range 600 {
			raw := samples[kind][i%len(samples[kind])]
			k := rng.IntN(len(raw))
			list = append(list, noise(), raw[:k]+noise()+raw[k:], raw[:k]+noise(), noise()+raw)
		}
		var seen [][]string
		onBoth(t, func(on side) {
			t, e := on.T, on.engine
			who, out := sources(t, e, lines{kind, list})
			for _, a := range out.alerts {
				if text, err := json.Marshal(a); err != nil || !json.Valid(text) {
					t.Errorf("the alert's JSON: %v", err)
				}
			}
			seen = append(seen, who)
		})
		if len(seen) == 2 && !slices.Equal(seen[0], seen[1]) {
			t.Errorf("%s: the engines see different sources", kind)
		}
	}
	human, _ := replayed(t, strings.Join(testx.Naughty(), "\n"), "syslog")
	plain(t, human)
	plain(t, explained(t, strings.Join(testx.Naughty()[:60], "\n"), "syslog"))
}

// evil is what somebody may write into the registers that enrichment reads (CVE-2021-32749: the second line was run).
const evil = "Evil\n~! id\n.\r\x1b[2J\u202egnp\x00 $(id) <script>"

// outsider answers what an attacker wrote.
type outsider struct{}

// City implements cond.Geo.
func (outsider) City(netip.Addr) (cond.City, bool, error) { return cond.City{IsoCode: evil}, true, nil }

// ASN implements cond.Geo.
func (outsider) ASN(netip.Addr) (cond.ASN, bool, error) {
	return cond.ASN{Number: 64500, Org: evil, Network: netip.MustParsePrefix("192.0.2.0/24")}, true, nil
}

// LookupHost implements cond.Resolver.
func (outsider) LookupHost(string) ([]string, error) { return []string{evil}, nil }

// ConfirmedNames implements cond.Resolver.
func (outsider) ConfirmedNames(netip.Addr) ([]string, error) { return []string{evil}, nil }

// TestEnrichmentText holds that text of registers stays text: it is in the alert, one line of JSON, and shown escaped.
func TestEnrichmentText(t *testing.T) {
	mk := func(kind rule.Type, stage, text string) rule.File {
		f := rule.New(kind, stage+".yaml", stage+".yaml", []byte(text))
		f.Stage, f.Order = stage, stage
		return f
	}
	lib, err := app.Patterns()
	if err != nil {
		t.Fatal(err)
	}
	var problems diag.List
	e, err := detect.Load(detect.Rules{
		Parsers: []rule.File{mk(rule.Parser, "s01-parse", `
name: me/all
filter: "true"
statics:
  - {meta: source_ip, value: 192.0.2.1}
  - {method: GeoIpASN, expression: evt.Meta.source_ip}
  - {method: GeoIpCity, expression: evt.Meta.source_ip}
  - {meta: org, expression: evt.Enriched.ASNOrg}
`)},
		Postoverflows: []rule.File{mk(rule.Postoverflow, "s00-enrich", `
name: me/names
filter: "true"
statics:
  - {method: reverse_dns, expression: evt.Overflow.Alert.Source.IP}
  - {meta: reverse_dns, expression: evt.Enriched.reverse_dns}
`)},
		Scenarios: []rule.File{mk(rule.Scenario, "x", "type: trigger\nname: me/x\ndescription: d\nfilter: \"true\"\nlabels: {remediation: true}\n")},
		Patterns:  lib, Mode: diag.Own,
	}, detect.Options{Host: &cond.Host{Now: now, Geo: outsider{}, DNS: outsider{}}}, &problems)
	if err != nil || problems.Err() != nil {
		t.Fatal(err, problems.Err())
	}
	core := e.NewCore(nil)
	var got *tocsin.Alert
	name := ""
	core.OnAlert = func(a *tocsin.Alert) { got = a }
	core.OnOverflow = func(ev *event.Event) { name, _ = ev.GetName(event.Meta, "reverse_dns") }
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	worker.Work(it, 1, &tocsin.Line{Raw: "x", Time: now()})
	core.Settle(it)
	if got == nil || got.Source.AsName != evil || name != evil+"." {
		t.Fatalf("alert %+v, name %q: the enrichment did not run", got, name)
	}
	text, err := json.Marshal(got)
	if err != nil || bytes.ContainsAny(text, "\n\r\x1b\x00") || bytes.Contains(text, []byte("<script>")) {
		t.Errorf("the alert's JSON holds raw control characters or a tag (%v):\n%s", err, text)
	}
	var shown bytes.Buffer
	out := render.NewOut(&shown, render.Look{Width: 200})
	table := render.NewTable("AS", "NAME")
	table.Row(got.Source.AsName, name)
	table.Print(out)
	out.Printf("%s is %v\n", got.Source.AsName, got.Events[0].Meta)
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	plain(t, shown.String())
	if strings.Count(shown.String(), "\n") != 3 {
		t.Errorf("the text makes lines of its own:\n%s", shown.String())
	}
}

// TestOutputOfNames holds that the program shows names of files and rules with their controls escaped, too.
func TestOutputOfNames(t *testing.T) {
	dir := t.TempDir()
	name := dir + "/x\x1b[2J\u202e\n.yaml"
	text := "type: leaky\x1b[2J\nname: \"me/\\e[2J\\u202e\"\nfilter: \"\\e[2J\"\ncapacity: \u202efive\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Skip(err) // a file system that has no such names
	}
	for _, args := range [][]string{
		{"check", dir},
		{"replay", "--type", "syslog\x1b[2J", name},
		{"explain", "--type", "syslog", name},
		{"explain", "--type", "syslog", "--line", text},
		{"grok", "%{\x1b[2J}", text},
		{"hubtest", "run", "--hub", dir, "\x1b[2J"},
		{"replay", "\x1b[2J\u202e"},
		{"\x1b[2J"},
		{"replay", "--\x1b[2J"},
	} {
		stdout, stderr := command(t, args...)
		if stdout+stderr == "" {
			t.Errorf("%q shows nothing", args)
		}
		plain(t, stdout+stderr)
	}
}
