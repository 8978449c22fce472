package diag_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/internal/diag"
)

// textOf decodes one key of a document.
func textOf(t *testing.T, text string) diag.Text {
	t.Helper()
	var x struct {
		A diag.Text `yaml:"a"`
		B any       `yaml:"b"`
	}
	if err := decode(t, text, &x).Err(); err != nil {
		t.Fatal(err)
	}
	return x.A
}

// TestTextAt looks for X in the value of a, which must have the value and X the place, written "line:col".
func TestTextAt(t *testing.T) {
	f := func(text, value, place string) {
		t.Helper()
		x := textOf(t, text)
		if x.Value != value {
			t.Errorf("value of %q is %q, want %q", text, x.Value, value)
			return
		}
		if got := x.At(strings.Index(value, "X")).String(); got != "a.yaml:"+place {
			t.Errorf("X in %q is at %s, want %s", text, got, place)
		}
	}
	// plain
	f("a: X", "X", "1:4")
	f("a: é X\n", "é X", "1:6")
	f("a:   b\n  c  \n\n   X d # no\n", "b c\nX d", "4:4")
	f("a: &n !!str X\n", "X", "1:13")
	f("a: !!str # why\n  X\n", "X", "2:3")
	f("b: [&n éX]\na: *n\n", "éX", "1:9")
	f("{b: 1, a: bX}\n", "bX", "1:12")
	f("---\nb: 1\n---\na: X\n", "X", "4:4")
	f("\ufeffa: X\r\n", "X", "1:4")
	f("b: 1\r\na: b\r\n  X\r\n", "b X", "3:3")
	// single quotes
	f("a: 'it''s X'\n", "it's X", "1:11")
	f("a: 'b\n  c\n\n  X'\n", "b c\nX", "4:3")
	f("a: ''''\n", "'", "1:5") // without X: the beginning
	// double quotes
	f(`a: "\t\u00e9\x41X"`, "\té\x41X", "1:17")
	f(`a: "\U0001F600 \"X\\"`, "😀 \"X\\", "1:18")
	f("a: \"\\0\\a\\b\\e\\f\\n\\r\\v\\ \\/\\N\\_\\L\\PX\"", "\x00\a\b\x1b\f\n\r\v /\u0085\u00a0\u2028\u2029X", "1:33")
	f("a: \"b \\\n   c\\\n  X\"\n", "b cX", "3:3")
	f("a: \"b\n\n\n  X\"\n", "b\n\nX", "4:3")
	f("a: \"\\x58\"\n", "X", "1:5")
	// literal
	f("a: |\n  b\n  cX\n", "b\ncX\n", "3:4")
	f("a: |-\n  b\n\n    cX\n", "b\n\n  cX", "4:6")
	f("a: |+ # keep\n\n  X\n\n", "\nX\n\n", "3:3")
	f("a: |2\n    X\n  b\n", "  X\nb\n", "2:5")
	f("a: |1-\n    X\n", "   X", "2:5")
	f("b:\n  - 1\na: &n !!str |\r\n  b\r\n  é: X\r\n", "b\né: X\n", "5:6")
	f("a: |\n\n\n  X\n", "\n\nX\n", "4:3")
	// folded
	f("a: >\n  b\n  c\n\n  X\n", "b c\nX\n", "5:3")
	f("a: >-\n  b\n    c\n  d X\n", "b\n  c\nd X", "4:5")
	f("a: >\n  b\n\n    c\n\n  X\n", "b\n\n  c\n\nX\n", "6:3")
	f("a: >+1\n  b\n  X\n\n", " b\n X\n\n", "3:3")
	f("b: 1\na: |+\n\n\n", "\n\n", "3:1") // without X: the beginning
	// at the end of the file, without a line break
	f("a: |\n  b\n  X", "b\nX", "3:3")
	f("a: >\n  b\n  X", "b X", "3:3")
}

