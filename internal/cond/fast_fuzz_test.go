package cond

import (
	"testing"

	"tocsin.example/internal/diag"
)

// chooser makes choices of bytes; when they are used up, it takes the first.
type chooser []byte

func (c *chooser) pick(n int) int {
	if len(*c) == 0 {
		return 0
	}
	i := int((*c)[0]) % n
	*c = (*c)[1:]
	return i
}

// FuzzFast fights expressions, written out or made from choices by the grammar, on an event made from choices.
func FuzzFast(f *testing.F) {
	for _, s := range []string{
		`evt.Meta.a == 'a' && any(File("lines"), {Upper(evt.Parsed.a) contains Upper(#)})`,
		`let x = Split(evt.Parsed.a, "/"); x[-1] + x[0:1][0]`,
		`evt.Unmarshaled.doc?.list[0] ?? evt.Unmarshaled.kv.k in ['', nil] ? 1 : "x"`,
		`UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, "n") in ["", nil] and evt.Unmarshaled.n.a.b[0] startsWith "x"`,
		`evt.SetMeta("a", Lower(evt.Parsed.b)) && evt.Meta.a != "" || RegexpInFile(evt.Meta.a, "regexps")`,
		`reduce(map(1..9, # ** 2), #acc + #, 0) / count(Fields(evt.Parsed.a), # != "")`,
		`{"a": filter([1, nil, "b"], # != nil)}.a[#] | len()`, `find(File("lines"), # endsWith evt.Parsed.b) matches Upper("a+")`,
		`evt.Overflow.Alert?.Source?.IP == "1.2.3.4" or evt.GetMeta("a") not in evt.Parsed`, `evt.Parsed[evt.Meta.a][1:] + "x" + evt.Stage`,
	} {
		f.Add(s, []byte("\x01\x02\x03\x04\x05\x06\x07\x08"))
	}
	f.Add("", []byte("choices of a grammar, one a byte, 0123456789 0123456789 0123456789"))
	f.Fuzz(func(t *testing.T, src string, choices []byte) {
		if len(src) > 1<<10 || len(choices) > 1<<10 {
			return
		}
		c := chooser(choices)
		if src == "" {
			g := &grammar{pick: c.pick}
			src = g.one(g.truth(4), g.text(4), g.any(4), g.number(4))
		}
		a := newArena(t)
		p, err := a.c.Compile([]Kind{KindParser, KindPost, KindScenario}[c.pick(3)], diag.Plain(src, "x.yaml"), WantAny)
		if err != nil || len(p.Source()) > 8<<10 {
			return
		}
		a.d.budget(1 << 20)
		if budget := c.pick(256); budget > 128 && !compilesLate(p) {
			a.d.budget(int64(budget))
		}
		a.d.fight(p, a.event(c.pick))
	})
}
