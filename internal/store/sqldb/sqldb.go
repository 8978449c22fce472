// Package sqldb is a store in an SQL database: SQLite in one file of the state folder.
//
// One connection writes, and calls of many goroutines share its transactions; a few others read. What bouncers ask is
// not its business, nor are addresses it does not find by value: it is a log with indexes, read at start and by people.
// Statements are written by hand; what databases spell differently is in a dialect.
//
// Start from [Open].
package sqldb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// File is the name of the database in the state folder.
const File = "tocsin.db"

// Store is a store in a database.
type Store struct {
	d            dialect
	path         string
	committed    func([]verdict.Change)
	now          func() time.Time
	installation store.Installation
	lock         *lock
	packer       *packer
	kinds        kinds
	db           *sql.DB // of the writer
	w            writer
	readers      *sql.DB
	closed       atomic.Bool
}

var _ store.Store = (*Store)(nil)

// Open opens the state in a folder, and makes both when they are not there. An older state is brought up to date, after
// a copy of it was put beside it. Errors: [store.ErrBusy] names the process that holds the state, [store.ErrNewer],
// [store.ErrCorrupt], [store.ErrFull].
func Open(ctx context.Context, dir string, o store.Options) (*Store, error) {
	return open(ctx, dir, o, settings{migrations: embedded()})
}

// settings are what tests change.
type settings struct {
	migrations fs.FS
	busy       time.Duration // how long to wait for a lock of another program on the database; 0 for 5 s
	maxPages   int           // 0 for as many as there is room for
	noFsync    bool          // to measure what it costs
	empty      bool          // the file is: not for tests, but for dsn
}

func open(ctx context.Context, dir string, o store.Options, set settings) (_ *Store, err error) {
	s := &Store{d: sqliteDialect(), path: filepath.Join(dir, File), committed: o.Committed, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	s.kinds.ids, s.kinds.keys = map[kindKey]int64{}, map[int64]kindKey{}
	s.w.stmts, s.w.turn = map[string]*sql.Stmt{}, make(chan struct{}, 1)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	if s.lock, err = takeLock(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.abandon()
		}
	}()
	if err := s.connect(ctx, set); err != nil {
		return nil, sentence(s.path, "open the state", err)
	}
	return s, nil
}

// connect opens the database.
func (s *Store) connect(ctx context.Context, set settings) (err error) {
	empty, err := prepareFile(s.path)
	if err != nil {
		return err
	}
	set.empty = empty
	if s.packer, err = newPacker(); err != nil {
		return err
	}
	if s.db, err = sql.Open(s.d.driver, dsn(s.path, set, true)); err != nil {
		return err
	}
	s.db.SetMaxOpenConns(1)
	if s.lock.unclean {
		if err := quickCheck(ctx, s.db); err != nil {
			return err
		}
	}
	if err := migrate(ctx, s.d, s.db, s.path, set.migrations, s.now()); err != nil {
		return err
	}
	if s.w.conn, err = s.db.Conn(ctx); err != nil {
		return err
	}
	if s.readers, err = sql.Open(s.d.driver, dsn(s.path, set, false)); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(4)
	s.readers.SetMaxIdleConns(4)
	return s.load(ctx)
}

// load reads what the writer keeps in memory.
func (s *Store) load(ctx context.Context) error {
	err := s.w.kept.each(func(name string, v *int64) error {
		return s.w.conn.QueryRowContext(ctx, "SELECT value FROM counters WHERE name = ?", name).Scan(v)
	})
	if err != nil {
		return err
	}
	if err := s.kinds.load(ctx, s.w.conn); err != nil {
		return err
	}
	in := store.NewInstallation()
	text, err := s.KeepSetting(ctx, "store.installation", hex.EncodeToString(in[:]))
	if err != nil {
		return err
	}
	if n, err := hex.Decode(in[:], []byte(text[:min(len(text), 2*len(in))])); err != nil || n != len(in) {
		return fmt.Errorf("%w: the setting store.installation is %q", store.ErrCorrupt, text)
	}
	s.installation = in
	return nil
}

// prepareFile makes an empty file that nobody else may read, so that the database has its rights from the start. What is
// there is looked at before SQLite touches it.
func prepareFile(path string) (empty bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	head := make([]byte, 16)
	n, err := f.ReadAt(head, 0)
	if n > 0 && string(head[:n]) != "SQLite format 3\x00" {
		return false, fmt.Errorf("%w: %s is no database; move it away, or bring back a backup with 'tocsin restore'", store.ErrCorrupt, path)
	}
	if n > 0 && err != nil {
		return false, err
	}
	return n == 0, narrow(path)
}

