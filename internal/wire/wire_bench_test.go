package wire_test

import (
	"strings"
	"testing"

	"tocsin.example/internal/wire"
)

func BenchmarkAppendDecision(b *testing.B) {
	d, buf := one(), make([]byte, 0, 1024)
	for b.Loop() {
		buf = wire.AppendDecision(buf[:0], &d, at, wire.New)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkReadAlerts(b *testing.B) {
	body := `[` + full + `}]`
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := wire.ReadAlerts(strings.NewReader(body), at); err != nil {
			b.Fatal(err)
		}
	}
}
