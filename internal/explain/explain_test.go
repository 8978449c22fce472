package explain_test

import (
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/app"
	"tocsin.example/internal/explain"
)

func newExplainer(t *testing.T) *explain.Explainer {
	t.Helper()
	site, err := app.Open(app.Options{Now: now()})
	if err != nil {
		t.Fatal(err)
	}
	return explain.New(site.Engine)
}

func now() time.Time { return time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC) }

const (
	failed = "Aug 22 10:00:00 host sshd[7]: Failed password for root from 203.0.113.9 port 22 ssh2"
	visit  = `203.0.113.9 - - [22/Aug/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8"`
)

func TestLine(t *testing.T) {
	x := newExplainer(t)
	r := x.Line(failed, "test", "syslog", now())
	if !r.OK || r.StoppedAt != "" || r.Meta["source_ip"] != "203.0.113.9" || len(r.Stages) != 3 {
		t.Errorf("got %+v", r)
	}
	if len(r.Scenarios) == 0 || len(r.Buckets) != len(r.Scenarios) {
		t.Errorf("scenarios %q, buckets %v", r.Scenarios, r.Buckets)
	}
	for range 20 {
		r = x.Line(failed, "test", "syslog", now())
		for _, b := range r.Buckets {
			if b.Overflow {
				return // buckets fill from line to line
			}
		}
	}
	t.Error("twenty failures overflow no bucket")
}

func TestStopped(t *testing.T) {
	r := newExplainer(t).Line("gibberish", "test", "syslog", now())
	if r.OK || r.StoppedAt != "s00-raw" || !strings.Contains(r.Why, "nearest was") {
		t.Errorf("stopped at %q: %q", r.StoppedAt, r.Why)
	}
	r = newExplainer(t).Line("gibberish", "test", "no such type", now())
	if r.OK || !strings.Contains(r.Why, "is the type right?") {
		t.Errorf("stopped at %q: %q", r.StoppedAt, r.Why)
	}
}

func TestWhitelisted(t *testing.T) {
	r := newExplainer(t).Line(strings.ReplaceAll(failed, "203.0.113.9", "10.1.2.3"), "test", "syslog", now())
	if !r.OK || !r.Whitelisted || r.Reason == "" || len(r.Scenarios) != 0 {
		t.Errorf("got whitelisted %v for %q, scenarios %q", r.Whitelisted, r.Reason, r.Scenarios)
	}
}

func TestAuto(t *testing.T) {
	x := newExplainer(t)
	f := func(line, want string) {
		t.Helper()
		if r := x.Line(line, "test", explain.Auto, now()); r.Type != want || !r.OK {
			t.Errorf("%.30s: type %q, understood %v, want %q", line, r.Type, r.OK, want)
		}
	}
	f(failed, "syslog")
	f(visit, "nginx")
	f(visit, "nginx")
	f(failed, "syslog")
}

// TestKeeps holds that an Explainer keeps nothing of its lines.
func TestKeeps(t *testing.T) {
	x := newExplainer(t)
	first := testing.AllocsPerRun(20, func() { x.Line(visit, "test", "nginx", now()) })
	for range 2000 {
		x.Line(visit, "test", "nginx", now())
	}
	later := testing.AllocsPerRun(20, func() { x.Line(visit, "test", "nginx", now()) })
	if later > first*1.2 {
		t.Errorf("a line takes %.0f allocations at first and %.0f after 2000", first, later)
	}
}
