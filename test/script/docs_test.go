package script_test

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocuments runs what the documents tell people to type: each line of a fenced block that has a line beginning with
// tocsin, bin/tocsin or make, in a folder with what a fresh copy of the repository has. A rule in a block ```yaml must
// pass tocsin check. What cannot be run says so, and why, in the line before the block: <!-- not run: WHY -->.
//
// A worked example writes files: <!-- file: PATH --> before a block names what is in it. The blocks of such a document
// run in one folder, in order. <!-- exit code: N --> says how the last command of a block ends. The blocks of a document
// with a line <!-- with a server --> run in one folder too, and commands find a server of their own.
func TestDocuments(t *testing.T) {
	for _, tool := range []string{"bash", "make"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the documents' commands want %s: %v", tool, err)
		}
	}
	root := filepath.Join("..", "..")
	names := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")}
	for _, folder := range []string{"docs", filepath.Join("docs", "rules")} {
		more, err := filepath.Glob(filepath.Join(root, folder, "*.md"))
		if err != nil || len(more) == 0 {
			t.Fatalf("%d documents in %s, %v", len(more), folder, err)
		}
		names = append(names, more...)
	}
	ran := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := blocks(string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		shared, state := "", "" // the folders of a worked example and of its server
		if served := strings.Contains(string(text), "\n<!-- with a server -->\n"); served && !isUnix {
			continue
		} else if served {
			shared = fresh(t, root)
			state = serve(t, shared)
		} else if slices.ContainsFunc(all, func(b block) bool { return b.file != "" }) {
			shared = fresh(t, root)
		}
		for _, b := range all {
			switch {
			case b.file != "":
				write(t, filepath.Join(shared, filepath.FromSlash(b.file)), b.lines)
			case b.why == "" && b.runnable():
				ran++
				t.Run(fmt.Sprintf("%s:%d", filepath.Base(name), b.line), func(t *testing.T) { b.run(t, cmp.Or(shared, fresh(t, root)), state) })
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d blocks were run: are the documents written in another way now?", ran)
	}
}

// block is a fenced block of a document.
type block struct {
	line  int    // of its fence, from 1
	lang  string // behind the fence
	why   string // it is not run
	file  string // it is what this file holds
	code  int    // of the last command
	lines []string
}

var (
	inFile  = regexp.MustCompile(`^<!-- file: ([\w./-]+) -->$`)
	ends    = regexp.MustCompile(`^<!-- exit code: (\d) -->$`)
	notRun  = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
	command = regexp.MustCompile(`^\s*(?:bin/)?(?:tocsin|make)\s`)
)

// blocks finds the fenced blocks of a document. A mark that stands before no block is an error, and so is one before a
// block that nobody would run.
func blocks(text string) ([]block, error) {
	var out []block
	var open *block
	var mark *block
	for i, l := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(l, "```")
		switch {
		case open != nil && isFence:
			if (open.why != "" || open.code != 0) && !open.runnable() {
				return nil, fmt.Errorf("line %d: the mark before it is for commands, but the block holds none", open.line)
			}
			out, open = append(out, *open), nil
		case open != nil:
			open.lines = append(open.lines, l)
		case isFence:
			open, mark = cmp.Or(mark, &block{}), nil
			open.line, open.lang = i+1, fence
		case mark != nil:
			return nil, fmt.Errorf("line %d: the mark before it belongs to no block", i+1)
		default:
			mark = marked(l)
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block has no end", open.line)
	}
	return out, nil
}

// marked makes the block that a mark announces; nil for any other line.
func marked(line string) *block {
	if m := notRun.FindStringSubmatch(line); m != nil {
		return &block{why: m[1]}
	}
	if m := inFile.FindStringSubmatch(line); m != nil {
		return &block{file: m[1]}
	}
	if m := ends.FindStringSubmatch(line); m != nil {
		return &block{code: int(m[1][0] - '0')}
	}
	return nil
}

// write makes a file of the lines of a block.
func write(t *testing.T, path string, lines []string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runnable reports whether the block is something to type, or a rule.
func (b *block) runnable() bool {
	return b.lang == "yaml" || slices.ContainsFunc(b.lines, command.MatchString)
}

// run types what is in the block. Commands find the server with the given state folder.
func (b *block) run(t *testing.T, dir, state string) {
	t.Helper()
	lines := b.lines
	if b.lang == "yaml" {
		write(t, filepath.Join(dir, "rule.yaml"), b.lines)
		lines = []string{"tocsin check rule.yaml"}
	}
	for i, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		if testing.Short() && strings.Contains(l, "hubtest run") {
			continue // with the race detector it takes minutes; the tests of rules run a part of it
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -eu; "+standIns.Replace(l))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "MAKEFLAGS=BUILD=:", brief, "TOCSIN_STATE="+state) // the program is there already
		want := 0
		if i == len(lines)-1 {
			want = b.code
		}
		if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != want {
			t.Errorf("%s: %v, want exit code %d\n%s", l, err, want, out)
		}
	}
}

// standIns are what the copy has instead of what people have: a server's logs, CrowdSec's hub. "make test" runs already
// when this is run, so it is only looked at.
var standIns = strings.NewReplacer("/var/log/", "var/log/", "crowdsecurity/", "tocsin/", "make test", "make -n test")

// fresh makes a folder with what the commands need of the repository: the program, as if built, and logs to read.
func fresh(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	program, err := exec.LookPath("tocsin") // testscript has put this test there
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"rules", "scripts"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	for _, hub := range []string{"hub", "HUB"} {
		if err := os.Symlink("rules", filepath.Join(dir, hub)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range [][2]string{
		{"Makefile", "Makefile"},
		{"go.mod", "go.mod"},
		{"rules/samples/auth.log", "auth.log"},
		{"rules/samples/auth.log", "var/log/auth.log"},
		{"rules/samples/access.log", "var/log/nginx/access.log"},
		{"rules/samples/access.log", "var/log/nginx/access.log.1"},
	} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f[0])))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(f[1]))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "bin", "tocsin")); err != nil {
		t.Fatal(err)
	}
	return dir
}
