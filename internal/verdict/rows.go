package verdict

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"tocsin.example/internal/slab"
	"tocsin.example/internal/uuid"
)

// kind is what a record's value is.
type kind uint8

const (
	textual kind = iota // no address or range
	four                // an IPv4 address
	six                 // an IPv6 address
	ranged              // a range
)

// What a record's flags say.
const (
	isEnded   = 1 << iota // by a change; end leads to it
	isShared              // others have or had the same value: it stands in a chain
	isStray               // its ID is in rows.strays
	isDead                // it is being forgotten
	isFamily              // uuid is a number of rows.families
	isForeign             // uuid is a number of rows.wide
	isOdd                 // uuid is a number of rows.texts
	isLoose               // dead, and out of its chain
)

// record is a decision in 40 bytes. Numbers that are larger than 32 bits have 48.
type record struct {
	seqLo, idLo, untilLo uint32
	seqHi, idHi, untilHi uint16
	kind                 kind
	flags                uint8
	value                uint32 // the address if it is IPv4, else a number of rows.wide, spans or texts
	tuple                uint32 // a number of tuples
	next                 uint32 // the one that began before it, of those with the same value
	end                  uint32 // a number of ends
	uuid                 uint32
}

// Link is where a free record keeps a number.
func (r *record) Link() *uint32 { return &r.next }

func (r *record) seq() uint64  { return uint64(r.seqHi)<<32 | uint64(r.seqLo) }
func (r *record) until() int64 { return int64(r.untilHi)<<32 | int64(r.untilLo) }
func (r *record) id() int64    { return int64(r.idHi)<<32 | int64(r.idLo) } // of a stray, that of one before it

func (r *record) is(flag uint8) bool { return r.flags&flag != 0 }

// wide is an IPv6 address or a UUID.
type wide struct{ w [4]uint32 }

// Link is where a free one keeps a number.
func (w *wide) Link() *uint32 { return &w.w[0] }

func (w *wide) set(b [16]byte) {
	for i := range w.w {
		w.w[i] = binary.BigEndian.Uint32(b[4*i:])
	}
}

func (w *wide) bytes() (b [16]byte) {
	for i, v := range w.w {
		binary.BigEndian.PutUint32(b[4*i:], v)
	}
	return b
}

// span is a range: an address as IPv6, its bits, and whether it is IPv4.
type span struct {
	wide
	bits uint8
	v4   bool
}

// texts hold texts under numbers from 0.
type texts struct {
	list []string
	free []uint32
}

func (t *texts) put(s string) uint32 {
	s = strings.Clone(s) // it may be part of something large
	if k := len(t.free); k > 0 {
		n := t.free[k-1]
		t.free = t.free[:k-1]
		t.list[n] = s
		return n
	}
	t.list = append(t.list, s)
	return uint32(len(t.list) - 1) //nolint:gosec // as many as records, at most twice
}

func (t *texts) drop(n uint32) {
	t.list[n] = ""
	t.free = append(t.free, n)
}

// rows are decisions, and what of them does not fit into a record.
type rows struct {
	records slab.Slab[record, *record]
	wide    slab.Slab[wide, *wide]
	spans   slab.Slab[span, *span]
	texts   texts
	// families are the first halves of UUIDs whose second half is the decision's ID.
	families []uint64
	foreign  int // decisions with another UUID
	// strays are the IDs of decisions that began after one with a greater ID; strayed leads back. Stores number decisions
	// in the order of their changes, so they are few.
	strays  map[uint32]int64
	strayed map[int64]uint32
}

// maxFamilies bounds rows.families: there is one for each installation that the decisions of a store come from.
const maxFamilies = 256

// lowID is the part of a UUID's second half that may be a decision's ID.
const lowID = 1<<62 - 1

func (t *rows) at(n uint32) *record { return t.records.At(n) }

func (t *rows) id(n uint32) int64 {
	if r := t.at(n); !r.is(isStray) {
		return r.id()
	}
	return t.strays[n]
}

// setNumbers gives a record its numbers. last is the greatest ID so far.
func (t *rows) setNumbers(n uint32, seq uint64, until, id, last int64) {
	r := t.at(n)
	if id <= last || id >= 1<<48 {
		r.flags |= isStray
		if t.strays == nil {
			t.strays, t.strayed = map[uint32]int64{}, map[int64]uint32{}
		}
		t.strays[n], t.strayed[id] = id, n
		id = last
	}
	//nolint:gosec // of 48 bits each
	r.seqLo, r.seqHi, r.idLo, r.idHi, r.untilLo, r.untilHi = uint32(seq), uint16(seq>>32), uint32(id), uint16(id>>32), uint32(until), uint16(until>>32)
}

func (t *rows) setValue(n uint32, v value) {
	r := t.at(n)
	r.kind = v.kind
	switch v.kind {
	case four:
		r.value = binary.BigEndian.Uint32(v.addr[12:])
	case six:
		r.value = t.wide.New()
		t.wide.At(r.value).set(v.addr)
	case ranged:
		r.value = t.spans.New()
		s := t.spans.At(r.value)
		s.set(v.addr)
		s.bits, s.v4 = v.bits, v.v4
	default:
		r.value = t.texts.put(v.text)
	}
}

