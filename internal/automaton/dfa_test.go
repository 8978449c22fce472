package automaton_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"testing"

	"tocsin.example/internal/automaton"
	"tocsin.example/internal/testx"
)

// compile is Compile of expressions that must be right.
func compile(t testing.TB, expressions ...string) *automaton.DFA {
	t.Helper()
	d, err := automaton.Compile(expressions...)
	if err != nil {
		t.Fatalf("compile %q: %v", expressions, err)
	}
	return d
}

func TestMatch(t *testing.T) {
	f := func(expression, text string, want bool) {
		t.Helper()
		if re := regexp.MustCompile(expression).MatchString(text); re != want {
			t.Fatalf("regexp says %v for %q in %q: the test is wrong", re, expression, text)
		}
		if found, ok := compile(t, expression).Match(text); !ok || found != want {
			t.Errorf("%q in %q: %v, %v, want %v", expression, text, found, ok, want)
		}
	}
	f(``, "", true)
	f(``, "a", true)
	f(`a`, "", false)
	f(`ab+c`, "xxabbbcxx", true)
	f(`ab+c`, "xxabbbxx", false)
	// Anchors.
	f(`^a`, "ba", false)
	f(`^a`, "b\na", false)
	f(`(?m)^a`, "b\na", true)
	f(`(?m)^$`, "a\n", true)
	f(`^$`, "", true)
	f(`^$`, "\n", false)
	f(`a$`, "a\n", false)
	f(`(?m)a$`, "a\nb", true)
	f(`\Aa\z`, "a", true)
	f(`(?m)\Aa`, "b\na", false)
	f(`a\z.`, "ab", false)
	// Boundaries of words are those of ASCII.
	f(`\bfoo\b`, "a foo.", true)
	f(`\bfoo\b`, "afoo.", false)
	f(`\bfoo\b`, "éfooé", true)
	f(`\b`, "é", false)
	f(`\B`, "", true)
	f(`\B`, "a", false)
	f(`x\B`, "x", false)
	f(`(?m)\b$`, "a\n", true)
	// Runes.
	f(`^.$`, "é", true)
	f(`^.$`, "\xff", true)
	f(`^..$`, "\xe2\x82", true) // a cut rune is as many runes as bytes
	f(`^\x{FFFD}$`, "\xff", true)
	f(`[^a]`, "\n", true)
	f(`.`, "\n", false)
	f(`(?s).`, "\n", true)
	f(`^[а-я]+$`, "привет", true)
	f(`^[^а-я]+$`, "привет", false)
	f(`\p{Greek}`, "abγ", true)
	f(`\x{10FFFF}`, "\U0010FFFF", true)
	f(`\x00`, "\x00", true)
	// Folding.
	f(`(?i)k`, "\u212a", true)
	f(`(?i)s`, "ſ", true)
	f(`(?i)ſ`, "S", true)
	f(`k`, "\u212a", false)
	f(`(?i)[k-s]`, "ſ", true)
	f(`(?i)straSSe`, "ſtraſSE", true)
	f(`(?i)σ`, "ς", true)
	// Empty alternatives and repetitions.
	f(`(?:|a)b`, "b", true)
	f(`(?:a*)*b`, "aab", true)
	f(`[^\x00-\x{10FFFF}]`, "a", false)
	f(`^(?:a{3,5}){2}$`, "aaaaaaa", true)
	f(`^(?:a{3,5}){2}$`, "aaaaa", false)
}

func TestSet(t *testing.T) {
	f := func(want bool, text string, expressions ...string) {
		t.Helper()
		if found, ok := compile(t, expressions...).Match(text); !ok || found != want {
			t.Errorf("%q in %q: %v, %v, want %v", expressions, text, found, ok, want)
		}
	}
	f(false, "a")
	f(false, "")
	f(true, "", "a", "")
	f(true, "xb", "^a", "b$")
	f(false, "ax", "^b", "a$")
	// Flags and open groups of one are none of the others'.
	f(false, "B", "(?i)a", "b")
	f(true, "A", "(?i)a", "b")
	f(false, "x\nb", "(?m)^a", "^b")
	f(true, "x|y", `x\|y`, "z")
}

func TestCompileErrors(t *testing.T) {
	var bad *syntax.Error
	if _, err := automaton.Compile("a", "(b"); !errors.As(err, &bad) || !strings.Contains(err.Error(), "(b") {
		t.Errorf("Compile of a wrong expression: %v", err)
	}
	var large []string
	for i := range 300 {
		large = append(large, fmt.Sprintf("%d(?:a{1,500}b)", i))
	}
	if _, err := automaton.Compile(large...); !errors.Is(err, automaton.ErrTooLarge) {
		t.Errorf("Compile of %d large expressions: %v, want ErrTooLarge", len(large), err)
	}
	var wide []string // each of a rune of its own
	for r := rune(0x4e00); r < 0x4e00+5000; r++ {
		wide = append(wide, string(r))
	}
	if _, err := automaton.Compile(wide...); !errors.Is(err, automaton.ErrTooLarge) {
		t.Errorf("Compile of %d runes: %v, want ErrTooLarge", len(wide), err)
	}
}

