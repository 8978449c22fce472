package allow

import (
	"net/netip"

	"tocsin.example/internal/address"
)

// Guard is a reason why a site must not decide against an address, whatever its lists say.
type Guard string

// The guard rails.
const (
	Loopback    Guard = "loopback"
	Own         Guard = "own address"
	Gateway     Guard = "default gateway"
	Proxy       Guard = "trusted proxy"
	CDN         Guard = "content delivery network"
	AdminOnline Guard = "administrator's session"
)

// guardList is what the name of a guard rail's list begins with. No allowlist can be called so.
const guardList = "guard rail: "

// Item makes an item of a guard rail for a prefix.
func (g Guard) Item(p netip.Prefix) Item {
	return Item{List: guardList + string(g), Value: address.Text(p)}
}

// IsGuard reports whether the item is a guard rail, not an entry of a list.
func (i Item) IsGuard() bool {
	return len(i.List) > len(guardList) && i.List[:len(guardList)] == guardList
}

// Always are the guard rails that hold everywhere: loopback and the unspecified address.
func Always() []Item {
	var out []Item
	for _, p := range [...]string{"127.0.0.0/8", "::1/128", "0.0.0.0/32", "::/128"} {
		out = append(out, Loopback.Item(netip.MustParsePrefix(p)))
	}
	return out
}
