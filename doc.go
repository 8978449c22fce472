// Package tocsin holds the nouns of the system and the contracts between its parts.
//
// A [Source] reads [Line]s and hands them over in [Batch]es. The engine parses a line into an event, filters decide
// which scenarios it concerns, and each scenario pours it into a leaky bucket. A bucket that overflows becomes one
// [Alert] for each [AlertSource] that it saw. Profiles turn an alert into [Decision]s, and bouncers carry them out.
//
// The words are those of the field:
//
//   - parser: a tree of nodes that extracts fields from a line; parsers stand in stages
//   - scenario: a behaviour described by a filter, a bucket and labels
//   - bucket: counts the events of one group key; leaks with time; overflows
//   - alert: what happened, who did it, and the evidence
//   - decision: what is to be done about a scope and value, and for how long
//   - scope: what kind of thing a value names: an address, a range, a country, an AS, a user
//   - remediation: the way a decision is carried out: ban, captcha, throttle
//   - allowlist: who is never decided against
//
// The package is plain data and depends on the standard library only. It reads no files, opens no sockets and starts
// no goroutines. Start from [Alert].
package tocsin
