package testx

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Peers is the absolute path of the folder of other people's programs, as scripts/peers.sh fetched and unpacked them:
// $TOCSIN_PEERS, or bin/peers in the module. Without it the test is skipped, or fails if $TOCSIN_REQUIRE contains
// "peers".
func Peers(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("TOCSIN_PEERS")
	if dir == "" {
		dir = filepath.Join(Root(t), "bin", "peers")
	}
	if _, err := os.Stat(dir); err != nil {
		lacking(t, "peers", "no programs of others in "+dir+": run scripts/peers.sh")
	}
	return dir
}

// Netns makes a network namespace with its loopback up for the test, and returns its name, for "ip netns exec". It wants
// root and iproute2: without them the test is skipped, or fails if $TOCSIN_REQUIRE contains "netns".
func Netns(t testing.TB) string {
	t.Helper()
	if os.Geteuid() != 0 {
		lacking(t, "netns", "a network namespace needs root")
	}
	ip, err := exec.LookPath("ip")
	if err != nil {
		lacking(t, "netns", "no program ip: install iproute2")
	}
	name := fmt.Sprintf("tocsin-%d-%.40s", os.Getpid(), strings.ToLower(strings.Map(plain, t.Name())))
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), ip, args...).CombinedOutput(); err != nil {
			lacking(t, "netns", "ip "+strings.Join(args, " ")+": "+strings.TrimSpace(string(out)))
		}
	}
	run("netns", "add", name)
	t.Cleanup(func() {
		_ = exec.Command(ip, "netns", "delete", name).Run() //nolint:noctx // the test's context has ended
	})
	run("-n", name, "link", "set", "lo", "up")
	return name
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// Program is the path of a program that a suite needs; what names the suite in $TOCSIN_REQUIRE.
func Program(t testing.TB, what, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacking(t, what, "no program "+name+": install "+debian)
	}
	return path
}

// lacking ends a test for which something is not there.
func lacking(t testing.TB, what, why string) {
	t.Helper()
	if required(what) {
		t.Fatalf("%s (TOCSIN_REQUIRE has %s)", why, what)
	}
	t.Skip(why)
}
