package cond

import (
	"net/url"
	"strconv"
	"strings"
)

func urlHelpers() []*helper {
	return []*helper{
		text1("PathEscape", url.PathEscape),
		text1("QueryEscape", url.QueryEscape),
		text1("PathUnescape", func(s string) string { return orSame(s, url.PathUnescape) }),
		text1("QueryUnescape", func(s string) string { return orSame(s, url.QueryUnescape) }),
		fn1("ParseUri", func(r *Run, s string) (map[string][]string, error) {
			if err := r.charge(16 * len(s)); err != nil {
				return nil, err
			}
			u, err := url.Parse(s)
			if err != nil {
				return map[string][]string{}, nil //nolint:nilerr // what is no address has no parameters
			}
			q, err := url.ParseQuery(u.RawQuery)
			if err != nil {
				return map[string][]string{}, nil //nolint:nilerr // as a whole or not at all; ParseQuery is the lax one
			}
			return q, nil
		}),
		fn1("ParseQuery", parseQuery),
		fn2("ExtractQueryParam", func(r *Run, uri, name string) ([]string, error) {
			_, query, _ := strings.Cut(uri, "?")
			all, err := parseQuery(r, query)
			if err != nil || all[name] == nil {
				return []string{}, err
			}
			return all[name], nil
		}),
	}
}

// parseQuery reads the query of an address as lenient servers do: any pair counts, ";" is part of a value, and what is
// no escape stands for itself.
func parseQuery(r *Run, query string) (map[string][]string, error) {
	if err := r.charge(16 * len(query)); err != nil {
		return nil, err
	}
	m := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		k, v, _ := strings.Cut(pair, "=")
		k = unescape(k)
		m[k] = append(m[k], unescape(v))
	}
	return m, nil
}

func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s):
			v, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil || s[i+1] == '+' {
				b.WriteByte('%')
				continue
			}
			b.WriteByte(byte(v))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// orSame returns what f makes of the text, the text itself when f can not read it.
func orSame(s string, f func(string) (string, error)) string {
	out, err := f(s)
	if err != nil {
		return s
	}
	return out
}
