package bucket_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/bucket"
	"tocsin.example/internal/event"
	"tocsin.example/internal/offheap"
	"tocsin.example/internal/slab"
)

// allKinds are scenarios of all types with all that a bucket can hold.
const allKinds = `
type: leaky
name: t/leaky
description: d
filter: "true"
groupby: evt.Meta.key
capacity: 3
leakspeed: 10s
blackhole: 20s
---
type: leaky
name: t/writes
description: d
filter: evt.SetMeta('wrote', evt.Meta.user)
groupby: evt.Meta.key + ' a key that is too long for a record'
distinct: evt.Meta.user
cancel_on: evt.Meta.user == 'u7'
capacity: 4
cache_size: 2
leakspeed: 1m
reprocess: true
---
type: counter
name: t/counter
description: d
filter: evt.Meta.user != 'u1'
groupby: evt.Meta.user
capacity: -1
duration: 30s
---
type: conditional
name: t/conditional
description: d
filter: "true"
groupby: evt.Meta.key
capacity: -1
leakspeed: 1m
condition: len(queue.Queue) > 4 && queue.Queue[-1].Meta.user == queue.Queue[-3].Meta.user
---
type: bayesian
name: t/bayesian
description: d
filter: "true"
groupby: evt.Meta.key
leakspeed: 1m
bayesian_prior: 0.4
bayesian_threshold: 0.8
bayesian_conditions:
- {condition: "any(queue.Queue, {.Meta.user == 'u2'})", prob_given_evil: 0.8, prob_given_benign: 0.3, guillotine: true}
- {condition: "evt.Meta.user == 'u3'", prob_given_evil: 0.7, prob_given_benign: 0.2}
---
type: trigger
name: t/again
description: d
filter: evt.GetType() == 'overflow'
blackhole: 5s
---
type: leaky
name: t/chain
description: d
filter: evt.GetType() == 'overflow'
capacity: 1
leakspeed: 1h
`

// stream pours a stream of events into a store and says all that comes of it.
func stream(t *testing.T, seed uint64, change func(s *bucket.Store)) ([]string, bucket.Counters) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t, allKinds)
	w.store.MaxBuckets, w.store.MaxBytes, w.store.MaxHoles = 10+r.IntN(60), 3000+r.IntN(30_000), 1+r.IntN(4)
	change(w.store)
	var out []string
	for num := range uint64(1500) {
		w.now = w.now.Add([]time.Duration{0, 1, time.Second, -time.Second, 3 * time.Second, time.Hour, -time.Hour}[min(6, r.IntN(200)/39)])
		out = append(out, w.show(w.store.Due(w.now))...)
		w.ev.Reset(num+1, &tocsin.Line{Raw: "line " + strconv.FormatUint(num+1, 10), Src: "s", Time: w.now, Clock: tocsin.EventClock})
		w.ev.SetName(event.Meta, "source_ip", "192.0.2."+strconv.Itoa(r.IntN(3)))
		w.ev.SetName(event.Meta, "key", "k"+strconv.Itoa(r.IntN(6)))
		w.ev.SetName(event.Meta, "user", "u"+strconv.Itoa(r.IntN(8)))
		w.run.Begin(w.now)
		out = append(out, w.give(w.ev, w.now)...)
	}
	out = append(out, w.show(w.store.Flush())...)
	return append(out, fmt.Sprintf("%+v %d %d", w.store.Counters, w.store.Len(), w.store.Bytes())), w.store.Counters
}

