package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// checkDocs wants each package and each exported name to say what its caller must know.
func checkDocs(m *module, _ rules) (found []string) {
	documented := map[string]bool{}
	for _, f := range m.files {
		if f.test {
			continue
		}
		want := "Package " + f.ast.Name.Name + " "
		if f.ast.Name.Name == "main" {
			want = "Command " + path.Base(f.dir) + " "
		}
		if strings.HasPrefix(f.ast.Doc.Text(), want) {
			documented[f.dir] = true
		}
		for _, d := range f.ast.Decls {
			for _, n := range undocumented(d) {
				found = append(found, fmt.Sprintf("%s: %s has no doc comment: say what its caller must know", m.at(n), n.Name))
			}
		}
	}
	for _, dir := range m.dirs() {
		if !documented[dir] {
			found = append(found, dir+": no comment \"Package x ...\" (\"Command x ...\") above a package clause: say what it is, what it is not, and what to start from")
		}
	}
	return found
}

// undocumented lists the exported names that d declares without a comment.
func undocumented(d ast.Decl) (names []*ast.Ident) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && !wellKnown(d) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil && s.Name.IsExported() {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec: // the comment of the group, or one above or beside the name
				if d.Doc != nil || s.Doc != nil || s.Comment != nil || d.Tok == token.IMPORT {
					continue
				}
				for _, n := range s.Names {
					if n.IsExported() {
						names = append(names, n)
					}
				}
			}
		}
	}
	return names
}

// exportedReceiver reports whether d is a function, or a method of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return true
	}
	t := d.Recv.List[0].Type
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if i, ok := t.(*ast.IndexExpr); ok {
		t = i.X
	}
	id, ok := t.(*ast.Ident)
	return !ok || id.IsExported()
}

// wellKnown reports whether d is a method whose meaning its name already promises.
func wellKnown(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains([]string{
		"String", "GoString", "Error", "Unwrap", "Is", "As", "Format", "LogValue",
		"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText",
	}, d.Name.Name)
}

// link matches the target of a Markdown link.
var link = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)

// checkLinks wants links between documents to lead somewhere.
func checkLinks(m *module, _ rules) (found []string) {
	for _, name := range sortedKeys(m.docs) {
		fenced := false
		n := 0
		for line := range strings.SplitSeq(m.docs[name], "\n") {
			n++
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				fenced = !fenced
			}
			if fenced {
				continue
			}
			for _, match := range link.FindAllStringSubmatch(line, -1) {
				target, _, _ := strings.Cut(match[1], "#")
				if target == "" || strings.Contains(target, ":") {
					continue
				}
				p := path.Join(path.Dir(name), target)
				if strings.HasPrefix(target, "/") {
					p = path.Clean(target[1:])
				}
				if !m.exists[p] {
					found = append(found, fmt.Sprintf("%s:%d: the link to %s leads nowhere: mend or remove it", name, n, match[1]))
				}
			}
		}
	}
	return found
}

// dependencies is the document that gives reasons for what go.mod requires.
const dependencies = "docs/dependencies.md"

// checkDependencies wants a full row in the document for each module that our code imports, and no row for what
// go.mod does not require.
func checkDependencies(m *module, _ rules) (found []string) {
	rows := map[string]bool{}
	n := 0
	for line := range strings.SplitSeq(m.docs[dependencies], "\n") {
		n++
		cells := strings.Split(strings.Trim(line, "| "), "|")
		name := strings.Trim(cells[0], " `")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		rows[name] = true
		empty := func(c string) bool { return strings.TrimSpace(c) == "" }
		if len(cells) != 5 || slices.ContainsFunc(cells, empty) {
			found = append(found, fmt.Sprintf("%s:%d: the line of %s must have five cells: what it is, saves, weighs, who keeps it, how we would leave", dependencies, n, name))
		}
	}
	direct := map[string]bool{}
	for _, f := range m.files {
		for _, s := range f.imports() {
			best := ""
			for _, r := range m.require {
				if within(imported(s), r) && len(r) > len(best) {
					best = r
				}
			}
			direct[best] = true
		}
	}
	delete(direct, "")
	for _, d := range sortedKeys(direct) {
		if !rows[d] {
			found = append(found, fmt.Sprintf("%s: no line for %s: add what it saves, what it weighs, who keeps it and how we would leave it", dependencies, d))
		}
	}
	for _, d := range sortedKeys(rows) {
		if !slices.Contains(m.require, d) {
			found = append(found, fmt.Sprintf("%s: go.mod does not require %s: remove its line", dependencies, d))
		}
	}
	return found
}

// checkArchitecture wants the map in prose to show every package.
func checkArchitecture(m *module, r rules) (found []string) {
	const name = "docs/architecture.md"
	if !m.exists[name] {
		return []string{name + ": is missing: write the map of the packages"}
	}
	for _, dir := range sortedKeys(r.layers) {
		word := strings.TrimPrefix(dir, "internal/")
		if dir != "." && m.exists[dir] && !strings.Contains(m.docs[name], word) {
			found = append(found, fmt.Sprintf("%s: does not name %s: say what it is for", name, dir))
		}
	}
	return found
}
