//go:build unix

package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/plan"
	"tocsin.example/internal/testx"
)

// hub returns the expression of the grok pattern of a hub parser that has all of parts in it.
func hub(b *testing.B, file string, parts ...string) string {
	b.Helper()
	lib := grok.NewLibrary()
	var problems diag.List
	dir := filepath.Join(testx.Root(b), "rules", "patterns")
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			b.Fatal(err)
		}
		lib.AddFile(e.Name(), text, &problems)
	}
	type node struct {
		Syntax diag.Pairs `yaml:"pattern_syntax"`
		Grok   struct {
			Pattern string `yaml:"pattern"`
		} `yaml:"grok"`
		Nodes []node `yaml:"nodes"`
	}
	path := filepath.Join(testx.Corpora(b), "hub", "parsers", file)
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	var found string
	var look func(n node)
	look = func(n node) {
		for _, p := range n.Syntax {
			lib.Define(p.Key, p.Value.Value, p.KeyPlace)
		}
		has := found == ""
		for _, part := range parts {
			has = has && strings.Contains(n.Grok.Pattern, part)
		}
		if has {
			p, err := lib.Compile(n.Grok.Pattern)
			if err != nil {
				b.Fatal(err)
			}
			found = p.Expanded()
		}
		for _, child := range n.Nodes {
			look(child)
		}
	}
	for _, d := range diag.Documents(path, text, diag.Foreign, &problems) {
		var n node
		d.Decode(&n)
		look(n)
	}
	if found == "" {
		b.Fatalf("%s: no pattern with %q", path, parts)
	}
	return found
}

const combined = `203.0.113.77 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?a=b&c=d HTTP/1.1" 200 2326 "http://www.example.com/start.html" "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101"`

// cpu makes b report the CPU time of an operation: others may run on the same machine.
func cpu(b *testing.B) (end func()) {
	b.Helper()
	now := func() int64 {
		var use syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
			b.Fatal(err)
		}
		return use.Utime.Nano() + use.Stime.Nano()
	}
	begin := now()
	return func() { b.ReportMetric(float64(now()-begin)/float64(b.N), "cpu-ns/op") }
}

// A line of nginx's by the hub's pattern: found, not found for want of a literal, for want of the order of literals, and
// not found although all literals are there. Regexp does the same in the same run.
func BenchmarkFind(b *testing.B) {
	nginx := hub(b, "s01-parse/crowdsecurity/nginx-logs.yaml", "target_fqdn", "http_version", "http_user_agent")
	f := func(name, expression, text string, want plan.Outcome) {
		b.Helper()
		b.Run(name+"/plan", func(b *testing.B) {
			p, err := plan.Compile(expression)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			ends := make([]int, 0, 64)
			defer cpu(b)()
			for b.Loop() {
				var outcome plan.Outcome
				if ends, outcome = p.Find(text, ends); outcome != want {
					b.Fatal(outcome)
				}
			}
		})
		b.Run(name+"/regexp", func(b *testing.B) {
			re := regexp.MustCompile(expression)
			defer cpu(b)()
			for b.Loop() {
				if (re.FindStringSubmatchIndex(text) != nil) != (want == plan.Found) {
					b.Fatal("found or not found, against what is wanted")
				}
			}
		})
	}
	f("hit", nginx, combined, plan.Found)
	f("miss-literal", nginx, strings.Replace(combined, " HTTP/", " ", 1), plan.NotFound)
	f("miss-order", nginx, strings.Replace(combined, `" 200`, `' 200`, 1), plan.NotFound)
	f("miss-late", nginx, strings.Replace(combined, "Oct", "Otc", 1), plan.NotFound)
	syslog := hub(b, "s00-raw/crowdsecurity/syslog-logs.yaml", "SYSLOGLINE")
	f("syslog", syslog, "Oct 10 13:55:36 web-1 sshd[4242]: Failed password for invalid user admin from 203.0.113.77 port 4711 ssh2", plan.Found)
}

// The parts that most patterns are made of, each alone before what stands behind it in logs.
func BenchmarkPart(b *testing.B) {
	f := func(name, expression, text string) {
		p, err := plan.Compile(expression)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			ends := make([]int, 0, 8)
			defer cpu(b)()
			for b.Loop() {
				var outcome plan.Outcome
				if ends, outcome = p.Find(text, ends); outcome != plan.Found {
					b.Fatal(outcome)
				}
			}
		})
	}
	f("nothing", `^(?P<a>x) `, "x ")
	f("span", `^(?P<a>[^ ]+) `, "www.example.com ")
	f("host", `^(?P<a>[[:alnum:]][[:alnum:]-]*(?:\.[[:alnum:]][[:alnum:]-]*)*\.?) `, "www.example.com ")
	f("number", `^(?P<a>[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)) `, "12345.67 ")
	f("quoted", `^(?P<a>"(?:[^"\\]|\\.)*") `, fmt.Sprintf("%q ", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101"))
	f("clock", `^(?P<a>(?:2[0-3]|[01][0-9]|[0-9]):[0-5][0-9]:(?:60|[0-5][0-9]|[0-9])(?:[:.,][0-9]+)?) `, "13:55:36 ")
}

// BenchmarkCompile is the time to load a pattern whose tables are known, and one whose are not.
func BenchmarkCompile(b *testing.B) {
	nginx := hub(b, "s01-parse/crowdsecurity/nginx-logs.yaml", "target_fqdn", "http_version", "http_user_agent")
	b.Run("new", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			if _, err := plan.Compile(nginx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("known", func(b *testing.B) {
		c := plan.NewCompiler()
		defer cpu(b)()
		for b.Loop() {
			if _, err := c.Compile(nginx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
