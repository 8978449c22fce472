package verdict

import (
	"iter"
	"slices"

	"tocsin.example"
)

// pieces say in what pieces long work is done.
type pieces struct {
	batch  int // decisions that are made under one lock: some 100 KiB, and less than a microsecond each
	look   int // records that are looked at under one lock
	take   int // changes that are taken under one lock, at most forget
	forget int // records that are dropped, or counted as expired, under one lock
	chain  int // decisions on one value that are compared each time; of more, the result is kept
}

func defaultPieces() pieces { return pieces{batch: 512, look: 4096, take: 256, forget: 256, chain: 64} }

// view is what somebody has seen: the changes up to a number, and the time up to a moment. What is in force in a view
// never changes, however many changes come later.
type view struct {
	seq uint64
	at  int64
}

// shows says whether a decision is in force in a view.
//
// hot:
func (x *Index) shows(v view, r *record) bool {
	return r.until() > v.at && r.seq() <= v.seq && (!r.is(isEnded) || x.ends.at(r.end).seq > v.seq)
}

// walk goes from what somebody has seen to what there is now. It finds the same whenever it goes, as long as nothing of it
// is forgotten, so the index is locked for a moment at a time only. It names records by the numbers of the changes that
// they began with, since a record's own number may be used again.
type walk struct {
	x         *Index
	seen, now view
	all       bool // nothing was seen
	m         matcher
	dedup     bool
	best      map[twins]winners // of values with many decisions
	// Of what began before seen: what ended, and what was not the longest of its kind and is now.
	over, revived []uint64
}

// ends says whether a decision ended on the way, even if it began there.
func (w *walk) ends(r *record) bool {
	return r.seq() <= w.now.seq && !w.x.shows(w.now, r) && (r.seq() > w.seen.seq || w.x.shows(w.seen, r))
}

func (w *walk) wants(r *record) bool { return w.m.wants(&w.x.tuples, r.tuple) }

// twins are decisions that agree in what a bouncer tells decisions apart by.
type twins struct {
	value       value
	scope, kind string
}

// winners are the longest of some twins, by the numbers of the changes with which they began, 0 for none: of those that were
// in force, of those that are, of those that ended in between.
type winners struct{ seen, now, over uint64 }

// judge finds the best of a decision and its twins.
func (w *walk) judge(n uint32) winners {
	x := w.x
	r := x.rows.at(n)
	var c contest
	if !r.is(isShared) {
		c.enter(w, r)
		return c.winners
	}
	v, sort := x.rows.value(n), x.tuples.at(r.tuple)
	key, count := twins{value: v, scope: sort.scope, kind: sort.kind}, 0
	for t := x.chains.head(&v); t != 0; count++ {
		if count == x.chain {
			if b, ok := w.best[key]; ok {
				return b
			}
		}
		r := x.rows.at(t)
		if other := x.tuples.at(r.tuple); other.scope == key.scope && other.kind == key.kind && w.wants(r) {
			c.enter(w, r)
		}
		t = r.next
	}
	if count > x.chain {
		if w.best == nil {
			w.best = map[twins]winners{}
		}
		w.best[key] = c.winners
	}
	return c.winners
}

// contest is among twins.
type contest struct {
	winners
	until [3]int64
}

func (c *contest) enter(w *walk, r *record) {
	if w.x.shows(w.seen, r) {
		c.try(0, &c.seen, r)
	}
	if w.x.shows(w.now, r) {
		c.try(1, &c.now, r)
	} else if w.ends(r) {
		c.try(2, &c.over, r)
	}
}

// try puts a record first if it lasts longer, or as long and began before.
func (c *contest) try(i int, first *uint64, r *record) {
	if until := r.until(); *first == 0 || until > c.until[i] || until == c.until[i] && r.seq() < *first {
		*first, c.until[i] = r.seq(), until
	}
}

// gather finds what ended and what is to be told again. What began on the way is not among it, unless nothing was seen:
// then it has all that is over.
func (w *walk) gather() {
	w.gatherEnds()
	w.gatherExpired()
	slices.Sort(w.over)
	slices.Sort(w.revived)
	w.over, w.revived = slices.Compact(w.over), slices.Compact(w.revived)
}

