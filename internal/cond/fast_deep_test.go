package cond

import (
	"strings"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// TestFastDeep: making closures takes time in proportion to the expression, however it is nested.
func TestFastDeep(t *testing.T) {
	a := newArena(t)
	f := func(open, inner, shut string) {
		t.Helper()
		const depth = 60 // what doubles with each would never end
		p, err := a.c.Compile(KindParser, diag.Plain(strings.Repeat(open, depth)+inner+strings.Repeat(shut, depth), "x.yaml"), WantAny)
		if err != nil {
			t.Fatal(err)
		}
		if ok, why := p.Fast(); !ok {
			t.Errorf("%s%s%s has no closures: %s", open, inner, shut, why)
		}
		a.d.fight(p, sample(a.c.schema))
	}
	f("Lower(", "evt.Parsed.program", ")")
	f("Lower(", "evt.Unmarshaled.x", ")")
	f("(1 + ", "evt.Unmarshaled.x", ")")
	f("(", "evt.Unmarshaled.x", " + 1)")
	f("(", "1", " + int(evt.Parsed.absent))")
	f("('a' + ", "evt.Unmarshaled.x", ")")
	f("TrimPrefix(", "evt.Unmarshaled.x", ", 'a')")
	f("ToString(", "evt.Unmarshaled.x", ")")
	f("(evt.Meta.log_type matches Upper(", "evt.Unmarshaled.x", ") ? 'a' : 'b')")
	f("(evt.Unmarshaled.a ?? ", "nil", ")")
	f("(let a = ", "evt.Parsed.program", "; a + a[1:])")
	f(`any(File("lines"), {Lower(evt.Parsed.program) contains # && `, "true", "})")
	f("not (evt.Meta.a == 'b' and ", "true", ")")
}

// TestFastMemo: what is remembered of a field is dead when the field is written, and when the event is reset.
func TestFastMemo(t *testing.T) {
	a := newArena(t)
	p, err := a.c.Compile(KindParser, diag.Plain(`Lower(evt.Parsed.a)`, "x.yaml"), WantAny)
	if err != nil {
		t.Fatal(err)
	}
	r, ev := NewRun(), event.New(a.c.schema)
	r.Begin(noon)
	f := func(value, want string) {
		t.Helper()
		ev.SetName(event.Parsed, "a", value)
		for range 2 {
			if got, err := p.String(r, &Env{Event: ev}); got != want || err != nil {
				t.Errorf("got %q %v, want %q", got, err, want)
			}
		}
	}
	line := "ABCdef"
	ev.Reset(1, &benchLine)
	f(line, "abcdef")
	f("X", "x")
	f("", "")
	f(line, "abcdef")
	f(line[1:], "bcdef")
	f(line[:3], "abc")
	ev.Reset(2, &benchLine)
	f(line[:3], "abc")
	ev = event.New(a.c.schema)
	ev.Reset(1, &benchLine)
	f(line[:4], "abcd")
}

// TestFastAllocations: what is hot makes no garbage once it is warm.
func TestFastAllocations(t *testing.T) {
	host := fullHost()
	host.Files = files{lines: map[string][]string{"lines": {"/attack/a.cgi", "/attack/b.cgi"}}}
	x := newBench(t, host)
	for _, f := range benchFilters {
		p := x.compile(KindScenario, f.src, WantAny)
		ev := benchEvent(x.c.schema)
		env := &Env{Event: ev}
		r := NewRun()
		n := testing.AllocsPerRun(100, func() {
			r.Begin(noon)
			var err error
			if p.quick.IsTruth() {
				_, err = p.Bool(r, env)
			} else {
				_, err = p.String(r, env)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%s makes %v allocations", f.src, n)
		}
	}
}

// TestFastReload: a data file that was loaded again is looked at anew.
func TestFastReload(t *testing.T) {
	host := fullHost()
	lines := map[string][]string{"lines": {"abc"}}
	host.Files = files{lines: lines, all: true}
	c := NewCompiler(event.NewSchema(), host)
	c.SetFast(true)
	r, ev := NewRun(), sample(c.schema)
	f := func(src string, want bool) {
		t.Helper()
		p, err := c.Compile(KindParser, diag.Plain(src, "x.yaml"), WantBool)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Bool(r, &Env{Event: ev}); got != want || err != nil {
			t.Errorf("%s gives %v %v", src, got, err)
		}
	}
	const part, whole = `any(File("lines"), {evt.Parsed.program contains #})`, `evt.Parsed.program in File("lines")`
	f(part, false)
	f(whole, false)
	lines["lines"] = []string{"sshd"}
	f(part, true)
	f(whole, true)
	lines["lines"] = nil
	f(part, false)
	f(whole, false)
}
