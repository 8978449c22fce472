package event

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// errRecord is a record that AppendRecord did not write, or not with this Interner and Schema.
var errRecord = errors.New("the record of an event is broken")

// DecodeRecord makes the copy of an event of its record, as Copy had made it when the record was written. Nothing in it
// points into rec. Label sets and texts of the Interner are shared with other copies, so they are not to be written. The
// schema and the Interner are those that it was written with.
func (s *Schema) DecodeRecord(rec []byte, in *Interner) (*Kept, error) {
	r := reader{in: in, schema: s}
	r.split(rec)
	if r.bad {
		return nil, errRecord
	}
	k := r.event()
	if r.bad || len(r.a) > 0 || len(r.b) > 0 {
		return nil, errRecord
	}
	k.size = sizeOf(k)
	return k, nil
}

// reader takes a record apart. After a fault it is bad, and gives zero values.
type reader struct {
	in     *Interner
	schema *Schema
	a, b   []byte
	raw    string
	start  int
	past   int
	when   time.Time
	stamp  string // of when, once it was asked for
	seen   [maxSeen]string
	known  int // how many of seen are there
	bad    bool
}

// split finds the parts of a record.
func (r *reader) split(rec []byte) {
	r.b = rec
	switch id := r.size(); {
	case id > len(r.in.plans):
		r.bad = true
	case id > 0:
		r.a = r.in.plans[id-1]
	default:
		r.a = r.cut(r.size())
	}
	b := r.cut(r.size())
	r.raw, r.b = string(r.b), b
}

