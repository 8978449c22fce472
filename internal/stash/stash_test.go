package stash

import (
	"container/list"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, size int, strategy string) *Stash {
	t.Helper()
	s := New()
	if err := s.Configure("c", size, strategy); err != nil {
		t.Fatal(err)
	}
	return s
}

// play runs steps: "a" sets a key, "?a" reads it. It returns what is there at the end, of the keys a to z.
func play(t testing.TB, s *Stash, steps string) string {
	t.Helper()
	for step := range strings.FieldsSeq(steps) {
		if key, ok := strings.CutPrefix(step, "?"); ok {
			s.Get("c", key, noon)
			continue
		}
		if err := s.Set("c", step, "value of "+step, 0, noon); err != nil {
			t.Fatal(err)
		}
	}
	var there []string
	for key := range s.caches["c"].entries {
		there = append(there, key)
	}
	var b strings.Builder
	for k := 'a'; k <= 'z'; k++ {
		for _, key := range there {
			if key == string(k) {
				b.WriteRune(k)
			}
		}
	}
	return b.String()
}

func TestStrategies(t *testing.T) {
	f := func(strategy, steps, want string) {
		t.Helper()
		if got := play(t, open(t, 3, strategy), steps); got != want {
			t.Errorf("%s %s leaves %s, want %s", strategy, steps, got, want)
		}
	}
	f(LRU, "a b c d", "bcd")
	f(LRU, "a b c ?a d", "acd")
	f(LRU, "a b c a d", "acd")
	f(LRU, "a b ?x c d e f", "def")
	f("", "a b c ?a d", "acd")
	f("lru", "a b c ?a d", "acd")

	f(LFU, "a b c d", "bcd")
	f(LFU, "a ?a ?a b ?b c d e", "abe") // the rarely used go, however new
	f(LFU, "a ?a b ?b c ?c d", "bcd")   // of the equally used the oldest
	f(LFU, "a ?a b c ?c d", "acd")

	f(ARC, "a b c d", "bcd")
	f(ARC, "a ?a b c d e", "ade")   // a scan does not push out what was used twice
	f(ARC, "a ?a b c d b c", "bcd") // b and c come back and win the room of a
}

// TestARC compares with a plain reading of the published algorithm.
func TestARC(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		size := 1 + rnd.IntN(8)
		s, m := open(t, size, ARC), &model{c: size}
		for i := range 3000 {
			key := strconv.Itoa(rnd.IntN(1 + rnd.IntN(3*size)))
			if err := s.Set("c", key, "v", 0, noon); err != nil {
				t.Fatal(err)
			}
			m.request(key)
			a := s.caches["c"].policy.(*arc)
			got := fmt.Sprint(a.want, keysOf(a.t1), keysOf(a.t2), keysOf(a.b1), keysOf(a.b2))
			want := fmt.Sprint(m.p, m.t1, m.t2, m.b1, m.b2)
			if got != want {
				t.Fatalf("size %d, seed %d, step %d (%s):\n got %s\nwant %s", size, seed, i, key, got, want)
			}
		}
	}
}

// keysOf lists the keys of a list, the most recently used first.
func keysOf(l *list.List) []string {
	keys := []string{}
	for e := l.Front(); e != nil; e = e.Next() {
		keys = append(keys, e.Value.(*entry).key)
	}
	return keys
}

// model is the algorithm as published, on plain lists: most recently used first.
type model struct {
	c, p           int
	t1, t2, b1, b2 []string
}

