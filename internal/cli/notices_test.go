package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

// update makes TestNotices write the file instead of comparing it: make gen.
var update = flag.Bool("update", false, "write notices.txt from the module cache")

// systems are those that are built: their programs link different modules.
var systems = []string{"linux", "darwin", "windows", "freebsd"}

// pkg is what go list says of a package.
type pkg struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// linked lists the packages of the program on one system.
func linked(t *testing.T, system string) []pkg {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Standard,Module", "./cmd/tocsin")
	c.Dir = testx.Root(t)
	c.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := c.Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, e.Stderr)
		}
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// licence matches the names of files that a distributor of a program has to pass on.
var licence = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents)([._-].*)?$`)

// licenceFiles lists such files in dir and above it, up to the module's root.
func licenceFiles(t *testing.T, dir, root string) []string {
	t.Helper()
	var found []string
	for ; strings.HasPrefix(dir, root); dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Type().IsRegular() && licence.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go" {
				found = append(found, filepath.Join(dir, e.Name()))
			}
		}
	}
	return found
}

// gather writes the notices: Go itself, whose library and runtime are in every program, then the modules by name.
func gather(t *testing.T) string {
	t.Helper()
	files := map[string][]string{}
	roots := map[string]string{}
	goRoot := strings.TrimSpace(goEnv(t, "GOROOT"))
	const std = "std go" // the library and the runtime
	for _, system := range systems {
		for _, p := range linked(t, system) {
			name, root, dir := std, goRoot, goRoot
			switch {
			case p.Standard:
			case p.Module == nil || p.Module.Main:
				continue
			default:
				name, root, dir = p.Module.Path+" "+p.Module.Version, p.Module.Dir, p.Dir
			}
			roots[name] = root
			files[name] = append(files[name], licenceFiles(t, dir, root)...)
		}
	}
	var b strings.Builder
	b.WriteString("Tocsin is under the MIT licence. The program holds the following, each under its own licence.\n")
	for _, name := range slices.Sorted(maps.Keys(files)) {
		paths := files[name]
		slices.Sort(paths)
		paths = slices.Compact(paths)
		if len(paths) == 0 {
			t.Errorf("%s has no licence file: it must not be linked", name)
		}
		fmt.Fprintf(&b, "\n%s%s\n", noticeMark, name)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(roots[name], path)
			fmt.Fprintf(&b, "\n[%s]\n\n%s\n", filepath.ToSlash(rel), tidy(string(text)))
		}
	}
	return b.String()
}

// tidy trims what editors argue about, and nothing else.
func tidy(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestNotices holds notices.txt to be what a build of today would have to pass on, module by module.
func TestNotices(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the go command about four systems")
	}
	want := gather(t)
	if *update {
		if err := os.WriteFile("notices.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	name := func(n notice) string { return n.Module + " " + n.Version }
	have := parseNotices(notices)
	need := parseNotices(want)
	for _, n := range need {
		i := slices.IndexFunc(have, func(h notice) bool { return name(h) == name(n) })
		if i < 0 {
			t.Errorf("%s is linked into tocsin but not in notices.txt: run 'make gen'", name(n))
		} else if have[i].Text != n.Text && n.Module != "std" { // Go's text may differ from one release to the next
			t.Errorf("the licence of %s changed: run 'make gen'", name(n))
		}
	}
	for _, h := range have {
		if !slices.ContainsFunc(need, func(n notice) bool { return name(n) == name(h) }) {
			t.Errorf("%s is in notices.txt but no longer linked into tocsin: run 'make gen'", name(h))
		}
	}
}

func TestParseNotices(t *testing.T) {
	got := parseNotices("Preface.\n\n=== a.example/m v1.0.0\n\n[LICENSE]\n\nText === of m\n\n=== b.example v2.0.0\nOther\n")
	want := []notice{{"a.example/m", "v1.0.0", "[LICENSE]\n\nText === of m"}, {"b.example", "v2.0.0", "Other"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
