package cond

import (
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
		"program": "nginx", "static_ressource": "false", "target_fqdn": "www.example.org",
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
	host.Files = files{lines: map[string][]string{"lines": lines}}
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
