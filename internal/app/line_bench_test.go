package app_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/bench/gen"
	"tocsin.example/internal/app"
	"tocsin.example/internal/testx"
)

// BenchmarkLine is what a line costs from the source to the buckets, of generated logs and the hub's rules.
func BenchmarkLine(b *testing.B) {
	base := map[string][]string{
		"nginx":   {"crowdsecurity/linux", "crowdsecurity/nginx"},
		"sshd":    {"crowdsecurity/linux", "crowdsecurity/sshd"},
		"caddy":   {"crowdsecurity/linux", "crowdsecurity/caddy"},
		"traefik": {"crowdsecurity/linux", "crowdsecurity/traefik"},
	}
	for _, kind := range gen.Kinds() {
		for _, rules := range []string{"base", "hub"} {
			install := base[string(kind)]
			if install == nil && rules == "base" {
				continue
			}
			b.Run(string(kind)+"/"+rules, func(b *testing.B) {
				o := app.Options{
					Hub: filepath.Join(testx.Corpora(b), "hub"), Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
					Install: install, All: rules == "hub",
				}
				if o.All {
					o.Install = nil
				}
				benchmarkLine(b, kind, o)
			})
		}
	}
}

// BenchmarkScale is what an nginx line costs with 100, 400 and all files of scenarios of the hub, and how many of their
// filters are asked: those that do not concern it must cost nothing.
func BenchmarkScale(b *testing.B) {
	hub := filepath.Join(testx.Corpora(b), "hub")
	files, err := filepath.Glob(filepath.Join(hub, "scenarios", "*", "*.y*ml"))
	if err != nil {
		b.Fatal(err)
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	for _, n := range []int{100, 400, len(files)} {
		install := []string{"crowdsecurity/linux", "crowdsecurity/nginx"}
		for _, f := range files[:n] {
			author := filepath.Base(filepath.Dir(f))
			install = append(install, "scenarios:"+author+"/"+strings.TrimSuffix(filepath.Base(f), filepath.Ext(f)))
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			benchmarkLine(b, "nginx", app.Options{
				Hub: hub, Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC), Install: install,
			})
		})
	}
}

func benchmarkLine(b *testing.B, kind gen.Kind, o app.Options) {
	b.Helper()
	var text bytes.Buffer
	if err := gen.Write(&text, gen.Options{Kind: kind, Lines: 20_000, Seed: 1, Addresses: 20_000, Attacks: 0.02}); err != nil {
		b.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	site, err := app.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	worker, core, item := site.Engine.NewWorker(nil, nil), site.Engine.NewCore(nil), site.Engine.NewItem()
	labels := map[string]string{"type": kind.Type()}
	num := 0
	work := func() {
		worker.Work(item, uint64(num), &tocsin.Line{
			Raw: lines[num%len(lines)], Src: "bench", Module: "file", Labels: labels, Time: o.Now, Clock: tocsin.EventClock,
		})
		core.Settle(item)
		num++
	}
	for range lines { // what is made once is made
		work()
	}
	b.ReportAllocs()
	lined, filters := num, worker.Worked().Filters
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64(worker.Worked().Filters-filters)/float64(num-lined), "filters/op")
}
