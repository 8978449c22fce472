// Package ambiguity tells whether a text can be read by a regular expression in two ways that put one of its groups at two
// places. Where the text between is chosen by a stranger, the stranger chooses the place.
//
// The test is exact for the language of the expression: it looks for two runs of the expression's automaton over one text,
// by walking through pairs of states. It does not ask which of the two readings an engine prefers, since whoever writes
// the text can serve either preference. It is for a look at rules, not for lines. Start from [Judge].
package ambiguity
