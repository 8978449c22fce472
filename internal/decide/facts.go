package decide

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// Facts answers what expressions and profiles ask about decisions: what is in force from the index, the past from the
// store. It may be used by many goroutines.
type Facts struct {
	store store.Store
	index *verdict.Index
	seen  *seen
}

var (
	_ cond.Decisions = (*Facts)(nil)
	_ profile.Past   = (*Facts)(nil)
)

// NewFacts makes one of a store and the index of its decisions. Given to [New] in [Options], it need not ask the store
// about sources that are new.
func NewFacts(s store.Store, x *verdict.Index) *Facts {
	return &Facts{store: s, index: x, seen: newSeen()}
}

// factsTimeout bounds one question to the store.
const factsTimeout = 5 * time.Second

func past(value string) store.PastQuery {
	if p, ok := address.Parse(value); ok {
		return store.PastQuery{Prefix: p}
	}
	return store.PastQuery{Value: value}
}

func (f *Facts) count(q store.PastQuery) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), factsTimeout)
	defer cancel()
	n, err := f.store.CountPast(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", profile.ErrFacts, err)
	}
	return n, nil
}

// Count implements [cond.Decisions].
func (f *Facts) Count(value string) (int, error) {
	if value == "" {
		return 0, nil
	}
	return f.count(past(value))
}

// CountSince implements [cond.Decisions].
func (f *Facts) CountSince(value string, now time.Time, ago time.Duration) (int, error) {
	if value == "" {
		return 0, nil
	}
	q := past(value)
	q.Since = now.Add(-ago)
	return f.count(q)
}

func (f *Facts) active(value string, now time.Time) []tocsin.Decision {
	if value == "" {
		return nil
	}
	if p, ok := address.Parse(value); ok {
		return f.index.Find(now, verdict.Query{Prefix: p})
	}
	return f.index.Find(now, verdict.Query{Value: value})
}

// Active implements [cond.Decisions]. Simulated decisions are not in force.
func (f *Facts) Active(value string, now time.Time) (int, error) {
	return len(f.active(value, now)), nil
}

// TimeLeft implements [cond.Decisions].
func (f *Facts) TimeLeft(value string, now time.Time) (time.Duration, error) {
	var longest time.Duration
	for _, d := range f.active(value, now) {
		longest = max(longest, d.Left(now))
	}
	return longest, nil
}

// maxOffences bounds the decisions that are read to count offences; by then every ban is the longest.
const maxOffences = 1000

// Offences implements [profile.Past]. Decisions that never were in force do not count: simulated ones, those of alerts in
// shadow, those that were over when they arrived.
func (f *Facts) Offences(value string, now time.Time, window time.Duration) (int, error) {
	if value == "" || !f.seen.perhaps(value) {
		return 0, nil
	}
	q := past(value)
	q.Since, q.Limit = now.Add(-window), maxOffences
	ctx, cancel := context.WithTimeout(context.Background(), factsTimeout)
	defer cancel()
	var spans []span
	for p, err := range f.store.PastDecisions(ctx, q) {
		if err != nil {
			return 0, fmt.Errorf("%w: %w", profile.ErrFacts, err)
		}
		if profiled(&p.Decision) && !p.Late && p.EndedAt.IsZero() {
			spans = append(spans, span{p.Begun, p.Until})
		}
	}
	return offences(spans, now), nil
}

type span struct{ from, to time.Time }

// offences counts the spans, overlapping ones as one, without what is not over.
func offences(spans []span, now time.Time) int {
	slices.SortFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	n := 0
	var end time.Time
	for i, s := range spans {
		if i == 0 || s.from.After(end) {
			n++
			end = s.to
		} else if s.to.After(end) {
			end = s.to
		}
	}
	if n > 0 && end.After(now) {
		n--
	}
	return n
}
