package render

import (
	"fmt"
	"strconv"
	"time"
)

// Count writes n with commas between thousands: 1,234,567.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a number of bytes in units of 1024: 512 B, 1.5 KiB, 12 MiB.
func Bytes(n int64) string {
	if n < 1024 && n > -1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f := float64(n)
	for _, unit := range [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		f /= 1024
		if f < 1023.95 && f > -1023.95 || unit == "EiB" {
			return short(f) + " " + unit
		}
	}
	return "" // not reached: the last unit takes all
}

// Duration writes d in its two largest units, as people say it: 250 ms, 1.5 s, 2m 5s, 3h 20m, 4d 1h.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		if d == -1<<63 {
			d++ // has no positive twin
		}
		return "-" + Duration(-d)
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < 999500*time.Nanosecond:
		return short(float64(d)/float64(time.Microsecond)) + " µs"
	case d < 999500*time.Microsecond:
		return short(float64(d)/float64(time.Millisecond)) + " ms"
	case d < 59950*time.Millisecond:
		return short(d.Seconds()) + " s"
	}
	s := int64(d.Round(time.Second).Seconds())
	switch {
	case s < 3600:
		return two(s/60, "m", s%60, "s")
	case s < 24*3600:
		return two(s/3600, "h", s%3600/60, "m")
	}
	return two(s/86400, "d", s%86400/3600, "h")
}

func two(big int64, bigUnit string, small int64, smallUnit string) string {
	s := strconv.FormatInt(big, 10) + bigUnit
	if small != 0 {
		s += " " + strconv.FormatInt(small, 10) + smallUnit
	}
	return s
}

// short writes a number below about 1000 with one decimal while it is below 10.
func short(f float64) string {
	if f < 9.95 && f > -9.95 {
		s := strconv.FormatFloat(f, 'f', 1, 64)
		if s[len(s)-2:] == ".0" {
			return s[:len(s)-2]
		}
		return s
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

// Percent writes part of whole: 37%, <1%, 99% (100% only when all is done), or a dash when there is no whole.
func Percent(part, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case part < whole && p > 99:
		return "99%"
	case part > 0 && p < 1:
		return "<1%"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + "%"
}

// Rate writes how many a second n in d are: 12,300/s. Without time there is no rate, a dash.
func Rate(n int64, d time.Duration) string {
	if d <= 0 {
		return "–"
	}
	return Count(int64(float64(n)/d.Seconds())) + "/s"
}
