package diag_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
)

type rest struct {
	Rest diag.Raw `yaml:"rest"`
}

func TestRaw(t *testing.T) {
	f := func(text string, kind diag.Kind, place string) {
		t.Helper()
		var x rest
		decode(t, text, &x)
		if x.Rest.Kind() != kind || x.Rest.Place().String() != place || x.Rest.IsZero() != (place == "") {
			t.Errorf("%q: kind %d at %s", text, x.Rest.Kind(), x.Rest.Place())
		}
	}
	f("rest: ~\n", diag.Null, "a.yaml:1:7")
	f("rest: x\n", diag.Scalar, "a.yaml:1:7")
	f("rest:\n  - x\n", diag.Sequence, "a.yaml:2:3")
	f("rest:\n  x: &x {y: 1}\n", diag.Mapping, "a.yaml:2:3")
	f("{}\n", diag.Null, "")

	var x rest
	l := decode(t, "rest:\n  x:\n    y: five\n  z: 1\n", &x)
	y := x.Rest.Get("x").Get("y")
	var n int
	if y.Decode(&n) || x.Rest.Get("x").Get("z").Decode(&n) != true || n != 0 {
		t.Error("a fault was not found, or one where there is nothing")
	}
	want := "a.yaml:3:8: cannot read `five` as a whole number (write digits, for example 5)"
	if err := l.Err(); err == nil || err.Error() != want {
		t.Errorf("problems: %v", err)
	}
}

func TestAny(t *testing.T) {
	f := func(value string, want any) {
		t.Helper()
		var x rest
		if err := decode(t, "rest: "+value+"\n", &x).Err(); err != nil {
			t.Fatal(err)
		}
		nan := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
		if d := cmp.Diff(want, x.Rest.Any(), nan); d != "" {
			t.Errorf("%s (-want +got):\n%s", value, d)
		}
	}
	f("5", 5)
	f("-0x1f", -31)
	f("010", 8)
	f("0o10", 8)
	f("1_000", 1000)
	f("9223372036854775807", math.MaxInt64)
	f("18446744073709551615", float64(math.MaxUint64))
	f("99999999999999999999", 1e20)
	f("1.5e3", 1500.0)
	f(".5", 0.5)
	f("-.inf", math.Inf(-1))
	f("+.INF", math.Inf(1))
	f(".NaN", math.NaN())
	f("!!float 5", 5.0)
	f("!!str 5", "5")
	f("! 5", "5")
	f("'5'", "5")
	f("true", true)
	f("False", false)
	f("yes", "yes")
	f("!!bool yes", true)
	f("~", nil)
	f("", nil)
	f("2024-01-02", "2024-01-02")
	f("1:30", "1:30")
	f("inf", "inf")
	f("0x1p4", "0x1p4")
	f("[1, [a], {b: c}]", []any{1, []any{"a"}, map[string]any{"b": "c"}})
}

func TestFloatAndNamedTypes(t *testing.T) {
	type scope string
	var x struct {
		A float32          `yaml:"a"`
		B map[scope]scope  `yaml:"b"`
		C *int             `yaml:"c"`
		D []map[string]any `yaml:"d"`
		E *[]float64
		F string
		G int `yaml:"-"`
	}
	x.F = "default"
	l := decode(t, "a: -.5\nb: {ip: 5}\nc: 0\nd: [{x: 1}, ~]\ne: [.inf, 1]\nf:\n", &x)
	if l.Err() != nil || x.A != -0.5 || x.B["ip"] != "5" || *x.C != 0 || len(x.D) != 2 || (*x.E)[1] != 1 || x.F != "default" {
		t.Errorf("%+v %v", x, l.Err())
	}
	if l := decode(t, "g: 1\n", &x); l.Errors() != 1 {
		t.Error("a field tagged - took a key")
	}
}