// TestSameWhateverLayout holds that what a store does depends neither on the key of its hashes nor on where the memory
// for its events lies.
func TestSameWhateverLayout(t *testing.T) {
	var sum bucket.Counters
	seeds := uint64(12)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		want, c := stream(t, seed, func(s *bucket.Store) { s.SetHashKey(0, 0) })
		for key := range uint64(4) {
			var mem offheap.Memory
			got, _ := stream(t, seed, func(s *bucket.Store) {
				s.SetHashKey(key+1, key*77)
				s.Memory = &mem
			})
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("stream %d with another key:\n%s", seed, d)
			}
		}
		sum.Overflowed += c.Overflowed
		sum.Evicted += c.Evicted
		sum.Stripped += c.Stripped
		sum.Blackholed += c.Blackholed
		sum.HolesLost += c.HolesLost
		sum.Duplicates += c.Duplicates
		sum.Canceled += c.Canceled
		sum.Underflowed += c.Underflowed
	}
	for _, n := range []uint64{
		sum.Overflowed, sum.Evicted, sum.Stripped, sum.Blackholed, sum.HolesLost, sum.Duplicates, sum.Canceled, sum.Underflowed,
	} {
		if n < 4*seeds {
			t.Errorf("the streams prove too little: %+v", sum)
		}
	}
}

// TestCollision holds that keys with one hash have a bucket each.
func TestCollision(t *testing.T) {
	w := newWorld(t, twoFails)
	w.store.SetHashKey(0, 0)
	seen := map[uint32]string{}
	var pair []string
	for i := 0; pair == nil; i++ { // some 80,000 keys find two that agree in 32 bits
		key := addressOf(i)
		h := slab.Sum(slab.Key{}, 0, key).Hash()
		if old, ok := seen[h]; ok {
			pair = []string{old, key}
		}
		seen[h] = key
	}
	var got []string
	for _, ip := range []string{pair[0], pair[1], pair[1], pair[0]} {
		for _, a := range fill(w, "x", map[string]string{"Meta.source_ip": ip, "Meta.log_type": "fail"}) {
			got = append(got, a.Source.Value+" "+a.Evidence.Bucket.GroupKey)
		}
	}
	want := []string{pair[1] + " " + pair[1], pair[0] + " " + pair[0]}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestFootprintStays holds that what ended makes room for what comes: a store that always holds as much takes no more.
func TestFootprintStays(t *testing.T) {
	w := newWorld(t, allKinds)
	var mem offheap.Memory
	w.store.Memory = &mem
	w.store.MaxBuckets, w.store.MaxHoles = 500, 100
	pour := func(n int) int {
		for i := range n {
			w.now = w.now.Add(time.Duration(i%7) * time.Second)
			w.store.Due(w.now)
			fill(w, "x", map[string]string{
				"Meta.source_ip": "192.0.2.1", "Meta.key": strings.Repeat("key", i%900) + strconv.Itoa(i%500), "Meta.user": "u" + strconv.Itoa(i%9),
			})
		}
		return w.store.Footprint()
	}
	events := 20_000
	if testing.Short() {
		events = 5_000
	}
	before := pour(events)
	if after := pour(2 * events); after > before+before/10 {
		t.Errorf("%d bytes, then %d", before, after)
	}
	w.store.MaxBytes = 0
	pour(1)
	if w.store.Len() != 0 || w.store.Bytes() != 0 || mem.Bytes() > 2<<20 {
		t.Errorf("%d buckets and %d bytes are left without room, and %d bytes outside the heap", w.store.Len(), w.store.Bytes(), mem.Bytes())
	}
}

// TestDistinctLimit holds how many distinct values a bucket remembers, and that it forgets the oldest.
func TestDistinctLimit(t *testing.T) {
	w := newWorld(t, "type: leaky\nname: t/d\ndescription: d\nfilter: 'true'\ndistinct: evt.Meta.user\ncapacity: 10000000\nleakspeed: 1h\n")
	pour := func(user int) (fresh bool) {
		before := w.store.Counters.Duplicates
		fill(w, "x", map[string]string{"Meta.source_ip": "192.0.2.1", "Meta.user": strconv.Itoa(user)})
		return w.store.Counters.Duplicates == before
	}
	for i := range bucket.MaxDistinct {
		if !pour(i) {
			t.Fatalf("value %d is not new", i)
		}
	}
	bytes := w.store.Bytes()
	f := func(user int, want bool) {
		t.Helper()
		if got := pour(user); got != want {
			t.Errorf("value %d is new: %v, want %v", user, got, want)
		}
	}
	f(0, false)
	f(bucket.MaxDistinct-1, false)
	f(bucket.MaxDistinct, true)
	f(1, false)
	f(0, true)
	f(1, true)
	f(3, false)
	if got := w.store.Bytes() - bytes; got > 3*200 {
		t.Errorf("three values above the limit weigh %d bytes", got)
	}
}

// TestZones holds that times in alerts read as they came in, however far away they are.
func TestZones(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Skip(err)
	}
	f := func(rules string, at time.Time, wantStart, wantStop string) {
		t.Helper()
		w := newWorld(t, rules)
		var alerts []tocsin.Alert
		for range 2 {
			w.now = at
			alerts = append(alerts, fill(w, "x", map[string]string{"Meta.source_ip": "192.0.2.1", "Meta.log_type": "fail"})...)
			w.now = time.Time{} // whatever the clock does between
			at = at.Add(time.Second)
		}
		for _, o := range w.store.Flush() {
			alerts = append(alerts, o.View.APIAlerts...)
		}
		if len(alerts) != 1 {
			t.Fatalf("%d alerts", len(alerts))
		}
		a := alerts[0]
		start, stop := a.StartAt.Format(time.RFC3339Nano), a.StopAt.Format(time.RFC3339Nano)
		if start != wantStart || stop != wantStop || a.Evidence.Lines[0].Time.Format(time.RFC3339Nano) != wantStart {
			t.Errorf("from %s to %s, line at %s, want %s to %s", start, stop, a.Evidence.Lines[0].Time.Format(time.RFC3339Nano), wantStart, wantStop)
		}
	}
	const counter = "type: counter\nname: t/c\ndescription: d\nfilter: 'true'\nduration: 10m\n"
	at := time.Date(2026, 3, 29, 0, 59, 0, 5, time.UTC)
	f(twoFails, at, "2026-03-29T00:59:00.000000005Z", "2026-03-29T00:59:01.000000005Z")
	f(twoFails, at.In(time.FixedZone("", 5*3600+1800)), "2026-03-29T06:29:00.000000005+05:30", "2026-03-29T06:29:01.000000005+05:30")
	f(twoFails, at.In(time.FixedZone("X", -3600)), "2026-03-28T23:59:00.000000005-01:00", "2026-03-28T23:59:01.000000005-01:00")
	f(counter, at.In(paris), "2026-03-29T01:59:00.000000005+01:00", "2026-03-29T03:09:00.000000005+02:00")
	f(twoFails, time.Date(9999, 12, 31, 23, 59, 58, 0, time.UTC), "9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z")
	f(counter, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "0001-01-01T00:00:00Z", "0001-01-01T00:10:00Z")
}

