package explain

import (
	"maps"
	"slices"
	"strings"

	"tocsin.example/internal/event"
)

// tracer is a parse.Trace that builds the tree of nodes of one line.
type tracer struct {
	stages []Stage
	open   []frame
}

// frame is a node that is being run, with the fields as they were before it.
type frame struct {
	node   *Node
	before map[string]string
}

func (t *tracer) reset() { t.stages, t.open = nil, t.open[:0] }

// Enter implements parse.Trace.
func (t *tracer) Enter(stage, name string, depth int, ev *event.Event) {
	n := &Node{Name: name}
	switch {
	case depth > 0 && len(t.open) > 0:
		parent := t.open[len(t.open)-1].node
		parent.Children = append(parent.Children, n)
	default:
		if len(t.stages) == 0 || t.stages[len(t.stages)-1].Name != stage {
			t.stages = append(t.stages, Stage{Name: stage})
		}
		st := &t.stages[len(t.stages)-1]
		st.Nodes = append(st.Nodes, n)
	}
	t.open = append(t.open, frame{node: n, before: fields(ev)})
}

// Leave implements parse.Trace.
func (t *tracer) Leave(_, _ string, _ int, ev *event.Event, ok bool, why string, notes []string) {
	f := t.open[len(t.open)-1]
	t.open = t.open[:len(t.open)-1]
	f.node.OK, f.node.Why, f.node.Notes = ok, why, notes
	f.node.Set = changes(f.before, fields(ev))
}

// fields flattens what nodes may change.
func fields(ev *event.Event) map[string]string {
	out := map[string]string{}
	for _, sp := range []event.Space{event.Parsed, event.Meta, event.Enriched} {
		for k, v := range ev.Map(sp) {
			out[sp.String()+"."+k] = v
		}
	}
	v := ev.Scalars()
	for k, s := range map[string]string{
		"Stage": v.Stage, "StrTime": v.StrTime, "StrTimeFormat": v.StrTimeFormat, "MarshaledTime": v.MarshaledTime,
		"WhitelistReason": v.WhitelistReason, "Line.Raw": v.Line.Raw, "Line.Src": v.Line.Src, "Line.Module": v.Line.Module,
	} {
		if s != "" {
			out[k] = s
		}
	}
	for k := range ev.View().Unmarshaled {
		out["Unmarshaled."+k] = "(decoded)"
	}
	return out
}

// changes lists what is different, sorted by field.
func changes(before, after map[string]string) []Change {
	var out []Change
	for _, k := range slices.Sorted(maps.Keys(after)) {
		old, had := before[k]
		if had && old == after[k] {
			continue
		}
		// Values may point into the line's buffer, and a Result outlives it.
		out = append(out, Change{Field: strings.Clone(k), Value: strings.Clone(after[k]), Old: strings.Clone(old), New: !had})
	}
	return out
}
