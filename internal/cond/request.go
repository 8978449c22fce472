package cond

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Request is an HTTP request as expressions see it: req.Method, req.Header.Get("Host"), req.UserAgent().
type Request struct {
	Method                 string
	URL                    *url.URL
	Proto                  string // "HTTP/1.1"
	ProtoMajor, ProtoMinor int
	Header                 Header
	// Order are the names of the headers as they came, if that is known.
	Order         []string
	Host          string
	RemoteAddr    string
	RequestURI    string
	ContentLength int64
}

// Header are the fields of a request or an answer, by canonical name.
type Header map[string][]string

// Get returns the first value of a field whose name is written in any case, "" when there is none.
func (h Header) Get(name string) string {
	if v := h.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Values returns all values of a field.
func (h Header) Values(name string) []string {
	if v, ok := h[name]; ok {
		return v
	}
	for k, v := range h {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

// UserAgent returns the client's name for itself.
func (q *Request) UserAgent() string { return q.Header.Get("User-Agent") }

// Referer returns the page that the client says it came from.
func (q *Request) Referer() string { return q.Header.Get("Referer") }

// ja4h is the HTTP client fingerprint JA4H of FoxIO's public specification: method, version, cookie, referer, number of
// headers and language, then 12 hexadecimal digits of SHA-256 for the names of the headers, for the names of the cookies
// and for the cookies with values, sorted by name. Where the order of the headers is not known, their names are sorted.
func ja4h(q *Request) string {
	names := slices.Clone(q.Order)
	if len(names) == 0 {
		for k := range q.Header {
			names = append(names, k)
		}
		slices.Sort(names)
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		n = strings.ToLower(n)
		return strings.HasPrefix(n, "cookie") || n == "referer"
	})
	cookies := cookiesOf(q.Header)
	cookie, referer := "n", "n"
	cookieNames, cookiePairs := "000000000000", "000000000000"
	if len(cookies) > 0 {
		cookie = "c"
		var n, p []string
		for _, c := range cookies {
			n, p = append(n, c[0]), append(p, c[0]+"="+c[1])
		}
		cookieNames, cookiePairs = digest(n), digest(p)
	}
	if q.Referer() != "" {
		referer = "r"
	}
	return fmt.Sprintf("%s%d%d%s%s%02d%s_%s_%s_%s",
		strings.ToLower(q.Method[:min(2, len(q.Method))]), q.ProtoMajor%10, q.ProtoMinor%10, cookie, referer,
		min(len(names), 99), language(q.Header.Get("Accept-Language")), digest(names), cookieNames, cookiePairs)
}

func digest(parts []string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, ",")))
	return hex.EncodeToString(sum[:6])
}

// language is the first language that the client asks for in four characters: "enus", "de00".
func language(accept string) string {
	s := strings.ReplaceAll(strings.ToLower(accept), "-", "")
	s, _, _ = strings.Cut(strings.ReplaceAll(s, ";", ","), ",")
	s = s[:min(4, len(s))]
	return s + strings.Repeat("0", 4-len(s))
}

// cookiesOf returns names and values of the cookies, sorted by name.
func cookiesOf(h Header) [][2]string {
	var out [][2]string
	for _, line := range h.Values("Cookie") {
		for part := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if name = strings.TrimSpace(name); name == "" {
				continue
			}
			if v, ok := strings.CutPrefix(value, `"`); ok {
				value = strings.TrimSuffix(v, `"`)
			}
			out = append(out, [2]string{name, value})
		}
	}
	slices.SortStableFunc(out, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return out
}
