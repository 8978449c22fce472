package banlist

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// read is what a list says, an entry a line.
func read(format, list string, d Defaults) string {
	d.Duration = time.Hour
	x, err := NewReader(iotest.OneByteReader(strings.NewReader(list)), format, d)
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	for {
		e, err := x.Next()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			return b.String() + "error: " + err.Error()
		}
		fmt.Fprintf(&b, "%s:%s %s %s %q\n", e.Scope, e.Value, e.Type, e.Duration, e.Reason)
	}
}

func TestReader(t *testing.T) {
	f := func(format, list, want string) {
		t.Helper()
		if got := read(format, list, Defaults{Reason: "r"}); got != want {
			t.Errorf("%s %.80q reads\n%s\nwant\n%s", format, list, got, want)
		}
	}
	f(Values, "", "")
	f(Values, "\ufeff192.0.2.1\r\n\n# nothing\n 2001:DB8::0:1 # why\n198.51.100.7/24 ; SBL1\n::ffff:192.0.2.2\n192.0.2.3/32 listed\n",
		"Ip:192.0.2.1 ban 1h0m0s \"r\"\nIp:2001:db8::1 ban 1h0m0s \"r\"\nRange:198.51.100.0/24 ban 1h0m0s \"r\"\nIp:192.0.2.2 ban 1h0m0s \"r\"\nIp:192.0.2.3 ban 1h0m0s \"r\"\n")
	f(Values, "192.0.2.1\nnonsense\n", "Ip:192.0.2.1 ban 1h0m0s \"r\"\nerror: line 2: \"nonsense\" is neither an address nor a range")
	f(Values, "fe80::1%eth0", `error: line 1: "fe80::1%eth0" has a zone, which names an interface of one machine`)
	f(Values, strings.Repeat("x", 20000), "error: line 1: it is longer than 16384 bytes: is this a list of values?")

	f(CSV, "", "")
	f(CSV, "\ufeffduration,Scope,value\n24h,ip,192.0.2.1\n7d,range,198.51.100.0/24\n",
		"Ip:192.0.2.1 ban 24h0m0s \"r\"\nRange:198.51.100.0/24 ban 168h0m0s \"r\"\n")
	f(CSV, "value,note,reason,type\n192.0.2.1,x,\"bad, really\",captcha\n", "Ip:192.0.2.1 captcha 1h0m0s \"bad, really\"\n")
	f(CSV, "scope,value\nAS,64500\ncountry,XX\nuser,some one\n", "AS:64500 ban 1h0m0s \"r\"\nCountry:XX ban 1h0m0s \"r\"\nuser:some one ban 1h0m0s \"r\"\n")
	f(CSV, "192.0.2.1\n", "error: line 1: the first line has no column named value: want a header such as value,duration,reason")
	f(CSV, "value,type\n192.0.2.1\n", "error: line 2: wrong number of fields")
	f(CSV, "value,duration\n192.0.2.1,soon\n", "error: line 2: \"soon\" is no duration: write it like 4h, 90m or 7d")
	f(CSV, "value,duration\n192.0.2.1,-4h\n", "error: line 2: the duration \"-4h\" is not longer than nothing")
	f(CSV, "value\n\""+strings.Repeat("x\n", 200_000), "error: after line 1: an entry is longer than 262144 bytes: is this the right format?")

	f(JSON, "", "")
	f(JSON, " [] ", "")
	f(JSON, `[{"value":"192.0.2.1","duration":"4h","scope":"ip","type":"ban","origin":"x","id":7},{"value":"2001:db8::/32","scenario":"s"}]`,
		"Ip:192.0.2.1 ban 4h0m0s \"r\"\nRange:2001:db8::/32 ban 1h0m0s \"s\"\n")
	f(JSON, "{\"value\":\"192.0.2.1\"}\n{\"value\":\"192.0.2.2\"}\n", "Ip:192.0.2.1 ban 1h0m0s \"r\"\nIp:192.0.2.2 ban 1h0m0s \"r\"\n")
	f(JSON, `[{"value":"192.0.2.1"}`, "Ip:192.0.2.1 ban 1h0m0s \"r\"\nerror: entry 2: unexpected EOF")
	f(JSON, `[{"value":"192.0.2.1"}] x`, "Ip:192.0.2.1 ban 1h0m0s \"r\"\nerror: entry 2: there is more after the end of the list")
	f(JSON, `[{}]`, "error: entry 1: there is no value")
	f(JSON, `"x"`, "error: the beginning: want a list of objects, or objects")
	f(JSON, `[{"value":"`+strings.Repeat("x", 300_000)+`"}]`, "error: entry 1: an entry is longer than 262144 bytes: is this the right format?")
	f("yaml", "", `error: there is no format "yaml": want values, csv or json`)
}

func TestDefaults(t *testing.T) {
	f := func(d Defaults, list, want string) {
		t.Helper()
		if got := read(Values, list, d); got != want {
			t.Errorf("with %+v %q reads %q, want %q", d, list, got, want)
		}
	}
	f(Defaults{Scope: "ip", Type: "captcha"}, "192.0.2.0/24", "Range:192.0.2.0/24 captcha 1h0m0s \"\"\n")
	f(Defaults{Scope: "as", Reason: "x"}, "64500", "AS:64500 ban 1h0m0s \"x\"\n")
	f(Defaults{Scope: "user"}, "some one # twice", "user:some one ban 1h0m0s \"\"\n")
}

func FuzzReader(f *testing.F) {
	for _, list := range []string{"192.0.2.1\n", "value\n192.0.2.1\n", `[{"value":"192.0.2.1"}]`, "\ufeff", "[", "\"", "value\n\"x\ny\"\n"} {
		for i := range Formats() {
			f.Add(i, list)
		}
	}
	f.Fuzz(func(t *testing.T, format int, list string) {
		if format < 0 || format >= len(Formats()) {
			t.Skip()
		}
		x, err := NewReader(strings.NewReader(list), Formats()[format], Defaults{Duration: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		for range len(list) + 2 {
			e, err := x.Next()
			if err != nil {
				return
			}
			if e.Value == "" || e.Scope == "" || e.Duration <= 0 {
				t.Fatalf("%q gives %+v", list, e)
			}
			if s, v, err := Settle(e.Scope, e.Value); err != nil || s != e.Scope || v != e.Value {
				t.Fatalf("%q gives %s:%s, which is not settled: %s:%s, %v", list, e.Scope, e.Value, s, v, err)
			}
		}
		t.Fatalf("%q does not end", list)
	})
}

func BenchmarkReader(b *testing.B) {
	var list strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&list, "10.%d.%d.%d\n", i>>16, i>>8&255, i&255)
	}
	b.SetBytes(int64(list.Len()))
	b.ReportAllocs()
	for b.Loop() {
		x, err := NewReader(strings.NewReader(list.String()), Values, Defaults{Duration: time.Hour})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			if _, err := x.Next(); err != nil {
				break
			}
			n++
		}
		if n != 10_000 {
			b.Fatal(n)
		}
	}
}
