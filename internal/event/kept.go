package event

import (
	"maps"
	"strings"

	"tocsin.example"
)

// Kept is a copy of an event that outlives its batch: nothing in it points into the line's buffer. It is shared between
// buckets and never written.
type Kept struct {
	View

	Num     uint64
	Parents []string
	Cut     int // bytes that the line lost at its end before it came here

	size int
}

// Keep returns a copy of the event as it is now; the same one until a field of the three spaces or Unmarshaled changes.
// It is for events that are parsed; while scalars still change, use Copy.
func (e *Event) Keep() *Kept {
	if e.kept == nil {
		e.kept = e.Copy()
	}
	return e.kept
}

// Copy returns a new copy of the event as it is now. Documents in Unmarshaled are shared with the event: their texts are
// copies already, and scenarios write into copies of the maps (see Isolate).
func (e *Event) Copy() *Kept {
	if len(e.docs.list) > 0 {
		e.unmarshaled()
	}
	k := &Kept{View: e.view, Num: e.Num, Parents: e.Parents, Cut: e.Cut}
	k.owner = nil
	k.Parsed, k.Meta, k.Enriched = e.own(Parsed), e.own(Meta), e.own(Enriched)
	k.Unmarshaled = maps.Clone(e.view.Unmarshaled)
	k.Line.Raw = strings.Clone(k.Line.Raw)
	k.Line.Src, k.Line.Module = ownUnless(k.Line.Src, e.line.Src), ownUnless(k.Line.Module, e.line.Module)
	k.Line.Labels = ownLabels(k.Line.Labels, e.line.Labels)
	k.Stage = strings.Clone(k.Stage)
	k.StrTime = strings.Clone(k.StrTime)
	k.StrTimeFormat = strings.Clone(k.StrTimeFormat)
	k.MarshaledTime = strings.Clone(k.MarshaledTime)
	k.WhitelistReason = strings.Clone(k.WhitelistReason)
	k.size = sizeOf(k)
	return k
}

// own returns a space as a new map of texts that are copies. Names that no rule wrote down may come from the line too.
func (e *Event) own(sp Space) map[string]string {
	m := make(map[string]string, 8)
	for _, s := range e.touched {
		if f := e.schema.fields[s]; f.space == sp {
			m[f.name] = strings.Clone(e.slots[s])
		}
	}
	for name, v := range e.spill[sp] {
		m[strings.Clone(name)] = strings.Clone(v)
	}
	return m
}

// ownUnless copies a text that a rule wrote over what the source gave; the source's own outlives the batch.
func ownUnless(s, given string) string {
	if s == given {
		return given
	}
	return strings.Clone(s)
}

func ownLabels(labels, given map[string]string) map[string]string {
	if maps.Equal(labels, given) {
		return given
	}
	out := make(map[string]string, len(labels))
	for k, v := range labels {
		out[k] = strings.Clone(v)
	}
	return out
}

// cloneTree copies decoded documents with all maps and lists in them.
func cloneTree(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = cloneValue(v)
	}
	return out
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneTree(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cloneValue(v[i])
		}
		return out
	default:
		return v // texts, numbers, and the maps of ParseKV, which are never written again
	}
}

// What things weigh beside their texts, roughly and the same on every machine.
const (
	weightEvent = 1024
	weightEntry = 64
)

// Size is how many bytes a copy weighs, by a fixed rule that leaves out how maps are laid out: budgets must not depend
// on the runtime.
func Size(k *Kept) int { return k.size }

// Size is what a copy of the event as it is now would weigh.
//
// hot: once an event that a bucket with conditions retains
func (e *Event) Size() int {
	v := &e.view
	n := weightEvent + len(v.Line.Raw) + len(v.StrTime) + len(v.MarshaledTime) + e.weightDocuments()
	for _, s := range e.touched {
		n += weightEntry + len(e.schema.fields[s].name) + len(e.slots[s])
	}
	for _, m := range e.spill {
		for name, v := range m {
			n += weightEntry + len(name) + len(v)
		}
	}
	for i := range v.Overflow.APIAlerts {
		n += weightAlert(&v.Overflow.APIAlerts[i], i == 0)
	}
	return n
}

func sizeOf(k *Kept) int {
	n := weightEvent + len(k.Line.Raw) + len(k.StrTime) + len(k.MarshaledTime) + weightTree(k.Unmarshaled)
	for _, m := range []map[string]string{k.Parsed, k.Meta, k.Enriched} {
		for name, v := range m {
			n += weightEntry + len(name) + len(v)
		}
	}
	for i := range k.Overflow.APIAlerts {
		n += weightAlert(&k.Overflow.APIAlerts[i], i == 0)
	}
	return n
}

// weightAlert weighs an alert; those of one overflow share events and evidence, which the first is charged for.
func weightAlert(a *tocsin.Alert, first bool) int {
	n := weightEvent + len(a.Message)
	if !first {
		return n
	}
	for i := range a.Events {
		n += weightEntry
		for _, m := range a.Events[i].Meta {
			n += weightEntry + len(m.Key) + len(m.Value)
		}
	}
	if a.Evidence != nil {
		n += tocsin.MaxEvidenceBytes
	}
	return n
}

func weightTree(v any) int {
	n := weightEntry
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			n += len(name) + weightTree(inner)
		}
	case map[string]string:
		for name, inner := range v {
			n += weightEntry + len(name) + len(inner)
		}
	case []any:
		for _, inner := range v {
			n += weightTree(inner)
		}
	case string:
		n += len(v)
	}
	return n
}
