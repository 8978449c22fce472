package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tocsin.example/internal/source/file"
)

// stdin is how a path says standard input.
const stdin = "-"

// decompress adds to the error of a compressed input how to read it: the command line as it was given, behind the tool
// that expands the file. paths are the files that were named.
func (a *shell) decompress(err error, paths []string) error {
	c, ok := errors.AsType[*file.CompressedError](err)
	if !ok {
		return err
	}
	named := 0
	for _, p := range paths {
		if p == c.Path {
			named++
		}
	}
	switch {
	case named == 0: // standard input, and we do not know where from
		return withHint(err, fmt.Sprintf("put '%s -dc |' in front of %s", c.Tool, a.command(c.Path, c.Path)))
	case named > 1 || slices.Contains(paths, stdin): // a pipe can be read only once
		plain := c.Path + ".log"
		return withHint(err, fmt.Sprintf("%s -dc %s >%s && %s", c.Tool, quote(c.Path), quote(plain), a.command(c.Path, plain)))
	default:
		return withHint(err, fmt.Sprintf("%s -dc %s | %s", c.Tool, quote(c.Path), a.command(c.Path, stdin)))
	}
}

// command is the command line as a shell takes it, with one file in place of another.
func (a *shell) command(file, instead string) string {
	words := []string{"tocsin"}
	for _, w := range a.args {
		if w == file {
			w = instead
		}
		words = append(words, quote(w))
	}
	return strings.Join(words, " ")
}

// quote writes a word so that a POSIX shell takes it as it is.
func quote(w string) string {
	special := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("-_./,:=@%+", r)
	}
	if w != "" && !strings.ContainsFunc(w, special) {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
