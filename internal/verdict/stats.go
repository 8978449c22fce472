package verdict

import (
	"cmp"
	"slices"
	"time"
)

// Count is how many decisions of one sort are in force.
type Count struct {
	Origin, Type, Scope, Scenario string
	Simulated                     bool
	N                             int
}

// Stats counts what is in force, in the order of the fields of [Count]. It costs by the number of sorts, not of
// decisions, if Expire was called not long ago.
func (x *Index) Stats(at time.Time) []Count {
	x.mu.RLock()
	defer x.mu.RUnlock()
	live := make([]int, len(x.tuples.list))
	for n := range live {
		live[n] = x.tuples.list[n].live
	}
	// What stands in the calendar between what Expire knows and the moment counts otherwise than Expire says.
	from, to, by := x.expired, place{milli(at), maxSeq}, -1
	if to.before(from) {
		from, to, by = to, from, 1
	}
	for c := x.calendar.after(from); !x.calendar.end(c); c = x.calendar.next(c) {
		n := x.calendar.get(c)
		if to.before(x.expiry(n)) {
			break
		}
		live[x.rows.at(n).tuple] += by
	}
	var counts []Count
	for n, k := range live {
		if t := x.tuples.at(uint32(n)); k != 0 {
			counts = append(counts, Count{t.origin, t.kind, t.scope, t.scenario, t.simulated, k})
		}
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Scope, b.Scope),
			cmp.Compare(a.Scenario, b.Scenario), compareBools(a.Simulated, b.Simulated))
	})
	return counts
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
