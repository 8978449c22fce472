package plan_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tocsin.example/internal/plan"
	"tocsin.example/internal/testx"
)

// different says how plan and Go's regexp differ on text, "" for not at all. It reports whether the plan knew the answer.
func different(p *plan.Plan, re *regexp.Regexp, text string) (difference string, known bool) {
	got, outcome := p.Find(text, nil)
	if outcome == plan.Exceeded {
		return "", false
	}
	want := re.FindStringSubmatchIndex(text)
	if (outcome == plan.Found) != (want != nil) || !slices.Equal(got, want) {
		return "plan " + outcome.String() + " " + ints(got) + ", regexp " + ints(want), true
	}
	return "", true
}

func ints(list []int) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, strconv.Itoa(n))
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// A maker makes random expressions and texts of the same characters.
type maker struct {
	*rand.Rand
	groups int
}

func (r *maker) of(list ...string) string { return list[r.IntN(len(list))] }

var (
	atoms = []string{
		"a", "b", "c", "A", "k", "s", "S", "K", "1", "2", "_", "-", " ", `\.`, ":", "\n", "é", "ſ", "\u212a", "\ufffd", "日",
		`\w`, `\W`, `\d`, `\D`, `\s`, `\S`, ".", "(?s:.)", "[ab]", "[^a]", "[^a\n]", "[a-c1]", "[k-s]", "[^:]", "[é-日]", "[aé]", `[^\x00-\x7f]`,
		`[\x{fffd}]`, `[^\x{fffd}]`, `\pL`, "[[:alnum:]]", "ab", "abc", "a1", ": ", "kiss", "é日", "(?i:k)", "(?i:s)", "(?i:ask)", "(?i:[k])", "(?i:é)",
		`\x00`, "[^ -~]", "(?i:[^s])",
	}
	zeros   = []string{"^", "$", `\b`, `\B`, `\A`, `\z`, "(?m:^)", "(?m:$)", ""}
	repeats = []string{"?", "*", "+", "??", "*?", "+?", "{2}", "{0,2}", "{1,3}", "{2,}", "{1,2}?", "{0,3}?", "{3,}?", "{0}", "{0,1}"}
	letters = []string{
		"a", "b", "c", "A", "k", "s", "S", "K", "1", "2", "_", "-", " ", ".", ":", "\n", "é", "ſ", "\u212a", "\ufffd", "日", "ab", "abc", "a1", ": ",
		"kiss", "ask", "\x00", "\xff", "\x80", "\xc3", "\xe6\x97", "\xf0\x9f\x98\x80", "É", "\r",
	}
)

func (r *maker) expression(depth int) string {
	switch n := r.IntN(20); {
	case depth == 0 || n < 5:
		if r.IntN(8) == 0 {
			return r.of(zeros...)
		}
		return r.of(atoms...)
	case n < 11:
		var b strings.Builder
		for range 1 + r.IntN(4) {
			b.WriteString(r.expression(depth - 1))
		}
		return b.String()
	case n < 14:
		var parts []string
		for range 2 + r.IntN(3) {
			parts = append(parts, r.expression(depth-1))
		}
		return "(?:" + strings.Join(parts, "|") + ")"
	case n < 17:
		return "(?:" + r.expression(depth-1) + ")" + r.of(repeats...)
	case n < 18:
		return r.of(atoms...) + r.of(repeats...)
	case n < 19:
		return "(?" + r.of("i", "s", "m", "U") + ":" + r.expression(depth-1) + ")"
	default:
		r.groups++
		return "(?P<g" + strconv.Itoa(r.groups) + ">" + r.expression(depth-1) + ")"
	}
}

func (r *maker) text() string {
	var b strings.Builder
	few := letters
	if r.IntN(2) == 0 { // of few different ones, so that something matches
		few = []string{r.of(letters...), r.of(letters...), r.of(letters...)}
	}
	for range r.IntN(14) {
		b.WriteString(r.of(few...))
	}
	return b.String()
}

// Random expressions find in random texts what Go's regexp finds.
func TestRandomPatterns(t *testing.T) {
	testx.Whole(t)
	n := 20_000
	if testx.Soak() {
		n = 200_000
	}
	seed := uint64(1)
	if s, err := strconv.ParseUint(os.Getenv("TOCSIN_SEED"), 10, 64); err == nil {
		seed = s
	}
	r := &maker{Rand: rand.New(rand.NewPCG(seed, 7))}
	supported, pairs, exceeded, found := 0, 0, 0, 0
	for done := 0; done < n; {
		r.groups = 0
		expression := r.expression(4)
		re, err := regexp.Compile(expression)
		if err != nil {
			continue // `a**`, or a repeat that is too large
		}
		done++
		p, err := plan.Compile(expression)
		if err != nil {
			if _, ok := errors.AsType[*plan.Unsupported](err); !ok {
				t.Fatalf("%q: %v, but Go's regexp takes it", expression, err)
			}
			continue
		}
		supported++
		for range 10 {
			text := r.text()
			what, known := different(p, re, text)
			if what != "" {
				t.Fatalf("pattern %d: %q on %q: %s", done, expression, text, what)
			}
			pairs++
			if !known {
				exceeded++
			} else if re.MatchString(text) {
				found++
			}
		}
	}
	t.Logf("%d of %d expressions have a plan; %d pairs, %d matches, %d exceeded", supported, n, pairs, found, exceeded)
	if supported < n*85/100 || found < pairs/4 || exceeded > pairs/1000 {
		t.Errorf("too little is compared: %d of %d expressions, %d of %d pairs match, %d exceeded", supported, n, found, pairs, exceeded)
	}
}
