package plan_test

import (
	"errors"
	"regexp"
	"testing"

	"tocsin.example/internal/plan"
	"tocsin.example/internal/testx"
)

// A plan finds what Go's regexp finds, and refuses what Go's regexp refuses.
func FuzzPlan(f *testing.F) {
	f.Add(`(?P<a>\w+)=(?P<b>.*?)(?: |$)`, "key=value x")
	f.Add(`(?i)(?:ask|é+?)\b[^a\x{fffd}]{1,3}`, "aſ\u212aé\xff\x80")
	f.Add(`(?:(a)|b|(?:cd)*?)+x`, "abcdx")
	f.Add(`(?ms)^(.*)$\n(?U)(.+)[[:alnum:]]*`, "a\nb\r\n\x00c")
	f.Add(`(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})(?:\.\d+){3}(:\d+)?`, "1.22.255.4:80")
	f.Add(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`, `x "a\"b" 'c`)
	f.Add(`(?:(a{0,3}?)(?:b|)|\Bc){2,4}$`, "aabacc")
	for _, s := range testx.NaughtyPatterns() {
		f.Add(s, "bbbbbbbbbbbbbbbbbbbb!")
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 200 || len(text) > 500 {
			t.Skip("what is long is slow by regexp")
		}
		re, bad := regexp.Compile(expression)
		p, err := plan.Compile(expression)
		if bad != nil {
			if err == nil {
				t.Fatalf("%q: a plan, but regexp says %v", expression, bad)
			}
			return
		}
		if _, ok := errors.AsType[*plan.Unsupported](err); ok {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v, but regexp takes it", expression, err)
		}
		if what, _ := different(p, re, text); what != "" {
			t.Fatalf("%q on %q: %s", expression, text, what)
		}
	})
}
