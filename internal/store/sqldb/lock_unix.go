//go:build unix

package sqldb

import (
	"errors"
	"os"
	"syscall"
)

// lockFile opens a file that one process at a time may hold; held says that another does.
func lockFile(path string) (f *os.File, held bool, err error) {
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, false, nil
	}
	_ = f.Close() // the other error counts
	return nil, errors.Is(err, syscall.EWOULDBLOCK), err
}

// narrow takes rights on a file from others than its owner.
func narrow(path string) error {
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, fi.Mode().Perm()&0o700)
}
