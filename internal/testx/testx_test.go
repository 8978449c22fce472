package testx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// end is what a fake test panics with to stop the function under test, as Skip and Fatal stop a real one.
type end struct{ how, message string }

// fake is a test that records how it ended.
type fake struct{ testing.TB }

func (fake) Helper()                        {}
func (fake) Skipf(format string, _ ...any)  { panic(end{"skip", format}) }
func (fake) Fatalf(format string, _ ...any) { panic(end{"fatal", format}) }

func TestCorpora(t *testing.T) {
	there := t.TempDir()
	absent := filepath.Join(there, "absent")
	file := filepath.Join(there, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(corpora, require, want string) {
		t.Helper()
		t.Setenv("TOCSIN_CORPORA", corpora)
		t.Setenv("TOCSIN_REQUIRE", require)
		got := ended(func() string { return Corpora(fake{t}) })
		if got != want {
			t.Errorf("corpora %q, require %q: got %q, want %q", corpora, require, got, want)
		}
	}
	f(there, "", there)
	f(there, "shared", there)
	f(absent, "", "skip")
	f(absent, "network", "skip")
	f(absent, "sharedish", "skip")
	f(absent, "shared", "fatal")
	f(absent, "network, shared", "fatal")
	f(file, "shared", "fatal")
	f("internal/testx", "", filepath.Join(Root(t), "internal", "testx"))
}

func TestRoot(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(Root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(b), "module tocsin.example\n") {
		t.Errorf("Root is %s, whose go.mod is another module's", Root(t))
	}
	t.Chdir(string(filepath.Separator))
	defer func() {
		if e, ok := recover().(end); !ok || e.how != "fatal" {
			t.Errorf("outside a module: got %v, want fatal", e)
		}
	}()
	Root(fake{t})
}
