package sqldb

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"tocsin.example/internal/store"
)

// magic begins a backup. Behind it comes a line of JSON ([Header]), a line with its SHA-256, and the database.
const magic = "TOCSIN STATE BACKUP 1\n"

// Header says what a backup is.
type Header struct {
	Database string    `json:"database"` // "sqlite"
	Version  int64     `json:"version"`  // of the schema
	Created  time.Time `json:"created"`
	Size     int64     `json:"size"`   // of the database in bytes
	SHA256   string    `json:"sha256"` // of the database, hex
}

// Backup writes a copy of the state as of one moment. It needs as much room in the state folder for a while; writers are
// not held up.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	return s.sentence("back up the state", s.backup(ctx, w))
}

func (s *Store) backup(ctx context.Context, w io.Writer) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(s.path), "backup-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// A connection of its own: readers are told to write nothing, not even another file.
	db, err := sql.Open(s.d.driver, dsn(s.path, settings{}, true))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	path := filepath.Join(dir, File)
	if err := copyDatabase(ctx, s.d, db, path); err != nil {
		return err
	}
	h := Header{Database: s.d.name, Created: s.now().UTC()}
	if h.Version, err = version(ctx, db); err != nil {
		return err
	}
	return sendBackup(ctx, path, h, w)
}

// sendBackup writes a copy with its header.
func sendBackup(ctx context.Context, path string, h Header, w io.Writer) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	if h.Size, err = io.Copy(sum, reader{ctx, f}); err != nil {
		return err
	}
	h.SHA256 = hex.EncodeToString(sum.Sum(nil))
	line, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s%s\n%x\n", magic, line, sha256.Sum256(line)); err != nil {
		return err
	}
	_, err = io.Copy(w, reader{ctx, f})
	return err
}

// reader stops when its context ends.
type reader struct {
	ctx context.Context //nolint:containedctx // it lives as long as the call
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// Restore puts the state of a backup into a folder that no process works on. A state that is there is an error
// ([store.ErrExists]), unless replace is set; then it is kept as tocsin.db.replaced. A backup that is damaged
// ([store.ErrCorrupt]) or of a newer program ([store.ErrNewer]) changes nothing.
func Restore(ctx context.Context, r io.Reader, dir string, replace bool) (Header, error) {
	h, err := restore(ctx, r, dir, replace)
	if err != nil {
		return h, sentence(filepath.Join(dir, File), "restore the state", err)
	}
	return h, nil
}

func restore(ctx context.Context, r io.Reader, dir string, replace bool) (h Header, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return h, err
	}
	l, err := takeLock(dir)
	if err != nil {
		return h, err
	}
	clean := false
	defer func() { err = errors.Join(err, l.release(clean || !l.unclean)) }()
	path := filepath.Join(dir, File)
	if fi, err := os.Stat(path); err == nil && fi.Size() > 0 && !replace {
		return h, fmt.Errorf("%w: there is a state in %s", store.ErrExists, dir)
	}
	b := bufio.NewReaderSize(reader{ctx, r}, 1<<16)
	if h, err = readHeader(b); err != nil {
		return h, err
	}
	newest, err := newestVersion()
	if err != nil {
		return h, err
	}
	if h.Version > newest {
		return h, fmt.Errorf("%w: the backup has version %d, this program knows up to %d", store.ErrNewer, h.Version, newest)
	}
	fresh := path + ".restoring"
	if err := receive(b, fresh, h); err != nil {
		return h, errors.Join(err, os.Remove(fresh))
	}
	if err := put(fresh, path); err != nil {
		return h, err
	}
	clean = true
	return h, nil
}

// readHeader reads what stands before the database.
func readHeader(b *bufio.Reader) (h Header, err error) {
	bad := func(what string) (Header, error) {
		return Header{}, fmt.Errorf("%w: the backup %s", store.ErrCorrupt, what)
	}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(b, head); err != nil || string(head) != magic {
		return bad("is none: it does not begin as one")
	}
	line, err := b.ReadSlice('\n') // bounded by the reader's buffer
	if err != nil {
		return bad("ends in its header")
	}
	line = bytes.Clone(bytes.TrimSuffix(line, []byte{'\n'}))
	sum, err := b.ReadSlice('\n')
	if err != nil {
		return bad("ends in its header")
	}
	if string(bytes.TrimSpace(sum)) != fmt.Sprintf("%x", sha256.Sum256(line)) {
		return bad("has a damaged header")
	}
	if err := json.Unmarshal(line, &h); err != nil || h.Size <= 0 || h.Database != sqliteDialect().name {
		return bad("has a header that is not understood")
	}
	return h, nil
}

// receive writes the database of a backup into a new file, and checks it.
func receive(r io.Reader, path string, h Header) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(r, h.Size))
	if err != nil {
		return err
	}
	if n != h.Size {
		return fmt.Errorf("%w: the backup ends after %d bytes of %d", store.ErrCorrupt, n, h.Size)
	}
	if hex.EncodeToString(sum.Sum(nil)) != h.SHA256 {
		return fmt.Errorf("%w: the backup's checksum is wrong", store.ErrCorrupt)
	}
	return f.Sync()
}

// put moves a new database to its place. The log of the old one goes with the old one: it must not be applied to the new.
func put(fresh, path string) error {
	ends := []string{"", "-wal", "-shm"}
	for _, end := range ends { // those of an earlier time
		if err := os.Remove(path + ".replaced" + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	for _, end := range ends {
		err := os.Rename(path+end, path+".replaced"+end)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	// The names are on the disk once the folder is; where folders cannot be synced, the system does it by itself.
	_ = d.Sync()
	return d.Close()
}
