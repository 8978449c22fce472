package lapi

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve serves on listeners until ctx ends, then lets requests end, writes what is to be written and returns. TCP
// listeners speak TLS when it is configured, Unix sockets never do; without TLS, HTTP/2 is spoken to who begins so. Serve
// is called once. An error is a listener's, or that of the last save.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	conf, err := s.tlsConfig()
	if err != nil {
		return err
	}
	h := s.httpServer(ctx)
	if conf != nil {
		h.TLSConfig = conf
	}
	ended := make(chan error, len(listeners))
	var wg sync.WaitGroup
	for _, l := range listeners {
		if conf != nil && l.Addr().Network() != "unix" {
			l = tls.NewListener(l, conf)
		}
		wg.Go(func() {
			err := h.Serve(l)
			if errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			ended <- err
		})
	}
	save, stopSaving := context.WithCancel(context.WithoutCancel(ctx))
	wg.Go(func() { s.save(save) })
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	s.stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.StopTimeout)
	defer cancel()
	if h.Shutdown(grace) != nil {
		_ = h.Close() // those who are still at it are cut off
	}
	stopSaving()
	wg.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.StopTimeout)
	defer cancel()
	return errors.Join(err, s.Flush(last))
}

func (s *Server) httpServer(ctx context.Context) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           s.handler,
		Protocols:         &protocols,
		ReadHeaderTimeout: s.o.HeaderTimeout,
		ReadTimeout:       s.o.BodyTimeout,
		WriteTimeout:      s.o.BodyTimeout + s.o.WriteTimeout, // long answers move it on piece by piece
		IdleTimeout:       s.o.IdleTimeout,
		MaxHeaderBytes:    s.o.MaxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
}

// save writes every few seconds what changed by use. A failure is said once, until it works again.
func (s *Server) save(ctx context.Context) {
	t := time.NewTicker(s.o.SaveEvery)
	defer t.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		err := s.Flush(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Warn("cursors of bouncers cannot be saved: after a crash they would be served again", "error", err)
		}
		failing = err != nil
	}
}
