package grok

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/plan"
)

// regexpJudge is a judge that gives up on texts with a question mark.
type regexpJudge struct{ re *regexp.Regexp }

func (j regexpJudge) Match(text string) (found, ok bool) {
	return j.re.MatchString(text), !strings.Contains(text, "?")
}

// What a plan gives up on is rejected by the judge, or else answered by Go's regexp, and both are counted.
func TestFastExceeded(t *testing.T) {
	const hard = `(?:(?P<a>x+)y?)+(?P<b>[zZ])`
	long := strings.Repeat("x", 500)
	f := func(engine fastEngine, text string, wantFound bool, exceeded, rejected, fallback uint64) {
		t.Helper()
		m, err := engine.Compile(hard)
		if err != nil {
			t.Fatal(err)
		}
		ends, found := m.FindSubmatch(text, nil)
		want, _ := Reference().Compile(hard)
		ref, ok := want.FindSubmatch(text, nil)
		if found != wantFound || found != ok || !slices.Equal(ends, ref) {
			t.Errorf("%.20s: found %v %v, reference %v %v", text, found, ends, ok, ref)
		}
		e, r, b := m.(*fastMatcher).Stats()
		if e != exceeded || r != rejected || b != fallback {
			t.Errorf("%.20s: %d exceeded, %d rejected, %d fell back; want %d, %d, %d", text, e, r, b, exceeded, rejected, fallback)
		}
	}
	judged := fastEngine{plans: plan.NewCompiler(), judge: func(expression string) (judge, error) {
		return regexpJudge{regexp.MustCompile(expression)}, nil
	}}
	broken := fastEngine{plans: plan.NewCompiler(), judge: func(string) (judge, error) { return nil, errors.New("too large") }}
	f(judged, "xxz", true, 0, 0, 0)
	f(judged, "xx", false, 0, 0, 0)
	f(judged, long, false, 1, 1, 0)
	f(judged, long+"?"+long, false, 1, 0, 1)
	f(judged, long+" xz", true, 1, 0, 1)
	f(broken, long, false, 1, 0, 1)
	f(Fast().(fastEngine), long+" xz", true, 1, 0, 1)
}

// EngineName says what a pattern runs on, and why it is not a plan.
func TestEngineName(t *testing.T) {
	f := func(engine Engine, pattern, want string) {
		t.Helper()
		lib := NewLibrary()
		lib.SetEngine(engine)
		lib.Define("WORD", `\w+`, diag.Place{})
		p, err := lib.Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		name, why := p.EngineName()
		if got := strings.TrimSpace(name + " " + why); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
		if values, ok := p.Match("a=b", nil); !ok || values[0] != "a" {
			t.Errorf("%s: found %v %q", pattern, ok, values)
		}
		if e, r, b := p.Stats(); e != 0 || r != 0 || b != 0 {
			t.Errorf("%s: counts of what did not happen: %d %d %d", pattern, e, r, b)
		}
	}
	f(Fast(), `%{WORD:key}=`, "plan")
	f(Fast(), `%{WORD:key}=(?:-?%{WORD:more}|x?)*`, "regexp `(?:-?(?P<more>[0-9A-Z_a-z]+)|x?)*`: a loop over what may be empty")
	f(Reference(), `%{WORD:key}=`, "regexp the reference engine was chosen")

	if _, err := Fast().Compile(`a(`); err == nil {
		t.Error("a(: no error")
	}
}

// A pattern on a plan allocates nothing, whether it is found or not.
func TestFastAllocates(t *testing.T) {
	lib := NewLibrary()
	lib.SetEngine(Fast())
	lib.Define("WORD", `\w+`, diag.Place{})
	p, err := lib.Compile(`^%{WORD:a} (?:%{WORD:b}|-) "%{WORD:c}"`)
	if err != nil {
		t.Fatal(err)
	}
	var room Room
	dst := make([]string, 0, 3)
	f := func(text string, want bool) {
		t.Helper()
		if n := testing.AllocsPerRun(200, func() {
			var ok bool
			if dst, ok = p.MatchIn(&room, text, dst); ok != want {
				t.Errorf("%q: found %v", text, ok)
			}
		}); n >= 1 {
			t.Errorf("%q: %v allocations a match", text, n)
		}
	}
	f(`one - "three"`, true)
	f(`one two three`, false)
}
