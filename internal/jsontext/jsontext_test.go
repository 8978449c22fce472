package jsontext_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tocsin.example/internal/jsontext"
	"tocsin.example/internal/testx"
)

// compare parses a text as the package and as encoding/json do, and reports every difference.
func compare(t *testing.T, d *jsontext.Doc, text string) {
	t.Helper()
	var want any
	wantErr := json.Unmarshal([]byte(text), &want)
	err := d.Parse(text)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.200q: the error is %v, want %v", text, err, wantErr)
	}
	if err != nil {
		fault, ok := errors.AsType[*jsontext.Error](err)
		if !ok || fault.At < 0 || fault.At > len(text) || fault.What == "" {
			t.Fatalf("%.200q: the error is %#v", text, err)
		}
		if k := d.Root().Kind(); k != jsontext.None {
			t.Fatalf("%.200q: behind an error the root has kind %d", text, k)
		}
		return
	}
	if got := d.Root().Any(); !reflect.DeepEqual(want, got) {
		t.Fatalf("%.200q: got %#v, want %#v", text, got, want)
	}
	same(t, d.Root(), want)
	if got := d.Root().Any(); !reflect.DeepEqual(want, got) { // now that strings are decoded and tables are made
		t.Fatalf("%.200q: got %#v the second time, want %#v", text, got, want)
	}
}

