package bucket_test

import (
	"testing"
	"time"

	"tocsin.example/internal/bucket"
	"tocsin.example/internal/offheap"
)

// slowRules count failed logins that come slowly, as scenarios of the hub do, and never find one.
const slowRules = `
type: conditional
name: t/slow
description: d
filter: evt.Meta.service == 'ssh'
groupby: evt.Meta.source_ip
capacity: -1
leakspeed: 1000000h
condition: |
  let failed = filter(queue.Queue, {#.Meta.log_type == 'ssh_failed-auth'});
  len(failed) >= 4 && MedianInterval(map(failed[-4:], {#.Time})) > duration("10m")
---
` + someNames

// BenchmarkPourWatched pours into a bucket whose condition looks at so many events.
func BenchmarkPourWatched(b *testing.B) {
	b.Run("4", func(b *testing.B) { benchWatched(b, slowRules, 4) })
	b.Run("1000", func(b *testing.B) { benchWatched(b, slowRules, 1000) })
}

func benchWatched(b *testing.B, rules string, live int) {
	b.Helper()
	w := worldOf(b, rules, true)
	w.store.Memory = &offheap.Memory{}
	sshdLine(w, 0)
	m := bucket.Match{Scenario: w.set.All()[0], Key: "192.0.2.1"}
	pour := func() {
		w.now = w.now.Add(time.Second)
		w.ev.Scalars().Time = w.now
		w.ev.Num++
		w.run.Begin(w.now)
		if o := w.store.Pour(w.ev, &m, w.now); o != nil {
			b.Fatal("an overflow")
		}
	}
	for range live {
		pour()
	}
	b.ReportAllocs()
	for b.Loop() {
		pour()
	}
}
