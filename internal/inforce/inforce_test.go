package inforce

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/testx"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func alert(scope, value string) *tocsin.Alert {
	return &tocsin.Alert{Remediation: true, Source: &tocsin.AlertSource{Scope: scope, Value: value}}
}

func TestLedger(t *testing.T) {
	l := New()
	f := func(value string, after time.Duration, active int, left time.Duration) {
		t.Helper()
		n, err := l.Active(value, noon.Add(after))
		if err != nil || n != active {
			t.Errorf("%s after %s: %d in force, want %d (%v)", value, after, n, active, err)
		}
		d, err := l.TimeLeft(value, noon.Add(after))
		if err != nil || d != left {
			t.Errorf("%s after %s: %s left, want %s (%v)", value, after, d, left, err)
		}
	}
	f("192.0.2.7", 0, 0, 0)

	l.Take(alert("Ip", "192.0.2.7"), noon)
	f("192.0.2.7", 0, 1, Duration)
	f("::ffff:192.0.2.7", time.Hour, 1, 3*time.Hour)
	f("192.0.2.7", Duration-1, 1, 1)
	f("192.0.2.7", Duration, 0, 0)
	f("192.0.2.7", -1, 0, 0) // a log that is read later and is older
	f("192.0.2.8", 0, 0, 0)
	f("192.0.2.0/24", 0, 0, 0) // its member says nothing about a range

	l.Take(alert("Range", "192.0.2.0/24"), noon.Add(time.Hour))
	f("192.0.2.7", time.Hour, 2, Duration)
	f("192.0.2.8", time.Hour, 1, Duration)
	f("192.0.2.0/25", time.Hour, 1, Duration)
	f("192.0.3.8", time.Hour, 0, 0)

	l.Take(alert("Ip", "2001:db8:1:2::7"), noon)
	f("2001:db8:1:2::7", 0, 2, Duration)
	f("2001:db8:1:2::7%eth0", 0, 2, Duration)
	f("2001:db8:1:2:ffff::1", 0, 1, Duration)
	f("2001:db8:1:3::7", 0, 0, 0)

	l.Take(alert("Country", "FR"), noon)
	f("FR", 0, 1, Duration)
	f("fr", 0, 0, 0)
	f("", 0, 0, 0)

	// What decides nothing.
	l.Take(&tocsin.Alert{Source: &tocsin.AlertSource{Value: "192.0.2.9"}}, noon)
	l.Take(&tocsin.Alert{Remediation: true, Simulated: true, Source: &tocsin.AlertSource{Value: "192.0.2.9"}}, noon)
	l.Take(&tocsin.Alert{Remediation: true}, noon)
	l.Take(alert("user", ""), noon)
	l.Take(alert("user", fmt.Sprintf("%*d", MaxText+1, 1)), noon)
	f("192.0.3.9", 0, 0, 0)
	if held, _ := l.Len(); held != 5 {
		t.Errorf("%d values, want 5", held)
	}
}

func TestCounts(t *testing.T) {
	l := New()
	for i := range 2 * MaxEach {
		l.Take(alert("Ip", "192.0.2.7"), noon.Add(time.Duration(i)*time.Minute))
	}
	l.Take(alert("Range", "192.0.2.0/24"), noon)
	if n, _ := l.Count("192.0.2.7"); n != 2*MaxEach+1 {
		t.Errorf("%d decisions, want %d", n, 2*MaxEach+1)
	}
	f := func(since time.Duration, want int) {
		t.Helper()
		if n, err := l.CountSince("192.0.2.7", noon.Add(since+time.Hour), time.Hour); n != want || err != nil {
			t.Errorf("%d since %s, want %d (%v)", n, since, want, err)
		}
	}
	f((2*MaxEach-3)*time.Minute, 3)
	f(time.Minute, MaxEach)
	f(0, MaxEach+1)
}

// TestBounded holds that addresses without end do not fill the memory, and that the latest are known.
func TestBounded(t *testing.T) {
	l := New()
	l.limit = 100
	addr := func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i) }
	for i := range 5000 {
		l.Take(alert("Ip", addr(i)), noon)
	}
	held, evicted := l.Len()
	if held != 100 || evicted != 2*5000-100 || l.order.Len() != held {
		t.Errorf("%d values, %d evicted, %d in order", held, evicted, l.order.Len())
	}
	total := 0
	for _, family := range l.lengths {
		for _, n := range family {
			total += n
		}
	}
	if total != held {
		t.Errorf("the lengths count %d prefixes of %d", total, held)
	}
	if n, _ := l.Active(addr(4999), noon); n != 2 {
		t.Errorf("the latest has %d in force", n)
	}
	if n, _ := l.Active(addr(0), noon); n != 0 {
		t.Errorf("the first has %d in force", n)
	}
}

// TestAgainstList compares random prefixes with the obvious means.
func TestAgainstList(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func() netip.Prefix {
		if rng.IntN(2) == 0 {
			return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, byte(rng.IntN(2)), byte(rng.IntN(4))}), 20+rng.IntN(13)).Masked()
		}
		a := [16]byte{0x20, 1, 15: byte(rng.IntN(4))}
		return netip.PrefixFrom(netip.AddrFrom16(a), 20+rng.IntN(45)).Masked()
	}
	for range 50 {
		l := New()
		var list []netip.Prefix
		for range rng.IntN(20) {
			p := random()
			list = append(list, p)
			l.Take(alert("Range", p.String()), noon)
		}
		for range 50 {
			q := random()
			want := 0
			for _, p := range list {
				if p.Bits() <= q.Bits() && p.Contains(q.Addr()) {
					want++
				}
			}
			if got, _ := l.Active(q.String(), noon); got != want {
				t.Fatalf("%s in %v: %d, want %d", q, list, got, want)
			}
		}
	}
}

// TestRead holds that any text is a value, and is found again.
func TestRead(t *testing.T) {
	odd := []string{"192.0.2.7", "::ffff:192.0.2.0/120", "::ffff:0:0/95", "fe80::1%eth0", "2001:db8::/129", "FR", "\xff\x00", "1.2.3.4/0"}
	for _, s := range append(odd, testx.Naughty()...) {
		l := New()
		l.Take(alert("Ip", s), noon)
		n, err := l.Active(s, noon)
		if known := s != "" && len(s) <= MaxText; err != nil || (n > 0) != known {
			t.Errorf("%.80q: %d in force (%v)", s, n, err)
		}
	}
}

// TestForget holds that nothing is left of what was decided.
func TestForget(t *testing.T) {
	l := New()
	l.Take(alert("Ip", "2001:db8::1"), noon)
	l.Forget()
	if held, _ := l.Len(); held != 0 || l.order.Len() != 0 || l.lengths != [2][129]int{} {
		t.Errorf("%d values, %d in order", held, l.order.Len())
	}
	if n, _ := l.Active("2001:db8::1", noon); n != 0 {
		t.Errorf("%d in force", n)
	}
	l.Take(alert("Ip", "2001:db8::1"), noon)
	if n, _ := l.Active("2001:db8::1", noon); n != 2 {
		t.Errorf("%d in force after a new decision, want the address and its /64", n)
	}
}
