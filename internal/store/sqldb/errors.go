package sqldb

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"tocsin.example/internal/store"
)

// sentence wraps an error of the database into what callers tell apart, with what was done and a hint.
func (s *Store) sentence(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case s.closed.Load() && !errors.Is(err, store.ErrNotFound):
		return store.ErrClosed
	}
	return sentence(s.path, doing, err)
}

func sentence(path, doing string, err error) error {
	switch {
	case errors.Is(kind(err), store.ErrCorrupt):
		return fmt.Errorf("%s: %w (%w); stop the program and bring back a backup with 'tocsin restore'", doing, store.ErrCorrupt, err)
	case errors.Is(kind(err), store.ErrFull):
		return fmt.Errorf("%s: %w (%s: %w)", doing, store.ErrFull, path, err)
	case errors.Is(kind(err), store.ErrBusy):
		return fmt.Errorf("%s: %w: something else has locked %s (%w)", doing, store.ErrBusy, path, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// kind is the named error that an error of the database amounts to, nil for none of them.
func kind(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return store.ErrFull
	}
	for _, named := range []error{store.ErrCorrupt, store.ErrFull, store.ErrBusy} {
		if errors.Is(err, named) {
			return nil // it says so already
		}
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return store.ErrCorrupt
	case lib.SQLITE_FULL:
		return store.ErrFull
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return store.ErrBusy
	case lib.SQLITE_IOERR:
		// A page that is cut off, or whose bytes cannot be had.
		if e.Code() == lib.SQLITE_IOERR_SHORT_READ || e.Code() == lib.SQLITE_IOERR_CORRUPTFS || e.Code() == lib.SQLITE_IOERR_DATA {
			return store.ErrCorrupt
		}
	}
	return nil
}

// spoils says whether an error of a statement leaves a transaction in doubt: SQLite may have rolled all of it back.
func spoils(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_TOOBIG, lib.SQLITE_RANGE, lib.SQLITE_ERROR:
		return false
	}
	return true
}
