package lapi

import (
	"maps"
	"sync"

	"tocsin.example"
	"tocsin.example/internal/decide"
)

// scenarios counts the alerts that were kept since the start, by scenario.
type scenarios struct {
	mu sync.Mutex
	n  map[string]int
}

func newScenarios() *scenarios { return &scenarios{n: map[string]int{}} }

func (k *scenarios) count(alerts []*tocsin.Alert, out []decide.Outcome) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, o := range out {
		if o.ID == 0 || o.Repeat {
			continue
		}
		name := alerts[i].Scenario
		if _, ok := k.n[name]; !ok && len(k.n) >= maxReasons {
			name = other
		}
		k.n[name]++
	}
}

func (k *scenarios) all() map[string]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.n)
}
