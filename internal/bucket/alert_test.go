package bucket_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/rule"
)

const twoFails = `
type: leaky
name: test/fails
description: two failures
filter: evt.Meta.log_type == 'fail'
groupby: evt.Meta.source_ip
capacity: 1
leakspeed: 10s
labels:
  remediation: yes
  confidence: 3
  classification: [attack.T1110]
---
`

// fill gives one line to a world and returns the alerts.
func fill(w *world, raw string, set map[string]string) []tocsin.Alert {
	w.num++
	w.ev.Reset(w.num, &tocsin.Line{Raw: raw, Src: "/var/log/x.log", Time: w.now, Clock: tocsin.EventClock})
	for k, v := range set {
		sp, name, _ := strings.Cut(k, ".")
		w.ev.SetName(map[string]event.Space{"Meta": event.Meta, "Parsed": event.Parsed, "Enriched": event.Enriched}[sp], name, v)
	}
	w.ev.Scalars().MarshaledTime = event.FormatTime(w.now)
	w.run.Begin(w.now)
	var out []tocsin.Alert
	for _, m := range w.matcher.Match(w.ev, nil) {
		if o := w.store.Pour(w.ev, &m, w.now); o != nil {
			out = append(out, o.View.APIAlerts...)
		}
	}
	return out
}

