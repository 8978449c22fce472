package admin

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tocsin.example/internal/address"
	"tocsin.example/internal/wire"
)

// Limits of what lists answer at once.
const (
	pageDefault = 100
	pageMost    = 1000
	idsMost     = 1000
)

// params reads a query. The first fault is kept; what was not asked for by the end is one.
type params struct {
	q    url.Values
	seen []string
	err  error
}

func (c *call) params() *params { return &params{q: c.URL.Query()} }

func (p *params) fail(name, format string, args ...any) {
	if p.err == nil {
		p.err = bad("", "parameter %s: %s", name, fmt.Sprintf(format, args...))
	}
}

func (p *params) all(name string) []string {
	p.seen = append(p.seen, name)
	return p.q[name]
}

func (p *params) text(name string) string {
	v := p.all(name)
	switch {
	case len(v) == 0:
		return ""
	case len(v) > 1:
		p.fail(name, "is given %d times", len(v))
	case len(v[0]) > wire.MaxText:
		p.fail(name, "is too long")
	}
	return v[0]
}

func (p *params) flag(name string) bool {
	v := p.maybe(name)
	return v != nil && *v
}

func (p *params) maybe(name string) *bool {
	s := p.text(name)
	if s == "" {
		return nil
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		p.fail(name, "%q is neither true nor false", s)
		return nil
	}
	return &v
}

// number reads a whole number from 0 to most.
func (p *params) number(name string, most int) int {
	s := p.text(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		p.fail(name, "%q is not a number from 0 to %d", s, most)
	}
	return n
}

func (p *params) ids(name string) []int64 {
	v := p.all(name)
	if len(v) > idsMost {
		p.fail(name, "more than %d are given", idsMost)
		return nil
	}
	var ids []int64
	for _, s := range v {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			p.fail(name, "%q is no number of an alert or a decision", s)
		}
		ids = append(ids, n)
	}
	return ids
}

// time reads a moment: RFC 3339, or a duration for so long ago.
func (p *params) time(name string, now time.Time) time.Time {
	s := p.text(name)
	if s == "" {
		return time.Time{}
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t
	}
	d, err := wire.ParseDuration(s)
	if err != nil || d < 0 {
		p.fail(name, "%q is neither a time like 2026-08-22T12:00:00Z nor a duration like 4h or 7d", s)
	}
	return now.Add(-d)
}

// prefix reads an address or a range.
func (p *params) prefix(name string) netip.Prefix {
	s := p.text(name)
	if s == "" {
		return netip.Prefix{}
	}
	x, ok := address.Parse(s)
	if !ok {
		p.fail(name, "%q is neither an address nor a range", s)
	}
	return x
}

// done returns the first fault.
func (p *params) done() error {
	if p.err != nil {
		return p.err
	}
	for name := range p.q {
		if !slices.Contains(p.seen, name) {
			slices.Sort(p.seen)
			return bad("known are "+strings.Join(slices.Compact(p.seen), ", "), "there is no parameter %q", cut(name, 60))
		}
	}
	return nil
}

// page reads how many are wanted and after what.
func (p *params) page() (limit int, after string) {
	limit = p.number("limit", pageMost)
	if limit == 0 {
		limit = pageDefault
	}
	return limit, p.text("after")
}

// below reads the number that the next page goes on below, as a page's next has it; 0 for the first page.
func (p *params) below(after string) int64 {
	if after == "" {
		return 0
	}
	n, err := strconv.ParseInt(after, 10, 64)
	if err != nil || n <= 0 {
		p.fail("after", "%q is not what a page's next was", after)
	}
	return n
}

// parseDuration reads how long something lasts.
func parseDuration(what, s string) (time.Duration, error) {
	d, err := wire.ParseDuration(s)
	if err != nil {
		return 0, bad("", "%s: %v", what, err)
	}
	if d <= 0 {
		return 0, bad("", "%s: %q is not longer than nothing", what, s)
	}
	return d, nil
}

// checkName refuses names that no list could show or no URL carry.
func checkName(what, s string) error {
	switch {
	case s == "":
		return bad("", "a %s needs a name", what)
	case len(s) > wire.MaxName:
		return bad("", "the name of a %s has at most %d bytes", what, wire.MaxName)
	case s == "." || s == ".." || strings.TrimSpace(s) != s || strings.Contains(s, "/") || strings.ContainsFunc(s, unicode.IsControl) || strings.ToValidUTF8(s, "") != s:
		return bad("letters, digits, '-', '_', '.' and '@' are always fine", "%q is no name for a %s", cut(s, 60), what)
	}
	return nil
}
