package verdict

import (
	"iter"
	"slices"
	"sync"
	"time"

	"tocsin.example"
)

// Options are the limits of an index. The zero value takes the defaults.
type Options struct {
	// Remember is how long decisions that are over are remembered; 0 for an hour. A bouncer that was not served for longer
	// gets all that is in force (see [Delta.Reset]). The store must keep them for longer than that.
	Remember time.Duration
	// MaxEnded bounds how many of them are remembered; 0 for 1,000,000. Those that have been over for longest go first.
	MaxEnded int
	// Severity is the order of types in answers, the most severe first, "*" stands for all that are not named; nil for
	// ban, *, captcha, throttle.
	Severity []string
}

// What the zero values of [Options] mean, and what is no option.
const (
	defaultRemember = time.Hour
	defaultMaxEnded = 1_000_000
	// Slack is by how much a clock may step back without that a cursor is void: so long the bouncer's time stands still.
	Slack = time.Minute
	// Pace is how far one call of [Index.Expire] moves the moment by which it forgets.
	Pace = time.Minute
)

// Index holds decisions in force and, for a while, those that are over. Its methods may be called from many goroutines.
// What it returns may be kept; the texts of several decisions can share memory.
type Index struct {
	mu sync.RWMutex

	model   model
	changed chan struct{} // nil until somebody asks
}

// New makes an empty index with the default options.
func New() *Index { return NewWith(Options{}) }

// NewWith makes an empty index.
func NewWith(o Options) *Index {
	if o.Severity == nil {
		o.Severity = []string{"ban", "*", "captcha", "throttle"}
	}
	return &Index{model: model{rank: ranker(o.Severity)}}
}

func ranker(severity []string) func(string) int {
	rest := slices.Index(severity, "*")
	if rest < 0 {
		rest = len(severity)
	}
	return func(kind string) int {
		if i := slices.Index(severity, kind); i >= 0 {
			return i
		}
		return rest
	}
}

// Apply takes changes in the order of their numbers. It is what a store's Committed calls. A change whose number was
// taken before is passed over, as are a decision whose ID is known, one that was over when it was committed (late), and
// the end of one that is not in force.
func (x *Index) Apply(changes []Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range changes {
		x.model.apply(c)
	}
	if x.changed != nil {
		close(x.changed)
		x.changed = nil
	}
}

// Expire drops what has been over for long. Answers about what is in force do not depend on it. It returns how many
// decisions expired since the last call. It is meant to be called about every second, and once before the first Apply:
// then the index knows at once what it need not remember.
func (x *Index) Expire(at time.Time) int { return 0 }

// Seq is the number of the newest change.
func (x *Index) Seq() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.model.seq
}

// Find returns the decisions in force that a query asks for: the most severe first, of these the one that lasts longest,
// then by ID; or by ID alone.
func (x *Index) Find(at time.Time, q Query) []tocsin.Decision {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.model.find(at, q)
}

// Delta is what changed for a bouncer since a cursor.
type Delta struct {
	// New and Ended yield decisions in the order in which they began, which is that of their IDs. What is committed later is
	// not in them. A decision that was ended before its time has as Until when that was.
	New, Ended iter.Seq[tocsin.Decision]
	Next       Cursor // for the next call
	// Reset says that the cursor is of no use: it is older than what is remembered, or from a time or of a number that has
	// not come. New is then all that is in force, and what the bouncer had before does not count. It is not set for the zero
	// cursor.
	Reset bool
}

// Since returns what began and what ended between a cursor and now: who takes the ended ones away and adds the new ones,
// in whatever order, has what is in force. What began and ended in between is among the ended only.
//
// With dedup that holds for one who keeps what he gets by scope, value and type. Of several decisions that agree in these
// only the one that lasts longest counts; an end is hidden while another one is in force, and that one is told as new
// (again) if it was not the longest before.
func (x *Index) Since(at time.Time, c Cursor, f Filter, dedup bool) Delta {
	x.mu.RLock()
	defer x.mu.RUnlock()
	next := Cursor{x.model.seq, moment(milli(at))}
	reset := c.Seq > next.Seq || c.Time.Sub(next.Time) > Slack
	if reset {
		c = Cursor{}
	}
	if c.Time.After(next.Time) {
		next.Time = c.Time
	}
	begun, ended := x.model.since(next, c, f, dedup)
	return Delta{New: slices.Values(begun), Ended: slices.Values(ended), Next: next, Reset: reset}
}

// All returns all that is in force, and as ended what is over and still remembered: a startup pull.
func (x *Index) All(at time.Time, f Filter, dedup bool) Delta { return x.Since(at, Cursor{}, f, dedup) }

// Changed returns a channel that is closed at the next change. Who waits for it asks for the channel first and for what
// changed then. Expiries are no changes: see [Index.NextExpiry].
func (x *Index) Changed() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.changed == nil {
		x.changed = make(chan struct{})
	}
	return x.changed
}

// NextExpiry returns when the next decision expires after a moment, false if none does.
func (x *Index) NextExpiry(after time.Time) (time.Time, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	next, ok := time.Time{}, false
	for _, e := range x.model.list {
		if e.held(x.model.seq, milli(after)) && (!ok || e.d.Until.Before(next)) {
			next, ok = e.d.Until, true
		}
	}
	return next, ok
}

// Count is how many decisions of one sort are in force.
type Count struct {
	Origin, Type, Scope, Scenario string
	Simulated                     bool
	N                             int
}

// Stats counts what is in force, in the order of the fields of [Count].
func (x *Index) Stats(at time.Time) (counts []Count) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := map[Count]int{}
	for _, e := range x.model.list {
		if e.held(x.model.seq, milli(at)) {
			n[Count{e.d.Origin, e.d.Type, e.d.Scope, e.d.Scenario, e.d.Simulated, 0}]++
		}
	}
	for c, k := range n {
		c.N = k
		counts = append(counts, c)
	}
	slices.SortFunc(counts, compareCounts)
	return counts
}
