package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/testx"
)

func TestSanitize(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := Sanitize(in); got != want {
			t.Errorf("Sanitize(%q) = %q, want %q", in, got, want)
		}
	}
	f("", "")
	f("GET /index.html HTTP/1.1", "GET /index.html HTTP/1.1")
	f("Zoë → 東京 🙂 ṩ", "Zoë → 東京 🙂 ṩ")
	f(`C:\temp\x41`, `C:\temp\x41`)
	f("\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`)
	f("\x1b]0;title\a", `\x1b]0;title\a`)
	f("\u009b31m", `\u009b31m`) // CSI in one character
	f("one\r\ntwo\tthree\x00\x7f", `one\r\ntwo\tthree\x00\x7f`)
	f("user\u202etxt.exe", `user\u202etxt.exe`)
	f("a\u2066b\u2069c\u200e\u200f\u061c", `a\u2066b\u2069c\u200e\u200f\u061c`)
	f("ad\u200bmin\ufeff\u00ad", `ad\u200bmin\ufeff\u00ad`)
	f("a\u2028b\u2029c\u0085d", `a\u2028b\u2029c\u0085d`)
	f("\u3164\u115f\u034f\ufe0f", `\u3164\u115f\u034f\ufe0f`)
	f("\U000e0041", `\U000e0041`) // a tag character
	f("\U000e0100", `\U000e0100`) // a variation selector
	f("ab\xff\x9b31m\xc3", `ab\xff\x9b31m\xc3`)
	f("\ufffd", "\ufffd") // a real replacement character
	f("e\u0301\u0302\u0303\u0304", "e\u0301\u0302\u0303\u0304")
	f("e\u0301\u0302\u0303\u0304\u0305\u0306x", "e\u0301\u0302\u0303\u0304\\u0305\\u0306x")

	if got, want := SanitizeLines("a\n\tb\r\x1b[2J"), "a\n\tb\\r\\x1b[2J"; got != want {
		t.Errorf("SanitizeLines: got %q, want %q", got, want)
	}
	clean := strings.Repeat("nothing to do here ", 100)
	if n := testing.AllocsPerRun(10, func() { Sanitize(clean) }); n != 0 {
		t.Errorf("clean text costs %v allocations, want none", n)
	}
}

func FuzzSanitize(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m", "\u202e", "\xff", "e\u0301\u0302\u0303\u0304\u0305", "\u3164"} {
		f.Add(s)
	}
	for _, s := range testx.Naughty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Sanitize(s)
		if !utf8.ValidString(got) {
			t.Errorf("Sanitize(%q) = %q: not UTF-8", s, got)
		}
		for _, r := range got {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				t.Errorf("Sanitize(%q) = %q: lets %U through", s, got, r)
			}
		}
		if again := Sanitize(got); again != got {
			t.Errorf("Sanitize(%q) = %q, and once more %q: not stable", s, got, again)
		}
	})
}

func TestNumbers(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(Count(0), "0")
	f(Count(999), "999")
	f(Count(1000), "1,000")
	f(Count(-100), "-100")
	f(Count(-1234567), "-1,234,567")
	f(Count(math.MinInt64), "-9,223,372,036,854,775,808")

	f(Bytes(0), "0 B")
	f(Bytes(1023), "1023 B")
	f(Bytes(1024), "1 KiB")
	f(Bytes(1536), "1.5 KiB")
	f(Bytes(1<<20-1), "1 MiB")
	f(Bytes(300<<20), "300 MiB")
	f(Bytes(math.MaxInt64), "8 EiB")
	f(Bytes(-2048), "-2 KiB")

	f(Duration(0), "0 s")
	f(Duration(12), "12 ns")
	f(Duration(1500*time.Nanosecond), "1.5 µs")
	f(Duration(250*time.Millisecond), "250 ms")
	f(Duration(999900*time.Microsecond), "1 s")
	f(Duration(1500*time.Millisecond), "1.5 s")
	f(Duration(59990*time.Millisecond), "1m")
	f(Duration(125*time.Second), "2m 5s")
	f(Duration(3*time.Hour+20*time.Minute+59*time.Second), "3h 20m")
	f(Duration(97*time.Hour), "4d 1h")
	f(Duration(-90*time.Second), "-1m 30s")
	f(Duration(math.MinInt64), "-106751d 23h")

	f(Percent(0, 0), "–")
	f(Percent(0, 10), "0%")
	f(Percent(1, 1000), "<1%")
	f(Percent(1, 3), "33%")
	f(Percent(9999, 10000), "99%")
	f(Percent(10, 10), "100%")

	f(Rate(10, 0), "–")
	f(Rate(24600, 2*time.Second), "12,300/s")
}

