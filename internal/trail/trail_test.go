package trail_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example/internal/trail"
)

// noted is an event as a plain list has it.
type noted struct {
	result trail.Result
	text   string
	at     time.Time
	value  int
}

// TestModel holds a trail to a plain list, over streams of events that come and go.
func TestModel(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		tr := trail.New(trail.Shape{Tests: 1, Texts: 1, Times: 1, Values: 1})
		beside := []trail.Trail{trail.New(trail.Shape{Tests: 1})}
		if seed%2 == 1 {
			made := trail.Make(trail.Shape{Tests: 1, Texts: 1, Times: 1, Values: 1}, 3)
			tr, beside = made[1], []trail.Trail{made[0], made[2]}
		}
		var model []noted
		most := 1 + r.IntN(40)
		for i := range 300 {
			if len(model) == most || r.IntN(5) == 0 {
				tr.Drop()
				model = model[min(1, len(model)):]
			}
			if r.IntN(60) == 0 {
				tr.Empty()
				model = nil
			}
			n := noted{trail.Result(r.IntN(3)), strconv.Itoa(r.IntN(3)), time.Unix(int64(i), 0), i}
			model = append(model, n)
			tr.Push()
			tr.Mark(0, n.result)
			tr.AddText(0, n.text)
			tr.AddTime(0, n.at)
			tr.AddValue(0, n.value)
			if got, want := show(&tr), showModel(model); got != want {
				t.Fatalf("seed %d, event %d:\n got %s\nwant %s", seed, i, got, want)
			}
			from := r.IntN(len(model) + 1)
			to := from + r.IntN(len(model)+1-from)
			if got, want := ask(&tr, from, to), askModel(model, from, to); got != want {
				t.Fatalf("seed %d, event %d, from %d to %d:\n got %s\nwant %s", seed, i, from, to, got, want)
			}
		}
		for i := range beside {
			if lo, hi := beside[i].Passed(0, 0, 1); lo != hi || beside[i].Len() != 0 {
				t.Fatalf("seed %d: the events went to another trail, too", seed)
			}
		}
		for range most + 1 {
			tr.Drop()
		}
		if tr.Len() != 0 {
			t.Fatalf("%d events are left", tr.Len())
		}
	}
}

func show(tr *trail.Trail) string {
	var b strings.Builder
	for i := range tr.Len() {
		fmt.Fprintln(&b, tr.Text(0, i), tr.Time(0, i).Unix(), tr.Value(0, i))
	}
	return b.String()
}

func showModel(model []noted) string {
	var b strings.Builder
	for _, n := range model {
		fmt.Fprintln(&b, n.text, n.at.Unix(), n.value)
	}
	return b.String()
}

func ask(tr *trail.Trail, from, to int) string {
	lo, hi := tr.Passed(0, from, to)
	var passed []int
	for i := lo; i < hi; i++ {
		passed = append(passed, tr.At(0, i))
	}
	return fmt.Sprint(passed, tr.FirstFailed(0, from, to))
}

func askModel(model []noted, from, to int) string {
	var passed []int
	for i := from; i < to; i++ {
		if model[i].result == trail.Yes {
			passed = append(passed, i)
		}
	}
	failed := slices.IndexFunc(model[from:to], func(n noted) bool { return n.result == trail.Failed })
	if failed < 0 {
		failed = to - from
	}
	return fmt.Sprint(passed, from+failed)
}

// TestAllocations holds that a full trail takes no memory for further events.
func TestAllocations(t *testing.T) {
	tr := trail.New(trail.Shape{Tests: 1, Texts: 1, Times: 1})
	step := func() {
		if tr.Len() == 1000 {
			tr.Drop()
		}
		tr.Push()
		tr.Mark(0, trail.Yes)
		tr.AddText(0, "52.5")
		tr.AddTime(0, time.Unix(1, 0))
	}
	for range 5000 {
		step()
	}
	if n := testing.AllocsPerRun(5000, step); n > 0 {
		t.Errorf("%v allocations an event", n)
	}
}
