// Package testx finds what tests share: the module's root folder and the corpora of real logs and rules.
//
// It is imported by tests only, and it is not a place for assertions: tests say their own promises. Start from
// [Corpora].
package testx

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Root is the absolute path of the module's root folder: the nearest folder at or above the working directory that
// holds go.mod. It ends the test when there is none.
func Root(t testing.TB) string {
	t.Helper()
	start, err := os.Getwd()
	if err != nil {
		t.Fatalf("ask for the working directory: %v", err)
	}
	for dir := start; ; {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatalf("no go.mod at or above %s: run the test inside the module", start)
		}
		dir = up
	}
}

// Corpora is the absolute path of the folder of test data that is kept outside the repository: $TOCSIN_CORPORA, or
// ../shared/corpora beside the module. When it is absent the test is skipped, or fails if the comma-separated list
// $TOCSIN_REQUIRE contains "shared", so that a suite cannot go missing unseen where it must run.
func Corpora(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("TOCSIN_CORPORA")
	if dir == "" {
		dir = filepath.Join(Root(t), "..", "shared", "corpora")
	} else if !filepath.IsAbs(dir) {
		dir = filepath.Join(Root(t), dir) // a relative path must mean the same in every package's folder
	}
	dir = filepath.Clean(dir)
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		return dir
	}
	missing(t, "shared", "no corpora in %s: set TOCSIN_CORPORA to their folder", dir)
	return ""
}

// Soak reports whether tests are to run at their full size, which takes hours: $TOCSIN_SOAK is set.
func Soak() bool { return os.Getenv("TOCSIN_SOAK") != "" }

// Whole leaves a test out of short runs: it compares in one goroutine for long, and the race detector would see nothing.
func Whole(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("short runs leave it out")
	}
}

// missing ends a test that cannot run for want of something: it is skipped, or fails where $TOCSIN_REQUIRE lists what.
func missing(t testing.TB, what, format string, args ...any) {
	t.Helper()
	if required(what) {
		t.Fatalf(format+" (TOCSIN_REQUIRE lists "+what+")", args...)
	}
	t.Skipf(format, args...)
}

// required reports whether $TOCSIN_REQUIRE lists what.
func required(what string) bool {
	return slices.ContainsFunc(strings.Split(os.Getenv("TOCSIN_REQUIRE"), ","), func(s string) bool {
		return strings.TrimSpace(s) == what
	})
}
