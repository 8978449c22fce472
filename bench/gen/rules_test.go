//go:build !race

// These tests find nothing under the race detector but take minutes.

package gen_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/bench/gen"
	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/pipeline"
	"tocsin.example/internal/source/file"
	"tocsin.example/internal/testx"
)

// replay runs a log through rules and returns what was counted, and how often each scenario fired.
func replay(t *testing.T, o app.Options, g gen.Options) (detect.Stats, map[string]int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(write(t, g)), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	site, err := app.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	fired := map[string]int{}
	core := site.Engine.NewCore(nil)
	core.OnAlert = func(a *tocsin.Alert) { fired[a.Scenario]++ }
	src := &file.Replay{Paths: []string{path}, Labels: map[string]string{"type": g.Kind.Type()}, Now: o.Now}
	if _, err := pipeline.Run(t.Context(), site.Engine, core, src, pipeline.Options{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	core.Finish()
	return core.Stats, fired
}

// TestUnderstood holds that our own rules understand the lines, find the attacks and leave the rest alone.
func TestUnderstood(t *testing.T) {
	f := func(k gen.Kind, understood float64, scenarios ...string) {
		t.Helper()
		g := gen.Options{Kind: k, Lines: 4000, Seed: 3, Attacks: 0.2}
		s, fired := replay(t, app.Options{}, g)
		if share := float64(s.Parsed) / float64(s.Lines); share < understood {
			t.Errorf("%s: %.2f of the lines are understood, want %.2f", k, share, understood)
		}
		if s.Timed != s.Parsed {
			t.Errorf("%s: %d of %d parsed lines have a time", k, s.Timed, s.Parsed)
		}
		for _, name := range scenarios {
			if fired["tocsin/"+name] == 0 {
				t.Errorf("%s: tocsin/%s never fired: %v", k, name, fired)
			}
		}
		g.Attacks = 0
		if s, fired := replay(t, app.Options{}, g); s.Alerts != 0 {
			t.Errorf("%s: alerts without an attack: %v", k, fired)
		}
	}
	f(gen.Nginx, 1, "http-probing", "http-sensitive-files")
	f(gen.SSHD, 0.4, "ssh-bf", "ssh-user-enum", "ssh-abandoned", "ssh-slow-bf")
	f(gen.Mix, 0.5, "ssh-bf", "http-probing")
}

// TestHub holds the same for the public rules, and for the kinds that only they know.
func TestHub(t *testing.T) {
	hub := filepath.Join(testx.Corpora(t), "hub")
	f := func(k gen.Kind, understood float64, install ...string) {
		t.Helper()
		install = append(install, "crowdsecurity/syslog-logs", "crowdsecurity/dateparse-enrich")
		s, fired := replay(t, app.Options{Hub: hub, Install: install}, gen.Options{Kind: k, Lines: 1500, Seed: 3, Attacks: 0.2})
		if share := float64(s.Parsed) / float64(s.Lines); share < understood || s.Timed != s.Parsed {
			t.Errorf("%s: %.2f of the lines are understood, want %.2f; %d of %d have a time", k, share, understood, s.Timed, s.Parsed)
		}
		if len(fired) < 3 {
			t.Errorf("%s: only %v fired", k, fired)
		}
	}
	f(gen.Nginx, 1, "crowdsecurity/nginx")
	f(gen.Caddy, 1, "crowdsecurity/caddy")
	f(gen.Traefik, 1, "crowdsecurity/traefik")
	f(gen.SSHD, 0.4, "crowdsecurity/sshd")
	f(gen.Mix, 0.5, "crowdsecurity/sshd", "crowdsecurity/nginx")
}
