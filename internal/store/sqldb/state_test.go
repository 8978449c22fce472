package sqldb

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// newAlert makes an alert with one decision.
func newAlert(n int) *store.Alert {
	value := fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
	return &store.Alert{Machine: "m", Alert: tocsin.Alert{
		UUID: fmt.Sprintf("5bd0ba54-5bd0-4bd0-8bd0-%012x", n), Scenario: "test/ssh-bf", StartAt: time.Now(), StopAt: time.Now(),
		Message: "Ip " + value + " performed 'test/ssh-bf' (6 events over 12s)", EventsCount: 6, Capacity: 5, Leakspeed: "10s",
		Source: &tocsin.AlertSource{Scope: tocsin.ScopeIP, Value: value, IP: value, AsNumber: "64496", AsName: "Example", Cn: "FR"},
		Events: []tocsin.AlertEvent{{Timestamp: "2026-11-24T12:00:00Z", Meta: []tocsin.Meta{
			{Key: "log_type", Value: "ssh_failed-auth"}, {Key: "service", Value: "ssh"}, {Key: "source_ip", Value: value}, {Key: "target_user", Value: "root"},
		}}},
		Decisions: []tocsin.Decision{{
			Origin: tocsin.OriginEngine, Type: "ban", Scope: tocsin.ScopeIP, Value: value, Scenario: "test/ssh-bf", Until: time.Now().Add(4 * time.Hour),
		}},
	}}
}

