package cond

import "tocsin.example/internal/rule"

// Cost says what the program runs on. It may be nil: there is nothing then.
func (p *Program) Cost(name, part string) []rule.Cost {
	if p == nil {
		return nil
	}
	c := rule.Cost{At: p.Place(), Rule: name, Part: part, Text: p.Source(), Runs: "closures", Guards: len(p.guards)}
	if fast, why := p.Fast(); !fast {
		c.Runs, c.Why = "machine", why
	}
	return []rule.Cost{c}
}
