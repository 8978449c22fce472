package listen

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve serves on listeners until ctx ends or one of them fails. Then requests may end for as long as grace, those that
// are still at it are cut off, and it returns when nothing is served any more. The error is the listener's. It closes the
// listeners and is called once for a server.
func Serve(ctx context.Context, h *http.Server, grace time.Duration, listeners ...net.Listener) error {
	ended := make(chan error, len(listeners))
	var all sync.WaitGroup
	for _, l := range listeners {
		all.Go(func() {
			err := h.Serve(l)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			ended <- err
		})
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if h.Shutdown(wait) != nil {
		_ = h.Close() // nothing more can be done for those
	}
	all.Wait()
	return err
}
