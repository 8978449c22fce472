package lapi

import (
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
	count := 0
	one := func(d *tocsin.Decision) error {
		if count == 0 {
			o.buf = append(o.buf, '[')
		} else {
			o.buf = append(o.buf, ',')
		}
		count++
		o.buf = wire.AppendDecision(o.buf, d, c.now, wire.Live)
		return o.full()
	}
	var err error
	if n.all() {
		err = c.everything(f, after, offset, limit, one)
	} else {
		found := c.s.o.Index.Find(c.now, verdict.Query{
			Filter: f, Prefix: n.prefix, Inside: n.inside, Value: n.value, After: after, Limit: limit, Offset: offset,
		})
		for i := range found {
			if err = one(&found[i]); err != nil {
				break
			}
		}
	}
	if count == 0 {
		// Some bouncers compare with these four bytes and take all else for a fault.
		o.buf = append(o.buf, "null"...)
	} else {
		o.buf = append(o.buf, ']')
	}
	if err == nil {
		err = o.end()
	}
	if err != nil {
		c.abort("answer a look-up", err)
	}
	c.bouncer.counts.looked(count > 0)
}

// everything goes through what is in force by IDs.
func (c *call) everything(f verdict.Filter, after int64, offset, limit int, one func(*tocsin.Decision) error) error {
	sent := 0
	for d := range c.s.o.Index.All(c.now, f, false).New {
		if d.ID <= after {
			continue
		}
		if offset > 0 {
			offset--
			continue
		}
		if err := one(&d); err != nil {
			return err
		}
		if sent++; sent == limit {
			break
		}
	}
	return nil
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
