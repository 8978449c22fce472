package cond

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

func textHelpers() []*helper {
	return []*helper{
		text1("Upper", strings.ToUpper), text1("Lower", strings.ToLower), text1("TrimSpace", strings.TrimSpace),
		text2("Trim", strings.Trim), text2("TrimLeft", strings.TrimLeft), text2("TrimRight", strings.TrimRight),
		text2("TrimPrefix", strings.TrimPrefix), text2("TrimSuffix", strings.TrimSuffix),
		fn1("Fields", func(_ *Run, s string) ([]string, error) { return strings.Fields(s), nil }),
		fn2("Index", func(_ *Run, s, part string) (int, error) { return strings.Index(s, part), nil }),
		fn2("IndexAny", func(_ *Run, s, chars string) (int, error) { return strings.IndexAny(s, chars), nil }),
		fn2("Split", func(_ *Run, s, sep string) ([]string, error) { return strings.Split(s, sep), nil }),
		fn2("SplitAfter", func(_ *Run, s, sep string) ([]string, error) { return strings.SplitAfter(s, sep), nil }),
		fn3("SplitN", func(_ *Run, s, sep string, n int) ([]string, error) { return strings.SplitN(s, sep, n), nil }),
		fn3("SplitAfterN", func(_ *Run, s, sep string, n int) ([]string, error) {
			return strings.SplitAfterN(s, sep, n), nil
		}),
		fn4("Replace", replace),
		fn3("ReplaceAll", func(r *Run, s, old, with string) (string, error) { return replace(r, s, old, with, -1) }),
		fn2("Match", func(r *Run, pattern, name string) (bool, error) {
			if err := r.charge(len(pattern) * len(name)); err != nil {
				return false, err
			}
			return match(pattern, name), nil
		}),
		fnAny("Sprintf", func(*Run, string, ...any) string { return "" }, sprintf),
		fn1("ToString", func(_ *Run, v any) (string, error) {
			s, _ := v.(string)
			return s, nil
		}),
		fn1("Atof", func(_ *Run, s string) (float64, error) {
			f, _ := strconv.ParseFloat(s, 64) // 0 when it is not a number
			return f, nil
		}),
		fn1("B64Decode", func(_ *Run, s string) (string, error) {
			b, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				return "", errors.New("the text is not base64")
			}
			return string(b), nil
		}),
	}
}

func text1(name string, f func(string) string) *helper {
	return fn1(name, func(_ *Run, s string) (string, error) { return f(s), nil })
}

func text2(name string, f func(a, b string) string) *helper {
	return fn2(name, func(_ *Run, a, b string) (string, error) { return f(a, b), nil })
}

// replace charges for the result before it is made: a short text can become a long one.
func replace(r *Run, s, old, with string, n int) (string, error) {
	count := strings.Count(s, old)
	if old == "" {
		count = utf8.RuneCountInString(s) + 1
	}
	if n >= 0 {
		count = min(count, n)
	}
	if err := r.charge(count * len(with)); err != nil {
		return "", err
	}
	return strings.Replace(s, old, with, n), nil
}

func replaceAny(r *Run, args []any) (any, error) {
	n := -1
	if len(args) > 3 {
		n, _ = args[3].(int)
	}
	var s [3]string
	for i := range s {
		var err error
		if s[i], err = arg[string]("replace", args, i); err != nil {
			return nil, err
		}
	}
	return replace(r, s[0], s[1], s[2], n)
}

func repeat(r *Run, s string, n int) (string, error) {
	if n < 0 {
		return "", errors.New("the number is negative")
	}
	if n > 0 && len(s) > DefaultBudget/n {
		return "", ErrBudget
	}
	if err := r.charge(len(s) * n); err != nil {
		return "", err
	}
	return strings.Repeat(s, n), nil
}

// sprintf formats. Widths, precisions and repeated arguments are charged before the text is made, since a format can
// come from the event.
func sprintf(r *Run, args []any) (any, error) {
	format, err := arg[string]("Sprintf", args, 0)
	if err != nil {
		return nil, err
	}
	number, widths := 0, 0
	for i := range len(format) {
		c := format[i]
		if c == '*' {
			return nil, errors.New("the format may not take widths from arguments (*)")
		}
		if c < '0' || c > '9' {
			widths, number = widths+number, 0
			continue
		}
		if number = 10*number + int(c-'0'); number > 9999 {
			return nil, errors.New("a width in the format is above 9999")
		}
	}
	longest := 0
	for _, a := range args[1:] {
		n := size(a)
		if _, ok := a.(string); !ok {
			n = max(n, r.frame.Weight) // a decoded document is about as long as its line
		}
		longest = max(longest, n)
	}
	if err := r.charge(widths + longest*strings.Count(format, "%")); err != nil {
		return nil, err
	}
	return fmt.Sprintf(format, args[1:]...), nil
}

// match reports whether all of name is what a pattern describes: * is any text, ? one byte. It goes back to the last
// star only, which is enough and keeps the work below pattern times name.
func match(pattern, name string) bool {
	p, n := 0, 0
	star, mark := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// regexp compiles an expression that is not known when the rule is loaded.
func (r *Run) regexp(source string) (*regexp.Regexp, error) {
	if re, ok := r.regexps.get(source); ok {
		return re, nil
	}
	if len(source) > MaxRegexp/8 {
		return nil, fmt.Errorf("the regular expression has %d bytes; the limit is %d", len(source), MaxRegexp/8)
	}
	// Compiling takes about 1,000 times as long per byte as matching.
	if err := r.charge(1000 * len(source)); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(strings.Clone(source)) // it outlives the event
	if err != nil {
		return nil, err
	}
	r.regexps.put(source, re)
	return re, nil
}

// basename is the last element of a path, as on the system that recorded it.
func basename(path string) string {
	if path == "" {
		return "."
	}
	path = strings.TrimRight(path, "/")
	if path == "" {
		return "/"
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}
