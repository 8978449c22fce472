package allow_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tocsin.example/internal/allow"
)

var now = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		kind, value, err := allow.Parse(in)
		got := fmt.Sprintf("%d %s", kind, value)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	f("192.0.2.1", "0 192.0.2.1")
	f(" 192.0.2.1 ", "0 192.0.2.1")
	f("192.0.2.1/32", "0 192.0.2.1")
	f("192.0.2.77/24", "0 192.0.2.0/24")
	f("::ffff:192.0.2.1", "0 192.0.2.1")
	f("::ffff:192.0.2.1/120", "0 192.0.2.0/24")
	f("2001:DB8:0:0::1", "0 2001:db8::1")
	f("fe80::1%eth0", "0 fe80::1")
	f("ip:192.0.2.1", "0 192.0.2.1")
	f("Range:192.0.2.0/24", "0 192.0.2.0/24")
	f("Office.Example.ORG.", "1 office.example.org")
	f("xn--bcher-kva.example", "1 xn--bcher-kva.example")
	f("country:FR", "2 Country:FR")
	f("as:64500", "2 AS:64500")
	f("user:alice", "2 user:alice")
	f("", "the value is empty")
	f("   ", "the value is empty")
	f(strings.Repeat("a", 256), "the value has 256 bytes; the limit is 255")
	for _, bad := range []string{"localhost", "192.0.2.256", "192.0.2", "192.0.2.1/33", "-a.example", "a..example", "a b.example", "*.example.org", "::1/129", "::ffff:0:0/64", "user:"} {
		f(bad, fmt.Sprintf("%q is neither an address, a range, a DNS name nor SCOPE:VALUE", bad))
	}
	f("ip:nonsense", `"nonsense" is neither an address nor a range`)
}

func set() *allow.Set {
	return allow.New(append(allow.Always(),
		allow.Item{List: "mine", Value: "192.0.2.7", Comment: "office"},
		allow.Item{List: "mine", Value: "192.0.2.0/25"},
		allow.Item{List: "trip", Value: "198.51.100.9", Expires: now.Add(time.Hour)},
		allow.Item{List: "names", Value: "home.example.org", Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("::ffff:203.0.113.6")}},
		allow.Item{List: "names", Value: "gone.example.org"},
		allow.Item{List: "others", Value: "Country:FR"},
		allow.Item{List: "others", Value: "no value at all"},
		allow.Own.Item(netip.MustParsePrefix("2001:db8:1::5/128")),
	))
}

func TestFind(t *testing.T) {
	s := set()
	f := func(at time.Time, scope, value, want string) {
		t.Helper()
		it, ok := s.Find(at, scope, value)
		got := it.Reason()
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%s:%s at %s: %s, want %s", scope, value, at, got, want)
		}
	}
	f(now, "Ip", "192.0.2.7", "192.0.2.7 from mine (office)")
	f(now, "Ip", "::ffff:192.0.2.7", "192.0.2.7 from mine (office)")
	f(now, "Ip", "192.0.2.8", "192.0.2.0/25 from mine")
	f(now, "Ip", "192.0.2.200", "-")
	// Who acts on a range acts on what is in it.
	f(now, "Range", "192.0.2.0/30", "192.0.2.0/25 from mine")
	f(now, "Range", "192.0.2.0/25", "192.0.2.0/25 from mine")
	f(now, "Range", "192.0.0.0/16", "192.0.2.0/25 from mine")
	f(now, "Range", "192.0.2.128/25", "-")
	f(now, "Range", "2001:db8:1::/64", "2001:db8:1::5 from guard rail: own address")
	f(now, "Range", "2001:db8:2::/64", "-")
	f(now, "Range", "0.0.0.0/0", "0.0.0.0 from guard rail: loopback")
	f(now, "Range", "::/0", ":: from guard rail: loopback")
	f(now, "Ip", "127.9.9.9", "127.0.0.0/8 from guard rail: loopback")
	f(now, "Ip", "::1", "::1 from guard rail: loopback")
	// An item ends.
	f(now, "Ip", "198.51.100.9", "198.51.100.9 from trip")
	f(now.Add(time.Hour-1), "Ip", "198.51.100.9", "198.51.100.9 from trip")
	f(now.Add(time.Hour), "Ip", "198.51.100.9", "-")
	f(now.Add(time.Hour), "Range", "198.51.100.0/24", "-")
	// A name is what it resolves to.
	f(now, "Ip", "203.0.113.5", "home.example.org from names")
	f(now, "Ip", "203.0.113.6", "home.example.org from names")
	f(now, "Ip", "203.0.113.7", "-")
	// Other scopes are compared as texts.
	f(now, "Country", "FR", "Country:FR from others")
	f(now, "country", "FR", "Country:FR from others")
	f(now, "Country", "DE", "-")
	f(now, "AS", "FR", "-")
	f(now, "Ip", "nonsense", "-")
	f(now, "", "", "-")
}

