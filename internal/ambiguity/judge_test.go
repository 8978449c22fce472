package ambiguity

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin.example/internal/testx"
)

const address = `(?P<ip>(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]*::[0-9a-f:]*)`

func TestJudge(t *testing.T) {
	f := func(expression, want string) {
		t.Helper()
		r, err := Judge(strings.ReplaceAll(expression, "IP", address), "ip", false, "192.0.2.7", "198.51.100.9", "2001:db8::7", "2001:db8::9")
		if err != nil {
			t.Fatal(err)
		}
		got := r.Verdict.String()
		if r.Verdict == Movable {
			got = r.Text[:r.First.From] + "<" + r.First.Of(r.Text) + ">" + r.Text[r.First.To:r.Second.From] + "<" + r.Second.Of(r.Text) + ">" + r.Text[r.Second.To:]
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", expression, got, want)
		}
	}
	f(`^from IP$`, "fixed")
	f(`^user .* from IP port \d+$`, "fixed")
	f(`^user .* from IP port \d+ ssh2(?: \[preauth\])?\s*$`, "fixed")
	f(`^user .* from (?:::ffff:)?IP port \d+$`, "fixed")
	f(`^user .* from IP port \d+`, "user  from <192.0.2.7> port 1 from <198.51.100.9> port 1")
	f(`^user .* from IP(?: reason .*)?$`, "user  from <192.0.2.7> reason from <198.51.100.9>")
	f(`^user \S+ from IP port \d+`, "fixed")
	f(`^user [^ ]+ from IP`, "fixed")
	f(`from IP`, "from <192.0.2.7>from <198.51.100.9>")
	f(`from IP$`, "fixed")
	f(`^from (?:::ffff:)?IP(?:: ?\d+:.*)?$`, "fixed")
	f(`^by (?:[\w.]+ )?IP(?: as \w+)?(?: .*)?$`, "by <192.0.2.7> <198.51.100.9>")
	f(`^x: ?(?P<ip>.*)$`, "fixed")
	f(`^(?:\*\d )?(?P<ip>.*), client$`, "fixed")
	f(`^(?:.* )?(?P<ip>.*), client$`, "<. ><>, client")
	f(`^(?:\S+ )?IP - [^"]* \[`, "fixed")
}

func TestJudgeShifted(t *testing.T) {
	f := func(expression string, want Verdict) {
		t.Helper()
		if r, err := Judge(expression, "ip", true); err != nil || r.Verdict != want {
			t.Errorf("%s: %v, %v, want %v", expression, r.Verdict, err, want)
		}
	}
	f(`^\w+: ?(?P<ip>.*)`, Fixed)
	f(`^\S+: ?(?P<ip>.*)`, Movable)
	f(`^\S+ (?P<ip>.*)`, Fixed)
	f(`^.* says (?P<ip>.*)$`, Movable)
	f(`says (?P<ip>.*)$`, Movable)
}

func TestJudgeRefuses(t *testing.T) {
	f := func(expression, want string) {
		t.Helper()
		_, err := Judge(expression, "ip", false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", expression, err, want)
		}
	}
	f(`^(?P<other>x)$`, `no group "ip"`)
	f(`^(?P<ip>x$`, "missing closing )")
}

func TestTooLarge(t *testing.T) {
	r, err := Judge(`^`+strings.Repeat(`(?:a|.b?){200}`, 20)+`(?P<ip>x)$`, "ip", false)
	if err != nil || r.Verdict != TooLarge || r.States > MaxStates+MaxProgram*int(numKinds) {
		t.Errorf("%v after %d states, %v", r.Verdict, r.States, err)
	}
}

// shape draws an expression with one group, whose parts take the letters a and b, the space and the line break.
func shape(t *rapid.T) string {
	part := rapid.SampledFrom([]string{
		"a", "b", " ", "a*", "b+", ".*", ".*?", "[^a]*", "[^ ]+", "(?s:.)", `\s*`, "(?:a|b)", "(?:a )?", "(?:b|ab)*", "(?: .*)?", "(?i:A)", `(?m:$)\n`, "\n?",
	})
	join := func(least, most int, label string) string {
		return strings.Join(rapid.SliceOfN(part, least, most).Draw(t, label), "")
	}
	begin := rapid.SampledFrom([]string{"", "^", "(?m:^)"}).Draw(t, "begin")
	end := rapid.SampledFrom([]string{"", "$"}).Draw(t, "end")
	return begin + join(0, 3, "left") + "(?P<ip>" + join(1, 2, "group") + ")" + join(0, 3, "right") + end
}

// A group has a place in a text when the expression with marks around the group is found in the text with marks around
// the place: what lies between takes no marks, since there is one of each.
func places(expression, text string) []Span {
	open := strings.Index(expression, "(?P<ip>")
	depth, shut := 0, -1
	for i := open; i < len(expression) && shut < 0; i++ {
		switch expression[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				shut = i
			}
		}
	}
	re := regexp.MustCompile(expression[:open] + "\x01(?:" + expression[open+len("(?P<ip>"):shut] + ")\x02" + expression[shut+1:])
	var out []Span
	for from := range len(text) + 1 {
		for to := from; to <= len(text); to++ {
			if re.MatchString(text[:from] + "\x01" + text[from:to] + "\x02" + text[to:]) {
				out = append(out, Span{from, to})
			}
		}
	}
	return out
}

// TestAgainstAllTexts holds judgements against all short texts.
func TestAgainstAllTexts(t *testing.T) {
	testx.Whole(t)
	texts := []string{""}
	for at := 0; at < len(texts) && len(texts[at]) < 5; at++ {
		for _, r := range "ab \n" {
			texts = append(texts, texts[at]+string(r))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		expression := shape(t)
		m, err := compile(expression, "ip")
		if err != nil || m == nil {
			t.Fatalf("%s: %v", expression, err)
		}
		r := newSearch(m, false, true).run() // what is wide is no question here
		if r.Verdict == TooLarge {
			t.Fatalf("%s: %v", expression, r.Verdict)
		}
		if strictly, err := Judge(expression, "ip", false); err != nil || strictly.Verdict > r.Verdict {
			t.Fatalf("%s: %v, but %v if all is wide", expression, strictly.Verdict, r.Verdict)
		}
		if r.Verdict == Movable {
			proved := places(expression, r.Text)
			if r.First.From >= r.Second.From || !has(proved, r.First) || !has(proved, r.Second) {
				t.Fatalf("%s: %q is no proof for %v and %v", expression, r.Text, r.First, r.Second)
			}
			return
		}
		for _, text := range texts {
			all := places(expression, text)
			for _, a := range all {
				for _, b := range all {
					if a.From < a.To && a.To <= b.From && b.From < b.To {
						t.Fatalf("%s is called fixed, but %q has the group at %v and at %v", expression, text, a, b)
					}
				}
			}
		}
	})
}

func has(list []Span, s Span) bool { return slices.Contains(list, s) }
