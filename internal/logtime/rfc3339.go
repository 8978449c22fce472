package logtime

import "time"

// ParseRFC3339 reads what time.Parse reads by time.RFC3339Nano, with the same value. It does not allocate for a date in
// UTC, or with an offset of full hours, unless it reports false.
//
// hot:
func ParseRFC3339(text string) (time.Time, bool) {
	var d fields
	if quick(text, &d) == rfc3339 {
		return d.time(d.year, nil), true
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}

// AppendRFC3339 appends what t.Format(time.RFC3339Nano) returns. It allocates only if dst has no room.
//
// hot:
func AppendRFC3339(dst []byte, t time.Time) []byte {
	_, offset := t.Zone()
	sec := t.Unix() + int64(offset)
	if sec < firstSecond || sec > lastSecond || offset <= -100*3600 || offset >= 100*3600 {
		return t.AppendFormat(dst, time.RFC3339Nano)
	}
	fromZero := uint64(sec - firstSecond)
	year, month, day := date(uint32(fromZero / 86400))
	s := uint(fromZero % 86400)
	dst = append(dst, "0000-00-00T00:00:00"...)
	w := dst[len(dst)-19:]
	putTwo(w, year/100)
	putTwo(w[2:], year%100)
	putTwo(w[5:], month)
	putTwo(w[8:], day)
	putTwo(w[11:], s/3600)
	putTwo(w[14:], s/60%60)
	putTwo(w[17:], s%60)
	if n := t.Nanosecond(); n != 0 {
		dst = appendNano(dst, uint(n))
	}
	return appendZone(dst, offset)
}

const (
	// firstSecond is 1 March of the year 0: years are counted from March on, so that 29 February is the last day of one.
	firstSecond = -719468 * 86400
	lastSecond  = 253402300799 // the last of the year 9999
)

// date is the date of a day, counted from 1 March of the year 0. This is Euclid's division with multiplications, after
// Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022).
func date(n uint32) (year, month, day uint) {
	century := (4*n + 3) / 146097
	inCentury := (4*n + 3) % 146097 / 4
	p := uint64(2939745) * uint64(4*inCentury+3)
	inYear := uint32(p) / 2939745 / 4 //nolint:gosec // the lower half is meant
	year = uint(100*century) + uint(p>>32)
	q := 2141*inYear + 197913
	month, day = uint(q>>16), uint(q&0xffff/2141)+1
	if inYear >= 306 { // January and February belong to the next year
		return year + 1, month - 12, day
	}
	return year, month, day
}

func putTwo(w []byte, n uint) {
	_ = w[1]
	w[0], w[1] = byte('0'+n/10), byte('0'+n%10) //nolint:gosec // n is below 100
}

// appendNano appends a fraction without zeros at its end. Most clocks stop at milli- or microseconds.
func appendNano(dst []byte, n uint) []byte {
	digits := 9
	for digits > 3 && n%1000 == 0 {
		n /= 1000
		digits -= 3
	}
	dst = append(dst, ".000000000"[:1+digits]...)
	w := dst[len(dst)-digits:]
	for i := digits - 1; i >= 0; i-- {
		w[i] = byte('0' + n%10)
		n /= 10
	}
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func appendZone(dst []byte, offset int) []byte {
	if offset == 0 {
		return append(dst, 'Z')
	}
	minutes := offset / 60
	sign := byte('+')
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	dst = append(dst, sign, '0', '0', ':', '0', '0')
	putTwo(dst[len(dst)-5:], uint(minutes)/60)
	putTwo(dst[len(dst)-2:], uint(minutes)%60)
	return dst
}
