package hostnet

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// Flags of a route in the tables of Linux.
const (
	routeUp      = 0x1
	routeGateway = 0x2
)

// readRoutes finds the default gateways in the text of /proc/net/route: columns interface, destination, gateway, flags
// ..., mask in the eighth; numbers in hexadecimal, addresses in the byte order of the machine.
func readRoutes(r io.Reader) ([]netip.Addr, error) {
	var out []netip.Addr
	s := bufio.NewScanner(r)
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" || !isGateway(f[3]) {
			continue
		}
		n, err := strconv.ParseUint(f[2], 16, 32)
		if err != nil || n == 0 {
			continue
		}
		var b [4]byte
		binary.NativeEndian.PutUint32(b[:], uint32(n))
		out = append(out, netip.AddrFrom4(b))
	}
	return out, s.Err()
}

// readRoutes6 does the same for /proc/net/ipv6_route: destination, its length, source, its length, next hop, metric, two
// counters, flags, interface.
func readRoutes6(r io.Reader) ([]netip.Addr, error) {
	const none = "00000000000000000000000000000000"
	var out []netip.Addr
	s := bufio.NewScanner(r)
	for s.Scan() {
		f := strings.Fields(s.Text())
		if len(f) < 10 || f[0] != none || f[1] != "00" || f[4] == none || !isGateway(f[8]) {
			continue
		}
		b, err := hex.DecodeString(f[4])
		if err != nil {
			continue
		}
		if a, ok := netip.AddrFromSlice(b); ok {
			out = append(out, a)
		}
	}
	return out, s.Err()
}

func isGateway(flags string) bool {
	n, err := strconv.ParseUint(flags, 16, 32)
	return err == nil && n&routeUp != 0 && n&routeGateway != 0
}
