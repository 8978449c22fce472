package cond

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// TestFaults holds the words of faults that rules have.
func TestFaults(t *testing.T) {
	b := newBench(t, fullHost())
	f := func(kind Kind, want Want, src, fault string) {
		t.Helper()
		_, err := b.c.Compile(kind, diag.Plain(src, "x.yaml"), want)
		if err == nil {
			t.Errorf("%s compiles", src)
			return
		}
		if _, ok := errors.AsType[diag.Problem](err); !ok {
			t.Errorf("%s: the error is a %T", src, err)
		}
		if err.Error() != fault {
			t.Errorf("%s\n got %s\nwant %s", src, err, fault)
		}
	}
	f(KindParser, WantAny, "true &&\n IpInRang(evt.Meta.a, 'b')", `x.yaml:2:2: unknown helper IpInRang (did you mean IpInRange?)`)
	f(KindParser, WantAny, `"ü" == "é" || evnt.x == ""`, `x.yaml:1:15: unknown name evnt (did you mean evt?)`)
	f(KindParser, WantAny, `queue.Queue`, `x.yaml:1:1: unknown name queue (here an expression sees evt)`)
	f(KindParser, WantAny, `evt.Prased.x`, `x.yaml:1:5: an event has no field Prased (did you mean Parsed?)`)
	f(KindParser, WantAny, `evt.GetMet("x")`, `x.yaml:1:5: an event has no method GetMet (did you mean GetMeta?)`)
	f(KindParser, WantAny, `evt.Line.Rwa`, `x.yaml:1:10: evt.Line has no field Rwa (did you mean Raw?)`)
	f(KindBucket, WantAny, `queue.Queue[0].Mta.x`, `x.yaml:1:16: an event has no field Mta (did you mean Meta?)`)
	f(KindProfile, WantAny, `Alert.Scenari`, `x.yaml:1:7: an alert has no field Scenari (did you mean Scenario?)`)
	f(KindParser, WantBool, `evt.Meta.x`, `x.yaml:1:1: the expression must give true or false, but gives text (compare it with something)`)
	f(KindParser, WantString, `len(evt.Meta)`, `x.yaml:1:1: the expression must give text, but gives a number (convert it: Sprintf("%v", ...))`)
	f(KindParser, WantAny, ``, `x.yaml:1:1: the expression is empty (write an expression, or remove the key)`)
	f(KindParser, WantAny, `basename("x")`, `x.yaml:1:1: the helper basename is for tests only`)
	f(KindParser, WantAny, `[evt]`, `x.yaml:1:2: evt can not be used as a value (name a field: evt.Meta.source_ip)`)
	f(KindParser, WantAny, `map(["a"], Upper)`, `x.yaml:1:12: the helper Upper is not a value (call it: Upper(...))`)
	f(KindParser, WantAny, `$env["evt"]`, `x.yaml:1:1: $env is not available (name what you need)`)
	f(KindBucket, WantAny, `queue.Queue[0].SetMeta("a", "b")`, `x.yaml:1:16: SetMeta works on evt only (write evt.SetMeta(...))`)
	f(KindContext, WantAny, `evt.SetMeta("a", "b")`, `x.yaml:1:5: SetMeta can not be used in an alert context: the event is over (set it in a parser)`)
	f(KindParser, WantAny, `evt.Meta.x matches "("`, "x.yaml:1:12: the regular expression is not valid: missing closing ): `(`")
	f(KindParser, WantAny, `evt.Meta.x matches "`+strings.Repeat("a", MaxRegexp+1)+`"`, `x.yaml:1:12: the regular expression has 32769 bytes; the limit is 32768 (split it)`)
	f(KindParser, WantAny, strings.Repeat("a", MaxSource+1), `x.yaml:1:1: the expression has 131073 bytes; the limit is 131072 (split it, or move lists into a data file)`)
	f(KindParser, WantAny, `"1" == 1`, "x.yaml:1:5: `==` does not work between text and a number")
	f(KindParser, WantAny, `Upper(1)`, `x.yaml:1:7: Upper wants text here, but gets a number`)
	f(KindParser, WantAny, `Upper()`, `x.yaml:1:1: Upper wants more arguments (write Upper(text))`)
	f(KindParser, WantAny, `Upper("a", "b")`, `x.yaml:1:1: Upper wants fewer arguments (write Upper(text))`)
	f(KindParser, WantAny, `evt.Meta.x ==`, `x.yaml:1:13: the expression ends too early (something is missing behind it: a value, or a closing bracket)`)
	if _, err := b.c.Compile(KindParser, diag.Plain(strings.Repeat("(", 50_000), "x.yaml"), WantAny); err == nil {
		t.Error("50,000 brackets compile")
	}
}

