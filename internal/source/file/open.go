package file

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"tocsin.example/internal/diag"
)

// stdinPath is how a path says standard input.
const stdinPath = "-"

// input is one open file: the expanded bytes to read, and what to close.
type input struct {
	io.Reader

	name  string
	raw   *counter // bytes as stored
	gz    bool
	close func()
}

// counter counts what passes.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// openInput opens a path, or in for "-". A gzip file is known by its first bytes, whatever its name. The file is closed
// when ctx ends, which wakes a reader that waits for a pipe.
func openInput(ctx context.Context, path string, in io.Reader) (*input, error) {
	if path == stdinPath {
		return expand("standard input", in, func() {})
	}
	f, err := openFile(ctx, path)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	return expand(path, f, func() {
		if stop() {
			_ = f.Close()
		}
	})
}

// openFile opens a path. Opening a named pipe waits until somebody writes to it, and only that wakes the system's call:
// when ctx ends first, a goroutine stays in it, at the latest until the process ends.
func openFile(ctx context.Context, path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, explain(path, err)
	}
	if info.Mode().IsRegular() {
		f, err := os.Open(path)
		if err != nil {
			return nil, explain(path, err)
		}
		return f, nil
	}
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened)
	go func() {
		f, err := os.Open(path)
		select {
		case done <- opened{f, err}:
		case <-ctx.Done():
			if err == nil {
				_ = f.Close()
			}
		}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case o := <-done:
		if o.err != nil {
			return nil, explain(path, o.err)
		}
		return o.f, nil
	}
}

// expand looks at the first bytes and puts the decoder in front that they ask for: only one layer is ever opened.
func expand(name string, r io.Reader, closer func()) (*input, error) {
	raw := &counter{r: r}
	b := bufio.NewReaderSize(raw, 64<<10)
	in := &input{Reader: b, name: name, raw: raw, close: closer}
	head, err := peek(b)
	if err != nil {
		in.Reader = io.MultiReader(bytes.NewReader(head), failing{err})
		return in, nil //nolint:nilerr // the reader gives it, behind the bytes that came in front of it
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}) {
		in.gz = true
		if in.Reader, err = gzip.NewReader(b); err != nil {
			closer()
			return nil, in.explain(err)
		}
		return in, nil
	}
	if tool := compressed(head); tool != "" {
		closer()
		return nil, &CompressedError{Path: name, Tool: tool}
	}
	return in, nil
}

// CompressedError is the error of an input that Tool has made: whoever runs "Tool -dc" on it can read it.
type CompressedError struct {
	Path string // as it was given; "standard input" for "-"
	Tool string // "bzip2", "lz4", "xz" or "zstd"
}

// Error implements error.
func (e *CompressedError) Error() string {
	return fmt.Sprintf("%s: the file is compressed with %s, and only gzip is read", e.Path, e.Tool)
}

// peek returns up to ten bytes without taking them, or what came in front of an error. It asks for a second byte only
// when the first may begin something compressed: a short first line on a pipe must not wait for more.
func peek(b *bufio.Reader) ([]byte, error) {
	head, err := b.Peek(1)
	if err == nil && strings.IndexByte("\x1f\xfd\x28\x04B", head[0]) >= 0 {
		head, err = b.Peek(10)
	}
	if err == io.EOF {
		err = nil
	}
	return head, err
}

// failing is a reader that has only an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// compressed names the tool that made a file which begins with head, "" for text. The long prefixes keep a log line
// from being taken for one.
func compressed(head []byte) string {
	for _, m := range [...]struct{ magic, tool string }{
		{"\xfd7zXZ\x00", "xz"},
		{"\x28\xb5\x2f\xfd", "zstd"},
		{"\x04\x22\x4d\x18", "lz4"},
	} {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.tool
		}
	}
	if len(head) == 10 && bytes.HasPrefix(head, []byte("BZh")) && bytes.HasSuffix(head, []byte("1AY&SY")) {
		return "bzip2"
	}
	return ""
}

// check reports a path that cannot be read, before hours are spent on those in front of it. Pipes and devices are only
// looked at: opening one has effects.
func check(path string) error {
	if path == stdinPath {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return explain(path, err)
	}
	if info.IsDir() {
		return problem(path, "name the files in it, for example "+path+"/*.log", "this is a folder, not a log file")
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return explain(path, err)
	}
	return f.Close()
}

// explain turns what the system says about a path into a problem with a hint.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem(path, "check the name; a replay takes files, or - for standard input", "there is no such file")
	case errors.Is(err, fs.ErrPermission):
		return problem(path, "run it as a user who may read the file, often a member of the group adm",
			"you may not read this file")
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// explain says what is wrong in the middle of an input.
func (in *input) explain(err error) error {
	if !in.gz {
		return explain(in.name, err)
	}
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return problem(in.name, "copy it again, or see whether it is still being written; its complete lines were read",
			"the gzip data ends too early, after %d bytes", in.raw.n)
	case errors.Is(err, gzip.ErrHeader):
		return problem(in.name, "remove what follows the gzip data; the lines in front of it were read",
			"something that is not gzip stands within the first %d bytes", in.raw.n)
	case errors.Is(err, gzip.ErrChecksum), corrupt:
		return problem(in.name, "copy it again; the lines in front of the damage were read",
			"the gzip data is damaged within the first %d bytes", in.raw.n)
	}
	return explain(in.name, err)
}

func problem(path, hint, format string, args ...any) error {
	return diag.Problem{Place: diag.Place{File: path}, What: fmt.Sprintf(format, args...), Hint: hint}
}