func (m *model) request(x string) {
	without := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == x })
	}
	switch {
	case slices.Contains(m.t1, x) || slices.Contains(m.t2, x):
		m.t1, m.t2 = without(m.t1), append([]string{x}, without(m.t2)...)
		return
	case slices.Contains(m.b1, x):
		m.p = min(m.c, m.p+max(1, len(m.b2)/len(m.b1)))
		m.replace(false)
		m.b1, m.t2 = without(m.b1), append([]string{x}, m.t2...)
		return
	case slices.Contains(m.b2, x):
		m.p = max(0, m.p-max(1, len(m.b1)/len(m.b2)))
		m.replace(true)
		m.b2, m.t2 = without(m.b2), append([]string{x}, m.t2...)
		return
	}
	l1 := len(m.t1) + len(m.b1)
	all := l1 + len(m.t2) + len(m.b2)
	switch {
	case l1 == m.c && len(m.t1) < m.c:
		m.b1 = m.b1[:len(m.b1)-1]
		m.replace(false)
	case l1 == m.c:
		m.t1 = m.t1[:len(m.t1)-1]
	case all >= m.c:
		if all == 2*m.c {
			m.b2 = m.b2[:len(m.b2)-1]
		}
		m.replace(false)
	}
	m.t1 = append([]string{x}, m.t1...)
}

func (m *model) replace(fromB2 bool) {
	if n := len(m.t1); n > 0 && (n > m.p || fromB2 && n == m.p) {
		m.b1 = append([]string{m.t1[n-1]}, m.b1...)
		m.t1 = m.t1[:n-1]
		return
	}
	n := len(m.t2)
	if n == 0 {
		return
	}
	m.b2 = append([]string{m.t2[n-1]}, m.b2...)
	m.t2 = m.t2[:n-1]
}

