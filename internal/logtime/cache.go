package logtime

import "time"

// Cache is Parse with a memory, for one goroutine: lines of one second often say it in the same words. The zero value is
// ready.
type Cache struct {
	zones zones
	size  int // of the text in buf; 0 for nothing read yet
	buf   [Longest]byte
	form  layoutForm

	now      time.Time
	year     Year
	yearless bool // the answer depends on now
	answer   time.Time
	ok       bool
}

// layoutForm remembers what is known of the last layout.
type layoutForm struct {
	size  int
	buf   [64]byte
	known bool
}

// Parse is the Parse of the package: same dates, same values. It does not allocate for dates of the usual forms, and
// keeps neither text nor layout.
//
// hot:
func (c *Cache) Parse(text, layout string, now time.Time, year Year) (time.Time, bool) {
	known, same := c.form.learn(layout)
	if same && text != "" && string(c.buf[:c.size]) == text && year == c.year && (!c.yearless || now.Equal(c.now)) {
		return c.answer, c.ok
	}
	if text == "" || len(text) > Longest {
		return time.Time{}, false
	}
	c.answer, c.yearless, c.ok = parse(text, layout, known, now, year, &c.zones)
	c.now, c.year = now.Round(0), year // without the monotonic clock, by which times may be equal that are not
	c.size = copy(c.buf[:], text)
	if !same && !c.form.keep(layout, known) {
		c.size = 0 // the text alone would be found with another layout
	}
	return c.answer, c.ok
}

// learn reports whether a layout is known, and whether it is the last one.
func (f *layoutForm) learn(layout string) (known, same bool) {
	if string(f.buf[:f.size]) == layout {
		return f.known || layout == "", true
	}
	return isKnown(layout), false
}

// keep makes a layout the last one, if it is not too long.
func (f *layoutForm) keep(layout string, known bool) bool {
	if len(layout) > len(f.buf) {
		return false
	}
	f.size, f.known = copy(f.buf[:], layout), known
	return true
}