func mustOpen(t testing.TB, dir string, o store.Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustAdd(t testing.TB, s *Store, alerts ...*store.Alert) {
	t.Helper()
	if _, err := s.AddAlerts(t.Context(), alerts); err != nil {
		t.Fatal(err)
	}
}

// allChanges reads all changes, by decision.
func allChanges(t testing.TB, s *Store) (list []verdict.Change) {
	t.Helper()
	for c, err := range s.Changes(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func wants(t *testing.T, err, want error, texts ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "state")
	s := mustOpen(t, dir, store.Options{})
	a, b := newAlert(1), newAlert(2)
	mustAdd(t, s, a, b)
	if _, err := s.EndDecisions(t.Context(), []int64{b.Decisions[0].ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeleteAlerts(t.Context(), store.AlertFilter{IDs: []int64{b.ID}}); err != nil {
		t.Fatal(err)
	}
	before := allChanges(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, store.Options{})
	if s.lock.unclean {
		t.Error("a state that was closed counts as unclean")
	}
	if diff := cmp.Diff(before, allChanges(t, s)); diff != "" {
		t.Errorf("changes (-before +after):\n%s", diff)
	}
	got, err := s.Alert(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("alert (-before +after):\n%s", diff)
	}
	// All that was numbered is gone, and still no number is used twice.
	if _, err := s.DeleteAlerts(t.Context(), store.AlertFilter{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Tidy(t.Context(), store.Retention{EndedAge: time.Nanosecond}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, store.Options{})
	c := newAlert(3)
	mustAdd(t, s, c)
	if c.ID != b.ID+1 || c.Decisions[0].ID <= b.Decisions[0].ID+1 {
		t.Errorf("alert %d with decision %d after alert %d with decision %d", c.ID, c.Decisions[0].ID, b.ID, b.Decisions[0].ID)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights come from the folder")
	}
	dir := filepath.Join(t.TempDir(), "state")
	s := mustOpen(t, dir, store.Options{})
	mustAdd(t, s, newAlert(1))
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		if fi.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", path, fi.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, File)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, store.Options{})
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("after another open: %v, %v; want 0600", fi.Mode(), err)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{})
	_, err := Open(t.Context(), dir, store.Options{})
	wants(t, err, store.ErrBusy, fmt.Sprintf("pid %d", os.Getpid()), dir)
	_, err = Restore(t.Context(), strings.NewReader(""), dir, true)
	wants(t, err, store.ErrBusy)
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("the holder of the lock: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, store.Options{})
}

// TestForeignLock has somebody else hold the database, as a person with the sqlite3 command may.
func TestForeignLock(t *testing.T) {
	dir := t.TempDir()
	s, err := open(t.Context(), dir, store.Options{}, settings{migrations: embedded(), busy: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, File)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	_, err = s.AddAlerts(t.Context(), []*store.Alert{newAlert(1)})
	wants(t, err, store.ErrBusy, "locked", File)
	wants(t, s.Ready(t.Context()), store.ErrBusy)
	if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, s, newAlert(1))
}

// next are the migrations of a program that is newer by one.
func next(t *testing.T) fs.FS {
	t.Helper()
	first, err := fs.ReadFile(embedded(), "migrations/sqlite/00001_state.sql")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		"migrations/sqlite/00001_state.sql": {Data: first},
		"migrations/sqlite/00002_more.sql":  {Data: []byte("-- +goose Up\nALTER TABLE machines ADD COLUMN more TEXT;\n")},
	}
}

func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{})
	a := newAlert(1)
	mustAdd(t, s, a)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), dir, store.Options{}, settings{migrations: next(t)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Alert(t.Context(), a.ID); err != nil || got.UUID != a.UUID {
		t.Errorf("after the migration: %+v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copies, err := filepath.Glob(filepath.Join(dir, File+".v1-*"))
	if err != nil || len(copies) != 1 {
		t.Fatalf("copies of the older state: %v, %v; want one", copies, err)
	}

	before, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), dir, store.Options{})
	wants(t, err, store.ErrNewer, "version 2", "up to 1", "tocsin restore")
	after, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the newer state was touched (%v)", err)
	}
	// The copy is the older state.
	if err := os.Rename(copies[0], filepath.Join(dir, File)); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, store.Options{})
	if got, err := s.Alert(t.Context(), a.ID); err != nil || got.UUID != a.UUID {
		t.Errorf("in the copy: %+v, %v", got, err)
	}
}

func TestMigrateFails(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{})
	mustAdd(t, s, newAlert(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	bad := next(t).(fstest.MapFS)
	bad["migrations/sqlite/00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nDELETE FROM alerts;\nALTER TABLE nothing ADD COLUMN x TEXT;\n")}
	if _, err := open(t.Context(), dir, store.Options{}, settings{migrations: bad}); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Fatalf("a migration that fails: %v", err)
	}
	s = mustOpen(t, dir, store.Options{})
	if _, err := s.Alert(t.Context(), 1); err != nil {
		t.Errorf("after the migration that failed: %v", err)
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{})
	a := newAlert(1)
	mustAdd(t, s, a)
	if err := s.SetSetting(t.Context(), "k", "v"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	mustAdd(t, s, newAlert(2))
	if left, err := filepath.Glob(filepath.Join(dir, "backup-*")); err != nil || len(left) > 0 {
		t.Errorf("the backup left %v, %v", left, err)
	}

	to := filepath.Join(t.TempDir(), "there")
	h, err := Restore(t.Context(), bytes.NewReader(b.Bytes()), to, false)
	if err != nil {
		t.Fatal(err)
	}
	if h.Version != 1 || h.Database != "sqlite" || time.Since(h.Created) > time.Hour || h.Size == 0 {
		t.Errorf("header: %+v", h)
	}
	r := mustOpen(t, to, store.Options{})
	n := 0
	for got, err := range r.FindAlerts(t.Context(), store.AlertFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("alert (-backed up +restored):\n%s", diff)
		}
	}
	if v, err := r.Setting(t.Context(), "k"); n != 1 || v != "v" || err != nil {
		t.Errorf("restored %d alerts, setting %q, %v", n, v, err)
	}
	if diff := cmp.Diff(allChanges(t, s)[:1], allChanges(t, r)); diff != "" {
		t.Errorf("changes (-backed up +restored):\n%s", diff)
	}
	mustAdd(t, r, newAlert(3))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	_, err = Restore(t.Context(), bytes.NewReader(b.Bytes()), to, false)
	wants(t, err, store.ErrExists, to)
	f := func(what string, damage func(b []byte) []byte, want error) {
		t.Helper()
		_, err := Restore(t.Context(), bytes.NewReader(damage(bytes.Clone(b.Bytes()))), to, true)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	f("nothing", func([]byte) []byte { return nil }, store.ErrCorrupt)
	f("something else", func(b []byte) []byte { return bytes.Repeat([]byte("x"), len(b)) }, store.ErrCorrupt)
	f("a bit of the header", func(b []byte) []byte {
		b[len(magic)+15] ^= 1
		return b
	}, store.ErrCorrupt)
	f("a bit of the database", func(b []byte) []byte {
		b[len(b)-100] ^= 1
		return b
	}, store.ErrCorrupt)
	f("cut off", func(b []byte) []byte { return b[:len(b)-1] }, store.ErrCorrupt)
	f("a header without end", func([]byte) []byte { return append([]byte(magic), bytes.Repeat([]byte("x"), 1<<20)...) }, store.ErrCorrupt)
	f("of a newer program", func([]byte) []byte {
		path := filepath.Join(t.TempDir(), "db")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		var newer bytes.Buffer
		if err := sendBackup(t.Context(), path, Header{Database: "sqlite", Version: 99}, &newer); err != nil {
			t.Fatal(err)
		}
		return newer.Bytes()
	}, store.ErrNewer)
	r = mustOpen(t, to, store.Options{})
	if got := len(allChanges(t, r)); got != 2 {
		t.Errorf("after backups that were refused there are %d changes, want the 2 of before", got)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), bytes.NewReader(b.Bytes()), to, true); err != nil {
		t.Fatal(err)
	}
	r = mustOpen(t, to, store.Options{})
	if got := len(allChanges(t, r)); got != 1 {
		t.Errorf("after the second restore there are %d changes, want 1", got)
	}
	if _, err := os.Stat(filepath.Join(to, File+".replaced")); err != nil {
		t.Errorf("the state that was replaced: %v", err)
	}
}

// TestBackupStops gives a reader of the backup up half-way.
func TestBackupStops(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, store.Options{})
	mustAdd(t, s, newAlert(1))
	r, w := io.Pipe()
	stop := errors.New("stop")
	if err := r.CloseWithError(stop); err != nil {
		t.Fatal(err)
	}
	wants(t, s.Backup(t.Context(), w), stop)
	if left, err := filepath.Glob(filepath.Join(dir, "backup-*")); err != nil || len(left) > 0 {
		t.Errorf("the backup left %v, %v", left, err)
	}
}
