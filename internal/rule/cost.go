package rule

import "tocsin.example/internal/diag"

// Cost says what a part of a rule runs on.
type Cost struct {
	At diag.Place

	Rule string // name of the document
	Part string // the key: "grok", "filter", "groupby" ...
	Text string // the pattern or expression
	Runs string // "plan" or "regexp" for a pattern, "closures" or "machine" for an expression
	Why  string // why it is not the fast one of the two; "" when it is
	// Guards is how many conditions of a filter the index knows: an event that does not meet them never meets the rule.
	Guards int
}

// Slow reports whether the part does not run on the fast engine.
func (c *Cost) Slow() bool { return c.Why != "" }
