package hostnet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
)

// maxRoutes bounds the bytes that are read of a routing table; a router may have a million routes.
const maxRoutes = 64 << 20

// Gateways returns the default gateways of this host, sorted, each once.
func Gateways() ([]netip.Addr, error) {
	var out []netip.Addr
	for _, t := range []struct {
		path string
		read func(io.Reader) ([]netip.Addr, error)
	}{{"/proc/net/route", readRoutes}, {"/proc/net/ipv6_route", readRoutes6}} {
		f, err := os.Open(t.path)
		if errors.Is(err, fs.ErrNotExist) { // a kernel without this family, or no /proc
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the routes: %w", err)
		}
		found, err := t.read(io.LimitReader(f, maxRoutes))
		_ = f.Close() // only read
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.path, err)
		}
		out = append(out, found...)
	}
	return sorted(out), nil
}
