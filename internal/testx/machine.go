package testx

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// Superuser is for tests that need root: without it they are skipped, or fail if $TOCSIN_REQUIRE lists "root".
func Superuser(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "root", "this test needs root")
	}
}

// Netns makes a network namespace with its loopback up for a test, so that what the test does to addresses and firewalls
// stays in it, and returns the name, for "ip netns exec". Where none can be made (not root, not Linux, no iproute2) the
// test is skipped, or fails if $TOCSIN_REQUIRE lists "netns".
func Netns(t testing.TB) string {
	t.Helper()
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, t.Name())
	name := fmt.Sprintf("tocsin-%d-%.40s", os.Getpid(), letters)
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
			missing(t, "netns", "no network namespace can be made: ip %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run("netns", "add", name)
	t.Cleanup(func() {
		_ = exec.Command("ip", "netns", "delete", name).Run() //nolint:noctx // the test's context has ended
	})
	run("-n", name, "link", "set", "lo", "up")
	return name
}

// Program is the path of a program that a suite needs. Where it is not installed, the test is skipped, or fails if
// $TOCSIN_REQUIRE lists the suite.
func Program(t testing.TB, suite, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, suite, "no program %s: install %s", name, debian)
	}
	return path
}

// Peers is the folder of one of the programs of others that tests speak with: name in $TOCSIN_PEERS, or in tocsin/peers
// of the user's cache. .ci/peers fills it; nothing is downloaded here. Without the folder the test is skipped, or fails if
// $TOCSIN_REQUIRE lists "peers".
func Peers(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("TOCSIN_PEERS")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			missing(t, "peers", "no folder for peers: %v: set TOCSIN_PEERS", err)
		}
		dir = filepath.Join(cache, "tocsin", "peers")
	} else if !filepath.IsAbs(dir) {
		dir = filepath.Join(Root(t), dir)
	}
	dir = filepath.Join(dir, name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		missing(t, "peers", "no %s: .ci/peers FOLDER puts it there", dir)
	}
	return dir
}
