package gen

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestShare holds that attacks make up their share of a log.
func TestShare(t *testing.T) {
	f := func(share float64) {
		t.Helper()
		d := &dice{rand.New(rand.NewPCG(1, 2))}
		s := newSite(newPeople(1000, d), share, d)
		const lines = 100_000
		n := 0
		for range lines {
			before := s.attack.left
			s.next()
			if s.attack.left < before || s.attack.left == s.raid.size-1 && before == 0 {
				n++
			}
		}
		if got := float64(n) / lines; math.Abs(got-share) > 0.003+share/50 {
			t.Errorf("%.4f of the lines are attacks, want %.4f", got, share)
		}
	}
	f(0)
	f(0.02)
	f(0.3)
}
