package allow_test

import (
	"net/netip"
	"testing"

	"tocsin.example/internal/allow"
)

func BenchmarkFind(b *testing.B) {
	var items []allow.Item
	a := netip.MustParseAddr("10.0.0.0")
	for range 100_000 {
		items = append(items, allow.Item{List: "big", Value: a.String()})
		a = a.Next().Next()
	}
	items = append(items, allow.Item{List: "big", Value: "10.200.0.0/16"}, allow.Item{List: "big", Value: "10.128.0.0/9"})
	s := allow.New(items)
	for name, value := range map[string]string{"miss": "192.0.2.1", "hit": "10.0.0.8", "range": "172.16.0.0/12"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Find(now, "Ip", value)
			}
		})
	}
}
