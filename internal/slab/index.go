package slab

import "unsafe"

const (
	// segmentLen is how many places a segment of an Index has: 1,000,000 numbers, the usual limit, fill 1,024 segments to
	// three quarters.
	segmentLen = 1280
	// segmentMost is how many of them are taken before the segment is split.
	segmentMost = 1088
	// maxDepth bounds how often a segment is split. Deeper would take more than segmentMost numbers whose keyed hashes
	// agree in 24 bits.
	maxDepth = 24
)

// Index finds numbers by the hashes that they were added with. Several numbers may have one hash: the caller compares
// what they stand for. It grows by one small segment at a time, so no step takes long or needs the memory twice. Its zero
// value is empty. It belongs to one goroutine.
//
// The Index is a directory of open-addressed segments: the low bits of a hash choose the segment, the high bits the place
// in it.
type Index struct {
	dir   []*segment // 1<<depth, the same one several times when it is not split as deep
	depth uint
	made  int // segments
}

type segment struct {
	slots [segmentLen]slot
	used  int
	depth uint
}

type slot struct {
	hash   uint32
	number uint32 // 0: empty
}

func home(hash uint32) uint32 { return uint32(uint64(hash) * segmentLen >> 32) }

func after(place uint32) uint32 {
	if place++; place < segmentLen {
		return place
	}
	return 0
}

// Probe walks over the numbers of one hash.
type Probe struct {
	seg  *segment
	at   uint32
	hash uint32
}

// Seek begins a walk over the numbers that were added with a hash. The Index must not change while it lasts.
//
// hot:
func (x *Index) Seek(hash uint32) Probe {
	if len(x.dir) == 0 {
		return Probe{}
	}
	return Probe{seg: x.dir[hash&(1<<x.depth-1)], at: home(hash), hash: hash}
}

// Next returns the next number, 0 when there is none left.
//
// hot:
func (p *Probe) Next() uint32 {
	if p.seg == nil {
		return 0
	}
	for {
		s := p.seg.slots[p.at]
		if s.number == 0 {
			return 0
		}
		p.at = after(p.at)
		if s.hash == p.hash {
			return s.number
		}
	}
}

// Touch reads where a walk over the numbers of a hash begins, and returns what stands there, which means nothing: reading
// several such places one behind the other, they come into the cache together.
//
// hot:
func (x *Index) Touch(hash uint32) uint32 {
	if len(x.dir) == 0 {
		return 0
	}
	return x.dir[hash&(1<<x.depth-1)].slots[home(hash)].number
}

// Add adds a number, which is not 0, under a hash.
func (x *Index) Add(hash, number uint32) {
	if len(x.dir) == 0 {
		x.dir, x.made = []*segment{{}}, 1
	}
	seg := x.dir[hash&(1<<x.depth-1)]
	for seg.used >= segmentMost {
		x.split(seg, hash)
		seg = x.dir[hash&(1<<x.depth-1)]
	}
	seg.add(slot{hash, number})
}

func (seg *segment) add(s slot) {
	at := home(s.hash)
	for seg.slots[at].number != 0 {
		at = after(at)
	}
	seg.slots[at] = s
	seg.used++
}

// split halves a segment by the next bit of the hashes in it. hash is one of those that the directory leads there with.
func (x *Index) split(seg *segment, hash uint32) {
	if seg.depth >= maxDepth {
		panic("slab: more numbers have nearly the same hash than a keyed hash can give")
	}
	if seg.depth == x.depth {
		x.dir = append(x.dir, x.dir...)
		x.depth++
	}
	bit := uint32(1) << seg.depth
	seg.depth++
	other := &segment{depth: seg.depth}
	x.made++
	for i := hash&(bit-1) | bit; i < uint32(len(x.dir)); i += bit << 1 { //nolint:gosec // at most 1<<maxDepth
		x.dir[i] = other
	}
	old := seg.slots
	seg.slots, seg.used = [segmentLen]slot{}, 0
	for _, s := range &old {
		switch {
		case s.number == 0:
		case s.hash&bit == 0:
			seg.add(s)
		default:
			other.add(s)
		}
	}
}

// Remove takes a number away that was added under a hash, and reports whether it was there.
func (x *Index) Remove(hash, number uint32) bool {
	seg, at, ok := x.find(hash, number)
	if !ok {
		return false
	}
	// What stands behind the gap moves into it, unless it would come to stand before its home.
	for next := after(at); seg.slots[next].number != 0; next = after(next) {
		if ahead(home(seg.slots[next].hash), next) >= ahead(at, next) {
			seg.slots[at] = seg.slots[next]
			at = next
		}
	}
	seg.slots[at] = slot{}
	seg.used--
	return true
}

// ahead is how many places b stands behind a, around the end.
func ahead(a, b uint32) uint32 {
	if b >= a {
		return b - a
	}
	return b + segmentLen - a
}

// Replace puts a number into the place of another one of the same hash, and reports whether that was there.
func (x *Index) Replace(hash, old, number uint32) bool {
	seg, at, ok := x.find(hash, old)
	if ok {
		seg.slots[at].number = number
	}
	return ok
}

func (x *Index) find(hash, number uint32) (seg *segment, at uint32, ok bool) {
	if len(x.dir) == 0 {
		return nil, 0, false
	}
	seg = x.dir[hash&(1<<x.depth-1)]
	for at = home(hash); seg.slots[at].number != 0; at = after(at) {
		if seg.slots[at] == (slot{hash, number}) {
			return seg, at, true
		}
	}
	return nil, 0, false
}

// Bytes is how much memory the Index takes.
func (x *Index) Bytes() int {
	return x.made*int(unsafe.Sizeof(segment{})) + cap(x.dir)*int(unsafe.Sizeof(&segment{}))
}
