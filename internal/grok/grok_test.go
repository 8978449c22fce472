package grok_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/grok"
	"tocsin.example/internal/testx"
)

// library is a library of `NAME pattern` lines.
func library(t testing.TB, lines ...string) *grok.Library {
	t.Helper()
	lib := grok.NewLibrary()
	var problems diag.List
	lib.AddFile("test", []byte(strings.Join(lines, "\n")), &problems)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return lib
}

// small has what the tests of the rules need.
func small(t testing.TB) *grok.Library {
	t.Helper()
	return library(
		t,
		`WORD \b\w+\b`,
		`INT [-+]?[0-9]+`,
		`DATA .*?`,
		`PAIR %{WORD:key}=%{INT:value}`,
		`OTHER %{INT:value}`,
		`NESTED <%{PAIR}>`,
		`BRANCHES a|b`,
		`QUOTED \Qa(`,
		`INSENSITIVE (?i)abc`,
		`LOOP %{LOOP2}`,
		`LOOP2 x%{LOOP}`,
		`BEHIND (?<!a)b`,
		`AROUND [%{BEHIND}`,
		`OUTER x %{BEHIND}`,
	)
}

// result writes what a pattern finds: `a=1 b=` in the order of the fields, or "no".
func result(t testing.TB, lib *grok.Library, pattern, text string) string {
	t.Helper()
	p, err := lib.Compile(pattern)
	if err != nil {
		return err.Error()
	}
	values, ok := p.Match(text, nil)
	if !ok {
		return "no"
	}
	var b strings.Builder
	for i, name := range p.Fields() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name + "=" + values[i])
	}
	return b.String()
}

func TestMatch(t *testing.T) {
	lib := small(t)
	f := func(pattern, text, want string) {
		t.Helper()
		if got := result(t, lib, pattern, text); got != want {
			t.Errorf("%s on %q: %s, want %s", pattern, text, got, want)
		}
	}
	// References, and what only looks like one.
	f(`%{WORD:w}`, "foo bar", "w=foo")
	f(`x%{INT:n}y`, "ax12y", "n=12")
	f(`%{WORD:9_}`, "foo", "9_=foo")
	f(`%{INT:n:int}`, "12", "no")
	f(`%{INT:n-1} %{WORD:w}`, "12 a", "no")
	f(`%{INT:n-1} %{WORD:w}`, "%{INT:n-1} a", "w=a")
	f(`\%{INT:n} %{WORD:w}`, "%{INT:n} a", "w=a")
	f(`\\%{INT:n}`, `\12`, "n=12")
	f(`[%{INT:n}]+ %{WORD:w}`, "NIT%{ a", "w=a")
	f(`\Q%{INT:n}\E %{WORD:w}`, "%{INT:n} a", "w=a")
	f(`100%% %{WORD:w}`, "100%% a", "w=a")
	// Groups of the user's are not fields and do not shift any.
	f(`(?:foo|items) %{WORD:w} %{WORD:z}`, "items a b", "w=a z=b")
	f(`(foo|items)s) %{WORD:w}`, "items", "`)` closes no group at 12 (write `\\)` for the character)")
	f(`(a(b)?s)-%{WORD:w} (i)(?i:M)%{INT:n}`, "abs-x im7", "w=x n=7")
	f(`[(]%{WORD:w}[)]s\)(%{INT:n})`, "(a)s)1", "w=a n=1")
	f(`[]()]%{WORD:w}`, "]a", "w=a")
	f(`[^](]%{WORD:w}`, ".a", "w=a")
	f(`[[:alpha:](]+ %{WORD:w}`, "a( b", "w=b")
	f(`[\](]+ %{WORD:w}`, "]( b", "w=b")
	f(`\Q(\E%{WORD:w}`, "(a", "w=a")
	f(`%{QUOTED} %{WORD:w}`, "a( b", "w=b")
	f(`(?P<w>x)(?P<w>y)(?<g>z) %{WORD:w}`, "xyz b", "w=b")
	f(`\x{28}\p{Greek}%{WORD:w}`, "(λa", "w=a")
	// Sub-patterns keep to themselves: alternatives, flags.
	f(`x%{BRANCHES}y %{WORD:w}`, "xby c", "w=c")
	f(`%{INSENSITIVE:i} abc %{INT:n}`, "ABC abc 1", "i=ABC n=1")
	f(`%{INSENSITIVE:i} abc %{INT:n}`, "ABC ABC 1", "no")
	f(`(?i)x%{BRANCHES:b}`, "XA", "b=A")
	f(`(?:%{INT:n},?)+`, "1,2,3", "n=3")
	// Which field wins.
	f(`%{PAIR:pair}`, "a=1", "pair=a=1 key=a value=1")
	f(`%{PAIR} %{INT:value}`, "a=1 2", "key=a value=2")
	f(`%{INT:value} %{PAIR}`, "2 a=1", "value=2 key=a")
	f(`%{INT:n} %{INT:n}`, "1 2", "n=2")
	f(`%{INT:n}(?: %{INT:n})?`, "1", "n=")
	f(`%{PAIR} %{OTHER}`, "a=1 2", "key=a value=2")
	f(`%{PAIR}(?: %{OTHER})?`, "a=1", "key=a value=")
	f(`%{OTHER} %{NESTED}`, "2 <a=1>", "value=1 key=a")
	f(`%{INT:n} %{WORD:w} %{INT:n}`, "1 a 2", "n=2 w=a")
	// Success needs a field; a field that took no part is empty.
	f(`foo`, "foo", "no")
	f(`%{WORD}`, "foo", "no")
	f(`(?P<x>foo)`, "foo", "no")
	f(`a(?:%{INT:n})?%{WORD:w}?`, "a", "n= w=")
	// RE2: leftmost-first, unanchored, `.` stops at a line break, case counts.
	f(`%{DATA:d}b`, "aabb", "d=aa")
	f(`(?:a|ab)%{DATA:d}$`, "xab", "d=b")
	f(`x(?P<n>.*)%{DATA:d}$`, "x\ny", "no")
	f(`A%{WORD:w}`, "ab", "no")
	f(`%{DATA:d}\z`, "a\xffb", "d=a\xffb")
}

