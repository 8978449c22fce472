package ambiguity

import (
	"regexp"
	"testing"
)

// FuzzJudge holds that any expression is judged within the limits, and that every proof is one.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{
		`^user .* from (?P<ip>\d+) port`, `(?P<ip>a|b)*`, `(?i)(?P<ip>k+)\b.*$`, `(?m)^(?P<ip>)$`, `(?:(?:a?){9}){9}(?P<ip>a)`,
		`(?P<ip>\pL+) [^\pL]*(?s:.)\x{10FFFF}`, `(?:(?P<ip>x),?)+$`, `(?P<ip>\x{D800}?)z`,
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, expression string, shifted bool) {
		if len(expression) > 200 {
			return
		}
		r, err := Judge(expression, "ip", shifted, "x", "yy")
		if err != nil || r.Verdict != Movable {
			return
		}
		m, err := compile(expression, "ip")
		if err != nil || m == nil {
			t.Fatal(m, err)
		}
		if r.First.From >= r.Second.From || !m.reads(r.Text, r.First) || !m.reads(r.Text, r.Second) {
			t.Errorf("%s: %q is no proof for %v and %v", expression, r.Text, r.First, r.Second)
		}
		if !regexp.MustCompile(expression).MatchString(r.Text) {
			t.Errorf("%s does not match %q", expression, r.Text)
		}
	})
}
