package bucket

import (
	"unsafe"

	"tocsin.example/internal/slab"
)

// SetHashKey sets the key of an empty Store's hashes.
func (s *Store) SetHashKey(a, b uint64) { s.key = slab.Key{K0: a, K1: b} }

// RecordBytes is how large the record of a bucket is.
const RecordBytes = unsafe.Sizeof(record{})

// SizeOf rounds a weight as it is noted.
func SizeOf(weight int) int { return sizeOf(weight).weight() }

// Light reports whether the scenario's conditions can do without the events.
func (s *Scenario) Light() bool { return s.light }