func TestCompileErrors(t *testing.T) {
	lib := small(t)
	f := func(pattern, want string) {
		t.Helper()
		_, err := lib.Compile(pattern)
		if err == nil {
			t.Errorf("%s: compiled, want %s", pattern, want)
		} else if got := err.Error(); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
	f(`a %{NOPE}`, "there is no pattern named NOPE at 2 (define it in pattern_syntax or in a pattern file)")
	f(`a %{Word:w}`, "there is no pattern named Word at 2 (did you mean WORD?)")
	f(`a %{NESTE:w}`, "there is no pattern named NESTE at 2 (did you mean NESTED?)")
	f(`%{LOOP:l}`, "the pattern refers to itself at 1 in LOOP2 (test:11:1): LOOP -> LOOP2 -> LOOP (a pattern has to be made of others)")
	f(`ab(?=c)`, "look-ahead `(?=` at 2: RE2 syntax has none (match the text behind as well, outside of the named reference)")
	f(`ab(?!c)`, "negative look-ahead `(?!` at 2: RE2 syntax has none (name what may follow, such as `(?:[^0-9]|$)`, or use `\\b`)")
	f(`ab(?<=c)`, "look-behind `(?<=` at 2: RE2 syntax has none (match the text before as well and put only the rest in a named reference)")
	f(`é %{OUTER}`, "negative look-behind `(?<!` at 0 in BEHIND (test:12:1): RE2 syntax has none (name what may stand before, such as `(?:^|[^0-9])`, or use `\\b`)")
	f(`(?>a)`, "atomic group `(?>` at 0: RE2 syntax has none (write `(?:`: the matcher needs linear time anyway)")
	f(`(a)(?(1)b|c)`, "conditional `(?(` at 3: RE2 syntax has none (write the two cases as alternatives `(?:...|...)`)")
	f(`a(?#b)`, "comment `(?#` at 1: RE2 syntax has none (put comments on lines of their own that start with `#`)")
	f(`(?x) a`, "`(?x` at 0: RE2 syntax has no such group or flag (flags are i, m, s and U; `(?:...)` groups)")
	f(`(?P=x)`, "back-reference `(?P=` at 0: RE2 syntax has none (write out what may stand there)")
	f(`(a)\1`, "back-reference `\\1` at 3: RE2 syntax has none (write out what may stand there)")
	f(`(?<a>b)\k<a>`, "back-reference `\\k` at 7: RE2 syntax has none here (write out what may stand there)")
	f(`a*+`, "possessive quantifier at 2: RE2 syntax has none (leave the second `+` out: the matcher needs linear time anyway)")
	f(`a{2,3}+`, "possessive quantifier at 6: RE2 syntax has none (leave the second `+` out: the matcher needs linear time anyway)")
	f(`a+*`, "`*` follows another quantifier at 2 (put what is to be repeated in `(?:...)`)")
	f(`(|*)`, "`*` has nothing to repeat at 2 (write `\\*` for the character)")
	f(`a\Z`, "end before a last newline `\\Z` at 1: RE2 syntax has none here (write `\\n?$`)")
	f(`a\h`, "horizontal space or hexadecimal digit `\\h` at 1: RE2 syntax has none here (write `[ \\t]` or `[[:xdigit:]]`)")
	f(`[\h]`, "horizontal space or hexadecimal digit `\\h` at 1: RE2 syntax has none here (write `[ \\t]` or `[[:xdigit:]]`)")
	f(`a\`, "the backslash at the end escapes nothing at 1 (write `\\\\` for the character)")
	f(`a{1001}`, "the repeat `{1001}` is out of range at 1 (counts go up to 1000, the smaller first)")
	f(`a{3,2}`, "the repeat `{3,2}` is out of range at 1 (counts go up to 1000, the smaller first)")
	f(`(a(b)`, "the group opened with `(` is never closed at 0 (add `)`, or write `\\(` for the character)")
	f(`[a`, "the class opened with `[` is never closed at 0 (add `]`, or write `\\[` for the character)")
	f(`%{AROUND}`, "the class opened with `[` is never closed at 0 in AROUND (test:13:1) (add `]`, or write `\\[` for the character)")
	f(`a[z-a]`, "invalid character class range `z-a` at 2 (see https://github.com/google/re2/wiki/Syntax)")
	f(`(?:(?:a{1000}){50}){50}`, "invalid repeat count `{50}` at 14 (see https://github.com/google/re2/wiki/Syntax)")
	f(`(?:[ab]{1000}[bc]){51}`, "invalid repeat count `{51}` at 18 (see https://github.com/google/re2/wiki/Syntax)")
	f(strings.Repeat(`[ab]{1000}`, 51), "the expression is too large at 0 (repeat less: each `{n}` counts as n copies)")
	f(strings.Repeat("a", 65<<10), "the pattern has more than 65536 bytes at 0 (split it)")
	f(strings.Repeat("(x", 1001)+strings.Repeat(")+", 1001), "the expression is too large at 0 (repeat less: each `{n}` counts as n copies)")
}

// The offset of an error is in the outermost pattern, At in the one that holds the fault.
func TestErrorOffsets(t *testing.T) {
	_, err := small(t).Compile(`some %{OUTER:o}`)
	want := &grok.Error{
		Pattern: `some %{OUTER:o}`, Offset: 5, Name: "BEHIND", Place: diag.Place{File: "test", Line: 12, Col: 1}, At: 0,
		Reason: "negative look-behind `(?<!`: RE2 syntax has none", Hint: "name what may stand before, such as `(?:^|[^0-9])`, or use `\\b`",
	}
	if diff := cmp.Diff(want, err); diff != "" {
		t.Error(diff)
	}
	_, err = library(t, `BAD x[z-a]`, `GOOD y`, `MID %{GOOD} %{BAD}`).Compile(`%{GOOD} %{MID}`)
	want = &grok.Error{
		Pattern: `%{GOOD} %{MID}`, Offset: 8, Name: "BAD", Place: diag.Place{File: "test", Line: 1, Col: 1}, At: 2,
		Reason: "invalid character class range `z-a`", Hint: "see https://github.com/google/re2/wiki/Syntax",
	}
	if diff := cmp.Diff(want, err); diff != "" {
		t.Error(diff)
	}
}

// Nesting and size end before they cost anything.
func TestLimits(t *testing.T) {
	deep := func(n int) *grok.Library {
		lib := library(t, `P00 %{P01:f}`)
		for i := 1; i < n; i++ {
			lib.Define(name(i), "%{"+name(i+1)+"}", diag.Place{})
		}
		lib.Define(name(n), "x", diag.Place{})
		return lib
	}
	if _, err := deep(31).Compile(`%{P00}`); err != nil {
		t.Errorf("32 deep: %v", err)
	}
	if _, err := deep(32).Compile(`%{P00}`); err == nil || !strings.Contains(err.Error(), "nested more than 32 deep") {
		t.Errorf("33 deep: %v", err)
	}
	wide := grok.NewLibrary()
	wide.Define(name(0), "", diag.Place{})
	for i := 1; i < 31; i++ {
		wide.Define(name(i), strings.Repeat("%{"+name(i-1)+"}", 4), diag.Place{})
	}
	if _, err := wide.Compile(`%{P30}`); err == nil || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("4^30 references: %v", err)
	}
}

func name(i int) string { return fmt.Sprintf("P%02d", i) }

func TestDefine(t *testing.T) {
	lib := library(t, `A one`)
	if lib.Define("A", "two", diag.Place{}) {
		t.Error("the second definition of A was taken")
	}
	clone := lib.Clone()
	if !clone.Define("B", "%{A:a}", diag.Place{}) || !lib.Define("B", "%{A:other}", diag.Place{}) {
		t.Error("B was not taken")
	}
	if got, want := result(t, clone, "%{B}", "one"), "a=one"; got != want {
		t.Errorf("clone: %s, want %s", got, want)
	}
	if got, want := result(t, lib, "%{B}", "one"), "other=one"; got != want {
		t.Errorf("original: %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"A", "B"}, lib.Names()); diff != "" {
		t.Error(diff)
	}
	if p, ok := lib.Lookup("A"); p != "one" || !ok {
		t.Errorf("Lookup(A) = %q, %v", p, ok)
	}
	if _, ok := lib.Lookup("C"); ok {
		t.Error("Lookup(C) found something")
	}
}

func TestAddFile(t *testing.T) {
	lib := library(t, `A first`)
	var problems diag.List
	lib.AddFile("more", []byte("\ufeff# a comment\r\n\nB \t two words \r\nA second\nC\n- d\nB three\n#E x\nE-F x\nG x#y"), &problems)
	var got []string
	for _, p := range problems.Problems() {
		got = append(got, p.Error())
	}
	const hint = " (write `NAME regex`, where NAME is letters, digits and underscores; `#` starts a comment)"
	want := []string{
		"more:4:1: the pattern A is already defined at test:1:1 (rename or delete one of them)",
		"more:5:1: warning: not a definition; the line is ignored" + hint,
		"more:6:1: warning: not a definition; the line is ignored" + hint,
		"more:7:1: the pattern B is already defined at more:3:1 (rename or delete one of them)",
		"more:9:1: warning: not a definition; the line is ignored" + hint,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"A", "B", "G"}, lib.Names()); diff != "" {
		t.Error(diff)
	}
	if p, _ := lib.Lookup("B"); p != "two words " {
		t.Errorf("B is %q", p)
	}
}

func TestLint(t *testing.T) {
	lib := small(t)
	f := func(pattern string, want ...string) {
		t.Helper()
		var got []string
		for _, w := range lib.Lint(pattern) {
			got = append(got, fmt.Sprintf("%02d %s", w.Offset, w.What))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", pattern, diff)
		}
	}
	f(`%{PAIR} %{WORD:w}`)
	f(`%{WORD:w} %{INT:n:int}`, "10 `%{INT:n:int}`: it is not a reference and stays literal text")
	f(`%{WORD:[a][b]}%{WORD:w}`, "00 `%{WORD:[a][b]}`: it is not a reference and stays literal text")
	f(`[%{INT}]%{WORD:w}`, "01 `%{INT}`: inside of `[...]` it is a set of characters")
	f(`\%{INT}%{WORD:w}`, "00 `\\%{INT}`: behind a backslash it is literal text")
	f(`a\Qb%{INT}\E%{WORD:w}`, "04 `%{INT}`: between `\\Q` and `\\E` it is literal text")
	f(`%{INT:n} %{INT:n}`, "09 the field n is named before: the last one counts, even when it takes no part")
	f(`%{PAIR} %{INT:value}`, "00 the field value of PAIR is hidden by the one named in this pattern")
	f(`%{PAIR} %{OTHER}`, "08 the field value comes from PAIR and again from OTHER: the last one counts")
	f(`%{WORD}`, "00 the pattern has no field and therefore never succeeds")
	f(`%{NOPE}`)
}

// A pattern gives its parts, and reuses what it is given.
func TestPattern(t *testing.T) {
	p, err := small(t).Compile(`(?P<x>a) %{NESTED:n} %{INT:key}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Source(), `(?P<x>a) %{NESTED:n} %{INT:key}`; got != want {
		t.Errorf("Source() = %s, want %s", got, want)
	}
	const expanded = `(?:a) (?P<n><(?:(?:\b\w+\b)=(?P<value>[-+]?[0-9]+))>) (?P<key>[-+]?[0-9]+)`
	if got := p.Expanded(); got != expanded {
		t.Errorf("Expanded() = %s, want %s", got, expanded)
	}
	if diff := cmp.Diff([]string{"n", "key", "value"}, p.Fields()); diff != "" {
		t.Error(diff)
	}
	dst := make([]string, 1, 8)
	values, ok := p.Match("a <k=1> 2", dst)
	if !ok || &values[0] != &dst[0] {
		t.Error("the slice was not reused")
	}
	if diff := cmp.Diff([]string{"<k=1>", "2", "1"}, values); diff != "" {
		t.Error(diff)
	}
	if values, ok := p.Match("b", values); ok || len(values) != 0 {
		t.Errorf("no match gives %q, %v", values, ok)
	}
}

// recorder is an engine that notes what it is asked for.
type recorder struct {
	grok.Engine
	asked *[]string
}

func (r recorder) Compile(expression string) (grok.Matcher, error) {
	*r.asked = append(*r.asked, expression)
	return r.Engine.Compile(expression)
}

func TestSetEngine(t *testing.T) {
	var asked []string
	lib := small(t)
	lib.SetEngine(recorder{grok.Reference(), &asked})
	if got, want := result(t, lib.Clone(), `x%{INT:n}`, "x1"), "n=1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{`x(?P<n>[-+]?[0-9]+)`}, asked); diff != "" {
		t.Error(diff)
	}
}

// The fields are those that a plain regular expression gives for the expansion, and an expression without references
// means what it means to Go.
func FuzzCompile(f *testing.F) {
	for _, seed := range [][2]string{
		{`%{WORD:w} %{INT:n}`, "a 1"},
		{`(?:foo|items) %{WORD:w} %{WORD:z}`, "items a b"},
		{`[(]\(s)[^])]{2,3}?`, "(x))"},
		{`(?P<a>b)|(?i:c)(?-s)\Qd(`, "C"},
		{`%{NESTED}%{PAIR:x}?|%{OTHER}`, "<a=1>"},
		{`\x{41}\p{L}[[:alpha:]\]]\101{1}`, "AaA"},
		{`^*$+(?U)a*?{2}`, "aa"},
	} {
		f.Add(seed[0], seed[1])
	}
	lib := small(f)
	for _, s := range testx.NaughtyPatterns() {
		f.Add(s, "bbbbbbbbbbbbbbbbbbbb!")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		lib.Lint(pattern)
		p, err := lib.Compile(pattern)
		if !strings.Contains(pattern, "%{") {
			likeGo(t, pattern, text, p, err)
		}
		if err != nil {
			return
		}
		re := regexp.MustCompile(p.Expanded())
		if re.NumSubexp() != len(p.Fields()) {
			t.Fatalf("%q: %d groups for the fields %q", p.Expanded(), re.NumSubexp(), p.Fields())
		}
		found := re.FindStringSubmatch(text)
		values, ok := p.Match(text, nil)
		if ok != (found != nil && len(p.Fields()) > 0) {
			t.Fatalf("%q on %q: %v", p.Expanded(), text, ok)
		}
		for i, v := range values {
			if want := found[re.SubexpIndex(p.Fields()[i])]; v != want {
				t.Fatalf("%q on %q: %s is %q, want %q", p.Expanded(), text, p.Fields()[i], v, want)
			}
		}
	})
}

// likeGo checks a pattern without references against Go's regexp on the pattern as it was written.
func likeGo(t *testing.T, pattern, text string, p *grok.Pattern, err error) {
	t.Helper()
	re, goErr := regexp.Compile(pattern)
	switch {
	case err == nil && goErr != nil:
		// Names of groups are nothing to us, and groups without a name do not nest: Go counts them before they melt away.
		if text := goErr.Error(); !strings.Contains(text, "duplicate") && !strings.Contains(text, "nests too deeply") {
			t.Fatalf("%q compiles, but not with Go: %v", pattern, goErr)
		}
	case err != nil && goErr == nil:
		if !strings.Contains(err.Error(), "too large") {
			t.Fatalf("%q compiles with Go: %v", pattern, err)
		}
	case err == nil:
		if got, want := regexp.MustCompile(p.Expanded()).FindStringIndex(text), re.FindStringIndex(text); !slices.Equal(got, want) {
			t.Fatalf("%q on %q: %v, want %v", pattern, text, got, want)
		}
	}
}
