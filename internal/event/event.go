package event

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"tocsin.example"
)

// Event is one line, or one overflow, on its way through the rules. It is owned by one goroutine and is reset for the
// next line. A slot is absent, empty or a value.
type Event struct {
	// Num is the line's number in the process-wide input sequence, from 1; an overflow has that of the line that
	// caused it.
	Num uint64
	// Clock says at which time the event pours.
	Clock tocsin.Clock
	// Arrived is when the line arrived; a replay's fixed "now".
	Arrived time.Time
	// Guessed is set when a date was asked for and could not be read, so that "now" stands in for it.
	Guessed bool
	// Aborted says why parsing ended with an error, "" when it did not.
	Aborted string
	// Parents are the uuids of the alerts of a reprocessed overflow.
	Parents []string
	// Cut counts the bytes that the line lost at its end on the way here.
	Cut int

	line    Line // as the source gave it; rules may write other values
	schema  *Schema
	slots   []string
	has     []uint64 // one bit a slot
	touched []Slot   // slots that are set, in order
	spill   [spaces]map[string]string
	view    View
	made    bool      // the view's maps are materialised
	journal *[]Change // where writes are noted; nil for nowhere
	changes []Change  // of the last fn that was isolated
	kept    *Kept
	version uint64
	scratch Scratch
	docs    documents
	resets  uint64
	rev     uint64
	label   label
	stamp   string    // of the last Stamp
	moment  time.Time // what it says
}

// New returns an event over a schema. Slots that the schema gains later live in the spill maps until the next Reset.
func New(s *Schema) *Event {
	e := &Event{schema: s}
	e.view.owner = e
	return e
}

// Schema returns the schema of the event.
func (e *Event) Schema() *Schema { return e.schema }

// Reset makes the event one fresh line of a log.
func (e *Event) Reset(num uint64, line *tocsin.Line) {
	e.clear()
	e.Num, e.Clock, e.Arrived = num, line.Clock, line.Time
	v := &e.view
	v.Line = Line{
		Raw: line.Raw, Src: line.Src, Time: line.Time, Labels: line.Labels, Module: line.Module, Process: true,
	}
	e.line, e.Cut = v.Line, line.Cut
	v.Time = line.Time
	v.Process = true
	if line.Clock != tocsin.ArrivalClock {
		v.ExpectMode = ModeTimeMachine
	}
}

// ResetOverflow makes the event an overflow. The event keeps o.
func (e *Event) ResetOverflow(num uint64, clock tocsin.Clock, arrived, at time.Time, o Overflow) {
	e.clear()
	e.Num, e.Clock, e.Arrived = num, clock, arrived
	v := &e.view
	v.Type = TypeOverflow
	v.Overflow = o
	v.Time = at
	v.MarshaledTime = FormatTime(at)
	v.Process = true
	if clock != tocsin.ArrivalClock {
		v.ExpectMode = ModeTimeMachine
	}
}

// Revision changes with every write to a field of the three spaces or to Unmarshaled, and with every Reset, and never
// comes back: while it stays, a record of this event that was made when it was parsed is still true.
func (e *Event) Revision() uint64 { return e.rev }

func (e *Event) wrote() {
	e.kept = nil
	e.rev++
}

func (e *Event) clear() {
	e.version++
	for _, s := range e.touched {
		e.slots[s] = ""
		e.has[s>>6] &^= 1 << (s & 63)
	}
	e.touched = e.touched[:0]
	if n := e.schema.Len(); len(e.slots) < n {
		e.slots = make([]string, n)
		e.has = make([]uint64, (n+63)>>6)
	}
	for i := range e.spill {
		e.spill[i] = nil
	}
	e.view = View{owner: e}
	e.made, e.journal = false, nil
	e.scratch.reset()
	e.docs.reset()
	e.resets++
	e.wrote()
	e.stamp = ""
	e.Guessed, e.Aborted, e.Parents, e.Cut, e.line = false, "", nil, 0, Line{}
}

