package arch

import (
	"fmt"
	"slices"
)

// layer is how far a package is from the standard library. A package imports its own layer and those below it.
type layer int

// The layers, lowest first. Nouns and grain import nothing of ours, not even each other.
const (
	nouns layer = iota + 1
	grain
	engine
	adapters
	services
	assembly
	face
	program
)

func (l layer) String() string {
	return [...]string{"", "nouns", "grain", "engine", "adapters", "services", "assembly", "face", "program"}[l]
}

// layers is the table of all packages by folder. It stands in docs/architecture.md too, in prose.
func layers() map[string]layer {
	return map[string]layer{
		".": nouns,

		"internal/uuid":    grain,
		"internal/address": grain,
		"internal/life":    grain,
		"client":           grain,
		"internal/diag":    grain,
		"internal/testx":   grain,
		"internal/poison":  grain,

		"internal/event":     engine,
		"internal/jsontext":  engine,
		"internal/automaton": engine,
		"internal/grok":      engine,
		"internal/closure":   engine,
		"internal/wording":   engine,
		"internal/cond":      engine,
		"internal/index":     engine,
		"internal/stash":     engine,
		"internal/inforce":   engine,
		"internal/logtime":   engine,
		"internal/parse":     engine,
		"internal/bucket":    engine,
		"internal/detect":    engine,
		"internal/rule":      engine,
		"internal/retain":    engine,
		"internal/slab":      engine,
		"internal/trail":     engine,
		"internal/plan":      engine,
		"internal/ambiguity": engine,
		"internal/verdict":   engine,
		"internal/profile":   engine,
		"internal/allow":     engine,
		"internal/banlist":   engine,
		"internal/wire":      engine,

		"internal/folder":              adapters,
		"internal/hub":                 adapters,
		"internal/datafile":            adapters,
		"internal/offheap":             adapters,
		"internal/enrich/mmdb":         adapters,
		"internal/enrich/mmdb/fixture": adapters,
		"internal/enrich/rdns":         adapters,
		"internal/source/file":         adapters,

		"internal/listen":          adapters,
		"internal/hostnet":         adapters,
		"internal/store":           adapters,
		"internal/store/mem":       adapters,
		"internal/store/sqldb":     adapters,
		"internal/store/storetest": adapters,

		"internal/decide": services,
		"internal/lapi":   services,
		"internal/admin":  services,

		"internal/pipeline": services,
		"internal/hubtest":  services,
		"internal/explain":  services,
		"internal/check":    services,
		"internal/lint":     services,
		"internal/rulebook": services,

		"internal/app": assembly,
		"rules":        assembly,

		"internal/cli":        face,
		"internal/cli/render": face,

		"cmd/tocsin": program,

		"test/traffic": grain,

		"bench/gen":        grain,
		"bench/load":       grain,
		"bench/cmd/api":    program,
		"bench/cmd/gen":    program,
		"bench/cmd/report": program,
	}
}

// testOnly are the packages that nothing but tests may import.
func testOnly() []string {
	return []string{"internal/testx", "internal/arch", "internal/store/storetest"}
}

// fence says where alone an import may stand.
type fence struct {
	path    string   // the import and all below it
	dirs    []string // the folders and all below them
	tests   bool     // test files anywhere may, too
	instead string
}

// fences are the imports with a place of their own.
func fences() []fence {
	return []fence{
		{path: "go.yaml.in/yaml", dirs: []string{"internal/diag"}, instead: "read YAML by internal/diag, which keeps places"},
		{path: "gopkg.in/yaml.v3", instead: "read YAML by internal/diag"},
		{path: "gopkg.in/yaml.v2", instead: "read YAML by internal/diag"},
		{path: "modernc.org/sqlite", dirs: []string{"internal/store/sqldb"}, instead: "keep SQL in internal/store/sqldb"},
		{path: "github.com/pressly/goose", dirs: []string{"internal/store/sqldb"}, instead: "keep SQL in internal/store/sqldb"},
		{path: "github.com/spf13/cobra", dirs: []string{"internal/cli", "cmd"}, instead: "keep the command line in internal/cli"},
		{path: "github.com/spf13/pflag", dirs: []string{"internal/cli"}, instead: "keep the command line in internal/cli"},
		{path: "charm.land", dirs: []string{"internal/cli"}, instead: "print by internal/cli/render"},
		{path: "golang.org/x/term", dirs: []string{"internal/cli"}, instead: "print by internal/cli/render"},
		{path: "github.com/maxmind/mmdbwriter", tests: true, instead: "write fixtures in a test with -update"},
		{path: "github.com/google/go-cmp", dirs: []string{"internal/store/storetest"}, tests: true, instead: "it may panic and is for tests"},
		{path: "github.com/rogpeppe/go-internal", tests: true, instead: "it is for tests"},
		{path: "go.uber.org/goleak", tests: true, instead: "it is for tests"},
		{path: "pgregory.net/rapid", dirs: []string{"internal/store/storetest"}, tests: true, instead: "it is for tests"},
		{path: "testing", dirs: []string{"internal/testx", "internal/store/storetest"}, tests: true, instead: "keep test helpers in test files or internal/testx"},
	}
}

