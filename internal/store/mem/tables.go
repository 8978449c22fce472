package mem

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
)

// fill makes a time as it is kept, now for none.
func fill(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return store.Milli(t)
}

// values lists a map in the order of names.
func values[V any](m map[string]V, copied func(V) V) []V {
	var list []V
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, copied(m[name]))
	}
	return list
}

func keepMachine(m store.Machine) store.Machine {
	m.Scenarios = slices.Clone(m.Scenarios)
	for _, t := range []*time.Time{&m.CreatedAt, &m.UpdatedAt, &m.LastHeartbeat, &m.LastPush, &m.LastLogin} {
		*t = store.Milli(*t)
	}
	if len(m.Scenarios) == 0 {
		m.Scenarios = nil
	}
	return m
}

// AddMachine keeps a new machine.
func (s *Store) AddMachine(ctx context.Context, m store.Machine) error {
	return s.quiet(ctx, func(now time.Time) error {
		if _, ok := s.s.Machines[m.Name]; ok {
			return store.ErrExists
		}
		m.CreatedAt = fill(m.CreatedAt, now)
		s.s.Machines[m.Name] = keepMachine(m)
		return nil
	})
}

// Machine returns one.
func (s *Store) Machine(ctx context.Context, name string) (m store.Machine, err error) {
	err = s.read(ctx, func() error {
		have, ok := s.s.Machines[name]
		if !ok {
			return store.ErrNotFound
		}
		m = keepMachine(have)
		return nil
	})
	return m, err
}

// Machines lists them by name.
func (s *Store) Machines(ctx context.Context) (list []store.Machine, err error) {
	err = s.read(ctx, func() error {
		list = values(s.s.Machines, keepMachine)
		return nil
	})
	return list, err
}

// ChangeMachine changes one.
func (s *Store) ChangeMachine(ctx context.Context, name string, f func(*store.Machine) error) error {
	return s.quiet(ctx, func(time.Time) error {
		m, ok := s.s.Machines[name]
		if !ok {
			return store.ErrNotFound
		}
		m = keepMachine(m)
		if err := f(&m); err != nil {
			return err
		}
		m.Name = name
		s.s.Machines[name] = keepMachine(m)
		return nil
	})
}

// DeleteMachine removes one.
func (s *Store) DeleteMachine(ctx context.Context, name string) error {
	return s.quiet(ctx, func(time.Time) error { return remove(s.s.Machines, name) })
}

func remove[V any](m map[string]V, name string) error {
	if _, ok := m[name]; !ok {
		return store.ErrNotFound
	}
	delete(m, name)
	return nil
}

func keepBouncer(b store.Bouncer) store.Bouncer {
	for _, t := range []*time.Time{&b.CreatedAt, &b.LastSeen, &b.LastPull, &b.Cursor.Time} {
		*t = store.Milli(*t)
	}
	return b
}

// AddBouncer keeps a new bouncer.
func (s *Store) AddBouncer(ctx context.Context, b store.Bouncer) (store.Bouncer, error) {
	err := s.quiet(ctx, func(now time.Time) error {
		if slices.ContainsFunc(s.s.Bouncers, func(have store.Bouncer) bool { return have.Name == b.Name }) {
			return store.ErrExists
		}
		s.s.LastBouncer++
		b.ID = s.s.LastBouncer
		b.CreatedAt = fill(b.CreatedAt, now)
		b = keepBouncer(b)
		s.s.Bouncers = append(s.s.Bouncers, b)
		return nil
	})
	if err != nil {
		return store.Bouncer{}, err
	}
	return b, nil
}

// Bouncers lists them by ID.
func (s *Store) Bouncers(ctx context.Context) (list []store.Bouncer, err error) {
	err = s.read(ctx, func() error {
		list = slices.Clone(s.s.Bouncers)
		return nil
	})
	return list, err
}

// SaveBouncers writes what changes by use.
func (s *Store) SaveBouncers(ctx context.Context, list []store.Bouncer) error {
	return s.quiet(ctx, func(time.Time) error {
		for _, b := range list {
			i := slices.IndexFunc(s.s.Bouncers, func(have store.Bouncer) bool { return have.ID == b.ID })
			if i < 0 {
				continue
			}
			k := s.s.Bouncers[i]
			k.IP, k.Type, k.Version, k.OS, k.LastSeen, k.LastPull, k.Cursor = b.IP, b.Type, b.Version, b.OS, b.LastSeen, b.LastPull, b.Cursor
			s.s.Bouncers[i] = keepBouncer(k)
		}
		return nil
	})
}

// DeleteBouncer removes one and its children.
func (s *Store) DeleteBouncer(ctx context.Context, name string) error {
	return s.quiet(ctx, func(time.Time) error {
		if !slices.ContainsFunc(s.s.Bouncers, func(b store.Bouncer) bool { return b.Name == name }) {
			return store.ErrNotFound
		}
		s.s.Bouncers = slices.DeleteFunc(s.s.Bouncers, func(b store.Bouncer) bool {
			return b.Name == name || name != "" && b.Parent == name
		})
		return nil
	})
}

func keepAllowlist(l store.Allowlist) store.Allowlist {
	l.CreatedAt, l.UpdatedAt = store.Milli(l.CreatedAt), store.Milli(l.UpdatedAt)
	l.Items = slices.Clone(l.Items)
	for i := range l.Items {
		it := &l.Items[i]
		it.CreatedAt, it.Expires = store.Milli(it.CreatedAt), store.Milli(it.Expires)
	}
	if len(l.Items) == 0 {
		l.Items = nil
	}
	return l
}

