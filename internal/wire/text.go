package wire

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends a text as a JSON string, with the meaning of encoding/json: what is no UTF-8 is U+FFFD. Control
// characters are escaped, so a text never ends a line.
//
// hot:
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError && r != '\u2028' && r != '\u2029' || r == utf8.RuneError && n > 1 {
				i += n
				continue
			}
			dst = append(dst, s[from:i]...)
			switch r {
			case '\u2028':
				dst = append(dst, `\u2028`...)
			case '\u2029':
				dst = append(dst, `\u2029`...)
			default:
				dst = append(dst, `\ufffd`...)
			}
			i += n
			from = i
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// AppendSeconds appends a duration as bouncers can read it: rounded to seconds, in h, m and s, like 3h59m59s, never in
// days or fractions.
//
// hot:
func AppendSeconds(dst []byte, d time.Duration) []byte {
	if d > math.MaxInt64-time.Second {
		d = math.MaxInt64 - time.Second
	}
	n := int64(d.Round(time.Second) / time.Second)
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	h, m, s := n/3600, n/60%60, n%60
	if h > 0 {
		dst = append(strconv.AppendInt(dst, h, 10), 'h')
	}
	if h > 0 || m > 0 {
		dst = append(strconv.AppendInt(dst, m, 10), 'm')
	}
	return append(strconv.AppendInt(dst, s, 10), 's')
}

// appendTime appends a moment as a JSON string, RFC 3339 in UTC and whole seconds.
func appendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, time.RFC3339)
	return append(dst, '"')
}
