package plan_test

import (
	"regexp"
	"strings"
	"testing"

	"tocsin.example/internal/plan"
	"tocsin.example/internal/testx"
)

// In all texts of a few characters, with all that may follow, the parts that logs are made of are found as Go's regexp
// finds them: these are the parts that run as tables.
func TestExhaustive(t *testing.T) {
	testx.Whole(t)
	const (
		octet = `(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})`
		ipv4  = octet + `(?:\.` + octet + `){3}`
		group = `[[:xdigit:]]{1,4}`
		ipv6  = `(?:(?:` + group + `:){7}(?:` + group + `|:)|(?:` + group + `:){2}(?:(?::` + group + `){0,3}:` + ipv4 + `|(?::` + group + `){1,5}|:)|` +
			group + `:(?:(?::` + group + `){0,4}:` + ipv4 + `|(?::` + group + `){1,6}|:)|:(?:(?::` + group + `){0,5}:` + ipv4 + `|(?::` + group + `){1,7}|:))(?:%[[:alnum:]._-]+)?`
		host   = `\b[[:alnum:]][[:alnum:]-]*(?:\.[[:alnum:]][[:alnum:]-]*)*\.?`
		number = `[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)`
		month  = `\b(?:[Mm](?:arch|ärz|rz|ar|är)|[Mm]a[iy])\b`
		clock  = `(?:2[0-3]|[01][0-9]|[0-9]):[0-5][0-9]:(?:60|[0-5][0-9]|[0-9])(?:[:.,][0-9]+)?`
		zoned  = `(?:[0-9]{4}|[0-9]{2})-(?:0[1-9]|1[0-2]|[1-9])(?:Z|[-+](?:2[0-3]|[01][0-9]|[0-9])(?::?[0-5][0-9]))?`
		quoted = `"(?:[^"\\]|\\(?s:.))*"|'(?:[^'\\]|\\(?s:.))*'`
	)
	contexts := []string{"%s", "^%s$", "(?P<a>%s) ", "(?P<a>%s)(?P<b>[ :]|$)", " (?P<a>%s):(?P<b>.*)", "(?P<a>%s)(?P<b>\\.?)(?P<c>[^ ]*)", "(?:(?P<a>%s) )?(?P<b>%s)"}
	f := func(part, letters string, length int) {
		t.Helper()
		if testx.Soak() {
			length++
		}
		alphabet := strings.Split(letters, "")
		for _, c := range contexts {
			expression := strings.ReplaceAll(c, "%s", "(?:"+part+")")
			p, err := plan.Compile(expression)
			if err != nil {
				t.Errorf("%s: %v", expression, err)
				continue
			}
			re := regexp.MustCompile(expression)
			each(alphabet, length, "", func(text string) {
				what, known := different(p, re, text)
				if what != "" || !known {
					t.Fatalf("%s on %q: exceeded is %v, %s", expression, text, !known, what)
				}
			})
		}
	}
	f(ipv4, "12.", 9)
	f(ipv6, "a:1.", 7)
	f(ipv6+"|"+ipv4+"|"+host, "2:. -", 5)
	f(host, "a.- _", 5)
	f(number, "1.-x ", 6)
	f(month, "maärzy ", 4)
	f(clock, "20:6.", 7)
	f(zoned, "20-1Z:", 6)
	f(quoted, "\"'\\x ", 5)
}

// each calls f with prefix and with all texts up to length letters longer.
func each(alphabet []string, length int, prefix string, f func(string)) {
	f(prefix)
	if length == 0 {
		return
	}
	for _, letter := range alphabet {
		each(alphabet, length-1, prefix+letter, f)
	}
}