// TestWeights holds that a weight in one byte is never too small and never more than an eighth too large.
func TestWeights(t *testing.T) {
	for n := 0; n < 1<<30; n += 1 + n/100 {
		if got := bucket.SizeOf(n); got < n || got-n > n/8 {
			t.Fatalf("%d is noted as %d", n, got)
		}
	}
	if got := bucket.SizeOf(-1); got != 0 {
		t.Errorf("a negative weight is noted as %d", got)
	}
	if bucket.SizeOf(1<<40) < 1<<33 || bucket.RecordBytes != 64 {
		t.Errorf("a huge weight is noted as %d, and a record has %d bytes", bucket.SizeOf(1<<40), bucket.RecordBytes)
	}
}

// TestPourAllocates holds that a pour makes no garbage: into a live bucket, into a new one, into a blackhole.
func TestPourAllocates(t *testing.T) {
	f := func(what, rules string, change func(w *world, m *bucket.Match)) {
		t.Helper()
		w := newWorld(t, rules)
		w.store.Memory = &offheap.Memory{}
		w.store.MaxBuckets = 2000
		sshdLine(w, 1)
		matches := w.matcher.Match(w.ev, nil)
		if len(matches) != 1 {
			t.Fatalf("%s: %d matches", what, len(matches))
		}
		once := func() {
			w.num++
			w.now = w.now.Add(10 * time.Second)
			w.ev.Num = w.num
			change(w, &matches[0])
			w.store.Pour(w.ev, &matches[0], w.now)
		}
		for range 10_000 { // until all is as large as it becomes
			once()
		}
		if n := testing.AllocsPerRun(10_000, once); n >= 1 {
			t.Errorf("%s: %v allocations a pour", what, n)
		}
	}
	const sshd = "type: leaky\nname: t/ssh\ndescription: d\nfilter: evt.Meta.log_type == 'ssh_failed-auth'\ngroupby: evt.Meta.source_ip\ncapacity: 5\nleakspeed: 10s\n"
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = addressOf(i)
	}
	same := func(*world, *bucket.Match) {}
	other := func(w *world, m *bucket.Match) { m.Key = keys[w.num%uint64(len(keys))] }
	f("live", sshd, same)
	f("live and written again", sshd, func(w *world, _ *bucket.Match) { w.ev.SetName(event.Meta, "target_user", "root") })
	f("new", sshd, other)
	f("distinct", sshd+"distinct: evt.Meta.target_user\n", func(w *world, m *bucket.Match) { m.Distinct = keys[w.num%uint64(len(keys))] })
	f("duplicate", sshd+"distinct: evt.Meta.target_user\n", same)
	f("counter", "type: counter\nname: t/c\ndescription: d\nfilter: 'true'\ngroupby: evt.Meta.source_ip\nduration: 100000h\ncache_size: 5\n", other)
	f("blackhole", "type: trigger\nname: t/t\ndescription: d\nfilter: 'true'\nblackhole: 100000h\n", same)
	f("blackhole with writes", "type: trigger\nname: t/t\ndescription: d\nfilter: evt.SetMeta('x', 'y')\nblackhole: 100000h\n", same)
}

