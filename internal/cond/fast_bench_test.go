package cond

import (
	"regexp"
	"testing"

	"tocsin.example/internal/event"
)

// filters are those of which ../shared/spec/performance.md says what they cost.
var benchFilters = []struct{ name, src string }{
	{"label", `evt.Line.Labels.type == 'nginx'`},
	{"in", `evt.Meta.log_type in ['http_access-log', 'http_error-log']`},
	{"three", `evt.Meta.service == 'http' && evt.Meta.http_status in ['404', '403', '400'] && evt.Parsed.static_ressource == 'false'`},
	{"starts", `evt.Parsed.program startsWith 'nginx'`},
	{"miss", `evt.Meta.log_type == 'ssh_failed-auth'`},
	{"lower", `evt.Meta.log_type in ['http_access-log', 'http_error-log'] && Lower(evt.Meta.http_path) contains '/wp-login' && evt.Meta.http_verb == 'POST'`},
	{"groupby", `evt.Meta.source_ip + '/' + evt.Parsed.target_fqdn`},
	{"matches", `Upper(evt.Meta.http_path) matches Upper('/wp-content/plugins/[^/]+/readme')`},
	{"files", `any(File("lines"), {Upper(evt.Meta.http_path) contains Upper(#)})`},
	{"regexps", `RegexpInFile(evt.Parsed.http_user_agent, "agents")`},
	{"unmarshaled", `evt.Unmarshaled.traefik.ClientHost == '1.2.3.4'`},
}

func benchEvent(s *event.Schema) *event.Event {
	e := event.New(s)
	e.Reset(1, &benchLine)
	for name, value := range map[string]string{
		"log_type": "http_access-log", "service": "http", "http_status": "404", "source_ip": "1.2.3.4", "http_verb": "GET",
		"http_path": "/wp-Login.php?user=admin&x=1",
	} {
		e.SetName(event.Meta, name, value)
	}
	for name, value := range map[string]string{
		"program": "nginx", "http_user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"static_ressource": "false", "target_fqdn": "www.example.org",
	} {
		e.SetName(event.Parsed, name, value)
	}
	e.Unmarshaled()["traefik"] = map[string]any{"ClientHost": "1.2.3.4"}
	return e
}

// BenchmarkFast evaluates filters on expr's machine and as closures.
func BenchmarkFast(b *testing.B) {
	host := fullHost()
	lines := make([]string, 60)
	for i := range lines {
		lines[i] = "/attack/" + string(rune('a'+i%26)) + "/script" + string(rune('a'+i/26)) + ".cgi"
	}
	agents := make([]*regexp.Regexp, 60)
	for i := range agents {
		agents[i] = regexp.MustCompile(`(?i)scanner` + string(rune('a'+i%26)) + `[-/ ]v?[0-9]` + string(rune('0'+i/26)))
	}
	host.Files = files{lines: map[string][]string{"lines": lines}, regexps: map[string][]*regexp.Regexp{"agents": agents}}
	for _, f := range benchFilters {
		x := newBench(b, host)
		p := x.compile(KindScenario, f.src, WantAny)
		ev := benchEvent(x.c.schema)
		env := &Env{Event: ev}
		b.Run(f.name+"/machine", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.run.Begin(noon)
				if _, err := p.machine(x.run, env); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(f.name+"/closures", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.run.Begin(noon)
				var err error
				if p.quick.IsTruth() {
					_, err = p.Bool(x.run, env)
				} else {
					_, err = p.String(x.run, env)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFastFailure evaluates a filter that fails on each event, as those of JSON do when nothing was decoded.
func BenchmarkFastFailure(b *testing.B) {
	x := newBench(b, fullHost())
	p := x.compile(KindScenario, `evt.Unmarshaled.absent.x.y == 'a'`, WantBool)
	env := &Env{Event: benchEvent(x.c.schema)}
	b.Run("machine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.machine(x.run, env); err == nil {
				b.Fatal("no failure")
			}
		}
	})
	b.Run("closures", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Bool(x.run, env); err == nil {
				b.Fatal("no failure")
			}
		}
	})
}

// BenchmarkFastHub evaluates all scenario filters of the hub on one event, the event being new each time.
func BenchmarkFastHub(b *testing.B) {
	x := newBench(b, fullHost())
	var filters []*Program
	for _, e := range hubExpressions(b) {
		if e.kind == KindScenario && e.want == WantBool {
			if p, err := x.c.Compile(e.kind, e.src, e.want); err == nil {
				filters = append(filters, p)
			}
		}
	}
	ev := benchEvent(x.c.schema)
	env := &Env{Event: ev}
	for _, way := range []struct {
		name string
		eval func(*Program) (any, error)
	}{
		{"machine", func(p *Program) (any, error) { return p.machine(x.run, env) }},
		{"closures", func(p *Program) (any, error) { return p.Bool(x.run, env) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.run.Begin(noon)
				for _, p := range filters {
					_, _ = way.eval(p)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(filters)), "ns/filter")
		})
	}
}
