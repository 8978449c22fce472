// Package hostile holds that no input can hurt the engine: one test for each file of the generator of hostile inputs
// that concerns it, named after the file and asserting what must hold, and more inputs of our own.
//
// Bounds are held by accounting: bytes allocated, lines, buckets and nodes counted. Nothing here measures time. Both
// engines run everything, except where a test says that it would only take long.
package hostile

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/testx"
)

// now is when everything is replayed.
func now() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }

// covered are the files of the generator that a test here is about.
func covered() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"long_line_16M.log.gz":     TestLongLine16M,
		"no_newline_1M.log":        TestNoNewline1M,
		"one_byte_lines.log":       TestOneByteLines,
		"invalid_utf8.log":         TestInvalidUTF8,
		"nul_bytes.log":            TestNulBytes,
		"utf16le_bom.log":          TestUTF16LEBOM,
		"bidi_ansi.log":            TestBidiANSI,
		"crlf_cr_vt.log":           TestCRLFCRVT,
		"inject_ssh_user.log":      TestInjectSSHUser,
		"inject_http.log":          TestInjectHTTP,
		"odd_ips.log":              TestOddIPs,
		"odd_times.log":            TestOddTimes,
		"redos_user_agents.log":    TestRedosUserAgents,
		"redos_patterns.yaml":      TestRedosPatterns,
		"yaml_bomb.yaml":           TestYAMLBomb,
		"yaml_deep.yaml":           TestYAMLDeep,
		"yaml_merge_dup.yaml":      TestYAMLMergeDup,
		"json_deep.json":           TestJSONDeep,
		"json_dup_big.json":        TestJSONDupBig,
		"gzip_bomb_100M.json.gz":   TestGzipBomb100M,
		"gzip_in_gzip.gz":          TestGzipInGzip,
		"gzip_many_members.gz":     TestGzipManyMembers,
		"gzip_truncated.gz":        TestGzipTruncated,
		"hub_index_traversal.json": TestHubIndexTraversal,
		"wal_like_growth.log":      TestWALLikeGrowth,
		"mmdb_garbage.mmdb":        TestMMDBGarbage,
	}
}

// later are the files about parts that there are not yet, and which.
func later() map[string]string {
	return map[string]string{
		"xff_spoof.txt":         "bouncers, firewall and HTTP source",
		"smuggle.txt":           "firewall",
		"hub_slip.tar.gz":       "download of a hub: nothing unpacks archives",
		"hub_slip.zip":          "download of a hub: nothing unpacks archives",
		"hub_links.tar.gz":      "download of a hub: nothing unpacks archives",
		"hub_dup_case.tar.gz":   "download of a hub: nothing unpacks archives",
		"syslog_tcp_octet.bin":  "syslog source",
		"proxyproto_v2_bad.bin": "listeners",
	}
}

// TestEveryFile fails when the generator writes a file that nothing here is about.
func TestEveryFile(t *testing.T) {
	_, files := testx.Hostile(t)
	seen := map[string]bool{}
	for _, f := range files {
		seen[f.File] = true
		_, here := covered()[f.File]
		_, there := later()[f.File]
		if here == there {
			t.Errorf("%s (%s: %s): covered %t, left to a later part %t", f.File, f.FeedTo, f.MustHold, here, there)
		}
	}
	for f := range covered() {
		if !seen[f] {
			t.Errorf("%s is covered, but there is no such file", f)
		}
	}
	for f := range later() {
		if !seen[f] {
			t.Errorf("%s is left for later, but there is no such file", f)
		}
	}
}

// opened returns what loads the built-in rules for an engine, once for all tests of this package.
func opened(engine string) func() (*app.Site, error) {
	return sync.OnceValues(func() (*app.Site, error) { return app.Open(app.Options{Now: now(), Engine: engine}) })
}

var fast, reference = opened(app.Fast), opened(app.Reference)

