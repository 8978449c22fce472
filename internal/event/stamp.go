package event

import (
	"time"

	"tocsin.example/internal/logtime"
)

// maxStamp is the longest text of a time in RFC 3339.
const maxStamp = len("2006-01-02T15:04:05.999999999+07:00")

// The years that RFC 3339 can write, in seconds since 1970.
const (
	firstStamp = -62167219200
	lastStamp  = 253402300799
)

// Stamp writes a time as FormatTime does. The text lives as long as the event, which remembers what it says.
//
// hot:
func (e *Event) Stamp(t time.Time) string {
	text := e.scratch.Text(logtime.AppendRFC3339(e.scratch.Room(maxStamp), t))
	// A time elsewhere loses the name of its zone, and seconds of its offset, in the text.
	if s := t.Unix(); t.Location() == time.UTC && s >= firstStamp && s <= lastStamp {
		e.stamp, e.moment = text, t.Round(0)
	}
	return text
}

// Moment returns the time that MarshaledTime says, and false when it says none: what time.Parse reads by RFC 3339.
//
// hot:
func (e *Event) Moment() (time.Time, bool) {
	text := e.view.MarshaledTime
	switch text {
	case "":
		return time.Time{}, false
	case e.stamp:
		return e.moment, true
	}
	return logtime.ParseRFC3339(text)
}
