// Package rules holds the rules and grok patterns that come with the program, inside the binary.
//
// Its folder is laid out like a hub's: parsers, postoverflows, scenarios and collections, the data files that they read in
// .data, and the tests of the rules in .tests. It does not load or compile anything: package hub reads the rules, package
// grok the patterns. Start from [FS].
package rules

import (
	"embed"
	"io/fs"
)

//go:embed parsers postoverflows scenarios collections all:.data patterns
var files embed.FS

// FS returns the rules as the root folder of a hub: collections, parsers, postoverflows, scenarios and .data.
func FS() fs.FS { return files }

// Patterns returns the folder of pattern files. Each line of one is a name, a space and a regular expression.
func Patterns() fs.FS {
	fsys, err := fs.Sub(files, "patterns")
	if err != nil {
		panic("rules: " + err.Error()) // "patterns" is a path
	}
	return fsys
}