// value is a record's value.
//
// hot:
func (t *rows) value(n uint32) value {
	r := t.at(n)
	switch r.kind {
	case four:
		return fourOf(r.value)
	case six:
		return value{kind: six, addr: t.wide.At(r.value).bytes()}
	case ranged:
		s := t.spans.At(r.value)
		return value{kind: ranged, addr: s.bytes(), bits: s.bits, v4: s.v4}
	default:
		return value{text: t.texts.list[r.value]}
	}
}

func (t *rows) setUUID(n uint32, s string) {
	r := t.at(n)
	u, ok := uuid.Parse(s)
	switch {
	case s == "":
		return
	case !ok:
		r.flags |= isOdd
		r.uuid = t.texts.put(s)
		t.foreign++
		return
	}
	if family, id := halves(u); id == t.id(n) {
		if k, ok := t.family(family); ok {
			r.flags |= isFamily
			r.uuid = k
			return
		}
	}
	r.flags |= isForeign
	r.uuid = t.wide.New()
	t.wide.At(r.uuid).set(u)
	t.foreign++
}

// halves are the parts of a UUID that may be a family and an ID; the ID is negative if it is none.
func halves(u [16]byte) (family uint64, id int64) {
	low := binary.BigEndian.Uint64(u[8:])
	if low>>62 != 0b10 {
		return 0, -1
	}
	return binary.BigEndian.Uint64(u[:8]), int64(low & lowID)
}

// family finds or adds a family, unless there are too many.
func (t *rows) family(family uint64) (uint32, bool) {
	for k, f := range t.families {
		if f == family {
			return uint32(k), true
		}
	}
	if len(t.families) == maxFamilies {
		return 0, false
	}
	t.families = append(t.families, family)
	return uint32(len(t.families) - 1), true //nolint:gosec // likewise
}

// uuid is a record's UUID, if it has one in the usual form.
func (t *rows) uuid(n uint32) (u [16]byte, ok bool) {
	r := t.at(n)
	switch {
	case r.is(isFamily):
		binary.BigEndian.PutUint64(u[:], t.families[r.uuid])
		binary.BigEndian.PutUint64(u[8:], uint64(t.id(n))|1<<63) //nolint:gosec // it came from there
		return u, true
	case r.is(isForeign):
		return t.wide.At(r.uuid).bytes(), true
	default:
		return u, false
	}
}

// free gives a record back with all that belongs to it.
func (t *rows) free(n uint32) {
	r := t.at(n)
	switch r.kind {
	case four:
	case six:
		t.wide.Free(r.value)
	case ranged:
		t.spans.Free(r.value)
	default:
		t.texts.drop(r.value)
	}
	switch {
	case r.is(isForeign):
		t.wide.Free(r.uuid)
		t.foreign--
	case r.is(isOdd):
		t.texts.drop(r.uuid)
		t.foreign--
	}
	if r.is(isStray) {
		delete(t.strayed, t.strays[n])
		delete(t.strays, n)
	}
	t.records.Free(n)
}

// value is what a decision is about, in a form that is equal for what is the same.
type value struct {
	kind kind
	v4   bool     // a range is IPv4
	bits uint8    // of a range
	addr [16]byte // an IPv4 address is mapped into IPv6
	text string
}

func fourOf(addr uint32) value {
	v := value{kind: four, addr: [16]byte{10: 0xff, 11: 0xff}}
	binary.BigEndian.PutUint32(v.addr[12:], addr)
	return v
}

// valueOf is the value of an address or range.
func valueOf(p netip.Prefix, address bool) value {
	a := p.Addr()
	switch {
	case !address:
		return value{kind: ranged, addr: a.As16(), bits: uint8(p.Bits()), v4: a.Is4()} //nolint:gosec // at most 128
	case a.Is4():
		return value{kind: four, addr: a.As16()}
	default:
		return value{kind: six, addr: a.As16()}
	}
}

// prefix is the address or range; the zero prefix if it is none.
func (v *value) prefix() netip.Prefix {
	a := netip.AddrFrom16(v.addr)
	switch {
	case v.kind == four:
		return netip.PrefixFrom(a.Unmap(), 32)
	case v.kind == six:
		return netip.PrefixFrom(a, 128)
	case v.kind == ranged && v.v4:
		return netip.PrefixFrom(a.Unmap(), int(v.bits))
	case v.kind == ranged:
		return netip.PrefixFrom(a, int(v.bits))
	default:
		return netip.Prefix{}
	}
}

// append writes the value unless it is a text.
func (v *value) append(b []byte) []byte {
	switch v.kind {
	case four, six:
		return v.prefix().Addr().AppendTo(b)
	case ranged:
		return v.prefix().AppendTo(b)
	default:
		return b
	}
}
