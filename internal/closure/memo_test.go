package closure

import (
	"net/url"
	"strings"
	"testing"

	"tocsin.example/internal/event"
)

// FuzzTextMakers compares what is made in an event's scratch with what Go's own functions make.
func FuzzTextMakers(f *testing.F) {
	for _, s := range []string{"", "abc", "ABC", "aÉſK", "a%41b", "a+b", "%zz", "%4", "A\xffb", "É", "%C3%89+%2"} {
		f.Add(s)
	}
	same := func(f func(string) (string, error)) func(string) string {
		return func(s string) string {
			if out, err := f(s); err == nil {
				return out
			}
			return s
		}
	}
	want := map[string]func(string) string{
		"Lower": strings.ToLower, "lower": strings.ToLower, "Upper": strings.ToUpper, "upper": strings.ToUpper,
		"PathUnescape": same(url.PathUnescape), "QueryUnescape": same(url.QueryUnescape),
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s event.Scratch
		s.Join("before")
		if len(want) != len(textMakers) {
			t.Error("a function has no model")
		}
		for name, do := range textMakers {
			if got := do(&s, text); got != want[name](text) {
				t.Errorf("%s(%q) = %q, want %q", name, text, got, want[name](text))
			}
		}
	})
}
