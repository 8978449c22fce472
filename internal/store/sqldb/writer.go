package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// writer is the one connection that writes, and the queue before it. There is no goroutine of its own: of those who wait,
// one gets the turn, takes the work of all that wait, does it in one transaction with one fsync, and wakes them. While
// the disk works, the next group gathers.
type writer struct {
	conn  *sql.Conn
	turn  chan struct{} // holds one value; who has it uses the connection and what stands below stmts
	stmts map[string]*sql.Stmt
	kept  numbers
	full  bool // the disk was full, and the log takes room

	mu     sync.Mutex
	queue  []*job
	closed bool
}

// maxGroup bounds how much work shares a transaction, in weights of jobs.
const maxGroup = 20_000

// job is one caller's write.
type job struct {
	doing  string
	weight int // about how many rows it writes
	// do may be called again after a group failed as a whole; it starts afresh each time.
	do    func(t *tx) error
	state atomic.Int32
	done  chan struct{}
	err   error
	panic any // of do; it goes on in the caller's goroutine
}

// States of a job: exactly one of taken and left follows on waiting.
const (
	waiting = iota
	taken
	left
)

// tx is a transaction that several jobs share.
type tx struct {
	s     *Store
	w     *writer
	at    time.Time // of the whole transaction, in whole milliseconds
	n     numbers
	kinds map[kindKey]int64 // made in this transaction
	// after are called when the transaction is durable, in order. Each tells the changes of a job, and may write into what
	// the job's caller gave: the caller still waits.
	after []func(tell func(verdict.Change))
}

// numbers are the newest numbers given.
type numbers struct{ Seq, Alert, Kind, Bouncer, Audit, Usage int64 }

// each names them as they stand in the table of counters.
func (n *numbers) each(f func(name string, v *int64) error) error {
	return errors.Join(f("seq", &n.Seq), f("alert", &n.Alert), f("kind", &n.Kind), f("bouncer", &n.Bouncer), f("audit", &n.Audit),
		f("usage", &n.Usage))
}

// write runs do in a transaction, together with what others want to write, and returns when it is durable.
func (s *Store) write(ctx context.Context, doing string, weight int, do func(t *tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{doing: doing, weight: weight, do: do, done: make(chan struct{})}
	w := &s.w
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return store.ErrClosed
	}
	w.queue = append(w.queue, j)
	w.mu.Unlock()
	gone := ctx.Done()
	for {
		select {
		case <-j.done:
			if j.panic != nil {
				panic(j.panic)
			}
			return s.sentence(j.doing, j.err)
		case w.turn <- struct{}{}:
			s.lead()
		case <-gone:
			if j.state.CompareAndSwap(waiting, left) {
				return ctx.Err()
			}
			gone = nil // it was begun: what it comes to is what counts
		}
	}
}

// lead has the turn for one group.
func (s *Store) lead() {
	defer func() { <-s.w.turn }() // also when Committed panics: others go on
	s.group()
}

// group takes what waits, in order, and does it. It says whether there was something. The caller has the turn.
func (s *Store) group() bool {
	w := &s.w
	var jobs []*job
	weight := 0
	w.mu.Lock()
	for len(w.queue) > 0 && (weight == 0 || weight+w.queue[0].weight <= maxGroup) {
		j := w.queue[0]
		w.queue = w.queue[1:]
		if !j.state.CompareAndSwap(waiting, taken) {
			continue
		}
		jobs = append(jobs, j)
		weight += j.weight
	}
	w.mu.Unlock()
	if len(jobs) == 0 {
		return false
	}
	defer func() {
		for _, j := range jobs {
			close(j.done)
		}
	}()
	if w.full {
		w.full = !w.shrinkLog(s.path) // there may be room again
	}
	again, err := s.commit(jobs)
	if errors.Is(kind(err), store.ErrFull) {
		w.full = !w.shrinkLog(s.path)
		again = again || !w.full
	}
	if again {
		// One of them may be what the disk had no room for, so each has a try of its own.
		for _, j := range jobs {
			if _, err := s.commit([]*job{j}); err != nil {
				j.err = err
			}
		}
	} else if err != nil {
		for _, j := range jobs {
			j.err = err
		}
	}
	return true
}

// shrinkLog empties the write-ahead log into the database, which needs less room: the log has a page as often as it was
// written. It says whether the log became shorter.
func (w *writer) shrinkLog(path string) bool {
	size := func() int64 {
		fi, err := os.Stat(path + "-wal")
		if err != nil {
			return 0
		}
		return fi.Size()
	}
	before := size()
	// From now on the log is kept short: on a small disk it must not take the room that the database needs to take it in.
	// An error is that there is no room for this either.
	_, _ = w.conn.ExecContext(context.Background(), "PRAGMA wal_autocheckpoint(250)")
	_, _ = w.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return size() < before
}

