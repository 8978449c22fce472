package sqldb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver

	"tocsin.example/internal/store"
)

// files are the migrations of all dialects, a folder each.
//
//go:embed migrations
var files embed.FS

func embedded() fs.FS { return files }

// version is how far the migrations of a database were done, 0 for an empty one.
func version(ctx context.Context, db *sql.DB) (n int64, err error) {
	var there int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'").Scan(&there)
	if err != nil || there == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&n)
	return n, err
}

// migrate brings a database up to date. One that is not empty is copied first, to a file whose name says its version.
func migrate(ctx context.Context, d dialect, db *sql.DB, path string, from fs.FS, now time.Time) error {
	sub, err := fs.Sub(from, "migrations/"+d.name)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	have, err := version(ctx, db)
	switch {
	case err != nil:
		return err
	case have == newest:
		return nil
	case have > newest:
		return fmt.Errorf("%w: %s has version %d, this program knows up to %d; run the newer program, or bring back a backup from before the update with 'tocsin restore'",
			store.ErrNewer, path, have, newest)
	case have > 0:
		copyPath := fmt.Sprintf("%s.v%d-%s", path, have, now.UTC().Format("20060102T150405"))
		if err := copyDatabase(ctx, d, db, copyPath); err != nil {
			return fmt.Errorf("copy the state before it is brought up to date: %w", err)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		if part, ok := errors.AsType[*goose.PartialError](err); ok {
			err = part.Err
		}
		return fmt.Errorf("bring the state up to date: %w", err)
	}
	return nil
}

// copyDatabase writes a consistent copy into a new file that only its owner may read.
func copyDatabase(ctx context.Context, d dialect, db *sql.DB, path string) error {
	// The file may be there if it is empty, and so it has its rights from the start.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, d.copyTo, path); err != nil {
		_ = os.Remove(path) // the other error counts
		return err
	}
	return nil
}

// newestVersion is up to which version this program knows.
func newestVersion() (newest int64, err error) {
	d := sqliteDialect()
	names, err := fs.Glob(files, "migrations/"+d.name+"/*.sql")
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		newest = max(newest, n)
	}
	return newest, err
}
