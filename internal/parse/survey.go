package parse

import (
	"strings"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// Survey is what a node document says, flat and as written, for those who look at rules without running them.
type Survey struct {
	File        *rule.File
	Place       diag.Place
	Name        diag.Text
	Description diag.Text
	Filter      diag.Text
	// Groks and Statics are those of the document and of all nodes within, in the order of the text.
	Groks   []GrokSurvey
	Statics []StaticSurvey
	// Nodes are those within, in the order of the text.
	Nodes []NodeSurvey
	// Patterns are those of pattern_syntax.
	Patterns diag.Pairs
	// Whitelists is how many nodes hold one.
	Whitelists int
}

// NodeSurvey is a node within a document.
type NodeSurvey struct {
	Name  string
	Depth int  // 1 for the document's own
	Grok  bool // it has one
	// Statics are its own and those of its grok.
	Statics []StaticSurvey
}

// GrokSurvey is a grok as written.
type GrokSurvey struct {
	// Text is the pattern, or the name of one when Named.
	Text  diag.Text
	Named bool
	// On is what apply_on says, and Expression what stands instead.
	On         string
	Expression diag.Text
}

// Pattern is the grok's pattern, a reference when it was named.
func (g *GrokSurvey) Pattern() string {
	if g.Named {
		return "%{" + g.Text.Value + "}"
	}
	return g.Text.Value
}

// StaticSurvey is a static as written. What it assigns is Value, unless Expression is there.
type StaticSurvey struct {
	// Target is the field, "Meta.source_ip" or "StrTime"; "" for a method.
	Target     string
	Method     string
	Value      diag.Text
	Expression diag.Text
}

// Survey looks at a document; false for one that is skipped or has a fault in its YAML.
func (d *Doc) Survey() (*Survey, bool) {
	if d.skip || d.bad {
		return nil, false
	}
	s := &Survey{File: d.File, Place: d.node.Place, Name: d.node.Name, Description: d.node.Description, Filter: d.node.Filter}
	s.node(&d.node, 0)
	return s, true
}

func (s *Survey) node(n *nodeDoc, depth int) {
	if depth > MaxDepth {
		return
	}
	s.Patterns = append(s.Patterns, n.Patterns...)
	own := surveyed(n.Statics)
	if g := n.Grok; g != nil {
		text, named := g.Pattern, false
		if !blank(g.Name) {
			text, named = g.Name, true
		}
		s.Groks = append(s.Groks, GrokSurvey{Text: text, Named: named, On: g.ApplyOn.Value, Expression: g.Expression})
		own = append(surveyed(g.Statics), own...)
	}
	if depth > 0 {
		s.Nodes = append(s.Nodes, NodeSurvey{Name: n.Name.Value, Depth: depth, Grok: n.Grok != nil, Statics: own})
	}
	s.Statics = append(s.Statics, own...)
	if n.Whitelist.len() > 0 {
		s.Whitelists++
	}
	for i := range n.Nodes {
		s.node(&n.Nodes[i], depth+1)
	}
}

func surveyed(list []staticDoc) []StaticSurvey {
	var all []StaticSurvey
	for i := range list {
		d := &list[i]
		out := StaticSurvey{Value: d.Value, Expression: d.Expression}
		switch {
		case !blank(d.Method):
			out.Method = d.Method.Value
		case !blank(d.Parsed):
			out.Target = "Parsed." + d.Parsed.Value
		case !blank(d.Meta):
			out.Target = "Meta." + d.Meta.Value
		case !blank(d.Enriched):
			out.Target = "Enriched." + d.Enriched.Value
		default:
			out.Target = strings.TrimPrefix(d.Target.Value, "evt.")
		}
		all = append(all, out)
	}
	return all
}
