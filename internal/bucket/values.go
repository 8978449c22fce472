package bucket

import "tocsin.example/internal/slab"

// mostFew is how many distinct values of a bucket lie together, as many as a line of the cache holds. Most buckets never
// have more.
const mostFew = 3

// few are the distinct values of a bucket that has few, the oldest first.
type few struct {
	values [mostFew]slab.Digest
	next   uint32
}

// Link is for the slab.
func (f *few) Link() *uint32 { return &f.next }

// value is a distinct value of a bucket that has many. It is found by an index.
type value struct {
	lo, hi uint64
	next   uint32
}

// Link is for the slab.
func (v *value) Link() *uint32 { return &v.next }

// distinct reports whether a value is new to the bucket, and remembers it.
func (s *Store) distinct(n uint32, text string) bool {
	h := s.histories.At(s.records.At(n).more)
	d := slab.Sum(s.key, uint64(n)|1<<63, text)
	if h.newValue == 0 {
		if s.amongFew(h, d) {
			return false
		}
		if s.addFew(h, d) {
			return true
		}
		s.spread(h)
	}
	probe := s.valued.Seek(d.Hash())
	for i := probe.Next(); i != 0; i = probe.Next() {
		if v := s.values.At(i); v.lo == d.Lo && v.hi == d.Hi {
			return false
		}
	}
	if h.numValues >= MaxDistinct {
		s.forget(h)
	}
	s.addValue(h, d)
	return true
}

func (s *Store) amongFew(h *history, d slab.Digest) bool {
	if h.numValues == 0 {
		return false
	}
	f := s.few.At(h.values)
	for i := range h.numValues {
		if f.values[i] == d {
			return true
		}
	}
	return false
}

// addFew remembers a value among the few, if there is room.
func (s *Store) addFew(h *history, d slab.Digest) bool {
	switch h.numValues {
	case mostFew:
		return false
	case 0:
		h.values = s.few.New()
	default:
	}
	s.few.At(h.values).values[h.numValues] = d
	h.numValues++
	s.bytes += weightValue
	return true
}

// spread makes many values of few.
func (s *Store) spread(h *history) {
	n := h.values
	values := s.few.At(n).values
	s.few.Free(n)
	s.bytes -= weightValue * mostFew
	h.values, h.numValues = 0, 0
	for _, d := range values {
		s.addValue(h, d)
	}
}

// addValue remembers a value among many.
func (s *Store) addValue(h *history, d slab.Digest) {
	i := s.values.New()
	v := s.values.At(i)
	v.lo, v.hi = d.Lo, d.Hi
	s.valued.Add(d.Hash(), i)
	if h.newValue == 0 {
		h.values = i
	} else {
		s.values.At(h.newValue).next = i
	}
	h.newValue = i
	h.numValues++
	s.bytes += weightValue
}

// forget forgets the oldest of many values.
func (s *Store) forget(h *history) {
	i := h.values
	v := s.values.At(i)
	s.valued.Remove(slab.Digest{Lo: v.lo, Hi: v.hi}.Hash(), i)
	h.values = v.next
	h.numValues--
	s.values.Free(i)
	s.bytes -= weightValue
}

// forgetAll forgets all values of a bucket that ends.
func (s *Store) forgetAll(h *history) {
	if h.newValue != 0 {
		for h.numValues > 0 {
			s.forget(h)
		}
		return
	}
	if h.numValues > 0 {
		s.few.Free(h.values)
		s.bytes -= weightValue * int(h.numValues)
	}
}
