package bucket

import (
	"time"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// Survey is what a scenario document says, as written, for those who look at rules without running them.
type Survey struct {
	File  *rule.File
	Place diag.Place

	Type, Name, Description             diag.Text
	Filter, GroupBy, Distinct           diag.Text
	Condition, CancelOn, OverflowFilter diag.Text
	ScopeType, ScopeExpression          diag.Text
	Capacity                            int
	LeakSpeed, Duration, Blackhole      time.Duration
	BayesThreshold                      float64
	Labels                              map[string]any
	LabelsPlace                         diag.Place // of the labels; zero when there are none
}

// Survey looks at a document; false for one that is skipped or has a fault in its YAML.
func (d *Doc) Survey() (*Survey, bool) {
	if d.skip || d.bad {
		return nil, false
	}
	y := &d.doc
	s := &Survey{
		File: d.File, Place: y.Place, Type: y.Type, Name: y.Name, Description: y.Description,
		Filter: y.Filter, GroupBy: y.GroupBy, Distinct: y.Distinct,
		Condition: y.Condition, CancelOn: y.CancelOn, OverflowFilter: y.OverflowFilter,
		Capacity: y.Capacity, LeakSpeed: y.LeakSpeed, Duration: y.Duration, Blackhole: y.Blackhole, BayesThreshold: y.Threshold,
	}
	if y.Scope != nil {
		s.ScopeType, s.ScopeExpression = y.Scope.Type, y.Scope.Expression
	}
	if !y.Labels.IsZero() {
		s.Labels, _ = y.Labels.Any().(map[string]any)
		s.LabelsPlace = y.Keys["labels"]
	}
	return s, true
}
