package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/store"
)

// Sizes of what is read at once.
const (
	pageAlerts = 100    // with their bodies
	pageIDs    = 1000   // in one list
	few        = 2000   // rows of an index that are looked at one by one rather than all alerts in order
	pageRows   = 20_000 // narrow rows
)

// where is one condition of a filter on alerts.
type where struct {
	column string // that has an index, "" for none
	rest   string // behind the column, or all of it
	args   []any
	// exact says that the index gives its rows in the order of IDs, so that it is of use however many there are.
	exact bool
	// each is the condition for one alert at a time, when it is not the same without the index.
	each string
	// rows is the query of the index's rows, when they are not of the table of alerts.
	rows string
}

// sql is the condition, by its index or without.
func (w where) sql(d dialect, indexed bool) string {
	switch {
	case w.column == "":
		return w.rest
	case indexed:
		return w.column + w.rest
	case w.each != "":
		return w.each
	}
	return d.scan(w.column) + w.rest
}

// conditions turns a filter into conditions. IDs, order and bounds are not among them.
func (d dialect) conditions(f store.AlertFilter, now time.Time) (list []where) {
	add := func(column, rest string, args ...any) {
		list = append(list, where{column: column, rest: rest, args: args})
	}
	text := func(column, value string) {
		if value != "" {
			add("", column+" = ?", value)
		}
	}
	if f.Prefix.IsValid() {
		p := address.Masked(f.Prefix)
		if f.Inside {
			first, last := inside(p)
			add("a.place", " BETWEEN ? AND ?", first, last)
		} else {
			add("a.place", " IN ("+d.blobs(around(p))+")")
		}
	}
	if f.Value != "" {
		add("a.place", " IN ("+d.blobs(spelled(f.Value))+")")
		add("", "a.value = ?", f.Value)
	}
	exact := func(column, value string) {
		if value != "" {
			list = append(list, where{column: column, rest: " = ?", args: []any{value}, exact: true})
		}
	}
	exact("a.scenario", f.Scenario)
	exact("a.machine", f.Machine)
	if f.Active != nil && *f.Active {
		// The second half is for the index, which has no other rows.
		list = append(list, where{column: "a.active", rest: " > ? AND a.active <> 0", each: d.scan("a.active") + " > ?", args: []any{milli(now)}})
	} else if f.Active != nil {
		add("", "a.active <= ?", milli(now))
	}
	if !f.Since.IsZero() || !f.Until.IsZero() {
		last := int64(1<<63 - 1)
		if !f.Until.IsZero() {
			last = nano(f.Until)
		}
		add("a.started", " BETWEEN ? AND ?", nano(f.Since), last)
	}
	if f.Origin != "" || f.DecisionType != "" {
		list = append(list, madeWith(f.Origin, f.DecisionType))
	}
	if f.WithoutCentral {
		add("", "NOT EXISTS (SELECT 1 FROM alert_kinds m WHERE m.alert = a.id AND m.kind IN (SELECT id FROM kinds WHERE origin IN (?, ?)))",
			tocsin.OriginCentral, tocsin.OriginList)
	}
	text("a.scope", f.Scope)
	text("a.kind", f.Kind)
	if !f.CreatedBefore.IsZero() {
		add("", "a.created < ?", milliUp(f.CreatedBefore))
	}
	if f.Simulated != nil {
		want := 0
		if *f.Simulated {
			want = flagSimulated
		}
		add("", "a.flags & ? = ?", flagSimulated, want)
	}
	if f.Before != 0 {
		add("", "a.id < ?", f.Before)
	}
	return list
}

// madeWith asks for alerts that were made with such a decision.
func madeWith(origin, typ string) where {
	var is []string
	var args []any
	if origin != "" {
		is, args = append(is, "origin = ?"), append(args, origin)
	}
	if typ != "" {
		is, args = append(is, "type = ?"), append(args, typ)
	}
	of := "kind IN (SELECT id FROM kinds WHERE " + strings.Join(is, " AND ") + ")"
	rows := "SELECT alert FROM alert_kinds WHERE " + of
	return where{
		column: "a.id", rest: " IN (" + rows + ")", args: args, rows: rows,
		each: "EXISTS (SELECT 1 FROM alert_kinds m WHERE m.alert = a.id AND m." + of + ")",
	}
}

// find lists the IDs of the alerts that a filter asks for.
//
// A scan in the order of IDs is best when many match, an index when few do, and the database cannot tell which it is. So
// it is asked first: an index whose condition has few rows is used, and no other.
func (s *Store) find(ctx context.Context, q querier, f store.AlertFilter, now time.Time) ([]int64, error) {
	list := s.d.conditions(f, now)
	if len(f.IDs) > 0 {
		return s.findAmong(ctx, q, f, list)
	}
	by := -1
	for i, w := range list {
		if w.column == "" {
			continue
		}
		rows := w.rows
		if rows == "" {
			rows = "SELECT 1 FROM alerts a WHERE " + w.sql(s.d, true)
		}
		n, err := ints(ctx, q, fmt.Sprintf("SELECT count(*) FROM (%s LIMIT %d) AS r", rows, few), w.args...)
		if err != nil {
			return nil, err
		}
		if n[0] < few {
			by = i
			break
		}
		if w.exact {
			by = i
		}
	}
	return s.list(ctx, q, f, list, by, "")
}

