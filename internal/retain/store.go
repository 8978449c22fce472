// Package retain stores byte records outside the heap behind 32-bit handles with reference counts: what buckets remember
// of their events.
//
// It does not know what a record says, and it keeps nothing beyond the process. Start from [New].
package retain

import "fmt"

// MaxRecord bounds one record, in bytes.
const MaxRecord = 1 << 20

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
	Corrupt  uint64 `json:"corrupt"`  // records that could not be read back
}

// Store keeps records. It belongs to one goroutine. What Get returns depends on what was put alone.
type Store struct {
	mem   Memory
	recs  [][]byte
	refs  []uint32
	free  []Ref
	stats Stats
}

// New makes an empty store that takes its memory from mem.
func New(mem Memory) *Store {
	return &Store{mem: mem, recs: make([][]byte, 1), refs: make([]uint32, 1)}
}

// Put stores a copy of a record and returns a handle with one reference. It fails when the record is longer than
// [MaxRecord], or when there is no memory; the store is then as it was.
func (s *Store) Put(rec []byte) (Ref, error) {
	if len(rec) > MaxRecord {
		return None, fmt.Errorf("a record of %d bytes is too long: at most %d", len(rec), MaxRecord)
	}
	s.stats.Records++
	if n := len(s.free); n > 0 {
		r := s.free[n-1]
		s.free = s.free[:n-1]
		s.recs[r], s.refs[r] = append([]byte(nil), rec...), 1
		return r, nil
	}
	s.recs, s.refs = append(s.recs, append([]byte(nil), rec...)), append(s.refs, 1)
	return Ref(len(s.recs) - 1), nil
}

// Hold adds a reference. Of a handle that is not alive, or None, it does nothing.
func (s *Store) Hold(r Ref) {
	if s.alive(r) {
		s.refs[r]++
	}
}

// Release takes a reference away; with the last one the record goes and the handle may be given out again. Of a handle
// that is not alive, or None, it does nothing.
func (s *Store) Release(r Ref) {
	if !s.alive(r) {
		return
	}
	if s.refs[r]--; s.refs[r] == 0 {
		s.recs[r] = nil
		s.free = append(s.free, r)
		s.stats.Records--
	}
}

// Get appends a record to dst. Of a handle that is not alive, and of a record that cannot be read back (which should not
// be, and is counted), it appends nothing.
func (s *Store) Get(r Ref, dst []byte) []byte {
	if !s.alive(r) {
		return dst
	}
	return append(dst, s.recs[r]...)
}

// Len is the length of a record in bytes, 0 of a handle that is not alive.
func (s *Store) Len(r Ref) int {
	if !s.alive(r) {
		return 0
	}
	return len(s.recs[r])
}

// Bytes is what the store takes from its Memory.
func (s *Store) Bytes() (resident int) { return s.stats.Resident }

// Stats returns what the store holds and did.
func (s *Store) Stats() Stats { return s.stats }

func (s *Store) alive(r Ref) bool { return int(r) < len(s.refs) && s.refs[r] > 0 }
