package grok_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tocsin.example/internal/grok"
	"tocsin.example/internal/testx"
)

// A pair of engines for one pattern.
type twin struct {
	expression string
	matcher    grok.Matcher
	regexp     *regexp.Regexp
	ends       []int
}

// hit reports whether the fast matcher finds something.
func (w *twin) hit(text string) bool {
	ends, ok := w.matcher.FindSubmatch(text, w.ends)
	w.ends = ends
	return ok
}

// check compares the last hit with Go's regexp.
func (w *twin) check(t *testing.T, text string, ok bool) {
	t.Helper()
	want := w.regexp.FindStringSubmatchIndex(text)
	if ok != (want != nil) || !slices.Equal(w.ends, want) {
		t.Fatalf("%s\non %q:\nfast %v %v\nregexp %v", w.expression, text, ok, w.ends, want)
	}
}

// twins are the patterns of the hub and the names of the shipped library, each alone, as a whole line, and as a field
// that something follows.
func twins(t testing.TB) []*twin {
	t.Helper()
	lib, engine := shipped(t), grok.Fast()
	seen := map[string]bool{}
	var all []*twin
	add := func(_ string, lib *grok.Library, pattern string) {
		p, err := lib.Compile(pattern)
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		if seen[p.Expanded()] {
			return
		}
		seen[p.Expanded()] = true
		m, err := engine.Compile(p.Expanded())
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		all = append(all, &twin{expression: p.Expanded(), matcher: m, regexp: regexp.MustCompile(p.Expanded())})
	}
	hubPatterns(t, lib, add)
	for _, name := range lib.Names() {
		add("", lib, "%{"+name+"}")
		add("", lib, "^%{"+name+":field}$")
		add("", lib, "%{"+name+":field} ")
		add("", lib, "=%{"+name+":field}:")
	}
	return all
}

// corpusLines are the lines of the hub's tests, of Fail2Ban's and of the grok cases, each once; of a line with a header
// also what comes behind it, for most patterns see only that.
func corpusLines(t testing.TB) []string {
	t.Helper()
	seen := map[string]bool{"": true}
	var all []string
	add := func(line string) {
		for _, text := range []string{line, behind(line, "]: "), behind(line, ": ")} {
			if !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	root := testx.Corpora(t)
	err := filepath.WalkDir(filepath.Join(root, "hub", ".tests"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".log" {
			return err
		}
		text, err := os.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			add(strings.TrimSuffix(line, "\n"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fail2ban/open.jsonl", "grok/logstash.jsonl"} {
		f, err := os.Open(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(f)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			var c struct{ Line, Message string }
			if err := json.Unmarshal(in.Bytes(), &c); err != nil {
				t.Fatal(err)
			}
			add(c.Line)
			add(c.Message)
		}
		if err := in.Err(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func behind(line, mark string) string {
	_, rest, _ := strings.Cut(line, mark)
	return rest
}

// On every line of the corpora the fast engine finds what Go's regexp finds: the match and the offsets of all groups.
// Regexp is slow: a normal run compares up to 8 hits of each pattern and a sample of the misses.
func TestEqual(t *testing.T) {
	testx.Whole(t)
	hits, misses := 8, 1000
	if testx.Soak() {
		hits, misses = 1<<30, 1
	}
	all, lines := twins(t), corpusLines(t)
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	compared, found, silent := 0, 0, 0
	for _, w := range all {
		n := 0
		for _, line := range lines {
			ok := w.hit(line)
			if ok {
				found++
				n++
			}
			if ok && n <= hits || !ok && r.IntN(misses) == 0 {
				compared++
				w.check(t, line, ok)
			}
		}
		if n == 0 {
			silent++
		}
	}
	t.Logf("%d patterns, %d lines: %d hits, %d pairs compared, %d patterns without a hit", len(all), len(lines), found, compared, silent)
	if len(all) < 1000 || len(lines) < 5000 || found < 10_000 {
		t.Error("too little is compared: are the corpora read as they should?")
	}
}

// mutate changes a line that matches at one to three places.
func mutate(r *rand.Rand, line string) string {
	b := []byte(line)
	for range 1 + r.IntN(3) {
		if len(b) < 2 {
			break
		}
		i := r.IntN(len(b))
		switch r.IntN(8) {
		case 0:
			b = slices.Delete(b, i, i+1)
		case 1:
			b = slices.Insert(b, i, b[i])
		case 2:
			j := r.IntN(len(b))
			b[i], b[j] = b[j], b[i]
		case 3:
			b = b[:i]
		case 4:
			b[i] = b[r.IntN(len(b))]
		case 5, 6:
			odd := []string{"\n", "\x00", "\xff", "\xe6\x97", "\xf0\x9f", "ſ", "\u212a", "\ufffd", "é", ":", ".", " ", "-", "1", "\""}
			b = slices.Insert(b, i, []byte(odd[r.IntN(len(odd))])...)
		default:
			j := min(i+r.IntN(12), len(b))
			b = slices.Insert(b, i, b[i:j]...)
		}
	}
	return string(b)
}

// On lines that matched before they were damaged the fast engine finds what Go's regexp finds.
func TestMutants(t *testing.T) {
	testx.Whole(t)
	n := 40_000
	if testx.Soak() {
		n = 1_000_000
	}
	all, lines := twins(t), corpusLines(t)
	r := rand.New(rand.NewPCG(3, 4))
	hits := make([][]string, len(all))
	for i, w := range all {
		for range 2000 {
			line := lines[r.IntN(len(lines))]
			if len(hits[i]) < 8 && len(line) < 2000 && w.hit(line) {
				hits[i] = append(hits[i], line)
			}
		}
	}
	done, found := 0, 0
	for done < n {
		for i, w := range all {
			if len(hits[i]) == 0 {
				continue
			}
			text := mutate(r, hits[i][r.IntN(len(hits[i]))])
			ok := w.hit(text)
			w.check(t, text, ok)
			done++
			if ok {
				found++
			}
		}
	}
	t.Logf("%d mutants, %d match", done, found)
	if found < n/5 || found > n*9/10 {
		t.Errorf("%d of %d mutants match: they are damaged too much or too little", found, done)
	}
}
