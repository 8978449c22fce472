package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"strconv"
	"sync"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
)

// Flags of decisions, and the first two of alerts.
const (
	flagLate      = 1 << iota // was over when it came: no changes, never in force
	flagShadow                // of a shadow alert: the same, and no past decision
	flagVoid                  // its alert was deleted
	flagSimulated             // of an alert: it is simulated
)

// milli is a time as it is kept.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// milliUp is the first kept time that is not before one.
func milliUp(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// nano is a time in nanoseconds, or the nearest that fits: the years from 1678 to 2262 do.
func nano(t time.Time) int64 {
	switch y := t.Year(); {
	case y < 1678:
		return math.MinInt64
	case y > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

// querier is what reads: the pool of readers, or the writer in its transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls f for every row of a query.
func each(ctx context.Context, q querier, query string, args []any, f func(rows *sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // an error of the rows is in rows.Err
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ints reads one column of numbers.
func ints(ctx context.Context, q querier, query string, args ...any) (list []int64, err error) {
	err = each(ctx, q, query, args, func(rows *sql.Rows) error {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return err
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// idList writes numbers for IN.
func idList(ids []int64) string {
	b := make([]byte, 0, 12*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(b)
}

// kindKey is what many decisions share.
type kindKey struct {
	Origin, Type, Scope, Scenario string
	Simulated                     bool
}

func kindOf(d *tocsin.Decision) kindKey {
	return kindKey{d.Origin, d.Type, d.Scope, d.Scenario, d.Simulated}
}

// kinds holds the table of kinds, so that a decision's row is read without a join and its texts are shared.
type kinds struct {
	mu   sync.RWMutex
	ids  map[kindKey]int64 // those that are durable: the writer's
	keys map[int64]kindKey // those that a reader may meet; an ID that was given is never given to another
	gone []int64           // removed from the table and still in keys, for readers that are at it
}

func (k *kinds) id(key kindKey) (int64, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	id, ok := k.ids[key]
	return id, ok
}

func (k *kinds) key(id int64) (kindKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.keys[id]
	return key, ok
}

// show lets readers know kinds, before the transaction that made them is committed.
func (k *kinds) show(m map[kindKey]int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, id := range m {
		k.keys[id] = key
	}
}

// add lets the writer use kinds again.
func (k *kinds) add(m map[kindKey]int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.Copy(k.ids, m)
}

// remove forgets kinds that are not in the table any more.
func (k *kinds) remove(ids []int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range k.gone {
		delete(k.keys, id)
	}
	for _, id := range ids {
		delete(k.ids, k.keys[id])
	}
	k.gone = ids
}

// load reads the table.
func (k *kinds) load(ctx context.Context, q querier) error {
	found := map[kindKey]int64{}
	err := each(ctx, q, "SELECT id, origin, type, scope, scenario, simulated FROM kinds", nil, func(rows *sql.Rows) error {
		var id int64
		var key kindKey
		if err := rows.Scan(&id, &key.Origin, &key.Type, &key.Scope, &key.Scenario, &key.Simulated); err != nil {
			return err
		}
		found[key] = id
		return nil
	})
	k.show(found)
	k.add(found)
	return err
}

// decisionColumns are the columns that a decisionRow reads.
const decisionColumns = "id, alert, kind, place, until, begun, flags, end_seq, ended, uuid, spelling"

// decisionRow is a row of decisions. Its bytes are the database's until the next row.
type decisionRow struct {
	id, alert, kind, until, begun, flags int64
	place, uuid, spelling                sql.RawBytes
	endSeq, ended                        sql.NullInt64
}

// read takes the current row.
func (r *decisionRow) read(rows *sql.Rows) error {
	return rows.Scan(&r.id, &r.alert, &r.kind, &r.place, &r.until, &r.begun, &r.flags, &r.endSeq, &r.ended, &r.uuid, &r.spelling)
}

// decision makes a decision of a row.
func (s *Store) decision(r *decisionRow) (tocsin.Decision, error) {
	k, ok := s.kinds.key(r.kind)
	if !ok || len(r.place) == 0 {
		return tocsin.Decision{}, fmt.Errorf("%w: decision %d is of kind %d, which is not there", store.ErrCorrupt, r.id, r.kind)
	}
	d := tocsin.Decision{
		ID: r.id, Origin: k.Origin, Type: k.Type, Scope: k.Scope, Scenario: k.Scenario, Simulated: k.Simulated,
		UUID: uuidOf(s.installation, r.id, r.uuid), Until: timeOf(r.until),
	}
	if r.spelling != nil {
		d.Value = string(r.spelling)
	} else {
		d.Value = usual(r.place)
	}
	return d, nil
}