// builtIn is an engine with the built-in rules that remembers nothing of other tests.
func builtIn(t testing.TB, engine string) *detect.Engine {
	t.Helper()
	open := fast
	if engine == app.Reference {
		open = reference
	}
	site, err := open()
	if err != nil {
		t.Fatal(err)
	}
	site.Forget()
	return site.Engine
}

// side is one engine with the built-in rules, and the test of it.
type side struct {
	*testing.T

	engine *detect.Engine
}

// onBoth runs a test on each engine.
func onBoth(t *testing.T, f func(on side)) {
	t.Helper()
	for _, name := range []string{app.Fast, app.Reference} {
		t.Run(name, func(t *testing.T) { f(side{t, builtIn(t, name)}) })
	}
}

// outcome is what came of feeding lines to an engine.
type outcome struct {
	core   *detect.Core
	stats  detect.Stats
	work   detect.Work
	failed int // expressions
	alerts []*tocsin.Alert
	read   file.Count
	bytes  int64 // allocated meanwhile, without what loading took
	err    error
}

// feed runs a source through an engine in this goroutine. each, if not nil, sees every line when it is parsed.
func feed(t testing.TB, e *detect.Engine, src tocsin.Source, each func(raw string, it *detect.Item)) *outcome {
	t.Helper()
	out := &outcome{core: e.NewCore(nil)}
	out.core.OnAlert = func(a *tocsin.Alert) { out.alerts = append(out.alerts, a) }
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	num := uint64(0)
	out.err = src.Run(t.Context(), func(_ context.Context, b tocsin.Batch) error {
		for i := range b.Lines {
			num++
			worker.Work(it, num, &b.Lines[i])
			if each != nil {
				each(b.Lines[i].Raw, it)
			}
			out.core.Settle(it)
		}
		if b.Done != nil {
			b.Done(nil)
		}
		return nil
	})
	out.core.Finish()
	runtime.ReadMemStats(&after)
	out.bytes = int64(min(after.TotalAlloc-before.TotalAlloc, math.MaxInt64))
	out.stats, out.work = out.core.Stats, worker.Worked()
	_, match := worker.Counters()
	out.failed = int(min(match.ExprErrors, math.MaxInt32))
	if r, ok := src.(*file.Replay); ok {
		out.read = r.Count()
	}
	return out
}

// log is the source of one file of the generator.
func log(t testing.TB, name, kind string) *file.Replay {
	t.Helper()
	dir, _ := testx.Hostile(t)
	return &file.Replay{Paths: []string{filepath.Join(dir, name)}, Labels: map[string]string{"type": kind}, Now: now()}
}

// lines is a source of lines.
type lines struct {
	kind string
	list []string
}

// Run implements tocsin.Source.
func (l lines) Run(ctx context.Context, emit tocsin.Emit) error {
	labels := map[string]string{"type": l.kind}
	for _, raw := range l.list {
		b := tocsin.Batch{Lines: []tocsin.Line{{Raw: raw, Src: "own.log", Module: "file", Labels: labels, Time: now(), Clock: tocsin.EventClock}}}
		if err := emit(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// source is who did what a line tells, "-" for a line that is not understood.
func source(it *detect.Item) string {
	if !it.Outcome.Parsed {
		return "-"
	}
	ip, _ := it.Event.GetName(event.Meta, "source_ip")
	return strings.Clone(ip)
}

// sources feeds a file and returns who did what each line tells.
func sources(t testing.TB, e *detect.Engine, src tocsin.Source) (list []string, out *outcome) {
	t.Helper()
	out = feed(t, e, src, func(_ string, it *detect.Item) { list = append(list, source(it)) })
	if out.err != nil {
		t.Error(out.err)
	}
	if out.failed > 0 {
		t.Errorf("%d expressions failed", out.failed)
	}
	return list, out
}

// accused are the sources of alerts.
func (o *outcome) accused() map[string]bool {
	all := map[string]bool{}
	for _, a := range o.alerts {
		all[a.Source.Value] = true
	}
	return all
}

// read returns the text of a file of the generator.
func read(t testing.TB, name string) string {
	t.Helper()
	dir, _ := testx.Hostile(t)
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
