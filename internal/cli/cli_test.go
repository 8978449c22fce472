package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tocsin.example/internal/cli/render"
)

// run is one call of the program.
func run(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

func TestMistakes(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		code, stdout, stderr := run(strings.Fields(line)...)
		if code != exitUsage || stdout != "" || stderr != want {
			t.Errorf("tocsin %s: code %d, stdout %q, stderr:\n%swant code %d and\n%s", line, code, stdout, stderr, exitUsage, want)
		}
	}
	f("nonsense", "tocsin: tocsin has no command \"nonsense\"\nhint: see 'tocsin --help'\n")
	f("verison", "tocsin: tocsin has no command \"verison\"\nhint: did you mean 'tocsin version'?\n")
	f("version me", "tocsin: tocsin version takes no arguments but was given \"me\"\nhint: see 'tocsin version --help'\n")
	f("version --nope", "tocsin: unknown flag: --nope\nhint: see 'tocsin version --help'\n")
	f("--nope", "tocsin: unknown flag: --nope\nhint: see 'tocsin --help'\n")
	f("version -o yaml", "tocsin: invalid argument \"yaml\" for \"-o, --output\" flag: want human, json or raw\nhint: see 'tocsin version --help'\n")
	f("version --color blue", "tocsin: invalid argument \"blue\" for \"--color\" flag: want yes, no or auto\nhint: see 'tocsin version --help'\n")
	f("completion", "tocsin: tocsin completion wants one shell: bash, zsh, fish or powershell\nhint: see 'tocsin completion --help'\n")
	f("completion tcsh", "tocsin: no completion for the shell \"tcsh\"\nhint: bash, zsh, fish and powershell are known\n")
	f("\x1b[2J", "tocsin: tocsin has no command \"\\x1b[2J\"\nhint: see 'tocsin --help'\n")
	f("--color yes nonsense", "\x1b[31mtocsin:\x1b[m tocsin has no command \"nonsense\"\n\x1b[2mhint:\x1b[m see 'tocsin --help'\n")
}

func TestVersion(t *testing.T) {
	v := buildVersion()
	system := runtime.GOOS + "/" + runtime.GOARCH
	f := func(line, want string) {
		t.Helper()
		code, stdout, stderr := run(strings.Fields(line)...)
		if code != exitOK || stdout != want || stderr != "" {
			t.Errorf("tocsin %s: code %d, stderr %q, stdout:\n%swant\n%s", line, code, stderr, stdout, want)
		}
	}
	f("version", fmt.Sprintf("tocsin %s (%s, %s)\n", v, runtime.Version(), system))
	f("version -o raw", v+"\n")
	f("version --output json", fmt.Sprintf("{\n  \"version\": %q,\n  \"go\": %q,\n  \"os\": %q,\n  \"arch\": %q\n}\n",
		v, runtime.Version(), runtime.GOOS, runtime.GOARCH))
	f("version --licenses", notices)

	_, stdout, _ := run("version", "--licenses", "-o", "json")
	var all []notice
	if err := json.Unmarshal([]byte(stdout), &all); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(all, func(n notice) bool {
		return n.Module == "github.com/spf13/cobra" && strings.Contains(n.Text, "Apache License")
	}) {
		t.Error("the licence of cobra is not among those printed as JSON")
	}
	_, stdout, _ = run("version", "--licenses", "-o", "raw")
	if got := strings.Count(stdout, "\n"); got != len(all) {
		t.Errorf("raw lists %d modules, JSON %d", got, len(all))
	}
}

func TestCompletion(t *testing.T) {
	f := func(shell, want string) {
		t.Helper()
		code, stdout, stderr := run("completion", shell)
		if code != exitOK || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("completion %s: code %d, stderr %q, %d bytes without %q", shell, code, stderr, len(stdout), want)
		}
	}
	f("bash", "complete -o default -F __start_tocsin tocsin")
	f("zsh", "#compdef tocsin")
	f("fish", "complete -c tocsin")
	f("powershell", "Register-ArgumentCompleter -CommandName 'tocsin'")

	g := func(want string, args ...string) {
		t.Helper()
		_, stdout, _ := run(append([]string{"__complete"}, args...)...)
		if got, _, _ := strings.Cut(stdout, "\n:"); got != want {
			t.Errorf("completing %q offers %q, want %q", args, got, want)
		}
	}
	g("human\njson\nraw", "version", "-o", "")
	g("yes\nno\nauto", "--color", "")
	g("bash\nzsh\nfish\npowershell", "completion", "")
	g("version\tShow the version, or the licences of what is inside", "ver")
}

func TestHelp(t *testing.T) {
	code, alone, stderr := run()
	if code != exitOK || stderr != "" || !strings.Contains(alone, "tocsin [command]") {
		t.Errorf("tocsin alone: code %d, stderr %q, stdout:\n%s", code, stderr, alone)
	}
	if _, asked, _ := run("--help"); asked != alone {
		t.Errorf("--help differs from no argument at all:\n%s", asked)
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: Short is %q: want a short sentence without a full stop", c.CommandPath(), c.Short)
		}
		if !c.HasSubCommands() && c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(newRoot(&shell{}))
}

// coded is an error of another package with advice of its own.
type coded struct{}

func (coded) Error() string { return "open rules: line 1\n\x1b[2Jline 2" }
func (coded) Hint() string  { return "run\nthis" }

