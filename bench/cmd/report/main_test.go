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

func TestMistakes(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		var out, says bytes.Buffer
		if err := run(t.Context(), args, &out, &says); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("report %q: error %v, want %q", args, err, want)
		}
	}
	f("takes flags only", "now")
	f("no hub to measure with", "--hub", t.TempDir())
	f("not defined", "--nope")
}

func TestNumbers(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	f(number(1234567), "1,234,567")
	f(number(999.6), "1,000")
	f(count(0), "0")
	f(count(1234), "1,234")
	f(number(12.345), "12.3")
	f(number(0), "0.00")
	f(series{3, 1, 2}.spread(1), "2.00 (1.00 to 3.00)")
	f(series{4e-6}.spread(1e-6), "4.00")
	f(number(series{4, 1, 2, 3}.median()), "2.50")
	f(number(series{}.median()), "0.00")
	for _, c := range [][2]int{{0, 2000}, {4999, 2000}, {5000, 5000}, {1e6, 1e6}, {9e9, 1e6}, {19_999, 10_000}} {
		if got := round(float64(c[0])); got != c[1] {
			t.Errorf("round(%d) is %d, want %d", c[0], got, c[1])
		}
	}
}
