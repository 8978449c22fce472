package cond

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"tocsin.example/internal/diag"
)

// goWords are what people who write rules need not know.
var goWords = regexp.MustCompile(`\b(string|u?int\d*|float\d*|bool|interface|struct|nil|EOF|slice|array|boolean|map\[|\w+\.View|reflect|mismatched|cannot|predicate)\b`)

// TestWords holds what is said of faults that expr finds, while compiling or running: it is in our words.
func TestWords(t *testing.T) {
	b := newBench(t, fullHost())
	b.ev.Unmarshaled()["doc"] = map[string]any{"n": 3.0, "s": "text", "list": []any{"a"}, "sub": map[string]any{}}
	f := func(src, want string) {
		t.Helper()
		var got string
		p, err := b.c.Compile(KindBucket, diag.Plain(src, "x"), WantAny)
		if err == nil {
			_, err = p.Eval(b.run, &Env{Evt: b.ev.View(), Queue: &Queue{}, Leaky: &Leaky{}})
		}
		if err != nil {
			got = err.Error()
			if p, ok := errors.AsType[diag.Problem](err); ok {
				got = p.What
				if p.Hint != "" {
					got += " (" + p.Hint + ")"
				}
			} else if _, rest, ok := strings.Cut(got, ": "); ok {
				got = rest
			}
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", src, got, want)
		}
		if w := goWords.FindString(got); w != "" {
			t.Errorf("%s: %s: %q is not for people who write rules", src, got, w)
		}
	}
	// The text.
	f(`(1 + 2`, "the expression ends too early (something is missing behind it: a value, or a closing bracket)")
	f(`1 ==`, "the expression ends too early (something is missing behind it: a value, or a closing bracket)")
	f(`1 == 1)`, "`)` can not stand here")
	f(`evt.Meta.a === "x"`, "`=` can not stand here (to compare, write ==)")
	f(`evt.Meta.a == "x" && && true`, "`&&` can not stand here")
	f(`evt.Meta.a = "x"`, "`=` can not stand here (to compare, write ==)")
	f(`evt.Meta.a == "x`, "the text in quotes has no end (close it with the quote that opened it)")
	f(`evt.Meta.a matches "\d"`, `a \ in quotes does not begin an escape that is known (write \\ for the character itself)`)
	f(`evt.Meta.a == @`, "the character '@' has no meaning here")
	f(`1a == 1`, "`1a` is no number")
	f(`99999999999999999999 == 1`, "this is no number, or too large a one")
	f(`1 /* why`, "the comment has no end (close it with */)")
	f(`evt.`, "the expression ends too early (something is missing behind it: a value, or a closing bracket)")
	f(`{[1]: 2}`, "a key of a map must be text in quotes, a number or a name (write an expression in round brackets: (x))")
	f(`evt.Meta.a matches "(x"`, "the regular expression is not valid: missing closing ): `(x`")

	// Types that are known beforehand.
	f(`evt.Meta.a == 1`, "`==` does not work between text and a number")
	f(`evt.Meta.a > 1.5`, "`>` does not work between text and a number")
	f(`evt.Meta.a && true`, "`&&` does not work between text and true or false")
	f(`evt.Meta.a + 1`, "`+` does not work between text and a number")
	f(`evt.Meta matches "x"`, "`matches` does not work between a map and text")
	f(`evt.Time + "x"`, "`+` does not work between a time and text")
	f(`!evt.Meta.a`, "`!` does not work on text")
	f(`not evt.Meta.a`, "`not` does not work on text")
	f(`-evt.Meta.a`, "`-` does not work on text")
	f(`1 in ["a", "b"]`, "a number can not be in a list of text")
	f(`1 in evt.Overflow.GetSources()`, "a number can not be in a list of text")
	f(`"a" in "b"`, "`in` does not work between text and text")
	f(`Upper(1)`, "Upper wants text here, but gets a number")
	f(`Upper(nil)`, "Upper wants text here, but gets nothing")
	f(`Upper()`, "Upper wants more arguments (write Upper(text))")
	f(`IpInRange("1.1.1.1")`, "IpInRange wants more arguments (write IpInRange(text, text))")
	f(`evt.GetMeta("a", "b")`, "GetMeta wants fewer arguments")
	f(`len(1)`, "len does not work on a number")
	f(`len("a", "b")`, "there must be 1 arguments, but there are 2")
	f(`any("a", true)`, "any wants a list, but gets text")
	f(`any([1], 1)`, "the condition in braces must give true or false, but gives a number (compare it with something)")
	f(`# == 1`, "`#` can not stand here")
	f(`let len = 1; len`, "the name len is taken (choose another one)")
	f(`evt.Meta.a ? 1 : 2`, "what decides between two values must be true or false, but is text (compare it with something)")
	f(`evt.Meta[1]`, "a number can not choose an element of a map")
	f(`queue.Queue["a"]`, "an element of a list is chosen by a whole number, not by text")
	f(`evt.Time[1:2]`, "a part can be taken of text or a list, not of a time")
	f(`queue.Queue["a":]`, "a place in a list is a whole number, not text")
	f(`evt.Meta.a()`, "text is not a function")
	f(`first(1)`, "first wants a list, but gets a number")
	f(`keys(1)`, "keys wants a map, but gets a number")
	f(`reverse("a")`, "reverse does not work on text")

	// Types that are known only then.
	f(`evt.Unmarshaled.doc.n < "x"`, "`<` does not work between a number and text")
	f(`evt.Unmarshaled.doc.s + 1`, "`+` does not work between text and a number")
	f(`true and evt.Unmarshaled.doc.n ? 1 : 2`, "the value must be true or false, but is a number")
	f(`true and evt.Unmarshaled.none ? 1 : 2`, "the value is missing where it must be true or false")
	f(`evt.Unmarshaled.doc.s.x`, "a number is needed here, not text")
	f(`evt.Unmarshaled.doc.n.x`, "there is no x in a number")
	f(`evt.Unmarshaled.none.x`, "there is no x: what it should be part of is missing")
	f(`evt.Unmarshaled.doc.list[3]`, "there is no element 3: the list has 1")
	f(`"a" in evt.Unmarshaled.doc.n`, "`in` does not work on a number")
	f(`len(evt.Unmarshaled.doc.n)`, "len does not work on a number")
	f(`int(evt.Unmarshaled.doc.s)`, "`text` is no number")
	f(`-evt.Unmarshaled.doc.s`, "`-` does not work on text")
	f(`evt.Unmarshaled.doc.s matches evt.Unmarshaled.doc.n`, "matches: argument 2 must be text, but is a number")
	f(`evt.Unmarshaled.doc.s()`, "what is called here is not a function")
	f(`evt.Unmarshaled.doc.n % 0`, "`%` does not work between a number and a number")
}
