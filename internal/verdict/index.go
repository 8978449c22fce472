package verdict

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"sync"
	"time"

	"tocsin.example/internal/slab"
)

// Options are the limits of an index. The zero value takes the defaults.
type Options struct {
	// Remember is how long decisions that are over are remembered; 0 for an hour. A bouncer that was not served for longer
	// gets all that is in force (see [Delta.Reset]). The store must keep them for longer than that.
	Remember time.Duration
	// MaxEnded bounds how many of them are remembered; 0 for 1,000,000. Those that have been over for longest go first.
	MaxEnded int
	// Severity is the order of types in answers, the most severe first; "*" stands for all that are not named. Nil for ban,
	// *, captcha, throttle: a type that somebody made up is taken for more severe than those that let people pass.
	Severity []string
}

const (
	defaultRemember = time.Hour
	defaultMaxEnded = 1_000_000

	// Slack is by how much a clock may step back without that a cursor is void: so long the bouncer's time stands still.
	Slack = time.Minute
	// Pace is how far one call of [Index.Expire] moves the moment by which it forgets, so that a clock that is wrong for a
	// few seconds costs nothing.
	Pace = time.Minute
)

// maxSeq is more than any number of a change.
const maxSeq = 1<<48 - 1

// Index holds decisions in force and, for a while, those that are over. Its methods may be called from many goroutines.
// What it returns may be kept; the texts of several decisions can share memory.
//
// Moments are kept in milliseconds and come back in UTC. Addresses and ranges come back in canonical spelling, UUIDs in
// lower case.
type Index struct {
	remember, maxEnded int64
	rank               func(kind string) int
	pieces

	applying sync.Mutex // held by the one who applies changes, for all of them

	mu sync.RWMutex

	changed chan struct{} // nil until somebody asks
	seq     uint64        // of the newest change
	maxID   int64         // the greatest that is below 1<<48

	rows   rows
	tuples tuples
	chains chains
	order  pages // all records, by their numbers
	// calendar has the records that no change ended, by when they expire.
	calendar pages
	ends     ends

	// What stands in the calendar up to here is over, as far as Expire knows: overs counts it, and tuple.live does not.
	expired place
	overs   int
	paced   bool // Expire was called
	// All ends and all expiries behind these are remembered.
	forgotSeq  uint64
	forgotTime int64
}

// New makes an empty index with the default options.
func New() *Index { return NewWith(Options{}) }

// NewWith makes an empty index.
func NewWith(o Options) *Index {
	x := &Index{
		remember: int64(cmp.Or(max(o.Remember, 0), defaultRemember) / time.Millisecond),
		maxEnded: int64(cmp.Or(max(o.MaxEnded, 0), defaultMaxEnded)),
		rank:     ranker(o.Severity),
		pieces:   defaultPieces(),
		expired:  place{math.MinInt64, 0},
	}
	x.chains.rows, x.chains.key = &x.rows, slab.NewKey()
	x.order.at = func(n uint32) place { return place{0, x.rows.at(n).seq()} }
	x.calendar.at = x.expiry
	return x
}

// expiry is a record's place in the calendar.
func (x *Index) expiry(n uint32) place {
	r := x.rows.at(n)
	return place{r.until(), r.seq()}
}

func ranker(severity []string) func(string) int {
	if severity == nil {
		severity = []string{"ban", "*", "captcha", "throttle"}
	}
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
//
// Of many changes it takes some at a time, so that look-ups need not wait for all of them: who asks meanwhile gets what
// is in force after the first ones, with the cursor that belongs to it.
func (x *Index) Apply(changes []Change) {
	x.applying.Lock()
	defer x.applying.Unlock()
	before := x.Seq()
	for len(changes) > 0 {
		k := min(x.take, len(changes))
		x.apply(changes[:k])
		changes = changes[k:]
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.seq != before && x.changed != nil {
		close(x.changed)
		x.changed = nil
	}
}

func (x *Index) apply(changes []Change) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Seq <= x.seq || c.Seq > maxSeq:
			continue
		case c.End:
			x.end(c)
		default:
			x.begin(c)
		}
		x.seq = c.Seq
	}
	x.drop() // a store's past may be much longer than what is remembered of it
}

