package cond

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
	"tocsin.example/internal/testx"
)

// grammar makes expressions that mostly compile, from choices: of a random generator, or of a fuzzer.
type grammar struct {
	pick  func(n int) int
	loops int
	vars  int
}

func (g *grammar) one(of ...string) string { return of[g.pick(len(of))] }

// words occur in expressions and in events, so that they meet.
var words = []string{
	"", "a", "b", "A", "ab", "/a", "/A/b", "x.php", "1", "12", "-3", "0.5", "%41", "a+b", "%zz", "é", "É", "ſK", "1.2.3.4", "::1",
	"10.0.0.0/8", "k=v", `{"a":1}`, `{"a":{"b":["x"]}}`, `{"a":{"b":["\u0061\n"],"b":["\u00e9"]}}`, `[1,"a"`, "\xff", "nil", "user agent", "ab ab",
}

func (g *grammar) quoted() string { return fmt.Sprintf("%q", words[g.pick(len(words)-1)]) }

func (g *grammar) field() string {
	return g.one("evt.Parsed.a", "evt.Parsed.b", "evt.Meta.a", "evt.Meta.c", "evt.Enriched.e", "evt.Parsed.absent", "evt.Line.Raw",
		"evt.Line.Labels.type", "evt.Line.Src", "evt.Stage", "evt.StrTime", `evt.Parsed["b"]`, "evt.WhitelistReason", "evt?.Meta?.a")
}

func (g *grammar) text(d int) string {
	if d <= 0 {
		if g.loops > 0 && g.pick(3) == 0 {
			return "#"
		}
		if g.vars > 0 && g.pick(3) == 0 {
			return fmt.Sprintf("v%d", g.pick(g.vars))
		}
		if g.pick(3) == 0 {
			return g.quoted()
		}
		return g.field()
	}
	s := func() string { return g.text(d - 1) }
	switch g.pick(24) {
	case 0, 1, 2:
		return g.one("Lower", "Upper", "PathUnescape", "QueryUnescape", "TrimSpace", "lower", "upper", "trim", "string",
			"PathEscape", "B64Decode", "ToString", "ParseUnix") + "(" + g.one(s(), s(), g.any(d-1)) + ")"
	case 3:
		return g.one("TrimPrefix", "TrimSuffix", "Trim", "TrimLeft", "JsonExtract", "IpToRange", "trimPrefix", "trim",
			"JsonExtractUnescape") + "(" + g.one(s(), s(), g.any(d-1)) + ", " + s() + ")"
	case 4, 5:
		return "(" + s() + " + " + s() + ")"
	case 6:
		return "(" + g.truth(d-1) + " ? " + s() + " : " + s() + ")"
	case 7:
		return s() + g.slice(d-1)
	case 8:
		return g.list(d-1) + "[" + g.number(d-1) + "]"
	case 9:
		return "(" + g.any(d-1) + " ?? " + s() + ")"
	case 10:
		return fmt.Sprintf("Sprintf(%q, %s)", g.one("%s", "%v-%v", "%5d|", "%[1]s%[1]s", "%q", "%%"), s())
	case 11:
		return "Get(" + g.list(d-1) + ", " + g.number(d-1) + ")"
	case 12:
		return "evt.GetMeta(" + s() + ")"
	case 13:
		return "evt." + g.one("Parsed", "Meta", "Enriched") + "[" + s() + "]"
	case 14:
		return "join(" + g.list(d-1) + ", " + s() + ")"
	case 15:
		return "ReplaceAll(" + s() + ", " + s() + ", " + s() + ")"
	case 16:
		return "XMLGetNodeValue(" + s() + ", " + s() + ")"
	case 17:
		return "LookupFile(" + s() + `, "map")`
	case 18:
		g.vars++
		v := fmt.Sprintf("(let v%d = %s; ", g.vars-1, g.one(s(), g.any(d-1)))
		v += s() + ")"
		g.vars--
		return v
	case 19:
		return g.any(d - 1)
	case 20:
		return "evt.GetType()"
	default:
		return g.field()
	}
}

