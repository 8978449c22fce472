package lapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tocsin.example/internal/store"
)

// health says that the process answers; CrowdSec's clients wait for these very bytes.
func health(c *call) {
	c.send(http.StatusOK, []byte(`{"status":"up"}`))
}

// readiness is the body of /health/ready.
type readiness struct {
	Reasons []string `json:"reasons,omitempty"`
	Status  string   `json:"status"`
}

// healthReady says whether requests can be served now, and why not.
func healthReady(c *call) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(c.r.Context(), patience)
	defer cancel()
	reasons := []string{}
	if !c.s.ready.Load() {
		reasons = append(reasons, "the server is stopping")
	}
	if err := c.s.o.Store.Ready(ctx); err != nil {
		reasons = append(reasons, "the store cannot be written to: "+plain(err))
	}
	if len(reasons) > 0 {
		c.json(http.StatusServiceUnavailable, readiness{Status: "not ready", Reasons: reasons})
		return
	}
	c.json(http.StatusOK, readiness{Status: "ready"})
}

// plain is an error for somebody who did not log in: what kind it is of, without paths.
func plain(err error) string {
	for _, known := range [...]error{store.ErrFull, store.ErrBusy, store.ErrClosed, store.ErrCorrupt, store.ErrNewer, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "see the log"
}
