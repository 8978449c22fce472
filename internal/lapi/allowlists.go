package lapi

import (
	"net/http"

	"tocsin.example/internal/allow"
	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// listAllowlists answers all lists, with their items when asked.
func listAllowlists(c *call) {
	q := c.query()
	content := q.bool("with_content", false)
	if q.err != nil {
		c.bad(q.err)
		return
	}
	lists, err := c.s.o.Store.Allowlists(c.r.Context())
	if err != nil {
		c.broken("read allowlists", err)
		return
	}
	out := make([]wire.Allowlist, len(lists))
	for i := range lists {
		out[i] = allowlist(&lists[i], content)
	}
	c.json(http.StatusOK, out)
}

// getAllowlist answers one list.
func getAllowlist(c *call) {
	q := c.query()
	content := q.bool("with_content", true)
	if q.err != nil {
		c.bad(q.err)
		return
	}
	lists, err := c.s.o.Store.Allowlists(c.r.Context())
	if err != nil {
		c.broken("read allowlists", err)
		return
	}
	name := c.r.PathValue("name")
	for i := range lists {
		if lists[i].Name != name {
			continue
		}
		if c.r.Method == http.MethodHead {
			c.head()
			return
		}
		c.json(http.StatusOK, allowlist(&lists[i], content))
		return
	}
	c.failf(http.StatusNotFound, "allowlist '%s' not found", short(name))
}

func allowlist(l *store.Allowlist, content bool) wire.Allowlist {
	out := wire.Allowlist{AllowlistID: l.ID, Name: l.Name, Description: l.Description, CreatedAt: l.CreatedAt.UTC(), UpdatedAt: l.UpdatedAt.UTC()}
	if !content {
		return out
	}
	for _, it := range l.Items {
		w := wire.AllowItem{Value: it.Value, Description: it.Comment, CreatedAt: it.CreatedAt.UTC()}
		if !it.Expires.IsZero() {
			w.Expiration = it.Expires.UTC()
		}
		out.Items = append(out.Items, w)
	}
	return out
}

// checkOne says whether a decision on a value would be vetoed, and by what.
func checkOne(c *call) {
	value := c.r.PathValue("value")
	if _, _, err := allow.Parse(value); err != nil {
		c.bad(err)
		return
	}
	items := c.s.o.Decider.Allowed(value)
	if c.r.Method == http.MethodHead {
		if len(items) == 0 {
			c.empty(http.StatusNoContent)
			return
		}
		c.head()
		return
	}
	out := wire.AllowCheck{}
	if len(items) > 0 {
		out = wire.AllowCheck{Allowlisted: true, Reason: items[0].Reason()}
	}
	c.json(http.StatusOK, out)
}

// checkAll asks for many at once.
func checkAll(c *call) {
	body, err := c.body(c.s.o.MaxBody)
	if err != nil {
		c.refuse(err, http.StatusBadRequest)
		return
	}
	var in wire.AllowChecks
	if err := wire.Read(body, &in); err != nil {
		c.refuse(err, http.StatusBadRequest)
		return
	}
	if len(in.Targets) == 0 {
		c.fail(http.StatusBadRequest, "targets list cannot be empty")
		return
	}
	if len(in.Targets) > wire.MaxTargets {
		c.failf(http.StatusBadRequest, "more than %d targets: ask in several requests", wire.MaxTargets)
		return
	}
	out := wire.AllowResults{Results: []wire.AllowResult{}}
	for i, t := range in.Targets {
		if _, _, err := allow.Parse(t); err != nil {
			c.failf(http.StatusBadRequest, "target %d: %v", i, err)
			return
		}
		items := c.s.o.Decider.Allowed(t)
		if len(items) == 0 {
			continue
		}
		hit := wire.AllowResult{Target: t}
		for _, it := range items {
			hit.Allowlists = append(hit.Allowlists, it.Reason())
		}
		out.Results = append(out.Results, hit)
	}
	c.json(http.StatusOK, out)
}
