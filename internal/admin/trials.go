package admin

import (
	"fmt"
	"strings"

	"tocsin.example/client"
	"tocsin.example/internal/decide"
)

func (s *Server) showSimulation(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	return s.simulation(), nil
}

func (s *Server) simulation() client.Simulation {
	now := s.o.Decider.Simulation()
	return client.Simulation{Global: now.All, Exclusions: append([]string{}, now.Exclusions...)}
}

// setSimulation turns it on or off: for all, which forgets exclusions, or for some.
func (s *Server) setSimulation(c *call) (any, error) {
	var in client.Trial
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target, c.detail = cut(strings.Join(in.Scenarios, " "), 255), onOff(in.On)
	if len(in.Scenarios) == 0 {
		c.target = "all scenarios"
	}
	err := s.o.Decider.ChangeSimulation(c.Context(), func(sim *decide.Simulation) error {
		if len(in.Scenarios) == 0 {
			*sim = decide.Simulation{All: in.On}
			return nil
		}
		for _, name := range in.Scenarios {
			sim.Set(name, in.On)
		}
		return nil
	})
	if err != nil {
		return nil, ours(err)
	}
	return s.simulation(), nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (s *Server) showShadow(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	return client.Shadow{Scenarios: s.o.Decider.Shadow()}, nil
}

func (s *Server) setShadow(c *call) (any, error) {
	var in client.Trial
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target, c.detail = cut(strings.Join(in.Scenarios, " "), 255), onOff(in.On)
	if len(in.Scenarios) == 0 {
		return nil, bad("name the scenarios", "shadow is for single scenarios")
	}
	if err := s.o.Decider.SetShadow(c.Context(), in.On, in.Scenarios...); err != nil {
		return nil, ours(err)
	}
	return client.Shadow{Scenarios: s.o.Decider.Shadow()}, nil
}

func (s *Server) listProfiles(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	out := client.Page[client.Profile]{Items: []client.Profile{}}
	for _, p := range s.o.Decider.Profiles().Profiles() {
		out.Items = append(out.Items, client.Profile{
			Name: p.Name, File: p.File, Filters: p.Filters, Decisions: p.Decisions, Escalation: p.Escalation, DurationExpr: p.DurationExpr,
			Notifications: p.Notifications, OnSuccess: p.OnSuccess, OnFailure: p.OnFailure, OnError: p.OnError,
		})
	}
	return out, nil
}

// testProfiles asks what would be decided about an alert that is kept. Nothing comes of it.
func (s *Server) testProfiles(c *call) (any, error) {
	p := c.params()
	ids := p.ids("alert")
	if len(ids) != 1 {
		p.fail("alert", "want the number of one alert")
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	a, err := s.o.Store.Alert(c.Context(), ids[0])
	if err != nil {
		return nil, noAlert(ids[0], err)
	}
	now := s.now()
	a.Decisions = nil // those that it has are not asked about
	steps, v, err := s.o.Decider.Profiles().Explain(now, &a.Alert)
	if err != nil {
		return nil, fmt.Errorf("ask the profiles: %w", err)
	}
	out := client.ProfileTest{Profile: v.Profile, Decisions: []client.Decision{}, Notifications: v.Notify, Steps: []client.ProfileStep{}}
	for _, d := range v.Decisions {
		d.Until = now.Add(d.Duration)
		out.Decisions = append(out.Decisions, decision(d.Decision, now))
	}
	for _, x := range steps {
		out.Steps = append(out.Steps, client.ProfileStep(x))
	}
	return out, nil
}
