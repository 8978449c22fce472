package hostnet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestReadRoutes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, err := readRoutes(strings.NewReader(text))
		if s := fmt.Sprint(got, err); s != want {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
	}
	// The kernel writes the four bytes of an address as one number of the machine.
	n := func(a string) string {
		b := netip.MustParseAddr(a).As4()
		return fmt.Sprintf("%08X", binary.NativeEndian.Uint32(b[:]))
	}
	head := "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
	f(head, "[] <nil>")
	f(head+"eth0 00000000 "+n("192.168.1.1")+" 0003 0 0 100 00000000 0 0 0\n", "[192.168.1.1] <nil>")
	f(head+"eth0 "+n("192.168.1.0")+" 00000000 0001 0 0 100 "+n("255.255.255.0")+" 0 0 0\n", "[] <nil>")
	f(head+"eth0 00000000 "+n("10.0.0.1")+" 0002 0 0 0 00000000 0 0 0\n", "[] <nil>") // it is down
	f("nonsense\n\x00\n00000000 zz\n", "[] <nil>")
}

func TestReadRoutes6(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, err := readRoutes6(strings.NewReader(text))
		if s := fmt.Sprint(got, err); s != want {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
	}
	none := strings.Repeat("0", 32)
	hop := "fe80000000000000" + "0000000000000001"
	f(none+" 00 "+none+" 00 "+hop+" 00000400 00000001 00000000 00000003 eth0\n", "[fe80::1] <nil>")
	f(none+" 00 "+none+" 00 "+none+" ffffffff 00000001 00000000 00200200 lo\n", "[] <nil>")
	f("20010db8"+none[8:]+" 20 "+none+" 00 "+hop+" 00000400 00000001 00000000 00000003 eth0\n", "[] <nil>")
	f(none+" 00 "+none+" 00 xyz 00000400 00000001 00000000 00000003 eth0\n", "[] <nil>")
}

// TestGuards holds that loopback, which every host has, is read, and that the list is sorted so that a change is seen.
func TestGuards(t *testing.T) {
	own, err := Addresses()
	if err != nil {
		t.Fatal(err)
	}
	if len(own) == 0 {
		t.Skip("this host has no addresses")
	}
	if !slices.IsSortedFunc(own, netip.Addr.Compare) {
		t.Errorf("not sorted: %v", own)
	}
	guards, err := Guards()
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range own {
		if guards[i].Value != a.String() || !guards[i].IsGuard() {
			t.Errorf("guard %d is %+v, want %s", i, guards[i], a)
		}
	}
}
