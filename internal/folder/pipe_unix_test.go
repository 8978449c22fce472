//go:build unix

package folder_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe: nobody waits for a named pipe, under whatever name and by whatever call.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	fsys := open(t, dir)
	f := func(name, want string) {
		t.Helper()
		_, opened := fsys.Open(name)
		_, read := fs.ReadFile(fsys, name)
		for _, err := range []error{opened, read} {
			if pe, ok := errors.AsType[*fs.PathError](err); !ok || pe.Err.Error() != want {
				t.Errorf("%s: the error is %v, want %s", name, err, want)
			}
		}
	}
	f("pipe", "it is not a regular file")
	f("link", "it is not a regular file")
	f("none", "no such file or directory")
}
