package retain

import (
	"encoding/binary"
	"errors"
)

// A handle is 64 bits in the table: the block of its record and the slot there, how many hold it, and the record's
// length. Of a free one the upper half is the next free handle.
const (
	blockBits = 22
	slotBits  = 12
	refBits   = 14
	lenBits   = 16

	maxBlocks = 1 << blockBits
	maxSlots  = 1 << slotBits
	maxRefs   = 1<<refBits - 1
	maxLen    = 1<<lenBits - 1 // and more: the block knows

	lenShift   = 0
	refShift   = lenShift + lenBits
	slotShift  = refShift + refBits
	blockShift = slotShift + slotBits

	freeShift = 32 // above the references, of which a free one has none

	entrySize    = 8
	chunkEntries = 8192
)

type handle uint64

func newHandle(block, slot uint32, size int) handle {
	return handle(block)<<blockShift | handle(slot)<<slotShift | 1<<refShift | handle(min(size, maxLen))<<lenShift //nolint:gosec // lengths are not negative
}

func (h handle) block() uint32        { return uint32(h >> blockShift) }
func (h handle) slot() uint32         { return uint32(h>>slotShift) & (maxSlots - 1) } //nolint:gosec // its bits
func (h handle) refs() uint32         { return uint32(h>>refShift) & maxRefs }         //nolint:gosec // its bits
func (h handle) len() int             { return int(h>>lenShift) & maxLen }             //nolint:gosec // its bits
func (h handle) hold(n uint32) handle { return h&^(maxRefs<<refShift) | handle(n)<<refShift }

func (h handle) moved(block, slot uint32) handle {
	return handle(block)<<blockShift | handle(slot)<<slotShift | h&(1<<slotShift-1)
}

// table is the handles, in chunks so that growing does not copy them.
type table struct {
	chunks [][]byte
	top    uint32         // handles that were ever given out, and None
	free   uint32         // the first free one, 0 for none
	more   map[Ref]uint64 // references beyond those that fit
}

var errHandles = errors.New("there are no handles left")

func (t *table) at(r uint32) handle {
	return handle(binary.LittleEndian.Uint64(t.chunks[r/chunkEntries][r%chunkEntries*entrySize:]))
}

func (t *table) set(r uint32, h handle) {
	binary.LittleEndian.PutUint64(t.chunks[r/chunkEntries][r%chunkEntries*entrySize:], uint64(h))
}

// alive returns a handle that has references.
func (t *table) alive(r Ref) (handle, bool) {
	if r == None || uint32(r) >= t.top {
		return 0, false
	}
	h := t.at(uint32(r))
	return h, h.refs() > 0
}

// next returns the handle that take will give, making room for it.
func (s *Store) next() (uint32, error) {
	t := &s.table
	if t.free != 0 {
		return t.free, nil
	}
	if t.top == 0 {
		t.top = 1
	}
	if t.top == 1<<32-1 {
		return 0, errHandles
	}
	if int(t.top/chunkEntries) >= len(t.chunks) {
		chunk, err := s.alloc(chunkEntries * entrySize)
		if err != nil {
			return 0, err
		}
		t.chunks = append(t.chunks, chunk)
	}
	return t.top, nil
}

// take gives out the handle that next returned.
func (t *table) take(r uint32, h handle) {
	if r == t.free {
		t.free = uint32(t.at(r) >> freeShift)
	} else {
		t.top++
	}
	t.set(r, h)
}

// drop makes a handle free.
func (t *table) drop(r Ref) {
	t.set(uint32(r), handle(t.free)<<freeShift)
	t.free = uint32(r)
}
