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
		intervalHelper("MedianInterval", func(gaps []time.Duration) time.Duration {
			slices.Sort(gaps)
			m := len(gaps) / 2
			if len(gaps)%2 == 1 {
				return gaps[m]
			}
			return (gaps[m-1] + gaps[m]) / 2
		}),
		intervalHelper("AverageInterval", func(gaps []time.Duration) time.Duration {
			var sum time.Duration
			for _, g := range gaps {
				sum += g
			}
			return sum / time.Duration(len(gaps))
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

// intervalHelper makes a helper of at least two moments from what it says of the times between them, in their order.
func intervalHelper(name string, say func(gaps []time.Duration) time.Duration) *helper {
	h := fn1(name, func(r *Run, v any) (time.Duration, error) {
		list := elements(v)
		if err := payForMoments(r, len(list)); err != nil {
			return 0, err
		}
		at := make([]time.Time, len(list))
		for i, e := range list {
			t, ok := e.(time.Time)
			if !ok {
				return 0, fmt.Errorf("element %d of the list is not a time", i)
			}
			at[i] = t
		}
		return say(r.intervals(at)), nil
	})
	h.times = func(r *Run, at []time.Time) (time.Duration, error) { // it pays what the general form pays for the list
		if err := r.charge(16 * len(at)); err != nil {
			return 0, err
		}
		if err := payForMoments(r, len(at)); err != nil {
			return 0, &helperError{name: name, err: err}
		}
		d := say(r.intervals(at))
		return d, r.charge(size(d))
	}
	return h
}

func payForMoments(r *Run, n int) error {
	if err := r.charge(32 * n); err != nil {
		return err
	}
	if n < 2 {
		return errors.New("at least two times are needed")
	}
	return nil
}

// maxGaps bounds the room that a Run keeps for the times between moments.
const maxGaps = 1024

// intervals orders moments, of which there is one at least, and returns the times between them until the next call.
func (r *Run) intervals(at []time.Time) []time.Duration {
	slices.SortFunc(at, time.Time.Compare)
	gaps := r.gaps[:0]
	for i := 1; i < len(at); i++ {
		gaps = append(gaps, at[i].Sub(at[i-1]))
	}
	if cap(gaps) <= maxGaps {
		r.gaps = gaps
	}
	return gaps
}
