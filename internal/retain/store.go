// Package retain stores byte records outside the heap behind 32-bit handles with reference counts: what buckets remember
// of their events.
//
// Fresh records go to pages. Most are released soon; the few of an old page that are not are compressed together, and
// packed again with others when most of them are gone. The package does not know what a record says, and it keeps
// nothing beyond the process. Start from [New].
package retain

import (
	"errors"
	"fmt"
	"slices"
)

const (
	// MaxRecord bounds one record, in bytes.
	MaxRecord = 1 << 20

	// hotPages is how many full pages wait before the oldest is compressed. It is 8 MiB, some 50,000 events: what
	// overflows soon is not compressed at all.
	hotPages = 128
	// sparePages is how many empty pages are kept for what comes next.
	sparePages = 2
	// maxInPage bounds the records that go to pages; a longer one is compressed at once.
	maxInPage = pageSize / 4
)

// Ref is the handle of a record. A handle is used again after its record's last Release.
type Ref uint32

// None is no record.
const None Ref = 0

// Memory gives pieces of memory outside the heap, zeroed. Free takes a whole piece back.
type Memory interface {
	Alloc(n int) ([]byte, error)
	Free([]byte)
}

// Stats say what a Store holds and did.
type Stats struct {
	Records  int    `json:"records"`  // alive
	Resident int    `json:"resident"` // bytes taken from Memory
	Packed   int    `json:"packed"`   // bytes of these that compressed records take
	Retired  uint64 `json:"retired"`  // records that were compressed, each time
	Repacked uint64 `json:"repacked"` // records that moved, since too few of their neighbours were left
	Unpacked uint64 `json:"unpacked"` // compressed blocks that were read
	Corrupt  uint64 `json:"corrupt"`  // records that could not be read back
}

// Store keeps records. It belongs to one goroutine. What Get returns depends on what was put alone.
type Store struct {
	mem    Memory
	table  table
	blocks []block
	unused []uint32 // numbers of blocks
	open   uint32   // the page that fresh records go to
	pack   uint32   // the page that survivors go to
	hot    []uint32 // full pages, the oldest first
	spare  [][]byte
	arenas []arena
	log    int // the arena that is being filled, -1 for none
	cold   cold
	packed int // records in compressed blocks, dead ones too
	sound  int // records of these that are alive
	stats  Stats
}

// block is a page, or a compressed block.
type block struct {
	data  []byte // of a page, or of a compressed block its piece of an arena; nil when the number is not used
	arena int32  // -1 for a page
	count int32  // records, dead ones too
	live  int32  // records that are referred to
	used  int32  // bytes of records in a page
	dead  int32  // bytes of these that are dead
	dict  uint8  // that it was compressed with
}

// none is the number of no block: the first one is never used.
const none = 0

// New makes an empty store that takes its memory from mem.
func New(mem Memory) *Store {
	return &Store{mem: mem, blocks: make([]block, 1), log: -1}
}

var errBlocks = errors.New("there are no blocks left")

// Put stores a copy of a record and returns a handle with one reference. It fails when the record is longer than
// [MaxRecord], or when there is no memory; the store then holds what it held.
//
// hot: once an event that a bucket retains
func (s *Store) Put(rec []byte) (Ref, error) {
	if len(rec) > MaxRecord {
		return None, fmt.Errorf("a record of %d bytes is too long: at most %d", len(rec), MaxRecord)
	}
	r, err := s.next()
	if err != nil {
		return None, err
	}
	if len(rec) > maxInPage {
		return s.putLarge(r, rec)
	}
	if s.open == none || !s.blocks[s.open].room(len(rec)) {
		if err := s.turn(); err != nil {
			return None, err
		}
	}
	slot := s.blocks[s.open].add(r, rec)
	s.table.take(r, newHandle(s.open, slot, len(rec)))
	s.stats.Records++
	return Ref(r), nil
}

// turn opens a new page, and retires the oldest when there are too many.
func (s *Store) turn() error {
	if len(s.hot) >= hotPages {
		if err := s.retire(); err != nil && len(s.hot) >= 2*hotPages {
			return err // else there may be room again later
		}
	}
	id, err := s.page()
	if err != nil {
		return err
	}
	if s.open != none {
		s.shut(s.open)
	}
	s.open = id
	return nil
}

// shut lets a page that was open wait among the hot ones, if anything in it is alive.
func (s *Store) shut(id uint32) {
	if s.blocks[id].live == 0 {
		s.drop(id)
		return
	}
	s.hot = append(s.hot, id)
}

