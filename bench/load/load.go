// Package load is an open-loop generator: it begins requests at a fixed rate whether or not earlier ones were answered,
// and counts how long each took from the moment when it was due. A closed loop, which waits for an answer before it asks
// again, asks a slow server less and so hides the queue.
//
// Start from [Run].
package load

import (
	"context"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// Plan says what to send.
type Plan struct {
	Rate    float64       // requests a second
	For     time.Duration // how long
	Workers int           // how many may be under way at once; more wait, and their waiting counts
	// Do makes request number i and returns an error if it went wrong. It is called from many goroutines.
	Do func(ctx context.Context, i int) error
}

// Result is what came of a plan.
type Result struct {
	Sent   atomic.Int64
	Failed atomic.Int64
	First  error // the first failure
	Took   time.Duration
	Hist   Histogram
}

// Run sends what a plan says. It returns early when ctx ends.
func Run(ctx context.Context, p Plan) *Result {
	r := &Result{}
	n := int(p.Rate * p.For.Seconds())
	begin := time.Now()
	due := func(i int) time.Time { return begin.Add(time.Duration(float64(i) / p.Rate * float64(time.Second))) }
	var next atomic.Int64
	var once sync.Once
	var all sync.WaitGroup
	for range p.Workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				at := due(i)
				if !wait(ctx, at) {
					return
				}
				err := p.Do(ctx, i)
				r.Hist.Add(time.Since(at))
				r.Sent.Add(1)
				if err != nil {
					r.Failed.Add(1)
					once.Do(func() { r.First = err })
				}
			}
		})
	}
	all.Wait()
	r.Took = time.Since(begin)
	return r
}

func wait(ctx context.Context, at time.Time) bool {
	d := time.Until(at)
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// fine is how many buckets a doubling has: values are right to one part in fine.
const fine = 32

// Histogram counts durations in buckets that grow with them. The zero value is empty; it may be added to from many
// goroutines.
type Histogram struct {
	counts [64 * fine]atomic.Int64
	total  atomic.Int64
}

// Add counts a duration; a negative one counts as 0.
func (h *Histogram) Add(d time.Duration) {
	h.counts[bucket(uint64(max(d, 0)))].Add(1)
	h.total.Add(1)
}

// bucket is the number of the bucket of n nanoseconds.
func bucket(n uint64) int {
	if n < fine {
		return int(n)
	}
	e := bits.Len64(n) - bits.Len64(fine)
	return e*fine + int(n>>e)
}

// floor is the smallest duration of a bucket.
func floor(b int) uint64 {
	if b < 2*fine {
		return uint64(b)
	}
	e := b/fine - 1
	return uint64(b-e*fine) << e
}

// Quantile is the duration that a part q of all, from 0 to 1, did not exceed by more than one part in 32; 0 for none.
func (h *Histogram) Quantile(q float64) time.Duration {
	total := h.total.Load()
	want := int64(math.Ceil(q * float64(total)))
	var seen int64
	for b := range h.counts {
		if seen += h.counts[b].Load(); seen >= want && total > 0 {
			return time.Duration(floor(b))
		}
	}
	return 0
}
