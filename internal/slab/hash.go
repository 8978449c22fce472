package slab

import (
	"math/bits"
	"math/rand/v2"
)

// Digest stands for a text. Two texts have one digest with a probability of 2^-128, if nobody knows the key.
type Digest struct{ Lo, Hi uint64 }

// Hash is the digest's hash for an [Index].
func (d Digest) Hash() uint32 { return uint32(d.Lo) } //nolint:gosec // the low half of it

// With returns the digest of the text and a number: as good as one of both, for as many numbers as there are scenarios.
func (d Digest) With(number uint64) Digest {
	// An odd factor gives each number a hash of its own; the lower half is that of Fibonacci hashing, which spreads them.
	return Digest{d.Lo + number*0xd1342543_9e3779b1, d.Hi}
}

// Key is the key of a keyed hash, so that nobody can choose texts that collide.
type Key struct{ K0, K1 uint64 }

// NewKey returns a random key.
func NewKey() Key { return Key{rand.Uint64(), rand.Uint64()} } //nolint:gosec // a ChaCha8 that the system seeds

// Sum returns the digest of a number and a text: SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012) of the number's
// eight bytes, the lowest first, and those of the text.
//
// hot:
func Sum[T string | []byte](k Key, number uint64, text T) Digest {
	a, b := k.K0^0x736f6d6570736575, k.K1^0x646f72616e646f6d^0xee
	c, d := k.K0^0x6c7967656e657261, k.K1^0x7465646279746573
	last := (uint64(len(text)) + 8) << 56
	for word := number; ; { // the state stays in registers: methods on it took half as long again
		d ^= word
		a, b, c, d = round(a, b, c, d)
		a, b, c, d = round(a, b, c, d)
		a ^= word
		if len(text) < 8 {
			break
		}
		word = uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		text = text[8:]
	}
	for i := range len(text) {
		last |= uint64(text[i]) << (8 * i)
	}
	d ^= last
	a, b, c, d = round(a, b, c, d)
	a, b, c, d = round(a, b, c, d)
	a ^= last
	c ^= 0xee
	for range 4 {
		a, b, c, d = round(a, b, c, d)
	}
	lo := a ^ b ^ c ^ d
	b ^= 0xdd
	for range 4 {
		a, b, c, d = round(a, b, c, d)
	}
	return Digest{lo, a ^ b ^ c ^ d}
}

func round(a, b, c, d uint64) (v0, v1, v2, v3 uint64) {
	a += b
	c += d
	b = bits.RotateLeft64(b, 13) ^ a
	d = bits.RotateLeft64(d, 16) ^ c
	a = bits.RotateLeft64(a, 32) + d
	c += b
	b = bits.RotateLeft64(b, 17) ^ c
	d = bits.RotateLeft64(d, 21) ^ a
	return a, b, bits.RotateLeft64(c, 32), d
}