func TestTime(t *testing.T) {
	s := open(t, 10, LRU)
	f := func(key string, at time.Duration, want string) {
		t.Helper()
		got, ok := s.Get("c", key, noon.Add(at))
		if got != want || ok != (want != "") {
			t.Errorf("%s after %s is %q, %v; want %q", key, at, got, ok, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Set("c", "minute", "v", time.Minute, noon))
	must(s.Set("c", "ever", "v", 0, noon))
	f("minute", 59*time.Second, "v")
	f("minute", time.Minute, "")
	f("minute", 0, "") // what is gone does not come back when time steps back
	f("ever", 10_000*time.Hour, "v")
	must(s.Set("c", "minute", "w", time.Minute, noon.Add(time.Hour)))
	f("minute", time.Hour, "w")
	must(s.Set("c", "minute", "x", time.Minute, noon.Add(2*time.Hour))) // over an expired one
	f("minute", 2*time.Hour, "x")
	f("none", 0, "")
	if _, ok := s.Get("other", "minute", noon); ok {
		t.Error("a cache that was not made holds something")
	}
}

func TestConfigure(t *testing.T) {
	s := New()
	f := func(name string, size int, strategy, want string) {
		t.Helper()
		got := ""
		if err := s.Configure(name, size, strategy); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("Configure(%q, %d, %q)\n got %s\nwant %s", name, size, strategy, got, want)
		}
	}
	f("a", 5, "LRU", "")
	f("a", 5, "", "")
	f("a", 6, "LRU", `stash "a" is configured twice: size 5 and 6, strategy LRU and LRU`)
	f("a", 5, "ARC", `stash "a" is configured twice: size 5 and 5, strategy LRU and ARC`)
	f("b", 5, "FIFO", `stash "b": the strategy must be LRU, LFU or ARC, but is "FIFO"`)
	f("b", 0, "LRU", `stash "b": the size must be from 1 to 1000000, but is 0`)
	f("b", MaxEntries+1, "LRU", `stash "b": the size must be from 1 to 1000000, but is 1000001`)
	f("", 5, "LRU", `a stash needs a name`)
	for i := range MaxCaches - 1 {
		f(fmt.Sprint("n", i), 1, "LFU", "")
	}
	f("b", 5, "LRU", `stash "b": there are 1000 caches already, which is the limit`)
	if err := s.Set("b", "k", "v", 0, noon); err == nil ||
		err.Error() != `there is no stash "b": a parser's stash section makes one` {
		t.Errorf("Set in a cache that is not there: %v", err)
	}
	if err := s.Set("a", "k", strings.Repeat("v", MaxText+1), 0, noon); err == nil {
		t.Error("a value above the limit is stored")
	}
}

// TestBounds: whatever is done, a cache holds no more than its size, its keys are where its policy thinks they are, and
// all bytes are counted.
func TestBounds(t *testing.T) {
	for _, strategy := range []string{LRU, LFU, ARC} {
		rnd := rand.New(rand.NewPCG(7, 7))
		s := open(t, 8, strategy)
		s.limit = 600
		now := noon
		for i := range 20_000 {
			key := strconv.Itoa(rnd.IntN(30))
			now = now.Add(time.Duration(rnd.IntN(3000)-200) * time.Millisecond)
			if rnd.IntN(3) == 0 {
				s.Get("c", key, now)
			} else if err := s.Set("c", key, strings.Repeat("v", rnd.IntN(150)), time.Duration(rnd.IntN(20))*time.Second, now); err != nil {
				t.Fatal(err)
			}
			sum := 0
			for k, e := range s.caches["c"].entries {
				if e.key != k || e.place.list == nil {
					t.Fatalf("%s, step %d: the entry %s is lost", strategy, i, k)
				}
				sum += e.bytes()
			}
			if n := s.Len("c"); n > 8 || sum != s.bytes || sum > s.limit {
				t.Fatalf("%s, step %d: %d entries, %d bytes, counted %d", strategy, i, n, sum, s.bytes)
			}
			if a, ok := s.caches["c"].policy.(*arc); ok {
				ghosts := a.b1.Len() + a.b2.Len()
				if ghosts != len(a.ghosts) || ghosts > 16 || a.t1.Len()+a.t2.Len() != s.Len("c") {
					t.Fatalf("step %d: %d ghosts in lists, %d in the map", i, ghosts, len(a.ghosts))
				}
			}
		}
	}
}

// TestCopies: what is stored does not point into the caller's buffer.
func TestCopies(t *testing.T) {
	s := open(t, 2, LRU)
	buf := []byte("key value")
	text := unsafeString(buf)
	if err := s.Set("c", text[:3], text[4:], 0, noon); err != nil {
		t.Fatal(err)
	}
	copy(buf, "xxxxxxxxx")
	if v, ok := s.Get("c", "key", noon); !ok || v != "value" {
		t.Errorf("the stash holds %q, %v", v, ok)
	}
}

// TestNoRoom: a cache can not push out what others hold.
func TestNoRoom(t *testing.T) {
	s := open(t, 10, LRU)
	s.limit = 20
	if err := s.Configure("d", 1, LRU); err != nil {
		t.Fatal(err)
	}
	if err := s.Set("d", "k", "0123456789", 0, noon); err != nil {
		t.Fatal(err)
	}
	const want = `stash "c": the other caches hold 11 bytes, which leaves no room`
	if err := s.Set("c", "k", "0123456789", 0, noon); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := s.Set("c", "k", "01234567", 0, noon); err != nil {
		t.Error(err)
	}
}

func BenchmarkSet(b *testing.B) {
	keys := make([]string, 4096)
	for i := range keys {
		keys[i] = fmt.Sprint("key", i)
	}
	for _, strategy := range []string{LRU, LFU, ARC} {
		b.Run(strategy, func(b *testing.B) {
			s := open(b, 1000, strategy)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := s.Set("c", keys[i&4095], "value", time.Minute, noon); err != nil {
					b.Fatal(err)
				}
				i += 7
			}
		})
	}
}

func unsafeString(b []byte) string { return unsafe.String(&b[0], len(b)) }

// TestForget holds that an emptied cache is a new one of the same size.
func TestForget(t *testing.T) {
	for _, strategy := range []string{LRU, LFU, ARC} {
		s := open(t, 2, strategy)
		fill := func() {
			for _, key := range []string{"a", "b", "c"} {
				if err := s.Set("c", key, "v", 0, noon); err != nil {
					t.Fatal(err)
				}
			}
		}
		fill()
		s.Forget()
		if s.Len("c") != 0 || s.bytes != 0 {
			t.Errorf("%s: %d entries, %d bytes", strategy, s.Len("c"), s.bytes)
		}
		if _, ok := s.Get("c", "c", noon); ok {
			t.Errorf("%s: an entry is there still", strategy)
		}
		if fill(); s.Len("c") != 2 || s.bytes != 4 {
			t.Errorf("%s: %d entries, %d bytes after it was filled again", strategy, s.Len("c"), s.bytes)
		}
	}
}
