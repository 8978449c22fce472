package bucket_test

import (
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/bucket"
	"tocsin.example/internal/offheap"
)

// BenchmarkPourSix pours events into six buckets each, as a failed login of sshd goes, of 100,000 addresses: looked for
// together, and one by one.
func BenchmarkPourSix(b *testing.B) {
	b.Run("together", func(b *testing.B) { benchSix(b, (*bucket.Store).LookAhead) })
	b.Run("apart", func(b *testing.B) { benchSix(b, func(*bucket.Store, []bucket.Match) {}) })
}

func benchSix(b *testing.B, look func(*bucket.Store, []bucket.Match)) {
	b.Helper()
	rule, _, _ := strings.Cut(never, "---")
	var rules strings.Builder
	for i := range 6 {
		rules.WriteString(strings.Replace(rule, "t/never", "t/never"+string(rune('a'+i)), 1) + "---\n")
	}
	w := newWorld(b, rules.String()+strings.TrimPrefix(someNames, "\n"))
	w.store.Memory = &offheap.Memory{}
	next := someKeys(100_000)
	sshdLine(w, 0)
	pour := func() {
		var matches [6]bucket.Match
		key := next()
		for i := range matches {
			matches[i] = bucket.Match{Scenario: w.set.All()[i], Key: key}
		}
		w.now = w.now.Add(time.Millisecond)
		look(w.store, matches[:])
		for i := range matches {
			if o := w.store.Pour(w.ev, &matches[i], w.now); o != nil {
				b.Fatal("an overflow")
			}
		}
	}
	for range 200_000 {
		pour()
	}
	b.ReportAllocs()
	for b.Loop() {
		pour()
	}
}