func (g *grammar) slice(d int) string {
	from, to := "", ""
	if g.pick(3) > 0 {
		from = g.number(d)
	}
	if g.pick(3) > 0 {
		to = g.number(d)
	}
	return "[" + from + ":" + to + "]"
}

func (g *grammar) list(d int) string {
	if d <= 0 {
		return g.one(`["a", "b"]`, `File("lines")`, `File("none")`, `["a", nil, 1]`, `[evt.Parsed.a, evt.Meta.a]`, "1..3", "evt.Unmarshaled.doc.list")
	}
	switch g.pick(9) {
	case 0, 1:
		return g.one("Split", "split", "SplitAfter") + "(" + g.text(d-1) + ", " + g.text(d-1) + ")"
	case 2:
		return "filter(" + g.list(d-1) + ", {" + g.body(func() string { return g.truth(d - 1) }) + "})"
	case 3:
		return "map(" + g.list(d-1) + ", {" + g.body(func() string { return g.any(d - 1) }) + "})"
	case 4:
		return "[" + g.any(d-1) + ", " + g.text(d-1) + "]"
	case 5:
		return g.list(d-1) + g.slice(d-1)
	case 6:
		return "Fields(" + g.text(d-1) + ")"
	case 7:
		return g.one("ParseQuery", "ParseUri") + "(" + g.text(d-1) + ")[" + g.text(d-1) + "]"
	default:
		return g.list(0)
	}
}

// body is what stands in a predicate.
func (g *grammar) body(f func() string) string {
	g.loops++
	s := f()
	g.loops--
	return s
}

func (g *grammar) number(d int) string {
	if d <= 0 {
		return g.one("0", "1", "2", "-1", "7", "evt.Type")
	}
	switch g.pick(9) {
	case 0:
		return "len(" + g.one(g.text(d-1), g.list(d-1)) + ")"
	case 1:
		return "int(" + g.one(g.text(d-1), g.any(d-1)) + ")"
	case 2:
		return "(" + g.number(d-1) + " " + g.one("+", "-", "*", "%") + " " + g.number(d-1) + ")"
	case 3:
		return "count(" + g.list(d-1) + ", {" + g.body(func() string { return g.truth(d - 1) }) + "})"
	case 4:
		return "Index(" + g.text(d-1) + ", " + g.text(d-1) + ")"
	case 5:
		return "-" + g.number(d-1)
	case 6:
		return "(" + g.truth(d-1) + " ? " + g.number(d-1) + " : " + g.number(d-1) + ")"
	default:
		return g.number(0)
	}
}

func (g *grammar) any(d int) string {
	if d <= 0 {
		return g.one("evt.Unmarshaled.doc.name", "evt.Unmarshaled.doc.n", "evt.Unmarshaled.doc.absent", "evt.Unmarshaled.absent",
			"evt.Unmarshaled.doc?.list[0]", "evt.Unmarshaled.kv.k", "evt.Unmarshaled.absent?.x", "evt.Unmarshaled.doc", "nil", "1.5",
			"evt.Unmarshaled.doc.deep.er.name", "evt.Unmarshaled.absent?.x.y", "evt.Overflow.Alert.Source.IP", "evt.Overflow.Alert?.Source",
			"evt.Unmarshaled.new.a.b[0]", "evt.Unmarshaled.new?.a?.b", "evt.Unmarshaled.doc.yes", "evt.Unmarshaled.doc.list[-1]",
			`evt.Unmarshaled.doc["deep"]["er"]`, "evt.Unmarshaled.doc.list[evt.Type]", `get(evt.Unmarshaled.doc, "name")`,
			"get(evt.Unmarshaled.doc.list, 1)", `get(evt.Unmarshaled.doc.n, "x")`, "evt.Unmarshaled")
	}
	switch g.pick(13) {
	case 9:
		return "UnmarshalJSON(" + g.text(d-1) + ", " + g.one("evt.Unmarshaled.doc", "evt.Unmarshaled?.doc", `get(evt.Unmarshaled, "doc")`) + `, "new")`
	case 10:
		return g.any(d-1) + "[" + g.one(g.text(d-1), g.number(d-1), g.any(d-1)) + "]"
	case 11:
		return "(" + g.truth(d-1) + " ? " + g.one(g.text(d-1), g.number(d-1)) + " : " + g.one("nil", g.any(d-1)) + ")"
	case 0:
		return "(" + g.truth(d-1) + " ? " + g.any(d-1) + " : " + g.any(d-1) + ")"
	case 1:
		return "(" + g.any(d-1) + " ?? " + g.any(d-1) + ")"
	case 2:
		return "get(evt.Unmarshaled, " + g.text(d-1) + ")"
	case 3:
		return g.any(d-1) + g.one(".name", ".x", "?.name", "[0]", `["list"]`)
	case 4:
		return "(" + g.number(d-1) + " / " + g.any(d-1) + ")"
	case 5:
		return g.one("find", "first") + "(" + g.list(d-1) + g.one("", ", {"+g.body(func() string { return g.truth(d - 1) })+"}") + ")"
	case 6:
		return "UnmarshalJSON(" + g.text(d-1) + `, evt.Unmarshaled, "new")`
	case 7:
		return g.one("ParseKV", "ParseKVLax") + "(" + g.text(d-1) + `, evt.Unmarshaled, "kv")`
	case 8:
		return g.text(d - 1)
	default:
		return g.any(0)
	}
}

