package automaton_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tocsin.example/internal/automaton"
)

// sameLiterals wants both forms of an automaton to find what strings.Contains finds.
func sameLiterals(t testing.TB, forms []*automaton.Literals, list []string, text string) (hits int) {
	t.Helper()
	var want []int
	for i, s := range list {
		if strings.Contains(text, s) {
			want = append(want, i)
		}
	}
	for form, l := range forms {
		var got []int
		l.Each(text, func(i int) { got = append(got, i) })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("form %d of %q in %q: Each finds %v, want %v", form, list, text, got, want)
		}
		if l.Any(text) != (len(want) > 0) {
			t.Errorf("form %d of %q in %q: Any is %v", form, list, text, len(want) == 0)
		}
	}
	return len(want)
}

func forms(list []string) []*automaton.Literals {
	return []*automaton.Literals{automaton.NewLiterals(list), automaton.Sparse(list)}
}

func TestLiterals(t *testing.T) {
	f := func(text string, list ...string) {
		t.Helper()
		sameLiterals(t, forms(list), list, text)
	}
	f("")
	f("a")
	f("", "")
	f("a", "")
	f("", "a")
	f("ushers", "he", "she", "his", "hers")
	f("ushers", "he", "she", "his", "hers", "", "s", "sh")
	f("aaaa", "a", "aa", "aaa", "aaaa", "aaaaa", "aa", "aa")
	f("abcabd", "abcabe", "cab", "bd")
	f("\x00\xff\xfe", "\xff", "\x00\xff", "\xfe\xfe")
	f("no", "yes", "not", "on")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	f(string(all), string(all[:128]), string(all[100:]), "\x00\x02", string(all))
}

func TestLiteralsCorpus(t *testing.T) {
	lines, list := corpusLines(t), corpusLiterals(t)
	both := forms(list)
	hits := 0
	for _, line := range lines {
		hits += sameLiterals(t, both, list, line)
	}
	if hits < 300 {
		t.Errorf("only %d hits: the test shows little", hits)
	}
	t.Logf("%d literals, %d lines, %d hits; %d and %d bytes", len(list), len(lines), hits, both[0].Bytes(), both[1].Bytes())
}

func TestLiteralsRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	text := func(letters string, n int) string {
		b := make([]byte, rnd.IntN(n))
		for i := range b {
			b[i] = letters[rnd.IntN(len(letters))]
		}
		return string(b)
	}
	for range 3000 {
		letters := "abcdefg\xff\x00"[:2+rnd.IntN(8)]
		list := make([]string, rnd.IntN(20))
		for i := range list {
			list[i] = text(letters, 1+rnd.IntN(7))
		}
		both := forms(list)
		for range 5 {
			sameLiterals(t, both, list, text(letters+"z", 1+rnd.IntN(40)))
		}
	}
}

// TestLiteralsMany has more literals than a call remembers on its stack.
func TestLiteralsMany(t *testing.T) {
	var list []string
	for a := 'a'; a < 'a'+20; a++ {
		for b := 'a'; b < 'a'+20; b++ {
			for c := 'a'; c < 'a'+5; c++ {
				list = append(list, string([]rune{a, b, c}))
			}
		}
	}
	both := forms(list)
	for _, text := range []string{"abcabdabc", strings.Join(list, ""), "", "zzz", "abc"} {
		sameLiterals(t, both, list, text)
		sameLiterals(t, both, list, text) // what was seen in one call is forgotten in the next
	}
}

// TestLiteralsWork wants a text to take no more reports than there are literals, however often they occur.
func TestLiteralsWork(t *testing.T) {
	var list []string
	for n := range 100 {
		list = append(list, strings.Repeat("a", n+1), "a")
	}
	reports := 0
	automaton.NewLiterals(list).Each(strings.Repeat("a", 10000), func(int) { reports++ })
	if reports != len(list) {
		t.Errorf("%d reports for %d literals", reports, len(list))
	}
}

// TestLiteralsBytes wants memory to follow the length of the list once the table would be too large.
func TestLiteralsBytes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var list []string
	total := 0
	for range 20000 {
		b := make([]byte, 20)
		for i := range b {
			b[i] = byte(rnd.IntN(256))
		}
		list = append(list, string(b))
		total += len(b)
	}
	l := automaton.NewLiterals(list)
	if n := l.Bytes(); n > 30*total || n < total {
		t.Errorf("%d bytes for literals of %d", n, total)
	}
	sameLiterals(t, []*automaton.Literals{l}, list, "x"+list[7]+"y"+list[9][:10]+list[11])
}

func TestLiteralsAllocates(t *testing.T) {
	list := []string{"he", "she", "his", "hers"}
	for _, l := range forms(list) {
		sum := 0
		n := testing.AllocsPerRun(100, func() {
			l.Each("ushers are here", func(i int) { sum += i })
			l.Any("nothing in it")
		})
		if n != 0 {
			t.Errorf("%v allocations, want none", n)
		}
	}
}

func FuzzLiterals(f *testing.F) {
	f.Add("he,she,his,hers", "ushers")
	f.Add(",a,aa,a", "aaa")
	f.Add("\xff\x00,\x00", "\x00\xff\x00")
	f.Fuzz(func(t *testing.T, joined, text string) {
		if len(joined) > 1000 || len(text) > 1000 {
			return
		}
		list := strings.Split(joined, ",")
		sameLiterals(t, forms(list), list, text)
	})
}

// TestFolded holds that folded literals find what plain ones find when both sides are written small.
func TestFolded(t *testing.T) {
	small := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, s)
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	piece := func(n int) string {
		var b strings.Builder
		for range rnd.IntN(n) {
			b.WriteString([]string{"a", "A", "b", "B", "z", "Z", "@", "[", "`", "{", "é", "ſ"}[rnd.IntN(12)])
		}
		return b.String()
	}
	hits := 0
	for range 500 {
		var list, lowered []string
		for range rnd.IntN(12) {
			s := piece(4)
			list, lowered = append(list, s), append(lowered, small(s))
		}
		text := piece(40)
		var want []int
		for i, s := range lowered {
			if strings.Contains(small(text), s) {
				want = append(want, i)
			}
		}
		hits += len(want)
		for form, l := range []*automaton.Literals{automaton.NewFoldedLiterals(list), automaton.SparseFolded(list)} {
			var got []int
			l.Each(text, func(i int) { got = append(got, i) })
			slices.Sort(got)
			if !slices.Equal(got, want) || l.Any(text) != (len(want) > 0) {
				t.Errorf("form %d of %q in %q: got %v, want %v", form, list, text, got, want)
			}
		}
	}
	if hits == 0 {
		t.Error("nothing was ever found")
	}
}
