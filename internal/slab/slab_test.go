package slab_test

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin.example/internal/slab"
)

type thing struct {
	a    uint64
	next uint32
}

func (t *thing) Link() *uint32 { return &t.next }

// TestSlab holds a Slab to a map: records keep what is written, numbers are used again, and a new record is all zeros.
func TestSlab(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s slab.Slab[thing, *thing]
		want := map[uint32]uint64{}
		var live []uint32
		most := 0
		for step := range uint64(rapid.IntRange(1, 3000).Draw(t, "steps")) {
			if len(live) > 0 && rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				i := rapid.IntRange(0, len(live)-1).Draw(t, "which")
				s.Free(live[i])
				delete(want, live[i])
				live = slices.Delete(live, i, i+1)
				continue
			}
			n := s.New()
			if _, ok := want[n]; ok || n == 0 || *s.At(n) != (thing{}) {
				t.Fatalf("a new record has number %d and holds %v", n, *s.At(n))
			}
			s.At(n).a, want[n] = step, step
			live = append(live, n)
			most = max(most, len(live))
		}
		for n, a := range want {
			if s.At(n).a != a || int(n) > most {
				t.Fatalf("record %d holds %d, want %d; at most %d were live", n, s.At(n).a, a, most)
			}
		}
		if s.Len() != len(live) || s.Bytes() > (most+1024)*16+16*64 {
			t.Fatalf("%d records and %d bytes, want %d records", s.Len(), s.Bytes(), len(live))
		}
	})
}

// TestIndex holds an Index to a map of lists, with hashes that collide all the time and with some that never do.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x slab.Index
		want := map[uint32][]uint32{} // the numbers of a hash
		var hashes []uint32
		hash := rapid.OneOf(rapid.SampledFrom([]uint32{0, 1, 1 << 31, 1<<32 - 1, 1<<32 - 2}), rapid.Uint32(), rapid.Map(rapid.Uint32Range(0, 500), func(n uint32) uint32 {
			return n<<23 | 5 // one directory entry until it is split often
		}))
		number := uint32(0)
		add := func(h uint32) {
			number++
			x.Add(h, number)
			want[h] = append(want[h], number)
			hashes = append(hashes, h)
		}
		for range rapid.SampledFrom([]int{0, 0, 0, 3000, 6000}).Draw(t, "before") {
			number++
			h := number * 2654435761
			x.Add(h, number)
			want[h] = append(want[h], number)
			hashes = append(hashes, h)
		}
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			switch what := rapid.IntRange(0, 4).Draw(t, "what"); {
			case what < 3 || len(hashes) == 0:
				add(hash.Draw(t, "hash"))
			case what == 3:
				i := rapid.IntRange(0, len(hashes)-1).Draw(t, "which")
				h := hashes[i]
				hashes = slices.Delete(hashes, i, i+1)
				j := rapid.IntRange(0, len(want[h])-1).Draw(t, "number")
				if !x.Remove(h, want[h][j]) {
					t.Fatalf("%d under %#x cannot be removed", want[h][j], h)
				}
				want[h] = slices.Delete(want[h], j, j+1)
			default:
				h := hashes[rapid.IntRange(0, len(hashes)-1).Draw(t, "which")]
				number++
				if !x.Replace(h, want[h][0], number) {
					t.Fatalf("%d under %#x cannot be replaced", want[h][0], h)
				}
				want[h][0] = number
			}
		}
		if x.Remove(77, number+1) || x.Replace(77, number+1, 1) {
			t.Fatal("a number that was never added is there")
		}
		for h, numbers := range want {
			var got []uint32
			p := x.Seek(h)
			for n := p.Next(); n != 0; n = p.Next() {
				got = append(got, n)
			}
			slices.Sort(got)
			slices.Sort(numbers)
			if !slices.Equal(got, numbers) {
				t.Fatalf("hash %#x leads to %d, want %d", h, got, numbers)
			}
		}
	})
}

// TestIndexGrows holds that an Index grows by small steps and is well filled at a million.
func TestIndexGrows(t *testing.T) {
	var x slab.Index
	k := slab.Key{K0: 1, K1: 2}
	last, most := x.Bytes(), 0
	for n := uint32(1); n <= 1_000_000; n++ {
		x.Add(slab.Sum(k, uint64(n), "").Hash(), n)
		if b := x.Bytes(); b != last {
			most = max(most, b-last)
			last = b
		}
	}
	if most > 40_000 || last > 11_000_000 {
		t.Errorf("the largest step was %d bytes, in the end it has %d", most, last)
	}
	p := x.Seek(slab.Sum(k, 123_456, "").Hash())
	for n := p.Next(); n != 123_456; n = p.Next() {
		if n == 0 {
			t.Fatal("a number is lost")
		}
	}
}

