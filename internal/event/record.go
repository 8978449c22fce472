package event

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"time"

	"tocsin.example/internal/jsontext"
)

// A record is three parts behind the lengths of the first two: what hardly differs from one event of a log to the next
// (numbers of sources, of lists of fields, where in the line a value begins after the one before), what differs
// (numbers, times, lengths, texts that stand nowhere else), and the line. First parts that come again are numbered by the
// Interner, so that of most records only the second part and the line are left.

// MaxRecord bounds a record in bytes; a longer event has none.
const MaxRecord = 1 << 19

const maxDepth = 500 // of decoded documents

// Bits of the first number of a record.
const (
	flagWhitelisted = 1 << iota
	flagProcess
	flagLineProcess
	flagUnmarshaled
	flagParents
	flagCut
	flagSpill // one bit for each space
)

// Kinds of values in decoded documents.
const (
	valueNil = iota
	valueFalse
	valueTrue
	valueFloat
	valueWhole // a float64 without a fraction
	valueInt
	valueInt64
	valueText
	valueList
	valueTree
	valuePairs
	valueNoList
	valueNoTree
	valueNoPairs
)

// AppendRecord appends the event as it is now to dst, in a compact form from which DecodeRecord makes what Copy gives.
// ok is false, and dst as it was, for what has no record: overflows, request events with findings, documents with values
// of other types than JSON and key=value pairs give, and what is longer than [MaxRecord]; keep a Copy of these. Times
// lose their monotonic part. The length of a record depends on the events written with the Interner so far, not on where
// their texts lie in memory. It allocates only for what the Interner has not seen yet.
//
// hot: once an event that a bucket retains
func (e *Event) AppendRecord(dst []byte, in *Interner) (rec []byte, ok bool) {
	v := &e.view
	if v.Type == TypeOverflow || !blank(&v.Overflow, &v.Appsec) {
		return dst, false
	}
	w := &in.w
	w.begin(v)
	w.event(e)
	if w.unfit || len(w.a)+len(w.b)+len(v.Line.Raw) > MaxRecord-3*binary.MaxVarintLen32 {
		w.end()
		return dst, false
	}
	if id, ok := in.plan(w.a); ok {
		dst = binary.AppendUvarint(dst, uint64(id)+1)
	} else {
		dst = binary.AppendUvarint(append(dst, 0), uint64(len(w.a)))
		dst = append(dst, w.a...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(w.b)))
	dst = append(dst, w.b...)
	dst = append(dst, v.Line.Raw...)
	w.end()
	return dst, true
}

// blank reports whether there is nothing that only other events than those of lines have.
func blank(o *Overflow, a *Appsec) bool {
	return o.Mapkey == "" && o.BucketId == "" && !o.Whitelisted && !o.Reprocess && o.Sources == nil && o.Alert == nil && o.APIAlerts == nil &&
		!a.HasInBandMatches && !a.HasOutBandMatches && a.MatchedRules == nil && a.Vars == nil && a.HookVars == nil
}

// writer is the scratch space in which a record is made.
type writer struct {
	in      *Interner
	a, b    []byte
	raw     string
	start   int // where the last part of the line began
	past    int // and where it ended
	budget  int // bytes of the line that may still be searched
	unfit   bool
	stamp   []byte // the event's time as MarshaledTime has it
	stamped time.Time
	seen    [maxSeen]string
	known   int       // of seen
	hashed  int       // how many of seen can be found by heads
	heads   [64]uint8 // by a hash: the last of seen with it, plus one
	chain   [maxSeen]uint8
	slots   []Slot
	shape   []byte
	names   []string
	member  []jsontext.Member
}

func (w *writer) begin(v *View) {
	w.a, w.b = w.a[:0], w.b[:0]
	w.raw, w.start, w.past, w.hashed, w.unfit = v.Line.Raw, 0, 0, 0, false
	w.budget = 16*len(w.raw) + 4096
	if v.Time != w.stamped || len(w.stamp) == 0 { // the same location too
		w.stamped, w.stamp = v.Time, v.Time.AppendFormat(w.stamp[:0], time.RFC3339Nano)
	}
}

// end forgets the texts: they point into the line.
func (w *writer) end() {
	clear(w.seen[:w.known])
	clear(w.names[:cap(w.names)])
	clear(w.member[:cap(w.member)])
	w.known, w.names, w.member, w.raw = 0, w.names[:0], w.member[:0], ""
}

func (w *writer) event(e *Event) {
	v, in := &e.view, w.in
	if !in.based {
		in.based, in.baseNum, in.baseTime, in.baseLine = true, e.Num, v.Time.Unix(), v.Line.Time.Unix()
	}
	w.tag(e.flags())
	w.tag(zigzag(int64(v.Type)))
	w.tag(zigzag(int64(v.ExpectMode)))
	id, ok := in.labelSet(v.Line.Labels)
	w.unfit = w.unfit || !ok
	w.tag(uint64(id))
	w.number(int64(e.Num - in.baseNum)) //nolint:gosec // wraps back when it is read
	if e.Cut != 0 {
		w.number(int64(e.Cut))
	}
	w.time(v.Time, in.baseTime)
	w.time(v.Line.Time, in.baseLine)
	w.fields(e)
	for i, s := range [...]string{v.Line.Src, v.Line.Module, v.Stage, v.StrTimeFormat, v.WhitelistReason} {
		w.fixed(&in.scalars[i], s)
	}
	w.guess(&in.strTime, v.StrTime)
	w.guess(&in.stamped, v.MarshaledTime)
	if e.Parents != nil {
		w.tag(uint64(len(e.Parents)))
		for _, p := range e.Parents {
			w.text(p)
		}
	}
	for sp := range e.spill {
		w.pairs(e.spill[sp])
	}
	switch {
	case v.Unmarshaled == nil && len(e.docs.list) > 0:
		w.documents(e)
	case len(e.docs.list) > 0:
		w.tree(e.unmarshaled(), 0)
	case v.Unmarshaled != nil:
		w.tree(v.Unmarshaled, 0)
	}
}

