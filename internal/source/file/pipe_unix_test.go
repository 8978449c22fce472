//go:build unix

package file_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/source/file"
)

// runner is a Replay or a Merge.
type runner interface {
	Run(ctx context.Context, emit tocsin.Emit) error
}

func pipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Nobody ever writes to the pipe: opening it waits, and the end of the context must end the replay all the same.
func TestPipeWithoutWriterEndsWithItsContext(t *testing.T) {
	f := func(name string, r runner) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var got sink
		if err := r.Run(ctx, got.emit); !errors.Is(err, context.Canceled) {
			t.Errorf("%T: error %v, want that of the context", r, err)
		}
		// Whoever opens the other end lets the goroutine go that still waits.
		for {
			w, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
			if err == nil {
				_ = w.Close()
				break
			}
			if !errors.Is(err, syscall.ENXIO) {
				t.Fatal(err)
			}
			runtime.Gosched()
		}
	}
	name := pipe(t)
	f(name, &file.Replay{Paths: []string{name}})
	name = pipe(t) // of its own, so that only one reader ever waits for it
	f(name, &file.Merge{Replay: file.Replay{Paths: []string{name}}})
}

// Somebody has the pipe open for writing and says nothing more.
func TestSilentPipeEndsWithItsContext(t *testing.T) {
	name := pipe(t)
	w, err := os.OpenFile(name, os.O_RDWR, 0) // both ways, so that it need not wait for the reader
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := w.WriteString("a line\n"); err != nil {
		t.Fatal(err)
	}
	err = (&file.Replay{Paths: []string{name}}).Run(ctx, func(_ context.Context, b tocsin.Batch) error {
		if len(b.Lines) != 1 || b.Lines[0].Raw != "a line" {
			t.Errorf("got %v, want one line", b.Lines)
		}
		b.Done(nil)
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
