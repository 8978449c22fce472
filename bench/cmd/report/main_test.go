package main

import (
	"bytes"
	"strings"
	"testing"
)

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