func TestDetect(t *testing.T) {
	f := func(c Colour, env map[string]string, want Look) {
		t.Helper()
		got := Detect(io.Discard, c, func(k string) string { return env[k] })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v with %v (-want +got):\n%s", c, env, diff)
		}
	}
	f(Auto, nil, Look{}) // not a terminal
	f(No, nil, Look{})
	f(Yes, nil, Look{Colour: true})
	f(Yes, map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, Look{Colour: true})
}

func TestColourFlag(t *testing.T) {
	for _, word := range []string{"yes", "no", "auto"} {
		c := Colour(9)
		if err := c.Set(word); err != nil || c.String() != word {
			t.Errorf("Set(%q): %v, then String is %q", word, err, c)
		}
	}
	if err := new(Colour).Set("never"); err == nil {
		t.Error(`Set("never") is accepted`)
	}
}

func TestPrintf(t *testing.T) {
	f := func(want, format string, args ...any) {
		t.Helper()
		var b bytes.Buffer
		o := NewOut(&b, Look{Colour: true})
		o.Printf(format, args...)
		if err := o.Flush(); err != nil {
			t.Error(err)
		}
		if got := b.String(); got != want {
			t.Errorf("Printf(%q, %q): got %q, want %q", format, args, got, want)
		}
	}
	o := NewOut(io.Discard, Look{Colour: true})
	f("a\\x1b[2Jb\n", "%s\n", "a\x1b[2Jb")
	f("   \\nx", "%5s", "\nx") // the width counts what came in
	f(`"\x1b"`, "%q", "\x1b")
	f(`bad \r`, "%v", errors.New("bad \r"))
	f(`[a b\n]`, "%v", []string{"a", "b\n"})
	f("007 3.50 true", "%03d %.2f %t", int64(7), 3.5, true)
	f("    x", "%*s", 5, "x")
	f("\x1b[31m1.2.3.4\x1b[m", "%s", o.Paint(Bad, "1.2.3.4"))
	f("\x1b[31m\\x1b[0m\x1b[m", "%s", o.Paint(Bad, "\x1b[0m"))
	f("plain", "%s", o.Paint(Plain, "plain"))
	f("off", "%s", NewOut(io.Discard, Look{}).Paint(Bad, "off"))
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFlushTells(t *testing.T) {
	o := NewOut(full{}, Look{})
	o.Printf("%s", strings.Repeat("x", 100<<10))
	o.Printf("more")
	if err := o.Flush(); err == nil || err.Error() != "no space left" {
		t.Errorf("Flush = %v, want the writer's error", err)
	}
	table := NewTable("A")
	table.Row(strings.Repeat("x", 100<<10))
	if err := table.CSV(NewOut(full{}, Look{})); err == nil {
		t.Error("CSV hides the writer's error")
	}
}

// sample is a table with each kind of cell, one of them hostile.
func sample() *Table {
	t := NewTable("SCENARIO", "SOURCE", "EVENTS", "READ", "TOOK")
	t.Row("ssh-bf", Cell{"203.0.113.7", Bad}, 1234567, Size(2048), 90*time.Second)
	t.Row("http-probing-with-a-long-name", "2001:db8::1\x1b[2J", 7, Size(10), time.Second)
	t.Row("東京", nil, nil, Size(0))
	return t
}

func TestTable(t *testing.T) {
	f := func(look Look, want string) {
		t.Helper()
		var b bytes.Buffer
		o := NewOut(&b, look)
		sample().Print(o)
		if err := o.Flush(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), b.String()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", look, diff)
		}
	}
	wide := `
SCENARIO                       SOURCE                 EVENTS   READ    TOOK
ssh-bf                         203.0.113.7         1,234,567  2 KiB  1m 30s
http-probing-with-a-long-name  2001:db8::1\x1b[2J          7   10 B     1 s
東京                                                            0 B
`
	f(Look{}, wide)
	f(Look{Width: 40}, wide) // not a terminal: nothing is cut
	f(Look{Terminal: true, Width: 70}, `
SCENARIO                  SOURCE                 EVENTS   READ    TOOK
ssh-bf                    203.0.113.7         1,234,567  2 KiB  1m 30s
http-probing-with-a-lon…  2001:db8::1\x1b[2J          7   10 B     1 s
東京                                                       0 B
`)
	// Nothing is cut below the least width, however narrow the terminal.
	f(Look{Terminal: true, Width: 20}, `
SCENARIO         SOURCE              EVENTS   READ    TOOK
ssh-bf           203.0.113.7      1,234,567  2 KiB  1m 30s
http-probing-w…  2001:db8::1\x1…          7   10 B     1 s
東京                                           0 B
`)
}

