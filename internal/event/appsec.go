package event

import (
	"fmt"
	"slices"
)

// Appsec is what the request rules of the application firewall found; empty on other events.
type Appsec struct {
	HasInBandMatches  bool
	HasOutBandMatches bool
	MatchedRules      MatchedRules
	Vars              map[string]string
	HookVars          map[string]string
}

// MatchedRules are the request rules that matched, each as a map of its properties.
type MatchedRules []map[string]any

// GetName returns the name of the first matched rule, "" without one.
func (a Appsec) GetName() string { return a.MatchedRules.first("name") }

// GetURI returns the URI of the first matched rule, "" without one.
func (a Appsec) GetURI() string { return a.MatchedRules.first("uri") }

// GetMethod returns the method of the first matched rule, "" without one.
func (a Appsec) GetMethod() string { return a.MatchedRules.first("method") }

// GetHash returns the digest of the first matched rule, "" without one.
func (a Appsec) GetHash() string { return a.MatchedRules.first("hash") }

// GetVersion returns the version of the first matched rule, "" without one.
func (a Appsec) GetVersion() string { return a.MatchedRules.first("version") }

// GetVar returns a variable that the rules tracked, "" when absent.
func (a Appsec) GetVar(name string) string { return a.Vars[name] }

// GetRuleIDs returns the numbers of all matched rules.
func (a Appsec) GetRuleIDs() []int {
	var out []int
	for _, r := range a.MatchedRules {
		if id, ok := r["id"].(int); ok {
			out = append(out, id)
		}
	}
	return out
}

// GetNames returns the names of all matched rules, each once.
func (a Appsec) GetNames() []string { return a.MatchedRules.all("name") }

// Kinds returns the kinds of all matched rules, each once.
func (a Appsec) Kinds() []string { return a.MatchedRules.all("kind") }

// GetMatchedZones returns the parts of the request in which rules matched, each once.
func (a Appsec) GetMatchedZones() []string {
	var out []string
	for _, r := range a.MatchedRules {
		zones, _ := r["matched_zones"].([]string)
		for _, z := range zones {
			if !slices.Contains(out, z) {
				out = append(out, z)
			}
		}
	}
	return out
}

func (m MatchedRules) first(key string) string {
	for _, r := range m {
		if v, ok := r[key]; ok {
			return fmt.Sprint(v)
		}
	}
	return ""
}

func (m MatchedRules) all(key string) []string {
	var out []string
	for _, r := range m {
		if v, ok := r[key].(string); ok && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