func (g *grammar) truth(d int) string {
	if d <= 0 {
		return g.field() + " == " + g.quoted()
	}
	s := func() string { return g.text(d - 1) }
	switch g.pick(19) {
	case 0, 1:
		return "(" + g.truth(d-1) + " " + g.one("&&", "and", "||", "or") + " " + g.truth(d-1) + ")"
	case 2:
		return g.one("not ", "!") + "(" + g.truth(d-1) + ")"
	case 3, 4:
		return s() + " " + g.one("==", "!=") + " " + g.one(s(), g.any(d-1))
	case 5:
		return g.any(d-1) + " " + g.one("==", "!=", "in", "not in") + " " + g.one(g.any(d-1), `["", nil]`, `["a", "b", nil]`, `[1, "a"]`, "nil")
	case 6, 7:
		return g.one(s(), g.any(d-1)) + " " + g.one("contains", "startsWith", "endsWith") + " " + s()
	case 8:
		return g.one(s(), g.any(d-1)) + " in " + g.one(`["a", "b"]`, `["a", "b", "A", "ab", "1", "12", "x.php"]`, g.list(d-1), "evt.Parsed",
			"evt.Meta", "evt.Unmarshaled", "evt.Unmarshaled.doc", `File("lines")`)
	case 9:
		return g.number(d-1) + " " + g.one("<", ">", "<=", ">=", "==", "!=") + " " + g.one(g.number(d-1), "0.5", g.any(d-1))
	case 10:
		return s() + " matches " + g.one(`"^[a-z]+$"`, `"(?i)A"`, `Upper("a.*b?")`, s())
	case 11, 12:
		return g.one("any", "all", "none", "one") + "(" + g.list(d-1) + ", {" + g.body(func() string { return g.truth(d - 1) }) + "})"
	case 13:
		return `any(File("lines"), {` + g.overLines() + "})"
	case 14:
		return g.one("IsIP", "IsIPV4", "IsIPV6") + "(" + s() + ")"
	case 15:
		return "IpInRange(" + s() + ", " + s() + ")"
	case 16:
		return "RegexpInFile(" + s() + `, "regexps")`
	case 17:
		return "evt." + g.one("SetMeta", "SetParsed") + "(" + g.one(`"a"`, `"b"`, `"new"`, s()) + ", " + s() + ")"
	default:
		return g.number(d-1) + " in 1..3"
	}
}

// overLines is a predicate of the kinds that are found in all lines of a file at once.
func (g *grammar) overLines() string {
	x := g.one(g.field(), "Upper("+g.field()+")", "Lower(PathUnescape("+g.field()+"))")
	line := g.one("#", "Upper(#)", "Lower(#)")
	p := x + " " + g.one("contains", "startsWith", "endsWith", "==") + " " + line
	switch g.pick(4) {
	case 0:
		return "len(#) > 0 && " + p
	case 1:
		return p + " or " + g.one(g.field(), "Upper("+g.field()+")") + " contains #"
	case 2:
		return line + " == " + x
	}
	return p
}

