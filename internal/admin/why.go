package admin

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tocsin.example"
	"tocsin.example/client"
	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// whyAlerts bounds the alerts of decisions in force that are not among those about the value itself.
const whyAlerts = 10

// why tells the whole story of a value.
func (s *Server) why(c *call) (any, error) {
	p := c.params()
	value := strings.TrimSpace(p.text("value"))
	if value == "" || len(value) > wire.MaxText {
		p.fail("value", "want an address, a range or another value")
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	story, err := s.o.Decider.Why(c.Context(), value)
	if err != nil {
		return nil, err
	}
	out := client.Why{
		Value: story.Value, At: story.At, Blocked: len(story.InForce) > 0, PastCount: story.PastCount, Offences: story.Offences,
		Past: []client.WhyDecision{}, Alerts: []client.Alert{},
	}
	for _, it := range story.Allowed {
		out.Allowed = append(out.Allowed, it.Reason())
	}
	inForce, err := s.stories(c.Context(), slices.Concat(story.InForce, story.Simulated))
	if err != nil {
		return nil, err
	}
	alerts, err := s.whyAlerts(c, story.Alerts, inForce)
	if err != nil {
		return nil, err
	}
	told := map[int64]bool{}
	out.InForce, out.Simulated = []client.WhyDecision{}, []client.WhyDecision{}
	for _, d := range inForce {
		told[d.ID] = true
		w := s.whyDecision(d, alerts)
		if d.Simulated {
			out.Simulated = append(out.Simulated, w)
		} else {
			out.InForce = append(out.InForce, w)
		}
	}
	if out.Blocked = len(out.InForce) > 0; out.Blocked {
		out.Type = out.InForce[0].Type
	}
	for _, d := range story.Past {
		if !told[d.ID] {
			out.Past = append(out.Past, s.whyDecision(d, nil))
		}
	}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(alerts))) {
		a := alert(alerts[id], story.At)
		a.Events = []client.Event{}
		out.Alerts = append(out.Alerts, a)
	}
	for name, m := range story.Modes {
		if m.Simulated || m.Shadow {
			out.Scenarios = append(out.Scenarios, client.WhyScenario{Name: name, Simulated: m.Simulated, Shadow: m.Shadow})
		}
	}
	slices.SortFunc(out.Scenarios, func(a, b client.WhyScenario) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// whyAlerts adds to the alerts about a value those that its decisions in force came from.
func (s *Server) whyAlerts(c *call, about []*store.Alert, inForce []store.PastDecision) (map[int64]*store.Alert, error) {
	out := map[int64]*store.Alert{}
	for _, a := range about {
		out[a.ID] = a
	}
	var missing []int64
	for _, d := range inForce {
		if d.Alert != 0 && out[d.Alert] == nil && !slices.Contains(missing, d.Alert) && len(missing) < whyAlerts {
			missing = append(missing, d.Alert)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	// Without decisions: an import has thousands that are no matter here.
	for a, err := range s.o.Store.FindAlerts(c.Context(), store.AlertFilter{IDs: missing, WithoutDecisions: true}) {
		if err != nil {
			return nil, err
		}
		out[a.ID] = a
	}
	return out, nil
}

func (s *Server) whyDecision(d store.PastDecision, alerts map[int64]*store.Alert) client.WhyDecision {
	out := client.WhyDecision{Decision: decision(d.Decision, s.now()), Alert: d.Alert, Begun: d.Begun, EndedAt: moment(d.EndedAt), Late: d.Late}
	a := alerts[d.Alert]
	if origin, _, _ := strings.Cut(d.Origin, "/"); a == nil || origin != tocsin.OriginEngine {
		return out
	}
	undecided := a.Alert
	undecided.Decisions = nil
	// Which profile it was is not kept; which one it would be now is as good unless they were changed meanwhile.
	if v, err := s.o.Decider.Profiles().Decide(s.now(), &undecided); err == nil {
		out.Profile = v.Profile
	}
	return out
}