// TestSum holds the hash to SipHash-2-4-128 as OpenSSL has it (openssl mac -macopt size:16 SIPHASH).
func TestSum(t *testing.T) {
	all := make([]byte, 64)
	for i := range all {
		all[i] = byte(i)
	}
	k := slab.Key{K0: binary.LittleEndian.Uint64(all), K1: binary.LittleEndian.Uint64(all[8:])}
	f := func(n int, want string) {
		t.Helper()
		number := binary.LittleEndian.Uint64(all)
		d := slab.Sum(k, number, all[8:n])
		var b []byte
		b = binary.LittleEndian.AppendUint64(b, d.Lo)
		b = binary.LittleEndian.AppendUint64(b, d.Hi)
		if got := strings.ToUpper(hex.EncodeToString(b)); got != want {
			t.Errorf("%d bytes: got %s, want %s", n, got, want)
		}
		if slab.Sum(k, number, string(all[8:n])) != d {
			t.Errorf("%d bytes: a text and its bytes differ", n)
		}
	}
	f(8, "3B62A9BA6258F5610F83E264F31497B4")
	f(9, "264499060AD9BAABC47F8B02BB6D71ED")
	f(15, "5493E99933B0A8117E08EC0F97CFC3D9")
	f(16, "6EE2A4CA67B054BBFD3315BF85230577")
	f(17, "473D06E8738DB89854C066C47AE47740")
	f(23, "C9D184DDD5A9F5E0CF8CE29A9ABF691C")
	f(63, "5150D1772F50834A503E069A973FBD7C")
	if a, b := slab.NewKey(), slab.NewKey(); a == b {
		t.Error("two new keys are the same")
	}
}

// TestTexts holds a Texts to a map.
func TestTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s slab.Texts
		want := map[uint32]string{}
		var live []uint32
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			if len(live) > 0 && rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				i := rapid.IntRange(0, len(live)-1).Draw(t, "which")
				s.Free(live[i])
				delete(want, live[i])
				live = slices.Delete(live, i, i+1)
				continue
			}
			size := rapid.OneOf(rapid.IntRange(0, 70), rapid.IntRange(0, slab.MaxText)).Draw(t, "size")
			text := strings.Repeat(rapid.SampledFrom([]string{"a", "7", "\x00", "\xff"}).Draw(t, "letter"), size)
			n := s.Put(text)
			if _, ok := want[n]; ok {
				t.Fatalf("number %d is given out twice", n)
			}
			want[n] = text
			live = append(live, n)
		}
		for n, text := range want {
			if got := string(s.At(n, len(text))); got != text {
				t.Fatalf("text %d is %.20q, want %.20q", n, got, text)
			}
		}
	})
	var s slab.Texts
	long := strings.Repeat("x", slab.MaxText+1)
	if got := s.At(s.Put(long), slab.MaxText); string(got) != long[1:] {
		t.Error("a text that is too long is not cut")
	}
	size := s.Bytes()
	for range 1000 {
		s.Free(s.Put(long))
	}
	if s.Bytes() != size {
		t.Errorf("%d bytes, then %d: freed cells are not used again", size, s.Bytes())
	}
}

// TestHeap holds a Heap to sorting.
func TestHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order, place := make([]int, 50), make([]uint32, 50)
		h := slab.Heap{
			Less:  func(a, b uint32) bool { return order[a] < order[b] || order[a] == order[b] && a < b },
			Place: func(n uint32) *uint32 { return &place[n] },
		}
		in := map[uint32]bool{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			n := rapid.Uint32Range(0, 49).Draw(t, "number")
			if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
				h.Remove(n)
				delete(in, n)
				continue
			}
			order[n] = rapid.IntRange(0, 20).Draw(t, "order")
			h.Fix(n)
			in[n] = true
		}
		if h.Len() != len(in) {
			t.Fatalf("%d numbers, want %d", h.Len(), len(in))
		}
		last := -1
		for h.Len() > 0 {
			n := h.First()
			if !in[n] || order[n] < last {
				t.Fatalf("%d with order %d comes after %d", n, order[n], last)
			}
			last = order[n]
			h.Remove(n)
			delete(in, n)
		}
	})
}
