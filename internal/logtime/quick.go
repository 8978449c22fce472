package logtime

import "time"

// A form is a way to write a date that is read without a layout: the index of the layout in layouts whose dates it is a
// part of. Its fields have all their digits, its spaces are single unless the layout says otherwise.
type form int8

const (
	noForm   form = -1
	rfc3339  form = 0  // 2006-01-02T15:04:05Z, or with an offset
	httpDate form = 1  // 02/Jan/2006:15:04:05 -0700
	ansi     form = 2  // Mon Jan 2 15:04:05 2006
	syslog   form = 6  // Jan  2 15:04:05
	slashed  form = 13 // 2006/01/02 15:04:05
	dashed   form = 14 // 2006-01-02 15:04:05
	noZone   form = 15 // 2006-01-02T15:04:05
)

// fields are what a date says, all of them in range. A year of 0 may be one that was not written.
type fields struct {
	year, month, day, hour, minute, second, nano int
	offset                                       int // seconds east of UTC
	zoned                                        bool
}

// quick reads a date of one of the forms. Any other text, and whatever is out of range, is left to the layouts.
//
// hot:
func quick(text string, d *fields) form {
	if len(text) < len("Jan 2 15:04:05") {
		return noForm
	}
	*d = fields{}
	var f form
	switch {
	case text[4] == '-':
		f = quickDashed(text, d)
	case text[4] == '/':
		f = quickSlashed(text, d)
	case text[2] == '/':
		f = quickHTTP(text, d)
	case text[3] == ' ':
		f = quickNamed(text, d)
	default:
		return noForm
	}
	if f == noForm || d.hour > 23 || d.minute > 59 || d.second > 59 || d.day < 1 {
		return noForm
	}
	// No month has fewer than 28 days.
	if uint(d.month-1) > 11 || d.day > 28 && d.day > daysIn(d.month, d.year) {
		return noForm
	}
	return f
}

// two reads two digits; any other byte makes the result large.
func two(a, b byte) int {
	a, b = a-'0', b-'0'
	if a > 9 || b > 9 {
		return 1 << 20
	}
	return int(a)*10 + int(b)
}

// ymd reads year, month and day with a separator between.
func (d *fields) ymd(s string, separator byte) bool {
	_ = s[9]
	d.year = two(s[0], s[1])*100 + two(s[2], s[3])
	d.month, d.day = two(s[5], s[6]), two(s[8], s[9])
	return s[4] == separator && s[7] == separator && d.year <= 9999
}

// clock reads the time of day at the start of s, with a fraction of any length, and returns what follows.
func (d *fields) clock(s string) (rest string, ok bool) {
	if len(s) < len("15:04:05") || s[2] != ':' || s[5] != ':' {
		return "", false
	}
	d.hour, d.minute, d.second = two(s[0], s[1]), two(s[3], s[4]), two(s[6], s[7])
	s = s[8:]
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !isDigit(s[1]) {
		return s, true
	}
	i, unit := 1, 100_000_000
	for ; i < len(s) && isDigit(s[i]); i++ {
		d.nano += int(s[i]-'0') * unit
		unit /= 10 // what is finer than a nanosecond is dropped
	}
	return s[i:], true
}

func isDigit(b byte) bool { return b-'0' <= 9 }

// quickDashed reads 2006-01-02 and a time.
func quickDashed(s string, d *fields) form {
	if len(s) < len("2006-01-02T15:04:05") || !d.ymd(s, '-') {
		return noForm
	}
	rest, ok := d.clock(s[11:])
	switch {
	case !ok:
	case s[10] == ' ' && rest == "":
		return dashed
	case s[10] != 'T':
	case rest == "":
		return noZone
	case rest == "Z":
		return rfc3339
	case len(rest) == len("+07:00") && rest[3] == ':':
		if d.zone(rest[0], two(rest[1], rest[2]), two(rest[4], rest[5])) {
			return rfc3339
		}
	}
	return noForm
}

// quickSlashed reads 2006/01/02 15:04:05.
func quickSlashed(s string, d *fields) form {
	if len(s) < len("2006/01/02 15:04:05") || s[10] != ' ' || !d.ymd(s, '/') {
		return noForm
	}
	if rest, ok := d.clock(s[11:]); !ok || rest != "" {
		return noForm
	}
	return slashed
}

// quickHTTP reads 02/Jan/2006:15:04:05 -0700.
func quickHTTP(s string, d *fields) form {
	if len(s) < len("02/Jan/2006:15:04:05 -0700") || s[6] != '/' || s[11] != ':' {
		return noForm
	}
	d.day, d.month = two(s[0], s[1]), monthOf(s[3], s[4], s[5])
	d.year = two(s[7], s[8])*100 + two(s[9], s[10])
	rest, ok := d.clock(s[12:])
	if !ok || d.year > 9999 || len(rest) != len(" -0700") || rest[0] != ' ' {
		return noForm
	}
	if !d.zone(rest[1], two(rest[2], rest[3]), two(rest[4], rest[5])) {
		return noForm
	}
	return httpDate
}

