package verdict

import (
	"slices"
	"testing"
	"time"

	"tocsin.example"
)

func ban(seq uint64, id int64, until time.Duration) Change {
	return Change{Seq: seq, At: start, Decision: tocsin.Decision{ID: id, Type: "ban", Scope: "Ip", Value: "1.2.3.4", Until: start.Add(until)}}
}

func unban(seq uint64, id int64, at time.Duration) Change {
	return Change{Seq: seq, End: true, At: start.Add(at), Decision: tocsin.Decision{ID: id}}
}

// TestEndedWhileGathering deletes decisions that a delta is about to find expired: the clock of who deletes is a little
// behind that of who asks.
func TestEndedWhileGathering(t *testing.T) {
	x := New()
	x.look = 1
	x.Apply([]Change{ban(1, 1, 9*time.Second), ban(2, 2, 9*time.Second), ban(3, 3, 9*time.Second), ban(4, 4, time.Hour)})
	c := x.All(start, Filter{}, false).Next
	w, _ := x.step(start.Add(10*time.Second), c)
	w.m = newMatcher(Filter{})
	w.gatherEnds()
	from, done := w.gatherExpiredAfter(place{w.seen.at, maxSeq})
	if done {
		t.Fatal("one look was enough for all")
	}
	x.Apply([]Change{unban(5, 3, 8*time.Second), unban(6, 4, 8*time.Second), ban(7, 7, time.Second)})
	for !done {
		from, done = w.gatherExpiredAfter(from)
	}
	slices.Sort(w.over)
	if !slices.Equal(w.over, []uint64{1, 2, 3}) {
		t.Errorf("gathered %v", w.over)
	}
}

// TestEndedInTheFuture forgets what ended while the clock was wrong by more than is remembered.
func TestEndedInTheFuture(t *testing.T) {
	x := New()
	x.Apply([]Change{ban(1, 1, 1000*time.Hour), unban(2, 1, 900*time.Hour), ban(3, 3, time.Hour)})
	x.Expire(start.Add(time.Second))
	if x.rows.records.Len() != 1 || x.forgotSeq != 2 {
		t.Errorf("%d are remembered, all up to %d are forgotten", x.rows.records.Len(), x.forgotSeq)
	}
	if d := x.Since(start.Add(time.Second), Cursor{1, start}, Filter{}, true); !d.Reset {
		t.Error("who had it is not told")
	}
}

// TestClockGlitch lets the clock be wrong by years for some seconds, while Expire goes on: nothing is lost by it.
func TestClockGlitch(t *testing.T) {
	x := New()
	x.Apply([]Change{ban(1, 1, 4*time.Hour), ban(2, 2, 4*time.Hour)})
	x.Expire(start)
	for s := range 10 {
		x.Expire(start.Add(50_000*time.Hour + time.Duration(s)*time.Second))
	}
	wrong := x.Since(start.Add(50_000*time.Hour), Cursor{2, start}, Filter{}, true)
	for range wrong.New {
		t.Error("something is in force in the far future")
	}
	x.Expire(start.Add(time.Second))
	right := x.Since(start.Add(time.Second), wrong.Next, Filter{}, false)
	if n := len(slices.Collect(right.New)); n != 2 || !right.Reset {
		t.Errorf("back in the present, %d are new and reset is %v", n, right.Reset)
	}
}

// TestForgetStray forgets a decision whose ID was out of order: nothing must lead to its record any more.
func TestForgetStray(t *testing.T) {
	x := NewWith(Options{MaxEnded: 1})
	x.Apply([]Change{ban(1, 7, time.Second), ban(2, 5, time.Second), ban(3, 1<<50, time.Second)})
	x.Expire(start)
	x.Expire(start.Add(2 * time.Second))
	x.Apply([]Change{unban(4, 7, 0), ban(5, 8, time.Hour), ban(6, 9, time.Hour), ban(7, 10, time.Hour), unban(8, 5, 0)})
	if n := len(x.Find(start.Add(3*time.Second), Query{})); n != 3 {
		t.Errorf("%d are in force, want 3", n)
	}
}

// TestMemo gives the number of a sort to another one while somebody walks.
func TestMemo(t *testing.T) {
	var list tuples
	m := newMatcher(Filter{Types: []string{"ban"}})
	n := list.use(&tocsin.Decision{Type: "ban"})
	if !m.wants(&list, n) {
		t.Error("a ban is not wanted")
	}
	list.release(n)
	if again := list.use(&tocsin.Decision{Type: "captcha"}); again != n || m.wants(&list, n) {
		t.Error("a captcha is wanted")
	}
}

// TestWhole reads a delta so late that what it would tell was forgotten.
func TestWhole(t *testing.T) {
	x := New()
	x.Apply([]Change{ban(1, 1, time.Hour), ban(2, 2, time.Second)})
	c := x.All(start, Filter{}, false).Next
	d := x.Since(start.Add(2*time.Second), c, Filter{}, false)
	x.Expire(start)
	for m := range 62 {
		x.Expire(start.Add(time.Duration(m) * time.Minute))
	}
	if n := len(slices.Collect(d.Ended)); n != 0 || d.Whole() {
		t.Errorf("%d ended, and that is said to be all", n)
	}
	if !x.All(start, Filter{}, false).Whole() {
		t.Error("a startup pull is not whole")
	}
}