// arena is what generated expressions are evaluated in.
type arena struct {
	c *Compiler
	d *duel
}

func newArena(t testing.TB) *arena {
	t.Helper()
	host := fullHost()
	host.Files = files{
		lines:   map[string][]string{"lines": {"a", "", "B", "ab", "é", "/A", ".php", "12"}},
		regexps: map[string][]*regexp.Regexp{"regexps": {regexp.MustCompile("^a+$"), regexp.MustCompile("(?i)php$"), regexp.MustCompile(`\d`)}},
		maps: map[string][]map[string]string{"map": {
			{"pattern": "a", "tag": "equal", "type": "equals"},
			{"pattern": "b", "tag": "part", "type": "contains"},
			{"pattern": `^\d+$`, "tag": "expr", "type": "regex"},
		}},
		all: true,
	}
	c := NewCompiler(event.NewSchema(), host)
	c.SetFast(true)
	return &arena{c: c, d: newDuel(t)}
}

// event makes an event of choices.
func (a *arena) event(pick func(int) int) *event.Event {
	word := func() string { return words[pick(len(words))] }
	e := event.New(a.c.schema)
	e.Reset(1, &tocsin.Line{Raw: word(), Src: "/log", Module: "file", Time: noon, Labels: map[string]string{"type": word()}})
	for sp, names := range map[event.Space]string{event.Parsed: "ab", event.Meta: "ac", event.Enriched: "e"} {
		for n := range strings.SplitSeq(names, "") {
			if pick(4) > 0 {
				e.SetName(sp, n, word())
			}
		}
	}
	v := e.Scalars()
	v.Stage, v.StrTime = word(), word()
	if pick(8) == 0 {
		v.Type = event.TypeOverflow
		v.Overflow.Alert = &tocsin.Alert{Source: &tocsin.AlertSource{IP: word()}}
	}
	u := e.Unmarshaled()
	if pick(3) > 0 {
		u["doc"] = map[string]any{
			"name": word(), "n": float64(pick(4)), "list": []any{word(), float64(1), nil}, "yes": pick(2) > 0, "deep": map[string]any{"er": map[string]any{"name": word()}},
		}
	}
	if pick(3) > 0 {
		u["kv"] = map[string]string{"k": word()}
	}
	return e
}

// TestFastRandom fights expressions of the grammar on random events, now and then with a small budget.
func TestFastRandom(t *testing.T) {
	n, seed := 10_000, uint64(1)
	switch {
	case testx.Soak():
		n = 600_000
	case testing.Short():
		n = 3_000
	}
	if s, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed, n = s, 200_000
	}
	r := rand.New(rand.NewPCG(seed, 2))
	a := newArena(t)
	g := &grammar{pick: r.IntN}
	compiled, slow := 0, map[string]int{}
	for range n {
		src := g.one(g.truth(4), g.text(3), g.any(3), g.number(3), g.truth(2))
		kind := []Kind{KindParser, KindScenario, KindPost}[r.IntN(3)]
		p, err := a.c.Compile(kind, diag.Plain(src, "x.yaml"), WantAny)
		if err != nil {
			continue
		}
		compiled++
		if ok, why := p.Fast(); !ok {
			slow[why]++
			continue
		}
		a.d.budget(DefaultBudget)
		if r.IntN(4) == 0 && !compilesLate(p) {
			a.d.budget(1 + r.Int64N(2_000))
		}
		a.d.fight(p, a.event(r.IntN))
		if t.Failed() {
			t.Fatalf("after %d expressions", compiled)
		}
	}
	t.Logf("%d of %d compile, %d have closures; the others: %v", compiled, n, a.d.ran, slow)
	if compiled < n/4 || a.d.ran*10 < compiled*9 {
		t.Errorf("of %d expressions only %d compile and %d have closures", n, compiled, a.d.ran)
	}
}
