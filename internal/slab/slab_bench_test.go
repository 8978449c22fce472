package slab_test

import (
	"testing"

	"tocsin.example/internal/slab"
)

func BenchmarkSum(b *testing.B) {
	k := slab.NewKey()
	for b.Loop() {
		slab.Sum(k, 7, "192.168.100.200")
	}
}

func BenchmarkSeek(b *testing.B) {
	const n = 1_000_000
	var x slab.Index
	hashes := make([]uint32, n)
	for i := range hashes {
		hashes[i] = slab.Sum(slab.Key{}, uint64(i), "").Hash()
		x.Add(hashes[i], uint32(i+1))
	}
	i := 0
	for b.Loop() {
		p := x.Seek(hashes[i])
		if p.Next() == 0 {
			b.Fatal("lost")
		}
		if i++; i == n {
			i = 0
		}
	}
}
