package offheap

import (
	"os"
	"testing"

	"tocsin.example/internal/retain"
)

var _ retain.Memory = (*Memory)(nil)

// TestMemory: pieces are zero and writable, are counted in whole pages, and count no more when they are freed.
func TestMemory(t *testing.T) {
	var m Memory
	page := os.Getpagesize()
	f := func(n int) []byte {
		t.Helper()
		before := m.Bytes()
		b, err := m.Alloc(n)
		if err != nil {
			t.Fatalf("Alloc(%d): %v", n, err)
		}
		if len(b) != n {
			t.Fatalf("Alloc(%d) gives %d bytes", n, len(b))
		}
		for i := range b {
			if b[i] != 0 {
				t.Fatalf("byte %d of a fresh piece is %d", i, b[i])
			}
			b[i] = 0xff
		}
		if got := m.Bytes() - before; got < n || got%page != 0 || got >= n+page {
			t.Errorf("a piece of %d bytes counts %d", n, got)
		}
		return b
	}
	a, b, c := f(1), f(page), f(10*page+1)
	if m.Pieces() != 3 || m.Peak() != m.Bytes() {
		t.Errorf("%d pieces, peak %d of %d bytes: want 3, and the peak is now", m.Pieces(), m.Peak(), m.Bytes())
	}
	m.Free(b)
	m.Free(nil)
	a[0], c[10*page] = 1, 2 // the others stay
	m.Free(c)
	m.Free(a)
	if m.Bytes() != 0 || m.Pieces() != 0 || m.Peak() == 0 {
		t.Errorf("all is freed, but %d bytes in %d pieces are left, peak %d", m.Bytes(), m.Pieces(), m.Peak())
	}
}

// TestBadSizes: no size that makes no sense reaches the system.
func TestBadSizes(t *testing.T) {
	var m Memory
	for _, n := range []int{-1, 0, MaxAlloc + 1} {
		if b, err := m.Alloc(n); err == nil || b != nil {
			t.Errorf("Alloc(%d) gives %d bytes and %v, want an error", n, len(b), err)
		}
	}
	if m.Bytes() != 0 || m.Pieces() != 0 {
		t.Errorf("what failed counts %d bytes", m.Bytes())
	}
}
