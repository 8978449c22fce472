package testx

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Superuser is for tests that need root: without it they are skipped, or fail if $TOCSIN_REQUIRE lists "root".
func Superuser(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "root", "this test needs root")
	}
}

// Netns is for tests that make network namespaces of their own, so that what they do to addresses and firewalls stays in
// them: as root, on a Linux that allows it and has iproute2. Else they are skipped, or fail if $TOCSIN_REQUIRE lists
// "netns".
func Netns(t testing.TB) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "unshare", "--net", "ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		missing(t, "netns", "no network namespace can be made: %v\n%s", err, out)
	}
}

// Peers is the folder of one of the programs of others that tests speak with: name in $TOCSIN_PEERS, or in tocsin/peers
// of the user's cache. .ci/run fills it; nothing is downloaded here. Without the folder the test is skipped, or fails if
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
		missing(t, "peers", "no %s: .ci/run puts it there", dir)
	}
	return dir
}