// findAmong is find for a filter with IDs.
func (s *Store) findAmong(ctx context.Context, q querier, f store.AlertFilter, list []where) (found []int64, err error) {
	ids := slices.Clone(f.IDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	all := f
	all.Oldest, all.Limit, all.Offset = true, 0, 0
	for part := range slices.Chunk(ids, pageIDs) {
		some, err := s.list(ctx, q, all, list, -1, "a.id IN ("+idList(part)+")")
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	if !f.Oldest {
		slices.Reverse(found)
	}
	found = found[min(max(f.Offset, 0), len(found)):]
	if f.Limit > 0 {
		found = found[:min(f.Limit, len(found))]
	}
	return found, nil
}

// list runs the query of conditions, by the index of one of them.
func (s *Store) list(ctx context.Context, q querier, f store.AlertFilter, list []where, by int, more string) ([]int64, error) {
	var texts []string
	var args []any
	for i, w := range list {
		texts, args = append(texts, w.sql(s.d, i == by)), append(args, w.args...)
	}
	if more != "" {
		texts = append(texts, more)
	}
	query := "SELECT a.id FROM alerts a"
	if len(texts) > 0 {
		query += " WHERE " + strings.Join(texts, " AND ")
	}
	if by >= 0 && !list[by].exact {
		query += " ORDER BY " + s.d.scan("a.id") // else the order could be taken for a reason to scan
	} else {
		query += " ORDER BY a.id"
	}
	if !f.Oldest {
		query += " DESC"
	}
	limit, offset := int64(1<<62), max(f.Offset, 0)
	if f.Limit > 0 {
		limit = int64(f.Limit)
	}
	return ints(ctx, q, query+" LIMIT ? OFFSET ?", append(args, limit, offset)...)
}

// FindAlerts yields alerts.
func (s *Store) FindAlerts(ctx context.Context, f store.AlertFilter) iter.Seq2[*store.Alert, error] {
	return func(yield func(*store.Alert, error) bool) {
		err := s.findAlerts(ctx, f, func(a *store.Alert) bool { return yield(a, nil) })
		if err != nil {
			yield(nil, s.sentence("find alerts", err))
		}
	}
}

func (s *Store) findAlerts(ctx context.Context, f store.AlertFilter, yield func(*store.Alert) bool) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	ids, err := s.find(ctx, s.readers, f, s.now())
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, pageAlerts) {
		page, err := s.page(ctx, part, f)
		if err != nil {
			return err
		}
		for i := range page {
			a, err := s.full(ctx, &page[i], f)
			if err != nil {
				return err
			}
			page[i] = alertRow{} // it may be large, and the caller has it now
			if !yield(a) {
				return nil
			}
		}
	}
	return nil
}

// alertRow is an alert as it stands in its tables.
type alertRow struct {
	id, created, first, count, flags int64
	machine                          string
	head, tail                       []byte
}

// page reads alerts, in the order of the IDs. Those that are gone are left out.
func (s *Store) page(ctx context.Context, ids []int64, f store.AlertFilter) ([]alertRow, error) {
	tail := "b.tail"
	if f.WithoutEvents {
		tail = "NULL"
	}
	found := make(map[int64]alertRow, len(ids))
	err := each(ctx, s.readers, "SELECT a.id, a.created, a.first, a.count, a.flags, a.machine, b.head, "+tail+
		" FROM alerts a JOIN bodies b ON b.alert = a.id WHERE a.id IN ("+idList(ids)+")", nil, func(rows *sql.Rows) error {
		var r alertRow
		if err := rows.Scan(&r.id, &r.created, &r.first, &r.count, &r.flags, &r.machine, &r.head, &r.tail); err != nil {
			return err
		}
		found[r.id] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	page := make([]alertRow, 0, len(ids))
	for _, id := range ids {
		if r, ok := found[id]; ok {
			page = append(page, r)
		}
	}
	return page, nil
}

// full makes an alert of its row.
func (s *Store) full(ctx context.Context, r *alertRow, f store.AlertFilter) (*store.Alert, error) {
	a := &store.Alert{ID: r.id, CreatedAt: timeOf(r.created), Machine: r.machine, Late: r.flags&flagLate != 0, Shadow: r.flags&flagShadow != 0}
	head, err := s.packer.unpack(r.head)
	if err != nil {
		return nil, err
	}
	tail, err := s.packer.unpack(r.tail)
	if err != nil {
		return nil, err
	}
	if err := store.Decode(head, tail, &a.Alert); err != nil {
		return nil, err
	}
	if f.WithoutDecisions || r.count == 0 {
		return a, nil
	}
	var row decisionRow
	err = each(ctx, s.readers, "SELECT "+decisionColumns+" FROM decisions WHERE id BETWEEN ? AND ? ORDER BY id", []any{r.first, r.first + r.count - 1},
		func(rows *sql.Rows) error {
			if err := row.read(rows); err != nil {
				return err
			}
			d, err := s.decision(&row)
			if row.endSeq.Valid {
				d.Until = timeOf(row.ended.Int64)
			}
			a.Decisions = append(a.Decisions, d)
			return err
		})
	return a, err
}

// Alert returns one.
func (s *Store) Alert(ctx context.Context, id int64) (*store.Alert, error) {
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	doing := fmt.Sprintf("read alert %d", id)
	page, err := s.page(ctx, []int64{id}, store.AlertFilter{})
	if err != nil {
		return nil, s.sentence(doing, err)
	}
	if len(page) == 0 {
		return nil, store.ErrNotFound
	}
	a, err := s.full(ctx, &page[0], store.AlertFilter{})
	if err != nil {
		return nil, s.sentence(doing, err)
	}
	return a, nil
}
