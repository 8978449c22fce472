package poison_test

import (
	"strings"
	"testing"

	"tocsin.example/internal/poison"
)

func TestCopy(t *testing.T) {
	f := func(s string) {
		t.Helper()
		mine := strings.Clone(s)
		text, end := poison.Copy(mine)
		if text != s {
			t.Errorf("the copy of %q is %q", s, text)
		}
		end()
		if mine != s {
			t.Errorf("the text itself became %q", mine)
		}
		want := s
		if poison.On {
			want = strings.Repeat(string([]byte{poison.Mark}), len(s))
		}
		if text != want {
			t.Errorf("the text that ended is %q, want %q", text, want)
		}
	}
	f("")
	f("a line")
	f("\x00\xff ſ")
}
