package sqldb

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestPlaceOrder holds places to what queries take for granted: what lies in a prefix, and nothing else with as many
// bits, is between the bounds of inside; what holds it is among around.
func TestPlaceOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		prefix := func(label string) netip.Prefix {
			if rapid.Bool().Draw(r, label+" is v4") {
				b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 127, 128, 255}), 4, 4).Draw(r, label)
				return netip.PrefixFrom(netip.AddrFrom4([4]byte(b)), rapid.IntRange(0, 32).Draw(r, "bits")).Masked()
			}
			b := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 32, 255}), 16, 16).Draw(r, label)
			b[0] = 0x20 // not mapped IPv4
			return netip.PrefixFrom(netip.AddrFrom16([16]byte(b)), rapid.IntRange(0, 128).Draw(r, "bits")).Masked()
		}
		a, b := address.Masked(prefix("a")), address.Masked(prefix("b"))
		place := prefixPlace(b)
		first, last := inside(a)
		within := bytes.Compare(place, first) >= 0 && bytes.Compare(place, last) <= 0
		if within != address.Holds(a, b) {
			r.Errorf("%s inside %s: between %x and %x is %x: %t, want %t", b, a, first, last, place, within, !within)
		}
		holds := slices.ContainsFunc(around(b), func(p []byte) bool { return bytes.Equal(p, prefixPlace(a)) })
		if holds != address.Holds(a, b) {
			r.Errorf("%s around %s: %t, want %t", a, b, holds, !holds)
		}
		if usual(place) != b.String() && usual(place) != b.Addr().String() {
			r.Errorf("%s is spelled %q", b, usual(place))
		}
	})
}

func FuzzPlace(f *testing.F) {
	for _, v := range []string{"", "192.0.2.1", "192.0.2.0/24", "192.0.2.1/32", "::ffff:1.2.3.4/120", "2001:DB8::1", "fe80::1%x", "é\x00"} {
		f.Add("Ip", v)
		f.Add("user", v)
	}
	f.Fuzz(func(t *testing.T, scope, value string) {
		place, spelling := placeOf(scope, value)
		if len(place) == 0 || len(place) > longest+1 {
			t.Errorf("the place of %q is %d bytes long", value, len(place))
		}
		got := usual(place)
		if s, ok := spelling.(string); ok {
			got = s
		}
		if got != value {
			t.Errorf("%q comes back as %q", value, got)
		}
		if !slices.ContainsFunc(spelled(value), func(p []byte) bool { return bytes.Equal(p, place) }) {
			t.Errorf("%q is not looked for at %x", value, place)
		}
	})
}

func FuzzPack(f *testing.F) {
	p, err := newPacker()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(p.close)
	f.Add([]byte(nil))
	f.Add([]byte("short"))
	f.Add(bytes.Repeat([]byte("long "), 1000))
	f.Add(p.pack(bytes.Repeat([]byte("packed "), 1000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := p.unpack(p.pack(b))
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%q comes back as %q, %v", b, got, err)
		}
		_, _ = p.unpack(b) // whatever it is
	})
}

func FuzzHeader(f *testing.F) {
	line := `{"database":"sqlite","version":1,"size":5,"sha256":"ff"}`
	f.Add(fmt.Appendf(nil, "%s%s\n%x\nxxxxx", magic, line, sha256.Sum256([]byte(line))))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := readHeader(bufio.NewReader(bytes.NewReader(b)))
		if err == nil && (h.Size <= 0 || h.Database != "sqlite") {
			t.Errorf("%q is taken as %+v", b, h)
		}
	})
}

