package decide

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin.example"
)

var testTime = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// TestSeenNeverMisses holds that whatever holds a value that was decided about is found, until it is forgotten.
func TestSeenNeverMisses(t *testing.T) {
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		b := [4]byte{192, 0, rapid.Byte().Draw(t, "b2") & 3, rapid.Byte().Draw(t, "b3")}
		p, _ := netip.AddrFrom4(b).Prefix(rapid.SampledFrom([]int{16, 24, 31, 32}).Draw(t, "bits"))
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		s := newSeen()
		s.start()
		var held []netip.Prefix
		var ends []time.Time
		for _, p := range rapid.SliceOf(prefix).Draw(t, "held") {
			end := testTime.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "end")) * time.Hour)
			s.add(&tocsin.Decision{Origin: "crowdsec/x", Scope: "Range", Value: p.String(), Until: end})
			held, ends = append(held, p), append(ends, end)
		}
		s.forget(testTime)
		p := prefix.Draw(t, "asked")
		for i, h := range held {
			if !ends[i].Before(testTime) && h.Bits() <= p.Bits() && h.Contains(p.Addr()) && !s.perhaps(p.String()) {
				t.Fatalf("%s is missed, with %s", p, h)
			}
		}
	})
}

func TestSeen(t *testing.T) {
	s := newSeen()
	f := func(value string, want bool) {
		t.Helper()
		if got := s.perhaps(value); got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
	f("192.0.2.1", true) // nothing is known yet
	s.start()
	f("192.0.2.1", false)
	f("alice", false)
	s.add(&tocsin.Decision{Origin: "cscli", Value: "192.0.2.1", Until: testTime})
	s.add(&tocsin.Decision{Origin: "crowdsec", Value: "192.0.2.1", Until: testTime, Simulated: true})
	f("192.0.2.1", false)
	s.add(&tocsin.Decision{Origin: "crowdsec", Value: "2001:db8::/64", Until: testTime})
	s.add(&tocsin.Decision{Origin: "crowdsec", Value: "alice", Until: testTime})
	f("2001:db8::1", true)
	f("2001:db8:0:1::1", false)
	f("alice", true)
	s.forget(testTime.Add(2 * time.Hour))
	f("2001:db8::1", false)
	f("alice", false)
	if n := testing.AllocsPerRun(100, func() { s.perhaps("192.0.2.1") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSeen(b *testing.B) {
	s := newSeen()
	s.start()
	a := netip.MustParseAddr("10.0.0.0")
	for range 400_000 {
		s.add(&tocsin.Decision{Origin: "crowdsec", Value: a.String(), Until: testTime})
		a = a.Next()
	}
	b.ReportAllocs()
	for b.Loop() {
		s.perhaps("192.0.2.1")
	}
}

func TestOffences(t *testing.T) {
	now := testTime
	f := func(want int, hours ...int) { // pairs of from and to
		t.Helper()
		var spans []span
		for i := 0; i < len(hours); i += 2 {
			spans = append(spans, span{now.Add(time.Duration(hours[i]) * time.Hour), now.Add(time.Duration(hours[i+1]) * time.Hour)})
		}
		if got := offences(spans, now); got != want {
			t.Errorf("%v: %d, want %d", fmt.Sprint(hours), got, want)
		}
	}
	f(0)
	f(1, -10, -6)
	f(0, -1, 3)
	f(1, -10, -6, -10, -6)
	f(1, -10, -6, -8, -4, -5, -1)
	f(2, -10, -6, -5, -1)
	f(1, -10, -6, -2, 2)
	f(0, -10, 6, -2, -1)
	f(2, -20, -18, -12, -11, -5, 1, -4, 4)
}
