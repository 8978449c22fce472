package rdns_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"tocsin.example/internal/enrich/rdns"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// zone answers from maps and counts what it is asked.
type zone struct {
	ptr   map[string][]string
	hosts map[string][]string // name with its last dot
	fail  error
	wait  chan struct{} // closed: answer

	asked, now, most atomic.Int64
}

func (z *zone) begin(ctx context.Context) error {
	z.asked.Add(1)
	n := z.now.Add(1)
	defer z.now.Add(-1)
	for m := z.most.Load(); n > m && !z.most.CompareAndSwap(m, n); m = z.most.Load() {
	}
	if z.wait != nil {
		select {
		case <-z.wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return z.fail
}

func (z *zone) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	if err := z.begin(ctx); err != nil {
		return nil, err
	}
	if names := z.ptr[addr]; names != nil {
		return names, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
}

func (z *zone) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	if err := z.begin(ctx); err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	for _, a := range z.hosts[host] {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	if addrs == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return addrs, nil
}

func TestConfirmedNames(t *testing.T) {
	f := func(addr string, ptr []string, hosts map[string][]string, want ...string) {
		t.Helper()
		a := netip.MustParseAddr(addr)
		z := &zone{ptr: map[string][]string{a.Unmap().WithZone("").String(): ptr}, hosts: hosts}
		got, err := rdns.New(rdns.Config{Asker: z}).ConfirmedNames(a)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s %q: %v, (-want +got)\n%s", addr, ptr, err, diff)
		}
	}
	one := map[string][]string{"a.example.": {"192.0.2.1"}}
	f("192.0.2.1", []string{"a.example."}, one, "a.example")
	f("192.0.2.1", []string{"A.Example"}, one, "a.example")
	f("192.0.2.1", []string{"a.example.", "A.example."}, one, "a.example")
	f("::ffff:192.0.2.1", []string{"a.example."}, one, "a.example")
	f("192.0.2.1", []string{"a.example."}, map[string][]string{"a.example.": {"::ffff:192.0.2.1"}}, "a.example")
	f("fe80::1%eth0", []string{"a.example."}, map[string][]string{"a.example.": {"fe80::1"}}, "a.example")
	f("192.0.2.1", nil, nil)
	f("192.0.2.1", []string{"crawl.googlebot.com."}, map[string][]string{"crawl.googlebot.com.": {"66.249.66.1"}})
	f("192.0.2.1", []string{"gone.example.", "a.example."}, one, "a.example")
	// Hostile text is no name, whatever it resolves to.
	for _, bad := range []string{
		"x\n~! id.", "a b.", "<script>.", "a..b.", ".", "", "-a.example.", "192.0.2.1.", "\u202ea.example.", "a\x00.", "*.example.",
		strings.Repeat("a", 64) + ".example.", strings.Repeat("a.", 127) + "a.", "::1",
	} {
		z := map[string][]string{bad: {"192.0.2.1"}, strings.TrimSuffix(bad, ".") + ".": {"192.0.2.1"}}
		f("192.0.2.1", []string{bad}, z)
	}
}

// Whoever owns an address can give it any number of names: they must not become any number of questions.
func TestConfirmedNamesBoundsItsQuestions(t *testing.T) {
	z := &zone{ptr: map[string][]string{}}
	for i := range 5000 {
		z.ptr["192.0.2.1"] = append(z.ptr["192.0.2.1"], fmt.Sprintf("n%d.example.", i))
	}
	if got, err := rdns.New(rdns.Config{Asker: z}).ConfirmedNames(netip.MustParseAddr("192.0.2.1")); len(got) > 0 || err != nil {
		t.Errorf("%q, %v, want nothing", got, err)
	}
	if n := z.asked.Load(); n > 17 {
		t.Errorf("%d questions were asked", n)
	}
}

func TestLookupHost(t *testing.T) {
	z := &zone{hosts: map[string][]string{"a.example.": {"192.0.2.1", "2001:db8::1"}}}
	r := rdns.New(rdns.Config{Asker: z})
	f := func(name, want string) {
		t.Helper()
		got, err := r.LookupHost(name)
		text := strings.Join(got, ",")
		if err != nil {
			text = err.Error()
		}
		if text != want {
			t.Errorf("LookupHost(%q) = %s, want %s", name, text, want)
		}
	}
	f("a.example", "192.0.2.1,2001:db8::1")
	f("A.EXAMPLE.", "192.0.2.1,2001:db8::1")
	f("b.example", "")
	f("a b", `"a b" is not a host name`)
	f("", `"" is not a host name`)
}

func TestCacheForgetsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{ptr: map[string][]string{"192.0.2.1": {"a.example."}}, hosts: map[string][]string{"a.example.": {"192.0.2.1"}}}
		r := rdns.New(rdns.Config{Asker: z})
		f := func(addr string, after time.Duration, want int64) {
			t.Helper()
			time.Sleep(after) // of the bubble
			before := z.asked.Load()
			_, err := r.ConfirmedNames(netip.MustParseAddr(addr))
			if !errors.Is(err, z.fail) {
				t.Errorf("%s: %v", addr, err)
			}
			if n := z.asked.Load() - before; n != want {
				t.Errorf("%s after %s: %d questions, want %d", addr, after, n, want)
			}
		}
		f("192.0.2.1", 0, 2)
		f("192.0.2.1", time.Hour-time.Second, 0)
		f("192.0.2.1", time.Second, 2)
		f("192.0.2.2", 0, 1)
		f("192.0.2.2", 5*time.Minute-time.Second, 0)
		f("192.0.2.2", time.Second, 1)
		z.fail = errors.New("server failure") // is kept as long as no answer, so that it does not stop every event
		f("192.0.2.3", 0, 1)
		f("192.0.2.3", 5*time.Minute-time.Second, 0)
		f("192.0.2.3", time.Second, 1)
	})
}

