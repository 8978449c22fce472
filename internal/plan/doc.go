// Package plan compiles a regular expression to a plan: a chain of closures that finds what Go's regexp finds, match and
// every group, many times faster.
//
// A plan tries what an expression prefers first and goes back when it fails. What keeps that fast: sets of the bytes that
// may come next are looked at before a closure is called, spans that what follows ends for sure are never given back,
// parts without groups run as tables (deterministic automata) where only one end can go on, and literals that a match
// needs are looked for before all. What keeps it linear: each match has a budget of steps, and a plan that exceeds it says
// so; somebody else has to answer then. Plans take a closed list of constructs; the others are an [Unsupported] error.
//
// It is not a regular expression engine of its own right: it parses by regexp/syntax, has no fallback, no fields and no
// grok references (package grok has).
//
// Start with [Compile].
package plan
