package verdict

import "cmp"

func compareCounts(a, b Count) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Scope, b.Scope),
		cmp.Compare(a.Scenario, b.Scenario), compareBools(a.Simulated, b.Simulated))
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
