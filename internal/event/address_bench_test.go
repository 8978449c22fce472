package event

import "testing"

func BenchmarkCanonical(b *testing.B) {
	for name, s := range map[string]string{
		"IPv4": "192.0.2.1", "IPv6": "2001:db8:1:2:3:4:5:6", "other": "2001:DB8:1:2:3:4:5:6", "mapped": "::ffff:192.0.2.1",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				canonical(s)
			}
		})
	}
}
