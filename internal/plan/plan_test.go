package plan_test

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"testing"

	"tocsin.example/internal/plan"
)

// Each is found as Go's regexp finds it, and that is what is written here.
func TestFind(t *testing.T) {
	f := func(expression, text, want string) {
		t.Helper()
		p, err := plan.Compile(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			return
		}
		ends, outcome := p.Find(text, nil)
		got := outcome.String()
		if outcome == plan.Found {
			got = ints(ends)
		}
		if got != want {
			t.Errorf("%s on %q: got %s, want %s", expression, text, got, want)
		}
		if what, known := different(p, regexp.MustCompile(expression), text); what != "" || !known {
			t.Errorf("%s on %q: %s", expression, text, what)
		}
	}
	// what is preferred
	f(`a|ab`, "ab", "[0 1]")
	f(`(?:a|ab)(c|bcd)(d*)`, "abcd", "[0 4 1 4 4 4]")
	f(`a*?`, "aaa", "[0 0]")
	f(`(a+?)(a*)`, "aaa", "[0 3 0 1 1 3]")
	f(`(a{1,2})(a*)`, "aaaa", "[0 4 0 2 2 4]")
	f(`(a{1,2}?)(a{2})`, "aaaa", "[0 3 0 1 1 3]")
	f(`|a`, "a", "[0 0]")
	f(`(?:|a)b`, "ab", "[0 2]")
	f(`x*`, "aaa", "[0 0]")
	// groups: those that took no part, and in loops the last time
	f(`(a)|(b)`, "b", "[0 1 -1 -1 0 1]")
	f(`(?:(a)|(b))+`, "ab", "[0 2 0 1 1 2]")
	f(`(?:(a)|b)*c`, "abbc", "[0 4 0 1]")
	f(`(?:(\w+) )?(\w+):`, "one:", "[0 4 -1 -1 0 3]")
	f(`(?:(\w+) )?(\w+):`, "one two;three:", "[8 14 -1 -1 8 13]")
	f(`(?:(a)b|(a)c)d`, "acd", "[0 3 -1 -1 0 1]")
	f(`((a)b?){2}`, "aba", "[0 3 2 3 2 3]")
	// bytes as Go sees them
	f(`^.$`, "\xff", "[0 1]")
	f(`^..$`, "\xe6\x97", "[0 2]")
	f(`^.$`, "\xe6\x97\xa5", "[0 3]")
	f(`[^a]`, "\x80", "[0 1]")
	f(`\x{fffd}`, "a\xc3", "[1 2]")
	f(`[\x{fffd}]`, "\ufffd", "[0 3]")
	f(`[é-ï]`, "\xc3", "not found")
	f(`é`, "\xc3\xa9", "[0 2]")
	f(`.*b`, "\xff\x80b", "[0 3]")
	f(`(.*)(.)`, "a\x80\x80", "[0 3 0 2 2 3]")
	f(`(.{2})(.*?)$`, "\xe6\x97\xa5\x80é", "[0 6 0 4 4 6]")
	// case
	f(`(?i)k`, "\u212a", "[0 3]")
	f(`(?i)sky`, "ſKY", "[0 4]")
	f(`(?i)[a-s]`, "ſ", "[0 2]")
	f(`(?i)é`, "É", "[0 2]")
	// lines and words
	f(`a.b`, "a\nb", "not found")
	f(`a.b`, "a\rb", "[0 3]")
	f(`(?s)a.b`, "a\nb", "[0 3]")
	f(`a$`, "a\n", "not found")
	f(`(?m)a$`, "a\nb", "[0 1]")
	f(`(?m)^b`, "a\nb", "[2 3]")
	f(`^b`, "a\nb", "not found")
	f(`\bé`, "aé", "[1 3]")
	f(`é\b`, "é", "not found")
	f(`\Ba`, "ba a", "[1 2]")
	f(`\b$`, "a", "[1 1]")
	f(`\w+\b.`, "ab-", "[0 3]")
	f(`(.*) (.*)`, "a b c", "[0 5 0 3 4 5]")
	f(`(.*?) (.*?)$`, "a b c", "[0 5 0 1 2 5]")
	f(`.*foo`, "\nxfoo", "[1 5]")
	f(`\S+@`, "aaa bb@", "[4 7]")
	f(`[a\x00]+`, "\x00a", "[0 2]")
	f(`a{0}b`, "ab", "[1 2]")
	f(`[^\x00-\x{10FFFF}]`, "a", "not found")
}

