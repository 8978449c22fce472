package event

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin.example"
	"tocsin.example/internal/testx"
)

func TestCanonical(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := canonical(in); got != want {
			t.Errorf("canonical(%q) = %q, want %q", in, got, want)
		}
	}
	for _, same := range []string{
		"", "192.0.2.1", "2001:db8::1", "::", "::1", "fe80::1", // they are already
		"192.0.2.01", "192.0.2.1:22", "192.0.2.1%eth0", "[2001:db8::1]", "2001:db8::1/64", "2001:db8::g", ":", "%", "a:b",
		"host.example", "%eth0", "2001:db8::1 ", "::ffff:192.0.2.256", strings.Repeat("0:", 99), // they are no addresses
	} {
		f(same, same)
	}
	f("2001:DB8:0:0::1", "2001:db8::1")
	f("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1")
	f("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")
	f("0:0:0:0:0:0:0:0", "::")
	f("::ffff:192.0.2.1", "192.0.2.1")
	f("::FFFF:c000:201", "192.0.2.1")
	f("0000:0000:0000:0000:0000:ffff:192.000.002.001", "0000:0000:0000:0000:0000:ffff:192.000.002.001")
	f("0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255")
	f("fe80::1%eth0", "fe80::1")
	f("fe80::1%", "fe80::1")
	f("fe80::1%"+strings.Repeat("z", 1000), "fe80::1")
}

// quick is what isCanonical6 must say of an address that is written as s: what may be an IPv4 one goes the long way.
func quick(a netip.Addr, s string) bool {
	return a.Is6() && a.Zone() == "" && a.String() == s && !strings.HasPrefix(s, "::ffff:")
}

// FuzzCanonical: the result is the same address, and its spelling is the last.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		"2001:DB8::1", "::ffff:192.0.2.1", "fe80::1%eth0", "192.0.2.1", "no address", ":::", "1:0:0:2::3",
		"1::2:0:0:0:3", "0:0:1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:0:0:2:3:4:5:6", "1::", "1:0::2", "::0",
	} {
		f.Add(s)
	}
	for _, s := range []string{"0:0:0:0:0:ffff:c000:0201", "192.0.2.001", "0300.0.2.1", "3221225985", "192.0.2", "[2001:db8::1]:22", "192.0.2.1/32", "192.0.2.1\u0661", "64:ff9b::192.0.2.1"} {
		f.Add(s)
	}
	for _, s := range testx.Naughty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := canonical(s)
		if again := canonical(got); again != got {
			t.Errorf("canonical(%q) = %q, and that of it %q", s, got, again)
		}
		if a, err := netip.ParseAddr(s); err == nil && quick(a, s) != isCanonical6(s) || err != nil && isCanonical6(s) {
			t.Errorf("isCanonical6(%q) = %t; the address is %v, %v", s, isCanonical6(s), a, err)
		}
		bare, zone, zoned := strings.Cut(s, "%")
		want, err := netip.ParseAddr(bare)
		if err != nil || zoned && (want.Is4() || zone == "") {
			return
		}
		if a, err := netip.ParseAddr(got); err != nil || a != want.Unmap() {
			t.Errorf("canonical(%q) = %q, which is %v (%v), want %v", s, got, a, err, want.Unmap())
		}
	})
}

// TestSourceIP: whoever writes Meta.source_ip, by slot or by name, before the view is made or after, the event has the
// one spelling of the address; no other field changes, and a schema can ask for the spelling of the log.
func TestSourceIP(t *testing.T) {
	const wrote = "2001:DB8:0:0::1"
	writers := map[string]func(*Event, Ref, string){
		"Set":          func(e *Event, r Ref, s string) { e.Set(r, s) },
		"SetName":      func(e *Event, r Ref, s string) { e.SetName(r.Space, r.Name, s) },
		"the view":     func(e *Event, r Ref, s string) { e.View().set(r.Space, r.Name, s) },
		"after a view": func(e *Event, r Ref, s string) { e.View(); e.Set(r, s) },
		"a scenario": func(e *Event, r Ref, s string) {
			w := e.Isolate(false, func() { e.Set(r, s) })
			e.Set(r, "before")
			e.With(w, func() {
				v, _ := e.Get(r)
				e.Set(Ref{Space: r.Space, Slot: NoSlot, Name: "seen"}, v)
			})
			e.Set(r, w.Changes[0].Value)
		},
	}
	f := func(numbered, asWritten bool, sp Space, name, want string) {
		t.Helper()
		s := NewSchema()
		if numbered {
			s.Slot(sp, name)
		}
		if asWritten {
			s.KeepSpelling()
		}
		s.Freeze()
		r := Ref{Space: sp, Slot: s.Find(sp, name), Name: name}
		for by, write := range writers {
			e := New(s)
			e.Reset(1, &tocsin.Line{Raw: wrote, Time: time.Unix(0, 0)})
			write(e, r, wrote)
			v, _ := e.Get(r)
			if kept, view := e.Keep().space(sp)[name], e.View().space(sp)[name]; v != want || kept != want || view != want {
				t.Errorf("%s by %s: the slot is %q, the copy %q, the view %q, want %q", r, by, v, kept, view, want)
			}
			if e.Scalars().Line.Raw != wrote {
				t.Errorf("the line is %q", e.Scalars().Line.Raw)
			}
		}
	}
	for _, numbered := range []bool{true, false} {
		f(numbered, false, Meta, "source_ip", "2001:db8::1")
		f(numbered, true, Meta, "source_ip", wrote)
		f(numbered, false, Parsed, "source_ip", wrote)
		f(numbered, false, Meta, "source_ipv6", wrote)
	}
}

// TestSpellings writes random addresses in random ways.
func TestSpellings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var raw [16]byte
		groups := make([]string, 8)
		for i := range groups {
			n := rapid.SampledFrom([]uint16{0, 0, 1, 0xa0, 0xffff, 0xDB8}).Draw(t, "group")
			raw[2*i], raw[2*i+1] = byte(n>>8), byte(n)
			groups[i] = fmt.Sprintf(rapid.SampledFrom([]string{"%x", "%X", "%04x"}).Draw(t, "format"), n)
		}
		a := netip.AddrFrom16(raw)
		want := a.Unmap().String()
		if got := canonical(strings.Join(groups, ":")); got != want {
			t.Errorf("%q became %q, want %q", groups, got, want)
		}
		if got := canonical(want); got != want || isCanonical6(want) != quick(a, want) {
			t.Errorf("%q became %q", want, got)
		}
	})
}

func TestCanonicalAllocatesNothing(t *testing.T) {
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "2001:db8:1:2:3:4:5:6", "no address"} {
		if n := testing.AllocsPerRun(100, func() { _ = canonical(s) }); n != 0 {
			t.Errorf("canonical(%q) allocates %v times", s, n)
		}
	}
}
