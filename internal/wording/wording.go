// Package wording says in the words of those who write rules what the expression language complains about. It knows the
// language's messages and nothing else; start from [Plain].
package wording

import (
	"regexp"
	"strconv"
	"strings"
)

// saying is one thing that expr complains about, and how rules' people say it. In say and hint, $1 is what the first
// group of the pattern found, and so on; groups that found the name of a Go type are given in words.
type saying struct {
	expr *regexp.Regexp
	say  string
	hint string
}

func says(expr, say, hint string) saying {
	return saying{regexp.MustCompile(`^` + expr + `\s*$`), say, hint}
}

// sayings are tried in this order. A group named t... holds a type.
var sayings = [...]saying{
	says(`unexpected (?:token EOF|end of expression)`, "the expression ends too early", "something is missing behind it: a value, or a closing bracket"),
	says(`unexpected token Operator\("=+"\)`, "`=` can not stand here", "to compare, write =="),
	says("unexpected token \\w+\\([\"`](.*)[\"`]\\)", "`$1` can not stand here", ""),
	says(`a map key must be .*`, "a key of a map must be text in quotes, a number or a name", "write an expression in round brackets: (x)"),
	says(`unrecognized character: U\+\w+ (.*)`, "the character $1 has no meaning here", ""),
	says(`literal not terminated`, "the text in quotes has no end", "close it with the quote that opened it"),
	says(`invalid char escape|unable to unescape string.*|unable to unescape octal sequence in string`, "a \\ in quotes does not begin an escape that is known", "write \\\\ for the character itself"),
	says(`bad number syntax: "(.*)"`, "`$1` is no number", ""),
	says(`(?:integer|float) literal is too large|invalid (?:hex|float|binary|octal|integer) literal: .*`, "this is no number, or too large a one", ""),
	says(`unclosed comment`, "the comment has no end", "close it with */"),
	says(`expected name`, "a name must stand here", ""),
	says(`compilation failed: expression exceeds maximum allowed nodes`, "the expression has too many parts", "split it, or move lists into a data file"),
	says(`wrap predicate with brackets \{ and \}`, "the condition must stand in braces", "write { ... }"),
	says(`error parsing regexp: (.*)`, "the regular expression is not valid: $1", ""),

	says(`invalid operation: (\S+) \(mismatched types (?P<ta>.+) and (?P<tb>.+)\)`, "`$1` does not work between $ta and $tb", ""),
	says(`invalid operation: (\S+) \(mismatched type (?P<t>.+)\)`, "`$1` does not work on $t", ""),
	says(`invalid operation: (?P<ta>\S.*) ([-+*/%<>=]+) (?P<tb>\S.*)`, "`$2` does not work between $ta and $tb", ""),
	says(`invalid operation: - (?P<t>.+)`, "`-` does not work on $t", ""),
	says(`invalid operation: (?:int|int64|float)\((?P<t>string|bool|<nil>|map\[.*|\[\].*|\*.*)\)`, "a number is needed here, not $t", ""),
	says(`invalid operation: (?:int|int64|float)\((.*)\)`, "`$1` is no number", ""),
	says(`invalid operation: bool\((?P<t>.*)\)`, "true or false is needed here, not $t", ""),
	says(`operator "in" not defined on (?P<t>.+)`, "`in` does not work on $t", ""),
	says(`cannot use (?P<ta>.+) as argument \(type (?P<tb>.+)\) to call (\S+)`, "$3 wants $tb here, but gets $ta", ""),
	says(`cannot use (?P<ta>.+) as argument \(type (?P<tb>.+)\)`, "an argument must be $tb, but is $ta", ""),
	says(`cannot use (?P<ta>.+) as type (?P<tb>.+) in (?:array|map key)`, "$ta can not be in a list of $tb", ""),
	says(`cannot use (?P<ta>.+) to get an element from (?P<tb>.+)`, "$ta can not choose an element of $tb", ""),
	says(`cannot use (?P<ta>.+) as field name of (?P<tb>.+)`, "$ta can not be the name of a field of $tb", ""),
	says(`cannot use (\S+) as array`, "$1 is no list", ""),
	says(`array elements can only be selected using an integer \(got (?P<t>.+)\)`, "an element of a list is chosen by a whole number, not by $t", ""),
	says(`non-integer slice index (?P<t>.+)`, "a place in a list is a whole number, not $t", ""),
	says(`cannot slice (?P<t>.+)`, "a part can be taken of text or a list, not of $t", ""),
	says(`type (?P<t>.+) does not support indexing`, "$t has no elements", ""),
	says(`type (?P<t>.+)\[.*\] is undefined`, "$t has no elements", ""),
	says(`index out of range: (-?\d+) \(array length is (\d+)\)`, "there is no element $1: the list has $2", ""),
	says(`(?:reflect: )?slice index out of range`, "there is no such part: the list is too short", ""),
	says(`index out of range \[(-?\d+)\] with length (\d+)`, "there is no element $1: the list has $2", ""),
	says(`cannot fetch (.+) from <nil>`, "there is no $1: what it should be part of is missing", ""),
	says(`cannot fetch (.+) from (?P<t>.+)`, "there is no $1 in $t", ""),
	says(`cannot get (first|last) element from (?P<t>.+)`, "$1 wants a list, but gets $t", ""),
	says(`cannot get (keys|values) from (?P<t>.+)`, "$1 wants a map, but gets $t", ""),
	says(`cannot get (.+) from \*?(.+)`, "there is no $1: $2 is missing", ""),
	says(`interface conversion: interface \{\} is nil, not (?P<t>.+)`, "the value is missing where it must be $t", ""),
	says(`interface conversion: interface \{\} is (?P<ta>.+), not (?P<tb>.+)`, "the value must be $tb, but is $ta", ""),

	says(`not enough arguments to call (\S+)`, "$1 wants more arguments", ""),
	says(`too many arguments to call (\S+)`, "$1 wants fewer arguments", ""),
	says(`invalid number of arguments(?: for (?:\S+))?:? \(?expected (.+), got (\d+)\)?`, "there must be $1 arguments, but there are $2", ""),
	says(`expected at least (\d+) arguments`, "there must be at least $1 arguments", ""),
	says(`no matching overload for (\S+)`, "$1 does not take these arguments", ""),
	says(`invalid argument for (\S+) \(type (?P<t>.+)\)`, "$1 does not work on $t", ""),
	says(`builtin (\S+) takes only array \(got (?P<t>.+)\)`, "$1 wants a list, but gets $t", ""),
	says(`predicate should return boolean \(got (?P<t>.+)\)`, "the condition in braces must give true or false, but gives $t", "compare it with something"),
	says(`predicate should has .*`, "a condition in braces must stand here", "write { ... }"),
	says(`cannot use pointer accessor outside predicate|unknown pointer #\S*`, "# and .field stand only in the braces of all, any, filter, map and the like", ""),
	says(`cannot redeclare (?:\w+ )?(\S+)`, "the name $1 is taken", "choose another one"),
	says(`non-bool expression \(type (?P<t>.+)\) used as condition`, "what decides between two values must be true or false, but is $t", "compare it with something"),
	says(`unknown operator \((.+)\)`, "there is no operator `$1`", ""),
	says(`unknown builtin (\S+)`, "there is no function $1", ""),
	says(`(?P<t>.+) is not callable`, "$t is not a function", ""),
	says(`(.+) is nil; cannot call nil as function`, "there is no function $1", ""),
	says(`invalid operation: cannot call (?:nil|non-function of type .+)`, "what is called here is not a function", ""),
	says(`cannot (take|reverse|uniq|concat|flatten)(?: from)? (?P<t>\S+)`, "$1 does not work on $t", ""),
}