// quickNamed reads dates that begin with the name of a month or a day of the week.
func quickNamed(s string, d *fields) form {
	f := syslog
	if d.month = monthOf(s[0], s[1], s[2]); d.month == 0 {
		if f = ansi; !isWeekday(s[0], s[1], s[2]) {
			return noForm
		}
		s = s[4:]
		if d.month = monthOf(s[0], s[1], s[2]); d.month == 0 || s[3] != ' ' {
			return noForm
		}
	}
	s = s[4:]
	if s[0] == ' ' {
		s = s[1:]
	}
	switch {
	case len(s) < len("2 15:04:05"):
		return noForm
	case s[1] == ' ' && isDigit(s[0]):
		d.day = int(s[0] - '0')
		s = s[2:]
	case s[2] == ' ':
		d.day = two(s[0], s[1])
		s = s[3:]
	default:
		return noForm
	}
	rest, ok := d.clock(s)
	if !ok {
		return noForm
	}
	if f == syslog {
		if rest != "" {
			return noForm
		}
		return syslog
	}
	if len(rest) != len(" 2006") || rest[0] != ' ' {
		return noForm
	}
	if d.year = two(rest[1], rest[2])*100 + two(rest[3], rest[4]); d.year > 9999 {
		return noForm
	}
	return ansi
}

// zone takes an offset. A full 24 hours and 60 minutes are in use, and package time reads them.
func (d *fields) zone(sign byte, hours, minutes int) bool {
	d.zoned = true
	d.offset = (hours*60 + minutes) * 60
	if sign == '-' {
		d.offset = -d.offset
	}
	return (sign == '+' || sign == '-') && hours <= 24 && minutes <= 60
}

// monthOf is the number of a month by its short name in any case, 0 for none.
func monthOf(a, b, c byte) int {
	const lower = 0x20
	switch uint32(a|lower)<<16 | uint32(b|lower)<<8 | uint32(c|lower) {
	case 'j'<<16 | 'a'<<8 | 'n':
		return 1
	case 'f'<<16 | 'e'<<8 | 'b':
		return 2
	case 'm'<<16 | 'a'<<8 | 'r':
		return 3
	case 'a'<<16 | 'p'<<8 | 'r':
		return 4
	case 'm'<<16 | 'a'<<8 | 'y':
		return 5
	case 'j'<<16 | 'u'<<8 | 'n':
		return 6
	case 'j'<<16 | 'u'<<8 | 'l':
		return 7
	case 'a'<<16 | 'u'<<8 | 'g':
		return 8
	case 's'<<16 | 'e'<<8 | 'p':
		return 9
	case 'o'<<16 | 'c'<<8 | 't':
		return 10
	case 'n'<<16 | 'o'<<8 | 'v':
		return 11
	case 'd'<<16 | 'e'<<8 | 'c':
		return 12
	}
	return 0
}

// isWeekday reports whether three bytes are the short name of a day of the week in any case.
func isWeekday(a, b, c byte) bool {
	const lower = 0x20
	switch uint32(a|lower)<<16 | uint32(b|lower)<<8 | uint32(c|lower) {
	case 's'<<16 | 'u'<<8 | 'n', 'm'<<16 | 'o'<<8 | 'n', 't'<<16 | 'u'<<8 | 'e', 'w'<<16 | 'e'<<8 | 'd',
		't'<<16 | 'h'<<8 | 'u', 'f'<<16 | 'r'<<8 | 'i', 's'<<16 | 'a'<<8 | 't':
		return true
	}
	return false
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func daysIn(month, year int) int {
	switch month {
	case 2:
		if isLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// before is how many days of a year without a 29 February come before a month.
var before = [...]int{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}

// unix is the seconds since 1970 of a date of a year from 0 to 9999, read as UTC. The 29 February of a year without one
// is 1 March.
func (d *fields) unix(year int) int64 {
	y := year + 399 // complete years since one that ends 400 years, so that nothing is negative
	days := 365*y + y/4 - y/100 + y/400 + before[d.month] + d.day - 1
	if d.month > 2 && isLeap(year) {
		days++
	}
	const to1970 = 365*2369 + 2369/4 - 2369/100 + 2369/400
	return int64(days-to1970)*86400 + int64(d.hour*3600+d.minute*60+d.second)
}

// time is the date in a year, in the location that package time gives it: UTC without an offset, else the local one if
// it has this offset then, else one of the offset alone.
func (d *fields) time(year int, zones *zones) time.Time {
	sec := d.unix(year)
	if !d.zoned {
		return time.Unix(sec, int64(d.nano)).UTC()
	}
	t := time.Unix(sec-int64(d.offset), int64(d.nano)).Local()
	if _, offset := t.Zone(); offset == d.offset {
		return t
	}
	return t.In(zones.of(d.offset))
}

// zones keep locations of offsets, because to make one allocates. nil keeps none.
type zones struct {
	known [4]*time.Location
	offs  [4]int
	next  uint8
}

func (z *zones) of(offset int) *time.Location {
	if z == nil {
		return time.FixedZone("", offset)
	}
	for i, l := range z.known {
		if l != nil && z.offs[i] == offset {
			return l
		}
	}
	l := time.FixedZone("", offset)
	i := z.next % uint8(len(z.known))
	z.known[i], z.offs[i] = l, offset
	z.next++
	return l
}
