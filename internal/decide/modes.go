package decide

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/wire"
)

// The settings that keep simulation and shadow, as JSON of [Simulation] and of a list of scenarios.
const (
	SimulationKey = "simulation"
	ShadowKey     = "shadow"
)

// maxScenarios bounds the scenarios that are named in one setting.
const maxScenarios = 10_000

// Simulation says whose alerts have decisions that are made and shown, but not enforced: CrowdSec's simulation.yaml.
type Simulation struct {
	// All simulates every scenario save for the exclusions. Otherwise the exclusions are those that are simulated.
	All        bool     `json:"simulation"`
	Exclusions []string `json:"exclusions"`
}

// Simulated reports whether a scenario is simulated.
func (s *Simulation) Simulated(scenario string) bool {
	return s.All != slices.Contains(s.Exclusions, scenario)
}

// Set switches simulation of one scenario, leaving the others as they are.
func (s *Simulation) Set(scenario string, on bool) {
	if s.Simulated(scenario) == on {
		return
	}
	if i := slices.Index(s.Exclusions, scenario); i >= 0 {
		s.Exclusions = slices.Delete(s.Exclusions, i, i+1)
		return
	}
	s.Exclusions = append(s.Exclusions, scenario)
	slices.Sort(s.Exclusions)
}

// ParseSimulation reads CrowdSec's simulation.yaml. Exclusions add up over the documents, as those of
// simulation.yaml.local behind those of simulation.yaml; the last document that says it decides about the rest.
func ParseSimulation(path string, text []byte) (Simulation, error) {
	var problems diag.List
	var out Simulation
	for _, d := range diag.Documents(path, text, diag.Own, &problems) {
		var doc struct {
			Simulation *bool    `yaml:"simulation"`
			Exclusions []string `yaml:"exclusions"`
		}
		if !d.Decode(&doc) {
			continue
		}
		if doc.Simulation != nil {
			out.All = *doc.Simulation
		}
		out.Exclusions = append(out.Exclusions, doc.Exclusions...)
	}
	slices.Sort(out.Exclusions)
	out.Exclusions = slices.Compact(out.Exclusions)
	return out, problems.Err()
}

// modes are the settings that say how scenarios are treated. It is immutable.
type modes struct {
	simulation Simulation
	exclusions map[string]bool
	shadow     map[string]bool
}

func newModes(s Simulation, shadow []string) *modes {
	m := &modes{simulation: s, exclusions: map[string]bool{}, shadow: map[string]bool{}}
	for _, e := range s.Exclusions {
		m.exclusions[e] = true
	}
	for _, e := range shadow {
		m.shadow[e] = true
	}
	return m
}

func (m *modes) simulated(scenario string) bool { return m.simulation.All != m.exclusions[scenario] }
func (m *modes) shadowed(scenario string) bool  { return m.shadow[scenario] }

func (m *modes) shadows() []string {
	out := make([]string, 0, len(m.shadow))
	for s := range m.shadow {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func (d *Decider) loadModes(ctx context.Context) error {
	var s Simulation
	var shadow []string
	for key, into := range map[string]any{SimulationKey: &s, ShadowKey: &shadow} {
		text, err := d.store.Setting(ctx, key)
		if err != nil {
			return fmt.Errorf("read the setting %s: %w", key, err)
		}
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return fmt.Errorf("read the setting %s: %w", key, err)
		}
	}
	d.modes.Store(newModes(s, shadow))
	return nil
}

// Simulation returns what is simulated.
func (d *Decider) Simulation() Simulation {
	s := d.modes.Load().simulation
	s.Exclusions = slices.Clone(s.Exclusions)
	return s
}

// ChangeSimulation changes what is simulated, for alerts from now on. Decisions that there are stay as they are.
func (d *Decider) ChangeSimulation(ctx context.Context, f func(*Simulation) error) error {
	d.settings.Lock()
	defer d.settings.Unlock()

	s := d.Simulation()
	if err := f(&s); err != nil {
		return err
	}
	if err := checkScenarios(s.Exclusions); err != nil {
		return err
	}
	if err := d.keep(ctx, SimulationKey, s); err != nil {
		return err
	}
	d.modes.Store(newModes(s, d.modes.Load().shadows()))
	return nil
}

// Shadow lists the scenarios that are in shadow, sorted: their alerts are kept and marked, their decisions simulated, and
// nobody is notified.
func (d *Decider) Shadow() []string { return d.modes.Load().shadows() }

// SetShadow puts scenarios in shadow, or takes them out, for alerts from now on.
func (d *Decider) SetShadow(ctx context.Context, on bool, scenarios ...string) error {
	if err := checkScenarios(scenarios); err != nil {
		return err
	}
	d.settings.Lock()
	defer d.settings.Unlock()

	m := d.modes.Load()
	list := slices.DeleteFunc(m.shadows(), func(s string) bool { return slices.Contains(scenarios, s) })
	if on {
		list = append(list, scenarios...)
		slices.Sort(list)
		list = slices.Compact(list)
	}
	if err := checkScenarios(list); err != nil {
		return err
	}
	if err := d.keep(ctx, ShadowKey, list); err != nil {
		return err
	}
	d.modes.Store(newModes(m.simulation, list))
	return nil
}

func (d *Decider) keep(ctx context.Context, key string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the setting %s: %w", key, err)
	}
	if ctx, err = begun(ctx); err != nil {
		return err
	}
	return d.store.SetSetting(ctx, key, string(text))
}

func checkScenarios(list []string) error {
	if len(list) > maxScenarios {
		return fmt.Errorf("%d scenarios are named; the limit is %d", len(list), maxScenarios)
	}
	for _, s := range list {
		switch {
		case strings.TrimSpace(s) == "":
			return errors.New("the name of a scenario is empty")
		case len(s) > wire.MaxName:
			return fmt.Errorf("the name of a scenario has %d bytes; the limit is %d", len(s), wire.MaxName)
		}
	}
	return nil
}