func TestExit(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(ctx context.Context, err error, code int, want string) {
		t.Helper()
		var b bytes.Buffer
		a := &shell{err: render.NewOut(&b, render.Look{})}
		if got := a.exit(ctx, err); got != code || b.String() != want {
			t.Errorf("exit(%v) = %d and prints %q, want %d and %q", err, got, b.String(), code, want)
		}
	}
	f(t.Context(), nil, 0, "")
	f(t.Context(), errFound, 1, "")
	f(t.Context(), fmt.Errorf("check: %w", errFound), 1, "")
	f(t.Context(), errors.New("disk full"), 1, "tocsin: disk full\n")
	f(t.Context(), withHint(errors.New("no rules"), "give --rules"), 1, "tocsin: no rules\nhint: give --rules\n")
	f(t.Context(), usage(errors.New("no file"), "give one"), 2, "tocsin: no file\nhint: give one\n")
	f(t.Context(), fmt.Errorf("replay: %w", coded{}), 1, "tocsin: replay: open rules: line 1\n\\x1b[2Jline 2\nhint: run\\nthis\n")
	f(t.Context(), context.Canceled, 1, "tocsin: context canceled\n")
	f(gone, fmt.Errorf("read: %w", context.Canceled), 1, "tocsin: interrupted\n")
}

// TestGuard proves that what cobra finds wrong before the work counts as a mistake, whatever cobra calls it.
func TestGuard(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		c := &cobra.Command{Use: "job", RunE: func(*cobra.Command, []string) error { return errors.New("the work's own") }}
		c.SilenceErrors, c.SilenceUsage = true, true
		c.Args = cobra.MaximumNArgs(1)
		c.Flags().String("need", "", "")
		c.Flags().Bool("one", false, "")
		c.Flags().Bool("other", false, "")
		_ = c.MarkFlagRequired("need")
		c.MarkFlagsMutuallyExclusive("one", "other")
		guard(c)
		c.SetArgs(strings.Fields(line))
		err := c.ExecuteContext(t.Context())
		_, mistake := errors.AsType[usageError](err)
		if got := fmt.Sprintf("%t: %v", mistake, err); got != want {
			t.Errorf("job %s: got %s, want %s", line, got, want)
		}
	}
	f("--need x", "false: the work's own")
	f("", `true: required flag(s) "need" not set`)
	f("--need x a b", "true: accepts at most 1 arg(s), received 2")
	f("--need x --one --other", "true: if any flags in the group [one other] are set none of the others can be; [one other] were all set")
	f("--need", "true: flag needs an argument: --need")
}

// full is a standard output whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputFails(t *testing.T) {
	var stderr bytes.Buffer
	code := Main([]string{"version"}, strings.NewReader(""), full{}, &stderr)
	if want := "tocsin: write output: no space left on device\n"; code != exitFound || stderr.String() != want {
		t.Errorf("code %d and %q, want %d and %q", code, stderr.String(), exitFound, want)
	}
}

// sample is the log that the demo shows; it raises alerts.
const sample = "../../rules/samples/auth.log"

// TestStatsFollowResults: the file of --stats appears when the results are out, and not when they could not be written.
func TestStatsFollowResults(t *testing.T) {
	f := func(stdout func(stats string) io.Writer, format string, code int, want string) {
		t.Helper()
		stats := filepath.Join(t.TempDir(), "stats.json")
		var stderr bytes.Buffer
		got := Main([]string{"replay", "--type", "syslog", "-o", format, "--stats", stats, sample}, strings.NewReader(""), stdout(stats), &stderr)
		if got != code || stderr.String() != want {
			t.Errorf("-o %s: code %d and %q, want %d and %q", format, got, stderr.String(), code, want)
		}
		if _, err := os.Stat(stats); (err == nil) != (code == exitOK) {
			t.Errorf("-o %s: code %d, but the file of --stats: %v", format, code, err)
		}
	}
	fails := func(string) io.Writer { return full{} }
	f(fails, "human", exitFound, "tocsin: write alerts: no space left on device\n")
	f(fails, "json", exitFound, "tocsin: write alerts: no space left on device\n")
	f(fails, "raw", exitFound, "tocsin: write alerts: no space left on device\n")
	early := func(stats string) io.Writer { return &watcher{stats: stats, t: t} }
	f(early, "human", exitOK, "")
	f(early, "json", exitOK, "")
	f(early, "raw", exitOK, "")
}

// watcher is a standard output that looks whether the file of --stats is there while results still come.
type watcher struct {
	stats string
	t     *testing.T
}

func (w *watcher) Write(b []byte) (int, error) {
	if _, err := os.Stat(w.stats); err == nil {
		w.t.Errorf("the file of --stats was there before %.20q", b)
	}
	return len(b), nil
}

// TestCompressed: the hint is a command that works when it is pasted.
func TestCompressed(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.bz2", "it's my.bz2"} {
		if err := os.WriteFile(name, []byte("BZh91AY&SYxxxx"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := func(want, stdin string, args ...string) {
		t.Helper()
		var stderr bytes.Buffer
		code := Main(args, strings.NewReader(stdin), io.Discard, &stderr)
		if _, hint, _ := strings.Cut(stderr.String(), "hint: "); code != exitFound || hint != want+"\n" {
			t.Errorf("tocsin %q: code %d and\n%swant the hint %s", args, code, stderr.String(), want)
		}
	}
	f(`bzip2 -dc a.bz2 | tocsin replay --type nginx -`, "", "replay", "--type", "nginx", "a.bz2")
	f(`bzip2 -dc 'it'\''s my.bz2' | tocsin explain -t auto - -o json`, "", "explain", "-t", "auto", "it's my.bz2", "-o", "json")
	f(`bzip2 -dc a.bz2 >a.bz2.log && tocsin replay -t syslog - a.bz2.log`, "", "replay", "-t", "syslog", "-", "a.bz2")
	f(`put 'xz -dc |' in front of tocsin replay -t syslog -`, "\xfd7zXZ\x00xxxxxxx", "replay", "-t", "syslog", "-")
}
