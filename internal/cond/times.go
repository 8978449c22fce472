package cond

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func timeHelpers(h *Host) []*helper {
	return []*helper{
		fn0("TimeNow", func(r *Run) (string, error) { return r.clock(h).UTC().Format(time.RFC3339), nil }),
		fn1("ParseUnix", func(_ *Run, s string) (string, error) {
			s, _, _ = strings.Cut(s, ".") // seconds may have a fraction
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil || n <= 0 {
				return "", nil //nolint:nilerr // what is no time is ""
			}
			return time.Unix(n, 0).UTC().Format(time.RFC3339), nil
		}),
		fn1("MedianInterval", func(r *Run, v any) (time.Duration, error) {
			gaps, err := intervals(r, v)
			if err != nil {
				return 0, err
			}
			slices.Sort(gaps)
			m := len(gaps) / 2
			if len(gaps)%2 == 1 {
				return gaps[m], nil
			}
			return (gaps[m-1] + gaps[m]) / 2, nil
		}),
		fn1("AverageInterval", func(r *Run, v any) (time.Duration, error) {
			gaps, err := intervals(r, v)
			if err != nil {
				return 0, err
			}
			var sum time.Duration
			for _, g := range gaps {
				sum += g
			}
			return sum / time.Duration(len(gaps)), nil
		}),
	}
}

// clock is the time of the event, or of the host when the run was not begun.
func (r *Run) clock(h *Host) time.Time {
	if r.now.IsZero() {
		return h.Now()
	}
	return r.now
}

// intervals returns the times between at least two moments, in the order of time.
func intervals(r *Run, v any) ([]time.Duration, error) {
	list := elements(v)
	if err := r.charge(32 * len(list)); err != nil {
		return nil, err
	}
	if len(list) < 2 {
		return nil, errors.New("at least two times are needed")
	}
	at := make([]time.Time, len(list))
	for i, e := range list {
		t, ok := e.(time.Time)
		if !ok {
			return nil, fmt.Errorf("element %d of the list is not a time", i)
		}
		at[i] = t
	}
	slices.SortFunc(at, time.Time.Compare)
	gaps := make([]time.Duration, len(at)-1)
	for i := range gaps {
		gaps[i] = at[i+1].Sub(at[i])
	}
	return gaps, nil
}