// TestMillion holds how much memory a million buckets take, each with one event of an sshd log.
func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("pours a million events")
	}
	const n = 1_000_000
	w := newWorld(t, sshdRules)
	var mem offheap.Memory
	w.store.Memory = &mem
	runtime.GC()
	before := heapBytes()
	pourMillion(w, n)
	runtime.GC()
	heap := heapBytes() - before
	if w.store.Len() != n {
		t.Fatalf("%d buckets are live", w.store.Len())
	}
	own := w.store.Footprint()
	t.Logf("a bucket: %d B by the store's own account, %d B on the heap and %d B outside of it; weighed as %d B", own/n, heap/n, mem.Bytes()/n, w.store.Bytes()/n)
	if most := 150_000_000; own > most || heap+mem.Bytes() > most {
		t.Errorf("%d bytes by its own account, %d on the heap, %d outside of it: more than %d", own, heap, mem.Bytes(), most)
	}
	if taken := heap + mem.Bytes(); own > taken+taken/10+1<<20 || own < taken-taken/10-1<<20 {
		t.Errorf("%d bytes by its own account, but %d are taken", own, taken)
	}
	// The first, one in the middle and the last still know their events.
	for _, i := range []int{0, n / 2, n - 1} {
		var alerts []tocsin.Alert
		for range 6 {
			sshdLine(w, i)
			for _, m := range w.matcher.Match(w.ev, nil) {
				if o := w.store.Pour(w.ev, &m, w.now); o != nil {
					alerts = append(alerts, o.View.APIAlerts...)
				}
			}
		}
		if len(alerts) != 1 || len(alerts[0].Evidence.Lines) != 6 || alerts[0].Evidence.Lines[0].Number != uint64(i+1) {
			b, _ := json.Marshal(alerts)
			t.Errorf("bucket %d gives %s", i, b)
		}
	}
}
