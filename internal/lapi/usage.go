package lapi

import (
	"encoding/json"
	"net/http"

	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// maxReport is the largest report in bytes: reports are small, and what is kept of them must be.
const maxReport = 256 << 10

// postUsage keeps what a bouncer or a machine says of itself.
func postUsage(c *call) {
	var kind, name string
	var allowance *bucket
	if c.machine != nil {
		kind, name, allowance = "machine", c.machine.name, c.machine.usage
	} else {
		kind, name, allowance = "bouncer", c.bouncer.name, c.bouncer.usage
	}
	if wait, ok := allowance.take(c.now, usageBurst, usageEvery); !ok {
		c.later(http.StatusTooManyRequests, wait, "too many reports: one in some minutes is enough")
		return
	}
	body, err := c.body(min(maxReport, c.s.o.MaxBody))
	if err != nil {
		c.refuse(err, http.StatusUnprocessableEntity)
		return
	}
	u, err := wire.ReadUsage(body, c.machine != nil)
	if err != nil {
		c.refuse(err, http.StatusUnprocessableEntity)
		return
	}
	b, err := json.Marshal(u)
	if err != nil {
		c.broken("keep a report", err)
		return
	}
	if c.bouncer != nil {
		c.bouncer.told(u)
	}
	if err := c.s.o.Store.AddUsage(c.r.Context(), store.UsageReport{Kind: kind, Name: name, At: c.now, Body: b}); err != nil {
		c.broken("keep a report", err)
		return
	}
	c.empty(http.StatusCreated)
}

// told notes what a bouncer runs on.
func (k *bouncer) told(u *wire.UsageOf) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if o := u.OS; o != nil && o.Name != "" {
		if os := o.Name + "/" + o.Version; os != k.row.OS {
			k.row.OS, k.dirty = os, true
		}
	}
	if u.Type != "" && u.Type != k.row.Type {
		k.row.Type, k.dirty = u.Type, true
	}
}
