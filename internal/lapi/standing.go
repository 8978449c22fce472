package lapi

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin.example/internal/verdict"
)

// maxReasons is how many scenarios have a series of their own; the rest is together under "other". Lists and the central
// make up names as they like.
const maxReasons = 500

// standing collects what stands when it is asked: decisions in force, and what the decider counted.
type standing struct {
	s *Server

	active, csActive, csAlerts, alerts, decisions, invalid, bouncers, machines, seq *prometheus.Desc
}

func newStanding(s *Server) *standing {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &standing{
		s:         s,
		active:    d("tocsin_decisions_active", "Decisions in force.", "origin", "type", "scope", "simulated"),
		csActive:  d("cs_active_decisions", "Number of active decisions.", "reason", "origin", "action"),
		csAlerts:  d("cs_alerts", "Number of alerts (excluding CAPI).", "reason"),
		alerts:    d("tocsin_alerts_total", "Alerts that came, by what became of them.", "outcome"),
		decisions: d("tocsin_decisions_total", "Decisions by what became of them.", "outcome"),
		invalid:   d("tocsin_decisions_invalid_total", "Decisions that were none.", "reason"),
		bouncers:  d("tocsin_lapi_bouncers", "Bouncers that are known."),
		machines:  d("tocsin_lapi_machines", "Machines that are known."),
		seq:       d("tocsin_decisions_sequence", "Number of the newest change of decisions."),
	}
}

// Describe is for the library.
func (k *standing) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{k.active, k.csActive, k.csAlerts, k.alerts, k.decisions, k.invalid, k.bouncers, k.machines, k.seq} {
		ch <- d
	}
}

// Collect asks.
func (k *standing) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, n int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	k.inForce(gauge)
	for reason, n := range k.s.scenarios.all() {
		gauge(k.csAlerts, n, reason)
	}
	c := k.s.o.Decider.Counts()
	count(k.alerts, c.AlertsAccepted, "accepted")
	count(k.alerts, c.AlertsRepeated, "repeated")
	count(k.alerts, c.AlertsAllowed, "allowed")
	count(k.alerts, c.AlertsRefused, "refused")
	for origin, n := range c.DecisionsByOrigin {
		count(k.decisions, n, "made:"+origin)
	}
	count(k.decisions, c.DecisionsVetoed, "vetoed")
	count(k.decisions, c.DecisionsLate, "late")
	count(k.decisions, c.DecisionsEnded, "ended")
	count(k.decisions, c.DecisionsLifted, "lifted")
	count(k.decisions, c.DecisionsExpired, "expired")
	for reason, n := range c.DecisionsInvalid {
		count(k.invalid, n, reason)
	}
	gauge(k.bouncers, k.s.bouncers.size())
	gauge(k.machines, k.s.machines.size())
	ch <- prometheus.MustNewConstMetric(k.seq, prometheus.CounterValue, float64(k.s.o.Index.Seq()))
}

// inForce counts decisions, in CrowdSec's way and ours.
func (k *standing) inForce(gauge func(*prometheus.Desc, int, ...string)) {
	stats := k.s.o.Index.Stats(k.s.o.Now())
	type cs struct{ reason, origin, action string }
	type own struct {
		origin, action, scope string
		simulated             bool
	}
	// The largest keep their names.
	slices.SortStableFunc(stats, func(a, b verdict.Count) int { return cmp.Compare(b.N, a.N) })
	names := map[string]bool{}
	theirs, ours := map[cs]int{}, map[own]int{}
	for _, n := range stats {
		reason := n.Scenario
		if !names[reason] && len(names) >= maxReasons {
			reason = other
		} else {
			names[reason] = true
		}
		ours[own{n.Origin, n.Type, n.Scope, n.Simulated}] += n.N
		if !n.Simulated {
			theirs[cs{reason, n.Origin, n.Type}] += n.N
		}
	}
	for c, n := range theirs {
		gauge(k.csActive, n, c.reason, c.origin, c.action)
	}
	for c, n := range ours {
		gauge(k.active, n, c.origin, c.action, c.scope, strconv.FormatBool(c.simulated))
	}
}
