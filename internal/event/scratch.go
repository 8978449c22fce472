package event

import "unsafe"

// Sizes of a Scratch's buffer.
const (
	scratchFirst = 512
	scratchMost  = 64 << 10 // larger ones are not kept for the next event
)

// Scratch holds texts that are made for one event: joined keys, lower-cased paths. They live as long as the event, until
// its next Reset, and whoever keeps one longer copies it. When it is warm, making a text allocates nothing.
//
// One goroutine uses it, the event's owner.
type Scratch struct {
	buf []byte
}

// Scratch returns the event's buffer for texts.
func (e *Event) Scratch() *Scratch { return &e.scratch }

// Room returns an empty slice with room for n bytes, to append to. [Scratch.Text] makes a text of what was appended;
// without that, the room is given again.
//
// hot:
func (s *Scratch) Room(n int) []byte {
	if cap(s.buf)-len(s.buf) < n {
		// Texts of this event go on living in the old buffer.
		s.buf = make([]byte, 0, max(n, scratchFirst, min(2*cap(s.buf), scratchMost)))
	}
	return s.buf[len(s.buf):]
}

// Text returns what was appended to a [Scratch.Room], which was the last to be asked for, as a text. It may be longer
// than the room.
//
// hot:
func (s *Scratch) Text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	//nolint:gosec // only addresses are compared
	if len(b) <= cap(s.buf)-len(s.buf) && unsafe.SliceData(b) == unsafe.SliceData(s.buf[len(s.buf):cap(s.buf)]) {
		s.buf = s.buf[:len(s.buf)+len(b)]
	}
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the bytes stay as they are until the event is reset
}

// Join returns the texts put together.
//
// hot:
func (s *Scratch) Join(parts ...string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := s.Room(n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return s.Text(b)
}

// reset lets the buffer be written anew.
func (s *Scratch) reset() {
	if poison {
		for i := range s.buf {
			s.buf[i] = 0xDB
		}
	}
	if cap(s.buf) > scratchMost {
		s.buf = nil
	}
	s.buf = s.buf[:0]
}
