package sqldb

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"

	"tocsin.example/internal/address"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// Changes yields what happened after a number. It reads pages, each as of its moment: what is committed meanwhile has
// greater numbers than the last one at the beginning, and is left out by them.
func (s *Store) Changes(ctx context.Context, after uint64) iter.Seq2[verdict.Change, error] {
	return func(yield func(verdict.Change, error) bool) {
		err := s.changes(ctx, int64(min(after, 1<<62)), func(c verdict.Change) bool { return yield(c, nil) })
		if err != nil {
			yield(verdict.Change{}, s.sentence("read changes", err))
		}
	}
}

func (s *Store) changes(ctx context.Context, after int64, yield func(verdict.Change) bool) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	last, err := ints(ctx, s.readers, "SELECT value FROM counters WHERE name = 'seq'")
	if err != nil {
		return err
	}
	begins := pager{
		query: "SELECT id, kind, place, until, begun, uuid, spelling FROM decisions WHERE id > ? AND id <= ? AND flags & 3 = 0 ORDER BY id LIMIT ?",
		after: after, last: last[0],
	}
	ends := pager{
		query: "SELECT id, end_seq, ended FROM decisions WHERE end_seq > ? AND end_seq <= ? ORDER BY end_seq LIMIT ?",
		after: after, last: last[0],
	}
	var row decisionRow
	begins.change = func(rows *sql.Rows) (verdict.Change, error) {
		if err := rows.Scan(&row.id, &row.kind, &row.place, &row.until, &row.begun, &row.uuid, &row.spelling); err != nil {
			return verdict.Change{}, err
		}
		d, err := s.decision(&row)
		return verdict.Change{Seq: uint64(row.id), At: timeOf(row.begun), Decision: d}, err //nolint:gosec // IDs are positive
	}
	ends.change = func(rows *sql.Rows) (verdict.Change, error) {
		err := rows.Scan(&row.id, &row.endSeq, &row.ended)
		return ending(row.id, row.endSeq.Int64, row.ended.Int64), err
	}
	for {
		b, err := begins.peek(ctx, s.readers)
		if err != nil {
			return err
		}
		e, err := ends.peek(ctx, s.readers)
		if err != nil {
			return err
		}
		if b == nil && e == nil {
			return nil
		}
		next := &begins
		if b == nil || e != nil && e.Seq < b.Seq {
			next = &ends
		}
		if !yield(next.page[0]) {
			return nil
		}
		next.page = next.page[1:]
	}
}

// pager reads changes in pages.
type pager struct {
	query       string // its arguments are after, last and how many
	change      func(rows *sql.Rows) (verdict.Change, error)
	after, last int64
	buffer      []verdict.Change
	page        []verdict.Change
	over        bool
}

// peek is the next change, nil when there is none.
func (p *pager) peek(ctx context.Context, q querier) (*verdict.Change, error) {
	if len(p.page) > 0 {
		return &p.page[0], nil
	}
	if p.over {
		return nil, nil
	}
	p.page = p.buffer[:0]
	err := each(ctx, q, p.query, []any{p.after, p.last, pageRows}, func(rows *sql.Rows) error {
		c, err := p.change(rows)
		p.page = append(p.page, c)
		return err
	})
	p.buffer = p.page
	p.over = len(p.page) < pageRows
	if err != nil || len(p.page) == 0 {
		return nil, err
	}
	p.after = int64(p.page[len(p.page)-1].Seq) //nolint:gosec // it was one
	return &p.page[0], nil
}

// PastDecisions yields decisions on a value.
func (s *Store) PastDecisions(ctx context.Context, q store.PastQuery) iter.Seq2[store.PastDecision, error] {
	return func(yield func(store.PastDecision, error) bool) {
		err := s.past(ctx, q, func(d store.PastDecision) bool { return yield(d, nil) })
		if err != nil {
			yield(store.PastDecision{}, s.sentence("read past decisions", err))
		}
	}
}

func (s *Store) past(ctx context.Context, q store.PastQuery, yield func(store.PastDecision) bool) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	where, args := s.d.pastWhere(q)
	id := s.d.scan("id") // by the index of places, not backwards through all
	query := "SELECT " + decisionColumns + " FROM decisions WHERE " + where + " AND " + id + " < ? ORDER BY " + id + " DESC LIMIT ?"
	left, before := q.Limit, int64(1<<62)
	for {
		size := pageIDs
		if q.Limit > 0 {
			size = min(size, left)
		}
		var page []store.PastDecision
		var row decisionRow
		err := each(ctx, s.readers, query, append(slices.Clip(args), before, size), func(rows *sql.Rows) error {
			if err := row.read(rows); err != nil {
				return err
			}
			before = row.id
			d, err := s.decision(&row)
			if err != nil {
				return err
			}
			p := store.PastDecision{Decision: d, Alert: row.alert, Begun: timeOf(row.begun), Late: row.flags&flagLate != 0}
			if row.endSeq.Valid {
				p.EndedAt = timeOf(row.ended.Int64)
			}
			page = append(page, p)
			return nil
		})
		if err != nil {
			return err
		}
		for _, d := range page {
			if !yield(d) {
				return nil
			}
		}
		left -= len(page)
		if len(page) < size || q.Limit > 0 && left <= 0 {
			return nil
		}
	}
}

// CountPast counts them.
func (s *Store) CountPast(ctx context.Context, q store.PastQuery) (int, error) {
	if err := s.open(ctx); err != nil {
		return 0, err
	}
	where, args := s.d.pastWhere(q)
	limit := int64(1 << 62)
	if q.Limit > 0 {
		limit = int64(q.Limit)
	}
	n, err := ints(ctx, s.readers, "SELECT count(*) FROM (SELECT 1 FROM decisions WHERE "+where+" LIMIT ?) AS r", append(args, limit)...)
	if err != nil {
		return 0, s.sentence("count past decisions", err)
	}
	return int(n[0]), nil
}

// pastWhere is the condition of a query.
func (d dialect) pastWhere(q store.PastQuery) (string, []any) {
	var texts []string
	var args []any
	add := func(text string, values ...any) { texts, args = append(texts, text), append(args, values...) }
	switch {
	case q.IDs != nil:
		add("id IN (" + idList(q.IDs) + ")")
	case q.Prefix.IsValid():
		add("place IN (" + d.blobs(around(address.Masked(q.Prefix))) + ")")
	default:
		// A place stands for all spellings. That of a row is the usual one of its place unless it says otherwise.
		places := spelled(q.Value)
		add("place IN (" + d.blobs(places) + ")")
		usually := slices.DeleteFunc(places, func(place []byte) bool { return usual(place) != q.Value })
		if len(usually) > 0 {
			add("(spelling = ? OR spelling IS NULL AND "+d.scan("place")+" IN ("+d.blobs(usually)+"))", q.Value)
		} else {
			add("spelling = ?", q.Value)
		}
	}
	add("flags & 6 = 0")
	if !q.Since.IsZero() {
		add("begun >= ?", milliUp(q.Since))
	}
	if q.Type != "" {
		add("kind IN (SELECT id FROM kinds WHERE type = ?)", q.Type)
	}
	return strings.Join(texts, " AND "), args
}
