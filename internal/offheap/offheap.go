// Package offheap gives memory that the garbage collector neither scans nor counts: pages mapped from the system, which
// go back to it as soon as they are freed. Where there is no mmap it gives plain slices.
//
// It is no allocator of small things: a piece takes whole pages, so ask for tens of KiB at least. Start from [Memory].
package offheap

import (
	"fmt"
	"os"
)

// MaxAlloc bounds one piece.
const MaxAlloc = 1 << 30

// Memory hands out pieces of memory and counts them. The zero value works. It belongs to one goroutine.
type Memory struct {
	bytes  int
	pieces int
	peak   int
}

// Alloc returns n zero bytes, which stay until Free is given the same slice. It fails when the system has no more.
func (m *Memory) Alloc(n int) ([]byte, error) {
	if n <= 0 || n > MaxAlloc {
		return nil, fmt.Errorf("allocate %d bytes outside the heap: the size must be from 1 to %d", n, MaxAlloc)
	}
	b, err := alloc(n)
	if err != nil {
		return nil, fmt.Errorf("allocate %d bytes outside the heap: %w", n, err)
	}
	m.bytes += pages(n)
	m.pieces++
	m.peak = max(m.peak, m.bytes)
	return b, nil
}

// Free gives a piece back to the system. Whoever reads it afterwards ends the program, so nothing may point into it;
// only a whole slice that Alloc returned may be given.
func (m *Memory) Free(b []byte) {
	if len(b) == 0 {
		return
	}
	if free(b) {
		m.bytes -= pages(len(b))
		m.pieces--
	}
}

// Bytes is what the pieces take now, in whole pages; Pieces is how many there are.
func (m *Memory) Bytes() int { return m.bytes }

// Pieces is how many pieces are out.
func (m *Memory) Pieces() int { return m.pieces }

// Peak is the most that Bytes ever was.
func (m *Memory) Peak() int { return m.peak }

// pages rounds up to whole pages.
func pages(n int) int {
	page := os.Getpagesize()
	return (n + page - 1) / page * page
}
