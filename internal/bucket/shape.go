package bucket

import (
	"strings"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
)

// MaxCapacity bounds how many events a bucket can be made to wait for.
const MaxCapacity = 10_000_000

// shape checks the keys that say how a bucket fills and leaks, by type.
func (c *compiler) shape(s *Scenario, y *scenarioDoc) {
	at := func(key string) diag.Place {
		if p, ok := y.Keys[key]; ok {
			return p
		}
		return y.Place
	}
	warn := func(key, hint, format string, args ...any) {
		c.Problems.Warnf(at(key), hint, format, args...)
	}
	switch s.Type {
	case Leaky:
		if s.capacity <= 0 || s.capacity > MaxCapacity {
			c.Faultf(at("capacity"), "write how many events it holds before it overflows, for example 5", "a leaky bucket needs a capacity from 1 to %d", MaxCapacity)
		}
		if s.leak <= 0 {
			c.Faultf(at("leakspeed"), "write for example leakspeed: 10s", "a leaky bucket needs a leakspeed above 0")
		}
	case Trigger:
		if s.capacity != 0 {
			c.Faultf(at("capacity"), "remove it: a trigger overflows on every event", "a trigger has no capacity")
		}
		if s.distinct != nil || s.cancelOn != nil || s.condition != nil {
			warn("type", "use a leaky or conditional bucket for them", "a trigger ignores distinct, cancel_on and condition")
		}
	case Counter:
		if s.duration <= 0 {
			c.Faultf(at("duration"), "write for example duration: 10m", "a counter needs a duration above 0")
		}
		c.unlimited(s, at)
	case Conditional:
		if s.condition == nil && strings.TrimSpace(y.Condition.Value) == "" { // a faulty one is told already
			c.Faultf(at("type"), "write condition: ...", "a conditional bucket needs a condition")
		}
		if s.leak <= 0 {
			c.Faultf(at("leakspeed"), "write after how long without an event the bucket is dropped, for example leakspeed: 1h", "a conditional bucket needs a leakspeed above 0")
		}
		if s.capacity <= 0 {
			s.capacity = -1
		} else {
			warn("capacity", "write capacity: -1", "a conditional bucket with a capacity also overflows by it")
		}
	case Bayesian:
		if s.leak <= 0 {
			c.Faultf(at("leakspeed"), "write after how long without an event the bucket is dropped, for example leakspeed: 1h", "a bayesian bucket needs a leakspeed above 0")
		}
		c.unlimited(s, at)
		c.bayes(s, y, at)
	case "":
	default:
		known := []string{string(Leaky), string(Trigger), string(Counter), string(Conditional), string(Bayesian)}
		hint := "known: " + strings.Join(known, ", ")
		if near := diag.Near(y.Type.Value, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		c.Fault(y.Type.Problem(0, hint, "unknown type %q", y.Type.Value))
	}
	s.queue = queueSize(s.capacity, y.CacheSize)
	if y.CacheSize < 0 {
		c.Faultf(at("cache_size"), "write how many events to keep", "cache_size is negative")
	}
	for _, n := range []struct {
		key string
		bad bool
	}{
		{"blackhole", s.blackhole < 0},
		{"duration", s.duration < 0 && s.Type != Counter},
		{"leakspeed", s.leak < 0 && (s.Type == Trigger || s.Type == Counter)},
	} {
		if n.bad {
			c.Faultf(at(n.key), "write for example 1m", "%s is negative", n.key)
		}
	}
}

// unlimited checks a type that never overflows by capacity.
func (c *compiler) unlimited(s *Scenario, at func(string) diag.Place) {
	if s.capacity == 0 {
		s.capacity = -1
	}
	if s.capacity != -1 {
		c.Faultf(at("capacity"), "write capacity: -1", "a %s bucket has no capacity", s.Type)
	}
}

func (c *compiler) bayes(s *Scenario, y *scenarioDoc, at func(string) diag.Place) {
	s.prior, s.threshold = float32(y.Prior), float32(y.Threshold)
	if y.Prior <= 0 || y.Prior > 1 {
		c.Faultf(at("bayesian_prior"), "write a probability above 0, at most 1", "bayesian_prior is not a probability")
	}
	if y.Threshold <= 0 || y.Threshold > 1 {
		c.Faultf(at("bayesian_threshold"), "write a probability above 0, at most 1", "bayesian_threshold is not a probability")
	}
	if len(y.Conditions) == 0 {
		c.Faultf(at("type"), "write bayesian_conditions: with at least one condition", "a bayesian bucket needs conditions")
	}
	for i := range y.Conditions {
		b := &y.Conditions[i]
		if b.Evil < 0 || b.Evil > 1 || b.Benign < 0 || b.Benign > 1 {
			c.Faultf(b.Place, "write probabilities from 0 to 1", "prob_given_evil and prob_given_benign must be probabilities")
		}
		p := c.Program(cond.KindBucket, b.Condition, cond.WantBool)
		if p == nil {
			if strings.TrimSpace(b.Condition.Value) == "" {
				c.Faultf(b.Place, "write condition: ...", "bayesian condition without condition")
			}
			continue
		}
		s.bayes = append(s.bayes, bayesCondition{program: p, evil: float32(b.Evil), benign: float32(b.Benign), guillotine: b.Guillotine})
	}
}

// queueSize is how many events a bucket retains: one more than its capacity or its cache_size, whichever applies, and
// never more than MaxQueue.
func queueSize(capacity, cache int) int {
	size := capacity
	if cache > 0 && (cache <= capacity || capacity == -1) {
		size = cache
	}
	if size < 0 || size >= MaxQueue {
		return MaxQueue
	}
	return size + 1
}
