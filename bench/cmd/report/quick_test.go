//go:build !race

// The programs that are measured are built without the race detector: it finds nothing here.

package main

import (
	"bytes"
	"strings"
	"testing"

	"tocsin.example/internal/testx"
)

// TestQuick runs the whole report on a few lines: every part of it must find something to measure.
func TestQuick(t *testing.T) {
	testx.Corpora(t) // skips without a hub
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	var out, says bytes.Buffer
	if err := run(t.Context(), []string{"--quick", "--lines", "300", "--root", testx.Root(t), "--out", "-"}, &out, &says); err != nil {
		t.Fatalf("%v\n%s", err, says.Bytes())
	}
	text := out.String()
	for _, want := range []string{
		"| nginx, base rules | 1/60 of Go's regexp | 1/", "| sshd, whole hub | 300 |", "| nginx, 100 scenarios | 300 |", "| sshd, 846 scenarios | 300 |",
		"| traefik, whole hub |", "| two workers |", "### sshd, whole hub", "Showing nodes accounting for",
		"buckets made, evicted, events stripped | 300, 0, 0 |", "Not measured: not asked for.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
		t.Error("the report divides by nothing")
	}
	if t.Failed() {
		t.Log(text)
	}
}
