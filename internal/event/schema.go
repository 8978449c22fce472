// Package event holds what the rules see of one line: fields in numbered slots, and the view of maps that expressions
// are evaluated on.
//
// At load time every field name that a rule uses gets a [Slot] of the [Schema]. An [Event] is an array over these slots,
// reset and used again for line after line; names that are known only at run time live in a spill map. Every write goes
// through Event.Set or Event.SetName, which keep the slots and the maps of a materialised [View] equal. What outlives
// its batch is a [Kept], a copy.
//
// The package knows no rule, no pattern and no bucket. Start from Event.
package event

import "fmt"

// Space is one of the three maps of an event that hold strings.
type Space uint8

// The spaces, named as rules name them.
const (
	Parsed Space = iota
	Meta
	Enriched
	spaces
)

// String returns the name of the space as rules write it.
func (s Space) String() string {
	switch s {
	case Parsed:
		return "Parsed"
	case Meta:
		return "Meta"
	case Enriched:
		return "Enriched"
	default:
		return "?"
	}
}

// Slot is the number of a field that some rule names.
type Slot int32

// NoSlot is the slot of a name that no rule uses.
const NoSlot Slot = -1

// MaxSlots bounds the number of different field names in all rules.
const MaxSlots = 1 << 16

type field struct {
	space Space
	name  string
}

// Schema numbers the fields that rules name. It grows while rules are loaded and is then frozen; a frozen schema may be
// used by any number of goroutines.
type Schema struct {
	slots  [spaces]map[string]Slot
	fields []field
	watch  []uint64 // one bit a slot; as long as the highest watched slot needs
	frozen bool

	asWritten bool // Meta.source_ip keeps the spelling of the log
}

// NewSchema returns an empty schema.
func NewSchema() *Schema {
	s := &Schema{}
	for i := range s.slots {
		s.slots[i] = map[string]Slot{}
	}
	return s
}

// Slot returns the slot of a field, numbering it if it is new. It returns [NoSlot] when the schema is frozen or full:
// the field then lives in the events' spill maps, with the same meaning.
func (s *Schema) Slot(sp Space, name string) Slot {
	if slot, ok := s.slots[sp][name]; ok {
		return slot
	}
	if s.frozen || len(s.fields) >= MaxSlots {
		return NoSlot
	}
	slot := Slot(len(s.fields)) //nolint:gosec // bounded by MaxSlots
	s.slots[sp][name] = slot
	s.fields = append(s.fields, field{space: sp, name: name})
	return slot
}

// Find returns the slot of a field, [NoSlot] when no rule names it.
func (s *Schema) Find(sp Space, name string) Slot {
	if slot, ok := s.slots[sp][name]; ok {
		return slot
	}
	return NoSlot
}

// KeepSpelling lets addresses in Meta.source_ip stay as they are written, for what was recorded so.
func (s *Schema) KeepSpelling() { s.asWritten = true }

// Watch lets every write to a slot change [Event.Version]. It is called before the schema is frozen.
func (s *Schema) Watch(slot Slot) {
	if slot < 0 || int(slot) >= len(s.fields) {
		return
	}
	for len(s.watch) <= int(slot>>6) {
		s.watch = append(s.watch, 0)
	}
	s.watch[slot>>6] |= 1 << (slot & 63)
}

func (s *Schema) watches(slot Slot) bool {
	return slot >= 0 && int(slot>>6) < len(s.watch) && s.watch[slot>>6]&(1<<(slot&63)) != 0
}

// Freeze ends the loading of rules.
func (s *Schema) Freeze() { s.frozen = true }

// Len is the number of slots.
func (s *Schema) Len() int { return len(s.fields) }

// Name returns the space and the name of a slot.
func (s *Schema) Name(slot Slot) (Space, string) {
	f := s.fields[slot]
	return f.space, f.name
}

// Ref is a field resolved against a schema: a slot if it has one, and the name always.
type Ref struct {
	Space Space
	Slot  Slot
	Name  string
}

// Ref resolves a field, numbering it if it is new.
func (s *Schema) Ref(sp Space, name string) Ref {
	return Ref{Space: sp, Slot: s.Slot(sp, name), Name: name}
}

// String names the field as rules do.
func (r Ref) String() string { return fmt.Sprintf("evt.%s.%s", r.Space, r.Name) }
