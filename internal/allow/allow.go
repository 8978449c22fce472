// Package allow answers what must never be decided against: what allowlists hold, and the guard rails (loopback, own
// addresses, the default gateway, proxies and the like) that keep a site from locking itself out.
//
// A [Set] is an immutable snapshot. It resolves no names: an item that is a DNS name comes with its addresses. Who keeps
// the lists, resolves names and lifts what is in force is package decide.
//
// Start from [New] and [Set.Find].
package allow

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
)

// Item is one entry of an allowlist, or a guard rail.
type Item struct {
	// List is the name of the allowlist, or what the guard rail is: "guard rail: loopback".
	List string
	// Value is what was written: an address, a range, a DNS name, or "SCOPE:VALUE".
	Value   string
	Comment string
	Expires time.Time // zero for never
	// Addresses are those of a DNS name.
	Addresses []netip.Addr
}

// Reason says why something is allowed: "ITEM from LIST", the words that CrowdSec has for it.
func (i Item) Reason() string {
	if i.Comment == "" {
		return i.Value + " from " + i.List
	}
	return i.Value + " from " + i.List + " (" + i.Comment + ")"
}

// live reports whether the item counts at a moment.
func (i Item) live(at time.Time) bool { return i.Expires.IsZero() || at.Before(i.Expires) }

// ErrNoName is a resolver's answer that a DNS name has no addresses, as opposed to one that cannot be asked now.
var ErrNoName = errors.New("the name has no addresses")

// Kind is what an item's value is.
type Kind uint8

// The kinds.
const (
	Address Kind = iota // or a range
	Name                // a DNS name
	Scoped              // something of another scope: "Country:FR"
)

// MaxValue is the longest value of an item in bytes.
const MaxValue = 255

// Parse reads the value of an item. It returns its kind and its one spelling: addresses by RFC 5952, ranges without host
// bits, names in lower case without the dot at the end, known scopes as the program spells them.
func Parse(value string) (Kind, string, error) {
	v := strings.TrimSpace(value)
	switch {
	case v == "":
		return 0, "", errors.New("the value is empty")
	case len(v) > MaxValue:
		return 0, "", fmt.Errorf("the value has %d bytes; the limit is %d", len(v), MaxValue)
	}
	if p, ok := address.Parse(v); ok {
		return Address, address.Text(p), nil
	}
	if scope, rest, ok := strings.Cut(v, ":"); ok && isWord(scope) && rest != "" {
		scope = tocsin.CanonicalScope(scope)
		if scope == tocsin.ScopeIP || scope == tocsin.ScopeRange {
			if p, ok := address.Parse(rest); ok {
				return Address, address.Text(p), nil
			}
			return 0, "", fmt.Errorf("%q is neither an address nor a range", rest)
		}
		return Scoped, scope + ":" + rest, nil
	}
	name := strings.ToLower(strings.TrimSuffix(v, "."))
	if isName(name) {
		return Name, name, nil
	}
	return 0, "", fmt.Errorf("%q is neither an address, a range, a DNS name nor SCOPE:VALUE", v)
}

func isWord(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

// isName reports whether a text is a DNS name of two labels or more. "localhost" and the like are left to guard rails:
// one word is more often a slip than a name.
func isName(s string) bool {
	labels := strings.Split(s, ".")
	for i, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
		if i == len(labels)-1 && strings.Trim(l, "0123456789") == "" {
			return false // an address with a slip
		}
	}
	return len(labels) >= 2
}

// Set is what is allowed at one time. It is immutable and may be used by many goroutines.
type Set struct {
	entries []entry // by address, then length
	byRange map[netip.Prefix][]int32
	lengths address.Lengths
	scoped  map[string][]int32
	items   []Item
}

// entry is one prefix of an item.
type entry struct {
	prefix netip.Prefix
	item   int32
}

// New makes a set of items. Items whose value cannot be read are left out; what a list holds was checked when it was
// added.
func New(items []Item) *Set {
	s := &Set{byRange: map[netip.Prefix][]int32{}, scoped: map[string][]int32{}, items: slices.Clone(items)}
	for i, it := range s.items {
		kind, value, err := Parse(it.Value)
		if err != nil {
			continue
		}
		n := int32(i)
		switch kind {
		case Address:
			p, _ := address.Parse(value)
			s.entries = append(s.entries, entry{p, n})
		case Name:
			for _, a := range it.Addresses {
				if a.IsValid() {
					s.entries = append(s.entries, entry{address.Of(a), n})
				}
			}
		case Scoped:
			s.scoped[value] = append(s.scoped[value], n)
		}
	}
	slices.SortFunc(s.entries, func(a, b entry) int {
		return cmp.Or(a.prefix.Addr().Compare(b.prefix.Addr()), cmp.Compare(a.prefix.Bits(), b.prefix.Bits()), cmp.Compare(a.item, b.item))
	})
	for _, e := range s.entries {
		s.byRange[e.prefix] = append(s.byRange[e.prefix], e.item)
		s.lengths.Add(e.prefix, 1)
	}
	return s
}

// Find returns the item that forbids a decision on a scope and value at a moment, the closest around it first. An
// address is allowed by an item that is it or holds it; a range also by one that lies inside it, because who acts on the
// range acts on that too. The scope of an address or range does not matter.
func (s *Set) Find(at time.Time, scope, value string) (Item, bool) {
	var found Item
	ok := false
	s.each(at, scope, value, func(it *Item) bool {
		found, ok = *it, true
		return false
	})
	return found, ok
}

// All returns all items of which [Set.Find] returns the first, at most limit.
func (s *Set) All(at time.Time, scope, value string, limit int) []Item {
	var out []Item
	s.each(at, scope, value, func(it *Item) bool {
		out = append(out, *it)
		return len(out) < limit
	})
	return out
}

func (s *Set) each(at time.Time, scope, value string, f func(*Item) bool) {
	if p, ok := address.Parse(value); ok {
		s.eachPrefix(at, p, f)
		return
	}
	if len(s.scoped) == 0 {
		return
	}
	for _, n := range s.scoped[tocsin.CanonicalScope(scope)+":"+value] {
		if it := &s.items[n]; it.live(at) && !f(it) {
			return
		}
	}
}

func (s *Set) eachPrefix(at time.Time, p netip.Prefix, f func(*Item) bool) {
	all := s.lengths.Around(p, func(around netip.Prefix) bool {
		for _, n := range s.byRange[around] {
			if it := &s.items[n]; it.live(at) && !f(it) {
				return false
			}
		}
		return true
	})
	if !all || p.IsSingleIP() {
		return
	}
	first, _ := slices.BinarySearchFunc(s.entries, p.Addr(), func(e entry, a netip.Addr) int { return e.prefix.Addr().Compare(a) })
	for _, e := range s.entries[first:] {
		if !p.Contains(e.prefix.Addr()) {
			return
		}
		if e.prefix.Bits() <= p.Bits() { // the range itself, seen above
			continue
		}
		if it := &s.items[e.item]; it.live(at) && !f(it) {
			return
		}
	}
}

// Prefixes lists the prefixes of all items that count at a moment, each once, in the order of addresses.
func (s *Set) Prefixes(at time.Time) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(s.entries))
	for _, e := range s.entries {
		if s.items[e.item].live(at) && (len(out) == 0 || out[len(out)-1] != e.prefix) {
			out = append(out, e.prefix)
		}
	}
	return out
}

// Len returns how many items there are, those that are over included.
func (s *Set) Len() int { return len(s.items) }