// label is the label that was asked last. The lines of a source share their labels, which are never written.
type label struct {
	of          map[string]string
	name, value string
}

// Label returns a label of the line, "" when it has none of that name.
//
// hot:
func (e *Event) Label(name string) string {
	of, l := e.view.Line.Labels, &e.label
	if l.of == nil || l.name != name || !sameMap(of, l.of) {
		*l = label{of: of, name: name, value: of[name]}
	}
	return l.value
}

func sameMap(a, b map[string]string) bool {
	return reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// Source names where the line came from, whatever rules make of evt.Line.Src; "" for an overflow.
func (e *Event) Source() string { return e.line.Src }

// Scalars gives access to the event's fields outside the three spaces, without making maps: Parsed, Meta and Enriched
// of the result must not be used. Use View for these.
func (e *Event) Scalars() *View { return &e.view }

// Version is a number that changes when a watched field (see [Schema.Watch]) is written, and with every Reset. It never
// comes back to an earlier value. Whoever writes what Scalars gives calls ScalarWritten for it.
func (e *Event) Version() uint64 { return e.version }

// ScalarWritten says that a field outside the three spaces got another value.
func (e *Event) ScalarWritten() { e.version++ }

// Get returns a field's value and whether it is present.
func (e *Event) Get(r Ref) (string, bool) {
	if r.Slot >= 0 && int(r.Slot) < len(e.slots) {
		return e.slots[r.Slot], e.has[r.Slot>>6]&(1<<(r.Slot&63)) != 0
	}
	v, ok := e.spill[r.Space][r.Name]
	return v, ok
}

// Text returns a field's value, "" when it is absent.
//
// hot:
func (e *Event) Text(r *Ref) string {
	if uint(r.Slot) < uint(len(e.slots)) { //nolint:gosec // NoSlot becomes large
		return e.slots[r.Slot]
	}
	return e.spill[r.Space][r.Name]
}

// Resets counts the lines and overflows that the event has been: with it, a memo knows whether it is of this one.
func (e *Event) Resets() uint64 { return e.resets }

// GetName returns the value of a field that is known by name, and whether it is present.
func (e *Event) GetName(sp Space, name string) (string, bool) {
	return e.Get(Ref{Space: sp, Slot: e.schema.Find(sp, name), Name: name})
}

// SetAll writes fields, as many Sets would: refs[i] becomes values[i]. There are as many values as refs.
//
// hot:
func (e *Event) SetAll(refs []Ref, values []string) {
	simple := e.journal == nil && !e.made
	for i := range refs {
		r := &refs[i]
		if !simple || r.Space == Meta || uint(r.Slot) >= uint(len(e.slots)) { //nolint:gosec // NoSlot becomes large
			e.Set(*r, values[i])
			continue
		}
		if bit := uint64(1) << (r.Slot & 63); e.has[r.Slot>>6]&bit == 0 {
			e.has[r.Slot>>6] |= bit
			e.touched = append(e.touched, r.Slot)
		}
		e.slots[r.Slot] = values[i]
		if e.schema.watches(r.Slot) {
			e.version++
		}
	}
	e.wrote()
}

// Set writes a field. The value may point into the line. An address in Meta.source_ip is written in its one spelling.
func (e *Event) Set(r Ref, value string) {
	if r.Space == Meta && r.Name == sourceIP && !e.schema.asWritten {
		value = canonical(value)
	}
	if e.journal != nil {
		old, had := e.Get(r)
		*e.journal = append(*e.journal, Change{Ref: r, Value: value, old: old, had: had})
	}
	e.put(r, value)
}

func (e *Event) put(r Ref, value string) {
	e.wrote()
	if e.schema.watches(r.Slot) {
		e.version++
	}
	if r.Slot >= 0 && int(r.Slot) < len(e.slots) {
		if bit := uint64(1) << (r.Slot & 63); e.has[r.Slot>>6]&bit == 0 {
			e.has[r.Slot>>6] |= bit
			e.touched = append(e.touched, r.Slot)
		}
		e.slots[r.Slot] = value
	} else {
		if e.spill[r.Space] == nil {
			e.spill[r.Space] = map[string]string{}
		}
		e.spill[r.Space][r.Name] = value
	}
	if e.made {
		e.view.space(r.Space)[r.Name] = value
	}
}

// remove takes a field away again; only undoing a scenario's writes needs it.
func (e *Event) remove(r Ref) {
	e.wrote()
	if e.schema.watches(r.Slot) {
		e.version++
	}
	if r.Slot >= 0 && int(r.Slot) < len(e.slots) {
		e.slots[r.Slot] = ""
		e.has[r.Slot>>6] &^= 1 << (r.Slot & 63)
		for i, v := range slices.Backward(e.touched) {
			if v == r.Slot {
				e.touched = append(e.touched[:i], e.touched[i+1:]...)
				break
			}
		}
	} else {
		delete(e.spill[r.Space], r.Name)
	}
	if e.made {
		delete(e.view.space(r.Space), r.Name)
	}
}

// SetName writes a field that is known by name.
func (e *Event) SetName(sp Space, name, value string) {
	e.Set(Ref{Space: sp, Slot: e.schema.Find(sp, name), Name: name}, value)
}

// View returns the event as expressions see it. Its maps are made once and then kept equal to the slots; whoever writes
// them directly breaks that.
func (e *Event) View() *View {
	if e.made {
		return &e.view
	}
	e.view.Parsed, e.view.Meta, e.view.Enriched = e.Map(Parsed), e.Map(Meta), e.Map(Enriched)
	e.unmarshaled()
	e.made, e.docs.out = true, true
	return &e.view
}

// Map returns a space as a new map.
func (e *Event) Map(sp Space) map[string]string {
	m := make(map[string]string, 8)
	for _, s := range e.touched {
		if f := e.schema.fields[s]; f.space == sp {
			m[f.name] = e.slots[s]
		}
	}
	maps.Copy(m, e.spill[sp])
	return m
}

// Change is one write of a scenario's filter.
type Change struct {
	Ref   Ref
	Value string
	old   string
	had   bool
}

// Writes is what one scenario's filter wrote into the event, seen by that scenario only.
type Writes struct {
	Changes     []Change
	Unmarshaled map[string]any // the scenario's own version; nil when it wrote none
}

// Isolate runs fn and takes its writes back, returning them; nil when there are none. unmarshaled says that fn may write
// into Unmarshaled: then there always are.
//
// hot:
func (e *Event) Isolate(unmarshaled bool, fn func()) *Writes {
	var before map[string]any
	if unmarshaled {
		before = e.Unmarshaled()
		e.SetUnmarshaled(cloneTree(before))
	}
	e.record(fn)
	if len(e.changes) == 0 && !unmarshaled {
		return nil
	}
	w := &Writes{Changes: slices.Clone(e.changes)}
	if unmarshaled {
		w.Unmarshaled = e.view.Unmarshaled
		e.SetUnmarshaled(before)
	}
	return w
}

// record runs fn and takes its writes to the three spaces back; they stay in e.changes.
func (e *Event) record(fn func()) {
	clear(e.changes)
	e.changes = e.changes[:0]
	e.journal = &e.changes
	fn()
	e.journal = nil
	for _, change := range slices.Backward(e.changes) {
		e.undo(change)
	}
}

// With runs fn on the event as the scenario that made the writes sees it.
func (e *Event) With(w *Writes, fn func()) {
	if w == nil {
		fn()
		return
	}
	var before map[string]any
	if w.Unmarshaled != nil {
		before = e.Unmarshaled()
	}
	e.record(func() {
		for _, c := range w.Changes {
			e.Set(c.Ref, c.Value)
		}
		if w.Unmarshaled != nil {
			e.SetUnmarshaled(w.Unmarshaled)
		}
		fn()
	})
	if w.Unmarshaled != nil {
		e.SetUnmarshaled(before)
	}
}

func (e *Event) undo(c Change) {
	if c.had {
		e.put(c.Ref, c.old)
		return
	}
	e.remove(c.Ref)
}