func (e *Event) flags() (f uint64) {
	v := &e.view
	for i, set := range [...]bool{v.Whitelisted, v.Process, v.Line.Process, v.Unmarshaled != nil || len(e.docs.list) > 0, e.Parents != nil, e.Cut != 0} {
		if set {
			f |= 1 << i
		}
	}
	for sp := range e.spill {
		if len(e.spill[sp]) > 0 {
			f |= flagSpill << sp
		}
	}
	return f
}

// fields writes the slots, in the order in which the first lines of their kind had them.
func (w *writer) fields(e *Event) {
	in := w.in
	if len(in.shapes) == 0 || !slices.Equal(e.has, in.lastHas) {
		w.list(e)
		id, ok := in.shape(w, e)
		if !ok {
			w.tag(0)
			w.tag(uint64(len(w.slots)))
			w.a = append(w.a, w.shape...)
			for _, s := range w.slots {
				w.text(e.slots[s])
			}
			return
		}
		in.lastShape, in.lastHas = id, append(in.lastHas[:0], e.has...)
	}
	w.tag(uint64(in.lastShape) + 1)
	sh := &in.shapes[in.lastShape]
	for i, s := range sh.slots {
		if !w.guess(&sh.guesses[i], e.slots[s]) {
			sh.misses++
		}
	}
	if sh.uses++; sh.uses == sh.review {
		in.review(w, e)
	}
}

// list lists the slots of an event in the order of their numbers, and writes the differences between these.
func (w *writer) list(e *Event) {
	w.slots, w.shape = w.slots[:0], w.shape[:0]
	last := Slot(-1)
	for i, word := range e.has {
		for ; word != 0; word &= word - 1 {
			s := Slot(i<<6 + bits.TrailingZeros64(word)) //nolint:gosec // bounded by MaxSlots
			w.slots = append(w.slots, s)
			w.shape = binary.AppendUvarint(w.shape, uint64(s-last)) //nolint:gosec // slots grow
			last = s
		}
	}
}

// pairs writes a map of texts by sorted names, nothing for an empty one.
func (w *writer) pairs(m map[string]string) {
	if len(m) == 0 {
		return
	}
	w.tag(uint64(len(m)))
	from := len(w.names)
	for name := range m {
		w.names = append(w.names, name)
	}
	slices.Sort(w.names[from:])
	for _, name := range w.names[from:] {
		w.text(name)
		w.text(m[name])
	}
	w.names = w.names[:from]
}

// tree writes a decoded object by sorted names.
func (w *writer) tree(m map[string]any, depth int) {
	w.tag(uint64(len(m)))
	from := len(w.names)
	for name := range m {
		w.names = append(w.names, name)
	}
	slices.Sort(w.names[from:])
	for i := from; i < from+len(m); i++ {
		name := w.names[i]
		w.text(name)
		w.value(m[name], depth+1)
	}
	w.names = w.names[:from]
}

func (w *writer) value(v any, depth int) {
	if depth > maxDepth {
		w.unfit = true
		return
	}
	switch v := v.(type) {
	case nil:
		w.tag(valueNil)
	case bool:
		if v {
			w.tag(valueTrue)
			return
		}
		w.tag(valueFalse)
	case float64:
		w.float(v)
	case int:
		w.tag(valueInt)
		w.number(int64(v))
	case int64:
		w.tag(valueInt64)
		w.number(v)
	case string:
		w.tag(valueText)
		w.text(v)
	case []any:
		w.items(v, depth)
	case map[string]any:
		if v == nil {
			w.tag(valueNoTree)
			return
		}
		w.tag(valueTree)
		w.tree(v, depth)
	case map[string]string:
		w.pairsValue(v)
	default:
		w.unfit = true
	}
}

func (w *writer) items(v []any, depth int) {
	if v == nil {
		w.tag(valueNoList)
		return
	}
	w.tag(valueList)
	w.tag(uint64(len(v)))
	for _, inner := range v {
		w.value(inner, depth+1)
	}
}

func (w *writer) pairsValue(v map[string]string) {
	if v == nil {
		w.tag(valueNoPairs)
		return
	}
	w.tag(valuePairs)
	if len(v) == 0 {
		w.tag(0)
		return
	}
	w.pairs(v)
}

func (w *writer) float(f float64) {
	if whole := int64(f); math.Abs(f) < 1<<53 && math.Float64bits(float64(whole)) == math.Float64bits(f) {
		w.tag(valueWhole)
		w.number(whole)
		return
	}
	w.tag(valueFloat)
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(f))
}

func (w *writer) tag(n uint64) {
	if n < 0x80 {
		w.a = append(w.a, byte(n))
		return
	}
	w.a = binary.AppendUvarint(w.a, n)
}

func (w *writer) number(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *writer) length(n int) {
	if n < 0x80 {
		w.b = append(w.b, byte(n)) //nolint:gosec // not negative
		return
	}
	w.b = binary.AppendUvarint(w.b, uint64(n))
}

func (w *writer) time(t time.Time, base int64) {
	id, ok := w.in.zone(t.Location())
	w.unfit = w.unfit || !ok
	w.tag(uint64(id))
	w.number(t.Unix() - base)
	w.number(int64(t.Nanosecond()))
}

func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) } //nolint:gosec // the bits are meant

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }
