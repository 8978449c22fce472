package wire

import (
	"strconv"
	"time"

	"tocsin.example"
)

// Form is where a decision is written; it says which keys it has.
type Form uint8

const (
	// Live is the answer to a look-up: neither uuid nor simulated.
	Live Form = iota
	// New is a decision that begins in a stream: with uuid, and at least a second left.
	New
	// Ended is one that is over, in a stream: with uuid, and no time left, whatever its end was to be.
	Ended
	// InAlert is one of an alert's: with simulated, without uuid, and its time left may be negative.
	InAlert
)

// AppendDecision appends a decision as it is at a moment. It allocates nothing but room in dst.
//
// hot:
func AppendDecision(dst []byte, d *tocsin.Decision, at time.Time, form Form) []byte {
	left := d.Until.Sub(at)
	switch form {
	case Live, New:
		// Zero is no time at all for some bouncers and forever for others.
		left = max(left, time.Second)
	case Ended:
		left = min(left, 0)
	case InAlert:
	}
	dst = append(dst, `{"duration":"`...)
	dst = AppendSeconds(dst, left)
	dst = append(dst, `","id":`...)
	dst = strconv.AppendInt(dst, d.ID, 10)
	dst = append(dst, `,"origin":`...)
	dst = AppendString(dst, d.Origin)
	dst = append(dst, `,"scenario":`...)
	dst = AppendString(dst, d.Scenario)
	dst = append(dst, `,"scope":`...)
	dst = AppendString(dst, d.Scope)
	if form == InAlert {
		dst = append(dst, `,"simulated":`...)
		dst = strconv.AppendBool(dst, d.Simulated)
	}
	dst = append(dst, `,"type":`...)
	dst = AppendString(dst, d.Type)
	if form == New || form == Ended {
		dst = append(dst, `,"uuid":`...)
		dst = AppendString(dst, d.UUID)
	}
	dst = append(dst, `,"value":`...)
	dst = AppendString(dst, d.Value)
	return append(dst, '}')
}

// Scope returns the spelling in which a scope is kept: "ip" in any case is "Ip", and so for Range, Country and AS. Others
// stay as they are.
func Scope(s string) string {
	switch len(s) {
	case len("AS"): // "Ip" has the same length
		if equalFold(s, "as") {
			return tocsin.ScopeAS
		}
		if equalFold(s, "ip") {
			return tocsin.ScopeIP
		}
	case len("range"):
		if equalFold(s, "range") {
			return tocsin.ScopeRange
		}
	case len("country"):
		if equalFold(s, "country") {
			return tocsin.ScopeCountry
		}
	}
	return s
}

// equalFold compares with a lower-case ASCII text of the same length.
func equalFold(s, lower string) bool {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// MaxDuration is the longest time that is read: a hundred years.
const MaxDuration = 100 * 365 * 24 * time.Hour
