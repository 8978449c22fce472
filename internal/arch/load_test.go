package arch

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

// file is one Go file, for any system and any build tags.
type file struct {
	path string // from the module's root, with slashes
	dir  string // "." for the root
	test bool
	size int // lines
	ast  *ast.File
}

// module is all that the checks look at.
type module struct {
	path    string // as in go.mod
	require []string
	files   []file
	fset    *token.FileSet
	docs    map[string]string // Markdown files by path
	exists  map[string]bool   // every file and folder by path
}

// check looks at a module and says what is wrong and what to do instead, one finding a string.
type check func(m *module, r rules) []string

// newModule parses a module from its files by path.
func newModule(files map[string][]byte) (*module, error) {
	m := &module{fset: token.NewFileSet(), docs: map[string]string{}, exists: map[string]bool{".": true}}
	for name, text := range files {
		for p := name; p != "."; p = path.Dir(p) {
			m.exists[p] = true
		}
		switch {
		case name == "go.mod":
			m.path, m.require = readGoMod(string(text))
		case path.Ext(name) == ".md":
			m.docs[name] = string(text)
		case path.Ext(name) == ".go":
			f, err := parser.ParseFile(m.fset, name, text, parser.ParseComments)
			if err != nil {
				return nil, fmt.Errorf("parse %s: %w", name, err)
			}
			m.files = append(m.files, file{
				path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
				size: bytes.Count(text, []byte("\n")), ast: f,
			})
		}
	}
	slices.SortFunc(m.files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	if m.path == "" {
		return nil, errors.New("no module line in go.mod")
	}
	return m, nil
}

// readGoMod returns the module's path and the paths that it requires.
func readGoMod(text string) (module string, require []string) {
	block := false
	for line := range strings.SplitSeq(text, "\n") {
		w := strings.Fields(line)
		switch {
		case len(w) == 0:
		case w[0] == ")":
			block = false
		case w[0] == "module" && len(w) > 1:
			module = w[1]
		case w[0] == "require" && len(w) > 1 && w[1] == "(":
			block = true
		case w[0] == "require" && len(w) > 2:
			require = append(require, w[1])
		case block && len(w) > 1 && w[0] != "//":
			require = append(require, w[0])
		}
	}
	return module, require
}

// ours is the module this test is part of.
func ours(t *testing.T) *module {
	t.Helper()
	root := testx.Root(t)
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if rel == "." {
				return nil
			}
			_, err := os.Stat(filepath.Join(p, "go.mod"))
			if err == nil || name == "testdata" || name == "node_modules" || name == "bin" || name == "dist" ||
				strings.HasPrefix(name, ".") && name != ".ci" && name != ".tests" || strings.HasPrefix(name, "_") {
				files[filepath.ToSlash(rel)] = nil // it may be linked to, but is not looked into
				return filepath.SkipDir
			}
			return nil
		}
		var text []byte
		if ext := filepath.Ext(name); ext == ".go" || ext == ".md" || rel == "go.mod" {
			if text, err = os.ReadFile(p); err != nil {
				return err
			}
		}
		files[filepath.ToSlash(rel)] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := newModule(files)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// at is where a node begins: "path:line".
func (m *module) at(n ast.Node) string {
	p := m.fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// imports lists the paths that f imports, each with its place.
func (f file) imports() []*ast.ImportSpec { return f.ast.Imports }

// imported is the path of an import.
func imported(s *ast.ImportSpec) string {
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return s.Path.Value // the parser let it through; it matches nothing
	}
	return p
}

// local turns an import path of this module into its folder.
func (m *module) local(importPath string) (dir string, ok bool) {
	if importPath == m.path {
		return ".", true
	}
	return strings.CutPrefix(importPath, m.path+"/")
}

// dirs lists the folders with Go files that are not tests, sorted.
func (m *module) dirs() []string {
	var all []string
	for _, f := range m.files {
		if !f.test {
			all = append(all, f.dir)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// within reports whether p is base or lies below it.
func within(p, base string) bool { return p == base || strings.HasPrefix(p, base+"/") }
