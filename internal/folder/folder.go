// Package folder opens the files of a folder for those who read rules and data: regular files and folders only.
//
// Opening a named pipe waits until somebody writes to it, and nothing wakes who waits; a device may never end. So what a
// file is is asked before it is opened. The package knows neither rules nor data. Start from [Files].
package folder

import (
	"errors"
	"io/fs"
	"os"
)

// errIrregular is what is wrong with a pipe, a socket or a device.
var errIrregular = errors.New("it is not a regular file")

// Files returns the files under root. Links that lead out of it are refused, as root does; opening or reading anything
// but a regular file or a folder is an error. Any number of goroutines may use it until root is closed.
func Files(root *os.Root) fs.FS { return files{root.FS()} }

type files struct{ inner fs.FS }

// Open implements [fs.FS].
func (f files) Open(name string) (fs.File, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	return f.inner.Open(name)
}

// ReadFile implements [fs.ReadFileFS].
func (f files) ReadFile(name string) ([]byte, error) {
	if err := f.check(name); err != nil {
		return nil, err
	}
	return fs.ReadFile(f.inner, name)
}

// ReadDir implements [fs.ReadDirFS].
func (f files) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.inner, name) }

// Stat implements [fs.StatFS].
func (f files) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.inner, name) }

// check reports what must not be opened.
func (f files) check(name string) error {
	info, err := fs.Stat(f.inner, name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	return nil
}
