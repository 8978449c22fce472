// Package script_test runs the stories in this folder: each .txtar file is a script of commands with the files that they
// work on, and what they must print. It is the whole program that runs, in a process of its own. Start from TestScript.
package script_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tocsin.example/internal/cli"
	"tocsin.example/internal/testx"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tocsin": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }, //nolint:forbidigo // it is a main
	})
}

// brief is the environment of a program that lives for a second: a fourth of its time would go into collecting garbage.
const brief = "GOGC=400"

func TestScript(t *testing.T) {
	testx.Whole(t)
	testscript.Run(t, testscript.Params{
		Dir: ".",
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, brief)
			env.Setenv("TZ", "UTC")
			env.Setenv("NOW", "2026-08-22T12:00:00Z")
			env.Values[managerKey{}] = &holder{}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"gzip": zip, "bytes": raw, "code": code, "keys": keys, "notify": notify, "ready": ready,
		},
	})
}

// zip is "gzip FILE...": it writes FILE.gz beside each file and removes the file.
func zip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: gzip FILE...")
	}
	for _, name := range args {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write([]byte(ts.ReadFile(name)))
		ts.Check(err)
		ts.Check(w.Close())
		ts.Check(os.WriteFile(ts.MkAbs(name+".gz"), b.Bytes(), 0o600))
		ts.Check(os.Remove(ts.MkAbs(name)))
	}
}

// raw is "bytes FILE COUNT TEXT": it appends TEXT, with the escapes of a Go string, COUNT times to FILE.
func raw(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: bytes FILE COUNT TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = f.WriteString(strings.Repeat(text, n))
	ts.Check(err)
	ts.Check(f.Close())
}

// code is "code N COMMAND...": the command must end with this exit code. Its outputs are checked as those of exec.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// keys is "keys FILE WANT...": FILE, or stdout, is JSON values one after the other, and in each all of WANT hold: a dotted
// path, "path=JSON" for its value, or "!path" for its absence.
func keys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: keys FILE WANT...")
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	n := 0
	for ; d.More(); n++ {
		var v any
		ts.Check(d.Decode(&v))
		for _, w := range args[1:] {
			if err := holds(v, w); err != nil {
				ts.Fatalf("value %d of %s: %v", n+1, args[0], err)
			}
		}
	}
	if n == 0 {
		ts.Fatalf("%s holds no JSON", args[0])
	}
}

func holds(v any, want string) error {
	path, value, compare := strings.Cut(want, "=")
	path, absent := strings.CutPrefix(path, "!")
	for name := range strings.SplitSeq(path, ".") {
		found := false
		switch c := v.(type) {
		case map[string]any:
			v, found = c[name]
		case []any:
			if i, err := strconv.Atoi(name); err == nil && i < len(c) {
				v, found = c[i], true
			}
		}
		if !found && absent {
			return nil
		}
		if !found {
			return fmt.Errorf("there is no %s", path)
		}
	}
	if absent {
		return fmt.Errorf("there is %s", path)
	}
	if !compare {
		return nil
	}
	got, err := json.Marshal(v)
	if err == nil && string(got) != value {
		err = fmt.Errorf("%s is %s, want %s", path, got, value)
	}
	return err
}
