package wire

import (
	"fmt"
	"strings"
	"time"
)

// ParseDuration reads a Go duration that may have days: 4h, 7d, 1d12h30m. It is refused beyond [MaxDuration] in both
// directions.
func ParseDuration(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no duration: write it like 4h, 90m or 7d", cut(s, 40))
	const day = 24 * time.Hour
	rest, back := strings.TrimSpace(s), false
	if r, ok := strings.CutPrefix(rest, "-"); ok {
		rest, back = r, true
	} else if r, ok := strings.CutPrefix(rest, "+"); ok {
		rest = r
	}
	days := 0
	if n, after, ok := strings.Cut(rest, "d"); ok {
		if n == "" || len(n) > 6 || strings.Trim(n, "0123456789") != "" {
			return 0, bad
		}
		for i := range len(n) {
			days = days*10 + int(n[i]-'0')
		}
		if days > int(MaxDuration/day) {
			return 0, fmt.Errorf("the duration %q is longer than a hundred years", cut(s, 40))
		}
		if rest = after; rest == "" {
			rest = "0"
		}
	}
	if rest == "" || rest[0] == '-' || rest[0] == '+' {
		return 0, bad
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, bad
	}
	if d <= MaxDuration {
		d += time.Duration(days) * day
	}
	if d > MaxDuration {
		return 0, fmt.Errorf("the duration %q is longer than a hundred years", cut(s, 40))
	}
	if back {
		return -d, nil
	}
	return d, nil
}
