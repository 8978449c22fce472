// Package verdict is the index of the decisions in force, and the log of what changed: what every look-up, every
// bouncer's delta and every startup list is answered from.
//
// It knows no database: a store numbers the changes and keeps them, [Index.Apply] takes them in that order, at start as
// well as later. It has no clock: who asks gives the moment, and a decision is over from its Until on whether or not
// [Index.Expire] was called. Expiries are derived, never numbered.
//
// Start from [Index].
package verdict

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tocsin.example"
)

// Change is one step of the sequence: a decision that begins, or one that is over before its time.
type Change struct {
	// Seq is the number of the change, greater than that of the change before it and below 1<<48; numbers have gaps. Their
	// order is commit order. A decision begins with the number that is its ID.
	Seq uint64
	// End says that the decision with this ID is over (deleted, its alert removed, allowlisted). Of an end, only the
	// decision's ID has to be there.
	End bool
	// At is when it was committed.
	At       time.Time
	Decision tocsin.Decision
}

// Cursor is how far a bouncer has been served: all changes up to Seq, all expiries up to Time. The zero value has seen
// nothing.
type Cursor struct {
	Seq  uint64
	Time time.Time
}

// String is the form that a stream's event id has: "SEQ-UNIXMILLISECONDS".
func (c Cursor) String() string {
	ms := int64(0)
	if !c.Time.IsZero() {
		ms = c.Time.UnixMilli()
	}
	return strconv.FormatUint(c.Seq, 10) + "-" + strconv.FormatInt(ms, 10)
}

// ParseCursor reads what [Cursor.String] wrote.
func ParseCursor(s string) (Cursor, bool) {
	seq, ms, ok := strings.Cut(s, "-")
	if !ok {
		return Cursor{}, false
	}
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		return Cursor{}, false
	}
	t, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || t < 0 {
		return Cursor{}, false
	}
	c := Cursor{Seq: n}
	if t > 0 {
		c.Time = time.UnixMilli(t).UTC()
	}
	return c, true
}

// Filter says which decisions somebody wants. The zero value wants all that are not simulated.
type Filter struct {
	Scopes  []string // canonical spelling; nil for all
	Origins []string // as they are; nil for all
	Types   []string // nil for all
	// ScenariosContaining keeps decisions whose scenario contains one of the texts, ScenariosWithout drops those that
	// contain one; both ignore case.
	ScenariosContaining, ScenariosWithout []string
	Simulated                             bool // simulated ones, too
}

// Query is a look-up among the decisions in force. What is zero asks nothing.
type Query struct {
	Filter
	// Prefix asks by address (all its bits) or range: for decisions on addresses and ranges that hold it, or, with
	// Inside, for those that lie inside it. IPv4 mapped into IPv6 is IPv4.
	Prefix netip.Prefix
	Inside bool
	Value  string // decisions on exactly this value, of any scope; addresses and ranges in any spelling
	IDs    []int64
	UUID   string
	After  int64 // decisions with a greater ID
	ByID   bool  // in the order of IDs instead of severity: with After and Limit, a page of a list
	Limit  int   // at most so many; 0 for all
	Offset int   // so many of the first are left out
}