// TestPlaceInFile: the place of a fault is that in the file, not in the text.
func TestPlaceInFile(t *testing.T) {
	const text = "name: x\nfilter: |\n  evt.Meta.a == 'b' and\n  IpInRang('a', 'b')\n"
	var l diag.List
	var d struct {
		Filter diag.Text `yaml:"filter"`
		Name   string    `yaml:"name"`
	}
	diag.Documents("x.yaml", []byte(text), diag.Foreign, &l)[0].Decode(&d)
	_, err := NewCompiler(event.NewSchema(), nil).Compile(KindParser, d.Filter, WantBool)
	const want = "x.yaml:4:3: unknown helper IpInRang (did you mean IpInRange?)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestKinds evaluates in each environment.
func TestKinds(t *testing.T) {
	b := newBench(t, fullHost())
	kept := func(user string, at time.Duration) *event.Kept {
		e := event.New(b.c.schema)
		e.Reset(1, &tocsin.Line{Time: noon.Add(at)})
		e.SetName(event.Meta, "user", user)
		return e.Keep()
	}
	q := &Queue{Queue: []*event.Kept{kept("a", 0), kept("b", time.Minute)}, L: 5}
	alert := &tocsin.Alert{
		Scenario: "s", Source: &tocsin.AlertSource{Scope: "Ip", Value: "1.2.3.4", AsNumber: "5", AsName: "n"},
		Events: []tocsin.AlertEvent{{Meta: []tocsin.Meta{{Key: "k", Value: "v"}}}}, Remediation: true,
	}
	signal := &event.Overflow{
		Alert: alert, APIAlerts: []tocsin.Alert{*alert}, Sources: map[string]*tocsin.AlertSource{"1.2.3.4": alert.Source},
	}
	env := &Env{
		Evt: b.ev.View(), Queue: q, Leaky: &Leaky{Name: "l", Total_count: 3, Leakspeed: time.Second},
		Signal: signal, Alert: alert,
		Match: map[string]any{"uri": "/x"}, Req: &Request{Method: "GET", Header: Header{"User-Agent": {"curl"}}, Host: "h"},
		Results: map[string]any{"s": []any{map[string]any{"Success": true}}},
	}
	f := func(kind Kind, env *Env, src, want string) {
		t.Helper()
		v, err := b.compile(kind, src, WantAny).Eval(b.run, env)
		got := show(v)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", src, got, want)
		}
	}
	f(KindBucket, env, `len(queue.Queue) == 2 && queue.L == 5`, `true`)
	f(KindBucket, env, `queue.Queue[-1].Meta.user`, `"b"`)
	f(KindBucket, env, `queue.Queue[-1].GetMeta("user") + queue.GetQueue()[0].Meta["user"]`, `"ba"`)
	f(KindBucket, env, `queue.Queue[-1].Time - queue.Queue[0].Time`, `1m0s`)
	f(KindBucket, env, `MedianInterval(map(queue.Queue, {.Time}))`, `1m0s`)
	f(KindBucket, env, `any(queue.Queue, {.Meta.user in ["b", "c"]})`, `true`)
	f(KindBucket, env, `queue.Queue[2].Meta.user`, `error: x.yaml:1:12: there is no element 2: the list has 2`)
	f(KindBucket, env, `leaky.Total_count > 2 && leaky.Name == "l" && evt.Meta.source_ip == "1.2.3.4"`, `true`)
	f(KindOverflow, env, `signal.GetSources()[0] + signal.Alert.GetScenario() + signal.Sources["1.2.3.4"].GetScope() + leaky.Name`, `"1.2.3.4sIpl"`)
	f(KindOverflow, &Env{Signal: signal}, `evt.Meta.x`, `error: x.yaml:1:5: what this belongs to is missing`)
	f(KindOverflow, &Env{Signal: signal}, `evt == nil`, `true`)
	f(KindContext, env, `match.uri != nil ? match.uri : ""`, `"/x"`)
	f(KindContext, env, `req.Method + req.UserAgent() + req.Host`, `"GETcurlh"`)
	f(KindContext, env, `JA4H(req)[:13]`, `"ge00nn010000_"`)
	f(KindContext, env, `evt.GetMeta("source_ip")`, `"1.2.3.4"`)
	f(KindContext, &Env{Evt: &q.Queue[0].View}, `evt.GetMeta("user")`, `"a"`)
	f(KindContext, &Env{}, `match.uri`, `<nil>`)
	f(KindContext, &Env{}, `req.Method != "" ? JA4H(req) : "none"`, `"none"`)
	f(KindContext, &Env{}, `req.URL.Path`, `""`)
	f(KindProfile, env, `Alert.Remediation == true && Alert.GetScope() == "Ip"`, `true`)
	f(KindProfile, env, `Alert.Source.GetAsNumberName() + Alert.Events[0].GetMeta("k") + Alert.GetMeta("k")`, `"5 nvv"`)
	f(KindProfile, env, `Sprintf("%dh", (GetDecisionsCount(Alert.GetValue()) + 1) * 4)`, `"16h"`)
	f(KindTest, env, `results["s"][0].Success == true`, `true`)
	f(KindTest, env, `basename("/a/b.log") + basename("a/") + basename("")`, `"b.loga."`)
	f(KindParser, env, `evt.Overflow.Alert.Source.IP`, `error: x.yaml:1:5: there is no Source: Alert is missing`)
	f(KindParser, env, `evt.Overflow.GetSources()`, `[]`)
	f(KindParser, env, `evt.Parsed.none == nil`, `false`)
	f(KindParser, env, `evt.Meta.none not in ["", nil]`, `false`)
	f(KindParser, env, `evt.Unmarshaled.none == nil`, `true`)
	f(KindParser, env, `int(evt.Parsed.program)`, "error: x.yaml:1:1: `sshd` is no number")
	f(KindParser, env, `evt.Line.Labels.type not in ["syslog"]`, `false`)
	f(KindParser, env, `evt.GetType() + evt.Line.Module`, `"logfile"`)
}

