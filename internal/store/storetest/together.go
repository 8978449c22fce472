package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

func testContexts(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.add(alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour)))
	w.takeTold()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range calls(ctx, w) {
		wants(t, what+" with a context that is over", err, context.Canceled)
	}
	same(t, "alerts", len(w.ids(store.AlertFilter{})), 1)
	same(t, "told", w.takeTold(), []verdict.Change(nil))

	// Those that end while others write leave all of their alert or nothing.
	var group sync.WaitGroup
	type outcome struct {
		n   int
		err error
	}
	outcomes := make(chan outcome, 200)
	for i := range cap(outcomes) {
		group.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i)*100*time.Microsecond)
			defer cancel()
			_, err := w.AddAlerts(ctx, []*store.Alert{alert(100+i, "192.0.2.1", ban("192.0.2.1", time.Hour), ban("192.0.2.2", time.Hour))})
			outcomes <- outcome{100 + i, err}
		})
	}
	group.Wait()
	close(outcomes)
	kept := map[string]*store.Alert{}
	for a, err := range w.FindAlerts(t.Context(), store.AlertFilter{}) {
		w.ok(err)
		kept[a.UUID] = a
	}
	for o := range outcomes {
		a := kept[nthUUID(o.n)]
		switch {
		case o.err == nil && (a == nil || len(a.Decisions) != 2):
			t.Errorf("alert %d was kept, and is %+v", o.n, a)
		case o.err != nil && (a != nil || !errors.Is(o.err, context.DeadlineExceeded)):
			t.Errorf("alert %d ended with %v, and is %+v", o.n, o.err, a)
		}
	}
}

