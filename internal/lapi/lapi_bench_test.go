package lapi

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/verdict"
)

// sink is a writer that keeps nothing.
type sink struct {
	h http.Header
	n int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { s.n += len(b); return len(b), nil }
func (s *sink) WriteHeader(int)             {}
func (s *sink) FlushError() error           { return nil }

func (w *world) many(n int) {
	piece := make([]verdict.Change, 0, 4096)
	for i := range n {
		d := tocsin.Decision{
			ID: int64(i + 1), UUID: fmt.Sprintf("0b4cde4e-3b6c-8f0c-9c53-%012x", i), Origin: "lists", Type: "ban", Scope: "Ip",
			Value: fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255), Scenario: "firehol", Until: began.Add(4 * time.Hour),
		}
		if piece = append(piece, verdict.Change{Seq: uint64(i + 1), At: began, Decision: d}); len(piece) == cap(piece) {
			w.index.Apply(piece)
			piece = piece[:0]
		}
	}
	w.index.Apply(piece)
}

func (w *world) bench(b *testing.B, method, target string, h header, body string) {
	b.Helper()
	handler := w.lapi.Handler()
	out := &sink{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		r := httptest.NewRequestWithContext(b.Context(), method, target, nil)
		r.RemoteAddr = "127.0.0.1:1"
		for k, v := range h {
			r.Header.Set(k, v)
		}
		out.n = 0
		clear(out.h)
		b.StartTimer()
		handler.ServeHTTP(out, r)
	}
	b.ReportMetric(float64(out.n), "B/answer")
}

func BenchmarkLive(b *testing.B) {
	w := newWorld(b)
	w.many(1_000_000)
	b.Run("hit", func(b *testing.B) { w.bench(b, "GET", "/v1/decisions?ip=10.1.2.3", w.bouncerOf(), "") })
	b.Run("miss", func(b *testing.B) { w.bench(b, "GET", "/v1/decisions?ip=9.1.2.3", w.bouncerOf(), "") })
}

func BenchmarkStream(b *testing.B) {
	w := newWorld(b)
	w.many(1_000_000)
	b.Run("startup", func(b *testing.B) { w.bench(b, "GET", "/v1/decisions/stream?startup=true", w.bouncerOf(), "") })
	b.Run("empty", func(b *testing.B) { w.bench(b, "GET", "/v1/decisions/stream", w.bouncerOf(), "") })
}