func TestTextEnds(t *testing.T) {
	f := func(text string, offset int, place, quote string) {
		t.Helper()
		x := textOf(t, text)
		if got := x.At(offset).String(); got != "a.yaml:"+place {
			t.Errorf("offset %d of %q is at %s, want %s", offset, text, got, place)
		}
		if got := x.Quote(offset); got != quote {
			t.Errorf("offset %d of %q has the line %q, want %q", offset, text, got, quote)
		}
	}
	const block = "a: |\n  b ==\n\n# c\nb: 1\n"
	f(block, -1, "2:3", "  b ==")
	f(block, 0, "2:3", "  b ==")
	f(block, 4, "2:7", "  b ==") // the line break
	f(block, 5, "2:7", "  b ==") // the end is not on another line
	f(block, 99, "2:7", "  b ==")
	f("a: |-\n  b ==\n", 4, "2:7", "  b ==")
	f("a: b\n", 1, "1:5", "a: b")
	f("a: 'b'\n", 1, "1:6", "a: 'b'")
	f("a: \"\"\n", 0, "1:5", "a: \"\"")
	f("a:\nb: 1\n", 0, "1:3", "a:")
	f("a: |\nb: 1\n", 0, "2:1", "b: 1")
	f("a: >\n  b\n  c\n", 1, "2:4", "  b") // the space that was a line break
}

// A problem prints as itself wherever it is printed, not as the place in it.
func TestProblemPrints(t *testing.T) {
	p := diag.Problem{Place: diag.Place{File: "a"}, What: "no", Severity: diag.Warning}
	if got := fmt.Sprint(p, p.Severity, diag.Error); got != "a: warning: no warning error" {
		t.Error(got)
	}
}

func TestTextAbsent(t *testing.T) {
	if x := textOf(t, "b: 1\n"); !x.IsZero() || x.At(3) != (diag.Place{}) || x.Quote(0) != "" {
		t.Errorf("an absent text: %v %v %q", x.IsZero(), x.At(3), x.Quote(0))
	}
	if x := textOf(t, "a: ''\n"); x.IsZero() {
		t.Error("an empty text is taken for an absent one")
	}
	if x := textOf(t, "a: ~\n"); x.IsZero() || x.Value != "" {
		t.Errorf("null: zero %v, value %q", x.IsZero(), x.Value)
	}
}

func TestTextProblem(t *testing.T) {
	x := textOf(t, "b: 1\na: |\n  b cc\n")
	got := x.Problem(2, "write c", "unknown %s", "`cc`").Detail()
	want := "a.yaml:3:5: unknown `cc` (write c)\n    3 |   b cc\n      |     ^"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlain(t *testing.T) {
	x := diag.Plain("ab\ncde", "argument")
	if got := x.Problem(4, "", "no").Detail(); got != "argument:2:2: no\n    2 | cde\n      |  ^" {
		t.Error(got)
	}
	if diag.Plain("", "").IsZero() {
		t.Error("an empty plain text is taken for an absent one")
	}
}

func TestBool(t *testing.T) {
	f := func(value, want string) {
		t.Helper()
		var x struct {
			A    diag.Bool `yaml:"a"`
			Rest diag.Raw  `yaml:"rest"`
		}
		if err := decode(t, "a: "+value+"\nrest: {remediation: "+value+"}\n", &x).Err(); err != nil {
			t.Fatal(err)
		}
		got := "none"
		if x.A.IsBool {
			got = map[bool]string{true: "true", false: "false"}[x.A.Value]
		}
		if got != want || !x.A.Set || x.A.Place.String() != "a.yaml:1:4" {
			t.Errorf("%s is %s, want %s; %+v", value, got, want, x.A)
		}
		r := x.Rest.Bool("remediation")
		if r.Place.String() != "a.yaml:2:21" || r.Value != x.A.Value || r.IsBool != x.A.IsBool || !r.Set {
			t.Errorf("%s under a key is %+v", value, r)
		}
	}
	for v := range strings.FieldsSeq("true True TRUE yes Yes YES on On ON y Y !!bool\x00yes") {
		f(strings.ReplaceAll(v, "\x00", " "), "true")
	}
	for v := range strings.FieldsSeq("false False FALSE no No NO off Off OFF n N") {
		f(v, "false")
	}
	for v := range strings.FieldsSeq("'true' \"yes\" tRue yEs oN t f 1 0 ~ null [true] {a:\x00b} enabled '' !\x00yes !!str\x00true") {
		f(strings.ReplaceAll(v, "\x00", " "), "none")
	}
	var x struct {
		A    diag.Bool `yaml:"a"`
		Rest diag.Raw  `yaml:"rest"`
	}
	decode(t, "rest: [1]\n", &x)
	if x.A != (diag.Bool{}) || x.Rest.Bool("a") != (diag.Bool{}) {
		t.Errorf("absent: %+v %+v", x.A, x.Rest.Bool("a"))
	}
}
