package app_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/testx"
)

// BenchmarkAttack is what a failed login costs when there are no other lines, with the hub's rules for sshd: all of it, and
// the pour alone. A few addresses come back all the time, so that the queues of their buckets are full.
func BenchmarkAttack(b *testing.B) {
	for _, engine := range []string{app.Fast, app.Reference} { // the reference goes through the queues
		b.Run(engine, func(b *testing.B) { benchmarkAttack(b, engine) })
	}
}

func benchmarkAttack(b *testing.B, engine string) {
	b.Helper()
	o := app.Options{
		Hub: filepath.Join(testx.Corpora(b), "hub"), Now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
		Install: []string{"crowdsecurity/linux", "crowdsecurity/sshd"}, Engine: engine,
	}
	site, err := app.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	worker, core, item := site.Engine.NewWorker(nil, nil), site.Engine.NewCore(nil), site.Engine.NewItem()
	labels := map[string]string{"type": "syslog"}
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	var pouring time.Duration
	num := 0
	work := func() {
		at = at.Add(time.Second)
		num++
		raw := fmt.Sprintf("%s host sshd[%d]: Failed password for invalid user user%d from 198.51.100.%d port %d ssh2",
			at.Format(time.Stamp), 1000+num%30000, num%7, num%10, 1024+num%60000)
		worker.Work(item, uint64(num), &tocsin.Line{
			Raw: raw, Src: "bench", Module: "file", Labels: labels, Time: o.Now, Clock: tocsin.EventClock,
		})
		start := time.Now()
		core.Settle(item)
		pouring += time.Since(start)
	}
	for range 12_000 {
		work()
	}
	pouring = 0
	b.ReportAllocs()
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64(pouring.Nanoseconds())/float64(b.N), "pour-ns/op")
}
