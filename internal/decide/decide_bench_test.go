package decide_test

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/verdict"
)

// nowhere is a store that keeps nothing of alerts, to measure what judging them takes.
type nowhere struct{ store.Store }

func (n nowhere) AddAlerts(_ context.Context, alerts []*store.Alert) ([]store.Receipt, error) {
	return make([]store.Receipt, len(alerts)), nil
}

// BenchmarkJudge takes alerts of new sources through allowlists, the profile in the box and what is remembered of the past.
func BenchmarkJudge(b *testing.B) {
	index := verdict.New()
	s := mem.Open(store.Options{Committed: index.Apply})
	d, err := decide.New(b.Context(), decide.Options{Store: nowhere{s}, Index: index, Guards: guard("198.51.100.0/24")})
	if err != nil {
		b.Fatal(err)
	}
	for _, family := range []string{"10.0.0.0", "2001:db8::"} {
		b.Run(strconv.Itoa(netip.MustParseAddr(family).BitLen()), func(b *testing.B) {
			b.ReportAllocs()
			addr := netip.MustParseAddr(family)
			a := &tocsin.Alert{Scenario: "test/bf", Remediation: true, StopAt: time.Now()}
			for b.Loop() {
				addr = addr.Next()
				a.Source = &tocsin.AlertSource{Scope: "Ip", Value: addr.String()}
				if _, err := d.AddAlerts(b.Context(), "agent", []*tocsin.Alert{a}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkManual makes decisions of an import: those of one piece.
func BenchmarkManual(b *testing.B) {
	index := verdict.New()
	s := mem.Open(store.Options{Committed: index.Apply})
	d, err := decide.New(b.Context(), decide.Options{Store: nowhere{s}, Index: index})
	if err != nil {
		b.Fatal(err)
	}
	m := decide.Manual{Who: "me"}
	addr := netip.MustParseAddr("10.0.0.0")
	for range 10_000 {
		addr = addr.Next()
		m.Decisions = append(m.Decisions, tocsin.Decision{Origin: tocsin.OriginImport, Type: "ban", Scope: "Ip", Value: addr.String(), Until: time.Now().Add(time.Hour)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.AddManual(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(m.Decisions)), "ns/decision")
}
