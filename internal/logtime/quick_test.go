package logtime

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/testx"
)

// plain is Parse without its short cuts: the definition of what it says.
func plain(text, layout string, now time.Time, year Year) (time.Time, bool) {
	if text == "" || len(text) > Longest {
		return time.Time{}, false
	}
	all := layouts[:]
	if layout != "" {
		all = append([]string{layout}, all...)
	}
	for _, l := range all {
		if t, err := time.Parse(l, text); err == nil {
			return inRange(withYear(t, now, year))
		}
	}
	whole, _, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n > 0 {
		return inRange(time.Unix(n, 0).UTC())
	}
	return time.Time{}, false
}

// same wants two answers to be one: the same instant, written the same, in a location of the same name.
func same(t testing.TB, what string, got time.Time, gotOK bool, want time.Time, wantOK bool) {
	t.Helper()
	if gotOK != wantOK || got.Equal(want) == false ||
		got.Format(time.RFC3339Nano) != want.Format(time.RFC3339Nano) || got.Location().String() != want.Location().String() {
		t.Errorf("%s: %v, %v, want %v, %v", what, got, gotOK, want, wantOK)
	}
}

// equal wants Parse and a cache to say what plain says, and the functions for RFC 3339 what package time says.
func equal(t testing.TB, c *Cache, text, layout string, now time.Time, year Year) {
	t.Helper()
	what := strconv.Quote(text) + " by " + strconv.Quote(layout) + " at " + now.String()
	want, wantOK := plain(text, layout, now, year)
	got, ok := Parse(text, layout, now, year)
	same(t, "Parse of "+what, got, ok, want, wantOK)
	for range 2 {
		got, ok = c.Parse(text, layout, now, year)
		same(t, "Cache.Parse of "+what, got, ok, want, wantOK)
	}
	sameOnly(t, text)
	rfc, err := time.Parse(time.RFC3339Nano, text)
	got, ok = ParseRFC3339(text)
	same(t, "ParseRFC3339 of "+what, got, ok, rfc, err == nil)
	for _, d := range []time.Time{want, rfc, now, want.Add(-1)} {
		if got, want := string(AppendRFC3339([]byte("x"), d)), "x"+d.Format(time.RFC3339Nano); got != want {
			t.Errorf("AppendRFC3339 writes %s, want %s", got, want)
		}
	}
}

// sameOnly wants the first layout that reads a text to be the one that only names.
func sameOnly(t testing.TB, text string) {
	t.Helper()
	for i, l := range layouts {
		if _, err := time.Parse(l, text); err == nil {
			if n := only(text); n != i {
				t.Errorf("%q is read by layout %d, %q, but only says %d", text, i, l, n)
			}
			return
		}
	}
}

