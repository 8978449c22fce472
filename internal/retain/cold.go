package retain

import (
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/zstd"
)

// plains is how many decompressed blocks are kept: an overflow reads neighbours.
const plains = 4

// cold compresses pages and reads them again.
type cold struct {
	enc    *zstd.Encoder
	dec    *zstd.Decoder // knows all dictionaries
	dicts  [maxDicts]dict
	dict   uint8  // that enc uses
	young  int    // blocks until the next one is learnt
	image  []byte // of a page that is being compressed
	packed []byte
	cache  [plains]plain
	next   int // of cache, to be used for the next block
}

// plain is a compressed block that was read.
type plain struct {
	id   uint32 // none when there is nothing in it
	buf  []byte // all of it
	body []byte // the records
	refs []uint32
	ends []uint32
}

func (p *plain) record(slot int) []byte {
	start := uint32(0)
	if slot > 0 {
		start = p.ends[slot-1]
	}
	return p.body[start:p.ends[slot]]
}

// The image of a block is the number of its records, the differences of their handles, their lengths beyond the
// shortest, and the records. A record that is dead when its block is compressed keeps its slot and has no bytes.

// retire compresses the oldest of the hot pages, if most of it is alive, or else moves what is alive to the page of
// survivors.
func (s *Store) retire() error {
	id := s.hot[0]
	b := &s.blocks[id]
	if b.dead*8 > b.used {
		// By number: the table of blocks may move.
		if err := s.move(id, int(b.count), func(slot int) (uint32, []byte) { return s.blocks[id].record(slot) }); err != nil {
			return err
		}
		s.hot = append(s.hot[:0], s.hot[1:]...)
		s.drop(id)
		return nil
	}
	if err := s.seal(id); err != nil {
		return err
	}
	s.hot = append(s.hot[:0], s.hot[1:]...)
	return nil
}

// seal makes a compressed block of a page.
func (s *Store) seal(id uint32) error {
	b := &s.blocks[id]
	c := &s.cold
	image := binary.AppendUvarint(c.image[:0], uint64(b.count)) //nolint:gosec // not negative
	last := int64(0)
	for slot := range int(b.count) {
		r, _ := b.entry(slot)
		image = binary.AppendVarint(image, int64(r)-last-1)
		last = int64(r)
	}
	shortest := pageSize
	for slot := range int(b.count) {
		if r, rec := b.record(slot); s.at(r, id, slot) {
			shortest = min(shortest, len(rec))
		}
	}
	image = binary.AppendUvarint(image, uint64(shortest))
	for slot := range int(b.count) {
		n := 0 // of a dead one
		if r, rec := b.record(slot); s.at(r, id, slot) {
			n = len(rec) - shortest + 1
		}
		image = binary.AppendUvarint(image, uint64(n)) //nolint:gosec // not negative
	}
	for slot := range int(b.count) {
		if r, rec := b.record(slot); s.at(r, id, slot) {
			image = append(image, rec...)
		}
	}
	s.cold.learn(image)
	return s.press(id, image)
}

// at reports whether a handle's record is in this place.
func (s *Store) at(r, id uint32, slot int) bool {
	h, ok := s.table.alive(Ref(r))
	return ok && h.block() == id && int(h.slot()) == slot
}

// press compresses an image into an arena and makes it the block's.
func (s *Store) press(id uint32, image []byte) error {
	c := &s.cold
	c.image = image
	if c.enc == nil {
		c.open()
	}
	c.packed = c.enc.EncodeAll(image, c.packed[:0])
	piece, arena, err := s.piece(id, len(c.packed))
	if err != nil {
		return err
	}
	copy(piece, c.packed)
	b := &s.blocks[id]
	if b.data != nil {
		s.freePage(b.data)
	}
	b.data, b.arena, b.used, b.dead = piece, int32(arena), 0, 0 //nolint:gosec // few arenas
	s.packed += int(b.count)
	s.sound += int(b.live)
	b.dict = c.dict
	c.dicts[c.dict].blocks++
	s.stats.Retired += uint64(b.live) //nolint:gosec // not negative
	if cap(c.image) > 4*pageSize {
		c.image, c.packed = nil, nil // of one long record
	}
	return nil
}

