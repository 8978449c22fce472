// Package trail is what the conditions of one bucket remember of the events that it retains: which of them passed a test,
// and a few of their fields. What is asked of an event is asked once, when it comes; what conditions then want to know of
// all events (how many passed, which were the last four) costs the same however many there are.
//
// It does not know events, tests or fields: package closure makes them of expressions and writes the answers down here.
// Start from [Trail].
package trail

import (
	"math"
	"sort"
	"strings"
	"time"
)

// Result is what a test came to.
type Result uint8

// The results.
const (
	No Result = iota
	Yes
	Failed
)

// Shape is how many tests and columns of each type a trail has.
type Shape struct {
	Tests, Texts, Times, Values int
}

// Trail remembers events in the order in which they came. Positions count from 0, the oldest that is not dropped. It is for
// one goroutine. A nil Trail is an empty one without tests and columns.
type Trail struct {
	gone   uint32 // events that were dropped; an event's number is its position and this, modulo 2^32
	n      int
	tests  []marks
	texts  []queue[string]
	times  []queue[time.Time]
	values []queue[any]
}

// marks are the numbers of the events that passed a test, and of those for which it failed.
type marks struct {
	yes, failed queue[uint32]
}

// Max bounds the events of a trail; a further one takes the place of the oldest.
const Max = math.MaxInt32

// New returns an empty trail.
func New(s Shape) Trail {
	t := Trail{}
	if s.Tests > 0 {
		t.tests = make([]marks, s.Tests)
	}
	if s.Texts > 0 {
		t.texts = make([]queue[string], s.Texts)
	}
	if s.Times > 0 {
		t.times = make([]queue[time.Time], s.Times)
	}
	if s.Values > 0 {
		t.values = make([]queue[any], s.Values)
	}
	return t
}

// few is how many events a small trail has room for from its beginning.
const few = 4

// room is what a small trail takes, in one piece of memory: the trails of most buckets are read once in a long while.
type room struct {
	tests [1]marks
	times [1]queue[time.Time]
	yes   [few]uint32
	at    [few]time.Time
}

// Make returns n empty trails that lie together.
func Make(s Shape, n int) []Trail {
	out := make([]Trail, n)
	if s.Tests > 1 || s.Times > 1 {
		for i := range out {
			out[i] = New(s)
		}
		return out
	}
	rooms := make([]room, n)
	for i := range out {
		t, r := &out[i], &rooms[i]
		*t = New(Shape{Texts: s.Texts, Values: s.Values})
		r.tests[0].yes.items, r.times[0].items = r.yes[:0:few], r.at[:0:few]
		t.tests, t.times = r.tests[:s.Tests], r.times[:s.Times]
	}
	return out
}

// maxSpare bounds the room that a queue keeps when its trail is emptied, in items.
const maxSpare = 64

// Empty forgets all events, and keeps what room they took for the next ones if it is little.
func (t *Trail) Empty() {
	for i := range t.tests {
		t.tests[i].yes.empty()
		t.tests[i].failed.empty()
	}
	for i := range t.texts {
		clear(t.texts[i].items)
		t.texts[i].empty()
	}
	for i := range t.times { // what they point to is locations, which others hold too
		t.times[i].empty()
	}
	for i := range t.values {
		clear(t.values[i].items)
		t.values[i].empty()
	}
	t.gone, t.n = 0, 0
}

// Len is how many events the trail remembers.
func (t *Trail) Len() int {
	if t == nil {
		return 0
	}
	return t.n
}

// Push adds an event behind the last one. The caller then says of each test what it came to, by Mark, and gives each column
// its value.
//
// hot:
func (t *Trail) Push() {
	if t.n == Max {
		t.Drop()
	}
	t.n++
}

// Mark says what a test of the last event came to.
//
// hot:
func (t *Trail) Mark(test int, r Result) {
	num := t.gone + uint32(t.n-1) //nolint:gosec // modulo 2^32
	switch m := &t.tests[test]; r {
	case Yes:
		m.yes.push(num)
	case Failed:
		m.failed.push(num)
	default:
	}
}