func TestAll(t *testing.T) {
	s := set()
	var got []string
	for _, it := range s.All(now, "Range", "192.0.0.0/16", 10) {
		got = append(got, fmt.Sprint(it.Reason(), it.IsGuard()))
	}
	if diff := cmp.Diff([]string{"192.0.2.0/25 from minefalse", "192.0.2.7 from mine (office)false"}, got); diff != "" {
		t.Error(diff)
	}
	if n := len(s.All(now, "Range", "192.0.0.0/16", 1)); n != 1 {
		t.Errorf("%d items, want 1", n)
	}
	if got := s.Len(); got != 12 {
		t.Errorf("%d items", got)
	}
}

// prefixes draws few addresses and many lengths, so that they meet.
func prefixes() *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		if rapid.Bool().Draw(t, "six") {
			b := [16]byte{0x20, 1, 0xd, 0xb8, 7: rapid.Byte().Draw(t, "b7") & 3, 15: rapid.Byte().Draw(t, "b15") & 3}
			p, _ := netip.AddrFrom16(b).Prefix(rapid.SampledFrom([]int{0, 32, 62, 64, 126, 127, 128}).Draw(t, "bits"))
			return p
		}
		b := [4]byte{192, 0, rapid.Byte().Draw(t, "b2") & 3, rapid.Byte().Draw(t, "b3") & 7}
		p, _ := netip.AddrFrom4(b).Prefix(rapid.SampledFrom([]int{0, 8, 22, 24, 29, 30, 31, 32}).Draw(t, "bits"))
		return p
	})
}

// TestFindIsAScan holds Find and All to what a look at every item says.
func TestFindIsAScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []allow.Item
		var held []netip.Prefix
		for i, p := range rapid.SliceOfN(prefixes(), 0, 30).Draw(t, "items") {
			it := allow.Item{List: strconv.Itoa(i), Value: p.String()}
			if rapid.Bool().Draw(t, "expires") {
				it.Expires = now.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "after")) * time.Second)
			}
			items, held = append(items, it), append(held, p)
		}
		s := allow.New(items)
		target := prefixes().Draw(t, "target")
		want := map[string]bool{}
		for i, it := range items {
			if (it.Expires.IsZero() || now.Before(it.Expires)) && held[i].Overlaps(target) {
				want[it.List] = true
			}
		}
		got := map[string]bool{}
		all := s.All(now, "Range", target.String(), len(items)+1)
		for _, it := range all {
			got[it.List] = true
		}
		if len(all) != len(got) {
			t.Fatalf("%s: an item is there twice: %v", target, all)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s among %v:\n%s", target, items, diff)
		}
		if _, ok := s.Find(now, "Ip", target.String()); ok != (len(want) > 0) {
			t.Fatalf("%s: found %v, want %v", target, ok, want)
		}
		for _, p := range s.Prefixes(now) {
			if _, ok := s.Find(now, "Range", p.String()); !ok {
				t.Fatalf("%s is listed and not allowed", p)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "::ffff:1.2.3.4/100", "a.example", "Country:FR", "ip:1.2.3.4", "fe80::1%a:b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, value, err := allow.Parse(s)
		if err != nil {
			return
		}
		again, same, err := allow.Parse(value)
		if err != nil || again != kind || same != value {
			t.Errorf("%q is %d %q, which is %d %q, %v", s, kind, value, again, same, err)
		}
	})
}

// TestFindAllocates holds the budget of a look-up, which every alert takes.
func TestFindAllocates(t *testing.T) {
	s := set()
	got := testing.AllocsPerRun(100, func() {
		if _, ok := s.Find(now, "Ip", "192.0.2.200"); ok {
			t.Error("found")
		}
	})
	if got > 0 {
		t.Errorf("%v allocations", got)
	}
}
