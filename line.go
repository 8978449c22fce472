package tocsin

import (
	"context"
	"time"
)

// Clock says which time a line's events pour at.
type Clock uint8

const (
	// ArrivalClock pours at [Line.Time]: a live source.
	ArrivalClock Clock = iota
	// EventClock pours at the time parsed from the line: a replay, or use_time_machine.
	EventClock
	// BacklogClock pours at the parsed time, never later than arrival and never before the line's predecessor in the
	// same source: lines that were written while nobody was reading, so that a restart does not squeeze an hour of
	// visits into a second.
	BacklogClock
)

// Line is one line of a log as a source read it.
type Line struct {
	// Raw is the text without its line end. It may point into the batch's buffer: whoever keeps it after the batch's
	// Done clones it.
	Raw string
	// Src names where the line came from: a path, a container, a sender.
	Src string
	// Module is the kind of source: "file", "journalctl", "syslog".
	Module string
	// Labels are the source's; "type" selects the parsers. Shared between lines, never written.
	Labels map[string]string
	// Time is when the line arrived, journalled by live sources. A replay gives its one fixed "now".
	Time time.Time
	// Clock says which time the line's events pour at.
	Clock Clock
	// Cut counts the bytes dropped from the end of a line that was longer than the limit.
	Cut int
}

// Batch is up to 64 lines of one source, in order, with the position behind the last one.
type Batch struct {
	// Lines belong to the receiver until Done is called.
	Lines []Line
	// Pos is the source's own encoding of the position behind the batch's last line; nil when it has none.
	Pos []byte
	// Done, if set, is called once, from any goroutine and perhaps before emit returns, when the effect of the batch is
	// durable (nil) or will never be (the cause). Only then may the position be saved, a message acknowledged, a sender answered.
	Done func(error)
}

// Emit hands a batch to the pipeline. It blocks while the pipeline is full and returns when the batch is accepted, or
// with the cause when ctx ends first; then Done is not called.
type Emit func(ctx context.Context, b Batch) error

// Source reads lines from somewhere. One goroutine runs it.
type Source interface {
	// Run reads until ctx ends or, for a finite source, until its end (nil). It calls emit for one batch after the
	// other, in the order of the lines.
	Run(ctx context.Context, emit Emit) error
}
