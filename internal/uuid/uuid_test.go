package uuid

import "testing"

func TestClean(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) is %q, want %q", in, got, want)
		}
	}
	f("7A5C1B00-0000-8000-8000-00000000000F", "7a5c1b00-0000-8000-8000-00000000000f")
	f("7a5c1b00-0000-8000-8000-00000000000f", "7a5c1b00-0000-8000-8000-00000000000f")
	f("7A5C1B00000080008000-00000000000F", "7A5C1B00000080008000-00000000000F")
	f("7A5C1B00-0000-8000-8000-00000000000G", "7A5C1B00-0000-8000-8000-00000000000G")
	f("", "")
}

func TestNew(t *testing.T) {
	a, b := New(), New()
	id, ok := Parse(a)
	if !ok || a == b || id[6]>>4 != 4 || id[8]>>6 != 0b10 {
		t.Errorf("made %q and %q", a, b)
	}
	if Format(id) != a {
		t.Errorf("%q comes back as %q", a, Format(id))
	}
}
