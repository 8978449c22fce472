package jsontext_test

import (
	"encoding/json"
	"testing"

	"tocsin.example/internal/jsontext"
)

func BenchmarkJSON(b *testing.B) {
	b.Run("doc", func(b *testing.B) {
		d := new(jsontext.Doc)
		b.SetBytes(int64(len(caddy)))
		b.ReportAllocs()
		for b.Loop() {
			if d.Parse(caddy) != nil || wanted(d) == 0 {
				b.Fatal("nothing found")
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		d := new(jsontext.Doc)
		b.SetBytes(int64(len(caddy)))
		for b.Loop() {
			if d.Parse(caddy) != nil {
				b.Fatal("no JSON")
			}
		}
	})
	b.Run("any", func(b *testing.B) {
		d := new(jsontext.Doc)
		b.ReportAllocs()
		for b.Loop() {
			if d.Parse(caddy) != nil || d.Root().Any() == nil {
				b.Fatal("no JSON")
			}
		}
	})
	b.Run("valid", func(b *testing.B) {
		text := []byte(caddy)
		b.SetBytes(int64(len(caddy)))
		for b.Loop() {
			if !json.Valid(text) {
				b.Fatal("no JSON")
			}
		}
	})
	b.Run("unmarshal", func(b *testing.B) {
		text := []byte(caddy)
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if json.Unmarshal(text, &v) != nil {
				b.Fatal("no JSON")
			}
		}
	})
}
