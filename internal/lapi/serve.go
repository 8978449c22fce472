package lapi

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"tocsin.example/internal/listen"
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
	listeners = slices.Clone(listeners)
	for i, l := range listeners {
		if conf != nil && l.Addr().Network() != "unix" {
			listeners[i] = tls.NewListener(l, conf)
		}
	}
	save, stopSaving := context.WithCancel(context.WithoutCancel(ctx))
	var saving sync.WaitGroup
	saving.Go(func() { s.save(save) })
	h.RegisterOnShutdown(s.stop)
	err = listen.Serve(ctx, h, s.o.StopTimeout, listeners...)
	stopSaving()
	saving.Wait()
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