func (x *Index) begin(c *Change) {
	d := &c.Decision
	until := milli(d.Until)
	if until <= milli(c.At) || x.paced && until <= x.expired.a-x.remember {
		return
	}
	if maybe := d.ID <= x.maxID || d.ID >= 1<<48; maybe && x.byID(d.ID) != 0 {
		return
	}
	n := x.rows.records.New()
	x.rows.setNumbers(n, c.Seq, until, d.ID, x.maxID)
	x.maxID = x.rows.at(n).id()
	v := value{text: d.Value}
	if p, single, ok := prefixOf(d.Scope, d.Value); ok {
		v = valueOf(p, single)
	}
	x.rows.setValue(n, v)
	x.rows.setUUID(n, d.UUID)
	x.chains.link(n, &v)
	x.rows.at(n).tuple = x.tuples.use(d)
	x.order.add(n)
	x.calendar.add(n)
	x.count(n, 1)
}

// count counts a record of the calendar, or with -1 no more.
func (x *Index) count(n uint32, by int) {
	if x.expired.before(x.expiry(n)) {
		x.tuples.at(x.rows.at(n).tuple).live += by
		return
	}
	x.overs += by
}

func (x *Index) end(c *Change) {
	n := x.byID(c.Decision.ID)
	if n == 0 {
		return
	}
	r, at := x.rows.at(n), milli(c.At)
	if r.is(isEnded) || r.until() <= at {
		return
	}
	x.count(n, -1)
	x.calendar.remove(n)
	r.flags |= isEnded
	r.end = x.ends.add(end{c.Seq, at, n})
}

// byID returns the record of a decision, 0 if it is not known.
func (x *Index) byID(id int64) uint32 {
	if n, ok := x.rows.strayed[id]; ok {
		return n
	}
	c := x.order.seek(func(n uint32) bool { return x.rows.at(n).id() >= id })
	if x.order.end(c) {
		return 0
	}
	// A stray has the ID of one before it, which is found first, unless it was forgotten.
	if n := x.order.get(c); x.rows.id(n) == id {
		return n
	}
	return 0
}

// visit shows records that began behind a change and not behind another one, in their order, until f returns false or
// many were seen. It returns up to which change it looked.
func (x *Index) visit(from, to uint64, f func(n uint32) bool) uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := x.order.after(place{0, from})
	for range x.look {
		if x.order.end(c) {
			return to
		}
		n := x.order.get(c)
		seq := x.rows.at(n).seq()
		if seq > to {
			return to
		}
		if !f(n) {
			return seq
		}
		from, c = seq, x.order.next(c)
	}
	return from
}

// bySeq returns the record of the decision that began with a change, 0 if there is none.
func (x *Index) bySeq(seq uint64) uint32 {
	c := x.order.after(place{0, seq - 1})
	if x.order.end(c) || x.rows.at(x.order.get(c)).seq() != seq {
		return 0
	}
	return x.order.get(c)
}

// Seq is the number of the newest change.
func (x *Index) Seq() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.seq
}

// Changed returns a channel that is closed at the next change. Who waits for changes asks for the channel first and for
// what changed then. Expiries are no changes: see [Index.NextExpiry].
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
	c := x.calendar.after(place{milli(after), maxSeq})
	if x.calendar.end(c) {
		return time.Time{}, false
	}
	return moment(x.rows.at(x.calendar.get(c)).until()), true
}

// end is a decision that a change ended.
type end struct {
	seq uint64
	at  int64
	rec uint32
}

// ends are those that are remembered, in the order of the changes.
type ends struct {
	list  []end
	first uint32 // the number of the first one
}

// add returns the number of a new end. It is good until the end is dropped.
func (e *ends) add(what end) uint32 {
	e.list = append(e.list, what)
	return e.first + uint32(len(e.list)) - 1 //nolint:gosec // numbers go around after 1<<32 ends
}

func (e *ends) at(number uint32) *end { return &e.list[number-e.first] }

// after returns the index of the first end behind a change.
func (e *ends) after(seq uint64) int {
	return sort.Search(len(e.list), func(i int) bool { return e.list[i].seq > seq })
}

// drop forgets the first one.
func (e *ends) drop() {
	e.list = e.list[1:]
	e.first++
	if len(e.list) == 0 {
		e.list = nil
	}
}
