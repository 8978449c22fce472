package arch

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the checks find into testdata")

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// checks are all checks by the names of their tests.
func checks() map[string]check {
	return map[string]check{
		"Listed":       checkListed,
		"Layers":       checkLayers,
		"Engine":       checkEngine,
		"Fences":       checkFences,
		"Reached":      checkReached,
		"Init":         checkInit,
		"State":        checkState,
		"Sleep":        checkSleep,
		"Sizes":        checkSizes,
		"Docs":         checkDocs,
		"Links":        checkLinks,
		"Dependencies": checkDependencies,
		"Architecture": checkArchitecture,
	}
}

// TestHouse holds this module to every check.
func TestHouse(t *testing.T) {
	m := ours(t)
	for name, check := range checks() {
		t.Run(name, func(t *testing.T) {
			for _, finding := range check(m, house()) {
				t.Error(finding)
			}
		})
	}
}

// TestTable wants no package in the table that is gone.
func TestTable(t *testing.T) {
	m := ours(t)
	for _, dir := range sortedKeys(layers()) {
		if !slices.Contains(m.dirs(), dir) {
			t.Errorf("%s is in the table of layers but has no Go files: remove it in internal/arch/layers_test.go", dir)
		}
	}
}

// TestChecks proves each check on a module of testdata that breaks it: testdata/<check>.txtar holds the files and,
// as "want", the findings. Limits are small there.
func TestChecks(t *testing.T) {
	r := rules{layers: layers(), file: 12, testFile: 14, function: 5, testFunc: 7, pkg: 20, main: 9}
	for name, check := range checks() {
		t.Run(name, func(t *testing.T) {
			archive := filepath.Join("testdata", strings.ToLower(name)+".txtar")
			a, err := txtar.ParseFile(archive)
			if err != nil {
				t.Fatalf("every check needs a module that breaks it: %v", err)
			}
			files := map[string][]byte{}
			for _, f := range a.Files {
				files[f.Name] = f.Data
			}
			want := string(files["want"])
			delete(files, "want")
			m, err := newModule(files)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(check(m, r), "\n") + "\n"
			if *update {
				a.Files[len(a.Files)-1].Data = []byte(got)
				if err := os.WriteFile(archive, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if strings.TrimSpace(want) == "" {
				t.Error("the module breaks nothing, so it proves nothing")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
