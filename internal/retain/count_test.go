package retain

import (
	"bytes"
	"slices"
	"testing"
)

// TestCounts: what the store counts along the way is what a recount gives.
func TestCounts(t *testing.T) {
	s := New(heap{})
	var refs []Ref
	rec := []byte("sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2, again and again and again")
	for i := range 300_000 {
		r, err := s.Put(rec[:len(rec)-i%20])
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, r)
		if i%10_000 == 0 {
			s.cold.young = 0 // another dictionary, if an old one is not needed
		}
		if i%3 > 0 {
			at := i * 7919 % len(refs)
			s.Release(refs[at])
			refs[at] = refs[len(refs)-1]
			refs = refs[:len(refs)-1]
		}
	}
	check := func() {
		t.Helper()
		packed, sound, records, blocks := 0, 0, 0, [maxDicts]int{}
		for _, b := range s.blocks {
			records += int(b.live)
			if b.data != nil && b.arena >= 0 {
				packed += int(b.count)
				sound += int(b.live)
				blocks[b.dict]++
			}
		}
		if packed != s.packed || sound != s.sound || records != s.stats.Records || records != len(refs) {
			t.Errorf("counted %d packed, %d of them alive, %d in all; the store says %d, %d, %d", packed, sound, records, s.packed, s.sound, s.stats.Records)
		}
		for i, n := range blocks {
			if s.cold.dicts[i].blocks != n {
				t.Errorf("dictionary %d is used %d times, the store says %d", i, n, s.cold.dicts[i].blocks)
			}
		}
	}
	check()
	slices.Sort(refs) // neighbours are in one block
	for _, r := range refs {
		if got := s.Get(r, nil); !bytes.HasPrefix(rec, got) || len(got) != s.Len(r) || len(got) == 0 {
			t.Fatalf("record %d is %q", r, got)
		}
	}
	if s.packed == 0 || s.sound*2 < s.packed {
		t.Errorf("of %d compressed records %d are alive: want half of them at least", s.packed, s.sound)
	}
	for _, d := range s.cold.dicts[1:] {
		if d.blocks == 0 {
			t.Error("not all dictionaries are in use")
		}
	}
	for _, r := range refs {
		s.Release(r)
	}
	refs = nil
	check()
}

// TestInOrder: what goes in the order of its coming is compressed once.
func TestInOrder(t *testing.T) {
	s := New(heap{})
	var refs []Ref
	for i := range 200_000 {
		r, err := s.Put(make([]byte, 50+i%50))
		if err != nil {
			t.Fatal(err)
		}
		if refs = append(refs, r); len(refs) > 140_000 {
			s.Release(refs[0])
			refs = refs[1:]
		}
	}
	if st := s.Stats(); st.Retired == 0 || st.Repacked > 0 {
		t.Errorf("got %+v, want records retired and none repacked", st)
	}
}

// heap is a Memory of slices.
type heap struct{}

// Alloc makes a slice.
func (heap) Alloc(n int) ([]byte, error) { return make([]byte, n), nil }

// Free leaves it to the collector.
func (heap) Free([]byte) {}
