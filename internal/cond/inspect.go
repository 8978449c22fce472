package cond

import (
	"fmt"
	"net/netip"
	"reflect"
	"regexp"

	"github.com/corazawaf/libinjection-go"
)

func inspectHelpers(h *Host) []*helper {
	return []*helper{
		fn1("LibInjectionIsSQLI", func(r *Run, s string) (found bool, err error) {
			defer recovered(&err)
			if err := r.charge(64 * len(s)); err != nil {
				return false, err
			}
			found, _ = libinjection.IsSQLi(s)
			return found, nil
		}),
		fn1("LibInjectionIsXSS", func(r *Run, s string) (found bool, err error) {
			defer recovered(&err)
			if err := r.charge(64 * len(s)); err != nil {
				return false, err
			}
			return libinjection.IsXSS(s), nil
		}),
		fn1("JA4H", func(r *Run, q *Request) (string, error) {
			if q == nil {
				return "", nil
			}
			if err := r.charge(64 * (len(q.Header) + 1)); err != nil {
				return "", err
			}
			return ja4h(q), nil
		}),
		fn0("Hostname", func(*Run) (string, error) { return h.Hostname, nil }),
		fnAny("LogInfo", func(*Run, string, ...any) bool { return true }, func(r *Run, args []any) (any, error) {
			text, err := sprintf(r, args)
			if err != nil {
				return nil, err
			}
			if h.Log != nil {
				h.Log(fmt.Sprint(text))
			}
			return true, nil
		}),
		botHelper(h),
	}
}

// recovered turns a panic of somebody else's parser into an error.
func recovered(err *error) {
	if x := recover(); x != nil {
		*err = fmt.Errorf("the parser gave up: %v", x)
	}
}

// botHelper is MatchKnownBot(ip, userAgent, path, files...). It never fails: what can not be confirmed is no bot.
func botHelper(h *Host) *helper {
	f := h.Files
	if f == nil {
		f = noFiles{}
	}
	b := &helper{
		name: "MatchKnownBot", asks: asksLast,
		types: []reflect.Type{
			reflect.TypeFor[func(*Run, bool, string, string, string, ...string) bool](),
		},
		call: func(params ...any) (any, error) {
			var s [3]string
			for i := range s {
				s[i], _ = params[i+2].(string)
			}
			allowed, _ := params[1].(bool)
			return matchBot(h, f, run(params), allowed, s[0], s[1], s[2], params[5:])
		},
	}
	if h.DNS != nil {
		b.effects = Outside
	}
	return b.readsFile(4, "bots", func(name string) bool { _, ok := f.Bots(name); return ok })
}

func matchBot(h *Host, f Files, r *Run, allowed bool, ip, agent, path string, files []any) (bool, error) {
	addr, ok := peerAddr(ip)
	if !ok {
		return false, nil
	}
	var byName []Bot
	for _, name := range files {
		text, _ := name.(string)
		bots, _ := f.Bots(text)
		for _, b := range bots {
			if err := r.charge(16*(len(b.Prefixes)+1) + (len(agent)+len(path))*(len(b.UserAgent)+len(b.Paths))); err != nil {
				return false, err
			}
			if !anyMatch(b.UserAgent, agent, true) || !anyMatch(b.Paths, path, true) {
				continue
			}
			for _, p := range b.Prefixes {
				if p.Contains(addr) {
					return true, nil
				}
			}
			if len(b.RDNS) > 0 {
				byName = append(byName, b)
			}
		}
	}
	if len(byName) == 0 || !allowed || h.DNS == nil {
		return false, nil
	}
	names, err := h.DNS.ConfirmedNames(addr)
	if err != nil {
		return false, nil //nolint:nilerr // what can not be confirmed is no bot
	}
	for _, n := range names {
		for _, b := range byName {
			if anyMatch(b.RDNS, n, false) {
				return true, nil
			}
		}
	}
	return false, nil
}

func anyMatch(list []*regexp.Regexp, s string, none bool) bool {
	for _, re := range list {
		if re.MatchString(s) {
			return true
		}
	}
	return len(list) == 0 && none
}

// peerAddr reads an address with or without port and zone.
func peerAddr(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.WithZone("").Unmap(), true
	}
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Addr().WithZone("").Unmap(), true
}
