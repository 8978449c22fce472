// Package parse runs an event through the parsers: nodes in stages that extract, set, whitelist and enrich.
//
// It is written once for every engine: grok matching and expression evaluation are plugged in below it, in packages grok
// and cond. It reads no files and asks no network; what nodes need from outside comes through cond.Host. It knows
// nothing of scenarios and buckets.
//
// The meaning of a node, key by key, is that of CrowdSec's parsers; where the two differ, docs/compatibility.md says so.
//
// Start from [Set]: [Decode] reads the files, [Compile] makes a Set of them, and a [Runner] per goroutine runs it.
package parse
