package render

import (
	"strings"
	"sync"
	"time"
)

// every is the least time between two pictures of a progress: ten a second look smooth and cost nothing.
const every = 100 * time.Millisecond

// Unit is what a progress counts.
type Unit uint8

// The units.
const (
	Lines Unit = iota
	Data       // bytes
)

// Progress shows how far a long job is: a bar, percent, amount, rate and the time that is left. It draws on a
// terminal only and is silent elsewhere, so it belongs on standard error. Any goroutine may call Add; Done is called
// once, at the end, and wipes the bar.
type Progress struct {
	out   *Out
	what  string
	unit  Unit
	total int64
	start time.Time

	mu    sync.Mutex
	n     int64
	drawn time.Time
	shown bool
}

// NewProgress starts a progress towards total, or without an end in sight when total is 0. Nothing else may write to
// out until Done.
func NewProgress(out *Out, what string, total int64, unit Unit) *Progress {
	now := time.Now()
	return &Progress{out: out, what: what, unit: unit, total: total, start: now, drawn: now}
}

// Add counts n more and draws when it is time to.
func (p *Progress) Add(n int64) {
	if !p.out.Terminal {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n += n
	now := time.Now()
	if now.Sub(p.drawn) < every {
		return
	}
	p.drawn, p.shown = now, true
	p.out.Printf("\r%s\x1b[K", Painted(cut(p.picture(now.Sub(p.start)), max(p.out.Width-1, 20))))
	_ = p.out.Flush() // a terminal that went away does not stop the job
}

// Done wipes the bar.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.shown {
		return
	}
	p.shown = false
	p.out.Printf("\r\x1b[K")
	_ = p.out.Flush() // see Add
}

// picture is the line shown after the job has run for took.
func (p *Progress) picture(took time.Duration) string {
	amount, rate := Count(p.n)+" lines", Rate(p.n, took)
	if p.unit == Data {
		amount, rate = Bytes(p.n), "–"
		if took > 0 {
			rate = Bytes(int64(float64(p.n)/took.Seconds())) + "/s"
		}
	}
	if p.total <= 0 {
		return strings.Join([]string{Sanitize(p.what), amount, rate}, "  ")
	}
	left := "–"
	if p.n > 0 && p.n <= p.total {
		seconds := took.Seconds() * (float64(p.total)/float64(p.n) - 1)
		if seconds < 1e6 { // beyond eleven days it is a guess, far beyond it no longer fits a Duration
			left = Duration(time.Duration(seconds)*time.Second) + " left"
		}
	}
	return strings.Join([]string{
		Sanitize(p.what), bar(p.n, p.total), Percent(min(p.n, p.total), p.total), amount, rate, left,
	}, "  ")
}

// bar draws twenty columns.
func bar(n, total int64) string {
	const width = 20
	full := min(int(width*float64(n)/float64(total)), width)
	return "[" + strings.Repeat("#", full) + strings.Repeat("·", width-full) + "]"
}
