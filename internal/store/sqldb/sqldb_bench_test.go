package sqldb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// benchSize is how many decisions the large benchmarks have: a million with -benchtime=1x is what the figures in the
// issue ask for, and $TOCSIN_BENCH_DECISIONS says otherwise.
func benchSize() int {
	n := 100_000
	if s := os.Getenv("TOCSIN_BENCH_DECISIONS"); s != "" {
		_, _ = fmt.Sscan(s, &n) // what is no number changes nothing
	}
	return n
}

// feed makes an alert with many decisions on random addresses.
func feed(n int) *store.Alert {
	a := &store.Alert{Alert: tocsin.Alert{Scenario: "import", Source: &tocsin.AlertSource{}, Decisions: make([]tocsin.Decision, n)}}
	until := time.Now().Add(24 * time.Hour)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range a.Decisions {
		v := r.Uint32()
		a.Decisions[i] = tocsin.Decision{
			Origin: tocsin.OriginImport, Type: "ban", Scope: tocsin.ScopeIP, Scenario: "import", Until: until,
			Value: netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}).String(),
		}
	}
	return a
}

func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		told := 0
		s := mustOpen(b, b.TempDir(), store.Options{Committed: func(list []verdict.Change) { told += len(list) }})
		a := feed(benchSize())
		b.StartTimer()
		mustAdd(b, s, a)
		b.StopTimer()
		if told != len(a.Decisions) {
			b.Fatalf("told %d changes", told)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchSize()), "ns/decision")
}

func BenchmarkChanges(b *testing.B) {
	s := mustOpen(b, b.TempDir(), store.Options{})
	mustAdd(b, s, feed(benchSize()))
	for b.Loop() {
		n := 0
		for _, err := range s.Changes(context.Background(), 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchSize() {
			b.Fatalf("%d changes", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchSize()), "ns/change")
}

// BenchmarkOpen opens a state with many decisions: what a start costs besides reading the changes.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s := mustOpen(b, dir, store.Options{})
	mustAdd(b, s, feed(benchSize()))
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := mustOpen(b, dir, store.Options{})
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdd adds alerts of one decision by 64 at once, with fsync and without, beside many decisions.
func BenchmarkAdd(b *testing.B) {
	for _, noFsync := range []bool{false, true} {
		b.Run(fmt.Sprintf("fsync=%t", !noFsync), func(b *testing.B) {
			s, err := open(b.Context(), b.TempDir(), store.Options{Committed: func([]verdict.Change) {}}, settings{migrations: embedded(), noFsync: noFsync})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			var group sync.WaitGroup
			var next atomic.Int64
			b.ResetTimer()
			for range 64 {
				group.Go(func() {
					for {
						i := next.Add(1)
						if i > int64(b.N) {
							return
						}
						if _, err := s.AddAlerts(context.Background(), []*store.Alert{newAlert(int(i))}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "alerts/s")
		})
	}
}

// BenchmarkPast asks for the past of an address, which every alert may do.
func BenchmarkPast(b *testing.B) {
	s := mustOpen(b, b.TempDir(), store.Options{})
	mustAdd(b, s, feed(benchSize()))
	for name, p := range map[string]netip.Prefix{"v4": netip.MustParsePrefix("192.0.2.1/32"), "v6": netip.MustParsePrefix("2001:db8::1/128")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.CountPast(context.Background(), store.PastQuery{Prefix: p, Since: time.Unix(1, 0)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFind asks for a page of alerts among many, in the ways in which people and bouncers do.
func BenchmarkFind(b *testing.B) {
	s := mustOpen(b, b.TempDir(), store.Options{})
	n := benchSize()
	for first := 0; first < n; first += 1000 {
		list := make([]*store.Alert, 1000)
		for i := range list {
			a := newAlert(first + i)
			a.Scenario = fmt.Sprintf("test/%d", i%50)
			if first+i < 3 {
				a.Scenario, a.Machine, a.Decisions[0].Origin = "test/rare", "rare", "rare"
			}
			if first+i > 10 {
				a.Decisions[0].Until = time.Now().Add(-time.Hour)
			}
			list[i] = a
		}
		mustAdd(b, s, list...)
	}
	yes := true
	for _, c := range []struct {
		name string
		f    store.AlertFilter
	}{
		{"newest", store.AlertFilter{}},
		{"address", store.AlertFilter{Prefix: netip.MustParsePrefix("10.0.1.1/32")}},
		{"inside", store.AlertFilter{Prefix: netip.MustParsePrefix("10.0.0.0/15"), Inside: true}},
		{"scenario", store.AlertFilter{Scenario: "test/7"}},
		{"rare-scenario", store.AlertFilter{Scenario: "test/rare"}},
		{"rare-origin", store.AlertFilter{Origin: "rare"}},
		{"origin", store.AlertFilter{Origin: tocsin.OriginEngine}},
		{"rare-machine", store.AlertFilter{Machine: "rare"}},
		{"active", store.AlertFilter{Active: &yes}},
		{"since", store.AlertFilter{Since: time.Now().Add(-time.Hour)}},
		{"until", store.AlertFilter{Until: time.Now().Add(-time.Hour)}},
		{"without-central", store.AlertFilter{WithoutCentral: true}},
		{"offset", store.AlertFilter{Offset: n - 200}},
		{"none", store.AlertFilter{Kind: "none"}},
	} {
		f := c.f
		f.Limit = 100
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				for _, err := range s.FindAlerts(context.Background(), f) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkEnd ends one decision of many, and all of them with their alert.
func BenchmarkEnd(b *testing.B) {
	b.Run("one", func(b *testing.B) {
		s := mustOpen(b, b.TempDir(), store.Options{})
		a := feed(benchSize())
		mustAdd(b, s, a)
		i := 0
		for b.Loop() {
			if _, err := s.EndDecisions(context.Background(), []int64{a.Decisions[i%len(a.Decisions)].ID}); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
	b.Run("alert", func(b *testing.B) {
		s := mustOpen(b, b.TempDir(), store.Options{})
		for b.Loop() {
			b.StopTimer()
			mustAdd(b, s, feed(benchSize()))
			b.StartTimer()
			if _, err := s.DeleteAlerts(context.Background(), store.AlertFilter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
