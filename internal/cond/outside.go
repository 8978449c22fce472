package cond

import (
	"fmt"
	"reflect"
	"time"
)

func stashHelpers(h *Host) []*helper {
	const absent, hint = "there is no stash here", "use it in parsers and scenarios"
	there := h.Stash != nil
	return []*helper{
		fn2("GetFromStash", func(r *Run, cache, key string) (string, error) {
			r.passGate()
			v, _ := h.Stash.Get(cache, key, r.clock(h))
			return v, nil
		}).does(StashAccess).needs(there, absent, hint),
		fn4("SetInStash", func(r *Run, cache, key, value string, ttl any) (any, error) {
			d, err := lifetime(ttl)
			if err != nil {
				return nil, err
			}
			r.passGate()
			return nil, h.Stash.Set(cache, key, value, d, r.clock(h))
		}).does(StashAccess).needs(there, absent, hint),
	}
}

// passGate waits for the event's turn, once an evaluation.
func (r *Run) passGate() {
	if !r.stashed {
		r.stashed = true
		if r.gate != nil {
			r.gate()
		}
	}
}

// lifetime reads how long a value is kept: a duration, its text, or nil for "as long as there is room".
func lifetime(v any) (time.Duration, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case time.Duration:
		return v, nil
	case string:
		return time.ParseDuration(v)
	}
	return 0, fmt.Errorf(`argument 4 must be a duration such as duration("1h"), but is %s`, typeName(reflect.TypeOf(v)))
}

func outsideHelpers(h *Host) []*helper {
	const (
		noDNS, dnsHint   = "DNS is not available", "switch it on for rules in the configuration"
		noHTTP, httpHint = "HTTP is off for rules", "list the hosts that rules may call in the configuration"
		noCTI, ctiHint   = "CTI is not configured", "set the key of the CTI service"
	)
	return []*helper{
		fn1("LookupHost", func(_ *Run, name string) ([]string, error) {
			out, err := h.DNS.LookupHost(name)
			if err != nil || out == nil {
				return []string{}, nil //nolint:nilerr // a name that does not resolve has no addresses
			}
			return out, nil
		}).needs(h.DNS != nil, noDNS, dnsHint).outside(),
		fn1("HTTPGet", func(_ *Run, url string) (*HTTPResponse, error) {
			return h.HTTP.Do("GET", url, nil, "")
		}).needs(h.HTTP != nil, noHTTP, httpHint).outside(),
		fn1("HTTPHead", func(_ *Run, url string) (*HTTPResponse, error) {
			return h.HTTP.Do("HEAD", url, nil, "")
		}).needs(h.HTTP != nil, noHTTP, httpHint).outside(),
		fn3("HTTPPost", func(_ *Run, url, contentType, body string) (*HTTPResponse, error) {
			return h.HTTP.Do("POST", url, map[string]string{"Content-Type": contentType}, body)
		}).needs(h.HTTP != nil, noHTTP, httpHint).outside(),
		fn4("HTTPRequest", func(_ *Run, method, url string, headers map[string]any, body string) (*HTTPResponse, error) {
			text := make(map[string]string, len(headers))
			for k, v := range headers {
				text[k] = fmt.Sprint(v)
			}
			return h.HTTP.Do(method, url, text, body)
		}).needs(h.HTTP != nil, noHTTP, httpHint).outside(),
		fn1("CrowdsecCTI", func(_ *Run, ip string) (*CTIItem, error) {
			a, ok := parseAddr(ip)
			if !ok {
				return nil, fmt.Errorf("%q is not an address", ip)
			}
			return h.CTI.Lookup(a)
		}).needs(h.CTI != nil, noCTI, ctiHint).outside(),
	}
}

// decisionHelpers ask about decisions in force. The answer depends on the events before this one, so that they wait for
// its turn as helpers of the stash do.
func decisionHelpers(h *Host) []*helper {
	const absent, hint = "decisions are not available yet", "use it where the local API runs"
	d, there := h.Decisions, h.Decisions != nil
	return []*helper{
		fn1("GetDecisionsCount", func(r *Run, value string) (int, error) {
			r.passGate()
			return d.Count(value)
		}).does(StashAccess).needs(there, absent, hint),
		fn2("GetDecisionsSinceCount", func(r *Run, value, since string) (int, error) {
			ago, err := time.ParseDuration(since)
			if err != nil {
				return 0, err
			}
			r.passGate()
			return d.CountSince(value, r.clock(h), ago)
		}).does(StashAccess).needs(there, absent, hint),
		fn1("GetActiveDecisionsCount", func(r *Run, value string) (int, error) {
			r.passGate()
			return d.Active(value, r.clock(h))
		}).does(StashAccess).needs(there, absent, hint),
		fn1("GetActiveDecisionsTimeLeft", func(r *Run, value string) (time.Duration, error) {
			r.passGate()
			return d.TimeLeft(value, r.clock(h))
		}).does(StashAccess).needs(there, absent, hint),
	}
}