// dates are dates of all layouts, and what is nearly one.
func dates() []string {
	return []string{
		"2026-08-22T11:00:00Z", "2026-08-22T11:00:00.5Z", "2026-08-22T11:00:00,123456789Z", "2026-08-22T11:00:00.1234567891Z",
		"2026-08-22T11:00:00+02:00", "2026-08-22T11:00:00.25-05:30", "2026-08-22T11:00:00+24:00", "2026-08-22T11:00:00-24:60",
		"2026-08-22T11:00:00+25:00", "2026-08-22T11:00:00+00:61", "2026-08-22T11:00:00+0200", "2026-08-22T11:00:00z",
		"2026-08-22T24:00:00Z", "2026-08-22T23:59:60Z", "2026-08-22T1:00:00Z", "2026-08-22T11:60:00Z", "2026-08-22T11:00:00.Z",
		"2026-02-29T11:00:00Z", "2024-02-29T11:00:00Z", "1900-02-29T11:00:00Z", "2000-02-29T11:00:00Z", "0000-02-29T11:00:00Z",
		"2026-04-31T11:00:00Z", "2026-00-10T11:00:00Z", "2026-13-10T11:00:00Z", "2026-01-00T11:00:00Z", "0001-01-01T00:00:00+02:00",
		"9999-12-31T23:59:59-02:00", "2026-08-22t11:00:00Z", "2026-08-22T11:00:00+00:00", "2026-08-22T11:00:00-00:00",
		"2026-08-22T11:00:00 +02:00", "2026-08-22T11:00", "0000-01-01T00:00:00+01:00",
		"22/Aug/2026:11:00:00 +0000", "22/aug/2026:11:00:00 -0730", "22/Aug/2026:11:00:00  +0200", "22/Aug/2026:11:00:00.5 +0200",
		"2/Aug/2026:11:00:00 +0200", "22/Aug/2026:1:00:00 +0200", "29/Feb/2026:11:00:00 +0200", "22/Aug/2026:11:00:00 +2460",
		"22/Aug/2026:11:00:00 +2500", "22/Aug/2026:11:00:00", "22/Aug/0000:11:00:00 +0200", "22/August/2026:11:00:00 +0200",
		"22/Aug/2026:24:00:00 +0200", "22/Aug/2026:11:00:00 *0200", "31/Jun/2026:11:00:00 +0200", "22/Aug/2026:11:00:00 +02:00",
		"Aug 22 11:00:00", "Aug  2 11:00:00", "Aug 2 11:00:00", "aug 2 11:00:00", "AUG 02 11:00:00", "Aug   2 11:00:00", "Aug  22 11:00:00",
		"Feb 29 11:00:00", "Feb 30 11:00:00", "Dec 31 23:59:59.999", "Jan  1 00:00:00", "Aug 22 1:00:00", "Aug 22 11:00:00 ",
		"Aug 22 11:00:00.", "Aug 22 11:00:00,5", "Aug 00 11:00:00", "Aug 0 11:00:00", "Aug 22  11:00:00", "Aug22 11:00:00", "Aug 222 11:00:00",
		"Mon Jan 2 15:04:05 2006", "mon jan  2 15:04:05 2006", "Sun Jan 02 15:04:05.000000 2006", "Sun Jan 02 15:04:05.+00500 2006", "Sun Jan 02 15:04:05,-00000 2006", "Sun Jan 02 15:04:05.-00001 2006", "Sun Jan 2 15:04:05.+00500 2006", "Thu Jan 2 15:04:05.1 2006",
		"Mon Jan 2 15:04:05 206", "Mon Jan 2 15:04:05 20061", "Mon Jan 2 15:04:05  2006", "Mon Feb 29 15:04:05 2006", "Xon Jan 2 15:04:05 2006",
		"Monday Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05", "Mon Jan 2 15:04:05 0000", "Mon  Jan 2 15:04:05 2006", "Mon Jan 2 15:04:60 2006",
		"02-Jan-2006 15:04:05 europe/paris", "02-Jan-2006 15:04:05 europe/rome", "02-Jan-2006 15:04:05", "02-JAN-2006 15:04:05.5 europe/paris",
		"01/02/2006 15:04:05", "13/02/2006 15:04:05", "1/2/2006 15:04:05", "01/02/2006", "01/02/2006 15:04:05.25", "01/02/2006 3:04:05 PM",
		"2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05 +0000 UTC", "2006-01-02 15:04:05,5 +0100 CET", "2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04:05 +0000 GMT+3", "2006-01-02 15:04:05 +0530 +0530", "2006-01-02 15:04:05 +0200 CEST",
		"2006/01/02", "2006/01/02 15:04", "2006/01/02 1:04", "2006/01/02 15:04:05", "2006/01/02 15:04:05.123", "2006/01/02  15:04:05", "2006/1/2",
		"2006/01/02 15:04 ", "2006/02/29 15:04:05", "0000/01/02 15:04:05", "2006/01/02 24:04:05", "2006/01/02T15:04:05",
		"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02 15:04:05,123", "2006-01-02 15:04:05.", "2006-01-02 5:04:05",
		"2006-01-02  15:04:05", "2006-01-02 15:04:05 ", "2006-02-30 15:04:05", "2006-01-02 ", "2006-01-02T15:04:05", "2006-01-02T15:04:05.000001",
		"2006-01-02T5:04:05", "2006-01-02T15:04:05 ", "0000-01-02 15:04:05",
		"1700000000", "1700000000.25", "+1700000000", "-5", ".5", ".", "0", "99999999999999", "20260822", "260822 11:00:00", "0822 11:00:00",
		"08/22/2026, 11:00:00", "yesterday", "Sat Aug 22 11:00:00 CEST 2026", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	}
}

// ownLayouts are layouts that rules give, known and not.
func ownLayouts() []string {
	own := []string{
		"", time.RFC3339, time.RFC3339Nano, time.ANSIC, time.Stamp, time.StampMilli, time.UnixDate, "Jan 2 15:04:05", "2006-01-02T15:04:05.999Z",
		"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05,999999999", "2006-01-02 15:04:05.000-0700", "0102 15:04:05", "060102 15:04:05",
		"01/02/2006, 15:04:05", "2006-02-01 15:04:05", "2006-01-02T04:15:05Z07:00", "15:04:05", "", "2006", "x",
	}
	return append(own, layouts[:]...)
}

