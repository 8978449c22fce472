package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
)

// AddAllowlist keeps a new allowlist.
func (s *Store) AddAllowlist(ctx context.Context, l store.Allowlist) error {
	return s.write(ctx, fmt.Sprintf("add allowlist %q", l.Name), 1+len(l.Items), func(t *tx) error {
		if err := t.free("SELECT 1 FROM allowlists WHERE name = ?", l.Name); err != nil {
			return err
		}
		id := l.ID
		if id == "" {
			id = uuid.New()
		}
		_, err := t.exec("INSERT INTO allowlists (name, id, description, created, updated) VALUES (?, ?, ?, ?, ?)",
			l.Name, id, l.Description, t.orNow(l.CreatedAt), milli(store.Milli(l.UpdatedAt)))
		if err != nil {
			return err
		}
		return t.addItems(l.Name, l.Items)
	})
}

func (t *tx) addItems(list string, items []store.AllowItem) error {
	for i, it := range items {
		_, err := t.exec("INSERT INTO allow_items (list, ordinal, value, comment, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
			list, i, it.Value, it.Comment, milli(store.Milli(it.CreatedAt)), milli(store.Milli(it.Expires)))
		if err != nil {
			return err
		}
	}
	return nil
}

// allowlists reads lists with their items, in the order of names. One statement reads all of it, so that no list is seen
// with the items of another moment.
func allowlists(ctx context.Context, q querier, where string, args ...any) (list []store.Allowlist, err error) {
	query := `SELECT l.name, l.id, l.description, l.created, l.updated, i.value, i.comment, i.created, i.expires
		FROM allowlists l LEFT JOIN allow_items i ON i.list = l.name` + where + ` ORDER BY l.name, i.ordinal`
	err = each(ctx, q, query, args, func(rows *sql.Rows) error {
		var l store.Allowlist
		var created, updated int64
		var value, comment sql.NullString
		var from, expires sql.NullInt64
		if err := rows.Scan(&l.Name, &l.ID, &l.Description, &created, &updated, &value, &comment, &from, &expires); err != nil {
			return err
		}
		if len(list) == 0 || list[len(list)-1].Name != l.Name {
			l.CreatedAt, l.UpdatedAt = timeOf(created), timeOf(updated)
			list = append(list, l)
		}
		if value.Valid {
			last := &list[len(list)-1]
			last.Items = append(last.Items, store.AllowItem{
				Value: value.String, Comment: comment.String, CreatedAt: timeOf(from.Int64), Expires: timeOf(expires.Int64),
			})
		}
		return nil
	})
	return list, err
}

// Allowlists lists them.
func (s *Store) Allowlists(ctx context.Context) ([]store.Allowlist, error) {
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	list, err := allowlists(ctx, s.readers, "")
	return list, s.sentence("read allowlists", err)
}

// ChangeAllowlist changes one.
func (s *Store) ChangeAllowlist(ctx context.Context, name string, f func(*store.Allowlist) error) error {
	return s.write(ctx, fmt.Sprintf("change allowlist %q", name), 100, func(t *tx) error {
		list, err := allowlists(context.WithoutCancel(ctx), t.w.conn, " WHERE l.name = ?", name)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return store.ErrNotFound
		}
		l := list[0]
		if err := f(&l); err != nil {
			return err
		}
		_, err = t.exec("UPDATE allowlists SET description = ?, created = ?, updated = ? WHERE name = ?",
			l.Description, milli(store.Milli(l.CreatedAt)), milli(store.Milli(l.UpdatedAt)), name)
		if err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM allow_items WHERE list = ?", name); err != nil {
			return err
		}
		return t.addItems(name, l.Items)
	})
}

// DeleteAllowlist removes one, and its items by the foreign key.
func (s *Store) DeleteAllowlist(ctx context.Context, name string) error {
	return s.write(ctx, fmt.Sprintf("delete allowlist %q", name), 100, func(t *tx) error {
		return changed(t.exec("DELETE FROM allowlists WHERE name = ?", name))
	})
}

