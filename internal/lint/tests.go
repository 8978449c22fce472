package lint

import (
	"path"
	"slices"
	"strings"

	"tocsin.example/internal/hubtest"
	"tocsin.example/internal/rule"
)

// tests finds what no test proves. That a scenario stays quiet is proved by a test that lists it and some parser, and
// whose asserts say how many results there are, and of which scenarios, and do not name it.
func (l *linter) tests() {
	items := map[*rule.File]string{} // a test lists a file by the name of its first document
	for _, s := range l.scenarios {
		if items[s.File] == "" {
			items[s.File] = s.Name.Value
		}
	}
	for _, s := range l.scenarios {
		fires, quiet := false, false
		for i := range l.Tests {
			t := &l.Tests[i]
			if !listed(t.Scenarios, items[s.File], s.File.Path) {
				continue
			}
			named := t.Fires(s.Name.Value)
			fires = fires || named
			quiet = quiet || !named && t.Complete() && len(t.Parsers) > 0
		}
		if !fires {
			l.add(Untested, s.Name.Value, s.Name, 0, "write a test in .tests in which it fires", "no test says that the scenario finds anything")
		}
		if !quiet {
			l.add(NoNegative, s.Name.Value, s.Name, 0, "write a test in .tests of people who do almost the same: len(results) == 0",
				"no test says that the scenario stays quiet")
		}
	}
	for _, p := range l.parsers {
		if p.Name.Value != "" && !slices.ContainsFunc(l.Tests, func(t hubtest.Survey) bool {
			return listed(t.Parsers, p.Name.Value, p.File.Path) && strings.Contains(t.ParserAsserts, `"`+p.Name.Value+`"`)
		}) {
			l.add(Untested, p.Name.Value, p.Name, 0, "write a test in .tests whose parser.assert names it", "no test says what the parser reads")
		}
	}
}

// listed reports whether a test's list has an item, by its name or by a path that ends as that of its file.
func listed(list []string, name, file string) bool {
	return slices.ContainsFunc(list, func(s string) bool {
		if s == name {
			return true
		}
		clean := path.Clean(s)
		return strings.HasSuffix(clean, ".yaml") && strings.HasSuffix("/"+file, "/"+strings.TrimLeft(clean, "./"))
	})
}

func list(words []string) string { return strings.Join(words, ", ") }
