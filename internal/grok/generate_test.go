package grok_test

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode"

	"tocsin.example/internal/testx"
)

// generate appends a text that re matches, as a rule: it does not look at anchors.
func generate(b *strings.Builder, r *rand.Rand, re *syntax.Regexp) {
	low, high := 0, 0
	switch re.Op {
	case syntax.OpLiteral:
		for _, c := range re.Rune {
			if re.Flags&syntax.FoldCase != 0 {
				for range r.IntN(3) {
					c = unicode.SimpleFold(c)
				}
			}
			b.WriteRune(c)
		}
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			b.WriteRune(oneOf(r, re.Rune))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		letters := []rune("ab1 :-.,/\"[]=é\ufffd")
		b.WriteRune(letters[r.IntN(len(letters))])
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			generate(b, r, sub)
		}
	case syntax.OpAlternate:
		generate(b, r, re.Sub[r.IntN(len(re.Sub))])
	case syntax.OpQuest:
		high = 1
	case syntax.OpStar:
		high = 3
	case syntax.OpPlus:
		low, high = 1, 3
	case syntax.OpRepeat:
		low, high = re.Min, re.Max
		if high < 0 {
			high = low + 2
		}
	}
	for range low + r.IntN(high-low+1) {
		generate(b, r, re.Sub[0])
	}
}

// oneOf is a character of a class, preferably one that is ASCII, and often at the end of a range.
func oneOf(r *rand.Rand, ranges []rune) rune {
	for range 4 {
		i := 2 * r.IntN(len(ranges)/2)
		c := ranges[i]
		switch n := ranges[i+1] - c + 1; r.IntN(4) {
		case 0:
			c = ranges[i+1]
		case 1, 2:
			c += r.Int32N(n)
		}
		if ' ' <= c && c < unicode.MaxASCII {
			return c
		}
	}
	return ranges[0]
}

// On texts that are made from the pattern itself, so that each pattern is found, and on these damaged, the fast engine
// finds what Go's regexp finds.
func TestGenerated(t *testing.T) {
	testx.Whole(t)
	n := 12
	if testx.Soak() {
		n = 300
	}
	r := rand.New(rand.NewPCG(5, 6))
	all := twins(t)
	done, found, silent := 0, 0, 0
	for _, w := range all {
		re, err := syntax.Parse(w.expression, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		hits := 0
		for i := range n {
			var b strings.Builder
			generate(&b, r, re)
			text := b.String()
			if i%2 == 1 {
				text = mutate(r, text)
			}
			ok := w.hit(text)
			w.check(t, text, ok)
			done++
			if ok {
				hits++
			}
		}
		found += hits
		if hits == 0 {
			silent++
		}
	}
	t.Logf("%d texts, %d match; %d patterns of %d without a hit", done, found, silent, len(all))
	if found < done/2 || silent > len(all)/20 {
		t.Errorf("too little is found: %d of %d texts match, %d patterns of %d have no hit", found, done, silent, len(all))
	}
}
