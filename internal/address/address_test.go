package address

import (
	"net/netip"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		p, ok := Parse(in)
		if got := p.String(); ok != (want != "") || ok && got != want {
			t.Errorf("Parse(%q) is %s, %v; want %q", in, got, ok, want)
		}
	}
	f("192.0.2.1", "192.0.2.1/32")
	f("192.0.2.1/24", "192.0.2.0/24")
	f("0.0.0.0/0", "0.0.0.0/0")
	f("2001:DB8:0::1", "2001:db8::1/128")
	f("2001:db8::1/64", "2001:db8::/64")
	f("fe80::1%eth0", "fe80::1/128")
	f("::ffff:192.0.2.1", "192.0.2.1/32")
	f("::ffff:192.0.2.1%eth0", "192.0.2.1/32")
	f("::ffff:192.0.2.1/120", "192.0.2.0/24")
	f("::ffff:0:0/96", "0.0.0.0/0")
	f("::ffff:192.0.2.1/90", "")
	f("fe80::1%eth0/64", "")
	f("fe80::1%a/b", "")
	f("192.0.2.1/33", "")
	f("192.0.2.01", "")
	f(" 192.0.2.1", "")
	f("192.0.2", "")
	f("host", "")
	f("", "")
}

func TestText(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		p, _ := Parse(in)
		if got := Text(p); got != want {
			t.Errorf("Text of %q is %q, want %q", in, got, want)
		}
	}
	f("192.0.2.1/32", "192.0.2.1")
	f("192.0.2.1/31", "192.0.2.0/31")
	f("2001:db8::/128", "2001:db8::")
}

func TestHolds(t *testing.T) {
	f := func(outer, inner string, want bool) {
		t.Helper()
		o, _ := Parse(outer)
		i, _ := Parse(inner)
		if got := Holds(o, i); got != want {
			t.Errorf("Holds(%s, %s) is %v", outer, inner, got)
		}
	}
	f("192.0.2.0/24", "192.0.2.1", true)
	f("192.0.2.0/24", "192.0.2.0/24", true)
	f("192.0.2.0/24", "192.0.2.0/23", false)
	f("192.0.2.0/24", "192.0.3.1", false)
	f("0.0.0.0/0", "2001:db8::1", false)
}

func TestLengths(t *testing.T) {
	var l Lengths
	around := func(s string) (out []string) {
		p, _ := Parse(s)
		l.Around(p, func(p netip.Prefix) bool {
			out = append(out, p.String())
			return p.Bits() != 8 // the widest that is wanted
		})
		return out
	}
	for _, s := range []string{"198.51.100.0/24", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/64"} {
		p, _ := Parse(s)
		l.Add(p, 1)
	}
	f := func(in string, want ...string) {
		t.Helper()
		if got := around(in); !slices.Equal(got, want) {
			t.Errorf("around %s are %v, want %v", in, got, want)
		}
	}
	f("192.0.2.1", "192.0.2.0/24", "192.0.0.0/8")
	f("192.0.2.0/24", "192.0.2.0/24", "192.0.0.0/8")
	f("192.0.2.0/23", "192.0.0.0/8")
	f("0.0.0.0/7", "0.0.0.0/0")
	f("2001:db8::1", "2001:db8::/64")
	f("2001:db8::/48")
	p, _ := Parse("10.0.0.0/8")
	l.Add(p, -1)
	f("192.0.2.1", "192.0.2.0/24", "0.0.0.0/0")

	if n := testing.AllocsPerRun(100, func() {
		l.Around(p, func(netip.Prefix) bool { return true })
	}); n != 0 {
		t.Errorf("a look-up makes %v allocations", n)
	}
}