// The closed list of constructs: what is not on it is refused with a reason.
func TestUnsupported(t *testing.T) {
	f := func(expression, want string) {
		t.Helper()
		_, err := plan.Compile(expression)
		u, ok := errors.AsType[*plan.Unsupported](err)
		if !ok {
			t.Errorf("%.60s: error %v, want an Unsupported", expression, err)
			return
		}
		if got := u.Error(); got != want {
			t.Errorf("%.60s: %q, want %q", expression, got, want)
		}
	}
	f(`x(?:(a)|b?)*y`, "`(?:(a)|b?)*`: a loop over what may be empty")
	f(`(?:^|(a*))+y`, "`(?:\\A|(a*))+`: a loop over what may be empty")
	f(strings.Repeat(`(?:(a)[bc]d|e){500}`, 50), "`(a)`: the expression is too large")

	_, err := plan.Compile(`a(`)
	if _, ok := errors.AsType[*syntax.Error](err); !ok {
		t.Errorf("a(: error %v, want a *syntax.Error", err)
	}
}

// Whatever the text does, the work is linear: a plan gives up.
func TestExceeded(t *testing.T) {
	f := func(expression, text string) {
		t.Helper()
		p, err := plan.Compile(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			return
		}
		ends, outcome := p.Find(text, make([]int, 0, 8))
		if outcome != plan.Exceeded || len(ends) != 0 {
			t.Errorf("%s on %d bytes: %v %v, want exceeded", expression, len(text), outcome, ends)
		}
	}
	f(`(?:(?P<a>x+)y?)+[zZ]`, strings.Repeat("x", 1000))
	f(`(.*?)a(.*?)a(.*?)a(.*?)a(.*?)[bB]`, strings.Repeat("a", 1000))
	f(`(.*)a(.*)a(.*)a(.*)a(.*)[bB]`, strings.Repeat("a", 1000))
	f(`(?:x|[^a]{1,20})*?c([xy]+)[zZ]`, strings.Repeat("xc", 1000)+strings.Repeat("x", 20_000)+"q")
	f(`(?:(.*)x(.*)x(.*)x(.*)wz)?`, "xxxwz"+strings.Repeat("x", 300)) // it must not take the second best
	f(`(?:(?P<a>a)|b)*[cd]`, strings.Repeat("ab", 1_000_000))         // by depth, long before the stack is full
}

// An alternation may have more alternatives than a table of bytes decides between.
func TestManyAlternatives(t *testing.T) {
	var parts []string
	for i := range 700 {
		parts = append(parts, fmt.Sprintf("(%c[x-z]?%d)", 'a'+i%20, i))
	}
	expression := "(?:" + strings.Join(parts, "|") + ");"
	p, err := plan.Compile(expression)
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(expression)
	for i := 0; i < 700; i += 37 { // regexp needs milliseconds
		text := fmt.Sprintf("%cy%d;", 'a'+i%20, i)
		if what, known := different(p, re, text); what != "" || !known || !re.MatchString(text) {
			t.Errorf("%q: %s", text, what)
		}
	}
}

// Searches share nothing.
func TestConcurrent(t *testing.T) {
	p, err := plan.Compile(`(?:(?P<a>\w+) )?(?P<b>\d+)(?:-(?P<c>\d+))*;`)
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(`(?:(?P<a>\w+) )?(?P<b>\d+)(?:-(?P<c>\d+))*;`)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for n := range 500 {
				text := strings.Repeat("x", i) + " " + strings.Repeat("1-", n%7) + "2;"
				if what, _ := different(p, re, text); what != "" {
					t.Errorf("%q: %s", text, what)
				}
			}
		})
	}
	wait.Wait()
}

// The result is the caller's slice when that has room, and nothing else is allocated.
func TestFindAllocates(t *testing.T) {
	f := func(expression, text string, want plan.Outcome) {
		t.Helper()
		p, err := plan.Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		ends := make([]int, 0, 16)
		if n := testing.AllocsPerRun(200, func() {
			var outcome plan.Outcome
			if ends, outcome = p.Find(text, ends); outcome != want {
				t.Errorf("%s: %v", expression, outcome)
			}
		}); n >= 1 {
			t.Errorf("%s on %q: %v allocations a search", expression, text, n)
		}
	}
	f(`(?P<a>\w+)=(?P<b>"[^"]*"|\S+)(?: (?:(?P<c>x)|y)+)?$`, `key="value" xyx`, plan.Found)
	f(`(?P<a>\w+)=(?P<b>"[^"]*"|\S+)$`, `key=value other`, plan.NotFound)
	f(`(?P<a>é+|\pL+?)(?P<b>.*) (?P<c>\S+)`, "日本語é \xff x", plan.Found)
	f(`(?:(?P<a>x+)y?)+z`, strings.Repeat("xy", 20)+"z", plan.Found)
	f(`(?:(?P<a>x+)y?)+z`, strings.Repeat("x", 100), plan.NotFound)
	f(`(?:(?P<a>x+)y?)+[zZ]`, strings.Repeat("x", 100), plan.Exceeded)
}
