package admin

import (
	"tocsin.example/client"
)

func (s *Server) status(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	bouncers, err := s.o.Store.Bouncers(c.Context())
	if err != nil {
		return nil, err
	}
	machines, err := s.o.Store.Machines(c.Context())
	if err != nil {
		return nil, err
	}
	out := client.Status{
		Version: s.o.Version, StartedAt: s.started, State: s.o.StateDir, Listen: s.o.Listen, Ready: true,
		Changes: s.o.Decider.Index().Seq(), Bouncers: len(bouncers), Machines: len(machines), Who: c.who.name, Role: c.who.role.String(),
	}
	if err := s.o.Store.Ready(c.Context()); err != nil {
		out.Ready, out.Reason = false, err.Error()
	}
	return out, nil
}

func (s *Server) metrics(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	return client.Metrics{}, nil
}
