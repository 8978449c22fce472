package sqldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tocsin.example/internal/store"
)

// changed turns "no row was changed" into [store.ErrNotFound].
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}

// exists says whether a query has a row.
func (t *tx) exists(query string, args ...any) (bool, error) {
	var one int
	err := t.row(query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// free wants a name that is not taken.
func (t *tx) free(query, name string) error {
	taken, err := t.exists(query, name)
	if err == nil && taken {
		return store.ErrExists
	}
	return err
}

// orNow is a time as it is kept, the transaction's for none.
func (t *tx) orNow(at time.Time) int64 {
	if at.IsZero() {
		return milli(t.at)
	}
	return milli(store.Milli(at))
}

const machineColumns = "name, password, auth, validated, ip, version, os, scenarios, created, updated, heartbeat, push, login, epoch"

func readMachine(scan func(...any) error) (m store.Machine, err error) {
	var scenarios string
	var at [5]int64
	err = scan(&m.Name, &m.PasswordHash, &m.AuthType, &m.Validated, &m.IP, &m.Version, &m.OS, &scenarios, &at[0], &at[1], &at[2], &at[3], &at[4], &m.Epoch)
	if err != nil {
		return m, err
	}
	m.CreatedAt, m.UpdatedAt, m.LastHeartbeat, m.LastPush, m.LastLogin = timeOf(at[0]), timeOf(at[1]), timeOf(at[2]), timeOf(at[3]), timeOf(at[4])
	if err := json.Unmarshal([]byte(scenarios), &m.Scenarios); err != nil {
		return m, fmt.Errorf("%w: scenarios of machine %q: %w", store.ErrCorrupt, m.Name, err)
	}
	if len(m.Scenarios) == 0 {
		m.Scenarios = nil
	}
	return m, nil
}

// writeMachine lists the columns behind the name.
func writeMachine(m *store.Machine) ([]any, error) {
	scenarios, err := json.Marshal(m.Scenarios)
	if err != nil {
		return nil, err
	}
	at := func(t time.Time) int64 { return milli(store.Milli(t)) }
	return []any{
		m.PasswordHash, m.AuthType, m.Validated, m.IP, m.Version, m.OS, string(scenarios),
		at(m.CreatedAt), at(m.UpdatedAt), at(m.LastHeartbeat), at(m.LastPush), at(m.LastLogin), m.Epoch,
	}, nil
}

// AddMachine keeps a new machine.
func (s *Store) AddMachine(ctx context.Context, m store.Machine) error {
	return s.write(ctx, fmt.Sprintf("add machine %q", m.Name), 1, func(t *tx) error {
		if err := t.free("SELECT 1 FROM machines WHERE name = ?", m.Name); err != nil {
			return err
		}
		m := m
		m.CreatedAt = timeOf(t.orNow(m.CreatedAt))
		args, err := writeMachine(&m)
		if err != nil {
			return err
		}
		_, err = t.exec("INSERT INTO machines ("+machineColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", append([]any{m.Name}, args...)...)
		return err
	})
}

// Machine returns one.
func (s *Store) Machine(ctx context.Context, name string) (store.Machine, error) {
	list, err := s.machines(ctx, " WHERE name = ?", name)
	if err != nil {
		return store.Machine{}, err
	}
	if len(list) == 0 {
		return store.Machine{}, store.ErrNotFound
	}
	return list[0], nil
}

// Machines lists them by name.
func (s *Store) Machines(ctx context.Context) ([]store.Machine, error) {
	return s.machines(ctx, " ORDER BY name")
}

func (s *Store) machines(ctx context.Context, rest string, args ...any) (list []store.Machine, err error) {
	err = s.readRows(ctx, "read machines", "SELECT "+machineColumns+" FROM machines"+rest, args, func(rows *sql.Rows) error {
		m, err := readMachine(rows.Scan)
		list = append(list, m)
		return err
	})
	return list, err
}

// ChangeMachine changes one.
func (s *Store) ChangeMachine(ctx context.Context, name string, f func(*store.Machine) error) error {
	return s.write(ctx, fmt.Sprintf("change machine %q", name), 1, func(t *tx) error {
		m, err := readMachine(t.row("SELECT "+machineColumns+" FROM machines WHERE name = ?", name).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := f(&m); err != nil {
			return err
		}
		args, err := writeMachine(&m)
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE machines SET password = ?, auth = ?, validated = ?, ip = ?, version = ?, os = ?, scenarios = ?,
			created = ?, updated = ?, heartbeat = ?, push = ?, login = ?, epoch = ? WHERE name = ?`, append(args, name)...)
		return err
	})
}

// DeleteMachine removes one.
func (s *Store) DeleteMachine(ctx context.Context, name string) error {
	return s.write(ctx, fmt.Sprintf("delete machine %q", name), 1, func(t *tx) error {
		return changed(t.exec("DELETE FROM machines WHERE name = ?", name))
	})
}

// AddBouncer keeps a new bouncer.
func (s *Store) AddBouncer(ctx context.Context, b store.Bouncer) (store.Bouncer, error) {
	out := b
	err := s.write(ctx, fmt.Sprintf("add bouncer %q", b.Name), 1, func(t *tx) error {
		if err := t.free("SELECT 1 FROM bouncers WHERE name = ?", b.Name); err != nil {
			return err
		}
		t.n.Bouncer++
		out = b
		out.ID, out.CreatedAt = t.n.Bouncer, timeOf(t.orNow(b.CreatedAt))
		out.LastSeen, out.LastPull, out.Cursor.Time = store.Milli(b.LastSeen), store.Milli(b.LastPull), store.Milli(b.Cursor.Time)
		_, err := t.exec(`INSERT INTO bouncers (id, name, key, auth, ip, type, version, os, parent, created, seen, pull, cursor_seq, cursor_time)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			out.ID, b.Name, b.KeyHash, b.AuthType, b.IP, b.Type, b.Version, b.OS, b.Parent, milli(out.CreatedAt), milli(out.LastSeen), milli(out.LastPull),
			int64(b.Cursor.Seq), milli(out.Cursor.Time)) //nolint:gosec // a cursor comes from the sequence; what does not fit is none
		return err
	})
	if err != nil {
		return store.Bouncer{}, err
	}
	return out, nil
}

// Bouncers lists them by ID.
func (s *Store) Bouncers(ctx context.Context) (list []store.Bouncer, err error) {
	const query = "SELECT id, name, key, auth, ip, type, version, os, parent, created, seen, pull, cursor_seq, cursor_time FROM bouncers ORDER BY id"
	err = s.readRows(ctx, "read bouncers", query, nil, func(rows *sql.Rows) error {
		var b store.Bouncer
		var at [4]int64
		var seq int64
		err := rows.Scan(&b.ID, &b.Name, &b.KeyHash, &b.AuthType, &b.IP, &b.Type, &b.Version, &b.OS, &b.Parent, &at[0], &at[1], &at[2], &seq, &at[3])
		b.CreatedAt, b.LastSeen, b.LastPull, b.Cursor.Time = timeOf(at[0]), timeOf(at[1]), timeOf(at[2]), timeOf(at[3])
		b.Cursor.Seq = uint64(seq) //nolint:gosec // as it was written
		list = append(list, b)
		return err
	})
	return list, err
}

// SaveBouncers writes what changes by use.
func (s *Store) SaveBouncers(ctx context.Context, list []store.Bouncer) error {
	return s.write(ctx, "save bouncers", len(list), func(t *tx) error {
		for _, b := range list {
			_, err := t.exec("UPDATE bouncers SET ip = ?, type = ?, version = ?, os = ?, seen = ?, pull = ?, cursor_seq = ?, cursor_time = ? WHERE id = ?",
				b.IP, b.Type, b.Version, b.OS, milli(store.Milli(b.LastSeen)), milli(store.Milli(b.LastPull)),
				int64(b.Cursor.Seq), milli(store.Milli(b.Cursor.Time)), b.ID) //nolint:gosec // see AddBouncer
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteBouncer removes one and its children.
func (s *Store) DeleteBouncer(ctx context.Context, name string) error {
	return s.write(ctx, fmt.Sprintf("delete bouncer %q", name), 1, func(t *tx) error {
		if err := changed(t.exec("DELETE FROM bouncers WHERE name = ?", name)); err != nil {
			return err
		}
		_, err := t.exec("DELETE FROM bouncers WHERE parent = ? AND parent <> ''", name)
		return err
	})
}

// AddToken keeps a new token.
func (s *Store) AddToken(ctx context.Context, k store.Token) error {
	return s.write(ctx, fmt.Sprintf("add token %q", k.Name), 1, func(t *tx) error {
		if err := t.free("SELECT 1 FROM tokens WHERE name = ?", k.Name); err != nil {
			return err
		}
		_, err := t.exec("INSERT INTO tokens (name, hash, role, created, expires, used) VALUES (?, ?, ?, ?, ?, ?)",
			k.Name, k.Hash, k.Role, t.orNow(k.CreatedAt), milli(store.Milli(k.Expires)), milli(store.Milli(k.LastUsed)))
		return err
	})
}

// Tokens lists them by name.
func (s *Store) Tokens(ctx context.Context) (list []store.Token, err error) {
	err = s.readRows(ctx, "read tokens", "SELECT name, hash, role, created, expires, used FROM tokens ORDER BY name", nil, func(rows *sql.Rows) error {
		var k store.Token
		var at [3]int64
		err := rows.Scan(&k.Name, &k.Hash, &k.Role, &at[0], &at[1], &at[2])
		k.CreatedAt, k.Expires, k.LastUsed = timeOf(at[0]), timeOf(at[1]), timeOf(at[2])
		list = append(list, k)
		return err
	})
	return list, err
}

// UseToken writes when one was used.
func (s *Store) UseToken(ctx context.Context, name string, at time.Time) error {
	return s.write(ctx, fmt.Sprintf("write the use of token %q", name), 1, func(t *tx) error {
		_, err := t.exec("UPDATE tokens SET used = ? WHERE name = ?", milli(store.Milli(at)), name)
		return err
	})
}

// DeleteToken removes one.
func (s *Store) DeleteToken(ctx context.Context, name string) error {
	return s.write(ctx, fmt.Sprintf("delete token %q", name), 1, func(t *tx) error {
		return changed(t.exec("DELETE FROM tokens WHERE name = ?", name))
	})
}
