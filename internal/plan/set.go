package plan

import "math/bits"

// A set is a set of bytes and of one thing more: the end of the text.
type set struct {
	bits [4]uint64
	end  bool
}

func everything() set {
	return set{bits: [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}, end: true}
}

// The bytes of all characters that are not ASCII, and of what is no UTF-8.
func high() set { return set{bits: [4]uint64{0, 0, ^uint64(0), ^uint64(0)}} }

// The bytes of a word, as `\b` has it.
func wordBytes() set {
	return set{bits: [4]uint64{0x03ff_0000_0000_0000, 0x07ff_fffe_87ff_fffe}}
}

func only(c byte) set { return set{}.with(c) }

func (s set) with(c byte) set {
	s.bits[c>>6] |= 1 << (c & 63)
	return s
}

func (s set) has(c byte) bool { return s.bits[c>>6]&(1<<(c&63)) != 0 }

func (s set) or(o set) set {
	for i := range s.bits {
		s.bits[i] |= o.bits[i]
	}
	s.end = s.end || o.end
	return s
}

func (s set) and(o set) set {
	for i := range s.bits {
		s.bits[i] &= o.bits[i]
	}
	s.end = s.end && o.end
	return s
}

// not is the complement of s, among the bytes and the end.
func (s set) not() set {
	for i := range s.bits {
		s.bits[i] = ^s.bits[i]
	}
	s.end = !s.end
	return s
}

func (s set) meets(o set) bool  { return s.and(o) != set{} }
func (s set) within(o set) bool { return s.and(o) == s }

// allows reports whether what stands at i in text, a byte or the end, is in s.
func (s set) allows(text string, i int) bool {
	if i >= len(text) {
		return s.end
	}
	return s.has(text[i])
}

// size is the number of bytes in s.
func (s set) size() (n int) {
	for _, b := range s.bits {
		n += bits.OnesCount64(b)
	}
	return n
}

// table is s as a table.
func (s set) table() *[256]bool {
	var t [256]bool
	for i := range t {
		t[i] = s.has(byte(i))
	}
	return &t
}

// allBut returns the only byte that s lacks.
func (s set) allBut() (c byte, ok bool) {
	n := 0
	for i := range 256 {
		if !s.has(byte(i)) {
			c = byte(i)
			n++
		}
	}
	return c, n == 1
}

// single returns the only byte that s has.
func (s set) single() (c byte, ok bool) {
	n := 0
	for i := range 256 {
		if s.has(byte(i)) {
			c = byte(i)
			n++
		}
	}
	return c, n == 1 && !s.end
}

func isWord(c byte) bool {
	return c == '_' || c-'0' < 10 || (c|0x20)-'a' < 26
}
