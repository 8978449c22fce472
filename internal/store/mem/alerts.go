package mem

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
	"tocsin.example/internal/verdict"
)

// alert is an alert as it is kept: what filters ask for in fields, the rest as JSON, so that nobody shares memory with
// callers.
type alert struct {
	ID           int64
	UUID         string
	CreatedAt    time.Time
	Machine      string
	Late, Shadow bool
	StartAt      time.Time
	Kind         string
	Scenario     string
	Scope, Value string
	Simulated    bool
	Made         []pair  // with which it was made
	Decisions    []int64 // that are still there
	Head, Tail   []byte
}

// pair is what is remembered of an alert's decisions.
type pair struct{ Origin, Type string }

// AddAlerts keeps alerts with their decisions.
func (s *Store) AddAlerts(ctx context.Context, alerts []*store.Alert) (receipts []store.Receipt, err error) {
	rows := make([]*alert, len(alerts))
	for i, a := range alerts {
		if rows[i], err = newAlert(a); err != nil {
			return nil, err
		}
	}
	err = s.write(ctx, func(now time.Time) (changes []verdict.Change, _ error) {
		for i, a := range alerts {
			k := s.s.UUIDs[rows[i].UUID]
			if k != nil && (k.Gone.IsZero() || now.Sub(k.Gone) < store.Tombstone) {
				receipts = append(receipts, store.Receipt{ID: k.Alert, Repeat: true})
				continue
			}
			var late int
			changes, late = s.s.add(rows[i], a, now, changes)
			receipts = append(receipts, store.Receipt{ID: a.ID, Late: late})
		}
		return changes, nil
	})
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// newAlert prepares a row. It writes nothing into a.
func newAlert(a *store.Alert) (*alert, error) {
	c := a.Alert
	if c.UUID = uuid.Clean(c.UUID); c.UUID == "" {
		c.UUID = uuid.New()
	}
	headJSON, tailJSON, err := store.Encode(&c)
	if err != nil {
		return nil, err
	}
	row := &alert{
		UUID: c.UUID, Machine: a.Machine, Shadow: a.Shadow, StartAt: a.StartAt, Kind: a.Kind, Scenario: a.Scenario,
		Simulated: a.Simulated, Head: headJSON, Tail: tailJSON,
	}
	if a.Source != nil {
		row.Scope, row.Value = a.Source.Scope, a.Source.Value
	}
	return row, nil
}

func (s *state) add(row *alert, a *store.Alert, now time.Time, changes []verdict.Change) ([]verdict.Change, int) {
	s.LastAlert++
	row.ID, row.CreatedAt = s.LastAlert, now
	late := 0
	for i := range a.Decisions {
		d := &a.Decisions[i]
		seq := s.next()
		d.ID = int64(seq) //nolint:gosec // it counts up from 1
		d.Until = store.Milli(d.Until)
		if d.UUID = uuid.Clean(d.UUID); d.UUID == "" {
			d.UUID = uuid.Format(s.Installation.DecisionUUID(d.ID))
		}
		kept := &decision{D: clone(*d), Alert: row.ID, Begun: now, Late: !d.Until.After(now), Shadow: a.Shadow}
		s.Decisions = append(s.Decisions, kept)
		row.Decisions = append(row.Decisions, d.ID)
		if p := (pair{kept.D.Origin, kept.D.Type}); !slices.Contains(row.Made, p) {
			row.Made = append(row.Made, p)
		}
		if kept.Late {
			late++
		}
		if kept.told() {
			changes = append(changes, verdict.Change{Seq: seq, At: now, Decision: kept.D})
		}
	}
	row.Late = late > 0
	s.Alerts = append(s.Alerts, row)
	s.UUIDs[row.UUID] = &known{Alert: row.ID}
	a.ID, a.UUID, a.CreatedAt, a.Late = row.ID, row.UUID, now, row.Late
	return changes, late
}

// clone copies the texts, which may be cut out of something large.
func clone(d tocsin.Decision) tocsin.Decision {
	for _, s := range []*string{&d.UUID, &d.Origin, &d.Type, &d.Scope, &d.Value, &d.Scenario} {
		*s = strings.Clone(*s)
	}
	return d
}

// Alert returns one.
func (s *Store) Alert(ctx context.Context, id int64) (a *store.Alert, err error) {
	err = s.read(ctx, func() error {
		row := s.s.alert(id)
		if row == nil {
			return store.ErrNotFound
		}
		a, err = s.s.full(row, store.AlertFilter{})
		return err
	})
	return a, err
}

// full makes an alert of its row.
func (s *state) full(row *alert, f store.AlertFilter) (*store.Alert, error) {
	a := &store.Alert{ID: row.ID, CreatedAt: row.CreatedAt, Machine: row.Machine, Late: row.Late, Shadow: row.Shadow}
	tailJSON := row.Tail
	if f.WithoutEvents {
		tailJSON = nil
	}
	if err := store.Decode(row.Head, tailJSON, &a.Alert); err != nil {
		return nil, err
	}
	if f.WithoutDecisions {
		return a, nil
	}
	for _, id := range row.Decisions {
		d := s.decision(id)
		out := d.D
		if d.EndSeq != 0 {
			out.Until = d.EndedAt
		}
		a.Decisions = append(a.Decisions, out)
	}
	return a, nil
}

// FindAlerts yields alerts.
func (s *Store) FindAlerts(ctx context.Context, f store.AlertFilter) iter.Seq2[*store.Alert, error] {
	return func(yield func(*store.Alert, error) bool) {
		var found []*alert
		err := s.read(ctx, func() error {
			found = s.s.find(f, store.Milli(s.now()))
			return nil
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, row := range found {
			var a *store.Alert
			err := s.read(ctx, func() (err error) {
				if s.s.alert(row.ID) != nil {
					a, err = s.s.full(row, f)
				}
				return err
			})
			if err != nil {
				yield(nil, err)
				return
			}
			if a != nil && !yield(a, nil) {
				return
			}
		}
	}
}

// find lists the rows that a filter asks for.
func (s *state) find(f store.AlertFilter, now time.Time) (found []*alert) {
	for _, row := range s.Alerts {
		if s.matches(row, f, now) {
			found = append(found, row)
		}
	}
	if !f.Oldest {
		slices.Reverse(found)
	}
	found = found[min(max(f.Offset, 0), len(found)):]
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	return found
}

func (s *state) matches(row *alert, f store.AlertFilter, now time.Time) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	switch {
	case len(f.IDs) > 0 && !slices.Contains(f.IDs, row.ID),
		f.Before != 0 && row.ID >= f.Before,
		f.Prefix.IsValid() && !near(row.Scope, row.Value, f),
		!is(f.Scope, row.Scope), !is(f.Value, row.Value), !is(f.Scenario, row.Scenario), !is(f.Machine, row.Machine), !is(f.Kind, row.Kind),
		!f.Since.IsZero() && row.StartAt.Before(f.Since),
		!f.Until.IsZero() && row.StartAt.After(f.Until),
		!f.CreatedBefore.IsZero() && !row.CreatedAt.Before(f.CreatedBefore),
		f.Simulated != nil && *f.Simulated != row.Simulated,
		f.Active != nil && *f.Active != s.active(row, now):
		return false
	}
	if f.WithoutCentral && slices.ContainsFunc(row.Made, func(p pair) bool {
		return p.Origin == tocsin.OriginCentral || p.Origin == tocsin.OriginList
	}) {
		return false
	}
	return f.Origin == "" && f.DecisionType == "" || slices.ContainsFunc(row.Made, func(p pair) bool {
		return is(f.Origin, p.Origin) && is(f.DecisionType, p.Type)
	})
}

// near says whether a source lies as a filter wants it.
func near(scope, value string, f store.AlertFilter) bool {
	p, ok := store.Prefix(scope, value)
	asked := address.Masked(f.Prefix)
	if f.Inside {
		return ok && address.Holds(asked, p)
	}
	return ok && address.Holds(p, asked)
}

// active says whether an alert has a decision in force.
func (s *state) active(row *alert, now time.Time) bool {
	return slices.ContainsFunc(row.Decisions, func(id int64) bool { return s.decision(id).inForce(now) })
}

// DeleteAlerts removes alerts.
func (s *Store) DeleteAlerts(ctx context.Context, f store.AlertFilter) (n int, err error) {
	err = s.write(ctx, func(now time.Time) (changes []verdict.Change, _ error) {
		found := s.s.find(f, now)
		slices.SortFunc(found, func(a, b *alert) int { return compare(a.ID, b.ID) })
		gone := map[int64]bool{}
		for _, row := range found {
			gone[row.ID] = true
			for _, id := range row.Decisions {
				d := s.s.decision(id)
				if d.inForce(now) {
					changes = append(changes, s.s.end(d, now))
				}
				d.Void = true
			}
		}
		s.s.drop(gone, now)
		n = len(found)
		return changes, nil
	})
	return n, err
}

// drop removes alerts, not their decisions, and keeps their uuids in mind.
func (s *state) drop(gone map[int64]bool, now time.Time) {
	s.Alerts = slices.DeleteFunc(s.Alerts, func(row *alert) bool {
		if gone[row.ID] {
			s.UUIDs[row.UUID] = &known{Alert: row.ID, Gone: now}
		}
		return gone[row.ID]
	})
	for _, d := range s.Decisions {
		if gone[d.Alert] {
			d.Alert = 0
		}
	}
}

// Tidy removes what is old.
func (s *Store) Tidy(ctx context.Context, r store.Retention) (t store.Tidied, err error) {
	err = s.quiet(ctx, func(now time.Time) error {
		t = s.s.tidy(r, now)
		return nil
	})
	return t, err
}

func (s *state) tidy(r store.Retention, now time.Time) (t store.Tidied) {
	gone := map[int64]bool{}
	size := int64(0)
	for i, row := range slices.Backward(s.Alerts) {

		size += int64(len(row.Head) + len(row.Tail) + 100 + 100*len(row.Decisions))
		old := r.AlertAge > 0 && now.Sub(row.CreatedAt) > r.AlertAge
		many := r.AlertCount > 0 && len(s.Alerts)-i > r.AlertCount
		large := r.Bytes > 0 && size > r.Bytes
		if (!old && !many && !large) || s.active(row, now) {
			continue
		}
		gone[row.ID] = true
		if !large {
			continue
		}
		s.Decisions = slices.DeleteFunc(s.Decisions, func(d *decision) bool { return d.Alert == row.ID })
		t.Decisions += len(row.Decisions)
	}
	t.Alerts = len(gone)
	s.drop(gone, now)
	if r.EndedAge > 0 {
		before := len(s.Decisions)
		s.Decisions = slices.DeleteFunc(s.Decisions, func(d *decision) bool { return now.Sub(d.over()) > r.EndedAge })
		t.Decisions += before - len(s.Decisions)
		for _, row := range s.Alerts {
			row.Decisions = slices.DeleteFunc(row.Decisions, func(id int64) bool { return s.decision(id) == nil })
		}
	}
	t.Usage = len(s.Usage)
	s.Usage = slices.DeleteFunc(s.Usage, func(u store.UsageReport) bool { return r.UsageAge > 0 && now.Sub(u.At) > r.UsageAge })
	t.Usage -= len(s.Usage)
	t.Audit = len(s.Audit)
	s.Audit = slices.DeleteFunc(s.Audit, func(e store.AuditEntry) bool { return r.AuditAge > 0 && now.Sub(e.At) > r.AuditAge })
	t.Audit -= len(s.Audit)
	t.Tombstones = len(s.UUIDs)
	maps.DeleteFunc(s.UUIDs, func(_ string, k *known) bool { return !k.Gone.IsZero() && now.Sub(k.Gone) >= store.Tombstone })
	t.Tombstones -= len(s.UUIDs)
	return t
}