// nows are times at which dates without a year are read.
func nows() []time.Time {
	return []time.Time{
		time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC),
		time.Date(2026, 8, 22, 12, 0, 0, 0, time.FixedZone("", -5*3600)),
		time.Date(2024, 2, 28, 23, 59, 59, 5, time.UTC),
		time.Date(2025, 12, 31, 23, 30, 0, 0, time.FixedZone("x", -3600)),
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2104, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(0, 5, 1, 0, 0, 0, 0, time.UTC),
		time.Date(5, 5, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-3, 5, 1, 0, 0, 0, 0, time.UTC),
		time.Date(12000, 5, 1, 0, 0, 0, 0, time.UTC),
		{},
	}
}

// inZones runs a test with different local zones, since package time reads an offset as the local zone where it can.
func inZones(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	was := time.Local
	defer func() { time.Local = was }()
	for _, name := range []string{"UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Logf("no zone %s here: %v", name, err)
			continue
		}
		time.Local = loc
		t.Run(strings.ReplaceAll(name, "/", "_"), f)
	}
	time.Local = was
	t.Run("local", f)
}

// TestPlain holds Parse and Cache to the plain list, for all dates with all layouts at all times.
func TestPlain(t *testing.T) {
	inZones(t, func(t *testing.T) {
		t.Helper()
		var c Cache
		read := map[bool]int{}
		for _, text := range dates() {
			for _, layout := range ownLayouts() {
				for i, now := range nows() {
					if i > 1 && layout != "" {
						break
					}
					for _, year := range []Year{NotAhead, ThisYear} {
						equal(t, &c, text, layout, now, year)
					}
				}
			}
			_, ok := Parse(text, "", nows()[0], NotAhead)
			read[ok]++
		}
		if read[true] < 60 || read[false] < 40 {
			t.Errorf("%d dates are read and %d are not: the test shows little", read[true], read[false])
		}
	})
}

// TestForms holds that what is said to be fast is: each form is recognised, and its dates pass no layout by.
func TestForms(t *testing.T) {
	f := func(text string, want form) {
		t.Helper()
		var d fields
		if got := quick(text, &d); got != want {
			t.Errorf("quick(%q) = %d, want %d", text, got, want)
		}
		if want != noForm && only(text) != int(want) {
			t.Errorf("only(%q) = %d, want %d", text, only(text), want)
		}
	}
	f("2026-08-22T11:00:00Z", rfc3339)
	f("2026-08-22T11:00:00.123+05:30", rfc3339)
	f("22/Aug/2026:11:00:00 +0000", httpDate)
	f("Mon Jan 2 15:04:05 2006", ansi)
	f("Mon Jan  2 15:04:05.123456 2006", ansi)
	f("Jan  2 15:04:05", syslog)
	f("Jan 2 15:04:05", syslog)
	f("Jan 12 15:04:05", syslog)
	f("2006/01/02 15:04:05", slashed)
	f("2006-01-02 15:04:05,999", dashed)
	f("2006-01-02T15:04:05", noZone)
	f("2006-01-02", noForm)
	f("Sun Jan 02 15:04:05.+00500 2006", noForm)
}

// TestMutants changes, drops, doubles and joins bytes of dates.
func TestMutants(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 100_000
	if testx.Soak() {
		n = 3_000_000
	}
	if testing.Short() {
		n = 10_000
	}
	all, own, at := dates(), ownLayouts(), nows()
	var c Cache
	read := 0
	for range n {
		text := mutant(rnd, all)
		layout := ""
		if rnd.IntN(4) == 0 {
			layout = own[rnd.IntN(len(own))]
		}
		now := at[rnd.IntN(4)]
		equal(t, &c, text, layout, now, Year(rnd.IntN(2)))
		if _, ok := Parse(text, layout, now, NotAhead); ok {
			read++
		}
	}
	if read < n/12 {
		t.Errorf("only %d of %d mutants are dates: the test shows little", read, n)
	}
}

func mutant(rnd *rand.Rand, all []string) string {
	const bytes = "0123456789012345678901234567890123456789 ::--//+.,TZJanFebOctsunMonPM\x00\xff"
	text := []byte(all[rnd.IntN(len(all))])
	for range 1 + rnd.IntN(2) {
		if len(text) == 0 {
			break
		}
		i := rnd.IntN(len(text))
		switch rnd.IntN(6) {
		case 0:
			text = append(text[:i], text[i+1:]...)
		case 1:
			text = append(text[:i+1], text[i:]...)
		case 2:
			other := all[rnd.IntN(len(all))]
			text = append(text[:i], other[min(i, len(other)):]...)
		default:
			text[i] = bytes[rnd.IntN(len(bytes))]
		}
	}
	return string(text)
}

