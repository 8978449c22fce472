package testx

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func (fake) Context() context.Context { return context.Background() }

// ended is what a function under test came to: "skip", "fatal", or what it returned.
func ended(f func() string) (got string) {
	defer func() {
		if e, ok := recover().(end); ok {
			got = e.how
		}
	}()
	return f()
}

func TestPeers(t *testing.T) {
	there := t.TempDir()
	dir := filepath.Join(there, "npm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f := func(peers, require, name, want string) {
		t.Helper()
		t.Setenv("TOCSIN_PEERS", peers)
		t.Setenv("TOCSIN_REQUIRE", require)
		if got := ended(func() string { return Peers(fake{t}, name) }); got != want {
			t.Errorf("peers %q, require %q, %s: got %q, want %q", peers, require, name, got, want)
		}
	}
	f(there, "", "npm", dir)
	f(there, "shared,peers", "npm", dir)
	f(there, "", "absent", "skip")
	f(there, "shared,root,netns", "absent", "skip")
	f(there, "shared,root,netns,peers", "absent", "fatal")
	f("internal", "", "testx", filepath.Join(Root(t), "internal", "testx"))
}

// TestMachine holds that what the machine lacks is skipped, and fails where it must run.
func TestMachine(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no unshare
	f := func(require, want string) {
		t.Helper()
		t.Setenv("TOCSIN_REQUIRE", require)
		if got := ended(func() string { Netns(fake{t}); return "ran" }); got != want {
			t.Errorf("require %q: got %q, want %q", require, got, want)
		}
	}
	f("", "skip")
	f("root,peers", "skip")
	f("root,netns", "fatal")
	t.Setenv("TOCSIN_REQUIRE", "root")
	want := "ran"
	if os.Geteuid() != 0 {
		want = "fatal"
	}
	if got := ended(func() string { Superuser(fake{t}); return "ran" }); got != want {
		t.Errorf("user %d: got %q, want %q", os.Geteuid(), got, want)
	}
}