// putLarge stores a record that is too long for a page as a block of its own.
func (s *Store) putLarge(r uint32, rec []byte) (Ref, error) {
	id, err := s.number()
	if err != nil {
		return None, err
	}
	image := binary.AppendUvarint(s.cold.image[:0], 1)
	image = binary.AppendVarint(image, int64(r)-1)
	image = binary.AppendUvarint(binary.AppendUvarint(image, uint64(len(rec))), 1)
	s.blocks[id] = block{count: 1, live: 1}
	if err := s.press(id, append(image, rec...)); err != nil {
		s.blocks[id] = block{}
		s.unused = append(s.unused, id)
		return None, err
	}
	s.table.take(r, newHandle(id, 0, len(rec)))
	s.stats.Records++
	return Ref(r), nil
}

// repack moves the records of a compressed block that are left to the page of survivors. Without memory it leaves them
// where they are, until the next is released.
func (s *Store) repack(id uint32) {
	p := s.plain(id)
	if p == nil {
		return // what is left in it is lost, and counted when it is asked for
	}
	before := s.blocks[id].live
	err := s.move(id, len(p.refs), func(slot int) (uint32, []byte) { return p.refs[slot], p.record(slot) })
	s.stats.Repacked += uint64(before - s.blocks[id].live) //nolint:gosec // it can only fall
	if err == nil && s.blocks[id].live == 0 {
		s.drop(id)
	}
}

// move moves the records of a block that are alive to the page of survivors, which is compressed when it is full.
func (s *Store) move(id uint32, count int, record func(slot int) (uint32, []byte)) error {
	for slot := range count {
		r, rec := record(slot)
		if !s.at(r, id, slot) {
			continue
		}
		if s.pack == none || !s.blocks[s.pack].room(len(rec)) {
			if s.pack != none {
				if err := s.seal(s.pack); err != nil {
					return err
				}
				s.pack = none
			}
			page, err := s.page()
			if err != nil {
				return err
			}
			s.pack = page
		}
		to := s.blocks[s.pack].add(r, rec)
		s.table.set(r, s.table.at(r).moved(s.pack, to))
		b := &s.blocks[id]
		b.live--
		b.dead += int32(len(rec)) //nolint:gosec // bounded by pageSize
		if b.arena >= 0 {
			s.sound--
		}
	}
	return nil
}

// plain reads a compressed block, nil when it is broken.
func (s *Store) plain(id uint32) *plain {
	c := &s.cold
	for i := range c.cache {
		if c.cache[i].id == id {
			return &c.cache[i]
		}
	}
	p := &c.cache[c.next]
	c.next = (c.next + 1) % plains
	p.id = none
	s.stats.Unpacked++
	if err := p.read(c.dec, s.blocks[id].data); err != nil {
		return nil
	}
	p.id = id
	return p
}

// forget drops what was read of a block that is gone.
func (c *cold) forget(id uint32) {
	for i := range c.cache {
		if p := &c.cache[i]; p.id == id {
			p.id = none
			if cap(p.buf) > 4*pageSize {
				*p = plain{}
			}
		}
	}
}

var errCorrupt = errors.New("a compressed block is broken")

func (p *plain) read(dec *zstd.Decoder, data []byte) error {
	buf, err := dec.DecodeAll(data, p.buf[:0])
	if err != nil {
		return err
	}
	p.buf, p.refs, p.ends = buf, p.refs[:0], p.ends[:0]
	count, n := binary.Uvarint(buf)
	if n <= 0 || count > maxSlots {
		return errCorrupt
	}
	buf = buf[n:]
	last := int64(0)
	for range count {
		d, n := binary.Varint(buf)
		if n <= 0 {
			return errCorrupt
		}
		buf = buf[n:]
		last += d + 1
		p.refs = append(p.refs, uint32(last)) //nolint:gosec // checked against the handle
	}
	shortest, n := binary.Uvarint(buf)
	if n <= 0 || shortest > MaxRecord {
		return errCorrupt
	}
	buf = buf[n:]
	end := uint64(0)
	for range count {
		more, n := binary.Uvarint(buf)
		if n <= 0 || more > MaxRecord {
			return errCorrupt
		}
		buf = buf[n:]
		if more > 0 {
			end += shortest + more - 1
		}
		p.ends = append(p.ends, uint32(end))
	}
	if end != uint64(len(buf)) {
		return errCorrupt
	}
	p.body = buf
	return nil
}
