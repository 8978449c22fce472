package file_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/source/file"
)

// secondsOf reads the number in front of a line's first blank as its time.
func secondsOf(_ int, l *tocsin.Line) (time.Time, bool) {
	head, _, _ := strings.Cut(l.Raw, " ")
	n, err := strconv.ParseInt(head, 10, 64)
	return time.Unix(n, 0), err == nil
}

func TestMergeOrdersByTime(t *testing.T) {
	f := func(want string, texts ...string) {
		t.Helper()
		m := file.Merge{TimeOf: secondsOf}
		for _, text := range texts {
			m.Paths = append(m.Paths, write(t, "x.log", text))
		}
		var got sink
		if err := m.Run(t.Context(), got.emit); err != nil {
			t.Errorf("%q: %v", texts, err)
		}
		if s := strings.Join(got.lines, ","); s != want {
			t.Errorf("%q: merged %q, want %q", texts, s, want)
		}
	}
	f("", "", "\n")
	f("1 a,2 b,3 a", "1 a\n3 a\n", "2 b\n")
	f("1 a,1 a,1 b,2 b", "1 a\n\n1 a\n", "1 b\n2 b")                                              // ties: file order
	f("1 a,3 b,5 a,2 a,6 a", "1 a\n5 a\n2 a\n6 a\n", "3 b\n")                                     // going back: it waits behind its predecessor
	f("1 a,stack a,trace a,2 b,3 a", "1 a\nstack a\ntrace a\n3 a\n", "2 b\n")                     // without a time: the predecessor's
	f("1 b,head a,head a,2 a,3 b", "head a\nhead a\n2 a\n", "1 b\n3 b\n")                         // at the head: the first time found
	f("none b,none b,1 a", "1 a\n", "none b\nnone b\n")                                           // without any
	f("-99999999999999 a,5 b,99999999999999 a", "-99999999999999 a\n99999999999999 a\n", "5 b\n") // beyond nanoseconds
}

// Against the simple way: give every line its effective time, sort all stably.
func TestMergeEqualsStableSort(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var paths, want []string
	type timed struct {
		at   int
		text string
	}
	var all []timed
	for i := range 5 {
		var text strings.Builder
		now := 0
		for n := range 4000 {
			now += r.IntN(3) // within a file times grow, so that the sort is the merge
			line := strconv.Itoa(now) + " file " + strconv.Itoa(i) + " line " + strconv.Itoa(n) + strings.Repeat("x", r.IntN(300))
			all = append(all, timed{now, line})
			text.WriteString(line + "\n")
		}
		paths = append(paths, write(t, "x.log", text.String()))
	}
	slices.SortStableFunc(all, func(a, b timed) int { return a.at - b.at })
	for _, l := range all {
		want = append(want, l.text)
	}
	m := file.Merge{Replay: file.Replay{Paths: paths}, TimeOf: secondsOf}
	var got sink
	if err := m.Run(t.Context(), got.emit); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.lines); diff != "" {
		t.Errorf("(-want +got)\n%.2000s", diff)
	}
	if c := m.Count(); c.Lines != 20_000 || c.Stored != 2*c.Bytes {
		t.Errorf("count %+v, want 20000 lines counted once, and stored bytes twice the %d", c, c.Bytes)
	}
}

func TestMergeReadsAPipeTwice(t *testing.T) {
	dir := t.TempDir()
	f := func(text, want string) {
		t.Helper()
		m := file.Merge{TimeOf: secondsOf, TempDir: dir}
		m.Paths = []string{"-", write(t, "b.log.gz", zip(t, "2 b\n4 b\n"))}
		m.Stdin = io.NopCloser(strings.NewReader(text))
		var got sink
		if err := m.Run(t.Context(), got.emit); err != nil {
			t.Error(err)
		}
		if s := strings.Join(got.lines, ","); s != want {
			t.Errorf("merged %q, want %q", s, want)
		}
	}
	f("1 a\n3 a\n", "1 a,2 b,3 a,4 b")
	f(zip(t, "1 a\n3 a\n"), "1 a,2 b,3 a,4 b")

	m := file.Merge{TimeOf: secondsOf, TempDir: dir, MaxSpool: 1000}
	m.Paths, m.Stdin = []string{"-"}, strings.NewReader(strings.Repeat("1 a\n", 251))
	err := m.Run(t.Context(), new(sink).emit)
	if !errors.Is(err, file.ErrTooLarge) || !strings.Contains(err.Error(), "more than 1000 bytes") {
		t.Errorf("error %v, want that more than 1000 bytes came", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%d copies were left behind", len(left))
	}
}

func TestMergeNoticesAShorterFile(t *testing.T) {
	a := write(t, "a.log", "1 a\n2 a\n")
	b := write(t, "b.log", "1 b\n")
	m := file.Merge{Replay: file.Replay{Paths: []string{a, b}}}
	m.TimeOf = func(i int, l *tocsin.Line) (time.Time, bool) {
		if i == 1 && l.Raw == "1 b" {
			if err := os.WriteFile(a, []byte("1 a\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(b, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteString("0 late\n"); err != nil {
				t.Fatal(err)
			}
		}
		return secondsOf(i, l)
	}
	err := m.Run(t.Context(), new(sink).emit)
	if err == nil || !strings.Contains(err.Error(), "a.log: the file became shorter while it was read") {
		t.Errorf("error %v, want that a.log became shorter", err)
	}
}
