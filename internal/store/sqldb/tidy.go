package sqldb

import (
	"context"
	"fmt"
	"time"

	"tocsin.example/internal/store"
)

// Steps of tidying: each is a write of its own, so that others get their turn in between.
const (
	stepAlerts    = 100
	stepDecisions = 2000
	stepRows      = 1000
	manyKinds     = 10_000 // from how many kinds on those that nothing uses are looked for
)

// tidier is one pass of tidying.
type tidier struct {
	s   *Store
	ctx context.Context //nolint:containedctx // it lives as long as the call
	at  int64
	t   store.Tidied
}

// Tidy removes what is old, step by step. A context that ends stops it between two steps; what was counted is gone.
func (s *Store) Tidy(ctx context.Context, r store.Retention) (store.Tidied, error) {
	if err := s.open(ctx); err != nil {
		return store.Tidied{}, err
	}
	p := tidier{s: s, ctx: ctx, at: milli(store.Milli(s.now()))}
	before := func(age time.Duration) int64 { return p.at - age.Milliseconds() }
	var steps []func() error
	if r.AlertAge > 0 {
		steps = append(steps, func() error { return p.alerts("created < ?", before(r.AlertAge)) })
	}
	if r.AlertCount > 0 {
		steps = append(steps, func() error {
			return p.alerts("id <= (SELECT id FROM alerts ORDER BY id DESC LIMIT 1 OFFSET ?)", int64(r.AlertCount))
		})
	}
	if r.EndedAge > 0 {
		steps = append(steps, func() error { return p.decisions(before(r.EndedAge)) })
	}
	if r.UsageAge > 0 {
		steps = append(steps, func() error { return p.rows("reports", "id", "at < ?", before(r.UsageAge), &p.t.Usage) })
	}
	if r.AuditAge > 0 {
		steps = append(steps, func() error { return p.rows("audit", "id", "at < ?", before(r.AuditAge), &p.t.Audit) })
	}
	steps = append(steps, func() error { return p.rows("uuids", "uuid", "gone <= ?", before(store.Tombstone), &p.t.Tombstones) })
	if r.Bytes > 0 {
		steps = append(steps, func() error { return p.bytes(r.Bytes) })
	}
	steps = append(steps, p.kinds, p.giveBack)
	for _, step := range steps {
		if err := step(); err != nil {
			return p.t, s.sentence("tidy", err)
		}
	}
	return p.t, nil
}

// alerts removes those that a condition names, but none with a decision in force.
func (p *tidier) alerts(condition string, bound int64) error {
	after := int64(0)
	for {
		ids, err := ints(p.ctx, p.s.readers, fmt.Sprintf("SELECT id FROM alerts WHERE id > ? AND active <= ? AND %s ORDER BY id LIMIT %d", condition, stepAlerts),
			after, p.at, bound)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		if err := p.drop(ids, false); err != nil {
			return err
		}
	}
}

// drop removes alerts that have no decision in force, with their decisions or without. Those of a large alert are done
// with first, in steps.
func (p *tidier) drop(ids []int64, with bool) error {
	list, err := spans(p.ctx, p.s.readers, ids)
	if err != nil {
		return err
	}
	for _, sp := range list {
		if sp.last-sp.first < stepDecisions {
			continue // with the alert itself
		}
		for first := sp.first; first <= sp.last; first += stepDecisions {
			var n int
			err := p.s.write(p.ctx, "tidy decisions", stepDecisions, func(t *tx) (err error) {
				n, err = p.disown(t, span{first, min(sp.last, first+stepDecisions-1)}, with)
				return err
			})
			if err != nil {
				return err
			}
			p.t.Decisions += n
		}
	}
	var n, m int
	err = p.s.write(p.ctx, "tidy alerts", stepDecisions, func(t *tx) error {
		n, m = 0, 0
		// Nothing that was over comes to be in force, but for the clock; so look again.
		ids, err := ints(p.ctx, t.w.conn, "SELECT id FROM alerts WHERE id IN ("+idList(ids)+") AND active <= ?", milli(t.at))
		if err != nil || len(ids) == 0 {
			return err
		}
		list, err := spans(p.ctx, t.w.conn, ids)
		if err != nil {
			return err
		}
		for _, sp := range list {
			k, err := p.disown(t, sp, with)
			if err != nil {
				return err
			}
			m += k
		}
		n = len(ids)
		return t.drop(ids)
	})
	if err != nil {
		return err
	}
	p.t.Alerts, p.t.Decisions = p.t.Alerts+n, p.t.Decisions+m
	return nil
}

