package index

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/testx"
)

// hubGuards are the guards of all scenarios of the hub, in the order of their files.
func hubGuards(t testing.TB, schema *event.Schema) [][]cond.Guard {
	t.Helper()
	c := cond.NewCompiler(schema, nil)
	var out [][]cond.Guard
	root := filepath.Join(testx.Corpora(t), "hub", "scenarios")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var l diag.List
		for _, doc := range diag.Documents(path, text, diag.Foreign, &l) {
			var d struct {
				Filter diag.Text `yaml:"filter"`
			}
			doc.Decode(&d)
			p, err := c.Compile(cond.KindScenario, d.Filter, cond.WantBool)
			if err != nil {
				return err
			}
			out = append(out, p.Guards())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// set writes fields of Meta and Parsed.
func set(ev *event.Event, meta, parsed map[string]string) {
	ev.Reset(1, &tocsin.Line{Labels: map[string]string{"type": "syslog"}})
	for k, v := range meta {
		ev.SetName(event.Meta, k, v)
	}
	for k, v := range parsed {
		ev.SetName(event.Parsed, k, v)
	}
}

func sshEvent(ev *event.Event) {
	set(ev, map[string]string{
		"service": "ssh", "log_type": "ssh_failed-auth", "source_ip": "192.0.2.1", "target_user": "root", "machine": "m",
	}, map[string]string{"program": "sshd", "message": "Failed password for root from 192.0.2.1 port 22 ssh2"})
}

func nginxEvent(ev *event.Event) {
	const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"
	set(ev, map[string]string{
		"service": "http", "log_type": "http_access-log", "source_ip": "192.0.2.1", "http_status": "200",
		"http_path": "/images/2024/Logo-large.png?v=17", "http_verb": "GET", "http_user_agent": agent,
	}, map[string]string{
		"program": "nginx", "verb": "GET", "request": "/images/2024/Logo-large.png?v=17", "status": "200",
		"http_user_agent": agent, "static_ressource": "true",
	})
}

// TestScale holds that what an event meets, and what is asked to find it, does not grow with rules that do not concern it.
func TestScale(t *testing.T) {
	schema := event.NewSchema()
	all := hubGuards(t, schema)
	if len(all) < 846 {
		t.Fatalf("only %d scenarios", len(all))
	}
	f := func(name string, fill func(*event.Event)) {
		t.Helper()
		ev := event.New(schema)
		fill(ev)
		// Rules that do not concern the event come after those that may: as many as there are, in steps.
		var concern, rest [][]cond.Guard
		for _, g := range all {
			if may(g, ev) {
				concern = append(concern, g)
			} else {
				rest = append(rest, g)
			}
		}
		var met, asked []int
		for _, n := range []int{100, 400, 846} {
			x := New(event.NewSchema(), slices.Concat(concern, rest[:n-len(concern)]))
			finder := x.NewFinder()
			met = append(met, len(finder.Candidates(ev)))
			steps := 0
			for node := finder.root; node.probe >= 0; node = node.next {
				steps++
			}
			asked = append(asked, steps)
		}
		t.Logf("%s: %d concern it; of 100, 400, 846 it meets %v, by %v questions", name, len(concern), met, asked)
		for _, n := range met {
			if n > len(concern)+24 {
				t.Errorf("%s: %d are met, %d concern it", name, n, len(concern))
			}
		}
		if asked[2] > 2*asked[0]+8 {
			t.Errorf("%s: %v questions", name, asked)
		}
	}
	f("ssh", sshEvent)
	f("nginx", nginxEvent)
	f("nothing", func(ev *event.Event) { set(ev, nil, nil) })
}

func may(guards []cond.Guard, ev *event.Event) bool {
	for i := range guards {
		if !guards[i].Holds(ev) {
			return false
		}
	}
	return true
}

// TestAllocs holds that a known way allocates nothing.
func TestAllocs(t *testing.T) {
	schema := event.NewSchema()
	x := New(schema, hubGuards(t, schema))
	finder := x.NewFinder()
	for _, fill := range []func(*event.Event){sshEvent, nginxEvent} {
		ev := event.New(schema)
		fill(ev)
		n := testing.AllocsPerRun(100, func() {
			for i := finder.Next(ev, 0); i < x.Len(); i = finder.Next(ev, i+1) {
			}
		})
		if n != 0 {
			t.Errorf("%.0f allocations", n)
		}
	}
}

func BenchmarkHub(b *testing.B) {
	schema := event.NewSchema()
	x := New(schema, hubGuards(b, schema))
	walk := func(finder *Finder, ev *event.Event) {
		for i := finder.Next(ev, 0); i < x.Len(); i = finder.Next(ev, i+1) {
		}
	}
	f := func(name string, fill func(*event.Event)) {
		ev := event.New(schema)
		fill(ev)
		finder := x.NewFinder()
		b.Run(name+"/hit", func(b *testing.B) {
			for b.Loop() {
				finder.Candidates(ev)
			}
			b.ReportMetric(float64(len(finder.Candidates(ev))), "candidates")
		})
		b.Run(name+"/walk", func(b *testing.B) {
			for b.Loop() {
				walk(finder, ev)
			}
		})
		b.Run(name+"/miss", func(b *testing.B) {
			for b.Loop() {
				clear(finder.root.children)
				finder.root.next = nil
				finder.nodes, finder.entries = 1, 0
				finder.Candidates(ev)
			}
		})
	}
	f("ssh", sshEvent)
	f("nginx", nginxEvent)

	// No event is like the one before it, and no path was seen before.
	b.Run("mixed/hit", func(b *testing.B) {
		var events []*event.Event
		for i := range 64 {
			ev := event.New(schema)
			if i%2 == 0 {
				sshEvent(ev)
			} else {
				nginxEvent(ev)
				ev.SetName(event.Meta, "http_path", fmt.Sprintf("/wiki/page-%d/index.html?from=%d", i*7919, i))
			}
			events = append(events, ev)
		}
		finder := x.NewFinder()
		i := 0
		for b.Loop() {
			finder.Candidates(events[i%len(events)])
			i++
		}
	})
}

// BenchmarkMake makes the index of the hub.
func BenchmarkMake(b *testing.B) {
	schema := event.NewSchema()
	guards := hubGuards(b, schema)
	for b.Loop() {
		New(schema, guards)
	}
}