// Plain says in our words what expr complains about, with advice where there is some. What it does not know stays as it
// is. object gives the rules' name of a type that they see as an object, and the name itself of any other.
func Plain(msg string, object func(string) string) (said, hint string) {
	msg = strings.TrimSpace(msg)
	for i := range sayings {
		s := &sayings[i]
		m := s.expr.FindStringSubmatch(msg)
		if m == nil {
			continue
		}
		for j, name := range s.expr.SubexpNames() {
			if strings.HasPrefix(name, "t") {
				m[j] = goType(m[j], object)
			}
		}
		return fill(s.say, s.expr, m), fill(s.hint, s.expr, m)
	}
	return msg, ""
}

// fill puts what the groups found into a text.
func fill(text string, expr *regexp.Regexp, found []string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	pairs := make([]string, 0, 4*len(found))
	for i, name := range expr.SubexpNames() {
		if strings.HasPrefix(name, "t") && len(name) == 2 {
			pairs = append(pairs, "$"+name, found[i])
		}
	}
	for i, name := range expr.SubexpNames() {
		if name == "t" {
			pairs = append(pairs, "$t", found[i])
		} else if i > 0 {
			pairs = append(pairs, "$"+strconv.Itoa(i), found[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// goType says the name of a Go type as a rule would.
func goType(name string, object func(string) string) string {
	bare := strings.TrimLeft(name, "*")
	switch bare {
	case "string":
		return "text"
	case "bool":
		return "true or false"
	case "nil", "<nil>":
		return "nothing"
	case "interface {}", "any", "unknown":
		return "any value"
	case "time.Time":
		return "a time"
	case "time.Duration":
		return "a duration"
	}
	switch {
	case strings.HasPrefix(bare, "[]"):
		return "a list"
	case strings.HasPrefix(bare, "map["):
		return "a map"
	case strings.HasPrefix(bare, "func("):
		return "a function"
	case strings.HasPrefix(bare, "int"), strings.HasPrefix(bare, "uint"), strings.HasPrefix(bare, "float"):
		return "a number"
	}
	if named := object(bare); named != bare {
		return named
	}
	if strings.Contains(bare, ".") { // some type of a package
		return "an object"
	}
	return bare
}