// TestGroup wants those who wait to share a transaction: the clock is asked once for each.
func TestGroup(t *testing.T) {
	var mu sync.Mutex
	transactions := 0
	s := openTest(t, store.Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		transactions++
		return time.Now()
	}})
	s.w.turn <- struct{}{}
	transactions = 0
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			if i%5 == 0 {
				if _, err := s.AddAlerts(ctx, []*store.Alert{newAlert(i)}); err != context.Canceled { //nolint:errorlint // it is bare
					t.Errorf("one who gave up: %v", err)
				}
				return
			}
			if _, err := s.AddAlerts(t.Context(), []*store.Alert{newAlert(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	waiting := func() int {
		s.w.mu.Lock()
		defer s.w.mu.Unlock()
		return len(s.w.queue)
	}
	for waiting() < 50 {
		runtime.Gosched()
	}
	cancel()
	for {
		s.w.mu.Lock()
		n := 0
		for _, j := range s.w.queue {
			if j.state.Load() == left {
				n++
			}
		}
		s.w.mu.Unlock()
		if n == 10 {
			break
		}
		runtime.Gosched()
	}
	<-s.w.turn
	group.Wait()
	if transactions != 1 {
		t.Errorf("%d transactions for 40 calls that waited, want 1", transactions)
	}
	if n := len(allChanges(t, s)); n != 40 {
		t.Errorf("%d changes, want 40: those who gave up left nothing", n)
	}
}

// TestCommittedPanics wants the store to go on when who is told panics, as a server's handler may recover from it.
func TestCommittedPanics(t *testing.T) {
	bad := true
	s := openTest(t, store.Options{Committed: func([]verdict.Change) {
		if bad {
			panic("boom")
		}
	}})
	func() {
		defer func() {
			if p := recover(); p != "boom" {
				t.Errorf("recovered %v, want boom", p)
			}
		}()
		_, _ = s.AddAlerts(t.Context(), []*store.Alert{newAlert(1)})
	}()
	bad = false
	mustAdd(t, s, newAlert(2))
	if n := len(allChanges(t, s)); n != 2 {
		t.Errorf("%d changes, want 2: what is durable stays", n)
	}
}

// TestLarge adds more than is sorted before it is numbered.
func TestLarge(t *testing.T) {
	s := openTest(t, store.Options{})
	a := feed(many + 10)
	a.Decisions[7].Scope, a.Decisions[7].Value = "Country", "FR"
	mustAdd(t, s, a)
	got, err := s.Alert(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Decisions) != len(a.Decisions) {
		t.Fatalf("%d decisions, want %d", len(got.Decisions), len(a.Decisions))
	}
	for i, c := range allChanges(t, s) {
		if c.Decision != got.Decisions[i] {
			t.Fatalf("change %+v, and the alert has %+v", c, got.Decisions[i])
		}
	}
	for _, d := range a.Decisions {
		j, ok := slices.BinarySearchFunc(got.Decisions, d.ID, func(x tocsin.Decision, id int64) int { return int(x.ID - id) })
		if !ok || got.Decisions[j] != d {
			t.Fatalf("decision %+v came back as another", d)
		}
	}
}

// TestKinds lets kinds that nothing uses go, and none that something does.
func TestKinds(t *testing.T) {
	s := openTest(t, store.Options{})
	var list []*store.Alert
	for i := range manyKinds + 100 {
		a := newAlert(i)
		a.Decisions[0].Scenario = fmt.Sprint("s", i)
		list = append(list, a)
	}
	mustAdd(t, s, list...)
	_, err := s.DeleteAlerts(t.Context(), store.AlertFilter{Limit: 2000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tidy(t.Context(), store.Retention{EndedAge: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	n, err := ints(t.Context(), s.readers, "SELECT count(*) FROM kinds")
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(manyKinds + 100 - stepRows); n[0] != want {
		t.Errorf("%d kinds, want %d", n[0], want)
	}
	again := newAlert(len(list) + 1)
	again.Decisions[0].Scenario = list[len(list)-1].Decisions[0].Scenario // of one that is gone
	mustAdd(t, s, again)
	if _, err := s.Alert(t.Context(), again.ID); err != nil {
		t.Error(err)
	}
	if got := len(allChanges(t, s)); got != manyKinds+100-2000+1 {
		t.Errorf("%d changes, want %d", got, manyKinds+100-2000+1)
	}
}

// TestShrink wants the file to become smaller when much was removed.
func TestShrink(t *testing.T) {
	s := openTest(t, store.Options{})
	mustAdd(t, s, feed(50_000))
	pages := func() int64 {
		t.Helper()
		n, err := ints(t.Context(), s.readers, "PRAGMA page_count")
		if err != nil {
			t.Fatal(err)
		}
		return n[0]
	}
	before := pages()
	if _, err := s.DeleteAlerts(t.Context(), store.AlertFilter{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tidy(t.Context(), store.Retention{EndedAge: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	if after := pages(); after > before/2 {
		t.Errorf("%d pages, after all was removed %d", before, after)
	}
}
