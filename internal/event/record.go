package event

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// A record is three parts behind the lengths of the first two: what hardly differs from one event of a log to the next
// (numbers of sources, of lists of fields, where in the line a value begins after the one before), what differs
// (numbers, times, lengths, texts that stand nowhere else), and the line. Parts that are alike stand side by side in
// records that are alike, which is what a compressor likes.

// MaxRecord bounds a record in bytes; a longer event has none.
const MaxRecord = 1 << 19

const (
	maxDepth = 500 // of decoded documents
	maxSeen  = 64  // texts of one record that later ones may refer to
)

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

// How a text is written: the low bits of its tag.
const (
	textSpan    = iota // a part of the line: how far behind the last one, and the length
	textKnown          // a number of the Interner
	textAgain          // a text that was there before
	textLiteral        // length and bytes
	textKinds
)

// Texts that are there before the first one.
const (
	seenEmpty = iota
	seenRaw
	seenStamp // the event's time as MarshaledTime has it
	seenFirst
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
	if v.Type == TypeOverflow || v.Overflow.present() || v.Appsec.present() {
		return dst, false
	}
	w := &in.w
	w.begin(v)
	w.event(e)
	if w.unfit || len(w.a)+len(w.b)+len(v.Line.Raw) > MaxRecord-2*binary.MaxVarintLen32 {
		w.end()
		return dst, false
	}
	dst = binary.AppendUvarint(dst, uint64(len(w.a)))
	dst = binary.AppendUvarint(dst, uint64(len(w.b)))
	dst = append(dst, w.a...)
	dst = append(dst, w.b...)
	dst = append(dst, v.Line.Raw...)
	w.end()
	return dst, true
}

func (o *Overflow) present() bool {
	return o.Mapkey != "" || o.BucketId != "" || o.Whitelisted || o.Reprocess || o.Sources != nil || o.Alert != nil || o.APIAlerts != nil
}

func (a *Appsec) present() bool {
	return a.HasInBandMatches || a.HasOutBandMatches || a.MatchedRules != nil || a.Vars != nil || a.HookVars != nil
}

// writer is the scratch space in which a record is made.
type writer struct {
	in     *Interner
	a, b   []byte
	raw    string
	past   int // where the last part of the line ended
	budget int // bytes of the line that may still be searched
	unfit  bool
	stamp  []byte
	seen   []string
	heads  [64]uint8 // by a hash: the last of seen with it, plus one
	chain  [maxSeen]uint8
	slots  []Slot
	shape  []byte
	names  []string
}

func (w *writer) begin(v *View) {
	w.a, w.b = w.a[:0], w.b[:0]
	w.raw, w.past, w.unfit = v.Line.Raw, 0, false
	w.budget = 16*len(w.raw) + 4096
	w.stamp = v.Time.AppendFormat(w.stamp[:0], time.RFC3339Nano)
	w.heads = [64]uint8{}
}

// end forgets the texts: they point into the line.
func (w *writer) end() {
	clear(w.seen)
	clear(w.names)
	w.seen, w.names, w.raw = w.seen[:0], w.names[:0], ""
}

func (w *writer) event(e *Event) {
	v := &e.view
	if !w.in.based {
		w.in.based, w.in.baseNum, w.in.baseTime = true, e.Num, v.Time.Unix()
	}
	w.tag(e.flags())
	w.tag(zigzag(int64(v.Type)))
	w.tag(zigzag(int64(v.ExpectMode)))
	id, ok := w.in.labelSet(v.Line.Labels)
	w.unfit = w.unfit || !ok
	w.tag(uint64(id))
	w.number(int64(e.Num - w.in.baseNum)) //nolint:gosec // wraps back when it is read
	if e.Cut != 0 {
		w.number(int64(e.Cut))
	}
	w.time(v.Time)
	w.time(v.Line.Time)
	w.fixed(v.Line.Src)
	w.fixed(v.Line.Module)
	w.fixed(v.Stage)
	w.fixed(v.StrTimeFormat)
	w.fixed(v.WhitelistReason)
	w.text(v.StrTime)
	w.text(v.MarshaledTime)
	if e.Parents != nil {
		w.tag(uint64(len(e.Parents)))
		for _, p := range e.Parents {
			w.text(p)
		}
	}
	w.fields(e)
	for sp := range e.spill {
		w.pairs(e.spill[sp])
	}
	if v.Unmarshaled != nil {
		w.tree(v.Unmarshaled, 0)
	}
}

