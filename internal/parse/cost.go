package parse

import "tocsin.example/internal/rule"

// Costs says what every pattern and expression of the set runs on, in load order.
func (s *Set) Costs() []rule.Cost {
	var out []rule.Cost
	for i := range s.stages {
		for _, n := range s.stages[i].nodes {
			out = n.costs(out, n.name)
		}
	}
	return out
}

func (n *node) costs(out []rule.Cost, name string) []rule.Cost {
	out = append(out, n.filter.Cost(name, "filter")...)
	if g := n.grok; g != nil {
		c := rule.Cost{At: g.place, Rule: name, Part: "grok", Text: g.pattern.Source()}
		c.Runs, c.Why = g.pattern.EngineName()
		out = append(out, c)
		out = append(out, g.expr.Cost(name, "grok expression")...)
		out = staticCosts(out, name, g.statics)
	}
	for i := range n.stash {
		out = append(out, n.stash[i].key.Cost(name, "stash key")...)
		out = append(out, n.stash[i].value.Cost(name, "stash value")...)
	}
	for _, child := range n.children {
		out = child.costs(out, name)
	}
	if n.whitelist != nil {
		for _, p := range n.whitelist.exprs {
			out = append(out, p.Cost(name, "whitelist")...)
		}
	}
	return staticCosts(out, name, n.statics)
}

func staticCosts(out []rule.Cost, name string, list []static) []rule.Cost {
	for i := range list {
		out = append(out, list[i].expr.Cost(name, list[i].label)...)
	}
	return out
}
