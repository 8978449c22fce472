package mem

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// decision is a decision as it is kept.
type decision struct {
	D       tocsin.Decision // its ID is the number of the change that it began with
	Alert   int64           // 0 when the alert is gone
	Begun   time.Time
	EndSeq  uint64 // of the change that ended it, 0 for none
	EndedAt time.Time
	Late    bool // was over when it came
	Shadow  bool // of a shadow alert
	Void    bool // its alert was deleted
}

// told says whether there is a change with which it began.
func (d *decision) told() bool { return !d.Late && !d.Shadow }

func (d *decision) inForce(now time.Time) bool {
	return d.told() && d.EndSeq == 0 && d.D.Until.After(now)
}

// over is since when it is over, in the future when it is in force.
func (d *decision) over() time.Time {
	if d.EndSeq != 0 {
		return d.EndedAt
	}
	if d.D.Until.Before(d.Begun) {
		return d.Begun
	}
	return d.D.Until
}

// end ends a decision that is in force.
func (s *state) end(d *decision, now time.Time) verdict.Change {
	d.EndSeq, d.EndedAt = s.next(), now
	return d.ended()
}

func (d *decision) ended() verdict.Change {
	return verdict.Change{Seq: d.EndSeq, End: true, At: d.EndedAt, Decision: tocsin.Decision{ID: d.D.ID}}
}

// EndDecisions ends decisions.
func (s *Store) EndDecisions(ctx context.Context, ids []int64) (ended []int64, err error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	err = s.write(ctx, func(now time.Time) (changes []verdict.Change, _ error) {
		for _, id := range slices.Compact(ids) {
			if d := s.s.decision(id); d != nil && d.inForce(now) {
				changes = append(changes, s.s.end(d, now))
				ended = append(ended, id)
			}
		}
		return changes, nil
	})
	return ended, err
}

// Changes yields what happened after a number.
func (s *Store) Changes(ctx context.Context, after uint64) iter.Seq2[verdict.Change, error] {
	return func(yield func(verdict.Change, error) bool) {
		var list []verdict.Change
		err := s.read(ctx, func() error {
			for _, d := range s.s.Decisions {
				if seq := uint64(d.D.ID); d.told() && seq > after { //nolint:gosec // IDs are positive
					list = append(list, verdict.Change{Seq: seq, At: d.Begun, Decision: d.D})
				}
				if d.EndSeq > after {
					list = append(list, d.ended())
				}
			}
			return nil
		})
		if err != nil {
			yield(verdict.Change{}, err)
			return
		}
		slices.SortFunc(list, func(a, b verdict.Change) int { return cmp.Compare(a.Seq, b.Seq) })
		for _, c := range list {
			if err := ctx.Err(); err != nil {
				yield(verdict.Change{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// PastDecisions yields decisions on a value.
func (s *Store) PastDecisions(ctx context.Context, q store.PastQuery) iter.Seq2[store.PastDecision, error] {
	return func(yield func(store.PastDecision, error) bool) {
		var list []store.PastDecision
		err := s.read(ctx, func() error {
			list = s.s.past(q)
			return nil
		})
		if err != nil {
			yield(store.PastDecision{}, err)
			return
		}
		for _, d := range list {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// CountPast counts them.
func (s *Store) CountPast(ctx context.Context, q store.PastQuery) (n int, err error) {
	err = s.read(ctx, func() error {
		n = len(s.s.past(q))
		return nil
	})
	return n, err
}

func (s *state) past(q store.PastQuery) (list []store.PastDecision) {
	for _, d := range slices.Backward(s.Decisions) {
		if d.Shadow || d.Void || q.Type != "" && d.D.Type != q.Type || d.Begun.Before(q.Since) || !on(d, q) {
			continue
		}
		list = append(list, store.PastDecision{Decision: d.D, Alert: d.Alert, Begun: d.Begun, EndedAt: d.EndedAt, Late: d.Late})
		if len(list) == q.Limit {
			break
		}
	}
	return list
}

// on says whether a decision is on what a query asks for.
func on(d *decision, q store.PastQuery) bool {
	if q.IDs != nil {
		return slices.Contains(q.IDs, d.D.ID)
	}
	if !q.Prefix.IsValid() {
		return d.D.Value == q.Value
	}
	p, ok := store.Prefix(d.D.Scope, d.D.Value)
	return ok && address.Holds(p, address.Masked(q.Prefix))
}