func (e *Event) flags() (f uint64) {
	v := &e.view
	for i, set := range [...]bool{v.Whitelisted, v.Process, v.Line.Process, v.Unmarshaled != nil, e.Parents != nil, e.Cut != 0} {
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

// fields writes the slots in the order of their numbers.
func (w *writer) fields(e *Event) {
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
	if id, ok := w.in.shape(w.shape, w.slots); ok {
		w.tag(uint64(id) + 1)
	} else {
		w.tag(0)
		w.tag(uint64(len(w.slots)))
		w.a = append(w.a, w.shape...)
	}
	for _, s := range w.slots {
		w.slot(s, e.slots[s])
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
		w.list(v, depth)
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

func (w *writer) list(v []any, depth int) {
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

func (w *writer) time(t time.Time) {
	id, ok := w.in.zone(t.Location())
	w.unfit = w.unfit || !ok
	w.tag(uint64(id))
	w.number(t.Unix() - w.in.baseTime)
	w.number(int64(t.Nanosecond()))
}

// fixed writes a text that is one of few.
func (w *writer) fixed(s string) {
	if s == "" {
		w.tag(seenEmpty<<2 | textAgain)
		return
	}
	if id, ok := w.in.text(s); ok {
		w.tag(uint64(id)<<2 | textKnown)
		return
	}
	w.text(s)
}

// slot writes a slot's text. Most slots have either a part of the line or always the same.
func (w *writer) slot(slot Slot, s string) {
	in := w.in
	if int(slot) >= len(in.bySlot) {
		in.bySlot = append(in.bySlot, make([]uint32, int(slot)+1-len(in.bySlot))...)
	}
	if id := in.bySlot[slot]; id != 0 && in.texts[id-1] == s {
		w.tag(uint64(id-1)<<2 | textKnown)
		return
	}
	if id, ok := w.text(s); ok {
		in.bySlot[slot] = id + 1
	}
}

// text writes a text, and returns its number when it has one.
func (w *writer) text(s string) (id uint32, known bool) {
	switch {
	case s == "":
		w.tag(seenEmpty<<2 | textAgain)
		return 0, false
	case s == w.raw:
		w.tag(seenRaw<<2 | textAgain)
		return 0, false
	case s == string(w.stamp):
		w.tag(seenStamp<<2 | textAgain)
		return 0, false
	}
	head := &w.heads[(len(s)*7+int(s[0])*3+int(s[len(s)-1]))&63]
	for i := *head; i != 0; i = w.chain[i-1] {
		if w.seen[i-1] == s {
			w.tag(uint64(i-1+seenFirst)<<2 | textAgain)
			return 0, false
		}
	}
	if at, ok := w.find(s); ok {
		w.remember(s, head)
		w.tag(zigzag(int64(at-w.past))<<2 | textSpan)
		w.b = binary.AppendUvarint(w.b, uint64(len(s)))
		w.past = at + len(s)
		return 0, false
	}
	if id, ok := w.in.textIDs[s]; ok {
		w.tag(uint64(id)<<2 | textKnown)
		return id, true
	}
	w.remember(s, head)
	w.tag(textLiteral)
	w.b = appendText(w.b, s)
	w.in.admit(s)
	return 0, false
}

// remember keeps a text for later ones to refer to, as the reader does.
func (w *writer) remember(s string, head *uint8) {
	if len(w.seen) < maxSeen {
		w.chain[len(w.seen)] = *head
		w.seen = append(w.seen, s)
		*head = uint8(len(w.seen)) //nolint:gosec // bounded by maxSeen
	}
}

// find looks for a text in the line, from where the last one ended and then from the start. It searches by content: what
// is written must not depend on which engine cut the line, and captures mostly come in order.
func (w *writer) find(s string) (int, bool) {
	if len(s) > len(w.raw) || w.budget < 0 {
		return 0, false
	}
	if i := strings.Index(w.raw[w.past:], s); i >= 0 {
		w.budget -= i + len(s)
		return w.past + i, true
	}
	w.budget -= len(w.raw) - w.past
	end := min(w.past+len(s)-1, len(w.raw))
	i := strings.Index(w.raw[:end], s)
	if i < 0 {
		w.budget -= end
		return 0, false
	}
	w.budget -= i + len(s)
	return i, true
}

func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) } //nolint:gosec // the bits are meant

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) } //nolint:gosec // likewise
