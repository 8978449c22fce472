// Package rule says what a rule file is before anybody has read its YAML: its type, name, origin and text, and which
// data files it wants. It neither finds nor parses rules: hub hands them out as [File], parse, bucket and cond compile
// them and ask the data loader for each [Data]. Start with [File].
package rule

import (
	"crypto/sha256"
	"encoding/hex"
)

// Type is the kind of an item, spelled as the hub's folders and its index spell it.
type Type string

// The types of items that a hub holds. The two appsec types are known, so that they can be listed.
const (
	Parser       Type = "parsers"
	Postoverflow Type = "postoverflows"
	Scenario     Type = "scenarios"
	Context      Type = "contexts"
	AppsecConfig Type = "appsec-configs"
	AppsecRule   Type = "appsec-rules"
	Collection   Type = "collections"
)

// UnknownVersion is the version of a file that no version in the index has the digest of.
const UnknownVersion = "?"

// Types returns all types in the order in which a hub processes them: collections, which name the others, come last.
func Types() []Type {
	return []Type{Parser, Postoverflow, Scenario, Context, AppsecConfig, AppsecRule, Collection}
}

// ParseType reads the name of a type, plural as in the hub's folders or singular as people write it ("parser").
func ParseType(s string) (Type, bool) {
	for _, t := range Types() {
		if s == string(t) || s+"s" == string(t) {
			return t, true
		}
	}
	return "", false
}

// Staged reports whether items of the type lie in stage folders: "s01-parse".
func (t Type) Staged() bool { return t == Parser || t == Postoverflow }

// One names a single item of the type, for messages: "parser".
func (t Type) One() string {
	if t == "" {
		return "item"
	}
	return string(t[:len(t)-1])
}

// File is the text of one rule file with its identity. It is a plain value; Text is shared and never written.
type File struct {
	Type Type
	// Name is the item's name in the index ("crowdsecurity/sshd-logs"). A local item has the name of its first
	// document, or else its file name.
	Name string
	// Path is for messages and evidence; it need not be a path that can be opened.
	Path string
	// Order is "stage/filename" as installed (file name alone for types without stages): the order in which parsers
	// are loaded is that of this string.
	Order string
	// Stage is set for parsers and postoverflows only.
	Stage string
	Text  []byte
	// Version is the newest version of the index whose digest is that of Text, "?" when there is none: the file was
	// changed ("tainted") or the hub never knew it.
	Version string
	// Digest is the SHA-256 of Text.
	Digest [32]byte
}

// New returns a file with its digest taken and no known version.
func New(t Type, name, path string, text []byte) File {
	return File{Type: t, Name: name, Path: path, Text: text, Version: UnknownVersion, Digest: sha256.Sum256(text)}
}

// Hash is the digest in hexadecimal, as evidence and the hub's index write it.
func (f File) Hash() string { return hex.EncodeToString(f.Digest[:]) }
