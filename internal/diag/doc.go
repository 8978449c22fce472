// Package diag reads YAML written by people and says what is wrong with it, all of it at once: each fault with file,
// line, column, a hint and the quoted line. It is the only package that knows YAML.
//
// It does not know what a rule or a setting means: callers decode into their own structs and add their own findings to
// the same [List], with places that come from [Place], [Text] and [Raw]. It opens no file.
//
// Start with [Documents].
package diag
