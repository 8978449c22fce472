// Package logtime reads the dates of log lines.
//
// It knows the layouts that logs use, not where in a line a date stands: that is the parsers' part. It reads no clock;
// whoever calls gives "now", which lends its year to dates without one. Start from [Parse].
package logtime

import (
	"strconv"
	"strings"
	"time"
)

// layouts are tried in this order when a line's own layout is unknown or does not fit. The order is part of the rules'
// contract: 01/02/2006 is read the American way because it stands before nothing that reads it otherwise.
// What [only] says follows from them; a test compares.
var layouts = [...]string{
	time.RFC3339,
	"02/Jan/2006:15:04:05 -0700",
	"Mon Jan 2 15:04:05 2006",
	"02-Jan-2006 15:04:05 europe/paris",
	"01/02/2006 15:04:05",
	"2006-01-02 15:04:05.999999999 -0700 MST",
	"Jan  2 15:04:05",
	"Mon Jan 02 15:04:05.000000 2006",
	"2006-01-02T15:04:05Z07:00",
	"2006/01/02",
	"2006/01/02 15:04",
	"2006-01-02",
	"2006-01-02 15:04",
	"2006/01/02 15:04:05",
	"2006-01-02 15:04:05",
	"2006-01-02T15:04:05",
}

// Longest is the longest text that is looked at; no date is longer.
const Longest = 128

// ahead is how far a date without a year may lie in the future before it is taken for last year's: a day for zones and
// a little for clocks that disagree.
const ahead = 25 * time.Hour

// Year says which year a date without one gets.
type Year uint8

const (
	// NotAhead is the latest year in which the date exists and lies at most 25 hours ahead of now: a line of December
	// is read in January.
	NotAhead Year = iota
	// ThisYear is the year of now, even if the date then lies ahead; the 29 February of a year without one is 1 March.
	ThisYear
)

// Parse reads a date. layout is a Go reference layout that is tried first, "" for none; then come the layouts that logs
// use, then seconds since 1970. A date without a zone is UTC; year says what one without a year gets. It reports false
// for a text that is no date.
func Parse(text, layout string, now time.Time, year Year) (time.Time, bool) {
	if text == "" || len(text) > Longest {
		return time.Time{}, false
	}
	t, _, ok := parse(text, layout, isKnown(layout), now, year, nil)
	return t, ok
}

// parse is Parse of a text that is not empty and not too long. known says whether the layout is. yearless says that the
// answer depends on now.
func parse(text, layout string, known bool, now time.Time, year Year, zones *zones) (t time.Time, yearless, ok bool) {
	var d fields
	if known {
		if f := quick(text, &d); f != noForm {
			return d.date(now, year, zones)
		}
	}
	if layout != "" {
		if t, err := time.Parse(layout, text); err == nil {
			return dated(t, now, year)
		}
	}
	if !known {
		if f := quick(text, &d); f != noForm {
			return d.date(now, year, zones)
		}
	}
	if i := only(text); i >= 0 {
		if t, err := time.Parse(layouts[i], text); err == nil {
			return dated(t, now, year)
		}
	}
	whole, _, _ := strings.Cut(text, ".")
	if whole == "" || !isDigit(whole[0]) && whole[0] != '+' { // an error of strconv's would be made for nothing
		return time.Time{}, false, false
	}
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && n > 0 {
		t, ok = inRange(time.Unix(n, 0).UTC())
		return t, false, ok
	}
	return time.Time{}, false, false
}

// isKnown reports whether a layout says of no date of a form anything else than the layouts do: it does not read it, or
// reads the same. Then such a date needs no layout.
func isKnown(layout string) bool {
	switch layout {
	case "", time.RFC3339, time.RFC3339Nano, "2006-01-02T15:04:05.999Z", "2006-01-02T15:04:05",
		"02/Jan/2006:15:04:05 -0700", time.ANSIC, "Mon Jan 2 15:04:05 2006", time.Stamp, "Jan  2 15:04:05", "Jan 2 15:04:05",
		"2006/01/02 15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05,999999999":
		return true
	}
	return false
}

// dated is the answer for a date that a layout has read.
func dated(t, now time.Time, year Year) (_ time.Time, yearless, ok bool) {
	yearless = t.Year() == 0
	t, ok = inRange(withYear(t, now, year))
	return t, yearless, ok
}

// date is the answer for a date of a form: what dated says of it, with less work.
func (d *fields) date(now time.Time, year Year, zones *zones) (t time.Time, yearless, ok bool) {
	if d.year != 0 {
		return d.time(d.year, zones), false, true
	}
	if y := now.UTC().Year(); y > 0 && y <= 9999 && !d.zoned {
		leap := d.month == 2 && d.day == 29 && !isLeap(y)
		t := d.time(y, zones)
		if year == ThisYear || !leap && t.Sub(now) <= ahead {
			return t, true, true
		}
	}
	return dated(d.time(0, zones), now, year)
}

// inRange refuses what RFC 3339 cannot write.
func inRange(t time.Time) (time.Time, bool) {
	return t, t.Year() >= 1 && t.Year() <= 9999
}

// withYear gives a year to a date of year 0, which is what Go makes of a date without one.
func withYear(t, now time.Time, year Year) time.Time {
	if t.Year() != 0 {
		return t
	}
	now = now.UTC()
	if year == ThisYear {
		return t.AddDate(now.Year(), 0, 0)
	}
	// Eight years hold a 29 February even across a year like 2100.
	for y := now.Year(); y > now.Year()-9; y-- {
		d := time.Date(y, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
		if d.Month() == t.Month() && d.Sub(now) <= ahead {
			return d
		}
	}
	return t.AddDate(now.Year(), 0, 0)
}
