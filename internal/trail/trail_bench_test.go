package trail_test

import (
	"testing"
	"time"

	"tocsin.example/internal/trail"
)

// BenchmarkPush adds an event to a trail of a thousand, which forgets one for it.
func BenchmarkPush(b *testing.B) {
	tr := trail.New(trail.Shape{Tests: 1, Times: 1})
	b.ReportAllocs()
	for b.Loop() {
		if tr.Len() == 1000 {
			tr.Drop()
		}
		tr.Push()
		tr.Mark(0, trail.Yes)
		tr.AddTime(0, time.Time{})
	}
}
