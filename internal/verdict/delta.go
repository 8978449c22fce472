package verdict

import (
	"iter"
	"time"

	"tocsin.example"
)

// Delta is what changed for a bouncer since a cursor.
type Delta struct {
	// New and Ended yield decisions in the order in which they began, which is that of their IDs. What is committed after
	// the call that made the delta is not in them. A decision that was ended before its time has as Until when that was.
	// They may be read again, but not at the same time; while they yield, the index is not locked.
	New, Ended iter.Seq[tocsin.Decision]
	Next       Cursor // for the next call
	// Reset says that the cursor is of no use: it is older than what is remembered, or from a time or of a number that has
	// not come. New is then all that is in force, and what the bouncer had before does not count. It is not set for the zero
	// cursor.
	Reset bool

	walk *walk // nil if there is nothing
}

// Whole says, after New and Ended were read, whether they had everything. They had not if reading took so long that ends
// were forgotten meanwhile: then Next must not be used.
func (d Delta) Whole() bool {
	if d.walk == nil || d.walk.all {
		return true // what such a walk misses ended later than Next, which is void then
	}
	x := d.walk.x
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.forgotSeq <= d.walk.seen.seq && x.forgotTime <= d.walk.seen.at
}

// All returns all that is in force, and as ended what is over and still remembered: a startup pull.
func (x *Index) All(at time.Time, f Filter, dedup bool) Delta { return x.Since(at, Cursor{}, f, dedup) }

// Since returns what began and what ended between a cursor and now: who takes the ended ones away and adds the new ones,
// in whatever order, has what is in force. What began and ended in between is among the ended only.
//
// With dedup that holds for one who keeps what he gets by scope, value and type. Of several decisions that agree in these
// only the one that lasts longest counts; an end is hidden while another one is in force, and that one is told as new
// (again) if it was not the longest before.
//
// Where nothing changed it costs about the same whatever the index holds.
func (x *Index) Since(at time.Time, c Cursor, f Filter, dedup bool) Delta {
	from, reset := x.step(at, c)
	d := Delta{New: nothing, Ended: nothing, Next: Cursor{from.now.seq, moment(from.now.at)}, Reset: reset}
	if from.x == nil {
		return d
	}
	w := from // what is on the heap is made only here
	w.m, w.dedup = newMatcher(f), dedup
	w.gather()
	d.New, d.Ended, d.walk = w.begun(), w.ended(), &w
	return d
}

func nothing(func(tocsin.Decision) bool) {}

// step prepares a walk from a cursor to now. Its index is nil if nothing changed.
//
// hot:
func (x *Index) step(at time.Time, c Cursor) (w walk, reset bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	w.now, w.seen = view{x.seq, milli(at)}, view{c.Seq, milli(c.Time)}
	w.all = w.seen == view{}
	if !w.all && x.void(w.seen, w.now) {
		w.seen, w.all, reset = view{}, true, true
	}
	w.now.at = max(w.now.at, w.seen.at)
	if w.seen.seq != w.now.seq || x.expiring(w.seen.at, w.now.at) {
		w.x = x
	}
	return w, reset
}

// void says whether a cursor is of no use.
func (x *Index) void(seen, now view) bool {
	return seen.seq > now.seq || seen.at > now.at+int64(Slack/time.Millisecond) ||
		seen.seq < x.forgotSeq || seen.at < x.forgotTime || seen.at < now.at-x.remember
}

// expiring says whether anything expires between two moments.
func (x *Index) expiring(from, to int64) bool {
	c := x.calendar.after(place{from, maxSeq})
	return !x.calendar.end(c) && x.rows.at(x.calendar.get(c)).until() <= to
}
