package logtime

import (
	"testing"
	"time"
)

// benchParse measures the ways to read two dates by turns.
func benchParse(b *testing.B, texts [2]string, layout string) {
	b.Helper()
	now := nows()[0]
	b.Run("list", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			plain(texts[i&1], layout, now, NotAhead)
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			Parse(texts[i&1], layout, now, NotAhead)
		}
	})
	b.Run("cache, other text", func(b *testing.B) {
		var c Cache
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c.Parse(texts[i&1], layout, now, NotAhead)
		}
	})
	b.Run("cache, same text", func(b *testing.B) {
		var c Cache
		b.ReportAllocs()
		for b.Loop() {
			c.Parse(texts[0], layout, now, NotAhead)
		}
	})
}

func BenchmarkHTTPDate(b *testing.B) {
	benchParse(b, [2]string{"22/Aug/2026:11:00:00 +0000", "22/Aug/2026:11:00:01 +0000"}, "")
}

func BenchmarkSyslog(b *testing.B) {
	benchParse(b, [2]string{"Aug 22 11:00:00", "Aug  2 11:00:01"}, "")
}

func BenchmarkRFC3339(b *testing.B) {
	benchParse(b, [2]string{"2026-08-22T11:00:00.123+02:00", "2026-08-22T11:00:00.124+02:00"}, "")
}

func BenchmarkDashed(b *testing.B) {
	benchParse(b, [2]string{"2026-08-22 11:00:00,123", "2026-08-22 11:00:00,124"}, "2006-01-02 15:04:05,999999999")
}

// BenchmarkSeldom is a date without a form: one layout of the list is tried.
func BenchmarkSeldom(b *testing.B) {
	benchParse(b, [2]string{"2026-08-22 11:04", "2026-08-22 11:05"}, "")
}

func BenchmarkAppendRFC3339(b *testing.B) {
	t := time.Date(2026, 8, 22, 11, 0, 0, 123_000_000, time.UTC)
	buf := make([]byte, 0, 64)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			buf = AppendRFC3339(buf[:0], t)
		}
	})
	b.Run("time", func(b *testing.B) {
		for b.Loop() {
			buf = t.AppendFormat(buf[:0], time.RFC3339Nano)
		}
	})
}

func BenchmarkParseRFC3339(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			ParseRFC3339("2026-08-22T11:00:00.123Z")
		}
	})
	b.Run("time", func(b *testing.B) {
		for b.Loop() {
			if _, err := time.Parse(time.RFC3339Nano, "2026-08-22T11:00:00.123Z"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