// Setting returns a value.
func (s *Store) Setting(ctx context.Context, key string) (value string, err error) {
	err = s.readRows(ctx, fmt.Sprintf("read setting %q", key), "SELECT value FROM settings WHERE name = ?", []any{key}, func(rows *sql.Rows) error {
		return rows.Scan(&value)
	})
	return value, err
}

// SetSetting writes a value.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.write(ctx, fmt.Sprintf("write setting %q", key), 1, func(t *tx) error { return t.setSetting(key, value) })
}

func (t *tx) setSetting(key, value string) error {
	_, err := t.exec("INSERT INTO settings (name, value) VALUES (?, ?) "+t.s.d.put, key, value)
	return err
}

// KeepSetting writes a value unless there is one.
func (s *Store) KeepSetting(ctx context.Context, key, value string) (kept string, err error) {
	err = s.write(ctx, fmt.Sprintf("keep setting %q", key), 1, func(t *tx) error {
		kept = ""
		err := t.row("SELECT value FROM settings WHERE name = ?", key).Scan(&kept)
		if err != nil && !errors.Is(err, sql.ErrNoRows) || kept != "" {
			return err
		}
		kept = value
		return t.setSetting(key, value)
	})
	if err != nil {
		return "", err
	}
	return kept, nil
}

// AddAudit keeps an entry.
func (s *Store) AddAudit(ctx context.Context, e store.AuditEntry) error {
	return s.write(ctx, "write the audit log", 1, func(t *tx) error {
		t.n.Audit++
		_, err := t.exec("INSERT INTO audit (id, at, who, role, action, target, detail, failed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			t.n.Audit, t.orNow(e.At), e.Who, e.Role, e.Action, e.Target, e.Detail, e.Failed)
		return err
	})
}

// Audit lists entries, newest first.
func (s *Store) Audit(ctx context.Context, before int64, limit int) (list []store.AuditEntry, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	most := int64(limit)
	if limit <= 0 {
		most = math.MaxInt64
	}
	const query = "SELECT id, at, who, role, action, target, detail, failed FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?"
	err = s.readRows(ctx, "read the audit log", query, []any{before, most}, func(rows *sql.Rows) error {
		var e store.AuditEntry
		var at int64
		err := rows.Scan(&e.ID, &at, &e.Who, &e.Role, &e.Action, &e.Target, &e.Detail, &e.Failed)
		e.At = timeOf(at)
		list = append(list, e)
		return err
	})
	return list, err
}

// AddUsage keeps a report.
func (s *Store) AddUsage(ctx context.Context, r store.UsageReport) error {
	return s.write(ctx, "write a usage report", 1, func(t *tx) error {
		t.n.Usage++
		body := r.Body
		if body == nil {
			body = []byte{}
		}
		_, err := t.exec("INSERT INTO reports (id, kind, name, at, body) VALUES (?, ?, ?, ?, ?)", t.n.Usage, r.Kind, r.Name, t.orNow(r.At), body)
		return err
	})
}

// Usage lists reports, oldest first.
func (s *Store) Usage(ctx context.Context, kind, name string, since time.Time) (list []store.UsageReport, err error) {
	where, args := "1 = 1", []any(nil)
	if kind != "" {
		where, args = where+" AND kind = ?", append(args, kind)
	}
	if name != "" {
		where, args = where+" AND name = ?", append(args, name)
	}
	if !since.IsZero() {
		where, args = where+" AND at >= ?", append(args, milliUp(since))
	}
	query := "SELECT kind, name, at, body FROM reports WHERE " + where + " ORDER BY at, id"
	err = s.readRows(ctx, "read usage reports", query, args, func(rows *sql.Rows) error {
		var r store.UsageReport
		var at int64
		err := rows.Scan(&r.Kind, &r.Name, &at, &r.Body)
		r.At = timeOf(at)
		list = append(list, r)
		return err
	})
	return list, err
}
