// Package hostnet reads what a host knows of its own place in the network, for guard rails: its addresses, its default
// gateways; and it resolves DNS names for allowlists. It changes nothing and keeps nothing.
//
// Start from [Guards] and [Resolver].
package hostnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"tocsin.example/internal/address"
	"tocsin.example/internal/allow"
)

// Guards returns the addresses of this host and its default gateways as guard rails, sorted. Gateways are known on Linux
// only.
func Guards() ([]allow.Item, error) {
	own, err := Addresses()
	if err != nil {
		return nil, err
	}
	gateways, err := Gateways()
	if err != nil {
		return nil, err
	}
	var out []allow.Item
	for _, a := range own {
		out = append(out, allow.Own.Item(address.Of(a)))
	}
	for _, a := range gateways {
		out = append(out, allow.Gateway.Item(address.Of(a)))
	}
	return out, nil
}

// Addresses returns the addresses of this host's interfaces, sorted, each once, without zones.
func Addresses() ([]netip.Addr, error) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("read the addresses of this host: %w", err)
	}
	var out []netip.Addr
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		if addr, ok := netip.AddrFromSlice(n.IP); ok {
			out = append(out, addr.Unmap())
		}
	}
	return sorted(out), nil
}

func sorted(list []netip.Addr) []netip.Addr {
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

// TTL is how long an answer of [Resolver] is good: Go's resolver does not say what DNS says.
const TTL = 5 * time.Minute

// Resolver asks the host's resolver. The zero value is ready.
type Resolver struct {
	// Net is what is asked; nil for [net.DefaultResolver].
	Net *net.Resolver
}

// Resolve returns the addresses of a name and how long they are good. [allow.ErrNoName] says that the name has none.
func (r Resolver) Resolve(ctx context.Context, name string) ([]netip.Addr, time.Duration, error) {
	n := r.Net
	if n == nil {
		n = net.DefaultResolver
	}
	list, err := n.LookupNetIP(ctx, "ip", name+".") // the dot: not below the host's own domain
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound && !dns.IsTemporary && !dns.IsTimeout {
		return nil, TTL, fmt.Errorf("%w: %s", allow.ErrNoName, name)
	}
	if err != nil {
		return nil, TTL, fmt.Errorf("resolve %s: %w", name, err)
	}
	return list, TTL, nil
}