func (w *walk) gatherEnds() {
	for from := w.seen.seq; from < w.now.seq; {
		from = w.gatherEndsAfter(from, w.now.seq)
	}
}

// gatherEndsAfter looks at some of the ends between two changes, and returns up to which.
func (w *walk) gatherEndsAfter(from, to uint64) uint64 {
	w.x.mu.RLock()
	defer w.x.mu.RUnlock()
	return w.lookAtEnds(from, to, w.x.look)
}

func (w *walk) lookAtEnds(from, to uint64, most int) uint64 {
	list := w.x.ends.list[w.x.ends.after(from):]
	for i := range list {
		if list[i].seq > to {
			return to
		}
		if i == most {
			return list[i-1].seq
		}
		w.consider(list[i].rec)
	}
	return to
}

func (w *walk) gatherExpired() {
	for from := (place{w.seen.at, maxSeq}); ; {
		var done bool
		if from, done = w.gatherExpiredAfter(from); done {
			return
		}
	}
}

func (w *walk) gatherExpiredAfter(from place) (place, bool) {
	x := w.x
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := x.calendar.after(from)
	for range x.look {
		if x.calendar.end(c) || x.rows.at(x.calendar.get(c)).until() > w.now.at {
			// Some may have left the calendar while it was not locked: by a change that ended them, and came after now.
			w.lookAtEnds(w.now.seq, maxSeq, len(x.ends.list))
			return from, true
		}
		n := x.calendar.get(c)
		w.consider(n)
		from, c = x.expiry(n), x.calendar.next(c)
	}
	return from, false
}

// consider takes a decision in if it ended, and what counts in its place if that is to be told.
func (w *walk) consider(n uint32) {
	r := w.x.rows.at(n)
	if !w.all && r.seq() > w.seen.seq || !w.ends(r) || !w.wants(r) {
		return
	}
	if !w.dedup {
		w.over = append(w.over, r.seq())
		return
	}
	switch b := w.judge(n); {
	case b.now == 0 && b.over == r.seq():
		w.over = append(w.over, r.seq())
	case b.now != 0 && b.now <= w.seen.seq && b.seen == r.seq():
		w.revived = append(w.revived, b.now)
	}
}

// begun yields what is new.
func (w *walk) begun() iter.Seq[tocsin.Decision] {
	return w.stream(w.revived, w.seen.seq, func(n uint32) bool {
		r := w.x.rows.at(n)
		return w.x.shows(w.now, r) && w.wants(r) && (!w.dedup || w.judge(n).now == r.seq())
	})
}

// ended yields what is over.
func (w *walk) ended() iter.Seq[tocsin.Decision] {
	from := w.seen.seq
	if w.all {
		from = w.now.seq // all of them were gathered
	}
	return w.stream(w.over, from, func(n uint32) bool {
		r := w.x.rows.at(n)
		if !w.ends(r) || !w.wants(r) {
			return false
		}
		if !w.dedup {
			return true
		}
		b := w.judge(n)
		return b.now == 0 && b.over == r.seq()
	})
}

// stream yields decisions of a list, and then those that began behind a change and are to be kept.
func (w *walk) stream(list []uint64, from uint64, keep func(n uint32) bool) iter.Seq[tocsin.Decision] {
	return func(yield func(tocsin.Decision) bool) {
		var b batch
		for rest := list; len(rest) > 0; {
			part := rest[:min(w.x.batch, len(rest))]
			rest = rest[len(part):]
			w.listed(&b, part)
			if !b.yield(yield) {
				return
			}
		}
		for from := from; from < w.now.seq; {
			from = w.x.visit(from, w.now.seq, func(n uint32) bool {
				if keep(n) {
					b.add(w.x, n, w.now.seq)
				}
				return len(b.list) < w.x.batch
			})
			if !b.yield(yield) {
				return
			}
		}
	}
}

func (w *walk) listed(b *batch, list []uint64) {
	w.x.mu.RLock()
	defer w.x.mu.RUnlock()
	for _, seq := range list {
		if n := w.x.bySeq(seq); n != 0 {
			b.add(w.x, n, w.now.seq)
		}
	}
}
