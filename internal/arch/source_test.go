package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// rules are the table and the limits that checks hold a module to.
type rules struct {
	layers             map[string]layer
	file, testFile     int // lines of a file
	function, testFunc int // lines of a function
	pkg                int // lines of a package without tests
	main               int // lines of a main.go
}

// house are the rules of this module.
func house() rules {
	return rules{layers: layers(), file: 600, testFile: 900, function: 100, testFunc: 200, pkg: 5000, main: 29}
}

// goStatements lists the go statements and the calls of WaitGroup.Go or errgroup's Go below n.
func goStatements(n ast.Node) (found []ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, n)
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Go" && len(n.Args) == 1 {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// checkInit wants nothing to happen before main.
func checkInit(m *module, _ rules) (found []string) {
	for _, f := range m.files {
		for _, d := range f.ast.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" {
				found = append(found, m.at(d)+": no func init: make a constructor and call it from where the value is needed")
			}
		}
	}
	return found
}

// checkState wants no package variable that changes. Tables that nobody writes are fine, and so are errors and
// embedded files.
func checkState(m *module, _ rules) (found []string) {
	vars := map[string]map[string]bool{} // the package variables of each folder
	for _, f := range m.files {
		if f.test {
			continue
		}
		if vars[f.dir] == nil {
			vars[f.dir] = map[string]bool{}
		}
		for _, s := range packageVars(f.ast) {
			for _, name := range s.Names {
				vars[f.dir][name.Name] = name.Name != "_"
			}
			if t := changing(s); t != "" {
				found = append(found, fmt.Sprintf("%s: a package variable of type %s changes: put it into a value that somebody owns", m.at(s), t))
			}
		}
	}
	for _, f := range m.files {
		if f.test {
			continue
		}
		for _, id := range written(f.ast) {
			if vars[f.dir][id.Name] && (id.Obj == nil || isPackageVar(f.ast, id.Obj)) {
				found = append(found, fmt.Sprintf("%s: writes the package variable %s: put it into a value that somebody owns", m.at(id), id.Name))
			}
		}
	}
	return found
}

func packageVars(f *ast.File) (specs []*ast.ValueSpec) {
	for _, d := range f.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.VAR {
			for _, s := range d.Specs {
				specs = append(specs, s.(*ast.ValueSpec))
			}
		}
	}
	return specs
}

//nolint:staticcheck // Object is deprecated for type checking, but to tell a local from a package variable it is enough
func isPackageVar(f *ast.File, o *ast.Object) bool {
	s, ok := o.Decl.(*ast.ValueSpec)
	return ok && slices.Contains(packageVars(f), s)
}

// changing names the type of a variable that is of use only when it changes.
func changing(s *ast.ValueSpec) string {
	t := s.Type
	if t == nil && len(s.Values) == 1 {
		v := s.Values[0]
		if u, ok := v.(*ast.UnaryExpr); ok && u.Op == token.AND {
			v = u.X
		}
		if c, ok := v.(*ast.CompositeLit); ok {
			t = c.Type
		}
	}
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	sel, ok := t.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	switch name := x.Name + "." + sel.Sel.Name; {
	case x.Name == "atomic", name == "sync.Mutex", name == "sync.RWMutex", name == "sync.Once", name == "sync.Map":
		return name
	}
	return ""
}

// written lists the variables that are assigned to, whole or in part, or whose address is taken.
func written(f *ast.File) (found []*ast.Ident) {
	root := func(e ast.Expr) {
		for {
			switch x := e.(type) {
			case *ast.Ident:
				found = append(found, x)
				return
			case *ast.IndexExpr:
				e = x.X
			case *ast.SelectorExpr:
				e = x.X
			case *ast.StarExpr:
				e = x.X
			case *ast.ParenExpr:
				e = x.X
			default:
				return
			}
		}
	}
	for _, d := range f.Decls {
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					if n.Tok != token.DEFINE {
						root(l)
					}
				}
			case *ast.IncDecStmt:
				root(n.X)
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(n.Args) > 0 {
					root(n.Args[0])
				}
			}
			return true
		})
	}
	return found
}

// checkSleep wants tests that wait for what happens, or in a synctest bubble.
func checkSleep(m *module, _ rules) (found []string) {
	for _, f := range m.files {
		if slices.ContainsFunc(f.imports(), func(s *ast.ImportSpec) bool { return imported(s) == "testing/synctest" }) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
					found = append(found, m.at(s)+": no time.Sleep: wait for the event or a timer and the context; in tests use testing/synctest")
				}
			}
			return true
		})
	}
	return found
}

// checkSizes wants files, functions and packages that a person can read.
func checkSizes(m *module, r rules) (found []string) {
	packages := map[string]int{}
	for _, f := range m.files {
		if ast.IsGenerated(f.ast) {
			continue
		}
		fileMax, funcMax := r.file, r.function
		if f.test {
			fileMax, funcMax = r.testFile, r.testFunc
		} else {
			packages[f.dir] += f.size
		}
		if strings.HasSuffix(f.path, "/main.go") && within(f.dir, "cmd") {
			fileMax = r.main
		}
		if f.size > fileMax {
			found = append(found, fmt.Sprintf("%s: %d lines, at most %d: split it by what its parts are about", f.path, f.size, fileMax))
		}
		for _, d := range f.ast.Decls {
			d, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := m.fset.Position(d.End()).Line - m.fset.Position(d.Pos()).Line + 1
			if lines > funcMax {
				found = append(found, fmt.Sprintf("%s: %s has %d lines, at most %d: give its steps names", m.at(d), d.Name.Name, lines, funcMax))
			}
		}
	}
	for _, dir := range m.dirs() {
		if packages[dir] > r.pkg {
			found = append(found, fmt.Sprintf("%s: a package of %d lines, at most %d: find the two things that it is", dir, packages[dir], r.pkg))
		}
	}
	return found
}