// cut takes the next bytes off the second part.
func (r *reader) cut(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// size reads a number that bounds bytes, or is too large for what there is.
func (r *reader) size() int {
	n, size := binary.Uvarint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int(min(n, 1<<31-1))
}

func (r *reader) event() *Kept {
	k := &Kept{}
	flags := r.tag()
	k.Whitelisted, k.Process, k.Line.Process = flags&flagWhitelisted != 0, flags&flagProcess != 0, flags&flagLineProcess != 0
	k.Type, k.ExpectMode = int(unzigzag(r.tag())), int(unzigzag(r.tag()))
	if id := r.tag(); id < uint64(len(r.in.labels)) {
		k.Line.Labels = r.in.labels[id]
	} else {
		r.bad = true
	}
	k.Num = r.in.baseNum + uint64(r.number()) //nolint:gosec // wraps as it was written
	if flags&flagCut != 0 {
		k.Cut = int(r.number())
	}
	k.Time = r.time(r.in.baseTime)
	r.when = k.Time
	k.Line.Time = r.time(r.in.baseLine)
	k.Line.Raw = r.raw
	r.fields(&k.View)
	k.Line.Src, k.Line.Module, k.Stage, k.StrTimeFormat, k.WhitelistReason = r.text(), r.text(), r.text(), r.text(), r.text()
	k.StrTime, k.MarshaledTime = r.text(), r.text()
	if flags&flagParents != 0 {
		k.Parents = make([]string, r.count())
		for i := range k.Parents {
			k.Parents[i] = r.text()
		}
	}
	for sp := range spaces {
		if flags&(flagSpill<<sp) != 0 {
			r.pairs(k.space(sp))
		}
	}
	if flags&flagUnmarshaled != 0 {
		k.Unmarshaled = r.tree(0)
	}
	return k
}

// fields reads the slots.
func (r *reader) fields(v *View) {
	var sh shape
	id := r.tag()
	if id > uint64(len(r.in.shapes)) {
		r.bad = true
	} else if id > 0 {
		sh = r.in.shapes[id-1]
	}
	n := sh.fields
	v.Parsed, v.Meta, v.Enriched = make(map[string]string, n[Parsed]), make(map[string]string, n[Meta]), make(map[string]string, n[Enriched])
	for _, s := range sh.slots {
		r.field(v, s)
	}
	if id != 0 || r.bad {
		return
	}
	slots := make([]Slot, r.count())
	last := int64(-1)
	for i := range slots {
		step := r.tag()
		if step > MaxSlots {
			r.bad = true
			return
		}
		last += int64(step)
		slots[i] = Slot(min(last, MaxSlots))
	}
	for _, s := range slots {
		r.field(v, s)
	}
}

func (r *reader) field(v *View, s Slot) {
	if r.bad || s < 0 || int(s) >= len(r.schema.fields) {
		r.bad = true
		return
	}
	f := &r.schema.fields[s]
	v.space(f.space)[f.name] = r.text()
}

func (r *reader) pairs(m map[string]string) {
	for range r.count() {
		name := r.text()
		m[name] = r.text()
	}
}

func (r *reader) tree(depth int) map[string]any {
	n := r.count()
	m := make(map[string]any, n)
	for range n {
		name := r.text()
		m[name] = r.value(depth + 1)
	}
	return m
}

func (r *reader) value(depth int) any {
	kind := r.tag()
	if r.bad || depth > maxDepth {
		r.bad = true
		return nil
	}
	switch kind {
	case valueNil:
		return nil
	case valueFalse, valueTrue:
		return kind == valueTrue
	case valueFloat:
		return r.float()
	case valueWhole:
		return float64(r.number())
	case valueInt:
		return int(r.number())
	case valueInt64:
		return r.number()
	case valueText:
		return r.text()
	case valueList:
		out := make([]any, r.count())
		for i := range out {
			out[i] = r.value(depth + 1)
		}
		return out
	case valueTree:
		return r.tree(depth)
	case valuePairs:
		m := map[string]string{}
		r.pairs(m)
		return m
	case valueNoList:
		return []any(nil)
	case valueNoTree:
		return map[string]any(nil)
	case valueNoPairs:
		return map[string]string(nil)
	default:
		r.bad = true
		return nil
	}
}

func (r *reader) float() float64 {
	if len(r.b) < 8 {
		r.bad = true
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return f
}

// tag reads a number of the first part.
func (r *reader) tag() uint64 {
	n, size := binary.Uvarint(r.a)
	if size <= 0 {
		r.bad, r.a = true, nil
		return 0
	}
	r.a = r.a[size:]
	return n
}

// count reads how many things follow, each of which takes a byte of the first part at least.
func (r *reader) count() int {
	n := r.tag()
	if n > uint64(len(r.a)) {
		r.bad = true
		return 0
	}
	return int(n) //nolint:gosec // bounded by the record
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) time(base int64) time.Time {
	id := r.tag()
	if id >= uint64(len(r.in.zones)) {
		r.bad = true
		return time.Time{}
	}
	sec, nsec := r.number(), r.number()
	if nsec < 0 || nsec >= 1e9 {
		r.bad = true
		return time.Time{}
	}
	return time.Unix(sec+base, nsec).In(r.in.zones[id])
}

// text reads a text.
func (r *reader) text() string {
	tag := r.tag()
	n := tag >> kindBits
	switch tag & kindMask {
	case textAfter:
		return r.part(n, r.past)
	case textInside:
		return r.part(n, r.start)
	case textAt:
		return r.part(n, 0)
	case textKnown:
		if n < uint64(len(r.in.texts)) {
			return r.in.texts[n]
		}
	case textAgain:
		return r.again(n)
	case textLiteral:
		return r.remember(string(r.cut(r.size())))
	}
	r.bad = true
	return ""
}

// part reads a part of the line that begins n bytes behind a place in it.
func (r *reader) part(n uint64, from int) string {
	size := r.size()
	if n > uint64(len(r.raw)-from) || size > len(r.raw)-from-int(n) { //nolint:gosec // bounded by the line
		r.bad = true
		return ""
	}
	r.start = from + int(n) //nolint:gosec // bounded by the line
	r.past = r.start + size
	return r.remember(r.raw[r.start:r.past])
}

func (r *reader) again(n uint64) string {
	switch {
	case n == seenEmpty:
		return ""
	case n == seenRaw:
		return r.raw
	case n == seenStamp:
		if r.stamp == "" {
			r.stamp = FormatTime(r.when)
		}
		return r.stamp
	case n-seenFirst < uint64(r.known): //nolint:gosec // not negative
		return r.seen[n-seenFirst]
	default:
		r.bad = true
		return ""
	}
}

func (r *reader) remember(s string) string {
	if r.known < maxSeen {
		r.seen[r.known] = s
		r.known++
	}
	return s
}
