package lapi

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the server's counters for Prometheus: ours by the names of docs/api.md, and CrowdSec's, so that its
// dashboards go on working. Children are looked up when a route, a bouncer or a machine is made known, not when it calls.
type metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec   // route, method, code
	seconds  *prometheus.HistogramVec // route, method

	csRoutes   *prometheus.CounterVec   // route, method
	csSeconds  *prometheus.HistogramVec // endpoint, method
	csMachines *prometheus.CounterVec   // machine, route, method
	csBouncers *prometheus.CounterVec   // bouncer, route, method
	csOK, csKO *prometheus.CounterVec   // bouncer

	loginFailures prometheus.Counter
	cut           prometheus.Counter
	pushing       prometheus.Gauge
	lost          *routeCounts
}

func newMetrics(s *Server) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	// From what a look-up takes to what a startup pull of a million over a slow line does.
	limits := prometheus.ExponentialBuckets(0.0001, 4, 10) //nolint:mnd // 0.1 ms to 26 s
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: limits}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("tocsin_lapi_requests_total", "Requests by route, method and code.", "route", "method", "code"),
		seconds:  histogram("tocsin_lapi_request_seconds", "How long requests took, without push streams.", "route", "method"),

		csRoutes:   counter("cs_lapi_route_requests_total", "Number of calls to each route per method.", "route", "method"),
		csSeconds:  histogram("cs_lapi_request_duration_seconds", "Response time of LAPI.", "endpoint", "method"),
		csMachines: counter("cs_lapi_machine_requests_total", "Number of calls to each route per method grouped by machines.", "machine", "route", "method"),
		csBouncers: counter("cs_lapi_bouncer_requests_total", "Number of calls to each route per method grouped by bouncers.", "bouncer", "route", "method"),
		csOK:       counter("cs_lapi_decisions_ok_total", "Number of calls to /decisions that returned non-empty result.", "bouncer"),
		csKO:       counter("cs_lapi_decisions_ko_total", "Number of calls to /decisions that returned empty result.", "bouncer"),

		loginFailures: prometheus.NewCounter(prometheus.CounterOpts{Name: "tocsin_lapi_login_failures_total", Help: "Logins with a wrong name or password."}),
		cut:           prometheus.NewCounter(prometheus.CounterOpts{Name: "tocsin_lapi_cut_total", Help: "Answers that were cut off: the caller went away, or took no data."}),
		pushing:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "tocsin_lapi_push_streams", Help: "Push streams that are open."}),
	}
	m.lost = m.route(other, "any")
	m.registry.MustRegister(
		m.requests, m.seconds, m.csRoutes, m.csSeconds, m.csMachines, m.csBouncers, m.csOK, m.csKO, m.loginFailures, m.cut, m.pushing,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newStanding(s),
	)
	return m
}

// MetricsHandler serves the metrics of the server, of the decisions in force and of the process, in Prometheus' form. It
// asks for no key: put it on a listener that not everybody reaches.
func (s *Server) MetricsHandler() http.Handler {
	return promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError})
}

// Registry is where other parts of the process register what they measure.
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }

// routeCounts are those of one route and method.
type routeCounts struct {
	m             *metrics
	route, method string
	calls         prometheus.Counter
	seconds       [2]prometheus.Observer

	mu     sync.RWMutex
	byCode map[int]prometheus.Counter
}

func (m *metrics) route(pattern, method string) *routeCounts {
	return &routeCounts{
		m: m, route: pattern, method: method, byCode: map[int]prometheus.Counter{},
		calls:   m.csRoutes.WithLabelValues(pattern, method),
		seconds: [2]prometheus.Observer{m.seconds.WithLabelValues(pattern, method), m.csSeconds.WithLabelValues(pattern, method)},
	}
}

// answered counts a request; took is 0 for those that last as they like.
func (r *routeCounts) answered(code int, took time.Duration) {
	r.calls.Inc()
	r.code(code).Inc()
	if took > 0 {
		for _, s := range r.seconds {
			s.Observe(took.Seconds())
		}
	}
}

func (r *routeCounts) code(code int) prometheus.Counter {
	r.mu.RLock()
	c := r.byCode[code]
	r.mu.RUnlock()
	if c != nil {
		return c
	}
	c = r.m.requests.WithLabelValues(r.route, r.method, strconv.Itoa(code))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.byCode[code] = c
	return c
}

// callerCounts are those of one bouncer or machine.
type callerCounts struct {
	vec  *prometheus.CounterVec
	name string

	mu sync.RWMutex
	of map[*routeCounts]prometheus.Counter
}

func (k *callerCounts) count(c *call) {
	rt := c.route.counts[c.r.Method]
	k.mu.RLock()
	n := k.of[rt]
	k.mu.RUnlock()
	if n == nil {
		n = k.vec.WithLabelValues(k.name, rt.route, rt.method)
		k.mu.Lock()
		k.of[rt] = n
		k.mu.Unlock()
	}
	n.Inc()
}

type bouncerCounts struct {
	callerCounts
	ok, ko prometheus.Counter
}

func (m *metrics) bouncer(name string) *bouncerCounts {
	return &bouncerCounts{
		callerCounts: callerCounts{vec: m.csBouncers, name: name, of: map[*routeCounts]prometheus.Counter{}},
		ok:           m.csOK.WithLabelValues(name), ko: m.csKO.WithLabelValues(name),
	}
}

// looked counts a live look-up.
func (k *bouncerCounts) looked(found bool) {
	if found {
		k.ok.Inc()
		return
	}
	k.ko.Inc()
}

type machineCounts struct{ callerCounts }

func (m *metrics) machine(name string) *machineCounts {
	return &machineCounts{callerCounts{vec: m.csMachines, name: name, of: map[*routeCounts]prometheus.Counter{}}}
}

func (m *metrics) forgetBouncer(name string) {
	by := prometheus.Labels{"bouncer": name}
	m.csBouncers.DeletePartialMatch(by)
	m.csOK.DeletePartialMatch(by)
	m.csKO.DeletePartialMatch(by)
}

func (m *metrics) forgetMachine(name string) {
	m.csMachines.DeletePartialMatch(prometheus.Labels{"machine": name})
}