// same asks a value for all that it should be.
func same(t *testing.T, v jsontext.Value, want any) {
	t.Helper()
	got := fmt.Sprint(v.Kind(), v.Bool(), v.Float(), v.String())
	f := func(k jsontext.Kind, b bool, n float64, s string) {
		t.Helper()
		if want := fmt.Sprint(k, b, n, s); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	switch want := want.(type) {
	case nil:
		f(jsontext.Null, false, 0, "")
	case bool:
		f(jsontext.Bool, want, 0, "")
	case float64:
		f(jsontext.Number, false, want, "")
	case string:
		f(jsontext.String, false, 0, want)
	case []any:
		f(jsontext.List, false, 0, "")
		sameList(t, v, want)
	case map[string]any:
		f(jsontext.Object, false, 0, "")
		sameObject(t, v, want)
	}
}

func sameList(t *testing.T, v jsontext.Value, want []any) {
	t.Helper()
	if v.Len() != len(want) {
		t.Fatalf("there are %d elements, want %d", v.Len(), len(want))
	}
	i := 0
	for e := range v.Elements() {
		at, ok := v.Index(i)
		if !ok || at != e {
			t.Fatalf("element %d is another one by its index", i)
		}
		same(t, e, want[i])
		i++
	}
	for _, i := range []int{-1, len(want)} {
		if _, ok := v.Index(i); ok {
			t.Fatalf("there is an element %d of %d", i, len(want))
		}
	}
}

func sameObject(t *testing.T, v jsontext.Value, want map[string]any) {
	t.Helper()
	last := map[string]jsontext.Value{}
	n := 0
	for k, e := range v.Members() {
		last[strings.Clone(k.String())] = e
		n++
	}
	if n != v.Len() || len(last) != len(want) {
		t.Fatalf("there are %d members of %d keys, want %d keys; Len is %d", n, len(last), len(want), v.Len())
	}
	for round := range 2 { // the second time by a table, if it is large
		for key, inner := range want {
			e, ok := v.Get(key)
			if !ok || e != last[key] {
				t.Fatalf("the member %q is not the last with this key", key)
			}
			if round == 0 {
				same(t, e, inner)
			}
			if _, has := want[key+"?"]; !has {
				if _, ok := v.Get(key + "?"); ok {
					t.Fatalf("there is a member %q", key+"?")
				}
			}
		}
	}
}

// texts are examples of all that JSON has, and of what it has not.
func texts() []string {
	list := []string{
		``, ` `, `null`, `true`, `false`, `nul`, `tru`, `fals`, `nulll`, `True`, ` true `, "\ttrue\r\n", "true\v", "\ufeff{}",
		`0`, `-0`, `1`, `-1`, `01`, `-`, `+1`, `.5`, `1.`, `1.5`, `1e5`, `1E+5`, `1e-5`, `1e`, `1e+`, `0x10`, `1_0`, `NaN`, `-Infinity`,
		`1e308`, `1e309`, `-1e309`, `1e-400`, `1E400`, `0e999999`, `[1e999]`, `{"a":1e999}`, `1.7976931348623157e308`, `1.7976931348623159e308`,
		strings.Repeat("9", 299), strings.Repeat("9", 308), strings.Repeat("9", 310), "0." + strings.Repeat("0", 400) + "1", `12345678901234567890.25`,
		`""`, `"a"`, `"`, `"a`, `'a'`, `"\"\\\/\b\f\n\r\t"`, `"\x"`, `"\u12"`, `"\u123g"`, `"\`, `"\u`, `"é"`, `"ſK"`, `"\u017f"`, `"\u0000"`,
		`"\ud83d\ude00"`, `"\ud83d"`, `"\ude00"`, `"\ud83d\ud83d\ude00"`, `"\ud83dx"`, `"\ud83d\n"`, `"\ud83d\u0041"`, `"\uD83D\uDE00é"`, `"\ufffd"`,
		"\"\xff\"", "\"\xed\xa0\x80\"", "\"a\xc3\"", "\"\xf0\x9f\x98\"", "\"\\n\xff\"", "\"12345678\xff90\"", "\"\x00\"", "\"1234567\n\"", "\"\x1f\"", "\"\x7f\"",
		`"12345678"`, `"1234567\t8"`, `"1234567"`, `"123456789012345678901234\u00e9"`,
		`[]`, `[ ]`, `[1]`, `[1,2,"a",null,[],{}]`, `[1,]`, `[,1]`, `[1 2]`, `[`, `[1`, `[1,`, `]`, `[]]`, `[}`, `[[[]]]`, "[\u00a01]",
		`{}`, `{ }`, `{"a":1}`, `{"a":1,"b":{"c":[1,{"d":"e"}]}}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a" 1}`, `{a:1}`, `{1:1}`, `{`, `{"a"`, `{"a":`,
		`{"a":1`, `{"a":1]`, `{"a":1}}`, `{"a":1} x`, `{"a":1}{"a":2}`, ` { "a" : 1 , "b" : [ 1 , 2 ] } `,
		`{"a":1,"a":2}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, "{\"\xff\":1,\"\xfe\":2,\"\ufffd\":3}", `{"":1,"":2}`,
		strings.Repeat("[", 9999) + strings.Repeat("]", 9999), strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001), strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000),
		strings.Repeat(`{"a":`, 10001) + "1" + strings.Repeat("}", 10001), strings.Repeat("[", 20000),
	}
	return append(list, long(40), long(200), "["+strings.Repeat("1,", 100)+"2]", caddy)
}

// long is an object of many keys, one of them often and one escaped.
func long(n int) string {
	var b strings.Builder
	b.WriteString(`{"often":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"key%d":%d,"often":%d`, i, i, i)
	}
	b.WriteString(`,"k\u0065y1":"last"}`)
	return b.String()
}

const caddy = `{"level":"info","ts":1646861401.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.7",` +
	`"remote_port":"41342","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/shop/item?id=12","headers":{"User-Agent":["Mozilla/5.0 (X11; Linux ` +
	`x86_64)"],"Accept":["*/*"],"Accept-Encoding":["gzip, deflate, br"]},"tls":{"resumed":false,"version":772}},"user_id":"","duration":0.000929675,"size":10900,` +
	`"status":200,"resp_headers":{"Server":["Caddy"],"Content-Type":["text/html"]}}`

func TestParse(t *testing.T) {
	d := new(jsontext.Doc)
	for _, text := range texts() {
		compare(t, d, text)
		compare(t, new(jsontext.Doc), text)
	}
}

func TestCut(t *testing.T) {
	d := new(jsontext.Doc)
	for i := range caddy {
		compare(t, d, caddy[:i])
		compare(t, d, caddy[:i]+caddy[min(i+1, len(caddy)):])
		compare(t, d, caddy[:i]+`"`+caddy[i:])
		compare(t, d, caddy[:i]+"\x80"+caddy[i:])
	}
}

func TestError(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		err := new(jsontext.Doc).Parse(text)
		if got := fmt.Sprint(err); got != want {
			t.Errorf("the error of %q is %q, want %q", text, got, want)
		}
	}
	f(`{}`, "<nil>")
	f(``, "the text ends in the middle at byte 1")
	f(`{"a":"b`, "the text ends in the middle at byte 8")
	f(`{"a":"\q"}`, "there is no such escape at byte 7")
	f("[\"\t\"]", "a control character must be escaped at byte 3")
	f(`{"a" 1}`, "a colon is missing at byte 6")
	f(`[1 2]`, "a comma or a closing bracket is missing at byte 4")
	f(`{} x`, "there is more behind the value at byte 4")
	f(`[01]`, "the number is faulty at byte 2")
	f(`[1e999]`, "the number is too large at byte 2")
	f(`[,]`, "there is no value at byte 2")
	f(`{a:1}`, "there is no key at byte 2")
}

// TestOwn holds that what Any gives stays when the Doc reads another text, and that strings do not before.
func TestOwn(t *testing.T) {
	d := new(jsontext.Doc)
	text := []byte(`{"a\n":["b\t","c","é"],"d":"e"}`)
	if err := d.Parse(string(text)); err != nil {
		t.Fatal(err)
	}
	list, _ := d.Root().Get("a\n")
	first, _ := list.Index(0)
	s, again := first.String(), first.String()
	other, _ := d.Root().Get("d")
	_ = other.String()
	if s != "b\t" || again != "b\t" {
		t.Fatalf("the string is %q and %q", s, again)
	}
	all, part := d.Root().Any(), first.Any()
	if err := d.Parse(`{"xxxxxxx\n":"yyyyyyyyy\t"}`); err != nil {
		t.Fatal(err)
	}
	for k, v := range d.Root().Members() {
		_, _ = k.String(), v.String()
	}
	want := map[string]any{"a\n": []any{"b\t", "c", "é"}, "d": "e"}
	if !reflect.DeepEqual(all, any(want)) || part != "b\t" {
		t.Errorf("the copies are %v and %q", all, part)
	}
}

func TestZero(t *testing.T) {
	var v jsontext.Value
	_, member := v.Get("a")
	_, element := v.Index(0)
	if v.Kind() != jsontext.None || v.Any() != nil || v.String() != "" || v.Raw() != "" || v.Len() != 0 || member || element {
		t.Error("the zero value is something")
	}
	for range v.Elements() {
		t.Error("it has an element")
	}
	for range v.Members() {
		t.Error("it has a member")
	}
	if new(jsontext.Doc).Root() != v {
		t.Error("the root of an empty Doc is something")
	}
}

// TestWork holds that the work for objects and lists of many values, asked for each, stays in proportion: what is slow
// takes minutes here.
func TestWork(t *testing.T) {
	const n = 100_000
	var b strings.Builder
	b.WriteString(`{"list":[0`)
	for i := range n {
		fmt.Fprintf(&b, ",%d", i)
	}
	b.WriteString(`],"object":{"x":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"%x":%d`, i, i)
	}
	b.WriteString(`}}`)
	d := new(jsontext.Doc)
	if err := d.Parse(b.String()); err != nil {
		t.Fatal(err)
	}
	list, _ := d.Root().Get("list")
	object, _ := d.Root().Get("object")
	for i := range n {
		e, _ := list.Index(i + 1)
		m, _ := object.Get(fmt.Sprintf("%x", i))
		if e.Float() != float64(i) || m.Float() != float64(i) {
			t.Fatalf("element and member %d are %v and %v", i, e.Float(), m.Float())
		}
	}
}

func TestAllocs(t *testing.T) {
	d := new(jsontext.Doc)
	big := long(100)
	var sum int
	n := testing.AllocsPerRun(100, func() {
		for _, text := range []string{caddy, big, `{"a\n":"b\u00e9\ufffd","c":"é"}`} {
			if err := d.Parse(text); err != nil {
				t.Fatal(err)
			}
			sum += wanted(d)
			for _, key := range [...]string{"a\n", "c", "key7"} {
				v, _ := d.Root().Get(key)
				sum += len(v.String()) + int(v.Float())
			}
			for range 8 {
				v, _ := d.Root().Get("often")
				sum += v.Len()
			}
		}
	})
	if n != 0 {
		t.Errorf("reading takes %v allocations, want none", n)
	}
}

// wanted asks for the eight fields of a Caddy line that the hub's parser asks for.
func wanted(d *jsontext.Doc) int {
	root := d.Root()
	sum := 0
	for _, key := range [...]string{"ts", "status", "size"} {
		v, _ := root.Get(key)
		sum += int(v.Float())
	}
	request, _ := root.Get("request")
	for _, key := range [...]string{"remote_ip", "method", "host", "uri"} {
		v, _ := request.Get(key)
		sum += len(v.String())
	}
	headers, _ := request.Get("headers")
	agents, _ := headers.Get("User-Agent")
	agent, _ := agents.Index(0)
	return sum + len(agent.String())
}

func FuzzJSON(f *testing.F) {
	for _, text := range texts() {
		if len(text) < 1000 {
			f.Add(text)
		}
	}
	for _, s := range testx.NaughtyDocuments() {
		f.Add(s)
	}
	for _, s := range testx.Naughty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		compare(t, new(jsontext.Doc), text)
	})
}
