package profile

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"tocsin.example"
)

const day = 24 * time.Hour

// MaxDuration is the longest duration that [ParseDuration] reads: a hundred years, which is for ever.
const MaxDuration = 36_525 * day

// ParseDuration reads a duration as Go writes it, with days in front: "4h", "1d", "1d12h", "0.5d". It is not negative
// and at most [MaxDuration].
func ParseDuration(s string) (time.Duration, error) {
	d, err := parseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no duration: %w", short(s), err)
	case d < 0:
		return 0, fmt.Errorf("the duration %s is negative", short(s))
	case d > MaxDuration:
		return 0, fmt.Errorf("the duration %s is longer than 100 years", short(s))
	}
	return d, nil
}

var errForm = errors.New("write it as 30m, 4h or 7d")

func parseDuration(s string) (time.Duration, error) {
	number, rest, ok := strings.Cut(s, "d")
	if !ok {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, errForm
		}
		return d, nil
	}
	if strings.Trim(number, "0123456789.") != "" {
		return 0, errForm
	}
	days, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, errForm
	}
	if days > float64(math.MaxInt64)/float64(2*day) {
		return MaxDuration + 1, nil
	}
	d := time.Duration(days * float64(day))
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 {
		return 0, errForm
	}
	return d + min(more, MaxDuration), nil
}

// short cuts a text of somebody else's for a message.
func short(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// Scope brings a scope that the program knows by name to its one spelling: "ip" is "Ip". Others stay as they are.
func Scope(s string) string {
	for _, known := range [...]string{tocsin.ScopeIP, tocsin.ScopeRange, tocsin.ScopeCountry, tocsin.ScopeAS} {
		if strings.EqualFold(s, known) {
			return known
		}
	}
	return s
}
