package bucket_test

import (
	"fmt"
	"math/rand/v2"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/event"
	"tocsin.example/internal/offheap"
)

const sshdRules = `
type: leaky
name: t/ssh
description: sshd, an hour to leak
filter: evt.Meta.log_type == 'ssh_failed-auth'
groupby: evt.Meta.source_ip
capacity: 5
leakspeed: 1h
---
` + someNames

// someNames gives the fields of an sshd line slots, as the hub's rules do.
const someNames = `
type: trigger
name: t/names
description: names fields
filter: |
  evt.Parsed.timestamp + evt.Parsed.logsource + evt.Parsed.program + evt.Parsed.pid + evt.Parsed.message + evt.Parsed.sshd_client_ip +
  evt.Parsed.sshd_invalid_user + evt.Meta.machine + evt.Meta.service + evt.Meta.target_user + evt.Meta.timestamp == 'none'
`

// addressOf is one of 16 million addresses.
func addressOf(i int) string {
	return fmt.Sprintf("%d.%d.%d.%d", 100+i>>24, i>>16&255, i>>8&255, i&255)
}

// sshdLine makes the world's event a line of an sshd log, as the rules of the hub leave it.
func sshdLine(w *world, i int) {
	ip := addressOf(i)
	w.num++
	w.now = w.now.Add(time.Millisecond)
	stamp := w.now.Format(time.Stamp)
	message := fmt.Sprintf("Failed password for invalid user user%d from %s port %d ssh2", i%977, ip, 1024+i%60000)
	raw := fmt.Sprintf("%s host sshd[%d]: %s", stamp, 1000+i%30000, message)
	part := func(s string) string { // as grok gives it: a piece of the line
		at := strings.Index(raw, s)
		return raw[at : at+len(s)]
	}
	w.ev.Reset(w.num, &tocsin.Line{Raw: raw, Src: "/var/log/auth.log", Time: w.now, Clock: tocsin.EventClock, Labels: map[string]string{"type": "syslog"}})
	for _, f := range []struct {
		sp          event.Space
		name, value string
	}{
		{event.Parsed, "timestamp", part(stamp)},
		{event.Parsed, "logsource", "syslog"},
		{event.Parsed, "program", part("sshd")},
		{event.Parsed, "pid", part(strconv.Itoa(1000 + i%30000))},
		{event.Parsed, "message", part(message)},
		{event.Parsed, "sshd_client_ip", part(ip)},
		{event.Parsed, "sshd_invalid_user", part(fmt.Sprintf("user%d", i%977))},
		{event.Meta, "machine", part("host")},
		{event.Meta, "service", "ssh"},
		{event.Meta, "log_type", "ssh_failed-auth"},
		{event.Meta, "source_ip", part(ip)},
		{event.Meta, "target_user", part(fmt.Sprintf("user%d", i%977))},
		{event.Meta, "timestamp", event.FormatTime(w.now)},
	} {
		w.ev.SetName(f.sp, f.name, f.value)
	}
	v := w.ev.Scalars()
	v.StrTime, v.Time, v.MarshaledTime, v.Stage = part(stamp), w.now, event.FormatTime(w.now), "s02-enrich"
}

func pourMillion(w *world, n int) {
	m := bucket.Match{Scenario: w.set.All()[0]}
	for i := range n {
		sshdLine(w, i)
		m.Key = addressOf(i)
		w.store.Pour(w.ev, &m, w.now)
	}
}

// heapBytes is how much of the heap is in use, and what lies unused among it.
func heapBytes() int {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	metrics.Read(s)
	return int(s[0].Value.Uint64() + s[1].Value.Uint64())
}

// benchPour pours one event again and again, into the bucket of the key that next gives. fresh says that it is another
// event each time, which must be written; else it is one that several buckets share.
func benchPour(b *testing.B, rules string, live int, step time.Duration, fresh bool, next func() string) {
	b.Helper()
	w := newWorld(b, rules)
	w.store.Memory = &offheap.Memory{}
	pourMillion(w, live)
	sshdLine(w, 0)
	m := bucket.Match{Scenario: w.set.All()[0]}
	b.ReportAllocs()
	for b.Loop() {
		m.Key = next()
		if fresh {
			w.ev.Num++
		}
		w.now = w.now.Add(step)
		if o := w.store.Pour(w.ev, &m, w.now); o != nil {
			b.Fatal("an overflow")
		}
	}
}

func someKeys(n int) func() string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = addressOf(i)
	}
	rand.Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	i := 0
	return func() string {
		if i++; i == n {
			i = 0
		}
		return keys[i]
	}
}

const never = "type: leaky\nname: t/never\ndescription: d\nfilter: 'true'\ngroupby: evt.Meta.source_ip\ncapacity: 10000000\nleakspeed: 1h\ncache_size: 1\n---" + someNames

func BenchmarkPourHot(b *testing.B) { benchPour(b, never, 1000, time.Hour, false, someKeys(1000)) }

func BenchmarkPourHotFresh(b *testing.B) {
	benchPour(b, never, 1000, time.Hour, true, someKeys(1000))
}

func BenchmarkPourMillion(b *testing.B) {
	benchPour(b, never, 1_000_000, time.Hour, false, someKeys(1_000_000))
}

func BenchmarkPourMillionFresh(b *testing.B) {
	benchPour(b, never, 1_000_000, time.Hour, true, someKeys(1_000_000))
}

// BenchmarkPourCreate makes a new bucket with each pour, and evicts one at the limit of a million.
func BenchmarkPourCreate(b *testing.B) {
	benchPour(b, sshdRules, 1_000_000, 1, false, someKeys(3_000_000))
}

func BenchmarkPourHole(b *testing.B) {
	w := newWorld(b, "type: trigger\nname: t/t\ndescription: d\nfilter: 'true'\nblackhole: 100000h\n")
	sshdLine(w, 0)
	m := bucket.Match{Scenario: w.set.All()[0]}
	w.store.Pour(w.ev, &m, w.now)
	b.ReportAllocs()
	for b.Loop() {
		w.store.Pour(w.ev, &m, w.now)
	}
}

// BenchmarkSweep drops 200,000 expired buckets with one pour.
func BenchmarkSweep(b *testing.B) {
	const n = 200_000
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, sshdRules)
		w.store.Memory = &offheap.Memory{}
		pourMillion(w, n)
		sshdLine(w, n)
		w.ev.Num += 100_000
		m := bucket.Match{Scenario: w.set.All()[0], Key: "x"}
		b.StartTimer()
		w.store.Pour(w.ev, &m, w.now.Add(1000*time.Hour))
		b.StopTimer()
		if w.store.Len() != 1 {
			b.Fatalf("%d buckets are left", w.store.Len())
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/bucket")
}
