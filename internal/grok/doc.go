// Package grok turns grok patterns, regular expressions with references such as `%{IP:source_ip}`, into matchers that
// give the captured fields of a line.
//
// It is not a regular expression engine: the reference matcher is Go's regexp, and a faster one may take its place
// behind [Engine]. It holds no patterns (rules/patterns does), converts no types and opens no file. docs/grok.md has the
// syntax and the rules for users.
//
// Start with [Library].
package grok
