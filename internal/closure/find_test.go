package closure

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestFinders compares each finder with looking for one text after the other.
func TestFinders(t *testing.T) {
	naive := map[string]func(text, part string) bool{
		"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
		"==": func(a, b string) bool { return a == b },
	}
	r := rand.New(rand.NewPCG(1, 2))
	word := func(most int) string {
		b := make([]byte, r.IntN(most))
		for i := range b {
			b[i] = "ab\xff"[r.IntN(3)]
		}
		return string(b)
	}
	f := func(op string, texts []string) {
		t.Helper()
		var kept []string
		var numbers []int
		for i, s := range texts {
			if r.IntN(4) > 0 {
				kept, numbers = append(kept, s), append(numbers, i)
			}
		}
		find := newFinder(op, kept, numbers)
		for range 50 {
			text, want := word(12), -1
			for i, s := range kept {
				if naive[op](text, s) {
					want = numbers[i]
					break
				}
			}
			if got := find.first(text); got != want {
				t.Errorf("%q %s one of %q: found %d, want %d", text, op, kept, got, want)
			}
		}
	}
	for op := range naive {
		f(op, nil)
		f(op, []string{""})
		for range 100 {
			texts := make([]string, r.IntN(8))
			for i := range texts {
				texts[i] = word(7) + word(2)
			}
			f(op, texts)
		}
		var long []string // of more lengths than are looked for one after the other
		for i := range 2 * maxLengths {
			long = append(long, strings.Repeat("a", i)+word(3))
		}
		f(op, long)
	}
}

// TestBounds: nothing is out of the range of a slice.
func TestBounds(t *testing.T) {
	f := func(a, b, n, from, to int) {
		t.Helper()
		if i, j := bounds(a, b, n); i != from || j != to {
			t.Errorf("[%d:%d] of %d is [%d:%d], want [%d:%d]", a, b, n, i, j, from, to)
		}
	}
	f(0, 3, 3, 0, 3)
	f(1, 2, 3, 1, 2)
	f(-2, 3, 3, 1, 3)
	f(-9, -1, 3, 0, 2)
	f(2, 1, 3, 1, 1)
	f(5, 9, 3, 3, 3)
	f(0, -9, 3, 0, 0)
}