func TestTableOdd(t *testing.T) {
	f := func(table *Table, want string) {
		t.Helper()
		var b bytes.Buffer
		o := NewOut(&b, Look{Terminal: true, Width: 10, Colour: true})
		table.Print(o)
		_ = o.Flush()
		if got := b.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(NewTable(), "\n")
	f(NewTable("A\x1b"), "\x1b[1mA\\x1b\x1b[m\n")
	more := NewTable("A")
	more.Row(Cell{"x", Good}, "dropped")
	f(more, "\x1b[1mA\x1b[m\n\x1b[32mx\x1b[m\n")

	mixed := NewTable("A")
	mixed.Row(1)
	mixed.Row("text")
	f(mixed, "\x1b[1mA\x1b[m\n1\ntext\n")

	huge := NewTable("A")
	huge.Row(strings.Repeat("é", 1<<20))
	if n := len(huge.rows[0][0].text); n > maxCell+len("…") {
		t.Errorf("a huge cell is measured at %d bytes, want at most %d", n, maxCell)
	}
}

func TestTableCSV(t *testing.T) {
	var b bytes.Buffer
	o := NewOut(&b, Look{Terminal: true, Width: 30, Colour: true})
	if err := sample().CSV(o); err != nil {
		t.Error(err)
	}
	_ = o.Flush()
	want := `SCENARIO,SOURCE,EVENTS,READ,TOOK
ssh-bf,203.0.113.7,1234567,2048,1m30s
http-probing-with-a-long-name,2001:db8::1\x1b[2J,7,10,1s
東京,,,0,
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProgress(t *testing.T) {
	f := func(look Look, total int64, unit Unit, step int64, want ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			var b bytes.Buffer
			p := NewProgress(NewOut(&b, look), "access.log\x1b", total, unit)
			for range 50 { // a second in all
				time.Sleep(20 * time.Millisecond)
				p.Add(step)
			}
			p.Done()
			p.Done()
			pictures := strings.Split(strings.TrimPrefix(b.String(), "\r"), "\x1b[K\r")
			if b.Len() == 0 {
				pictures = nil
			}
			if len(want) == 0 && pictures == nil {
				return
			}
			if len(pictures) != 11 || pictures[10] != "\x1b[K" {
				t.Fatalf("got %d pictures in a second, want ten and the wiping: %q", len(pictures), pictures)
			}
			got := []string{pictures[0], pictures[9]}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("first and last picture (-want +got):\n%s", diff)
			}
		})
	}
	f(Look{Width: 120}, 1000, Lines, 10) // silent: no terminal
	f(Look{Terminal: true, Width: 120}, 1000, Lines, 10,
		`access.log\x1b  [#···················]  5%  50 lines  500/s  1 s left`,
		`access.log\x1b  [##########··········]  50%  500 lines  500/s  1 s left`)
	f(Look{Terminal: true, Width: 120}, 0, Lines, 1000,
		`access.log\x1b  5,000 lines  50,000/s`,
		`access.log\x1b  50,000 lines  50,000/s`)
	f(Look{Terminal: true, Width: 120}, 100<<20, Data, 1<<20,
		`access.log\x1b  [#···················]  5%  5 MiB  50 MiB/s  1 s left`,
		`access.log\x1b  [##########··········]  50%  50 MiB  50 MiB/s  1 s left`)
	f(Look{Terminal: true, Width: 30}, 1<<62, Lines, 1,
		`access.log\x1b  [···········…`,
		`access.log\x1b  [···········…`)
	f(Look{Terminal: true, Width: 120}, 1<<62, Lines, 1,
		`access.log\x1b  [····················]  <1%  5 lines  50/s  –`,
		`access.log\x1b  [····················]  <1%  50 lines  50/s  –`)
	f(Look{Terminal: true, Width: 120}, 10, Lines, 10, // the file grew while it was read
		`access.log\x1b  [####################]  100%  50 lines  500/s  –`,
		`access.log\x1b  [####################]  100%  500 lines  500/s  –`)
}

func ExampleOut_Printf() {
	var b strings.Builder
	o := NewOut(&b, Look{})
	o.Printf("user %s\n", "root\x1b[2J")
	_ = o.Flush()
	fmt.Print(b.String())
	// Output: user root\x1b[2J
}
