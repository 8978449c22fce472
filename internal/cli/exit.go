package cli

import (
	"context"
	"errors"

	"tocsin.example/internal/cli/render"
)

// The exit codes.
const (
	exitOK    = 0
	exitFound = 1 // the work found problems, or could not be done
	exitUsage = 2 // the command line is wrong: nothing was done
)

// errFound ends a command that did its work, printed what it found, and found something that a script must notice:
// exit code 1, and not a word more.
var errFound = errors.New("found problems")

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// hinted is an error with advice what to do next.
type hinted struct {
	error

	hint string
}

func (e hinted) Unwrap() error { return e.error }

// Hint is the advice: one line, no full stop. Errors of other packages are asked for theirs by this method.
func (e hinted) Hint() string { return e.hint }

// usage makes err a mistake in the command line.
func usage(err error, hint string) error { return usageError{withHint(err, hint)} }

// withHint adds advice to err.
func withHint(err error, hint string) error { return hinted{err, hint} }

// exit shows err and turns it into an exit code.
func (a *shell) exit(ctx context.Context, err error) int {
	defer func() { _ = a.err.Flush() }() // warnings too; nobody is left to tell when it fails
	code := exitFound
	switch _, mistake := errors.AsType[usageError](err); {
	case err == nil:
		return exitOK
	case errors.Is(err, errFound):
		return exitFound
	case mistake:
		code = exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	a.err.Printf("%s %s\n", a.err.Paint(render.Bad, "tocsin:"), render.Painted(render.SanitizeLines(err.Error())))
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && h.Hint() != "" {
		a.err.Printf("%s %s\n", a.err.Paint(render.Dim, "hint:"), h.Hint())
	}
	return code
}
