package lapi

import (
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// postAlerts takes alerts of a machine. The answer has the IDs as texts; an alert that was not kept, because it was
// allowed or had no sound decision, has none.
func postAlerts(c *call) {
	body, err := c.body(c.s.o.MaxBody)
	if err != nil {
		c.refuse(err, http.StatusBadRequest)
		return
	}
	alerts, err := wire.ReadAlerts(body, c.now)
	if err != nil {
		c.refuse(err, http.StatusBadRequest)
		return
	}
	c.machine.push(c.now, c.r.UserAgent())
	if len(alerts) == 0 {
		c.send(http.StatusCreated, []byte("[]"))
		return
	}
	out, err := c.s.o.Decider.AddAlerts(c.r.Context(), c.machine.name, alerts)
	if err != nil {
		c.broken("keep alerts", err)
		return
	}
	c.s.scenarios.count(alerts, out)
	ids := make([]string, 0, len(out))
	for _, o := range out {
		if o.ID != 0 {
			ids = append(ids, strconv.FormatInt(o.ID, 10))
		}
	}
	c.json(http.StatusCreated, ids)
}

// findAlerts searches.
func findAlerts(c *call) {
	q := c.query()
	f := q.alerts(c.now)
	if q.err != nil {
		c.bad(q.err)
		return
	}
	o := c.output(typeJSON)
	defer o.free()
	for a, err := range c.s.o.Store.FindAlerts(c.r.Context(), f) {
		if err == nil {
			o.element()
			o.buf = wire.AppendAlert(o.buf, kept(a), c.now)
			err = o.full()
		}
		if err != nil && !o.begun {
			c.broken("search alerts", err)
			return
		}
		if err != nil {
			c.abort("search alerts", err)
		}
	}
	o.endList()
	if err := o.end(); err != nil {
		c.abort("search alerts", err)
	}
}

func kept(a *store.Alert) wire.Kept {
	return wire.Kept{Alert: &a.Alert, ID: a.ID, CreatedAt: a.CreatedAt, Machine: a.Machine}
}

// alertFilters are what alerts can be searched by.
var alertFilters = [...]string{
	"ip", "range", "contains", "scope", "value", "scenario", "origin", "decision_type", "since", "until", "created_before",
	"has_active_decision", "include_capi", "simulated", "kind", "machine_id",
}

// defaultLimit is how many alerts are answered unless a limit is given.
const defaultLimit = 100

// alerts reads a search.
func (q *query) alerts(now time.Time) store.AlertFilter {
	q.only(append(alertFilters[:], "limit", "offset", "sort", "with_decisions")...)
	f := q.alertFilter(now)
	f.Limit, f.Offset = q.count("limit", defaultLimit), q.count("offset", 0)
	f.WithoutDecisions = !q.bool("with_decisions", true)
	switch s := q.text("sort"); strings.ToUpper(s) {
	case "", "DESC":
	case "ASC":
		f.Oldest = true
	default:
		q.fault("invalid sort value: %q is neither ASC nor DESC", short(s))
	}
	return f
}

func (q *query) alertFilter(now time.Time) store.AlertFilter {
	n := q.narrow()
	f := store.AlertFilter{
		Prefix: n.prefix, Inside: n.inside && n.prefix.IsValid(), Value: n.value,
		Scope: wire.Scope(q.text("scope")), Scenario: q.text("scenario"), Machine: q.text("machine_id"), Kind: q.text("kind"),
		Origin: q.text("origin"), DecisionType: q.text("decision_type"),
		Since: q.ago("since", now), Until: q.ago("until", now), CreatedBefore: q.ago("created_before", now),
		WithoutCentral: !q.bool("include_capi", true),
	}
	if q.text("has_active_decision") != "" {
		f.Active = new(q.bool("has_active_decision", true))
	}
	if !q.bool("simulated", true) {
		f.Simulated = new(false)
	}
	return f
}

// ago reads a duration before now.
func (q *query) ago(name string, now time.Time) time.Time {
	s := q.text(name)
	if s == "" {
		return time.Time{}
	}
	d, err := wire.ParseDuration(s)
	if err != nil {
		q.fault("invalid %s value: %v", name, err)
		return time.Time{}
	}
	return now.Add(-d)
}

// getAlert answers one.
func getAlert(c *call) {
	id, ok := c.alertID()
	if !ok {
		return
	}
	a, err := c.s.o.Store.Alert(c.r.Context(), id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.fail(http.StatusNotFound, "object not found")
	case err != nil:
		c.broken("read an alert", err)
	case c.r.Method == http.MethodHead:
		c.head()
	default:
		c.send(http.StatusOK, wire.AppendAlert(nil, kept(a), c.now))
	}
}

func (c *call) alertID() (int64, bool) {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		c.fail(http.StatusBadRequest, "alert_id must be valid integer")
		return 0, false
	}
	return id, true
}

// deleteAlerts removes what a search finds. Everything is removed only for who says so by limit=0, as CrowdSec's
// command line does: some clients lose their filter on the way.
func deleteAlerts(c *call) {
	q := c.query()
	f := q.alerts(c.now)
	all := q.text("limit") != "" && f.Limit == 0
	f.Limit, f.Offset, f.Oldest, f.WithoutDecisions = 0, 0, false, false // these say what a search shows
	if q.err != nil {
		c.bad(q.err)
		return
	}
	if !all && unfiltered(f) {
		c.fail(http.StatusBadRequest, "this would delete all alerts: give a filter, or limit=0 if it is meant")
		return
	}
	c.deleteBy(f, false)
}

// unfiltered reports whether a filter leaves nothing out.
func unfiltered(f store.AlertFilter) bool {
	return f.Prefix == (netip.Prefix{}) && f.Scope == "" && f.Value == "" && f.Scenario == "" && f.Machine == "" && f.Kind == "" && f.Origin == "" &&
		f.DecisionType == "" && f.Since.IsZero() && f.Until.IsZero() && f.CreatedBefore.IsZero() && f.Active == nil && f.Simulated == nil && !f.WithoutCentral
}

func deleteAlert(c *call) {
	id, ok := c.alertID()
	if !ok {
		return
	}
	c.deleteBy(store.AlertFilter{IDs: []int64{id}}, true)
}

func (c *call) deleteBy(f store.AlertFilter, one bool) {
	n, err := c.s.o.Decider.DeleteAlerts(c.r.Context(), f)
	if err != nil {
		c.broken("delete alerts", err)
		return
	}
	if one && n == 0 {
		c.fail(http.StatusNotFound, "object not found")
		return
	}
	c.deleted(n)
}
