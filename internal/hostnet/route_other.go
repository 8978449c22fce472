//go:build !linux

package hostnet

import "net/netip"

// Gateways returns nothing: on this system they are not known without the tools of another program.
func Gateways() ([]netip.Addr, error) { return nil, nil }
