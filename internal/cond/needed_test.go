package cond

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

// checkNeeded holds that a text in which an expression is found has one of the texts that the expression needs.
func checkNeeded(t *testing.T, source, text string) {
	t.Helper()
	re, err := regexp.Compile(source)
	if err != nil {
		return
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	needs := neededBy(tree, 0)
	for c := AsIs; c <= InLower; c++ {
		has := len(needs) == 0 || slices.ContainsFunc(needs, func(n needed) bool { return n.test(c).Holds(text) })
		if !has && re.MatchString(c.of(text)) {
			t.Errorf("%q is found in %q, case %d, without any of %v", source, text, c, needs)
		}
	}
}

// neededSeeds are expressions with texts in which they are found, or are not by little.
var neededSeeds = [][2]string{
	{`(?i)basket/items`, "x BAſKET/ITEMſ"},
	{`(?i)basket/items`, "x BasKet/items"},
	{`abc\x{fffd}defg`, "abc\xffdefg"},
	{`é+abcdé`, "ééabcdé"},
	{`(union|select)[^a-z]+(from|into){2,3}`, "select  frominto"},
	{`^(?:nmap|(?i:NIKTO))(?:x|)`, "niKto"},
	{`(abcd)*|x`, "x"},
	{`(abcd)?efg`, "efg"},
	{`[aA]bcd`, "Abcd"},
	{`a{0,2}bcde`, "bcde"},
	{`(?s)^.*action=.*$`, "a\naction=b"},
	{`\Qa.b.c\E`, "a.b.c"},
	{`(?-i:abc)(?i:def)`, "abcDEF"},
}

func TestNeeded(t *testing.T) {
	for _, s := range neededSeeds {
		for _, text := range []string{s[1], strings.ToUpper(s[1]), strings.ToLower(s[1])} {
			checkNeeded(t, s[0], text)
		}
	}
}

func FuzzNeeded(f *testing.F) {
	for _, s := range neededSeeds {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) < 200 && len(text) < 1000 {
			checkNeeded(t, source, text)
		}
	})
}
