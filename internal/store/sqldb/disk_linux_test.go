package sqldb

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"tocsin.example/internal/store"
)

// TestFullDisk fills a small file system.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small file system takes root")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tocsin-test", disk, "tmpfs", 0, "size=6m,mode=0700"); err != nil {
		t.Skipf("mount a small file system: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	}()
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), filepath.Join(disk, "state"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	full(t, s, func() {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
