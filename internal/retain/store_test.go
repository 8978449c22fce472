package retain_test

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tocsin.example/internal/offheap"
	"tocsin.example/internal/retain"
)

// TestStore: a record is there until its last release, whatever its length.
func TestStore(t *testing.T) {
	mem := &offheap.Memory{}
	s := retain.New(mem)
	f := func(rec string) {
		t.Helper()
		r, err := s.Put([]byte(rec))
		if err != nil || r == retain.None {
			t.Fatalf("Put gives %d, %v", r, err)
		}
		want := func(want string) {
			t.Helper()
			if got := string(s.Get(r, []byte(">"))); got != ">"+want || s.Len(r) != len(want) {
				t.Errorf("Get gives %d bytes, Len %d, want %d", len(got), s.Len(r), len(want))
			}
		}
		want(rec)
		s.Hold(r)
		s.Release(r)
		want(rec)
		s.Release(r)
		want("")
		s.Release(r) // once too often
		s.Hold(r)    // and too late
		want("")
	}
	f("")
	f("record")
	for _, n := range []int{1 << 14, 1<<14 + 1, 1<<16 - 1, 1 << 16, retain.MaxRecord} {
		f(strings.Repeat("x", n))
		f(noise(n))
	}
	s.Release(retain.None)
	s.Hold(1 << 30)
	s.Release(1 << 30)
	if got := s.Get(retain.None, nil); got != nil || s.Stats().Records != 0 || s.Stats().Corrupt != 0 {
		t.Errorf("None is %q; stats %+v", got, s.Stats())
	}
	if _, err := s.Put(make([]byte, retain.MaxRecord+1)); err == nil {
		t.Error("a record that is too long was taken")
	}
	if s.Bytes() > 1<<17 || s.Bytes() > mem.Bytes() {
		t.Errorf("nothing is left, but %d bytes are taken, and %d by the memory's count", s.Bytes(), mem.Bytes())
	}
}

