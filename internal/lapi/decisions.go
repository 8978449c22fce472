package lapi

import (
	"iter"
	"net/http"
	"slices"
	"strconv"

	"tocsin.example"
	"tocsin.example/internal/verdict"
	"tocsin.example/internal/wire"
)

// findDecisions is the live look-up: what is in force about an address, the most severe first. Asked for everything, it
// answers in the order of IDs, which is what id_gt pages by.
func findDecisions(c *call) {
	q := c.query()
	f, n := q.filter(), q.narrow()
	after, limit, offset := q.number("id_gt", 0), q.count("limit", 0), q.count("offset", 0)
	if q.err != nil {
		c.bad(q.err)
		return
	}
	o := c.output(typeJSON)
	defer o.free()
	ask := verdict.Query{Filter: f, Prefix: n.prefix, Inside: n.inside, Value: n.value, After: after, Limit: limit, Offset: offset}
	var found iter.Seq[tocsin.Decision]
	if n.all() {
		found = c.s.o.Index.Each(c.now, ask)
	} else {
		found = slices.Values(c.s.o.Index.Find(c.now, ask))
	}
	var err error
	for d := range found {
		o.element()
		o.buf = wire.AppendDecision(o.buf, &d, c.now, wire.Live)
		if err = o.full(); err != nil {
			break
		}
	}
	o.endList()
	if err == nil {
		err = o.end()
	}
	if err != nil {
		c.abort("answer a look-up", err)
	}
	c.bouncer.counts.looked(o.elements > 0)
}

// deleteDecisions ends what the filter finds in force. Without a filter it ends everything: that is how CrowdSec's
// command line asks for it.
func deleteDecisions(c *call) {
	q := c.query()
	q.only("ip", "range", "contains", "scopes", "scope", "value", "type", "origin", "origins", "scenario", "uuid")
	f, n, scenario := q.filter(), q.narrow(), q.text("scenario")
	f.Simulated = true
	if q.err != nil {
		c.bad(q.err)
		return
	}
	ask := verdict.Query{Filter: f, Prefix: n.prefix, Inside: n.inside, Value: n.value, UUID: q.text("uuid")}
	if scenario != "" {
		// The index knows parts of names only: ask for those that have it in them and keep the equal ones.
		ask.ScenariosContaining = []string{scenario}
		found := slices.DeleteFunc(c.s.o.Index.Find(c.now, ask), func(d tocsin.Decision) bool { return d.Scenario != scenario })
		if len(found) == 0 {
			c.deleted(0)
			return
		}
		ask = verdict.Query{Filter: verdict.Filter{Simulated: true}}
		for _, d := range found {
			ask.IDs = append(ask.IDs, d.ID)
		}
	}
	ended, err := c.s.o.Decider.EndDecisions(c.r.Context(), ask)
	if err != nil {
		c.broken("end decisions", err)
		return
	}
	c.deleted(len(ended))
}

// deleteDecision ends one.
func deleteDecision(c *call) {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		c.fail(http.StatusBadRequest, "decision_id must be valid integer")
		return
	}
	ended, err := c.s.o.Decider.EndDecisions(c.r.Context(), verdict.Query{Filter: verdict.Filter{Simulated: true}, IDs: []int64{id}})
	if err != nil {
		c.broken("end a decision", err)
		return
	}
	if len(ended) == 0 {
		c.failf(http.StatusNotFound, "decision with id '%d' doesn't exist: unable to delete", id)
		return
	}
	c.deleted(len(ended))
}

func (c *call) deleted(n int) {
	c.json(http.StatusOK, wire.Deleted{NbDeleted: strconv.Itoa(n)})
}
