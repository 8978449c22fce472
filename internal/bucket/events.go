package bucket

import (
	"tocsin.example/internal/event"
	"tocsin.example/internal/retain"
)

// oddEvent is the bit of an event's number that says that it is a copy on the heap.
const oddEvent = 1 << 31

// events keeps the events that buckets retain under numbers, for as long as somebody holds them: as records outside the
// heap, and those that have none, such as overflows that are poured again, as copies. 0 is no event.
type events struct {
	store    *retain.Store
	interner *event.Interner
	schema   *event.Schema
	record   []byte // the one that is being written or read
	odd      []heldEvent
	spare    []uint32 // of odd
	last     lastEvent
}

type heldEvent struct {
	event *event.Kept
	holds int
}

// lastEvent is the event that was written last: one that is poured into several buckets is written once.
type lastEvent struct {
	of       *event.Event
	revision uint64
	num      uint64
	n        uint32 // held as long as it is here
	weight   int
	size     int // what a copy of it weighs; 0 when nobody has asked
}

// heap is memory for records where no other is given.
type heap struct{}

// Alloc is for the store of records.
func (heap) Alloc(n int) ([]byte, error) { return make([]byte, n), nil }

// Free is for the store of records.
func (heap) Free([]byte) {}

func (e *events) start(mem retain.Memory, schema *event.Schema) {
	if mem == nil {
		mem = heap{}
	}
	e.store, e.interner, e.schema = retain.New(mem), event.NewInterner(), schema
}

// put keeps an event as it is now, holds it once, and says what it weighs.
func (e *events) put(ev *event.Event) (n uint32, weight int) {
	l := &e.last
	if l.of != ev || l.revision != ev.Revision() || l.num != ev.Num {
		if l.n != 0 {
			e.release(l.n)
		}
		l.of, l.revision, l.num = ev, ev.Revision(), ev.Num
		l.n, l.weight = e.write(ev)
		l.size = 0
	}
	e.hold(l.n)
	return l.n, l.weight
}

// size is what a copy of the event that was put last weighs.
func (e *events) size(ev *event.Event) int {
	if e.last.size == 0 {
		e.last.size = ev.Size()
	}
	return e.last.size
}

func (e *events) write(ev *event.Event) (n uint32, weight int) {
	if ev.Schema() == e.schema {
		rec, ok := ev.AppendRecord(e.record[:0], e.interner)
		e.record = rec[:0]
		if ok {
			weight = len(rec)
			if ref, err := e.store.Put(rec); err == nil && ref < oddEvent {
				return uint32(ref), weight
			}
		}
	}
	k := ev.Keep() // also when there is no memory for the record, whose weight it then has: nothing depends on that
	if weight == 0 {
		weight = event.Size(k)
	}
	return e.putOdd(k), weight
}

func (e *events) putOdd(k *event.Kept) uint32 {
	if n := len(e.spare); n > 0 {
		i := e.spare[n-1]
		e.spare = e.spare[:n-1]
		e.odd[i] = heldEvent{event: k, holds: 1}
		return oddEvent | i
	}
	e.odd = append(e.odd, heldEvent{event: k, holds: 1})
	return oddEvent | uint32(len(e.odd)-1) //nolint:gosec // bounded by the Store's limits
}

func (e *events) hold(n uint32) {
	if n&oddEvent == 0 {
		e.store.Hold(retain.Ref(n))
		return
	}
	e.odd[n&^oddEvent].holds++
}

func (e *events) release(n uint32) {
	if n&oddEvent == 0 {
		e.store.Release(retain.Ref(n))
		return
	}
	i := n &^ oddEvent
	if k := &e.odd[i]; k.holds > 1 {
		k.holds--
		return
	}
	e.odd[i] = heldEvent{}
	e.spare = append(e.spare, i)
}

// get reads an event back; nil when that fails, which should not be.
func (e *events) get(n uint32) *event.Kept {
	if n&oddEvent != 0 {
		return e.odd[n&^oddEvent].event
	}
	e.record = e.store.Get(retain.Ref(n), e.record[:0])
	k, err := e.schema.DecodeRecord(e.record, e.interner)
	if err != nil {
		return nil
	}
	return k
}

func (e *events) footprint() int {
	if e.store == nil {
		return 0
	}
	return e.store.Bytes() + cap(e.record) + 16*cap(e.odd) + 4*cap(e.spare)
}

// keep copies an event as the scenario sees it.
func keep(ev *event.Event, m *Match) *event.Kept {
	if m.Writes == nil {
		return ev.Keep()
	}
	return keepWritten(ev, m) // apart, since what a closure writes to is allocated
}

func keepWritten(ev *event.Event, m *Match) (k *event.Kept) {
	ev.With(m.Writes, func() { k = ev.Keep() })
	return k
}
