package script_test

import (
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
func TestDocuments(t *testing.T) {
	for _, tool := range []string{"bash", "make"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the documents' commands want %s: %v", tool, err)
		}
	}
	root := filepath.Join("..", "..")
	names := []string{filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")}
	more, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(more) == 0 {
		t.Fatalf("%d documents, %v", len(more), err)
	}
	ran := 0
	for _, name := range append(names, more...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all, err := blocks(string(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, b := range all {
			if b.why == "" && b.runnable() {
				ran++
				t.Run(fmt.Sprintf("%s:%d", filepath.Base(name), b.line), func(t *testing.T) { b.run(t, root) })
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
	lines []string
}

var (
	notRun  = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
	command = regexp.MustCompile(`^\s*(?:bin/)?(?:tocsin|make)\s`)
)

// blocks finds the fenced blocks of a document. A mark that stands before no block is an error, and so is one before a
// block that nobody would run.
func blocks(text string) ([]block, error) {
	var out []block
	var open *block
	why := ""
	for i, l := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(l, "```")
		switch {
		case open != nil && isFence:
			if open.why != "" && !open.runnable() {
				return nil, fmt.Errorf("line %d: the block is marked as not run, but it holds no command", open.line)
			}
			out, open = append(out, *open), nil
		case open != nil:
			open.lines = append(open.lines, l)
		case isFence:
			open, why = &block{line: i + 1, lang: fence, why: why}, ""
		case why != "":
			return nil, fmt.Errorf("line %d: the mark before it belongs to no block", i+1)
		case notRun.MatchString(l):
			why = notRun.FindStringSubmatch(l)[1]
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block has no end", open.line)
	}
	return out, nil
}

// runnable reports whether the block is something to type, or a rule.
func (b *block) runnable() bool {
	return b.lang == "yaml" || slices.ContainsFunc(b.lines, command.MatchString)
}

func (b *block) run(t *testing.T, root string) {
	t.Helper()
	dir := fresh(t, root)
	lines := b.lines
	if b.lang == "yaml" {
		if err := os.WriteFile(filepath.Join(dir, "rule.yaml"), []byte(strings.Join(b.lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		lines = []string{"tocsin check rule.yaml"}
	}
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -eu; "+standIns.Replace(l))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "MAKEFLAGS=BUILD=:") // the program is there already
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", l, err, out)
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
	for to, from := range map[string]string{"rules": "rules", "scripts": "scripts", "hub": "rules", "HUB": "rules"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(root, from))); err != nil {
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
