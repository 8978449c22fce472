package retain

import "slices"

// arenaSize is how much memory is asked for at a time for compressed blocks.
const arenaSize = 512 << 10

// arena is memory that compressed blocks are written into one behind the other.
type arena struct {
	mem    []byte // nil when the number is not used
	used   int
	live   int      // bytes of blocks that are there still
	blocks []uint32 // that were written into it
}

// piece finds room for a block in the arena that is being filled, or in a new one.
func (s *Store) piece(id uint32, size int) ([]byte, int, error) {
	if s.log < 0 || len(s.arenas[s.log].mem)-s.arenas[s.log].used < size {
		n, err := s.newArena(max(arenaSize, size))
		if err != nil {
			return nil, 0, err
		}
		s.log = n
		for i := range s.arenas { // few: one for some 15,000 records
			if i != n && s.arenas[i].mem != nil {
				s.compact(i)
			}
		}
	}
	if len(s.arenas[s.log].mem)-s.arenas[s.log].used < size { // what was compacted took it
		return s.piece(id, size)
	}
	return s.arenas[s.log].take(id, size), s.log, nil
}

func (a *arena) take(id uint32, size int) []byte {
	out := a.mem[a.used : a.used+size : a.used+size]
	a.used += size
	a.live += size
	a.blocks = append(a.blocks, id)
	return out
}

func (s *Store) newArena(size int) (int, error) {
	mem, err := s.alloc(size)
	if err != nil {
		return 0, err
	}
	n := slices.IndexFunc(s.arenas, func(a arena) bool { return a.mem == nil })
	if n < 0 {
		n = len(s.arenas)
		s.arenas = append(s.arenas, arena{})
	}
	s.arenas[n] = arena{mem: mem, blocks: s.arenas[n].blocks[:0]}
	return n, nil
}

// freePiece takes the bytes of a block off its arena.
func (s *Store) freePiece(b *block) {
	n := int(b.arena)
	s.arenas[n].live -= len(b.data)
	b.data = nil
	if n != s.log {
		s.compact(n)
	}
}

// compact moves what is left in an arena that is less than half full to the one that is being filled, as far as there is
// room.
func (s *Store) compact(n int) {
	a := &s.arenas[n]
	if a.live*2 > len(a.mem) {
		return
	}
	if a.live > 0 {
		if s.log < 0 || len(s.arenas[s.log].mem)-s.arenas[s.log].used < a.live {
			return // it will be looked at again when it loses the next block
		}
		for _, id := range a.blocks {
			b := &s.blocks[id]
			if b.data == nil || int(b.arena) != n {
				continue
			}
			to := s.arenas[s.log].take(id, len(b.data))
			copy(to, b.data)
			b.data, b.arena = to, int32(s.log) //nolint:gosec // few arenas
		}
	}
	s.freeArena(n)
}

func (s *Store) freeArena(n int) {
	s.release(s.arenas[n].mem)
	s.arenas[n] = arena{blocks: s.arenas[n].blocks[:0]}
}