// dsn names the database for the driver. The order of pragmas matters: a page size is for a file that is empty yet.
func dsn(path string, set settings, write bool) string {
	busy := set.busy
	if busy == 0 {
		busy = 5 * time.Second
	}
	pragmas := []string{fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "foreign_keys(1)", "temp_store(memory)", "trusted_schema(0)"}
	if write {
		sync := "FULL"
		if set.noFsync {
			sync = "OFF"
		}
		if set.empty {
			// 4096: with 8192 an import took as long, and small transactions write twice as much (BenchmarkImport, BenchmarkAdd).
			pragmas = append(pragmas, "page_size(4096)", "auto_vacuum(incremental)")
		}
		pragmas = append(pragmas, "journal_mode(wal)", "synchronous("+sync+")",
			// A checkpoint syncs twice: at 4000 pages (16 MB) it is one in a hundred transactions.
			"wal_autocheckpoint(4000)", "journal_size_limit(33554432)",
			// 8 MB: the system caches the file, and 64 MB here made an import no faster.
			"cache_size(-8192)")
		if set.maxPages > 0 {
			pragmas = append(pragmas, fmt.Sprintf("max_page_count(%d)", set.maxPages))
		}
	} else {
		pragmas = append(pragmas, "query_only(1)", "cache_size(-2048)")
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "_pragma=" + strings.Join(pragmas, "&_pragma=")}
	if filepath.IsAbs(path) && !strings.HasPrefix(u.Path, "/") {
		u.Path = "/" + u.Path // C:/...
	}
	if !strings.HasPrefix(u.Path, "/") {
		return "file:" + (&url.URL{Path: u.Path}).EscapedPath() + "?" + u.RawQuery
	}
	return u.String()
}

// checkTime bounds the look at a database that was not closed.
const checkTime = 2 * time.Second

// quickCheck looks for damage. It takes as long as the database is large, so it may end before it is through: what it
// does not find, whoever reads it finds.
func quickCheck(ctx context.Context, db *sql.DB) error {
	limited, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var text string
	err := db.QueryRowContext(limited, "PRAGMA quick_check(1)").Scan(&text)
	switch {
	case limited.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case text != "ok":
		return fmt.Errorf("%w: %s; bring back a backup with 'tocsin restore'", store.ErrCorrupt, strings.TrimSpace(text))
	}
	return nil
}

// open says whether there is something to read: the store is not closed, nor the context over.
func (s *Store) open(ctx context.Context) error {
	if s.closed.Load() {
		return store.ErrClosed
	}
	return ctx.Err()
}

// readRows reads the rows of a query.
func (s *Store) readRows(ctx context.Context, doing, query string, args []any, f func(rows *sql.Rows) error) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	return s.sentence(doing, each(ctx, s.readers, query, args, f))
}

// Ready writes a row, and says why it could not.
func (s *Store) Ready(ctx context.Context) error {
	return s.write(ctx, "write to the state", 1, func(t *tx) error {
		_, err := t.exec("UPDATE counters SET value = value WHERE name = 'seq'")
		return err
	})
}

// Close ends the store after what was begun.
func (s *Store) Close() error {
	w := &s.w
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return store.ErrClosed
	}
	w.closed = true
	w.mu.Unlock()
	w.turn <- struct{}{} // and it is never given back
	for s.group() {
	}
	s.closed.Store(true)
	return s.shut(true)
}

// shut closes all there is. Clean says that the next one need not look for damage.
func (s *Store) shut(clean bool) error {
	var errs []error
	for _, st := range s.w.stmts {
		errs = append(errs, st.Close())
	}
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.w.conn != nil {
		errs = append(errs, s.w.conn.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.packer != nil {
		s.packer.close()
	}
	err := errors.Join(errs...)
	if err != nil {
		err = fmt.Errorf("close the state: %w", err)
	}
	return errors.Join(err, s.lock.release(clean && err == nil))
}

// abandon closes what an Open that failed has opened. If the state was not closed cleanly before, it still counts so.
func (s *Store) abandon() {
	s.closed.Store(true)
	_ = s.shut(!s.lock.unclean) // the error that led here counts
}
