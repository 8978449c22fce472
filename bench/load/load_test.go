package load

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestHistogram(t *testing.T) {
	for n := uint64(0); n < 1<<40; n += n/100 + 1 {
		b := bucket(n)
		if lo, hi := floor(b), floor(b+1); n < lo || n >= hi {
			t.Fatalf("%d is in bucket %d, which has %d to %d", n, b, lo, hi)
		}
	}
	var h Histogram
	if got := h.Quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
	for i := range 1000 {
		h.Add(time.Duration(i+1) * time.Millisecond)
	}
	f := func(q float64, want time.Duration) {
		t.Helper()
		if got := h.Quantile(q); got > want || got < want-want/16 {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	f(0.5, 500*time.Millisecond)
	f(0.99, 990*time.Millisecond)
	f(1, time.Second)
}

// TestOpenLoop holds that a server which stops for a while is charged with the requests that became due meanwhile.
func TestOpenLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r := Run(t.Context(), Plan{Rate: 100, For: 10 * time.Second, Workers: 1, Do: func(_ context.Context, i int) error {
			if i == 500 {
				time.Sleep(2 * time.Second) // in a bubble: takes no time
			}
			if i == 600 {
				return errors.New("wrong")
			}
			return nil
		}})
		if r.Sent.Load() != 1000 || r.Failed.Load() != 1 || r.First == nil {
			t.Errorf("sent %d, failed %d, first %v", r.Sent.Load(), r.Failed.Load(), r.First)
		}
		if took := time.Since(begin); took < 9900*time.Millisecond || took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		// 200 requests were due while the server stood still, and waited 1 s on average.
		if got := r.Hist.Quantile(0.9); got < 900*time.Millisecond || got > 1100*time.Millisecond {
			t.Errorf("a tenth waited for more than %v", got)
		}
		if got := r.Hist.Quantile(0.5); got != 0 {
			t.Errorf("the median is %v", got)
		}
	})
}
