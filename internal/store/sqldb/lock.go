package sqldb

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tocsin.example/internal/store"
)

// lock is the state folder's lock. The file holds the pid while somebody works on the state, and is empty after a clean
// end.
type lock struct {
	f *os.File
	// unclean says that the one before did not come to its end.
	unclean bool
}

// takeLock holds the folder for this process.
func takeLock(dir string) (*lock, error) {
	path := filepath.Join(dir, "lock")
	f, held, err := lockFile(path)
	if held {
		return nil, fmt.Errorf("open the state in %s: %w%s", dir, store.ErrBusy, holder(path))
	}
	if err != nil {
		return nil, fmt.Errorf("lock the state: %w", err)
	}
	l := &lock{f: f}
	pid, err := io.ReadAll(io.LimitReader(f, 64))
	l.unclean = len(pid) > 0
	if err == nil {
		err = l.write(strconv.Itoa(os.Getpid()) + "\n")
	}
	if err != nil {
		_ = f.Close() // the other error counts
		return nil, fmt.Errorf("lock the state: %w", err)
	}
	return l, nil
}

// holder says who has a lock, as far as it can be read.
func holder(path string) string {
	b, err := os.ReadFile(path)
	pid := strings.TrimSpace(string(b))
	if _, isNumber := strconv.Atoi(pid); err != nil || isNumber != nil {
		return ""
	}
	return " (pid " + pid + ")"
}

func (l *lock) write(text string) error {
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt([]byte(text), 0)
	return err
}

// release gives the folder free; clean says that all was brought to an end.
func (l *lock) release(clean bool) error {
	var err error
	if clean {
		err = l.write("")
	}
	if cerr := l.f.Close(); err == nil {
		err = cerr
	}
	return err
}
