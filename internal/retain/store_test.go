package retain_test

import (
	"testing"

	"tocsin.example/internal/offheap"
	"tocsin.example/internal/retain"
)

// TestStore: a record is there until its last release.
func TestStore(t *testing.T) {
	s := retain.New(&offheap.Memory{})
	r, err := s.Put([]byte("record"))
	if err != nil || r == retain.None {
		t.Fatalf("Put gives %d, %v", r, err)
	}
	f := func(want string) {
		t.Helper()
		if got := string(s.Get(r, []byte(">"))); got != want || s.Len(r) != len(want)-1 {
			t.Errorf("Get gives %q, want %q", got, want)
		}
	}
	f(">record")
	s.Hold(r)
	s.Release(r)
	f(">record")
	s.Release(r)
	f(">")
	s.Release(r) // once too often
	f(">")
	if n := s.Stats().Records; n != 0 {
		t.Errorf("%d records are left", n)
	}
	if _, err := s.Put(make([]byte, retain.MaxRecord+1)); err == nil {
		t.Error("a record that is too long was taken")
	}
}