// unfitForEngine are the imports by which an engine package would reach the world outside.
func unfitForEngine(importPath string) bool {
	switch importPath {
	case "net", "net/netip", "net/url", "net/mail", "net/textproto":
		return importPath == "net"
	case "log", "syscall", "plugin":
		return true
	}
	return slices.ContainsFunc([]string{"os", "log", "net", "database/sql", "golang.org/x/sys", "golang.org/x/net"},
		func(base string) bool { return within(importPath, base) })
}

// checkListed wants a layer for each package.
func checkListed(m *module, r rules) (found []string) {
	for _, dir := range m.dirs() {
		if _, ok := r.layers[dir]; !ok && !slices.Contains(testOnly(), dir) {
			found = append(found, dir+": has no layer: add it to the table in internal/arch/layers_test.go and to docs/architecture.md")
		}
	}
	return found
}

// checkLayers wants imports to point down.
func checkLayers(m *module, r rules) (found []string) {
	for _, f := range m.files {
		from := r.layers[f.dir]
		if f.test || from == 0 {
			continue
		}
		for _, s := range f.imports() {
			dir, ok := m.local(imported(s))
			to := r.layers[dir]
			switch {
			case !ok:
			case slices.Contains(testOnly(), dir):
				found = append(found, fmt.Sprintf("%s: imports %s, which is for tests: move the code to a _test.go file", m.at(s), dir))
			case to == 0: // checkListed says so
			case from <= grain:
				found = append(found, fmt.Sprintf("%s: this layer (%s) imports nothing of ours, but here it imports %s (%s): take a plain value or a small interface instead", m.at(s), from, dir, to))
			case to > from:
				found = append(found, fmt.Sprintf("%s: this layer (%s) imports %s (%s), which lies above: move what both need down, or take it as a value or an interface declared here", m.at(s), from, dir, to))
			}
		}
	}
	return found
}

// checkEngine wants the engine to be a pure function of its input.
func checkEngine(m *module, r rules) (found []string) {
	for _, f := range m.files {
		if f.test || r.layers[f.dir] != engine {
			continue
		}
		for _, s := range f.imports() {
			if p := imported(s); unfitForEngine(p) {
				found = append(found, fmt.Sprintf("%s: the engine does not import %s: take what is needed from the Host value, or do it in an adapter", m.at(s), p))
			}
		}
		for _, n := range goStatements(f.ast) {
			found = append(found, m.at(n)+": the engine starts no goroutine: let the caller in internal/pipeline run it")
		}
	}
	return found
}

// checkFences wants some imports in their one place only.
func checkFences(m *module, _ rules) (found []string) {
	for _, f := range m.files {
		for _, s := range f.imports() {
			p := imported(s)
			for _, fence := range fences() {
				if !within(p, fence.path) || f.test && fence.tests {
					continue
				}
				if !slices.ContainsFunc(fence.dirs, func(dir string) bool { return within(f.dir, dir) }) {
					found = append(found, fmt.Sprintf("%s: %s has no business here: %s", m.at(s), p, fence.instead))
				}
			}
		}
	}
	return found
}

// checkReached wants every internal package to be part of a program, or of another package's tests.
func checkReached(m *module, _ rules) (found []string) {
	reached := map[string]bool{}
	var visit func(dir string)
	visit = func(dir string) {
		if reached[dir] {
			return
		}
		reached[dir] = true
		for _, f := range m.files {
			if f.dir != dir || f.test {
				continue
			}
			for _, s := range f.imports() {
				if to, ok := m.local(imported(s)); ok {
					visit(to)
				}
			}
		}
	}
	for _, f := range m.files {
		if within(f.dir, "cmd") {
			visit(f.dir)
		}
		if !f.test {
			continue
		}
		for _, s := range f.imports() {
			if to, ok := m.local(imported(s)); ok && to != f.dir {
				visit(to)
			}
		}
	}
	for _, dir := range m.dirs() {
		if within(dir, "internal") && !reached[dir] && !slices.Contains(testOnly(), dir) {
			found = append(found, dir+": no program and no other package's test uses it: wire it in or delete it")
		}
	}
	return found
}
