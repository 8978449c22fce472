package cond

import (
	"fmt"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// windows is an event as Windows writes it.
func windows() string {
	var b strings.Builder
	b.WriteString(`<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/>` +
		`<EventID>4625</EventID><TimeCreated SystemTime='2026-06-01T00:00:00.1234567Z'/><Computer>HOST</Computer></System><EventData>`)
	for i := range 20 {
		fmt.Fprintf(&b, `<Data Name='Field%d'>value &amp; %d</Data>`, i, i)
	}
	b.WriteString(`</EventData></Event>`)
	return b.String()
}

// BenchmarkDocuments evaluates rules that read documents, on events that are fresh each time.
func BenchmarkDocuments(b *testing.B) {
	for _, f := range []struct{ name, line, src string }{
		{"xml", windows(), `XMLGetNodeValue(evt.Line.Raw, "/Event/EventData[1]/Data[@Name='Field1']") == "value & 1" &&
			XMLGetNodeValue(evt.Line.Raw, "/Event/EventData[1]/Data[@Name='Field9']") == "value & 9" &&
			XMLGetNodeValue(evt.Line.Raw, "/Event/EventData[1]/Data[@Name='Field19']") == "value & 19" &&
			XMLGetNodeValue(evt.Line.Raw, "/Event/System[1]/EventID") == "4625" &&
			XMLGetAttributeValue(evt.Line.Raw, "/Event/System[1]/TimeCreated", "SystemTime") startsWith "2026"`},
		{
			"kv", `date=2026-06-01 time=00:00:00 devname="FW" type=event subtype="vpn" user="a \" b" srcip=192.0.2.1 action=deny port=1`,
			`ParseKV(evt.Line.Raw, evt.Unmarshaled, "kv") in ["", nil] && evt.Unmarshaled.kv.action == "deny"`,
		},
		{"base64", strings.Repeat("dG9jc2lu", 16), `B64Decode(evt.Line.Raw) startsWith "tocsin"`},
		{"extract", `{"a":{"b":[{"c":"x\n"},{"d":12}]},"e":"f","n":"sid-4625"}`, `JsonExtract(evt.Line.Raw, "a.b[1].d") == "12" &&
			JsonExtract(evt.Line.Raw, "e") == "f" && JsonExtract(evt.Line.Raw, "n") contains "4625"`},
		{"unescape", `{"a":{"b":"x\n\u00e9"},"e":"f"}`, `JsonExtractUnescape(evt.Line.Raw, "a", "b") startsWith "x" && JsonExtractUnescape(evt.Line.Raw, "e") == "f"`},
		{"json", `{"a":{"b":[{"c":"x\n"},{"d":12}]},"e":"f","n":"sid-4625"}`, `UnmarshalJSON(evt.Line.Raw, evt.Unmarshaled, "j") in ["", nil] &&
			evt.Unmarshaled.j.a.b[1].d == 12 && evt.Unmarshaled.j.e == "f" && evt.Unmarshaled.j.n contains "4625"`},
	} {
		b.Run(f.name, func(b *testing.B) {
			c := NewCompiler(event.NewSchema(), fullHost())
			c.SetFast(true)
			p, err := c.Compile(KindParser, diag.Plain(f.src, "x.yaml"), WantBool)
			if err != nil {
				b.Fatal(err)
			}
			r, e, line := NewRun(), event.New(c.schema), &tocsin.Line{Raw: f.line}
			env := &Env{Event: e}
			b.ReportAllocs()
			for b.Loop() {
				e.Reset(1, line)
				r.Begin(noon)
				if ok, err := p.Bool(r, env); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