// TestEveryDay holds the arithmetic of all days of ten thousand years to that of package time.
func TestEveryDay(t *testing.T) {
	buf := make([]byte, 0, 40)
	day := time.Date(0, 1, 1, 23, 59, 58, 7, time.UTC)
	for day.Year() < 10000 {
		buf = AppendRFC3339(buf[:0], day)
		var d fields
		d.year, d.hour, d.minute, d.second, d.nano = day.Year(), 23, 59, 58, 7
		d.month, d.day = int(day.Month()), day.Day()
		if got := d.time(d.year, nil); got != day {
			t.Fatalf("%v is read as %v", day, got)
		}
		if back, ok := ParseRFC3339(string(buf)); !ok || back != day {
			t.Fatalf("%v is written as %s, and read as %v, %v", day, buf, back, ok)
		}
		day = day.AddDate(0, 0, 1)
	}
}

func TestAppendRFC3339(t *testing.T) {
	f := func(d time.Time) {
		t.Helper()
		if got, want := string(AppendRFC3339(nil, d)), d.Format(time.RFC3339Nano); got != want {
			t.Errorf("AppendRFC3339 writes %s, want %s", got, want)
		}
	}
	for _, now := range nows() {
		f(now)
		for _, offset := range []int{0, 1, 59, 60, -1, -59, -60, 3600, -5400, 86400, 99*3600 + 59*60 + 59, 100 * 3600, -100 * 3600, -99*3600 - 3599, 500 * 3600} {
			f(now.In(time.FixedZone("x", offset)))
		}
	}
	f(time.Unix(1<<62, 0))
	f(time.Unix(-1<<62, 0))
	f(time.Unix(firstSecond, 0).UTC())
	f(time.Unix(firstSecond-1, 0).UTC())
	f(time.Unix(lastSecond, 999999999).UTC())
	f(time.Unix(lastSecond+1, 0).UTC())
	for n := 1; n < 1e9; n *= 10 {
		f(time.Unix(0, int64(n)))
		f(time.Unix(0, int64(n*9)))
	}
}

// TestCacheForgets changes one thing at a time between two calls of one cache.
func TestCacheForgets(t *testing.T) {
	at := nows()
	text := []byte("Aug 22 11:00:00")
	var c Cache
	f := func(text, layout string, now time.Time, year Year) {
		t.Helper()
		equal(t, &c, text, layout, now, year)
	}
	f("Aug 22 11:00:00", "", at[0], NotAhead)
	f("Aug 22 11:00:00", "", at[2], NotAhead)
	f("Aug 22 11:00:00", "", at[2], ThisYear)
	f("01/02/2006 15:04:05", "", at[2], ThisYear)
	f("01/02/2006 15:04:05", "02/01/2006 15:04:05", at[2], ThisYear)
	f("01/02/2006 15:04:05", "", at[2], ThisYear)
	long := "02/01/2006 15:04:05" + strings.Repeat(" ", 60)
	f("01/02/2006 15:04:05", long, at[2], ThisYear)
	f("01/02/2006 15:04:05", "", at[2], ThisYear)
	f("01/02/2006 15:04:05", long[:64], at[2], ThisYear)
	f("01/02/2006 15:04:05", long, at[2], ThisYear)
	f("", "", at[0], NotAhead)
	f(strings.Repeat("1", Longest+1), "", at[0], NotAhead)
	f(strings.Repeat("1", Longest), "", at[0], NotAhead)
	// The bytes of a text may change under a string of them once its batch is done: the cache must not look at them.
	c.Parse(string(text), "", at[0], NotAhead)
	if string(c.buf[:c.size]) != "Aug 22 11:00:00" {
		t.Error("the text is not kept as a copy")
	}
}

func TestAllocates(t *testing.T) {
	now := nows()[0]
	var c Cache
	buf := make([]byte, 0, 64)
	f := func(text, layout string) {
		t.Helper()
		c.Parse(text, layout, now, NotAhead)
		n := testing.AllocsPerRun(100, func() {
			c.Parse(text, layout, now, NotAhead)
			c.Parse("2006-01-02 15:04:05", layout, now, NotAhead) // the next one misses
		})
		if n != 0 {
			t.Errorf("%v allocations for %q by %q, want none", n, text, layout)
		}
	}
	f("2026-08-22T11:00:00.123Z", "")
	f("2026-08-22T11:00:00+05:30", "")
	f("22/Aug/2026:11:00:00 +0545", "")
	f("Aug 22 11:00:00", "")
	f("Aug 22 11:00:00", "2006-01-02T15:04:05.999Z")
	f("2006-01-02 15:04", "")
	f("Mon Jan 2 15:04:05 2006", time.ANSIC)
	n := testing.AllocsPerRun(100, func() {
		d, _ := ParseRFC3339("2026-08-22T11:00:00.123+02:00")
		buf = AppendRFC3339(buf[:0], d)
	})
	if n != 0 {
		t.Errorf("%v allocations for RFC 3339, want none", n)
	}
}
