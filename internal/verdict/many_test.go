package verdict_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/verdict"
)

// set is what a bouncer has that keeps decisions by what it tells them apart by.
type set map[[3]string]time.Time

func (s set) take(d verdict.Delta) {
	if d.Reset {
		clear(s)
	}
	for e := range d.New {
		s[[3]string{e.Scope, e.Value, e.Type}] = e.Until
	}
	for e := range d.Ended {
		delete(s, [3]string{e.Scope, e.Value, e.Type})
	}
}

func (s set) equal(other set) bool {
	if len(s) != len(other) {
		return false
	}
	for k, until := range s {
		if !other[k].Equal(until) {
			return false
		}
	}
	return true
}

// TestManyAtOnce lets bouncers poll while decisions begin, end and expire in other goroutines. In the end each has what is
// in force, and what it had in between was never more or less than a delta says.
func TestManyAtOnce(t *testing.T) {
	x := verdict.NewWith(verdict.Options{MaxEnded: 500})
	const changes, bouncers = 20_000, 4
	var clock sync.Mutex
	now := at(0)
	tick := func(by time.Duration) time.Time {
		clock.Lock()
		defer clock.Unlock()
		now = now.Add(by)
		return now
	}
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	writers.Go(func() {
		for seq := uint64(1); seq <= changes; {
			var batch []verdict.Change
			moment := tick(10 * time.Millisecond)
			for range 1 + seq%50 {
				c := verdict.Change{Seq: seq, At: moment, End: seq%3 == 0}
				c.Decision.ID = int64(seq)
				if c.End {
					c.Decision.ID = int64(seq - seq%29)
				} else {
					c.Decision = decided(int(seq), "Ip", address(int(seq*7919%700)).String(), seq%2 == 0).Decision
					c.Decision.Until = moment.Add(time.Duration(1+seq*31%2000) * time.Millisecond)
				}
				batch = append(batch, c)
				seq++
			}
			x.Apply(batch)
		}
	})
	writers.Go(func() {
		for range 2000 {
			x.Expire(tick(0))
			x.Stats(tick(0))
			x.Find(tick(0), verdict.Query{Value: address(3).String()})
			for range x.Each(tick(0), verdict.Query{}) {
			}
		}
	})
	sets, cursors := make([]set, bouncers), make([]verdict.Cursor, bouncers)
	for i := range bouncers {
		sets[i] = set{}
		readers.Go(func() {
			for {
				changed := x.Changed()
				d := x.Since(tick(time.Millisecond), cursors[i], verdict.Filter{}, true)
				got := maps.Clone(sets[i])
				if got.take(d); d.Whole() {
					sets[i], cursors[i] = got, d.Next
				}
				select {
				case <-changed:
				case <-done:
					return
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	end := tick(time.Second)
	want := set{}
	want.take(x.All(end, verdict.Filter{}, true))
	if len(want) == 0 {
		t.Fatal("nothing is in force in the end")
	}
	for i := range bouncers {
		sets[i].take(x.Since(end, cursors[i], verdict.Filter{}, true))
		if !sets[i].equal(want) {
			t.Errorf("bouncer %d has %d decisions, the server %d", i, len(sets[i]), len(want))
		}
	}
}

// TestOneValueOften is hostile: one address is decided so often that comparing all with all would take minutes.
func TestOneValueOften(t *testing.T) {
	const n = 100_000
	changes := make([]verdict.Change, n)
	for i := range changes {
		changes[i] = decided(i+1, "Ip", "1.2.3.4", false)
		changes[i].Decision.Until = at(1000 + float64(i*7919%n)/1000)
	}
	x := filled(changes)
	longest := slices.MaxFunc(changes, func(a, b verdict.Change) int { return a.Decision.Until.Compare(b.Decision.Until) }).Decision
	d := x.All(at(1), verdict.Filter{}, true)
	if got := slices.Collect(d.New); len(got) != 1 || got[0].ID != longest.ID {
		t.Fatalf("new are %d decisions, want the longest alone", len(got))
	}
	x.Apply([]verdict.Change{{Seq: n + 1, At: at(2), End: true, Decision: longest}})
	d = x.Since(at(2), d.Next, verdict.Filter{}, true)
	if got := slices.Collect(d.New); len(got) != 1 || got[0].ID == longest.ID || ids(d.Ended) != "" {
		t.Fatalf("after the longest was deleted, %d are new and %q ended", len(got), ids(d.Ended))
	}
	d = x.Since(at(2000), d.Next, verdict.Filter{}, true)
	if got := slices.Collect(d.Ended); len(got) != 1 {
		t.Fatalf("when all are over, %d ended, want one", len(got))
	}
	for s := range 200 {
		x.Expire(at(float64(1000 + 60*s)))
	}
	if got := x.Find(at(0), verdict.Query{}); got != nil {
		t.Fatalf("%d are remembered", len(got))
	}
}

func FuzzParseCursor(f *testing.F) {
	for _, s := range []string{"0-0", "7-1764000000123", "18446744073709551615-9223372036854775807", "-", "1-", "-1", "1--1", "+1-2", "01-02", "1-2-3", "é-1"} {
		f.Add(s)
	}
	x := filled([]verdict.Change{decided(1, "Ip", "1.2.3.4", false)})
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := verdict.ParseCursor(s)
		if !ok {
			if c != (verdict.Cursor{}) {
				t.Errorf("%q is no cursor, and gives %v", s, c)
			}
			return
		}
		if again, ok := verdict.ParseCursor(c.String()); !ok || again != c {
			t.Errorf("%q is %v, which comes back as %v", s, c, again)
		}
		d := x.Since(at(1), c, verdict.Filter{}, true)
		var got []tocsin.Decision
		got = slices.AppendSeq(slices.AppendSeq(got, d.New), d.Ended)
		if d.Next.Seq != 1 || d.Next.Time.After(at(1).Add(verdict.Slack)) || len(got) > 1 {
			t.Errorf("cursor %v leads to %v with %d decisions", c, d.Next, len(got))
		}
	})
}
