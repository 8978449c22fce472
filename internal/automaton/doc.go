// Package automaton says whether texts contain what rules look for, in time linear in the text.
//
// [DFA] answers whether any of some regular expressions is found, [Literals] which of many literal texts occur. Both say
// yes or no, and where in a list; they do not say where in the text, and they capture nothing: that is the part of
// package grok. Start from [Compile] and [NewLiterals].
package automaton

import "errors"

// ErrTooLarge is the error of expressions whose program is larger than an automaton holds. Go's regexp may still take
// them, one by one.
var ErrTooLarge = errors.New("expressions are too large for an automaton")

const (
	// maxInsts bounds the instructions of a program: some ten thousand expressions of the size that rules have.
	maxInsts = 1 << 17
	// maxClasses bounds the classes of runes that a program tells apart, and so the width of a state.
	maxClasses = 1 << 12
	// maxRanges bounds the ranges of runes in all the different sets of a program.
	maxRanges = 1 << 18
	// maxWork bounds the steps that splitting the runes into classes takes, and the bits of the table of sets.
	maxWork = 1 << 23
)

// small is a count that a limit of this package keeps far below 1<<32.
func small(n int) uint32 { return uint32(n) } //nolint:gosec // see above
