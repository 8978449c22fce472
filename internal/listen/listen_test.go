package listen

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestOn(t *testing.T) {
	first, err := On(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	f := func(address, want string) {
		t.Helper()
		l, err := On(t.Context(), address)
		if err == nil {
			_ = l.Close()
			t.Fatalf("On(%q) succeeded", address)
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("On(%q) says %q, want %q in it", address, err, want)
		}
	}
	f(first.Addr().String(), "the port is taken by ")
	if runtime.GOOS == "linux" {
		f(first.Addr().String(), "listen.test (pid ")
	}
	f("8080", "want HOST:PORT")
	f("192.0.2.1:8080", "listen on 192.0.2.1:8080")
	f("unix:"+filepath.Join(t.TempDir(), "absent", "s"), "no such file")
}

func TestUnix(t *testing.T) {
	dir, err := os.MkdirTemp("", "sock") //nolint:usetesting // a socket's name may have some hundred bytes only
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "admin.sock")
	l, err := Unix(t.Context(), path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != fs.ModeSocket|0o600 {
		t.Errorf("the socket has mode %v", got)
	}
	if _, err := Unix(t.Context(), path, 0o600); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a second listener is told %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	var c net.ListenConfig
	dead, err := c.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = dead.Close() // as a killed process leaves it
	l, err = Unix(t.Context(), path, 0o600)
	if err != nil {
		t.Fatal("a dead socket is not replaced:", err)
	}
	_ = l.Close()

	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Unix(t.Context(), path, 0o600); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("a file in the way: %v", err)
	}
}