// disown removes decisions that are over, or lets them forget their alert. It returns how many were removed.
func (p *tidier) disown(t *tx, sp span, remove bool) (int, error) {
	if !remove {
		_, err := t.exec("UPDATE decisions SET alert = 0 WHERE id BETWEEN ? AND ? AND alert <> 0", sp.first, sp.last)
		return 0, err
	}
	n, err := t.exec("DELETE FROM decisions WHERE id BETWEEN ? AND ? AND (end_seq IS NOT NULL OR until <= ?)", sp.first, sp.last, milli(t.at))
	return int(n), err
}

// decisions removes those that were over before a moment.
func (p *tidier) decisions(bound int64) error {
	const over = "(end_seq IS NOT NULL AND ended < ? OR end_seq IS NULL AND until < ? AND begun < ?)"
	after := int64(0)
	for {
		ids, err := ints(p.ctx, p.s.readers, fmt.Sprintf("SELECT id FROM decisions WHERE id > ? AND %s ORDER BY id LIMIT %d", over, stepDecisions),
			after, bound, bound, bound)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		var n int64
		err = p.s.write(p.ctx, "tidy decisions", len(ids), func(t *tx) (err error) {
			n, err = t.exec("DELETE FROM decisions WHERE id BETWEEN ? AND ? AND "+over, ids[0], after, bound, bound, bound)
			return err
		})
		if err != nil {
			return err
		}
		p.t.Decisions += int(n)
	}
}

// rows removes the rows of a table that a condition names.
func (p *tidier) rows(table, key, condition string, bound int64, count *int) error {
	for {
		var n int64
		some, err := ints(p.ctx, p.s.readers, "SELECT count(*) FROM (SELECT 1 FROM "+table+" WHERE "+condition+" LIMIT 1) AS r", bound)
		if err != nil || some[0] == 0 {
			return err
		}
		err = p.s.write(p.ctx, "tidy "+table, stepRows, func(t *tx) (err error) {
			n, err = t.exec(fmt.Sprintf("DELETE FROM %s WHERE %s IN (SELECT %s FROM %s WHERE %s LIMIT %d)", table, key, key, table, condition, stepRows), bound)
			return err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		*count += int(n)
	}
}

// bytes removes the oldest alerts, with their decisions, while there is more than a limit.
func (p *tidier) bytes(limit int64) error {
	after := int64(0)
	for {
		used, err := ints(p.ctx, p.s.readers, p.s.d.used)
		if err != nil || used[0] <= limit {
			return err
		}
		ids, err := ints(p.ctx, p.s.readers, fmt.Sprintf("SELECT id FROM alerts WHERE id > ? AND active <= ? ORDER BY id LIMIT %d", stepAlerts), after, p.at)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		if err := p.drop(ids, true); err != nil {
			return err
		}
	}
}

// kinds removes those that nothing uses, when there are many.
func (p *tidier) kinds() error {
	n, err := ints(p.ctx, p.s.readers, "SELECT count(*) FROM kinds")
	if err != nil || n[0] < manyKinds {
		return err
	}
	// Which are unused takes a look at all decisions: a reader does it, and the writer looks at what came since.
	var unused []int64
	last, err := ints(p.ctx, p.s.readers, "SELECT value FROM counters WHERE name = 'seq'")
	if err != nil {
		return err
	}
	const of = "SELECT id FROM kinds WHERE id NOT IN (SELECT kind FROM decisions WHERE id > ?) AND id NOT IN (SELECT kind FROM alert_kinds)"
	if unused, err = ints(p.ctx, p.s.readers, of, 0); err != nil || len(unused) == 0 {
		return err
	}
	if len(unused) > stepRows {
		unused = unused[:stepRows]
	}
	return p.s.write(p.ctx, "tidy kinds", stepRows, func(t *tx) error {
		ids, err := ints(p.ctx, t.w.conn, of+" AND id IN ("+idList(unused)+")", last[0])
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := t.once("DELETE FROM kinds WHERE id IN (" + idList(ids) + ")"); err != nil {
			return err
		}
		t.s.kinds.remove(ids)
		return nil
	})
}

// giveBack lets the file shrink when more than a quarter of it is unused.
func (p *tidier) giveBack() error {
	before := int64(1<<63 - 1)
	for {
		var unused, pages int64
		if err := p.s.readers.QueryRowContext(p.ctx, p.s.d.unused).Scan(&unused, &pages); err != nil {
			return err
		}
		if unused < 256 || unused < pages/4 || unused >= before {
			return nil
		}
		before = unused
		err := p.s.write(p.ctx, "give room back", stepRows, func(t *tx) error {
			_, err := t.exec(p.s.d.giveBack)
			return err
		})
		if err != nil {
			return err
		}
	}
}
