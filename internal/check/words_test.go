package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// spoken says where the packages that judge rules put their words: for each function, which argument is the message, or
// the name of a field.
var spoken = map[string]map[string]int{
	"parse":  {"Faultf": 2, "missing": 2, "warn": 2, "Warnf": 2, "Problem": 2, "What": 0},
	"bucket": {"Faultf": 2, "warn": 2, "Warnf": 2, "Problem": 2, "What": 0},
	"cond":   {"Faultf": 2, "fail": 2, "warn": 2, "Problem": 2},
	"grok":   {"fail": 1, "error": 2, "Reason": 0, "What": 0},
}

// elsewhere are messages that no small file of rules can bring up, and why.
var elsewhere = map[string]string{
	"the expression is empty":                              "rules leave an empty key out; the tests of cond have it",
	"the expression has %d bytes; the limit is %d":         "128 KiB; the tests of cond have it",
	"the regular expression has %d bytes; the limit is %d": "32 KiB; the tests of cond have it",
	"the expression can not be compiled: %v":               "a panic of expr",
	"the pattern has more than %d bytes":                   "64 KiB; the tests of grok have it",
	"not a definition; the line is ignored":                "of pattern files; the tests of grok have it",
	"the pattern %s is already defined%s":                  "of pattern files; the tests of grok have it",
}

// TestEveryMessage holds the folder of bad rules to every fault that the packages know: who writes a new message adds a
// file that brings it up.
func TestEveryMessage(t *testing.T) {
	var told strings.Builder
	wants, err := filepath.Glob(filepath.Join("testdata", "bad", "*.want"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range wants {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		told.Write(text)
	}
	all := told.String()
	unused := map[string]bool{}
	for format := range elsewhere {
		unused[format] = true
	}
	for pkg, words := range spoken {
		n := 0
		for _, m := range messages(t, filepath.Join("..", pkg), words) {
			n++
			_, excused := elsewhere[m.format]
			delete(unused, m.format)
			switch here := matcher(m.format).MatchString(all); {
			case !here && !excused:
				t.Errorf("%s: no file in testdata/bad brings up %q", m.at, m.format)
			case here && excused:
				t.Errorf("%s: testdata/bad brings up %q: it needs no excuse", m.at, m.format)
			}
		}
		if n < 10 {
			t.Errorf("only %d messages found in package %s: does it say them in another way now?", n, pkg)
		}
	}
	for format := range unused {
		t.Errorf("nobody says %q any more: remove it from the list", format)
	}
}

type message struct{ format, at string }

// messages finds the formats of all messages in the Go files of a folder.
func messages(t *testing.T, dir string, words map[string]int) []message {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []message
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			e := spokenBy(n, words)
			if e == nil {
				return true
			}
			// A format of nothing but verbs hands on words of another place.
			if s := format(e); strings.Trim(strings.ReplaceAll(s, "%s", ""), " :") != "" {
				out = append(out, message{s, fset.Position(e.Pos()).String()})
			}
			return true
		})
	}
	return out
}

// spokenBy returns the expression of the message that a node says, nil if it says none.
func spokenBy(n ast.Node, words map[string]int) ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if i, ok := words[name]; ok && i < len(n.Args) {
			return n.Args[i]
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok {
			if _, ok := words[key.Name]; ok {
				return n.Value
			}
		}
	}
	return nil
}

// format reads the format of a message out of a literal, a Sprintf or a sum. What is no literal is a verb.
func format(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil {
			return s
		}
	case *ast.BinaryExpr:
		return format(e.X) + format(e.Y)
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sprintf" {
			return format(e.Args[0])
		}
	}
	return "%s"
}

var verb = regexp.MustCompile(`%[a-z]`)

// matcher finds what a format can become.
func matcher(format string) *regexp.Regexp {
	parts := verb.Split(format, -1)
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile(": " + strings.Join(parts, ".+"))
}
