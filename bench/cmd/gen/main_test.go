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
	who := filepath.Join(t.TempDir(), "who")
	f("ok", "--kind attack/ssh-range --attackers "+who, path)
	if text, err = os.ReadFile(who); err != nil || string(text) != "203.0.113.0/24\n2001:db8:fade::/48\n" {
		t.Errorf("attackers %q, %v", text, err)
	}
	if text, err = os.ReadFile(path); err != nil || !bytes.Contains(text, []byte("Failed password for root from 203.0.113.")) {
		t.Errorf("the log has no attack in it, %v", err)
	}
	f("ok", "--kind benign/vault --log vaultwarden --seed 2 -")
	f("ok", "--kind benign/words --web caddy -")
	f("ok", "--kind list")
	f("writes these logs, choose one by --log: nginx, vaultwarden", "--kind benign/vault -")
	f("no traffic", "--kind benign/nobody -")
	f("no form", "--kind benign/words --web iis -")
	f("no such file", "--kind attack/proxy --attackers "+filepath.Join(t.TempDir(), "no", "such"), path)
}