// AddAllowlist keeps a new allowlist.
func (s *Store) AddAllowlist(ctx context.Context, l store.Allowlist) error {
	return s.quiet(ctx, func(now time.Time) error {
		if _, ok := s.s.Allowlists[l.Name]; ok {
			return store.ErrExists
		}
		if l.ID == "" {
			l.ID = uuid.New()
		}
		l.CreatedAt = fill(l.CreatedAt, now)
		s.s.Allowlists[l.Name] = keepAllowlist(l)
		return nil
	})
}

// Allowlists lists them by name.
func (s *Store) Allowlists(ctx context.Context) (list []store.Allowlist, err error) {
	err = s.read(ctx, func() error {
		list = values(s.s.Allowlists, keepAllowlist)
		return nil
	})
	return list, err
}

// ChangeAllowlist changes one.
func (s *Store) ChangeAllowlist(ctx context.Context, name string, f func(*store.Allowlist) error) error {
	return s.quiet(ctx, func(time.Time) error {
		have, ok := s.s.Allowlists[name]
		if !ok {
			return store.ErrNotFound
		}
		l := keepAllowlist(have)
		if err := f(&l); err != nil {
			return err
		}
		l.Name, l.ID = name, have.ID
		s.s.Allowlists[name] = keepAllowlist(l)
		return nil
	})
}

// DeleteAllowlist removes one.
func (s *Store) DeleteAllowlist(ctx context.Context, name string) error {
	return s.quiet(ctx, func(time.Time) error { return remove(s.s.Allowlists, name) })
}

func keepToken(t store.Token) store.Token {
	t.CreatedAt, t.Expires, t.LastUsed = store.Milli(t.CreatedAt), store.Milli(t.Expires), store.Milli(t.LastUsed)
	return t
}

// AddToken keeps a new token.
func (s *Store) AddToken(ctx context.Context, t store.Token) error {
	return s.quiet(ctx, func(now time.Time) error {
		if _, ok := s.s.Tokens[t.Name]; ok {
			return store.ErrExists
		}
		t.CreatedAt = fill(t.CreatedAt, now)
		s.s.Tokens[t.Name] = keepToken(t)
		return nil
	})
}

// Tokens lists them by name.
func (s *Store) Tokens(ctx context.Context) (list []store.Token, err error) {
	err = s.read(ctx, func() error {
		list = values(s.s.Tokens, keepToken)
		return nil
	})
	return list, err
}

// UseToken writes when one was used.
func (s *Store) UseToken(ctx context.Context, name string, at time.Time) error {
	return s.quiet(ctx, func(time.Time) error {
		if t, ok := s.s.Tokens[name]; ok {
			t.LastUsed = store.Milli(at)
			s.s.Tokens[name] = t
		}
		return nil
	})
}

// DeleteToken removes one.
func (s *Store) DeleteToken(ctx context.Context, name string) error {
	return s.quiet(ctx, func(time.Time) error { return remove(s.s.Tokens, name) })
}

// Setting returns a value.
func (s *Store) Setting(ctx context.Context, key string) (value string, err error) {
	err = s.read(ctx, func() error {
		value = s.s.Settings[key]
		return nil
	})
	return value, err
}

// SetSetting writes a value.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.quiet(ctx, func(time.Time) error {
		s.s.Settings[key] = value
		return nil
	})
}

// KeepSetting writes a value unless there is one.
func (s *Store) KeepSetting(ctx context.Context, key, value string) (kept string, err error) {
	err = s.quiet(ctx, func(time.Time) error {
		if s.s.Settings[key] == "" {
			s.s.Settings[key] = value
		}
		kept = s.s.Settings[key]
		return nil
	})
	return kept, err
}

// AddAudit keeps an entry.
func (s *Store) AddAudit(ctx context.Context, e store.AuditEntry) error {
	return s.quiet(ctx, func(now time.Time) error {
		s.s.LastAudit++
		e.ID, e.At = s.s.LastAudit, fill(e.At, now)
		s.s.Audit = append(s.s.Audit, e)
		return nil
	})
}

// Audit lists entries, newest first.
func (s *Store) Audit(ctx context.Context, before int64, limit int) (list []store.AuditEntry, err error) {
	err = s.read(ctx, func() error {
		for _, e := range slices.Backward(s.s.Audit) {
			if before != 0 && e.ID >= before {
				continue
			}
			list = append(list, e)
			if len(list) == limit {
				break
			}
		}
		return nil
	})
	return list, err
}

// AddUsage keeps a report.
func (s *Store) AddUsage(ctx context.Context, r store.UsageReport) error {
	return s.quiet(ctx, func(now time.Time) error {
		r.At, r.Body = fill(r.At, now), bytes.Clone(r.Body)
		s.s.Usage = append(s.s.Usage, r)
		slices.SortStableFunc(s.s.Usage, func(a, b store.UsageReport) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
		return nil
	})
}

// Usage lists reports, oldest first.
func (s *Store) Usage(ctx context.Context, kind, name string, since time.Time) (list []store.UsageReport, err error) {
	err = s.read(ctx, func() error {
		for _, r := range s.s.Usage {
			if (kind == "" || r.Kind == kind) && (name == "" || r.Name == name) && !r.At.Before(since) {
				r.Body = bytes.Clone(r.Body)
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}
