package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.log")
	f := func(want, line string, more ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		err := run(append(strings.Fields(line), more...), &out, &errs)
		got := "ok"
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("gen %s: %q, want %q", line, got, want)
		}
	}
	f("ok", "--kind sshd --lines 7 --seed 5 --addresses 9 --attacks 0.5", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n != 7 {
		t.Errorf("%d lines, want 7", n)
	}
	f("ok", "--kind nginx --lines 3 -")
	f("name one file", "--kind nginx")
	f("no kind", "--kind iis -")
	f("not defined", "--nope -")
	f("no such file", "--lines 1", filepath.Join(t.TempDir(), "no", "such"))
}