func TestEffects(t *testing.T) {
	b := newBench(t, fullHost())
	f := func(kind Kind, src string, want Effects) {
		t.Helper()
		if got := b.compile(kind, src, WantAny).Effects(); got != want {
			t.Errorf("%s: effects %b, want %b", src, got, want)
		}
	}
	f(KindParser, `evt.Meta.a == Lower(evt.Parsed.b)`, 0)
	f(KindParser, `false && evt.SetMeta("a", "b")`, WritesEvent)
	f(KindParser, `let set = evt.SetParsed; set("a", "b")`, WritesEvent)
	f(KindParser, `UnmarshalJSON("1", evt.Unmarshaled, "a") == nil`, WritesUnmarshaled)
	f(KindParser, `ParseKVLax("a=1", evt.Unmarshaled, "a") == nil`, WritesUnmarshaled)
	f(KindParser, `any(["a"], GetFromStash("c", #) == "")`, StashAccess)
	f(KindPost, `LookupHost("x")`, Outside)
	f(KindPost, `MatchKnownBot("x", "", "", "f")`, Outside)
	f(KindParser, `MatchKnownBot("x", "", "", "f")`, 0)
	f(KindScenario, `evt.SetMeta("a", GetFromStash("c", "k"))`, WritesEvent|StashAccess)
}

// TestFields: what an expression names has a slot, so that it is kept.
func TestFields(t *testing.T) {
	b := newBench(t, fullHost())
	s := event.NewSchema()
	b.c = NewCompiler(s, b.host)
	b.compile(KindParser, `evt.Parsed.a == evt.Meta["b"] && get(evt.Enriched, "c") == "" && "d" in evt.Parsed &&
		evt.GetMeta("e") == "" && evt.SetMeta("f", "") && evt.SetParsed("g", "") && evt.Unmarshaled.h == nil &&
		evt?.Meta?.i == "" && evt.Meta[evt.Parsed.j] == ""`, WantBool)
	b.compile(KindBucket, `queue.Queue[-1].Enriched.k == "" && all(queue.Queue, {.Meta.l != ""})`, WantBool)
	var got []string
	for i := range s.Len() {
		sp, name := s.Name(event.Slot(i))
		got = append(got, sp.String()+"."+name)
	}
	want := []string{
		"Enriched.c", "Enriched.k", "Meta.b", "Meta.e", "Meta.f", "Meta.i", "Meta.l", "Parsed.a", "Parsed.d", "Parsed.g", "Parsed.j",
	}
	if d := cmp.Diff(want, sorted(got)); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
}

// TestWrites: what an expression writes is in the slots, too.
func TestWrites(t *testing.T) {
	b := newBench(t, nil)
	f := checking(t, b, KindParser)
	f(`evt.SetMeta("new", Upper(evt.Parsed.program)) && evt.Meta.new == "SSHD"`, `true`)
	if v, _ := b.ev.GetName(event.Meta, "new"); v != "SSHD" {
		t.Errorf("the slot holds %q", v)
	}
}

