package cond

import (
	"slices"
	"strings"

	"tocsin.example/internal/event"
)

// Guard is a condition that must hold for a filter to be true, and that may be asked before anything else of the filter:
// when it does not hold, the filter is false, does not fail and does nothing beside.
type Guard struct {
	Field Field
	// Any are the alternatives: the guard holds when one of them does.
	Any []Test
	// Or are further alternatives, each on another field; they have none themselves.
	Or []Guard
	// Costly is set when the filter reads all of a text to find out what the guard says of it, or looks for much in it.
	Costly bool
}

// Holds reports whether the guard holds for an event.
func (g *Guard) Holds(ev *event.Event) bool {
	text := g.Field.Text(ev)
	if slices.ContainsFunc(g.Any, func(t Test) bool { return t.Holds(text) }) {
		return true
	}
	for i := range g.Or {
		if g.Or[i].Holds(ev) {
			return true
		}
	}
	return false
}

// with is a guard that holds when one of two does.
func (g *Guard) with(o *Guard) Guard {
	out := *g
	out.Or = slices.Clone(g.Or)
	for _, a := range append([]Guard{{Field: o.Field, Any: o.Any, Costly: o.Costly}}, o.Or...) {
		same := &out
		if a.Field != g.Field {
			i := slices.IndexFunc(out.Or, func(b Guard) bool { return b.Field == a.Field })
			if i < 0 {
				out.Or = append(out.Or, a)
				continue
			}
			same = &out.Or[i]
		}
		same.Any, same.Costly = slices.Concat(same.Any, a.Any), same.Costly || a.Costly
	}
	return out
}

// tests counts the alternatives.
func (g *Guard) tests() int {
	n := len(g.Any)
	for i := range g.Or {
		n += len(g.Or[i].Any)
	}
	return n
}

// rare is how rarely a guard is expected to hold: the length of its shortest constant, as far as that matters.
func (g *Guard) rare() int {
	n := minNeeded
	for _, t := range g.Any {
		n = min(n, len(t.Text))
	}
	for i := range g.Or {
		n = min(n, g.Or[i].rare())
	}
	return n
}

// Field is a text of an event that a guard asks. It is comparable.
type Field struct {
	Scalar Scalar
	// Ref is the field of InSpace; of Label only the name counts.
	Ref event.Ref
}

// Scalar names a field outside the three spaces.
type Scalar uint8

// What a guard may ask.
const (
	// InSpace is a field of Parsed, Meta or Enriched that has a slot.
	InSpace Scalar = iota
	// Label is evt.Line.Labels.<name>.
	Label
	// LineSrc is evt.Line.Src.
	LineSrc
	// LineModule is evt.Line.Module.
	LineModule
	// Stage is evt.Stage.
	Stage
	// TypeName is evt.GetType().
	TypeName
)

// Text returns the field's value, "" when it is absent.
func (f Field) Text(ev *event.Event) string {
	switch f.Scalar {
	case Label:
		return ev.Label(f.Ref.Name)
	case LineSrc:
		return ev.Scalars().Line.Src
	case LineModule:
		return ev.Scalars().Line.Module
	case Stage:
		return ev.Scalars().Stage
	case TypeName:
		return ev.Scalars().GetType()
	default:
		s, _ := ev.Get(f.Ref)
		return s
	}
}

// String names the field as rules do.
func (f Field) String() string {
	switch f.Scalar {
	case Label:
		return "evt.Line.Labels." + f.Ref.Name
	case LineSrc:
		return "evt.Line.Src"
	case LineModule:
		return "evt.Line.Module"
	case Stage:
		return "evt.Stage"
	case TypeName:
		return "evt.GetType()"
	default:
		return f.Ref.String()
	}
}

// Test compares a text with a constant.
type Test struct {
	Op   Op
	Case Case
	Text string
}

// Op is how a test compares.
type Op uint8

// The comparisons: the field's text equals, begins with, ends with or contains the constant.
const (
	Equals Op = iota
	Begins
	Ends
	Contains
)

// Case is what is done to the field's text before it is compared.
type Case uint8

// The cases: nothing, strings.ToUpper, strings.ToLower.
const (
	AsIs Case = iota
	InUpper
	InLower
)

func (c Case) of(text string) string {
	switch c {
	case InUpper:
		return strings.ToUpper(text)
	case InLower:
		return strings.ToLower(text)
	default:
		return text
	}
}

// Holds reports whether the test is true of a text.
func (t Test) Holds(text string) bool {
	text = t.Case.of(text)
	switch t.Op {
	case Begins:
		return strings.HasPrefix(text, t.Text)
	case Ends:
		return strings.HasSuffix(text, t.Text)
	case Contains:
		return strings.Contains(text, t.Text)
	default:
		return text == t.Text
	}
}

// Guards returns the guards of a filter, in the order in which they are evaluated; none for expressions that do not see
// the event alone. Those of data files hold the files as they were when the filter was compiled. Every helper and list
// that a guard or what stands before it uses costs steps of the budget; who skips a filter saves them.
func (p *Program) Guards() []Guard { return p.guards }

// Exact reports whether the filter says no more than its guards do: when all of them hold, it is true, and need not be
// asked.
func (p *Program) Exact() bool { return p.exact }
