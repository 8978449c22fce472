package profile

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
)

// Decide asks the profiles about an alert at a moment. Of those that apply, the first with decisions makes them; the
// others may only notify. An error means that nothing was judged; see [ErrFacts].
func (s *Set) Decide(now time.Time, a *tocsin.Alert) (Verdict, error) {
	return s.decide(now, a, nil)
}

// Explain is [Set.Decide] with what each profile said.
func (s *Set) Explain(now time.Time, a *tocsin.Alert) ([]Step, Verdict, error) {
	var steps []Step
	v, err := s.decide(now, a, func(step Step) { steps = append(steps, step) })
	return steps, v, err
}

func (s *Set) decide(now time.Time, a *tocsin.Alert, said func(Step)) (Verdict, error) {
	run, _ := s.runs.Get().(*cond.Run) // New makes them
	defer s.runs.Put(run)
	run.Begin(now)
	j := judgement{set: s, run: run, now: now, env: cond.Env{Alert: a}}
	for _, p := range s.profiles {
		step, then, err := j.ask(p)
		if err != nil {
			return Verdict{}, err
		}
		if said != nil {
			step.Stops = then == stop
			said(step)
		}
		if then == stop {
			break
		}
	}
	return j.verdict, nil
}

// judgement is one alert on its way through the profiles.
type judgement struct {
	set     *Set
	run     *cond.Run
	now     time.Time
	env     cond.Env
	verdict Verdict
}

// ask lets one profile speak, and says whether the next one may.
func (j *judgement) ask(p *profile) (Step, reaction, error) {
	step := Step{Profile: p.Name, Said: "does not apply", Filter: -1}
	for i, f := range p.filters {
		ok, err := f.Bool(j.run, &j.env)
		if err != nil {
			step.Said, step.Filter, step.Error = "fails", i, err.Error()
			if err := j.fault(err); err != nil {
				return step, stop, err
			}
			if p.fault == apply {
				step.Said = "applies"
				break
			}
			return step, p.fault, nil
		}
		if ok {
			step.Said, step.Filter = "applies", i
			break
		}
	}
	if step.Filter < 0 {
		return step, p.failure, nil
	}
	return step, p.success, j.apply(p)
}

// fault notes an expression that failed, unless it is not the expression's fault.
func (j *judgement) fault(err error) error {
	if errors.Is(err, ErrFacts) {
		return err
	}
	j.verdict.Faults = append(j.verdict.Faults, err)
	return nil
}

func (j *judgement) apply(p *profile) error {
	for _, n := range p.Notifications {
		if !slices.Contains(j.verdict.Notify, n) {
			j.verdict.Notify = append(j.verdict.Notify, n)
		}
	}
	a := j.env.Alert
	if len(j.verdict.Decisions) > 0 || len(p.decisions) == 0 || a.GetValue() == "" {
		return nil
	}
	given, err := j.duration(p)
	if err != nil {
		return err
	}
	times := 0
	if p.growth != nil {
		if times, err = j.set.past.Offences(a.GetValue(), j.now, p.growth.window); err != nil {
			return err
		}
	}
	for _, t := range p.decisions {
		d := Decision{Decision: tocsin.Decision{
			Origin: tocsin.OriginEngine, Type: t.typ, Scope: t.scope, Value: a.GetValue(), Scenario: a.Scenario,
			Simulated: t.simulated || a.Simulated,
		}, Duration: t.duration}
		if t.origin != "" {
			d.Origin += "/" + t.origin
		}
		if d.Scope == "" {
			d.Scope = tocsin.CanonicalScope(a.GetScope())
		}
		if given > 0 {
			d.Duration = given
		}
		if p.growth != nil {
			d.Duration = p.growth.grow(d.Duration, times)
		}
		j.verdict.Decisions = append(j.verdict.Decisions, d)
		if net, ok := network(d.Scope, d.Value, p.network); ok {
			d.Scope, d.Value = tocsin.ScopeRange, net
			j.verdict.Decisions = append(j.verdict.Decisions, d)
		}
	}
	j.verdict.Profile = p.Name
	return nil
}

// duration asks duration_expr; 0 when it is absent, fails or gives no duration.
func (j *judgement) duration(p *profile) (time.Duration, error) {
	if p.duration == nil {
		return 0, nil
	}
	v, err := p.duration.Eval(j.run, &j.env)
	if err != nil {
		return 0, j.fault(err)
	}
	d, err := parseDuration(fmt.Sprint(v))
	if err != nil {
		return 0, j.fault(fmt.Errorf("%s: duration_expr of %s: %w", p.Place, p.Name, err))
	}
	return d, nil
}

// grow makes a duration longer for each time before, up to the longest. One that is longer by itself stays.
func (g *growth) grow(d time.Duration, times int) time.Duration {
	if times <= 0 || d >= g.longest {
		return d
	}
	long := float64(d)
	for range times {
		if long *= g.factor; long >= float64(g.longest) {
			return g.longest
		}
		if g.factor == 1 {
			break
		}
	}
	return time.Duration(long).Round(time.Second)
}

// network names the network of an IPv6 address that is decided against with it.
func network(scope, value string, bits int) (string, bool) {
	if bits == 0 || scope != tocsin.ScopeIP {
		return "", false
	}
	a, err := netip.ParseAddr(value)
	if err != nil || a.Unmap().Is4() {
		return "", false
	}
	p, err := a.WithZone("").Prefix(bits)
	return p.String(), err == nil
}
