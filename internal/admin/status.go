package admin

import (
	"maps"

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
	index := s.o.Decider.Index()
	out := client.Status{
		Version: s.o.Version, StartedAt: s.started, State: s.o.StateDir, Listen: append([]string{}, s.o.Listen...), Ready: true,
		Changes: index.Seq(), Bouncers: len(bouncers), Machines: len(machines), Who: c.who.name, Role: c.who.role.String(),
	}
	for _, n := range index.Stats(s.now()) {
		if n.Simulated {
			out.Simulated += n.N
		} else {
			out.Decisions += n.N
		}
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
	out := client.Metrics{Decisions: []client.Count{}, Since: map[string]uint64{}}
	for _, n := range s.o.Decider.Index().Stats(s.now()) {
		out.Decisions = append(out.Decisions, client.Count{
			Origin: n.Origin, Type: n.Type, Scope: n.Scope, Scenario: n.Scenario, Simulated: n.Simulated, Count: n.N,
		})
	}
	n := s.o.Decider.Counts()
	maps.Copy(out.Since, map[string]uint64{
		"alerts_accepted": n.AlertsAccepted, "alerts_repeated": n.AlertsRepeated, "alerts_allowed": n.AlertsAllowed,
		"alerts_refused": n.AlertsRefused, "decisions_vetoed": n.DecisionsVetoed, "decisions_late": n.DecisionsLate,
		"decisions_ended": n.DecisionsEnded, "decisions_lifted": n.DecisionsLifted, "decisions_expired": n.DecisionsExpired,
		"profile_faults": n.ProfileFaults, "name_faults": n.NameFaults,
	})
	for origin, v := range n.DecisionsByOrigin {
		out.Since["decisions_made_"+origin] = v
	}
	return out, nil
}
