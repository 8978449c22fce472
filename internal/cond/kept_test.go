package cond

import (
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// TestKept holds what is read of a kept event without expr's machine to what the machine reads, and which expressions are so.
func TestKept(t *testing.T) {
	view := &event.View{
		Parsed: map[string]string{"a": "1"}, Meta: map[string]string{"a": "2", "b c": "3"}, Enriched: map[string]string{"a": "4"},
	}
	env := &Env{Evt: view, Match: map[string]any{"uri": "/x"}}
	f := func(kind Kind, src string, direct, still bool) {
		t.Helper()
		slow := NewCompiler(event.NewSchema(), nil)
		fast := NewCompiler(event.NewSchema(), nil)
		fast.SetFast(true)
		var out [2]string
		for i, c := range []*Compiler{slow, fast} {
			p, err := c.Compile(kind, diag.Text{Value: src}, WantAny)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.kept != nil; got != (direct && i == 1) {
				t.Errorf("%s: read directly: %v", src, got)
			}
			if p.Still() != still {
				t.Errorf("%s: still: %v", src, p.Still())
			}
			r := NewRun()
			given, err := p.Given(r, env)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := given.Text()
			again, err := p.String(r, env)
			if err != nil || again != text {
				t.Errorf("%s: String gives %q, %v, Given %q", src, again, err, text)
			}
			r.frame.Left = -1
			if _, err := p.Given(r, env); err == nil {
				t.Errorf("%s: no error without a budget", src)
			}
			out[i] = text
		}
		if out[0] != out[1] {
			t.Errorf("%s: %q, but expr's machine gives %q", src, out[1], out[0])
		}
	}
	f(KindContext, `evt.Meta.a`, true, false)
	f(KindContext, `evt.Meta["b c"]`, true, false)
	f(KindContext, `evt.Parsed.a`, true, false)
	f(KindContext, `evt.Enriched.a`, true, false)
	f(KindContext, `evt.Enriched.absent`, true, false)
	f(KindScenario, `evt.Parsed.a`, true, false)
	f(KindContext, `evt.Meta.a + "x"`, false, false)
	f(KindContext, `evt.Line.Raw`, false, false)
	f(KindContext, `match.uri != nil ? match.uri : ""`, false, true)
	f(KindContext, `req.Method != "" ? req.UserAgent() : ""`, false, false)
	f(KindContext, `lower(match.uri)`, false, false)
	f(KindContext, `match.uri == evt.Meta.a ? "" : "y"`, false, false)
}