// AddText gives the last event its value in a column of texts. The text is copied, unless the one before is equal.
//
// hot:
func (t *Trail) AddText(column int, s string) {
	q := &t.texts[column]
	if n := len(q.items); n > q.head && q.items[n-1] == s {
		s = q.items[n-1]
	} else {
		s = strings.Clone(s)
	}
	q.push(s)
}

// AddTime gives the last event its value in a column of times.
func (t *Trail) AddTime(column int, at time.Time) { t.times[column].push(at) }

// AddValue gives the last event its value in a column of other values, which must not point into the line.
func (t *Trail) AddValue(column int, v any) { t.values[column].push(v) }

// Drop forgets the oldest event, if there is one.
//
// hot:
func (t *Trail) Drop() {
	if t.n == 0 {
		return
	}
	for i := range t.tests {
		m := &t.tests[i]
		dropIf(&m.yes, t.gone)
		dropIf(&m.failed, t.gone)
	}
	for i := range t.texts {
		t.texts[i].pop()
	}
	for i := range t.times {
		t.times[i].pop()
	}
	for i := range t.values {
		t.values[i].pop()
	}
	t.gone++
	t.n--
}

// Text returns the value of the event at a position in a column of texts.
func (t *Trail) Text(column, at int) string { return t.texts[column].at(at) }

// Time returns the value of the event at a position in a column of times.
func (t *Trail) Time(column, at int) time.Time { return t.times[column].at(at) }

// Value returns the value of the event at a position in a column of other values.
func (t *Trail) Value(column, at int) any { return t.values[column].at(at) }

// Bytes is how much memory the trail has taken, without texts.
func (t *Trail) Bytes() int {
	n := 0
	for i := range t.tests {
		n += 64 + 4*(cap(t.tests[i].yes.items)+cap(t.tests[i].failed.items))
	}
	for i := range t.texts {
		n += 32 + 16*cap(t.texts[i].items)
	}
	for i := range t.times {
		n += 32 + 24*cap(t.times[i].items)
	}
	for i := range t.values {
		n += 32 + 16*cap(t.values[i].items)
	}
	return n
}

// Passed returns the events from one position up to another that passed a test, as a range of indices for At.
func (t *Trail) Passed(test, from, to int) (lo, hi int) {
	q := &t.tests[test].yes
	return t.bound(q, from), t.bound(q, to)
}

// At returns the position of the event that was the ith to pass a test, of those that the trail remembers.
func (t *Trail) At(test, i int) int { return int(t.tests[test].yes.at(i) - t.gone) }

// FirstFailed returns the position of the first event from one position up to another for which a test failed, and to if
// there is none.
func (t *Trail) FirstFailed(test, from, to int) int {
	q := &t.tests[test].failed
	if i := t.bound(q, from); i < q.len() {
		return min(to, int(q.at(i)-t.gone))
	}
	return to
}

// bound is how many numbers of a queue belong to events before a position.
//
// hot:
func (t *Trail) bound(q *queue[uint32], at int) int {
	switch n := q.len(); {
	case at <= 0 || n == 0:
		return 0
	case at >= t.n:
		return n
	default:
		return sort.Search(n, func(i int) bool { return int(q.at(i)-t.gone) >= at })
	}
}

// queue is a list that grows at its end and shrinks at its front.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) len() int   { return len(q.items) - q.head }
func (q *queue[T]) at(i int) T { return q.items[q.head+i] }

func (q *queue[T]) push(v T) {
	if len(q.items) == cap(q.items) && q.head > len(q.items)/2 { // each item is moved once for another that went
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	if q.items == nil {
		q.items = make([]T, 0, few)
	}
	q.items = append(q.items, v)
}

func (q *queue[T]) pop() {
	var none T
	q.items[q.head] = none
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
}

// empty forgets all items, but leaves what they point to.
func (q *queue[T]) empty() {
	if cap(q.items) > maxSpare {
		q.items = nil
	}
	q.items, q.head = q.items[:0], 0
}

// dropIf drops the oldest number if it is num.
func dropIf(q *queue[uint32], num uint32) {
	if q.len() > 0 && q.at(0) == num {
		q.pop()
	}
}
