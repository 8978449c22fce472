package lapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// access says who may call.
type access uint8

const (
	anybody access = iota
	bouncerOnly
	machineOnly
	eitherOne
	trustedMachine // a machine at a trusted address
)

// endpoint is a method of a route.
type endpoint struct {
	access access
	do     func(*call)
	long   bool // not counted among requests in flight: it may last as it likes, or must be answered always
}

// route is a path and what may be done with it.
type route struct {
	pattern string
	allow   string // the methods in the order that the Allow header names them
	of      map[string]endpoint
	counts  map[string]*routeCounts
}

// table is all that the API answers to.
func (s *Server) table() []*route {
	get, head, post, del := http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete
	return []*route{
		{pattern: "/health", allow: "GET, HEAD", of: map[string]endpoint{get: {do: health, long: true}, head: {do: health, long: true}}},
		{pattern: "/health/ready", allow: "GET, HEAD", of: map[string]endpoint{get: {do: healthReady, long: true}, head: {do: healthReady, long: true}}},
		{pattern: "/v1/watchers", allow: "POST", of: map[string]endpoint{post: {do: register}}},
		{pattern: "/v1/watchers/login", allow: "POST", of: map[string]endpoint{post: {do: login}}},
		{pattern: "/v1/watchers/self", allow: "DELETE", of: map[string]endpoint{del: {machineOnly, deleteSelf, false}}},
		{pattern: "/v1/refresh_token", allow: "GET", of: map[string]endpoint{get: {machineOnly, refreshToken, false}}},
		{pattern: "/v1/heartbeat", allow: "GET", of: map[string]endpoint{get: {machineOnly, heartbeat, false}}},
		{pattern: "/v1/alerts", allow: "GET, HEAD, POST, DELETE", of: map[string]endpoint{
			get: {machineOnly, findAlerts, false}, head: {machineOnly, (*call).head, false},
			post: {machineOnly, postAlerts, false}, del: {trustedMachine, deleteAlerts, false},
		}},
		{pattern: "/v1/alerts/{id}", allow: "GET, HEAD, DELETE", of: map[string]endpoint{
			get: {machineOnly, getAlert, false}, head: {machineOnly, getAlert, false}, del: {trustedMachine, deleteAlert, false},
		}},
		{pattern: "/v1/decisions", allow: "GET, HEAD, DELETE", of: map[string]endpoint{
			get: {bouncerOnly, findDecisions, false}, head: {bouncerOnly, (*call).head, false}, del: {machineOnly, deleteDecisions, false},
		}},
		{pattern: "/v1/decisions/{id}", allow: "DELETE", of: map[string]endpoint{del: {machineOnly, deleteDecision, false}}},
		{pattern: "/v1/decisions/stream", allow: "GET, HEAD", of: map[string]endpoint{
			get: {bouncerOnly, stream, false}, head: {bouncerOnly, (*call).head, false},
		}},
		{pattern: "/v1/decisions/push", allow: "GET, HEAD", of: map[string]endpoint{
			get: {bouncerOnly, push, true}, head: {bouncerOnly, (*call).head, false},
		}},
		{pattern: "/v1/usage-metrics", allow: "POST", of: map[string]endpoint{post: {eitherOne, postUsage, false}}},
		{pattern: "/v1/allowlists", allow: "GET, HEAD", of: map[string]endpoint{get: {machineOnly, listAllowlists, false}, head: {machineOnly, (*call).head, false}}},
		{pattern: "/v1/allowlists/{name}", allow: "GET, HEAD", of: map[string]endpoint{
			get: {machineOnly, getAllowlist, false}, head: {machineOnly, getAllowlist, false},
		}},
		{pattern: "/v1/allowlists/check", allow: "POST", of: map[string]endpoint{post: {machineOnly, checkAll, false}}},
		{pattern: "/v1/allowlists/check/{value...}", allow: "GET, HEAD", of: map[string]endpoint{
			get: {machineOnly, checkOne, false}, head: {machineOnly, checkOne, false},
		}},
	}
}

// other is where requests for no route are counted.
const other = "other"

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range s.table() {
		rt.counts = make(map[string]*routeCounts, len(rt.of))
		for method := range rt.of {
			rt.counts[method] = s.metrics.route(rt.pattern, method)
		}
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, rt) })
	}
	const rest = "/"
	unknown := &route{pattern: other, counts: map[string]*routeCounts{}}
	lost := s.metrics.route(other, "any")
	answer := func(w http.ResponseWriter, r *http.Request, moved string) {
		c := &call{s: s, w: w, r: r, route: unknown, now: s.o.Now()}
		if moved != "" {
			c.movedTo(moved)
		} else {
			c.empty(http.StatusNotFound)
		}
		lost.answered(c.status, 0)
	}
	mux.HandleFunc(rest, func(w http.ResponseWriter, r *http.Request) { answer(w, r, "") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		// The mux would send these elsewhere; here they are not known, as with CrowdSec.
		odd := !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path, "/./") || strings.Contains(path, "/../") ||
			strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..")
		switch {
		case odd:
			answer(w, r, "")
		case strings.HasSuffix(path, "/"):
			bare := strings.TrimRight(path, "/")
			to := r.Clone(r.Context())
			to.URL.Path, to.URL.RawPath = strings.TrimRight(r.URL.Path, "/"), ""
			if _, pattern := mux.Handler(to); bare == "" || pattern == rest {
				bare = ""
			}
			answer(w, r, bare)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// movedTo sends from a path with a slash at its end to that without.
func (c *call) movedTo(path string) {
	if q := c.r.URL.RawQuery; q != "" {
		path += "?" + q
	}
	c.w.Header().Set("Location", path)
	code := http.StatusMovedPermanently
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		code = http.StatusPermanentRedirect // 301 makes clients forget the method
	}
	c.empty(code)
}

// serve answers a request for a known path.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, rt *route) {
	c := &call{s: s, w: w, r: r, route: rt, now: s.o.Now(), ip: s.clientIP(r)}
	end, ok := rt.of[r.Method]
	if !ok {
		w.Header().Set("Allow", rt.allow)
		c.empty(http.StatusMethodNotAllowed)
		s.metrics.lost.answered(c.status, 0)
		return
	}
	began := time.Now()
	defer func() {
		c.done()
		if p := recover(); p != nil {
			s.metrics.cut.Inc()
			if p != any(http.ErrAbortHandler) {
				s.log.Error("a request made the server panic", "route", rt.pattern, "panic", fmt.Sprint(p))
			}
			panic(http.ErrAbortHandler) // an answer that was not finished must not look like one
		}
		took := time.Since(began)
		if end.long {
			took = 0
		}
		rt.counts[r.Method].answered(c.status, took)
	}()
	if !end.long {
		select {
		case s.inFlight <- struct{}{}:
			defer func() { <-s.inFlight }()
		default:
			c.later(http.StatusServiceUnavailable, time.Second, "too many requests at a time")
			return
		}
	}
	if c.admit(end.access) {
		end.do(c)
	}
}
