package logtime

import (
	"testing"
	"time"

	"tocsin.example/internal/testx"
)

func TestParse(t *testing.T) {
	now := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	f := func(text, layout, want string) {
		t.Helper()
		got, ok := Parse(text, layout, now, NotAhead)
		s := "no date"
		if ok {
			s = got.Format(time.RFC3339Nano)
		}
		if s != want {
			t.Errorf("Parse(%q, %q) = %s, want %s", text, layout, s, want)
		}
	}
	f("2026-08-22T11:00:00+02:00", "", "2026-08-22T11:00:00+02:00")
	f("22/Aug/2026:11:00:00 +0000", "", "2026-08-22T11:00:00Z")
	f("Aug 22 11:00:00", "", "2026-08-22T11:00:00Z")
	f("Aug  2 11:00:00", "", "2026-08-02T11:00:00Z")
	f("2026/08/22 11:00:00", "", "2026-08-22T11:00:00Z")
	f("2026-08-22 11:00:00,123", "", "2026-08-22T11:00:00.123Z")
	f("2026-08-22 11:00:00.5", "", "2026-08-22T11:00:00.5Z")
	f("02/03/2026 11:00:00", "", "2026-02-03T11:00:00Z")
	f("1700000000", "", "2023-11-14T22:13:20Z")
	f("1700000000.25", "", "2023-11-14T22:13:20Z")
	f("20230102", "", "1970-08-23T03:28:22Z") // digits only are seconds, whatever they look like
	f("22.08.2026 11h00", "02.01.2006 15h04", "2026-08-22T11:00:00Z")
	f("Aug 22 11:00:00", "02.01.2006", "2026-08-22T11:00:00Z") // a layout that does not fit is no obstacle
	// A date without a year that would lie ahead is last year's.
	f("Dec 31 23:59:59", "", "2025-12-31T23:59:59Z")
	f("Aug 23 12:30:00", "", "2026-08-23T12:30:00Z")
	f("Aug 23 13:30:00", "", "2025-08-23T13:30:00Z")
	f("Feb 29 10:00:00", "", "2024-02-29T10:00:00Z")
	// No dates.
	f("", "", "no date")
	f("-5", "", "no date")
	f("yesterday", "", "no date")
	f("99999999999999", "", "no date")
}

func TestThisYear(t *testing.T) {
	now := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	f := func(text, want string) {
		t.Helper()
		got, ok := Parse(text, "", now, ThisYear)
		if s := got.Format(time.RFC3339); !ok || s != want {
			t.Errorf("Parse(%q) = %s, %v, want %s", text, s, ok, want)
		}
	}
	f("Aug 22 11:00:00", "2026-08-22T11:00:00Z")
	f("Dec 31 23:59:59", "2026-12-31T23:59:59Z")
	f("Feb 29 10:00:00", "2026-03-01T10:00:00Z")
}

func FuzzParse(f *testing.F) {
	for i, text := range dates() {
		f.Add(text, ownLayouts()[i%len(ownLayouts())], i%2 == 0)
	}
	var c Cache
	for _, s := range []string{"Feb 30 10:00:00", "Dec 31 23:59:60", "9999-12-31T23:59:59.999999999Z", "0000-00-00T00:00:00Z", "2026-10-25T02:30:00+02:00", "1e999", "-1"} {
		f.Add(s, "", true)
	}
	for _, s := range testx.Naughty() {
		f.Add(s, "", false)
	}
	f.Fuzz(func(t *testing.T, text, layout string, this bool) {
		year := NotAhead
		if this {
			year = ThisYear
		}
		for _, now := range nows()[:3] {
			equal(t, &c, text, layout, now, year)
			equal(t, &c, text, "", now, year)
		}
	})
}
