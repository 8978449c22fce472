// Package slab keeps very many small things without pointers: the garbage collector looks at none of them, and each costs
// little more than its fields.
//
// A [Slab] holds records under numbers, a [Texts] holds short texts under numbers, an [Index] finds numbers by a keyed
// hash ([Key]), a [Heap] keeps numbers in order. Number 0 is nothing. All grow in small steps and give freed places out
// again; none gives memory back.
//
// The package knows no bucket and no event. What it holds is owned by one goroutine, and no result depends on how things
// lie in memory or on the key of the hash. Start from Slab.
package slab

import "unsafe"

// chunkLen is how many records a Slab grows by: few enough that a small Slab is small, many enough that a large one has
// few chunks.
const chunkLen = 1024

// Record is a struct without pointers that lends its Slab a place for a number while it is free.
type Record[T any] interface {
	*T
	// Link is any of the record's fields; the Slab writes to it only while the record is free.
	Link() *uint32
}

// Slab holds records under numbers from 1. Its zero value is empty. It belongs to one goroutine.
type Slab[T any, P Record[T]] struct {
	chunks []*[chunkLen]T
	used   uint32 // the highest number that was ever given out
	free   uint32 // the first of the freed records, which are linked
	live   int
}

// New returns the number of a record that is all zeros.
func (s *Slab[T, P]) New() uint32 {
	s.live++
	if n := s.free; n != 0 {
		r := s.At(n)
		s.free = *P(r).Link()
		var zero T
		*r = zero
		return n
	}
	s.used++
	if int(s.used/chunkLen) >= len(s.chunks) {
		s.chunks = append(s.chunks, new([chunkLen]T))
	}
	return s.used
}

// At returns the record of a number that New gave. The pointer is good until the record is freed.
func (s *Slab[T, P]) At(n uint32) *T { return &s.chunks[n/chunkLen][n%chunkLen] }

// Free gives a record back.
func (s *Slab[T, P]) Free(n uint32) {
	*P(s.At(n)).Link() = s.free
	s.free = n
	s.live--
}

// Len is how many records are in use.
func (s *Slab[T, P]) Len() int { return s.live }

// Bytes is how much memory the Slab takes.
func (s *Slab[T, P]) Bytes() int {
	var chunk [chunkLen]T
	return len(s.chunks)*int(unsafe.Sizeof(chunk)) + cap(s.chunks)*int(unsafe.Sizeof(&chunk))
}