// Hold adds a reference. Of a handle that is not alive, or None, it does nothing.
func (s *Store) Hold(r Ref) {
	h, ok := s.table.alive(r)
	switch n := h.refs(); {
	case !ok:
	case n == maxRefs:
		if s.table.more == nil {
			s.table.more = map[Ref]uint64{}
		}
		s.table.more[r]++
	default:
		s.table.set(uint32(r), h.hold(n+1))
	}
}

// Release takes a reference away; with the last one the record goes and the handle may be given out again. Of a handle
// that is not alive, or None, it does nothing.
//
// hot: once an event that a bucket forgets
func (s *Store) Release(r Ref) {
	h, ok := s.table.alive(r)
	if !ok {
		return
	}
	n := h.refs()
	if n == maxRefs && s.table.more[r] > 0 {
		if s.table.more[r]--; s.table.more[r] == 0 {
			delete(s.table.more, r)
		}
		return
	}
	if n > 1 {
		s.table.set(uint32(r), h.hold(n-1))
		return
	}
	s.table.drop(r)
	s.stats.Records--
	id := h.block()
	b := &s.blocks[id]
	b.live--
	b.dead += int32(h.len()) //nolint:gosec // bounded by maxLen
	s.thin(id)
	if s.stats.Records == 0 {
		s.empty()
	}
}

// thin looks what to do about a block that lost a record.
func (s *Store) thin(id uint32) {
	b := &s.blocks[id]
	switch {
	case b.arena >= 0 && b.live == 0:
		s.sound--
		s.drop(id)
	case b.arena >= 0:
		// When records go in the order of their coming, the rest of the block will follow soon.
		if s.sound--; b.live*2 < b.count && s.sound*4 < s.packed*3 {
			s.repack(id)
		}
	case b.live > 0:
	case id == s.open || id == s.pack:
		b.clear()
	default:
		s.hot = slices.DeleteFunc(s.hot, func(hot uint32) bool { return hot == id })
		s.drop(id)
	}
}

// Get appends a record to dst. Of a handle that is not alive, and of a record that cannot be read back (which should not
// be, and is counted), it appends nothing.
func (s *Store) Get(r Ref, dst []byte) []byte {
	h, ok := s.table.alive(r)
	if !ok {
		return dst
	}
	if b := &s.blocks[h.block()]; b.arena < 0 {
		_, rec := b.record(int(h.slot()))
		return append(dst, rec...)
	}
	p := s.plain(h.block())
	if p == nil || int(h.slot()) >= len(p.refs) || p.refs[h.slot()] != uint32(r) {
		s.stats.Corrupt++
		return dst
	}
	return append(dst, p.record(int(h.slot()))...)
}

// Len is the length of a record in bytes, 0 of a handle that is not alive.
func (s *Store) Len(r Ref) int {
	h, ok := s.table.alive(r)
	if !ok {
		return 0
	}
	if n := h.len(); n < maxLen {
		return n
	}
	return len(s.Get(r, nil))
}

// Bytes is what the store takes from its Memory. Some 2 MB for the compressor and the blocks that were read last are on
// the heap, and do not grow.
func (s *Store) Bytes() (resident int) { return s.stats.Resident }

// Stats returns what the store holds and did.
func (s *Store) Stats() Stats {
	st := s.stats
	for i := range s.arenas {
		st.Packed += s.arenas[i].live
	}
	return st
}

func (s *Store) alloc(n int) ([]byte, error) {
	b, err := s.mem.Alloc(n)
	if err == nil {
		s.stats.Resident += n
	}
	return b, err
}

func (s *Store) release(b []byte) {
	s.stats.Resident -= len(b)
	s.mem.Free(b)
}

// empty gives everything back when nothing is left, but for one chunk of handles and the open page.
func (s *Store) empty() {
	if s.pack != none {
		s.drop(s.pack)
		s.pack = none
	}
	for _, page := range s.spare {
		s.release(page)
	}
	s.spare = s.spare[:0]
	if s.log >= 0 {
		s.freeArena(s.log)
		s.log = -1
	}
	t := &s.table
	if len(t.chunks) > 1 {
		for _, chunk := range t.chunks[1:] {
			s.release(chunk)
		}
		clear(t.chunks[1:])
		t.chunks = t.chunks[:1]
	}
	t.top, t.free = 1, 0
}
