package sqldb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
)

// fill writes alerts and closes the store. It returns the size of the file.
func fill(t *testing.T, dir string, n int) int64 {
	t.Helper()
	s := mustOpen(t, dir, store.Options{})
	var list []*store.Alert
	for i := range n {
		list = append(list, newAlert(i))
	}
	mustAdd(t, s, list...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	return fi.Size()
}

// damage writes over a part of the database.
func damage(t *testing.T, dir string, at int64, n int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, File), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = 0xa5
	}
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCorrupt(t *testing.T) {
	t.Run("no database", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, File), []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(t.Context(), dir, store.Options{})
		wants(t, err, store.ErrCorrupt, File, "tocsin restore")
	})
	t.Run("first page", func(t *testing.T) {
		dir := t.TempDir()
		fill(t, dir, 10)
		damage(t, dir, 100, 3000)
		_, err := Open(t.Context(), dir, store.Options{})
		wants(t, err, store.ErrCorrupt, "tocsin restore")
	})
	t.Run("cut off", func(t *testing.T) {
		dir := t.TempDir()
		size := fill(t, dir, 200)
		if err := os.Truncate(filepath.Join(dir, File), size/2/4096*4096); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dir, store.Options{})
		if err != nil {
			wants(t, err, store.ErrCorrupt, "tocsin restore")
			return
		}
		defer func() { _ = s.Close() }()
		wants(t, readAll(t.Context(), s), store.ErrCorrupt, "tocsin restore")
	})
	// Each page in turn: it is said, or it is one that nothing reads, but nothing crashes and nothing hangs.
	t.Run("any page", func(t *testing.T) {
		from := t.TempDir()
		size := fill(t, from, 300)
		whole, err := os.ReadFile(filepath.Join(from, File))
		if err != nil {
			t.Fatal(err)
		}
		said := 0
		step := int64(4096)
		if testing.Short() {
			step *= 7
		}
		for at := int64(0); at < size; at += step {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, File), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			damage(t, dir, at+64, 512)
			s, err := Open(t.Context(), dir, store.Options{})
			if err == nil {
				err = readAll(t.Context(), s)
				_ = s.Close()
			}
			switch {
			case errors.Is(err, store.ErrCorrupt):
				said++
			case err != nil:
				t.Errorf("page at %d: %v, want ErrCorrupt or nothing", at, err)
			}
		}
		if said == 0 {
			t.Error("no damage was said")
		}
		t.Logf("%d of %d damaged pages were noticed by reading", said, (size+step-1)/step)
	})
	t.Run("after a crash", func(t *testing.T) {
		dir := t.TempDir()
		fill(t, dir, 300)
		if err := os.WriteFile(filepath.Join(dir, "lock"), []byte("1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), dir, store.Options{})
		if err != nil {
			t.Fatalf("a sound state after a crash: %v", err)
		}
		if !s.lock.unclean {
			t.Error("the state does not count as unclean")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		damage(t, dir, 20*4096, 4096)
		if err := os.WriteFile(filepath.Join(dir, "lock"), []byte("1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // it does not count as clean because somebody looked
			_, err = Open(t.Context(), dir, store.Options{})
			wants(t, err, store.ErrCorrupt, "tocsin restore")
		}
	})
}

// readAll reads all there is.
func readAll(ctx context.Context, s *Store) error {
	for _, err := range s.FindAlerts(ctx, store.AlertFilter{}) {
		if err != nil {
			return err
		}
	}
	for _, err := range s.Changes(ctx, 0) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestFull lets a database have no more pages, which is what a full disk is to SQLite.
func TestFull(t *testing.T) {
	dir := t.TempDir()
	s, err := open(t.Context(), dir, store.Options{}, settings{migrations: embedded(), maxPages: 300})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	full(t, s, func() {
		if _, err := s.w.conn.ExecContext(t.Context(), "PRAGMA max_page_count(100000)"); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// full writes until there is no room, makes room, and wants all that was acknowledged and nothing else.
func full(t *testing.T, s *Store, room func()) {
	t.Helper()
	var mu sync.Mutex
	kept := map[string]bool{}
	write := func(i int) error {
		a := newAlert(i)
		_, err := s.AddAlerts(t.Context(), []*store.Alert{a})
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			kept[a.UUID] = true
		}
		return err
	}
	var group sync.WaitGroup
	refused := make(chan error, 8)
	for worker := range 8 {
		group.Go(func() {
			for i := range 10_000 {
				if err := write(worker*10_000 + i); err != nil {
					refused <- err
					return
				}
			}
			refused <- nil
		})
	}
	group.Wait()
	for range 8 {
		wants(t, <-refused, store.ErrFull, "no room")
	}
	large := newAlert(99_999)
	for i := range 20_000 {
		large.Decisions = append(large.Decisions, tocsin.Decision{Type: "ban", Scope: "Ip", Value: fmt.Sprintf("10.9.%d.%d", i>>8, i&255), Until: time.Now().Add(time.Hour)})
	}
	_, err := s.AddAlerts(t.Context(), []*store.Alert{large})
	wants(t, err, store.ErrFull)
	wants(t, s.AddUsage(t.Context(), store.UsageReport{Body: make([]byte, 1<<20)}), store.ErrFull)
	check := func() {
		t.Helper()
		n := 0
		for a, err := range s.FindAlerts(t.Context(), store.AlertFilter{}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; !kept[a.UUID] || len(a.Decisions) != 1 {
				t.Errorf("alert %s was refused, or is not whole", a.UUID)
			}
		}
		if n != len(kept) {
			t.Errorf("%d alerts, want the %d that were acknowledged", n, len(kept))
		}
		if c := allChanges(t, s); len(c) != n {
			t.Errorf("%d changes, want %d", len(c), n)
		}
	}
	check()
	room()
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
	for i := range 100 {
		if err := write(200_000 + i); err != nil {
			t.Fatalf("when there is room again: %v", err)
		}
	}
	check()
}

// TestFullTogether lets one have no room and others not: the large one fails alone.
func TestFullTogether(t *testing.T) {
	dir := t.TempDir()
	s, err := open(t.Context(), dir, store.Options{}, settings{migrations: embedded(), maxPages: 600})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			if i%10 != 0 {
				if _, err := s.AddAlerts(t.Context(), []*store.Alert{newAlert(i)}); err != nil {
					t.Error(err)
				}
				return
			}
			err := s.AddUsage(t.Context(), store.UsageReport{Body: make([]byte, 3<<20)})
			if !errors.Is(err, store.ErrFull) {
				t.Errorf("a report that is too large: %v, want ErrFull", err)
			}
		})
	}
	group.Wait()
	if n := len(allChanges(t, s)); n != 54 {
		t.Errorf("%d changes, want 54", n)
	}
}