func TestCacheIsBounded(t *testing.T) {
	z := &zone{}
	r := rdns.New(rdns.Config{Asker: z, Size: 2})
	f := func(addr string, want int64) {
		t.Helper()
		before := z.asked.Load()
		if _, err := r.ConfirmedNames(netip.MustParseAddr(addr)); err != nil {
			t.Error(err)
		}
		if n := z.asked.Load() - before; n != want {
			t.Errorf("%s: %d questions, want %d", addr, n, want)
		}
	}
	f("192.0.2.1", 1)
	f("192.0.2.2", 1)
	f("192.0.2.1", 0)
	f("192.0.2.3", 1) // pushes out 2, which was used longest ago
	f("192.0.2.1", 0)
	f("192.0.2.2", 1)
}

func TestQuestionsAreSharedAndBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{wait: make(chan struct{})}
		r := rdns.New(rdns.Config{Asker: z, Parallel: 4})
		var wait sync.WaitGroup
		for i := range 64 {
			wait.Go(func() {
				if _, err := r.ConfirmedNames(netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 8)})); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if n := z.asked.Load(); n != 4 {
			t.Errorf("%d questions are under way, want 4", n)
		}
		close(z.wait)
		wait.Wait()
		if n := z.asked.Load(); n != 8 {
			t.Errorf("%d questions for 8 addresses", n)
		}
	})
}

func TestASilentServerCostsTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := &zone{wait: make(chan struct{})}
		r := rdns.New(rdns.Config{Asker: z, Parallel: 1})
		begin := time.Now()
		var wait sync.WaitGroup
		errs := make(chan error, 2)
		for i := range 2 {
			wait.Go(func() {
				_, err := r.ConfirmedNames(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}))
				errs <- err
			})
		}
		wait.Wait()
		close(errs)
		if took := time.Since(begin); took > 6*time.Second {
			t.Errorf("it took %s", took)
		}
		for err := range errs {
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, rdns.ErrBusy) {
				t.Errorf("error %v, want that time was up", err)
			}
		}
	})
}
