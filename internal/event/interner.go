package event

import (
	"encoding/binary"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Limits of an Interner. What does not fit stands in the records themselves.
const (
	maxTexts     = 4096
	maxText      = 256 // bytes
	maxShapes    = 1024
	maxShape     = 1024 // bytes
	maxLabelSets = 1024
	maxZones     = 256
	// admitAfter is how often a value that is no part of its line must come again before it is taken for one that rules
	// write.
	admitAfter = 8
	doors      = 1024
)

// Interner numbers what many records repeat: names of sources, label sets, values that rules write, which fields an event
// has. Records refer to it by these numbers, so they can be read only with the Interner that they were written with. It
// forgets nothing and is bounded; what it does depends on the events that were written alone. It belongs to one goroutine.
type Interner struct {
	texts   []string
	textIDs map[string]uint32
	bySlot  []uint32 // the number of the text, plus one, that the slot last had; 0 for none
	door    [doors]struct {
		hash  uint32
		times uint8
	}

	shapes    [][]Slot
	shapeIDs  map[string]uint32
	lastShape uint32
	lastKey   []byte // of lastShape

	labels     []map[string]string
	labelIDs   map[string]uint32
	lastLabels uint32

	zones []*time.Location

	baseNum  uint64 // records count from the first event's number and second
	baseTime int64
	based    bool

	w writer
}

// NewInterner returns an empty Interner.
func NewInterner() *Interner {
	in := &Interner{
		textIDs: map[string]uint32{}, shapeIDs: map[string]uint32{}, labelIDs: map[string]uint32{},
		zones: []*time.Location{time.UTC},
	}
	in.w.in = in
	return in
}

// text returns the number of a text, numbering it if there is room.
func (in *Interner) text(s string) (uint32, bool) {
	if id, ok := in.textIDs[s]; ok {
		return id, true
	}
	if len(s) > maxText || len(in.texts) >= maxTexts {
		return 0, false
	}
	s = strings.Clone(s)
	id := uint32(len(in.texts)) //nolint:gosec // bounded by maxTexts
	in.texts = append(in.texts, s)
	in.textIDs[s] = id
	return id, true
}

// admit counts a value that was written in full, and numbers it when it comes often.
func (in *Interner) admit(s string) {
	if len(s) > maxText || len(in.texts) >= maxTexts {
		return
	}
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	d := &in.door[h%doors]
	if d.hash != h {
		if d.times > 0 {
			d.times--
			return
		}
		d.hash = h
	}
	if d.times++; d.times >= admitAfter {
		in.text(s)
		d.times = 0
	}
}

// shape returns the number of a list of slots, which key holds as differences.
func (in *Interner) shape(key []byte, slots []Slot) (uint32, bool) {
	if len(in.shapes) > 0 && string(key) == string(in.lastKey) {
		return in.lastShape, true
	}
	id, ok := in.shapeIDs[string(key)]
	if !ok {
		if len(key) > maxShape || len(in.shapes) >= maxShapes {
			return 0, false
		}
		id = uint32(len(in.shapes)) //nolint:gosec // bounded by maxShapes
		in.shapes = append(in.shapes, slices.Clone(slots))
		in.shapeIDs[string(key)] = id
	}
	in.lastShape, in.lastKey = id, append(in.lastKey[:0], key...)
	return id, true
}

// labelSet returns the number of a set of labels. The set is kept: it is shared between lines and never written.
func (in *Interner) labelSet(m map[string]string) (uint32, bool) {
	if len(in.labels) > 0 {
		if last := in.labels[in.lastLabels]; (last == nil) == (m == nil) && maps.Equal(last, m) {
			return in.lastLabels, true
		}
	}
	names := slices.Sorted(maps.Keys(m))
	key := []byte{0}
	if m != nil {
		key[0] = 1
	}
	size := 0
	for _, name := range names {
		key = appendText(appendText(key, name), m[name])
		size += len(name) + len(m[name])
	}
	id, ok := in.labelIDs[string(key)]
	if !ok {
		if len(in.labels) >= maxLabelSets || size > 16*maxText {
			return 0, false
		}
		id = uint32(len(in.labels)) //nolint:gosec // bounded by maxLabelSets
		in.labels = append(in.labels, ownLabelSet(m))
		in.labelIDs[string(key)] = id
	}
	in.lastLabels = id
	return id, true
}

func ownLabelSet(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[strings.Clone(k)] = strings.Clone(v)
	}
	return out
}

// zone returns the number of a location. Dates with an offset have a new location each, so those of one meaning share a
// number.
func (in *Interner) zone(loc *time.Location) (uint32, bool) {
	for i, z := range in.zones {
		if z == loc {
			return uint32(i), true //nolint:gosec // bounded by maxZones
		}
	}
	for i, z := range in.zones {
		if z.String() == loc.String() && reflect.DeepEqual(z, loc) {
			return uint32(i), true //nolint:gosec // bounded by maxZones
		}
	}
	if len(in.zones) >= maxZones {
		return 0, false
	}
	in.zones = append(in.zones, loc)
	return uint32(len(in.zones) - 1), true //nolint:gosec // bounded by maxZones
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