// TestAlertJSON holds the whole JSON of an alert, which is what other servers are sent.
func TestAlertJSON(t *testing.T) {
	w := newWorld(t, twoFails)
	w.store.Installation = "here"
	var problems diag.List
	w.store.Contexts = bucket.CompileContexts([]rule.File{
		rule.New(rule.Context, "c", "c.yaml", []byte("context:\n  user: [evt.Parsed.user]\n  raw: [evt.Line.Raw, 'evt.Meta.none']\n")),
	}, diag.Own, cond.NewCompiler(event.NewSchema(), &cond.Host{}), &problems)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	set := map[string]string{
		"Meta.source_ip": "2001:db8::1", "Meta.log_type": "fail", "Meta.SourceRange": "2001:db8::/32", "Parsed.user": "root",
		"Enriched.ASNumber": "64496", "Enriched.ASNOrg": "Example", "Enriched.IsoCode": "FR", "Enriched.Latitude": "48.850000",
		"Enriched.Longitude": "NaN",
	}
	fill(w, "first", set)
	w.now = w.now.Add(1500 * time.Millisecond)
	set["Parsed.user"] = "admin"
	alerts := fill(w, "second", set)
	if len(alerts) != 1 {
		t.Fatalf("%d alerts, want 1", len(alerts))
	}
	got, err := json.MarshalIndent(&alerts[0], "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const golden = "testdata/alert.json"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestAlertID holds that an alert keeps its uuid from run to run, and that nothing that tells alerts apart is left out.
func TestAlertID(t *testing.T) {
	run := func(rules, installation, ip string, before int) string {
		t.Helper()
		w := newWorld(t, rules)
		w.store.Installation = installation
		w.num = uint64(before)
		set := map[string]string{"Meta.source_ip": ip, "Meta.log_type": "fail"}
		fill(w, "x", set)
		alerts := fill(w, "x", set)
		if len(alerts) == 0 {
			t.Fatal("no alert")
		}
		return alerts[len(alerts)-1].UUID
	}
	same := run(twoFails, "here", "192.0.2.1", 0)
	seen := map[string]string{same: "the first"}
	f := func(what, id string) {
		t.Helper()
		if old, ok := seen[id]; ok {
			t.Errorf("%s has the uuid of %s", what, old)
		}
		seen[id] = what
	}
	if again := run(twoFails, "here", "192.0.2.1", 0); again != same {
		t.Errorf("uuid %s, then %s", same, again)
	}
	f("another installation", run(twoFails, "there", "192.0.2.1", 0))
	f("another source", run(twoFails, "here", "192.0.2.2", 0))
	f("other lines", run(twoFails, "here", "192.0.2.1", 7))
	f("another file", run(twoFails+"# changed\n", "here", "192.0.2.1", 0))
	f("another document", run(twoFails+twoFails, "here", "192.0.2.1", 0))
	f("another group key", run(strings.Replace(twoFails, "groupby: evt.Meta.source_ip", "groupby: '\"all\"'", 1), "here", "192.0.2.1", 0))
}

// TestEvidenceLimits holds the limits of evidence, and that it says what is missing.
func TestEvidenceLimits(t *testing.T) {
	rules := strings.Replace(twoFails, "capacity: 1", "capacity: 149", 1)
	f := func(what, raw string, wantLines int) *tocsin.Evidence {
		t.Helper()
		w := newWorld(t, rules)
		var alerts []tocsin.Alert
		for range 150 {
			alerts = append(alerts, fill(w, raw, map[string]string{
				"Meta.source_ip": "192.0.2.1", "Meta.log_type": "fail", "Parsed.message": raw, "Parsed.half": raw[:len(raw)/2],
			})...)
		}
		if len(alerts) != 1 {
			t.Fatalf("%s: %d alerts, want 1", what, len(alerts))
		}
		e := alerts[0].Evidence
		size := 0
		for _, l := range e.Lines {
			size += len(l.Raw)
			for _, m := range l.Parsed {
				size += len(m.Key) + len(m.Value)
			}
			if !utf8.ValidString(l.Raw) {
				t.Errorf("%s: a line is cut within a character", what)
			}
			if l.Raw+raw[len(raw)-l.Cut:] != raw {
				t.Errorf("%s: %d bytes with %d cut are not the line", what, len(l.Raw), l.Cut)
			}
		}
		if len(e.Lines) != wantLines || len(e.Lines) > tocsin.MaxEvidenceLines || size > tocsin.MaxEvidenceBytes {
			t.Errorf("%s: %d lines of %d bytes, want %d lines of at most %d", what, len(e.Lines), size, wantLines, tocsin.MaxEvidenceBytes)
		}
		if e.Omitted != 150-len(e.Lines) {
			t.Errorf("%s: %d lines of 150, but %d omitted", what, len(e.Lines), e.Omitted)
		}
		if last := e.Lines[len(e.Lines)-1]; last.Number != 150 {
			t.Errorf("%s: the last line is %d: the latest must find a place first", what, last.Number)
		}
		return e
	}
	f("short lines", "short", 100)
	f("long lines", strings.Repeat("x", 1000), 44)
	f("one line too long", strings.Repeat("x", 70_000), 1)
	if e := f("characters of three bytes", strings.Repeat("€", 22_000), 1); e.Lines[0].Cut != 66_000-65_535 {
		t.Errorf("%d bytes are cut", e.Lines[0].Cut)
	}
}

// TestContext holds how the values of the alert context are chosen and cut.
func TestContext(t *testing.T) {
	f := func(want string, values ...string) {
		t.Helper()
		w := newWorld(t, strings.Replace(twoFails, "capacity: 1", fmt.Sprintf("capacity: %d", max(1, len(values)-1)), 1))
		var problems diag.List
		w.store.Contexts = bucket.CompileContexts([]rule.File{
			rule.New(rule.Context, "c", "c.yaml", []byte("context:\n  it: [evt.Meta.it, evt.Meta.it, evt.Unmarshaled.a.b]\n")),
		}, diag.Own, cond.NewCompiler(event.NewSchema(), &cond.Host{}), &problems)
		var meta []tocsin.Meta
		for i := range max(2, len(values)) {
			for _, a := range fill(w, "x", map[string]string{
				"Meta.source_ip": "192.0.2.1", "Meta.log_type": "fail", "Meta.it": values[min(i, len(values)-1)],
			}) {
				meta = a.Meta
			}
		}
		got := ""
		if len(meta) > 0 {
			got = meta[0].Value
		}
		if got != want {
			t.Errorf("%.40q: got %d bytes %.60q..., want %d bytes %.60q...", values, len(got), got, len(want), want)
		}
		if len(got) > bucket.MaxContext || !utf8.ValidString(got) || got != "" && !json.Valid([]byte(got)) {
			t.Errorf("%.40q: %d bytes of %.60q: too long or no JSON", values, len(got), got)
		}
	}
	long := strings.Repeat
	f(`["a","b"]`, "a", "b", "a", "", "b")
	f(``, "")
	f(`["\u003ca\u003e\""]`, `<a>"`)
	f(`["`+long("x", 3000)+`"]`, long("x", 3000), long("y", 3000), "z")
	f(`["`+long("x", 3996)+`"]`, long("x", 3996))
	f(`["`+long("x", 1998)+`..."]`, long("x", 3997))
	f(`["`+long("€", 1200)+`..."]`, long("€", 2400))
	f(`["`+long(`\u0001`, 500)+`..."]`, long("\x01", 1000)) // six bytes each when written
}

// TestMessage holds the sentence that people read first.
func TestMessage(t *testing.T) {
	w := newWorld(t, twoFails)
	fill(w, "x", map[string]string{"Meta.source_ip": "192.0.2.1", "Meta.log_type": "fail"})
	w.now = w.now.Add(2500 * time.Millisecond)
	got := fill(w, "x", map[string]string{"Meta.source_ip": "192.0.2.1", "Meta.log_type": "fail"})[0].Message
	const want = "Ip 192.0.2.1 performed 'test/fails' (2 events over 2.5s) at 2026-01-01 12:00:02.5 +0000 UTC"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestOddRules holds that rules at the edge of the language do no harm.
func TestOddRules(t *testing.T) {
	f := func(rules string, want int) {
		t.Helper()
		w := newWorld(t, rules)
		n := 0
		for _, user := range []string{"a", "b", "a", "", strings.Repeat("u", 1<<20)} {
			for _, a := range fill(w, "x", map[string]string{"Meta.source_ip": "192.0.2.1", "Meta.user": user}) {
				n++
				if _, err := json.Marshal(&a); err != nil {
					t.Errorf("%v\n%s", err, rules)
				}
				if len(a.Source.Value) > bucket.MaxKey || len(a.Evidence.Bucket.GroupKey) > bucket.MaxKey {
					t.Errorf("a key or value without bound\n%s", rules)
				}
			}
		}
		n += len(w.store.Flush())
		if n != want {
			t.Errorf("%d alerts, want %d\n%s", n, want, rules)
		}
	}
	const head = "name: t/odd\ndescription: odd\nfilter: 'true'\n"
	f("type: trigger\n"+head+"labels:\n", 5)
	f("type: trigger\n"+head+"labels: {}\n", 5)
	f("type: trigger\n"+head+"groupby: evt.Meta.user\nscope: {type: u, expression: evt.Meta.user}\n", 5)
	f("type: leaky\n"+head+"capacity: 10000000\nleakspeed: 100000h\n", 0)
	f("type: leaky\n"+head+"capacity: 1\nleakspeed: 1ns\nblackhole: 2500000h\n", 1)
	f("type: leaky\n"+head+"capacity: 1\nleakspeed: 1h\ngroupby: evt.Meta.user\ndistinct: evt.Meta.user\n", 0)
	f("type: counter\n"+head+"capacity: -1\nduration: 2500000h\ncondition: len(queue.Queue) == 2\n", 3)
	f("type: conditional\n"+head+"capacity: -1\nleakspeed: 1h\ncondition: queue.Queue[-7].Meta.user == ''\n", 0)
	f("type: conditional\n"+head+"leakspeed: 1h\ncondition: leaky.Capacity == -1\n", 5)
	f("type: conditional\n"+head+"capacity: -9\nleakspeed: 1h\ncondition: 'false'\n", 0)
	f("type: leaky\n"+head+"capacity: 1\nleakspeed: 1h\noverflow_filter: evt.Meta.user == ''\n", 2)
	f("type: leaky\n"+head+"capacity: 1\nleakspeed: 1h\noverflow_filter: '1'\n", 2)
	f("type: leaky\n"+head+"capacity: 1\nleakspeed: 1h\ndistinct: len(evt.Meta.user)\n", 0)
	f("type: leaky\n"+head+"capacity: 1\nleakspeed: 1h\ncancel_on: 'true'\n", 0)
}

// TestCoordinates holds that no text of an event makes an alert that JSON cannot hold.
func TestCoordinates(t *testing.T) {
	f := func(text string, want float32) {
		t.Helper()
		w := newWorld(t, twoFails)
		set := map[string]string{"Meta.source_ip": "192.0.2.1", "Meta.log_type": "fail", "Enriched.Latitude": text}
		fill(w, "x", set)
		got := fill(w, "x", set)[0].Source.Latitude
		if got != want || math.IsNaN(float64(got)) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	f("48.5", 48.5)
	f("-0.25", -0.25)
	f("", 0)
	f("NaN", 0)
	f("Inf", 0)
	f("1e400", 0)
	f("north", 0)
}

// TestOwnMemory holds that nothing that a store keeps or hands out points into the line's buffer.
func TestOwnMemory(t *testing.T) {
	const rules = `
type: leaky
name: t/own
description: keys, distinct values, scopes and queues from the line
filter: evt.SetMeta(evt.Parsed.word, evt.Parsed.word)
groupby: evt.Parsed.key
distinct: evt.Parsed.word
capacity: 2
leakspeed: 10s
blackhole: 1ns
scope: {type: word, expression: evt.Parsed.word}
---
type: trigger
name: t/once
description: quiet by key
filter: "true"
groupby: evt.Parsed.key
blackhole: 1h
scope: {type: word, expression: evt.Parsed.word}
`
	run := func(overwrite bool) string {
		w := newWorld(t, rules)
		buf := make([]byte, 64)
		var kept []tocsin.Alert
		for i := range 60 {
			n := copy(buf, fmt.Sprintf("key%d word%02d", i%3, i%7))
			raw := unsafeString(buf[:n])
			if !overwrite {
				raw = strings.Clone(raw)
			}
			key, word, _ := strings.Cut(raw, " ")
			w.now = w.now.Add(time.Second)
			kept = append(kept, fill(w, raw, map[string]string{"Parsed.key": key, "Parsed.word": word})...)
			if overwrite {
				copy(buf, bytes.Repeat([]byte{'#'}, len(buf)))
			}
		}
		b, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	want, got := run(false), run(true)
	if !strings.Contains(want, "t/own") || !strings.Contains(want, "t/once") {
		t.Fatal("a scenario never fired: the test proves nothing about it")
	}
	if got != want {
		t.Errorf("a buffer that is used again changes alerts:\n%s", cmp.Diff(want, got))
	}
}
