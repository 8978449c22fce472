package verdict

import (
	"cmp"
	"time"
)

// Expire drops what has been over for long. Answers about what is in force do not depend on it. It returns how many
// decisions expired since the last call, those that did so again after a clock stepped back included. It is meant to be
// called about every second, and once before the first Apply: then the index need not take what is over for long.
func (x *Index) Expire(at time.Time) (expired int) {
	to := place{x.pace(milli(at)), maxSeq}
	for {
		n, done := x.expire(to)
		expired += n
		if done {
			return expired
		}
	}
}

// pace returns the moment up to which a call of Expire goes.
func (x *Index) pace(at int64) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.paced {
		x.paced = true
		return at
	}
	return min(at, x.expired.a+int64(Pace/time.Millisecond))
}

// expire moves towards a place in the calendar, forwards or back, counts what it passes, and forgets.
func (x *Index) expire(to place) (n int, done bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if to.before(x.expired) {
		x.unexpire(to)
	}
	c := x.calendar.after(x.expired)
	for ; n < x.forget && !x.calendar.end(c); n++ {
		rec := x.calendar.get(c)
		if to.before(x.expiry(rec)) {
			break
		}
		x.expired = x.expiry(rec)
		x.tuples.at(x.rows.at(rec).tuple).live--
		x.overs++
		c = x.calendar.next(c)
	}
	if n < x.forget {
		x.expired = to
	}
	more := x.drop()
	return n, n < x.forget && !more
}

// unexpire counts what is in force again after the clock stepped back.
func (x *Index) unexpire(to place) {
	for c := x.calendar.after(to); !x.calendar.end(c); c = x.calendar.next(c) {
		rec := x.calendar.get(c)
		if x.expired.before(x.expiry(rec)) {
			break
		}
		x.tuples.at(x.rows.at(rec).tuple).live++
		x.overs--
	}
	x.expired = to
}

// drop forgets some of what has been over for longer than is remembered, or is too much. It reports whether there is
// more.
func (x *Index) drop() (more bool) {
	if !x.paced {
		return false
	}
	var dead []uint32
	for len(dead) < x.forget {
		n := x.oldest()
		if n == 0 {
			break
		}
		r := x.rows.at(n)
		if r.is(isEnded) {
			x.forgotSeq = max(x.forgotSeq, x.ends.list[0].seq)
			x.ends.drop()
		} else {
			x.forgotTime = max(x.forgotTime, r.until())
			x.calendar.remove(n)
			x.overs--
		}
		r.flags |= isDead
		dead = append(dead, n)
	}
	for _, n := range dead {
		x.chains.unlink(n)
	}
	for _, n := range dead {
		x.order.remove(n)
		x.tuples.release(x.rows.at(n).tuple)
		x.rows.free(n)
	}
	return len(dead) == x.forget
}

// oldest returns the record that is to be forgotten next, 0 if none is.
func (x *Index) oldest() uint32 {
	limit := x.expired.a - x.remember
	many := int64(x.overs)+int64(len(x.ends.list)) > x.maxEnded
	var ended, expired uint32
	var endedAt, expiredAt int64
	if len(x.ends.list) > 0 {
		e := x.ends.list[0]
		// One that ended in a future which the clock has left by more than is remembered is of no use to any cursor.
		if many || e.at <= limit || e.at > x.expired.a+x.remember {
			ended, endedAt = e.rec, e.at
		}
	}
	if x.overs > 0 {
		n := x.calendar.list[0].recs[0]
		if expiredAt = x.rows.at(n).until(); many || expiredAt <= limit {
			expired = n
		}
	}
	if ended != 0 && expired != 0 && expiredAt < endedAt {
		return expired
	}
	return cmp.Or(ended, expired)
}
