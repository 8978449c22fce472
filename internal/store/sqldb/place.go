package sqldb

import (
	"crypto/sha256"
	"net/netip"

	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
)

// A place is a value as it is indexed: bytes whose order puts all that lies in a range behind its first address, and that
// are the same for all spellings.
//
//	'4' address (4 bytes) bits      an IPv4 address or range
//	'6' address (16 bytes) bits     an IPv6 address or range
//	't' text                        everything else
const (
	tag4    = '4'
	tag6    = '6'
	tagText = 't'
	tagUUID = 'u'
	tagHash = 'h'
)

// longest is the text that a key holds as it is; longer ones are hashed.
const longest = 255

// prefixPlace is the place of a prefix as [store.Prefix] makes it.
func prefixPlace(p netip.Prefix) []byte {
	if p.Addr().Is4() {
		a := p.Addr().As4()
		return []byte{tag4, a[0], a[1], a[2], a[3], byte(p.Bits())} //nolint:gosec // at most 32
	}
	b := make([]byte, 18)
	a := p.Addr().As16()
	b[0], b[17] = tag6, byte(p.Bits()) //nolint:gosec // at most 128
	copy(b[1:], a[:])
	return b
}

// textPlace is the place of what is no address.
func textPlace(s string) []byte {
	if len(s) > longest {
		h := sha256.Sum256([]byte(s))
		return append([]byte{tagHash}, h[:]...)
	}
	return append([]byte{tagText}, s...)
}

// placeOf is the place of a value, and the value's spelling when the place does not tell it.
func placeOf(scope, value string) (place []byte, spelling any) {
	if p, ok := store.Prefix(scope, value); ok {
		place = prefixPlace(p)
	} else {
		place = textPlace(value)
	}
	if usual(place) != value {
		return place, value
	}
	return place, nil
}

// usual is the spelling of a place's value that goes without saying: an address without mask if it has all its bits.
func usual(place []byte) string {
	switch {
	case len(place) == 6 && place[0] == tag4:
		return spell(netip.AddrFrom4([4]byte(place[1:5])), int(place[5]))
	case len(place) == 18 && place[0] == tag6:
		return spell(netip.AddrFrom16([16]byte(place[1:17])), int(place[17]))
	case len(place) > 0 && place[0] == tagText:
		return string(place[1:])
	}
	return ""
}

func spell(a netip.Addr, bits int) string {
	if bits == a.BitLen() {
		return a.String()
	}
	return netip.PrefixFrom(a, bits).String()
}

// around lists the places of all prefixes that hold one, itself included.
func around(p netip.Prefix) [][]byte {
	list := make([][]byte, 0, p.Bits()+1)
	for bits := range p.Bits() + 1 {
		list = append(list, prefixPlace(netip.PrefixFrom(p.Addr(), bits).Masked()))
	}
	return list
}

// inside gives the first and the last place that a prefix in this one may have. Wider ones with the same first address
// are between them as well, with fewer bits in the last byte.
func inside(p netip.Prefix) (first, last []byte) {
	first = prefixPlace(p)
	last = prefixPlace(p)
	addr := last[1 : len(last)-1]
	for i := range addr {
		host := min(max(8*(i+1)-p.Bits(), 0), 8)
		addr[i] |= byte(1<<host - 1)
	}
	last[len(last)-1] = byte(p.Addr().BitLen()) //nolint:gosec // at most 128
	return first, last
}

// spelled lists the places that a value may have when its scope is not known.
func spelled(value string) [][]byte {
	list := [][]byte{textPlace(value)}
	if p, ok := store.Prefix("ip", value); ok {
		list = append(list, prefixPlace(p))
	}
	return list
}

// uuidKey is what an alert's uuid is looked for by: its bytes if it has the usual form, else its text or the hash of it.
func uuidKey(s string) []byte {
	if id, ok := uuid.Parse(s); ok {
		return append([]byte{tagUUID}, id[:]...)
	}
	return textPlace(s)
}

// uuidCell is a decision's uuid as it is kept: nothing for the one that the ID gives, else its bytes or its text.
func uuidCell(in store.Installation, id int64, text string) any {
	u, ok := uuid.Parse(text)
	switch {
	case !ok:
		return append([]byte{tagText}, text...)
	case u == in.DecisionUUID(id):
		return nil
	}
	return append([]byte{tagUUID}, u[:]...)
}

// uuidOf undoes uuidCell.
func uuidOf(in store.Installation, id int64, cell []byte) string {
	switch {
	case len(cell) == 0:
		return uuid.Format(in.DecisionUUID(id))
	case len(cell) == 17 && cell[0] == tagUUID:
		return uuid.Format([16]byte(cell[1:]))
	}
	return string(cell[1:])
}