// calls makes each call of a store and returns the errors.
func calls(ctx context.Context, s store.Store) map[string]error {
	m := map[string]error{}
	_, m["AddAlerts"] = s.AddAlerts(ctx, []*store.Alert{alert(9, "192.0.2.9")})
	_, m["Alert"] = s.Alert(ctx, 1)
	for _, err := range s.FindAlerts(ctx, store.AlertFilter{}) {
		m["FindAlerts"] = err
	}
	_, m["DeleteAlerts"] = s.DeleteAlerts(ctx, store.AlertFilter{})
	_, m["EndDecisions"] = s.EndDecisions(ctx, []int64{1})
	for _, err := range s.Changes(ctx, 0) {
		m["Changes"] = err
	}
	for _, err := range s.PastDecisions(ctx, store.PastQuery{Value: "192.0.2.1"}) {
		m["PastDecisions"] = err
	}
	_, m["CountPast"] = s.CountPast(ctx, store.PastQuery{})
	m["AddMachine"] = s.AddMachine(ctx, store.Machine{Name: "x"})
	_, m["Machine"] = s.Machine(ctx, "x")
	_, m["Machines"] = s.Machines(ctx)
	m["ChangeMachine"] = s.ChangeMachine(ctx, "x", func(*store.Machine) error { return nil })
	m["DeleteMachine"] = s.DeleteMachine(ctx, "x")
	_, m["AddBouncer"] = s.AddBouncer(ctx, store.Bouncer{Name: "x"})
	_, m["Bouncers"] = s.Bouncers(ctx)
	m["SaveBouncers"] = s.SaveBouncers(ctx, nil)
	m["DeleteBouncer"] = s.DeleteBouncer(ctx, "x")
	m["AddAllowlist"] = s.AddAllowlist(ctx, store.Allowlist{Name: "x"})
	_, m["Allowlists"] = s.Allowlists(ctx)
	m["ChangeAllowlist"] = s.ChangeAllowlist(ctx, "x", func(*store.Allowlist) error { return nil })
	m["DeleteAllowlist"] = s.DeleteAllowlist(ctx, "x")
	m["AddToken"] = s.AddToken(ctx, store.Token{Name: "x"})
	_, m["Tokens"] = s.Tokens(ctx)
	m["UseToken"] = s.UseToken(ctx, "x", start())
	m["DeleteToken"] = s.DeleteToken(ctx, "x")
	_, m["Setting"] = s.Setting(ctx, "x")
	m["SetSetting"] = s.SetSetting(ctx, "x", "y")
	_, m["KeepSetting"] = s.KeepSetting(ctx, "x", "y")
	m["AddAudit"] = s.AddAudit(ctx, store.AuditEntry{})
	_, m["Audit"] = s.Audit(ctx, 0, 0)
	m["AddUsage"] = s.AddUsage(ctx, store.UsageReport{})
	_, m["Usage"] = s.Usage(ctx, "", "", time.Time{})
	m["Ready"] = s.Ready(ctx)
	_, m["Tidy"] = s.Tidy(ctx, store.Retention{AlertAge: 1})
	m["Backup"] = s.Backup(ctx, discard{})
	return m
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func testClosed(t *testing.T, open Open) {
	w := newWorld(t, open)
	w.add(alert(1, "192.0.2.1", ban("192.0.2.1", time.Hour)))
	w.ok(w.Ready(t.Context()))
	w.ok(w.Close())
	for what, err := range calls(t.Context(), w) {
		wants(t, what+" of a closed store", err, store.ErrClosed)
	}
	wants(t, "close again", w.Close(), store.ErrClosed)
}

// testConcurrent lets many work at once and wants every one to find what it did.
func testConcurrent(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	const workers, rounds = 16, 12
	var group sync.WaitGroup
	fail := func(format string, args ...any) { t.Errorf(format, args...) }
	w.ok(w.AddMachine(ctx, store.Machine{Name: "counter"}))
	for i := range workers {
		group.Go(func() {
			for j := range rounds {
				n := 1000 + i*rounds + j
				a := alert(n, "192.0.2.1", ban("192.0.2.1", time.Hour), ban("192.0.2.2", time.Hour))
				r, err := w.AddAlerts(ctx, []*store.Alert{a})
				if err != nil || r[0].ID != a.ID {
					fail("add: %+v, %v", r, err)
					return
				}
				if got, err := w.Alert(ctx, a.ID); err != nil || got.UUID != a.UUID || len(got.Decisions) != 2 {
					fail("read what was written: %+v, %v", got, err)
				}
				if again, err := w.AddAlerts(ctx, []*store.Alert{alert(n, "x")}); err != nil || again[0] != (store.Receipt{ID: a.ID, Repeat: true}) {
					fail("repeat: %+v, %v", again, err)
				}
				if ended, err := w.EndDecisions(ctx, []int64{a.Decisions[0].ID}); err != nil || len(ended) != 1 {
					fail("end: %v, %v", ended, err)
				}
				if err := w.ChangeMachine(ctx, "counter", func(m *store.Machine) error {
					m.Epoch++
					return nil
				}); err != nil {
					fail("change: %v", err)
				}
				if err := w.AddMachine(ctx, store.Machine{Name: fmt.Sprintf("m%d", j)}); err != nil && !errors.Is(err, store.ErrExists) {
					fail("add a machine: %v", err)
				}
				for _, err := range w.FindAlerts(ctx, store.AlertFilter{Limit: 5, Active: new(true)}) {
					if err != nil {
						fail("find: %v", err)
					}
				}
				if j%4 == 3 {
					if k, err := w.DeleteAlerts(ctx, store.AlertFilter{IDs: []int64{a.ID}}); err != nil || k != 1 {
						fail("delete: %d, %v", k, err)
					}
				}
			}
		})
	}
	group.Wait()
	m, err := w.Machine(ctx, "counter")
	w.ok(err)
	same(t, "changes of the machine", m.Epoch, int64(workers*rounds))
	list, err := w.Machines(ctx)
	w.ok(err)
	same(t, "machines", len(list), rounds+1)
	same(t, "alerts", len(w.ids(store.AlertFilter{})), workers*rounds*3/4)
	told := w.takeTold()
	same(t, "told", len(told), workers*rounds*3+workers*rounds/4)
	if !slices.IsSortedFunc(told, func(a, b verdict.Change) int { return int(a.Seq) - int(b.Seq) }) {
		t.Error("what was told is not in the order of numbers")
	}
	same(t, "changes", all(t, w.Changes(ctx, 0)), told)
}

// testCommitOrder wants a change to be told, and to be readable, before the call that made it returns.
func testCommitOrder(t *testing.T, open Open) {
	var mu sync.Mutex
	told := map[int64]bool{}
	last, inside := uint64(0), false
	s := open(t, store.Options{Committed: func(list []verdict.Change) {
		mu.Lock()
		if inside {
			t.Error("Committed is called by two at once")
		}
		inside = true
		mu.Unlock()
		for _, c := range list {
			if c.Seq <= last {
				t.Errorf("number %d after %d", c.Seq, last)
			}
			last = c.Seq
		}
		mu.Lock()
		defer mu.Unlock()
		inside = false
		for _, c := range list {
			told[c.Decision.ID] = true
		}
	}})
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			d := ban("192.0.2.1", 0)
			d.Until = time.Now().Add(time.Hour)
			a := alert(i+1, "192.0.2.1", d)
			if _, err := s.AddAlerts(context.Background(), []*store.Alert{a}); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !told[a.Decisions[0].ID] {
				t.Errorf("decision %d was not told when its call returned", a.Decisions[0].ID)
			}
		})
	}
	group.Wait()
}

// testFailingChange lets some calls fail among others that must not be hurt.
func testFailingChange(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	w.ok(w.AddMachine(ctx, store.Machine{Name: "m"}))
	no := errors.New("no")
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			switch i % 3 {
			case 0:
				if _, err := w.AddAlerts(ctx, []*store.Alert{alert(i+1, "192.0.2.1", ban("192.0.2.1", time.Hour))}); err != nil {
					t.Error(err)
				}
			case 1:
				if err := w.ChangeMachine(ctx, "m", func(*store.Machine) error { return no }); !errors.Is(err, no) {
					t.Errorf("a change that says no: %v", err)
				}
			default:
				defer func() {
					if p := recover(); p != "boom" {
						t.Errorf("a change that panics: recovered %v in its own goroutine, want boom", p)
					}
				}()
				_ = w.ChangeMachine(ctx, "m", func(m *store.Machine) error {
					m.Epoch = 99
					panic("boom")
				})
			}
		})
	}
	group.Wait()
	same(t, "alerts", len(w.ids(store.AlertFilter{})), 20)
	m, err := w.Machine(ctx, "m")
	w.ok(err)
	same(t, "machine", m, store.Machine{Name: "m", CreatedAt: start()})
	same(t, "changes", all(t, w.Changes(ctx, 0)), w.takeTold())
}
