package cond

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

func showGuards(guards []Guard) string {
	var out []string
	for _, g := range guards {
		var alts []string
		for _, t := range g.Any {
			alts = append(alts, [...]string{"", "U", "L"}[t.Case]+[...]string{"==", "^=", "$=", "*="}[t.Op]+t.Text)
		}
		one := fmt.Sprintf("%s %s", g.Field, strings.Join(alts, "|"))
		if len(g.Or) > 0 {
			one += " or " + strings.ReplaceAll(showGuards(g.Or), "; ", " or ")
		}
		out = append(out, one)
	}
	return strings.Join(out, "; ")
}

// TestGuards holds which conjuncts are hoisted.
func TestGuards(t *testing.T) {
	host := fullHost()
	host.Files = files{lines: map[string][]string{"f": {"Ab", "", "ſ"}, "json": {`{"uri": "/one"}`, `{}`}}, regexps: map[string][]*regexp.Regexp{
		"r": {regexp.MustCompile(`^nmap.*`), regexp.MustCompile(`(?i)[a-z]bot/\d`)}, "any": {regexp.MustCompile(`.*`)},
	}}
	c := NewCompiler(event.NewSchema(), host)
	f := func(src, want string) {
		t.Helper()
		p, err := c.Compile(KindScenario, diag.Plain(src, "x.yaml"), WantBool)
		if err != nil {
			t.Fatal(err)
		}
		if got := showGuards(p.Guards()); got != want {
			t.Errorf("%s\n got %s\nwant %s", src, got, want)
		}
	}
	// The shapes.
	f(`evt.Meta.a == 'x'`, "evt.Meta.a ==x")
	f(`'x' == evt.Meta.a`, "evt.Meta.a ==x")
	f(`evt.Meta['a'] == 'x'`, "evt.Meta.a ==x")
	f(`evt?.Meta?.a == 'x'`, "evt.Meta.a ==x")
	f(`evt.Parsed.a in ['x', 'y', nil, 3]`, "evt.Parsed.a ==x|==y")
	f(`evt.Parsed.a in []`, "evt.Parsed.a ")
	f(`evt.Enriched.a startsWith 'x'`, "evt.Enriched.a ^=x")
	f(`evt.Meta.a endsWith 'x'`, "evt.Meta.a $=x")
	f(`evt.Meta.a contains 'x'`, "evt.Meta.a *=x")
	f(`Upper(evt.Meta.a) == 'X'`, "evt.Meta.a U==X")
	f(`Lower(evt.Meta.a) in ['x', Lower('Y')]`, "evt.Meta.a L==x|L==y")
	f(`Upper(evt.Meta.a) contains Upper('/x')`, "evt.Meta.a U*=/X")
	f(`let p = Lower(evt.Meta.a); evt.Meta.b == 'x' && p contains 'y'`, "evt.Meta.b ==x; evt.Meta.a L*=y")
	f(`evt.Line.Labels.type == 'x' && evt.Line.Labels['a b'] == 'y'`, "evt.Line.Labels.type ==x; evt.Line.Labels.a b ==y")
	f(`evt.Line.Src == 'x' && evt.Line.Module == 'y' && evt.GetType() == 'log' && evt.Stage == 's'`,
		"evt.Line.Src ==x; evt.Line.Module ==y; evt.GetType() ==log; evt.Stage ==s")

	// The lines of a file.
	f(`any(File('f'), {evt.Meta.a contains #})`, "evt.Meta.a *=Ab|*=|*=ſ")
	f(`any(File('f'), {Upper(evt.Meta.a) contains Upper(#)})`, "evt.Meta.a U*=AB|U*=|U*=S")
	f(`any(File('f'), {Lower(evt.Meta.a) == #}) && any(File('f'), {# == evt.Meta.b})`, "evt.Meta.a L==Ab|L==|L==ſ")
	f(`any(File('f'), {evt.Meta.a endsWith #}) || evt.Meta.a == 'x'`, "evt.Meta.a $=Ab|$=|$=ſ|==x")
	f(`evt.Meta.a in File('f')`, "evt.Meta.a ==Ab|==|==ſ")
	f(`any(File('none'), {evt.Meta.a startsWith #})`, "evt.Meta.a ")
	f(`any(File('f'), {# contains evt.Meta.a})`, "")
	f(`any(File('f'), {not (evt.Meta.a contains #)})`, "")
	f(`all(File('f'), {evt.Meta.a contains #})`, "")
	f(`any(['x'], {evt.Meta.a contains #})`, "")
	f(`any(File(evt.Meta.b), {evt.Meta.a contains #})`, "")

	f(`any(File('json'), {evt.Meta.a contains JsonExtract(#, 'uri') ? evt.SetMeta('b', JsonExtract(#, 'x')) : false})`,
		"evt.Meta.a *=/one|*=")
	f(`any(File('json'), {Lower(evt.Meta.a) == Lower(JsonExtract(#, 'uri')) && evt.SetMeta('b', 'c')})`, "evt.Meta.a L==/one|L==")
	f(`any(File('json'), {evt.Meta.a contains JsonExtract(#, evt.Meta.b)})`, "")
	f(`any(File('f'), {evt.SetMeta('b', #) && evt.Meta.a contains #})`, "")
	f(`any(File('f'), {evt.Meta.a contains # ? false : evt.SetMeta('b', 'c')})`, "")
	f(`any(File('f'), {evt.Meta.a contains # ? true : true})`, "")

	// What a regular expression needs.
	f(`evt.Meta.a matches '^/apps/[a-z]+/x'`, "evt.Meta.a *=/apps/")
	f(`evt.Meta.a matches '(union|select).*from'`, "evt.Meta.a *=union|*=select")
	f(`evt.Meta.a matches '(?i)basket'`, "") // too short between k and s
	f(`evt.Meta.a matches '(?i)^/Items/x+'`, "evt.Meta.a L*=/item")
	f(`Upper(evt.Meta.a) matches '(?i)/item'`, "evt.Meta.a U*=/ITEM")
	f(`Upper(evt.Meta.a) matches Upper('/tmui/[^.]+')`, "evt.Meta.a U*=/TMUI/")
	f(`evt.Meta.a matches 'abc.(def)+.(ghijk){2,}'`, "evt.Meta.a *=ghijk")
	f(`evt.Meta.a matches '(abc)*' && evt.Meta.b == 'x'`, "evt.Meta.b ==x")
	f(`evt.Meta.a matches '(abc|d).*' && evt.Meta.b == 'x'`, "evt.Meta.b ==x")
	f(`evt.Meta.a matches 'aaaa\\x{fffd}é' && evt.Meta.b == 'x'`, "evt.Meta.a *=aaaa; evt.Meta.b ==x")
	f(`evt.Meta.a matches Upper('(x') && evt.Meta.b == 'x'`, "") // it fails
	f(`not (evt.Meta.a matches 'abc')`, "")
	f(`RegexpInFile(evt.Meta.a, 'r')`, "evt.Meta.a *=nmap|L*=bot/")
	f(`RegexpInFile(Lower(evt.Meta.a), 'r') && evt.Meta.b == 'x'`, "evt.Meta.a L*=nmap|L*=bot/; evt.Meta.b ==x")
	f(`RegexpInFile(evt.Meta.a, 'any') && evt.Meta.b == 'x'`, "evt.Meta.b ==x")
	f(`RegexpInFile(evt.Meta.a, 'none')`, "evt.Meta.a ")
	f(`RegexpInFile(evt.Meta.a, evt.Meta.b)`, "")

	// What is decoded first.
	f(`PathUnescape(evt.Meta.a) contains 'x'`, "evt.Meta.a *=%|*=x")
	f(`Upper(QueryUnescape(evt.Meta.a)) startsWith Upper('x')`, "evt.Meta.a *=+|*=%|U^=X")
	f(`PathUnescape(Lower(evt.Meta.a)) == 'x'`, "evt.Meta.a *=%|L==x")
	f(`Upper(PathUnescape(Lower(evt.Meta.a))) == 'x'`, "")
	f(`PathEscape(evt.Meta.a) == 'x'`, "")

	// Alternatives of one field, on all sides of which it stands.
	f(`evt.Meta.a == 'x' || evt.Meta.a startsWith 'y' or Upper(evt.Meta.a) == 'Z'`, "evt.Meta.a ==x|^=y|U==Z")
	f(`evt.Meta.a == 'x' || evt.Meta.b == 'x'`, "evt.Meta.a ==x or evt.Meta.b ==x")
	f(`evt.Meta.a == 'x' || evt.Meta.b == 'y' || evt.Meta.a == 'z'`, "evt.Meta.a ==x|==z or evt.Meta.b ==y")
	f(`evt.Meta.a == 'x' || evt.Meta.b != 'x'`, "")
	f(`(evt.Meta.a == 'x' && evt.Meta.b == 'long') || (evt.Meta.a == 'y' && evt.Meta.c == 'long')`,
		"evt.Meta.a ==x|==y; evt.Meta.b ==long or evt.Meta.c ==long")
	f(`evt.Meta.a == '1' || evt.Meta.b == '2' || evt.Meta.c == '3' || evt.Meta.d == '4'`,
		"evt.Meta.a ==1 or evt.Meta.b ==2 or evt.Meta.c ==3 or evt.Meta.d ==4")
	f(`evt.Meta.a == '1' || evt.Meta.b == '2' || evt.Meta.c == '3' || evt.Meta.d == '4' || evt.Meta.e == '5'`, "")
	f(`(evt.Meta.a == 'x' && evt.Meta.b == 'x') || (evt.Meta.b == 'y' && evt.Meta.a == 'y')`, "evt.Meta.a ==x|==y; evt.Meta.b ==x|==y; evt.Meta.b ==x or evt.Meta.a ==y")
	f(`(evt.Meta.a == 'x' && evt.Unmarshaled.q.w == 1) || evt.Meta.a == 'y'`, "evt.Meta.a ==x|==y")
	f(`((evt.Meta.a == 'x' && evt.Unmarshaled.q.w == 1) || evt.Meta.a == 'y') && evt.Meta.b == 'z'`, "evt.Meta.a ==x|==y")

	// What stands before must neither fail nor do anything.
	f(`evt.Unmarshaled.a.b == 'x' && evt.Meta.a == 'x'`, "")
	f(`evt.Unmarshaled.a != nil && evt.Meta.a == 'x'`, "evt.Meta.a ==x")
	f(`evt.Meta.a == 'x' && evt.Unmarshaled.a.b == 'x' && evt.Meta.b == 'x'`, "evt.Meta.a ==x")
	f(`UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, 'a') == nil && evt.Meta.a == 'x'`, "")
	f(`ParseKV(evt.Line.Raw, evt.Unmarshaled, 'a') == nil && evt.Meta.a == 'x'`, "")
	f(`evt.SetMeta('b', 'c') && evt.Meta.a == 'x'`, "")
	f(`evt.SetParsed('b', 'c') && evt.Parsed.b == 'c'`, "")
	f(`GetFromStash('b', 'c') == '' && evt.Meta.a == 'x'`, "")
	f(`LogInfo('b') && evt.Meta.a == 'x'`, "")
	f(`Atof(evt.Meta.b) > 3.0 && evt.Meta.a == 'x'`, "")
	f(`evt.Overflow.Alert.Scenario == 'x' && evt.Meta.a == 'x'`, "")
	f(`any(File('x'), {evt.Meta.b == #}) && evt.Meta.a == 'x'`, "evt.Meta.b ")
	f(`any(File('x'), {evt.SetMeta('b', #)}) && evt.Meta.a == 'x'`, "")
	f(`split(evt.Meta.b, '/')[2] == 'x' && evt.Meta.a == 'x'`, "")
	f(`Upper(evt.Meta.b) matches '^A' && evt.Meta.a == 'x'`, "evt.Meta.a ==x")
	f(`len(evt.Meta.b) > 3 && not (evt.Meta.b == evt.Parsed.c) && evt.Meta.b not in ['x'] && evt.Meta.a == 'x'`, "evt.Meta.a ==x")
	f(`evt.GetMeta('b') != '' && evt.Meta.a == 'x'`, "evt.Meta.a ==x")
	f(`(evt.Meta.b == 'x' ? evt.Meta.c == 'y' : evt.Meta.d == 'z') && evt.Meta.a == 'x'`, "evt.Meta.a ==x")

	f(`evt.Meta.a == 'x' ? evt.Meta.b == 'y' : false`, "evt.Meta.a ==x; evt.Meta.b ==y")
	f(`evt.Meta.a == 'x' ? evt.Meta.b == 'y' : true`, "")
	f(`evt.Meta.a == 'x' ? evt.SetMeta('b', 'y') : false`, "evt.Meta.a ==x")

	// What is not asked of one field and a constant.
	f(`evt.Meta.a == evt.Meta.b`, "")
	f(`evt.Meta.a != 'x'`, "")
	f(`not (evt.Meta.a == 'x')`, "")
	f(`evt.Meta.a not in ['x']`, "")
	f(`evt.Meta.a in [evt.Meta.b, 'x']`, "")
	f(`'a' in evt.Meta`, "")
	f(`evt.Meta[evt.Parsed.a] == 'x'`, "")
	f(`evt.Line.Labels[evt.Parsed.a] == 'x'`, "")
	f(`evt.Unmarshaled.a == 'x'`, "")
	f(`evt.GetMeta('a') == 'x'`, "")
	f(`Upper(Lower(evt.Meta.a)) == 'X'`, "")
	f(`TrimSpace(evt.Meta.a) == 'X'`, "")
	f(`'abc' contains evt.Meta.a`, "")
	f(`true`, "")
	f(`evt.Line.Raw == 'x'`, "")
}

