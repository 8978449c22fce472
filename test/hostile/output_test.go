package hostile

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"tocsin.example"
	"tocsin.example/internal/cli"
)

type line = tocsin.Line

// each is an Emit that hands over line by line.
func each(f func(l *line)) tocsin.Emit {
	return func(_ context.Context, b tocsin.Batch) error {
		for i := range b.Lines {
			f(&b.Lines[i])
		}
		return nil
	}
}

// command runs the program in this process, with colours, and returns what it wrote to both outputs.
func command(t testing.TB, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cli.Main(append(args, "--color", "no"), strings.NewReader(""), &out, &errs)
	return out.String(), errs.String()
}

// stored writes a text to a file.
func stored(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hostile.log")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replayed is what a replay of a log shows, for people and as JSON.
func replayed(t testing.TB, text, kind string) (human, machine string) {
	t.Helper()
	args := []string{"replay", "--type", kind, "--now", "2026-11-23T00:00:00Z", stored(t, text)}
	stdout, stderr := command(t, args...)
	machine, _ = command(t, append(args, "-o", "json")...)
	return stdout + stderr, machine
}

// explained is what explain shows of a log.
func explained(t testing.TB, text, kind string) string {
	t.Helper()
	stdout, stderr := command(t, "explain", "--type", kind, "--now", "2026-11-23T00:00:00Z", stored(t, text))
	return stdout + stderr
}

// plain holds that a text has nothing in it that a terminal would obey or that would show it in another order.
func plain(t *testing.T, text string) {
	t.Helper()
	for i, r := range text {
		switch {
		case r == '\n' || r == ' ':
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.Is(unicode.Bidi_Control, r):
			t.Errorf("%U at %d: %q", r, i, text[max(0, i-60):min(len(text), i+60)])
			return
		}
	}
	if strings.ToValidUTF8(text, "") != text {
		t.Error("the output is not valid UTF-8")
	}
}
