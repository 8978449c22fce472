package sqldb

import (
	"context"
	"database/sql"
	"slices"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// inForce asks for decisions in force; the argument is now.
const inForce = "end_seq IS NULL AND flags & 3 = 0 AND until > ?"

// EndDecisions ends decisions.
func (s *Store) EndDecisions(ctx context.Context, ids []int64) (ended []int64, err error) {
	if len(ids) == 0 {
		return nil, s.open(ctx)
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	err = s.write(ctx, "end decisions", len(ids), func(t *tx) error {
		ended = nil
		alerts := map[int64]bool{}
		for part := range slices.Chunk(ids, pageIDs) {
			var found []int64
			err := each(ctx, t.w.conn, "SELECT id, alert FROM decisions WHERE id IN ("+idList(part)+") AND "+inForce+" ORDER BY id", []any{milli(t.at)},
				func(rows *sql.Rows) error {
					var id, alert int64
					if err := rows.Scan(&id, &alert); err != nil {
						return err
					}
					found, alerts[alert] = append(found, id), true
					return nil
				})
			if err != nil {
				return err
			}
			if err := t.end(found); err != nil {
				return err
			}
			ended = append(ended, found...)
		}
		for alert := range alerts {
			if err := t.refresh(alert); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// end ends decisions that are in force; ids ascend. Neighbours are one statement, for their numbers are neighbours, too.
func (t *tx) end(ids []int64) error {
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n] == ids[0]+int64(n) {
			n++
		}
		first, last := ids[0], ids[n-1]
		shift := t.n.Seq + 1 - first
		_, err := t.exec("UPDATE decisions SET end_seq = id + ?, ended = ? WHERE id BETWEEN ? AND ?", shift, milli(t.at), first, last)
		if err != nil {
			return err
		}
		t.n.Seq += int64(n)
		t.after = append(t.after, func(tell func(verdict.Change)) {
			for id := first; id <= last; id++ {
				tell(ending(id, id+shift, milli(t.at)))
			}
		})
		ids = ids[n:]
	}
	return nil
}

// ending is the change with which a decision ended.
func ending(id, seq, at int64) verdict.Change {
	return verdict.Change{Seq: uint64(seq), End: true, At: timeOf(at), Decision: tocsin.Decision{ID: id}} //nolint:gosec // it counts up from 1
}

// refresh finds out anew until when a decision of an alert is in force, after some of them ended.
func (t *tx) refresh(alert int64) error {
	var first, count, active int64
	err := t.row("SELECT first, count, active FROM alerts WHERE id = ?", alert).Scan(&first, &count, &active)
	if err == sql.ErrNoRows { //nolint:errorlint // Scan returns it as it is
		return nil // the alert is gone
	}
	if err != nil {
		return err
	}
	// Mostly another one lasts as long: then nothing changed, and few rows were read.
	var same int64
	const open = " FROM decisions WHERE id BETWEEN ? AND ? AND end_seq IS NULL AND flags & 3 = 0"
	err = t.row("SELECT count(*) FROM (SELECT 1"+open+" AND until = ? LIMIT 1) AS r", first, first+count-1, active).Scan(&same)
	if err != nil || same > 0 {
		return err
	}
	_, err = t.exec("UPDATE alerts SET active = (SELECT coalesce(max(until), 0)"+open+") WHERE id = ?", first, first+count-1, alert)
	return err
}

// DeleteAlerts removes alerts.
func (s *Store) DeleteAlerts(ctx context.Context, f store.AlertFilter) (n int, err error) {
	err = s.write(ctx, "delete alerts", 1000, func(t *tx) error {
		ids, err := s.find(context.WithoutCancel(ctx), t.w.conn, f, t.at)
		if err != nil {
			return err
		}
		n = len(ids)
		slices.Sort(ids)
		for part := range slices.Chunk(ids, pageAlerts) {
			if err := t.deleteAlerts(part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// deleteAlerts ends and disowns the decisions of alerts, and removes the alerts.
func (t *tx) deleteAlerts(ids []int64) error {
	list, err := spans(context.Background(), t.w.conn, ids)
	if err != nil {
		return err
	}
	for _, p := range list {
		found, err := ints(context.Background(), t.w.conn, "SELECT id FROM decisions WHERE id BETWEEN ? AND ? AND "+inForce+" ORDER BY id",
			p.first, p.last, milli(t.at))
		if err != nil {
			return err
		}
		if err := t.end(found); err != nil {
			return err
		}
		if _, err := t.exec("UPDATE decisions SET alert = 0, flags = flags | ? WHERE id BETWEEN ? AND ?", flagVoid, p.first, p.last); err != nil {
			return err
		}
	}
	return t.drop(ids)
}

// span is the IDs of an alert's decisions.
type span struct{ first, last int64 }

// spans lists the spans of alerts in their order.
func spans(ctx context.Context, q querier, ids []int64) (list []span, err error) {
	err = each(ctx, q, "SELECT first, first + count - 1 FROM alerts WHERE count > 0 AND id IN ("+idList(ids)+") ORDER BY id", nil,
		func(rows *sql.Rows) error {
			var p span
			if err := rows.Scan(&p.first, &p.last); err != nil {
				return err
			}
			list = append(list, p)
			return nil
		})
	return list, err
}

// drop removes alerts and leaves their uuids as tombstones.
func (t *tx) drop(ids []int64) error {
	in := " IN (" + idList(ids) + ")"
	if err := t.once("UPDATE uuids SET gone = ? WHERE uuid IN (SELECT uuid FROM alerts WHERE id"+in+")", milli(t.at)); err != nil {
		return err
	}
	for _, from := range []string{"alert_kinds WHERE alert", "bodies WHERE alert", "alerts WHERE id"} {
		if err := t.once("DELETE FROM " + from + in); err != nil {
			return err
		}
	}
	return nil
}
