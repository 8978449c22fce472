// Package wire is the JSON of the local API as CrowdSec speaks it: what requests are read into and answers are written
// from. What comes in may be sloppy (a list may be null, `{}` or its only element), what goes out is strict: keys in
// alphabetical order, durations of whole seconds, no null inside of a list.
//
// It knows no HTTP and checks no rights, and it decides nothing: an address that is none is [decide]'s matter. Start from
// [AppendDecision] for answers to bouncers, [AppendAlert] for answers to machines, and [ReadAlerts], [Read] for bodies.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of what comes in.
const (
	MaxAlerts    = 10_000  // alerts of one request
	MaxDecisions = 600_000 // decisions of one request
	MaxEvents    = 10_000  // events of one alert
	MaxName      = 255     // bytes of a machine's name, a scope, a type, an origin, a key
	MaxText      = 1024    // bytes of a value or a scenario
	MaxMessage   = 16 << 10
	MaxMeta      = 4095 // bytes of a value of meta; what is longer is cut, as CrowdSec does
	MaxUUID      = 64
	MaxPassword  = 1024
	MaxScenarios = 20_000 // scenarios that a machine says it has
)

// Error is the body of an answer that is none. Code is there where CrowdSec's JWT layer answers.
type Error struct {
	Code    int    `json:"code,omitempty"`
	Message string `json:"message"`
}

// InvalidError says what is wrong with a body that is JSON but not what is asked: one line a fault.
type InvalidError struct{ Faults []string }

// maxFaults is how many faults one answer names.
const maxFaults = 20

func (e *InvalidError) Error() string {
	return "validation failure list:\n" + strings.Join(e.Faults, "\n")
}

// fault notes one. Beyond a number they are no longer told apart.
func (e *InvalidError) fault(format string, args ...any) {
	if len(e.Faults) < maxFaults {
		e.Faults = append(e.Faults, fmt.Sprintf(format, args...))
	}
}

func (e *InvalidError) err() error {
	if len(e.Faults) == 0 {
		return nil
	}
	return e
}

// errTrailing is a body that goes on after its value.
var errTrailing = errors.New("there is more after the end of the JSON value")

// Read reads one JSON value and nothing behind it. An error that is [io.ErrUnexpectedEOF] or of the reader comes as it is.
func Read(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	if err := d.Decode(into); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return atEnd(d)
}

func atEnd(d *json.Decoder) error {
	_, err := d.Token()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		return errTrailing
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return errTrailing
	}
	return err
}

// List is a list as clients write it: null and {} are empty, a lone object stands for a list of it.
type List[T any] []T

// UnmarshalJSON reads any of these.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	switch {
	case bytes.Equal(b, []byte("null")):
		*l = nil
		return nil
	case len(b) == 0 || b[0] != '{':
		return json.Unmarshal(b, (*[]T)(l))
	case len(bytes.TrimSpace(b[1:len(b)-1])) == 0:
		*l = List[T]{}
		return nil
	}
	one := make([]T, 1)
	if err := json.Unmarshal(b, &one[0]); err != nil {
		return err
	}
	*l = one
	return nil
}

// cut shortens a text to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n]
}