func noise(n int) string {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

// TestManyRefs: as many references as one likes.
func TestManyRefs(t *testing.T) {
	const n = 100_000
	s := retain.New(&offheap.Memory{})
	r, _ := s.Put([]byte("record"))
	for range n {
		s.Hold(r)
	}
	for range n {
		s.Release(r)
	}
	if got := string(s.Get(r, nil)); got != "record" {
		t.Errorf("with one reference left Get gives %q", got)
	}
	s.Release(r)
	if got := s.Get(r, nil); got != nil || s.Stats().Records != 0 {
		t.Errorf("without references Get gives %q", got)
	}
}

// model is a store beside a map that says what it must hold.
type model struct {
	t    testing.TB
	s    *retain.Store
	rng  *rand.Rand
	want map[retain.Ref]string
	refs map[retain.Ref]int
	live []retain.Ref
	buf  []byte
}

func newModel(t testing.TB, s *retain.Store, seed uint64) *model {
	t.Helper()
	return &model{t: t, s: s, rng: rand.New(rand.NewPCG(seed, 0)), want: map[retain.Ref]string{}, refs: map[retain.Ref]int{}}
}

func (m *model) put(rec string) {
	m.t.Helper()
	r, err := m.s.Put([]byte(rec))
	if err != nil {
		m.t.Fatal(err)
	}
	if _, ok := m.want[r]; ok || r == retain.None {
		m.t.Fatalf("the handle %d is given out twice", r)
	}
	m.want[r], m.refs[r] = rec, 1
	m.live = append(m.live, r)
}

func (m *model) release(i int) {
	r := m.live[i]
	m.s.Release(r)
	if m.refs[r]--; m.refs[r] == 0 {
		delete(m.want, r)
		delete(m.refs, r)
		m.live[i] = m.live[len(m.live)-1]
		m.live = m.live[:len(m.live)-1]
	}
}

func (m *model) hold(i int) {
	m.s.Hold(m.live[i])
	m.refs[m.live[i]]++
}

func (m *model) check(r retain.Ref) {
	m.t.Helper()
	m.buf = m.s.Get(r, append(m.buf[:0], "."...))
	if string(m.buf[1:]) != m.want[r] || m.s.Len(r) != len(m.want[r]) {
		m.t.Fatalf("record %d is %.40q, %d long, want %.40q", r, m.buf[1:], m.s.Len(r), m.want[r])
	}
}

func (m *model) checkAll() {
	m.t.Helper()
	for _, r := range slices.Sorted(maps.Keys(m.want)) { // neighbours are in one block
		m.check(r)
	}
	if st := m.s.Stats(); st.Records != len(m.want) || st.Corrupt != 0 {
		m.t.Fatalf("%d records are left, the store says %+v", len(m.want), st)
	}
}

func (m *model) record() string {
	if m.rng.IntN(2000) == 0 {
		return noise(m.rng.IntN(100_000))
	}
	return strings.Repeat("sshd[1]: Failed password for root ", m.rng.IntN(8)) + noise(m.rng.IntN(40))
}

// TestModel: a store that grows, is full and shrinks, over and over, holds what a map holds.
func TestModel(t *testing.T) {
	for seed := range uint64(2) {
		mem := &offheap.Memory{}
		m := newModel(t, retain.New(mem), seed)
		steps := 300_000
		if testing.Short() {
			steps = 60_000
		}
		for step := range steps {
			grow := step/(steps/6)%2 == 0 // then shrink
			switch op := m.rng.IntN(20); {
			case len(m.live) == 0 || grow && op < 12 || op < 5:
				m.put(m.record())
			case op < 17:
				m.release(m.rng.IntN(len(m.live)))
			case op < 18:
				m.hold(m.rng.IntN(len(m.live)))
			default:
				m.check(m.live[m.rng.IntN(len(m.live))])
			}
		}
		m.checkAll()
		st := m.s.Stats()
		if !testing.Short() && (st.Retired == 0 || st.Repacked == 0 || st.Unpacked == 0) {
			t.Errorf("the test did not reach everything: %+v", st)
		}
		if m.s.Bytes() > mem.Bytes() {
			t.Errorf("the store counts %d bytes, its memory %d", m.s.Bytes(), mem.Bytes())
		}
		for len(m.live) > 0 {
			m.release(len(m.live) - 1)
		}
		if m.s.Bytes() > 1<<17 || m.s.Stats().Packed != 0 {
			t.Errorf("nothing is left, but %d bytes are taken: %+v", m.s.Bytes(), m.s.Stats())
		}
	}
}

// TestShrinks: what is resident follows what is alive, in whatever order records go.
func TestShrinks(t *testing.T) {
	f := func(order string, pick func(m *model) int) {
		t.Helper()
		m := newModel(t, retain.New(&offheap.Memory{}), 1)
		const n = 260_000
		for range n {
			m.put("sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2 " + strconv.FormatUint(m.rng.Uint64(), 10) + strconv.FormatUint(m.rng.Uint64(), 10))
		}
		// What is not compressed yet, and the handles, do not shrink.
		const hot, handles = 132 << 16, 8 * n
		full := m.s.Bytes() - hot - handles
		for len(m.live) > n/10 {
			m.release(pick(m))
		}
		if got := m.s.Bytes() - hot - handles; got > full/2 {
			t.Errorf("%s: of %d packed bytes a tenth of the records takes %d: %+v", order, full, got, m.s.Stats())
		}
		m.checkAll()
	}
	f("at random", func(m *model) int { return m.rng.IntN(len(m.live)) })
	f("the newest first", func(m *model) int { return len(m.live) - 1 })
	f("the oldest first", func(*model) int { return 0 }) // nearly: the last takes its place
}

// fussy is a memory that can be exhausted, and keeps what it gave.
type fussy struct {
	left   int
	pieces [][]byte
}

var errFull = errors.New("no memory")

// Alloc gives a slice while there is something left.
func (f *fussy) Alloc(n int) ([]byte, error) {
	if f.left -= n; f.left < 0 {
		f.left += n
		return nil, errFull
	}
	b := make([]byte, n)
	f.pieces = append(f.pieces, b)
	return b, nil
}

// Free counts.
func (f *fussy) Free(b []byte) {
	f.left += len(b)
	for i := range f.pieces {
		if &f.pieces[i][0] == &b[0] {
			f.pieces = append(f.pieces[:i], f.pieces[i+1:]...)
			return
		}
	}
	panic("freed what was not allocated")
}

// TestNoMemory: without memory Put says so, everything else goes on, and when records are released there is room again.
func TestNoMemory(t *testing.T) {
	for _, left := range []int{0, 1 << 16, 1 << 17, 2 << 20, 4 << 20} {
		mem := &fussy{left: left}
		m := newModel(t, retain.New(mem), 1)
		failed := 0
		for step := range 60_000 {
			rec := m.record()
			r, err := m.s.Put([]byte(rec))
			switch {
			case errors.Is(err, errFull):
				failed++
				for range min(100, len(m.live)) {
					m.release(m.rng.IntN(len(m.live)))
				}
			case err != nil:
				t.Fatal(err)
			default:
				m.want[r], m.refs[r] = rec, 1
				m.live = append(m.live, r)
			}
			if step%20_000 == 0 {
				m.checkAll()
			}
			if left == 0 && step == 10 {
				break
			}
		}
		m.checkAll()
		if failed == 0 {
			t.Errorf("with %d bytes nothing failed", left)
		}
		for len(m.live) > 0 {
			m.release(len(m.live) - 1)
		}
		if m.s.Bytes() != left-mem.left {
			t.Errorf("the store counts %d bytes, its memory %d", m.s.Bytes(), left-mem.left)
		}
	}
}

// TestCorrupt: memory that changes gives missing records, never wrong lengths, loops or a panic.
func TestCorrupt(t *testing.T) {
	mem := &fussy{left: 1 << 30}
	m := newModel(t, retain.New(mem), 1)
	for range 100_000 {
		m.put(m.record())
	}
	for _, p := range mem.pieces {
		if len(p) < 500<<10 {
			continue // only what is compressed
		}
		for range 100 {
			p[m.rng.IntN(len(p))] ^= byte(1 + m.rng.IntN(255))
		}
	}
	lost := 0
	for _, r := range slices.Sorted(maps.Keys(m.want)) {
		want := m.want[r]
		switch got := m.s.Get(r, nil); {
		case got == nil && want != "":
			lost++
		case string(got) != want:
			t.Fatalf("record %d is %.40q, want %.40q", r, got, want)
		}
	}
	if lost == 0 || int(m.s.Stats().Corrupt) < lost {
		t.Errorf("%d of %d records are lost: %+v", lost, len(m.want), m.s.Stats())
	}
	for len(m.live) > 0 {
		m.release(m.rng.IntN(len(m.live)))
	}
	if m.s.Stats().Records != 0 {
		t.Errorf("after all: %+v", m.s.Stats())
	}
}

// FuzzStore: whatever is done in whatever order, the store holds what a map holds.
func FuzzStore(f *testing.F) {
	f.Add([]byte("put and release"))
	f.Add(bytes.Repeat([]byte{250, 0, 1, 17, 33, 2}, 500))
	f.Fuzz(func(t *testing.T, ops []byte) {
		m := newModel(t, retain.New(&fussy{left: 1 << 24}), uint64(len(ops)))
		for _, op := range ops {
			switch {
			case op == 255:
				m.put(strings.Repeat("long", 5000))
			case op >= 128 || len(m.live) == 0:
				m.put(strings.Repeat(string(op), 1<<(op%14)))
			case op < 80:
				m.release(int(op) % len(m.live))
			case op < 96:
				m.hold(int(op) % len(m.live))
			default:
				m.check(m.live[int(op)%len(m.live)])
			}
			if len(m.live) > 100 {
				m.release(0)
			}
		}
		m.checkAll()
	})
}
