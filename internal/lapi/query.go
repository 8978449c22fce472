package lapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/verdict"
	"tocsin.example/internal/wire"
)

// query reads the parameters of a request and keeps the first fault.
type query struct {
	values url.Values
	err    error
}

func (c *call) query() *query {
	v, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return &query{values: url.Values{}, err: errors.New("the query cannot be read: escape its values")}
	}
	return &query{values: v}
}

func (q *query) fault(format string, args ...any) {
	if q.err == nil {
		q.err = fmt.Errorf(format, args...)
	}
}

// only refuses parameters that are not among the names.
func (q *query) only(names ...string) {
	keys := make([]string, 0, len(q.values))
	for k := range q.values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !slices.Contains(names, k) {
			q.fault("filter parameter %q is unknown", short(k))
		}
	}
}

// short cuts what is echoed.
func short(s string) string {
	const limit = 100
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

func (q *query) text(name string) string { return q.values.Get(name) }

func (q *query) bool(name string, otherwise bool) bool {
	s := q.values.Get(name)
	if s == "" {
		return otherwise
	}
	b, ok := truth(s)
	if !ok {
		q.fault("invalid %s value: %q is neither true nor false", name, short(s))
	}
	return b
}

// truth reads true and false in any spelling that people use.
func truth(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "1", "t", "yes", "y", "on":
		return true, true
	case "false", "0", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

func (q *query) number(name string, otherwise int64) int64 {
	s := q.values.Get(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		q.fault("invalid %s value: %q is no whole number from 0 on", name, short(s))
		return otherwise
	}
	return n
}

// maxCount keeps limits and offsets within an int of any system.
const maxCount = 1 << 30

func (q *query) count(name string, otherwise int64) int {
	return int(min(q.number(name, otherwise), maxCount))
}

// list reads a list with commas; nil when there is none.
func (q *query) list(names ...string) []string {
	var out []string
	for _, name := range names {
		for s := range strings.SplitSeq(q.values.Get(name), ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

func (q *query) scopes(names ...string) []string {
	list := q.list(names...)
	for i, s := range list {
		list[i] = wire.Scope(s)
	}
	return list
}

// prefix reads an address or range from ip or range; not valid when there is none.
func (q *query) prefix() netip.Prefix {
	for _, name := range [...]string{"ip", "range"} {
		s := q.values.Get(name)
		if s == "" {
			continue
		}
		p, ok := address.Parse(strings.TrimSpace(s))
		if !ok {
			q.fault("invalid %s value: %q is neither an address nor a range", name, short(s))
		}
		return p
	}
	return netip.Prefix{}
}

// filter reads what look-ups, streams and pushes have in common.
func (q *query) filter() verdict.Filter {
	return verdict.Filter{
		Scopes:              q.scopes("scopes", "scope"),
		Origins:             q.list("origins", "origin"),
		Types:               q.list("type"),
		ScenariosContaining: q.list("scenarios_containing"),
		ScenariosWithout:    q.list("scenarios_not_containing"),
		Simulated:           q.bool("simulated", false),
	}
}

// narrow is what a stream can be asked for beside a filter: decisions about an address, a range or a value.
type narrow struct {
	prefix netip.Prefix
	inside bool
	value  string
}

func (q *query) narrow() narrow {
	return narrow{prefix: q.prefix(), inside: !q.bool("contains", true), value: q.text("value")}
}

func (n narrow) all() bool { return !n.prefix.IsValid() && n.value == "" }

// has reports whether a decision is one of those asked for.
func (n narrow) has(d *tocsin.Decision) bool {
	if n.value != "" && d.Value != n.value {
		return false
	}
	if !n.prefix.IsValid() {
		return true
	}
	if d.Scope != tocsin.ScopeIP && d.Scope != tocsin.ScopeRange {
		return false
	}
	p, ok := address.Parse(d.Value)
	if !ok {
		return false
	}
	if n.inside {
		return address.Holds(n.prefix, p)
	}
	return address.Holds(p, n.prefix)
}

// bad answers a fault of the query.
func (c *call) bad(err error) { c.fail(http.StatusBadRequest, err.Error()) }
