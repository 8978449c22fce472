// Package render writes what people read in a terminal or a pipe: text in colour, tables, progress, numbers, and
// hostile log text made harmless.
//
// It knows nothing of alerts, rules or commands, and it does not write JSON. Whatever comes from a log is escaped on
// its way out: [Out.Printf] and [Table] do so by default. Start from [Out].
package render

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"charm.land/lipgloss/v2"
	"golang.org/x/term"
)

// Colour says when output is coloured. It is a flag value: "yes", "no", "auto".
type Colour uint8

// The choices. The zero value decides by the terminal and the environment.
const (
	Auto Colour = iota
	Yes
	No
)

// String is the flag's word.
func (c Colour) String() string {
	switch c {
	case Yes:
		return "yes"
	case No:
		return "no"
	case Auto:
	}
	return "auto"
}

// Set reads the flag's word.
func (c *Colour) Set(s string) error {
	switch s {
	case "yes":
		*c = Yes
	case "no":
		*c = No
	case "auto":
		*c = Auto
	default:
		return errors.New("want yes, no or auto")
	}
	return nil
}

// Type names the value in help texts.
func (*Colour) Type() string { return "yes|no|auto" }

// Look is what an output can show.
type Look struct {
	Terminal bool // a person watches: fit the width, show progress
	Colour   bool // write colours
	Width    int  // columns to fit into; 0 is no limit
}

// Detect asks w and the environment what can be shown. Colours are off when w is no terminal, when TERM is "dumb" and
// when NO_COLOR is set to anything (no-color.org); colour Yes or No overrules all of that.
func Detect(w io.Writer, colour Colour, getenv func(string) string) Look {
	var l Look
	if f, ok := w.(*os.File); ok {
		fd := int(f.Fd())
		l.Terminal = term.IsTerminal(fd)
		if width, _, err := term.GetSize(fd); l.Terminal && err == nil {
			l.Width = width
		}
		if l.Terminal {
			lipgloss.EnableLegacyWindowsANSI(f) // does nothing elsewhere
		}
	}
	dumb := getenv("TERM") == "dumb"
	l.Colour = colour == Yes || colour == Auto && l.Terminal && !dumb && getenv("NO_COLOR") == ""
	l.Terminal = l.Terminal && !dumb
	return l
}

// Out is one output of a command. It buffers: the owner calls [Out.Flush] at the end. The first error of the writer is
// kept, later writes do nothing, and Flush returns it, so printing needs no checks. One goroutine uses it.
type Out struct {
	Look

	w *bufio.Writer
}

// NewOut writes to w with the given look.
func NewOut(w io.Writer, look Look) *Out { return &Out{Look: look, w: bufio.NewWriterSize(w, 32<<10)} }

// Write writes p as it is: for JSON and other bytes that no terminal must be protected from.
func (o *Out) Write(p []byte) (int, error) { return o.w.Write(p) }

// Err returns the first error of the writer so far. A command that prints for long asks, to end early.
func (o *Out) Err() error {
	_, err := o.w.Write(nil)
	return err
}

// Flush writes what is buffered and returns the first error of the writer.
func (o *Out) Flush() error { return o.w.Flush() }

// Printf formats like [fmt.Printf] and escapes every operand as [Sanitize] does, save those made by [Out.Paint]. The
// format itself, which is ours, is written as it is.
func (o *Out) Printf(format string, args ...any) {
	guarded := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case Painted:
			guarded[i] = string(a)
		case int: // may be the width of a *
			guarded[i] = a
		default:
			guarded[i] = guard{a}
		}
	}
	_, _ = fmt.Fprintf(o.w, format, guarded...) // Flush tells
}

// guard sanitises the formatted form of an operand, whatever its type and verb.
type guard struct{ v any }

func (g guard) Format(f fmt.State, verb rune) {
	_, _ = io.WriteString(f, Sanitize(fmt.Sprintf(fmt.FormatString(f, verb), g.v))) // Flush tells
}

// Painted is text that is safe to write as it is: sanitised, perhaps coloured.
type Painted string

// Paint sanitises s and colours it if the output has colours.
func (o *Out) Paint(t Tone, s string) Painted {
	s = Sanitize(s)
	if !o.Colour || t == Plain || s == "" {
		return Painted(s)
	}
	return Painted(t.style().Render(s))
}

// Tone is what a colour means.
type Tone uint8

// The tones.
const (
	Plain Tone = iota
	Head       // headings
	Good       // passed, allowed
	Bad        // failed, banned
	Warn       // attention
	Name       // what a person may look for: a scenario, an address
	Dim        // less important
)

// style uses the sixteen colours of the terminal's own theme, so that they are readable on any background.
func (t Tone) style() lipgloss.Style {
	s := lipgloss.NewStyle().Inline(true)
	switch t {
	case Head:
		return s.Bold(true)
	case Good:
		return s.Foreground(lipgloss.Green)
	case Bad:
		return s.Foreground(lipgloss.Red)
	case Warn:
		return s.Foreground(lipgloss.Yellow)
	case Name:
		return s.Foreground(lipgloss.Cyan)
	case Dim:
		return s.Faint(true)
	case Plain:
	}
	return s
}
