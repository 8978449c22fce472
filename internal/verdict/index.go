package verdict

import (
	"iter"
	"sync"
	"time"

	"tocsin.example"
)

// Index holds decisions in force and, for a while, those that are over. Its methods may be called from many goroutines.
type Index struct {
	mu sync.RWMutex
}

// New makes an empty index.
func New() *Index { return &Index{} }

// Apply takes changes in the order of their numbers. It is what a store's Committed calls.
func (x *Index) Apply(changes []Change) {}

// Expire moves what is over at a moment out of the way of look-ups, and drops what has been over for long. Answers do
// not depend on it. It returns how many decisions expired.
func (x *Index) Expire(at time.Time) int { return 0 }

// Seq is the number of the newest change.
func (x *Index) Seq() uint64 { return 0 }

// Find returns the decisions in force that a query asks for: the most severe first, of these the one that lasts longest,
// then by ID.
func (x *Index) Find(at time.Time, q Query) []tocsin.Decision { return nil }

// Delta is what changed for a bouncer since a cursor.
type Delta struct {
	// New and Ended yield decisions in the order of IDs; they may be read once, before the next call to the index's
	// Apply matters to them: what is committed later is not in them.
	New, Ended iter.Seq[tocsin.Decision]
	Next       Cursor // for the next call
	// Reset says that the cursor is older than what is remembered: New is all that is in force.
	Reset bool
}

// Since returns what begun and what ended between a cursor and now. With dedup, of several decisions with the same
// scope, value and type only the one that lasts longest counts, and an end is hidden while a longer one is in force.
func (x *Index) Since(at time.Time, c Cursor, f Filter, dedup bool) Delta { return Delta{} }

// All returns all that is in force, and as ended what is over and still remembered: a startup pull.
func (x *Index) All(at time.Time, f Filter, dedup bool) Delta { return Delta{} }

// Changed returns a channel that is closed at the next change.
func (x *Index) Changed() <-chan struct{} { return nil }
