package retain_test

import (
	"testing"

	"tocsin.example/internal/offheap"
	"tocsin.example/internal/retain"
)

func newStore() *retain.Store { return retain.New(&offheap.Memory{}) }

// both are records of both logs.
func both() map[string][][]byte {
	ssh, web := newLogs(), newLogs()
	return map[string][][]byte{"sshd": ssh.records(100_000, ssh.sshd), "nginx": web.records(100_000, web.nginx)}
}

// BenchmarkPut: records that are soon released, so that none is compressed.
func BenchmarkPut(b *testing.B) {
	for name, recs := range both() {
		b.Run(name, func(b *testing.B) {
			s := newStore()
			var window [1024]retain.Ref
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Release(window[i%len(window)])
				window[i%len(window)], _ = s.Put(recs[i%len(recs)])
			}
		})
	}
}

// BenchmarkRetire: records that all survive. B/record is what a compressed one takes with its handle, raw what it was.
func BenchmarkRetire(b *testing.B) {
	for name, recs := range both() {
		b.Run(name, func(b *testing.B) {
			s := newStore()
			var refs []retain.Ref
			raw := 0
			for _, rec := range recs { // whatever b.N is, so that the size is of many
				r, _ := s.Put(rec)
				refs = append(refs, r)
				raw += len(rec)
			}
			st := s.Stats()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				j := i % len(recs)
				s.Release(refs[j]) // the oldest: its block goes with it
				refs[j], _ = s.Put(recs[j])
			}
			b.ReportMetric(8+float64(st.Packed)/float64(st.Retired), "B/record")
			b.ReportMetric(float64(raw)/float64(len(recs)), "raw-B/record")
		})
	}
}

// BenchmarkGet: of a fresh record, of a compressed one beside the last, and of one anywhere.
func BenchmarkGet(b *testing.B) {
	for name, recs := range both() {
		b.Run(name, func(b *testing.B) {
			s := newStore()
			var refs []retain.Ref
			for _, rec := range recs {
				r, _ := s.Put(rec)
				refs = append(refs, r)
			}
			var buf []byte
			f := func(name string, at func(i int) int) {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						buf = s.Get(refs[at(i)], buf[:0])
					}
				})
			}
			cold := int(s.Stats().Retired)
			f("hot", func(i int) int { return len(refs) - 1 - i%1000 })
			f("beside", func(i int) int { return i % cold })
			f("anywhere", func(i int) int { return i * 7919 % cold })
		})
	}
}