// commit does jobs in one transaction. What is a job's own fault is in the job; an error is of the transaction, of which
// nothing is left. It says whether the jobs may be tried again one by one.
func (s *Store) commit(jobs []*job) (again bool, err error) {
	w := &s.w
	ctx := context.Background() // no caller's context ends what others share
	if _, err := w.exec(ctx, s.d.begin); err != nil {
		w.rollback(ctx) // should the one before not have ended
		return false, err
	}
	t := &tx{s: s, w: w, at: store.Milli(s.now()), n: w.kept, kinds: map[kindKey]int64{}}
	defer func() { w.kept.Kind = t.n.Kind }() // those of a transaction that failed are not given again
	for _, j := range jobs {
		if err := t.part(ctx, j, len(jobs) > 1); err != nil {
			w.rollback(ctx)
			return len(jobs) > 1, err
		}
	}
	err = t.saveNumbers(ctx)
	s.kinds.show(t.kinds)
	if err == nil {
		_, err = w.exec(ctx, "COMMIT")
	}
	if err != nil {
		w.rollback(ctx)
		return len(jobs) > 1, err
	}
	w.kept = t.n
	s.kinds.add(t.kinds)
	s.tell(t)
	return false, nil
}

// tell passes on the changes of a transaction, some at a time: an import may have a million, and nobody needs them all
// at once.
func (s *Store) tell(t *tx) {
	var list []verdict.Change
	flush := func() {
		if len(list) > 0 && s.committed != nil {
			s.committed(list)
		}
		list = list[:0]
	}
	for _, f := range t.after {
		f(func(c verdict.Change) {
			if list = append(list, c); len(list) == 1024 {
				flush()
			}
		})
	}
	flush()
}

// part does one job. When it fails by itself, its part is undone and the rest stays; an error is of the transaction.
func (t *tx) part(ctx context.Context, j *job, shared bool) error {
	j.err, j.panic = nil, nil
	n, after, kinds := t.n, len(t.after), len(t.kinds)
	if shared {
		if _, err := t.w.exec(ctx, "SAVEPOINT part"); err != nil {
			return err
		}
	}
	j.err = t.call(j)
	if j.err != nil && spoils(j.err) {
		return j.err
	}
	if shared {
		end := "RELEASE part"
		if j.err != nil {
			if _, err := t.w.exec(ctx, "ROLLBACK TO part"); err != nil {
				return err
			}
		}
		if _, err := t.w.exec(ctx, end); err != nil {
			return err
		}
	}
	if j.err == nil {
		return nil
	}
	if !shared {
		return j.err
	}
	made := t.n.Kind
	t.n, t.after = n, t.after[:after]
	t.n.Kind = made
	if len(t.kinds) != kinds {
		for k, id := range t.kinds {
			if id > n.Kind {
				delete(t.kinds, k)
			}
		}
	}
	return nil
}

// call runs a job and catches its panic: it is somebody else's goroutine.
func (t *tx) call(j *job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			j.panic, err = p, errPanic
		}
	}()
	return j.do(t)
}

var errPanic = errors.New("the change panicked")

// saveNumbers writes the counters that were used.
func (t *tx) saveNumbers(ctx context.Context) error {
	old := map[string]int64{}
	_ = t.w.kept.each(func(name string, v *int64) error {
		old[name] = *v
		return nil
	})
	return t.n.each(func(name string, v *int64) error {
		if *v == old[name] {
			return nil
		}
		_, err := t.w.exec(ctx, "UPDATE counters SET value = ? WHERE name = ?", *v, name)
		return err
	})
}

// next gives a number of the sequence.
func (t *tx) next() int64 {
	t.n.Seq++
	return t.n.Seq
}

func (t *tx) exec(query string, args ...any) (int64, error) {
	r, err := t.w.exec(context.Background(), query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// once runs a statement whose text is made for the occasion, and not kept.
func (t *tx) once(query string, args ...any) error {
	_, err := t.w.conn.ExecContext(context.Background(), query, args...)
	return err
}

// row reads one row by a statement that is kept.
func (t *tx) row(query string, args ...any) *sql.Row {
	st, err := t.w.stmt(context.Background(), query) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return t.w.conn.QueryRowContext(context.Background(), query, args...) // it gives the error again
	}
	return st.QueryRowContext(context.Background(), args...)
}

// exec runs a statement that is kept for the next time.
func (w *writer) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := w.stmt(ctx, query) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

// stmt prepares each text once. The texts are constants of this package, so there are few.
func (w *writer) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := w.stmts[query]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60q: %w", strings.Join(strings.Fields(query), " "), err)
	}
	w.stmts[query] = st
	return st, nil
}

// rollback ends a transaction that failed. SQLite may have ended it already, which it then says, and that is fine.
func (w *writer) rollback(ctx context.Context) { _, _ = w.exec(ctx, "ROLLBACK") }