// TestGuardsKinds: an expression that sees more than the event has no guards.
func TestGuardsKinds(t *testing.T) {
	c := NewCompiler(event.NewSchema(), fullHost())
	for k := range kinds {
		src := "evt.Meta.a == 'x'"
		if other := map[Kind]string{KindProfile: "Alert.Scenario == 'x'", KindTest: "results.x == 'x'"}[k]; other != "" {
			src = other
		}
		p, err := c.Compile(k, diag.Plain(src, "x.yaml"), WantBool)
		if err != nil {
			t.Fatal(k, err)
		}
		if want := k <= KindScenario; len(p.Guards()) > 0 != want {
			t.Errorf("%s: guards %v", k, p.Guards())
		}
	}
	// A field that got no slot is not watched.
	s := event.NewSchema()
	s.Freeze()
	p, err := NewCompiler(s, nil).Compile(KindParser, diag.Plain("evt.Meta.a == 'x'", "x.yaml"), WantBool)
	if err != nil || len(p.Guards()) > 0 {
		t.Errorf("guards %v, %v", p.Guards(), err)
	}
}

// TestHubGuards counts what of the hub has guards.
func TestHubGuards(t *testing.T) {
	c := NewCompiler(event.NewSchema(), fullHost())
	count := map[Kind][2]int{}
	var bare []string
	for _, e := range hubExpressions(t) {
		if e.want != WantBool || e.kind > KindScenario {
			continue
		}
		p, err := c.Compile(e.kind, e.src, e.want)
		if err != nil {
			t.Fatal(err)
		}
		n := count[e.kind]
		n[0]++
		if len(p.Guards()) > 0 {
			n[1]++
		} else if e.kind == KindScenario {
			bare = append(bare, e.src.Value)
		}
		count[e.kind] = n
	}
	for k, n := range count {
		t.Logf("%s: %d filters, %d with guards", k, n[0], n[1])
	}
	t.Logf("without: %q", bare)
	if n := count[KindScenario]; n[1] < 800 {
		t.Errorf("only %d of %d filters of scenarios have guards", n[1], n[0])
	}
}