func TestResults(t *testing.T) {
	b := newBench(t, nil)
	env := &Env{Evt: b.ev.View()}
	if v, err := b.compile(KindParser, `evt.Parsed.program == "sshd"`, WantBool).Bool(b.run, env); !v || err != nil {
		t.Errorf("Bool gives %v, %v", v, err)
	}
	if v, err := b.compile(KindParser, `evt.Parsed.program`, WantString).String(b.run, env); v != "sshd" || err != nil {
		t.Errorf("String gives %v, %v", v, err)
	}
	_, err := b.compile(KindParser, `evt.Unmarshaled.x`, WantBool).Bool(b.run, env)
	if want := "x.yaml:1:1: the expression must give true or false, but gave nothing"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = b.compile(KindParser, `evt.Unmarshaled?.x ?? 3`, WantString).String(b.run, env)
	if want := "x.yaml:1:1: the expression must give text, but gave a number"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestBudget: expressions that would take time or memory without end are stopped.
func TestBudget(t *testing.T) {
	h := fullHost()
	long := make([]string, 20_000)
	for i := range long {
		long[i] = strings.Repeat("x", 20)
	}
	h.Files = files{lines: map[string][]string{"long": long}, all: true}
	b := newBench(t, h)
	f := func(src string) {
		t.Helper()
		b.run.Begin(noon)
		start := time.Now()
		p := b.compile(KindParser, src, WantAny)
		_, err := p.Eval(b.run, &Env{Evt: b.ev.View()})
		if err == nil || !errors.Is(err, ErrBudget) && !strings.Contains(err.Error(), "memory budget exceeded") {
			t.Errorf("%.60s: %v", src, err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%.60s took %s", src, took)
		}
	}
	var double strings.Builder
	double.WriteString(`let a0 = evt.Line.Raw; `)
	for i := range 40 {
		fmt.Fprintf(&double, "let a%d = a%d + a%d; ", i+1, i, i)
	}
	f(double.String() + "len(a40)")
	f(`reduce(1..1000, #acc + #acc, "x")`)
	f(`map(File("long"), count(File("long"), # == "x"))`)
	f(`any(File("long"), {# + "y" in File("long")})`)
	f(`repeat("xxxxxxxxxx", 100000000)`)
	f(`join(map(1..100000, evt.Line.Raw), repeat(evt.Line.Raw, 100))`)
	f(`ReplaceAll(repeat("x", 100000), "x", repeat("y", 100000))`)
	f(`uniq(map(1..999, File("long")[:1000]))`)
	f(`1..100000000`)
	f(`Sprintf(repeat("%[1]s", 10000), repeat("x", 10000))`)
	f(`Sprintf(repeat("%9999d", 10000), 1)`)
	f(`any(1..900, {Match(repeat("*x", 1000), repeat("x", 1000) + "y")})`)
	f(`all(1..2000, {not LibInjectionIsXSS(repeat("x", 1000))})`)
	b.run.Begin(noon)
	if _, fault := b.eval(KindParser, `count(File("long"), # == "x")`); fault != "" {
		t.Errorf("a list of 20,000 is too long: %s", fault)
	}
	b.run.SetBudget(10)
	if _, fault := b.eval(KindParser, `Upper("0123456789")`); fault != "x.yaml:1:1: Upper: "+ErrBudget.Error() &&
		fault != "x.yaml:1:1: "+ErrBudget.Error() {
		t.Errorf("a small budget gives %q", fault)
	}
	if _, fault := b.eval(KindParser, `true`); fault == "" {
		t.Error("an event without budget goes on")
	}
}

// TestShared: one program, many goroutines.
func TestShared(t *testing.T) {
	b := newBench(t, fullHost())
	p := b.compile(KindParser, `let x = Lower(evt.Parsed.program); any(["a", x], # == "sshd") && JsonExtract(evt.Line.Raw, "n") == "null" &&
		XMLGetNodeValue("<a>b</a>", "/a") == "b" && evt.Meta.source_ip matches ("^1" + evt.Meta.none)`, WantBool)
	done := make(chan error)
	for range 4 {
		go func() {
			r := NewRun()
			r.Begin(noon)
			e := sample(b.c.schema)
			for range 200 {
				if v, err := p.Bool(r, &Env{Evt: e.View()}); err != nil || !v {
					done <- errors.Join(errors.New("not true"), err)
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
