package bucket

import (
	"tocsin.example/internal/cond"
	"tocsin.example/internal/rule"
)

// Costs says what every expression of the scenarios runs on, in load order.
func (s *Set) Costs() []rule.Cost {
	var out []rule.Cost
	for _, sc := range s.scenarios {
		for _, x := range []struct {
			part    string
			program *cond.Program
		}{
			{"filter", sc.filter},
			{"groupby", sc.groupBy},
			{"distinct", sc.distinct},
			{"cancel_on", sc.cancelOn},
			{"scope", sc.scopeExpr},
			{"condition", sc.condition},
			{"overflow_filter", sc.overflowFilter},
		} {
			out = append(out, x.program.Cost(sc.Name, x.part)...)
		}
		for i := range sc.bayes {
			out = append(out, sc.bayes[i].program.Cost(sc.Name, "bayesian condition")...)
		}
	}
	return out
}
