package bucket

import (
	"math"
	"math/bits"
	"time"

	"tocsin.example"
	"tocsin.example/internal/event"
	"tocsin.example/internal/trail"
)

// inlineKey is how long a group key may be to lie within its record: an IPv4 address, most IPv6 ones.
const inlineKey = 19

// record is a live bucket as the Store holds it, 64 bytes without a pointer. A bucket of one event is no more than that.
type record struct {
	lastSec  int64  // when the last event poured: seconds since 1970
	lastNum  uint64 // the line of the last event
	lastNsec uint32
	scenario uint32
	newer    uint32 // the next one of the scenario, by last events
	older    uint32
	event    uint32 // the last event
	more     uint32 // its history, 0 for none
	lastZone uint16
	keyLen   uint16
	size     size // of the last event
	// key is the group key, or the number of a longer one among the texts.
	key [inlineKey]byte
}

// noScenario is what a record says that is no bucket any more.
const noScenario = math.MaxUint32

// Link is for the slab.
func (r *record) Link() *uint32 { return &r.newer }

// history is what a bucket of several events has beside its record; a counter, and one with distinct values or with
// conditions, has it from its first event on.
type history struct {
	firstSec  int64
	firstNum  uint64
	credit    time.Duration // what may still be poured, in leak time
	total     uint64
	firstNsec uint32
	oldest    uint32 // the retained events but the last one: the first entry
	newest    uint32 // and the last
	entries   uint32
	newer     uint32 // its place among the fat ones, by last events
	older     uint32
	values    uint32 // the distinct values, the oldest first; a number among the few while newValue is 0
	newValue  uint32
	numValues uint32
	deadline  uint32 // of a counter
	watch     uint32 // of one with conditions
	firstZone uint16
}

// Link is for the slab.
func (h *history) Link() *uint32 { return &h.newer }

// entry is a retained event that is not its bucket's last one.
type entry struct {
	sec   int64
	level float64
	nsec  uint32
	event uint32
	next  uint32
	zone  uint16
	size  size
}

// Link is for the slab.
func (e *entry) Link() *uint32 { return &e.next }

// deadline is the end of a counter.
type deadline struct {
	sec     int64 // when it ends
	arrived int64 // when the last event arrived
	seq     uint64
	nsec    uint32
	arrNsec uint32
	bucket  uint32
	place   uint32 // in the heap
	arrZone uint16
	clock   uint8 // of the last event
}

// Link is for the slab.
func (d *deadline) Link() *uint32 { return &d.place }

// watch is what the conditions of a bucket look at after each event: a trail for each, or, where one needs more, the events
// as they see them; and which conditions need not be asked again.
type watch struct {
	trails     []trail.Trail
	view       []*event.Kept
	guillotine []bool
}

// What things weigh, roughly what they take: a bucket with its place in the index, what comes with its second event, a
// retained event without its text, a distinct value.
const (
	weightBucket  = 80
	weightHistory = 80
	weightEvent   = 48
	weightValue   = 40
)

// size is a weight in one byte, rounded up by at most an eighth: three bits of a number and how far to shift it.
type size uint8

func sizeOf(weight int) size {
	n := uint64(max(0, weight))
	if n < 8 {
		return size(n)
	}
	shift := bits.Len64(n) - 4
	m := (n + 1<<shift - 1) >> shift                        // 8 to 16
	return size(min(math.MaxUint8, uint64(shift+1)<<3+m-8)) //nolint:gosec // at most 255
}

func (s size) weight() int {
	if s < 8 {
		return int(s)
	}
	return int(8+s&7) << (s>>3 - 1)
}

// zones numbers the locations of times, so that a time in an alert reads as it came in. 0 is UTC.
type zones struct {
	list    []*time.Location // from number 1
	numbers map[zone]uint16
	last    *time.Location
	lastNum uint16
}

// zone tells locations apart. Those with one offset for ever are the same if their names are: time.Parse makes a new one
// for each time that it reads.
type zone struct {
	of     *time.Location // nil for one with one offset
	name   string
	abbr   string
	offset int
}

// number returns the number of a time's location. When there are more than 65,535, the rest are taken for UTC: log lines
// know some 3,000 offsets, everything else comes from the machine.
func (z *zones) number(t time.Time) uint16 {
	loc := t.Location()
	if loc == time.UTC {
		return 0
	}
	if loc == z.last {
		return z.lastNum
	}
	k := zone{of: loc, name: loc.String()}
	if from, to := t.ZoneBounds(); from.IsZero() && to.IsZero() {
		k.of = nil
		k.abbr, k.offset = t.Zone()
	}
	n, ok := z.numbers[k]
	if !ok {
		if len(z.list) == math.MaxUint16 {
			return 0
		}
		z.list = append(z.list, loc)
		n = uint16(len(z.list)) //nolint:gosec // looked at above
		if z.numbers == nil {
			z.numbers = map[zone]uint16{}
		}
		z.numbers[k] = n
	}
	z.last, z.lastNum = loc, n
	return n
}

// time makes a time of its parts.
func (z *zones) time(sec int64, nsec uint32, number uint16) time.Time {
	t := time.Unix(sec, int64(nsec))
	if number == 0 {
		return t.UTC()
	}
	return t.In(z.list[number-1])
}

// moment makes a time to compare and reckon with.
func moment(sec int64, nsec uint32) time.Time { return time.Unix(sec, int64(nsec)) }

func nsecOf(t time.Time) uint32 { return uint32(t.Nanosecond()) } //nolint:gosec // below a billion

// bucket is a bucket as overflows and conditions see it.
type bucket struct {
	s         *Scenario
	key       string
	first     time.Time
	last      time.Time
	firstNum  uint64
	lastNum   uint64
	total     int
	queue     []Poured // only for an overflow
	view      []*event.Kept
	clockKind tocsin.Clock // of the last event
	arrived   time.Time    // when that arrived
}

// Poured is one event in a bucket.
type Poured struct {
	Event *event.Kept
	At    time.Time
	Level float64 // how full the bucket was after it, in events
}
