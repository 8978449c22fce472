package event

import (
	"bytes"
	"cmp"
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
	maxShape     = 256 // bytes
	maxPlans     = 2048
	maxPlan      = 512 // bytes
	maxLabelSets = 256
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
	door    [doors]struct {
		hash  uint32
		times uint8
	}

	shapes    []shape
	shapeIDs  map[string]uint32 // the newest shape of a list of slots
	lastShape uint32
	lastHas   []uint64 // of lastShape

	plans    [][]byte // first parts of records
	planIDs  map[string]uint32
	lastPlan uint32

	scalars [5]guesses
	strTime guesses
	stamped guesses

	labels     []map[string]string
	labelIDs   map[string]uint32
	lastLabels uint32
	lastMap    map[string]string // that lastLabels was found for

	zones []*time.Location

	baseNum  uint64 // records count from the first event's number and second
	baseTime int64
	baseLine int64
	based    bool

	w writer
}

// NewInterner returns an empty Interner.
func NewInterner() *Interner {
	in := &Interner{
		textIDs: map[string]uint32{}, shapeIDs: map[string]uint32{}, planIDs: map[string]uint32{},
		labelIDs: map[string]uint32{}, zones: []*time.Location{time.UTC}, strTime: noGuesses, stamped: noGuesses,
	}
	for i := range in.scalars {
		in.scalars[i] = noGuesses
	}
	in.w.in = in
	return in
}

// text numbers a text, if it is new and there is room.
func (in *Interner) text(s string) {
	if _, ok := in.textIDs[s]; ok || len(s) > maxText || len(in.texts) >= maxTexts {
		return
	}
	s = strings.Clone(s)
	in.textIDs[s] = uint32(len(in.texts)) //nolint:gosec // bounded by maxTexts
	in.texts = append(in.texts, s)
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

// shape is a list of slots, in the order in which lines have their values.
type shape struct {
	slots   []Slot
	fields  [spaces]int // how many slots are of each space
	guesses []guesses
	uses    int
	misses  int // guesses that were wrong
	review  int // how many uses there are when the order is judged
}

// firstReview is how many events a shape sees before its order is judged; then it is four times as many.
const firstReview = 16

// shape returns the number of the list of slots that the writer has listed.
func (in *Interner) shape(w *writer, e *Event) (uint32, bool) {
	if id, ok := in.shapeIDs[string(w.shape)]; ok {
		return id, true
	}
	if len(w.shape) > maxShape {
		return 0, false
	}
	return in.learn(w, e, firstReview)
}

// learn makes a shape of the slots that the writer has listed, in the order of the event's line.
func (in *Interner) learn(w *writer, e *Event, review int) (uint32, bool) {
	if len(in.shapes) >= maxShapes {
		return 0, false
	}
	id := uint32(len(in.shapes)) //nolint:gosec // bounded by maxShapes
	sh := shape{slots: inOrder(w.slots, e), review: review}
	for _, s := range sh.slots {
		sh.guesses = append(sh.guesses, noGuesses)
		sh.fields[e.schema.fields[s].space]++
	}
	in.shapes = append(in.shapes, sh)
	in.shapeIDs[string(w.shape)] = id
	return id, true
}

// review looks whether the order of the last shape serves. A value that stands in the line twice may have been taken for
// its namesake when the order was learnt; another line shall tell. Records that know the old order keep it.
func (in *Interner) review(w *writer, e *Event) {
	sh := &in.shapes[in.lastShape]
	if sh.misses*8 < sh.uses*len(sh.slots) {
		sh.review *= 4
		return
	}
	w.list(e)
	if id, ok := in.learn(w, e, 4*sh.review); ok {
		in.lastShape = id
	}
}

// inOrder sorts slots by where their values stand in the line: what is not part of it comes last, what contains
// others before them. The longest finds its place first; a shorter one would rather stand apart from it or at an end of
// a word.
func inOrder(slots []Slot, e *Event) []Slot {
	raw := e.view.Line.Raw
	at := make(map[Slot]int, len(slots))
	for _, s := range slots {
		v := e.slots[s]
		at[s] = len(raw)
		if v == "" || len(raw) > 1<<14 {
			continue
		}
		if i := strings.Index(raw, v); i >= 0 {
			at[s] = i + wordAt(raw[i:], v)
		}
	}
	out := slices.Clone(slots)
	slices.SortStableFunc(out, func(a, b Slot) int {
		return cmp.Or(cmp.Compare(at[a], at[b]), cmp.Compare(len(e.slots[b]), len(e.slots[a])))
	})
	return out
}

// wordAt is where in a text that begins with v this stands as a word of its own, 0 when nowhere.
func wordAt(text, v string) int {
	before := byte(' ')
	for at := 0; ; {
		after := byte(' ')
		if end := at + len(v); end < len(text) {
			after = text[end]
		}
		if !isWord(before) && !isWord(after) {
			return at
		}
		i := strings.Index(text[at+1:], v)
		if i < 0 {
			return 0
		}
		at += 1 + i
		before = text[at-1]
	}
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 || c == '.' || c == '_'
}

var noGuesses = guesses{noText, noText}

// plan returns the number of the first part of a record, numbering it if there is room.
func (in *Interner) plan(a []byte) (uint32, bool) {
	if len(in.plans) > 0 && bytes.Equal(a, in.plans[in.lastPlan]) {
		return in.lastPlan, true
	}
	id, ok := in.planIDs[string(a)]
	if !ok {
		if len(a) > maxPlan || len(in.plans) >= maxPlans {
			return 0, false
		}
		id = uint32(len(in.plans)) //nolint:gosec // bounded by maxPlans
		in.plans = append(in.plans, slices.Clone(a))
		in.planIDs[string(a)] = id
	}
	in.lastPlan = id
	return id, true
}

// labelSet returns the number of a set of labels. The set is kept: it is shared between lines and never written.
func (in *Interner) labelSet(m map[string]string) (uint32, bool) {
	if len(in.labels) > 0 {
		if m != nil && reflect.ValueOf(m).UnsafePointer() == reflect.ValueOf(in.lastMap).UnsafePointer() {
			return in.lastLabels, true // the same map, not only an equal one
		}
		if last := in.labels[in.lastLabels]; (last == nil) == (m == nil) && maps.Equal(last, m) {
			in.lastMap = m
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
	in.lastLabels, in.lastMap = id, m
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
			return uint32(i), true
		}
	}
	for i, z := range in.zones {
		if z.String() == loc.String() && reflect.DeepEqual(z, loc) {
			return uint32(i), true
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