// agree wants a DFA to say what Go's regexp says, or to give up.
func agree(t testing.TB, d *automaton.DFA, text string, expressions []*regexp.Regexp) (ok bool) {
	t.Helper()
	found, ok := d.Match(text)
	if !ok {
		return false
	}
	want := false
	for _, re := range expressions {
		want = want || re.MatchString(text)
	}
	if found != want {
		t.Errorf("%q in %q: %v, but regexp says %v", expressions, text, found, want)
	}
	return true
}

// TestCorpus runs each expression of the hub, with and without regard to case, over some lines, and all as one set over
// others.
func TestCorpus(t *testing.T) {
	lines, sources := corpusLines(t), corpusExpressions(t)
	step := 100
	if testing.Short() {
		step = 400
	}
	literally := strings.NewReplacer(`\b`, "", `(?i)`, "", `\`, "")
	var set []*regexp.Regexp
	hits := 0
	for n, x := range sources {
		set = append(set, regexp.MustCompile(x))
		for _, x := range []string{x, "(?i)" + x} {
			re := []*regexp.Regexp{regexp.MustCompile(x)}
			d := compile(t, x)
			own := literally.Replace(x) // many find themselves but for their operators
			texts := []string{own, strings.ToUpper(own), lines[n] + strings.ToLower(own) + lines[n]}
			for i := n % step; i < len(lines); i += step {
				texts = append(texts, lines[i])
			}
			for _, text := range texts {
				if !agree(t, d, text, re) {
					t.Errorf("%q gives up on %q", x, text)
				}
				if found, _ := d.Match(text); found {
					hits++
				}
			}
		}
	}
	d := compile(t, sources...)
	for i := 0; i < len(lines); i += 30 {
		if !agree(t, d, lines[i], set) {
			t.Errorf("the set gives up on %q", lines[i])
		}
		if found, _ := d.Match(lines[i]); found {
			hits++
		}
	}
	if hits < 1000 {
		t.Errorf("only %d hits: the test shows little", hits)
	}
	t.Logf("%d expressions, %d lines, %d hits; the set takes %d bytes", len(sources), len(lines), hits, d.Bytes())
}

// TestRandom invents expressions and texts of the same few runes.
func TestRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 6000
	if testx.Soak() {
		n = 200_000
	}
	if testing.Short() {
		n = 1000
	}
	hits, texts, gaveUp := 0, 0, 0
	for range n {
		sources := make([]string, 1+rnd.IntN(3)/2)
		var set []*regexp.Regexp
		for i := range sources {
			sources[i] = invent(rnd, 4)
			set = append(set, regexp.MustCompile(sources[i]))
		}
		limits := []int{0, 2000, automaton.DefaultLimit}
		d, err := automaton.CompileLimit(limits[rnd.IntN(len(limits))], sources...)
		if err != nil {
			t.Fatalf("compile %q: %v", sources, err)
		}
		for range 10 {
			text := inventText(rnd)
			texts++
			if !agree(t, d, text, set) {
				gaveUp++
			}
			if found, ok := d.Match(text); ok && found {
				hits++
			}
		}
	}
	if hits < texts/5 || hits > texts*4/5 || gaveUp > texts/20 {
		t.Errorf("%d hits and %d times given up in %d texts: the test shows little", hits, gaveUp, texts)
	}
	t.Logf("%d texts, %d hits, %d times given up", texts, hits, gaveUp)
}

// pieces are what invented expressions consist of, and in part what they are looked for in.
func pieces() []string {
	return []string{
		"a", "b", "k", "s", "K", "S", "_", "-", " ", "é", "ſ", "\u212a", "σ", `\n`, `\x{FFFD}`, `\x00`, ".", `\w`, `\W`, `\s`, `\d`, `\D`,
		"[ab]", "[^a]", "[^a-z]", "[k-s]", `[^\n]`, "[é-ſ]", "[^é]", `\pL`, `\PL`, "[[:^alpha:]]", "ab", "ks", "(?s:.)", "(?i:k)", "(?i:[a-s])", "(?i:sS)",
		"^", "$", `\A`, `\z`, `\b`, `\B`, "(?m:^)", "(?m:$)", "(?m)", "(?i)", "(?s)", "(?U)", "", "(?:)", "5", "日",
	}
}

// invent makes a random expression that Go's regexp takes.
func invent(rnd *rand.Rand, depth int) string {
	list := pieces()
	for {
		var x func(depth int) string
		x = func(depth int) string {
			if depth == 0 || rnd.IntN(4) == 0 {
				return list[rnd.IntN(len(list))]
			}
			switch rnd.IntN(8) {
			case 0:
				return "(?:" + x(depth-1) + "|" + x(depth-1) + ")"
			case 1:
				return "(?:" + x(depth-1) + ")" + []string{"*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{0,2}?"}[rnd.IntN(8)]
			case 2:
				return "(" + x(depth-1) + ")"
			default:
				return x(depth-1) + x(depth-1)
			}
		}
		if s := x(depth); len(s) < 200 {
			if _, err := regexp.Compile(s); err == nil {
				return s
			}
		}
	}
}

func inventText(rnd *rand.Rand) string {
	parts := []string{"a", "b", "k", "s", "K", "S", "_", "-", " ", "é", "ſ", "\u212a", "ς", "\n", "\xff", "\xe2\x82", "\x00", "5", "ab", "日", "\ufffd"}
	var b strings.Builder
	for range rnd.IntN(9) {
		b.WriteString(parts[rnd.IntN(len(parts))])
	}
	return b.String()
}

// TestGiveUp wants an expression with far too many states to cost little once the cache was full, and memory to stay
// within the limit.
func TestGiveUp(t *testing.T) {
	const limit = 64 << 10
	expression := `[ab]*a[ab]{14}c`
	d, err := automaton.CompileLimit(limit, expression)
	if err != nil {
		t.Fatal(err)
	}
	before := d.Bytes()
	rnd := rand.New(rand.NewPCG(3, 4))
	re := []*regexp.Regexp{regexp.MustCompile(expression)}
	gaveUp := 0
	for range 100 {
		text := make([]byte, 2000)
		for i := range text {
			text[i] = "ab"[rnd.IntN(2)]
		}
		emptied, states := d.States()
		if !agree(t, d, string(text), re) {
			gaveUp++
		}
		if n := d.Bytes(); n > before+limit {
			t.Fatalf("%d bytes, %d before the first text", n, before)
		}
		again, more := d.States()
		if most := 33 + len(text)/16; emptied > 0 && (again > emptied+1 || again == emptied && more-states > most) {
			t.Errorf("a text makes %d states and empties the cache %d times, want at most %d and one", more-states, again-emptied, most)
		}
	}
	if gaveUp < 90 {
		t.Errorf("gave up on %d of 100 texts that each need thousands of states", gaveUp)
	}
	if !agree(t, d, strings.Repeat("a", 20)+"c", re) {
		t.Error("gives up on an easy text afterwards")
	}
}

// TestSharedDFA lets goroutines make and throw away states together.
func TestSharedDFA(t *testing.T) {
	sources := []string{`(?i)[ab]*a[abs]{6}c`, `\b\w+k$`, `(?m)^b[^a]*s`}
	var set []*regexp.Regexp
	for _, x := range sources {
		set = append(set, regexp.MustCompile(x))
	}
	for _, limit := range []int{0, 8 << 10, automaton.DefaultLimit} {
		d, err := automaton.CompileLimit(limit, sources...)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(5, uint64(g)))
				for range 2000 {
					agree(t, d, inventText(rnd)+inventText(rnd)+inventText(rnd), set)
					if d.Bytes() <= 0 {
						t.Error("no bytes")
					}
				}
			})
		}
		wg.Wait()
	}
}

func TestMatchAllocates(t *testing.T) {
	d := compile(t, `(?i)\bfailed\b.*é`, `x[0-9]+$`)
	texts := []string{"Failed password für root, é", "nothing here x12", "nothing \xff at all", ""}
	for _, text := range texts {
		d.Match(text)
	}
	n := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			d.Match(text)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzDFA(f *testing.F) {
	f.Add(`(?i)k\b|^$`, `a+`, "\u212a a\n")
	f.Add(`(?m)^é.*[^\n]$`, ``, "é\xff\né")
	f.Add(`(?s)\Aa.{3}\z`, `\B\W`, "a\n\x00\xe2")
	f.Fuzz(func(t *testing.T, one, two, text string) {
		if len(one)+len(two) > 200 || len(text) > 1000 {
			return
		}
		set := make([]*regexp.Regexp, 2)
		for i, x := range []string{one, two} {
			re, err := regexp.Compile(x)
			if err != nil {
				return
			}
			set[i] = re
		}
		d, err := automaton.CompileLimit(4000, one, two)
		if errors.Is(err, automaton.ErrTooLarge) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		agree(t, d, text, set)
		agree(t, d, text, set)
	})
}
