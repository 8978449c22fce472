package hub

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// indexed is an item as .index.json writes it. Its texts (content, long_description) are not wanted.
type indexed struct {
	Author      string         `json:"author"`
	Path        string         `json:"path"`
	Stage       string         `json:"stage"`
	Version     string         `json:"version"`
	Description string         `json:"description"`
	Labels      map[string]any `json:"labels"`
	Versions    map[string]struct {
		Digest     string `json:"digest"`
		Deprecated bool   `json:"deprecated"`
	} `json:"versions"`

	Parsers       []string `json:"parsers"`
	Postoverflows []string `json:"postoverflows"`
	Scenarios     []string `json:"scenarios"`
	Contexts      []string `json:"contexts"`
	AppsecConfigs []string `json:"appsec-configs"`
	AppsecRules   []string `json:"appsec-rules"`
	Collections   []string `json:"collections"`
}

// index fills the hub from the text of .index.json.
func (h *Hub) index(text []byte, problems *diag.List) error {
	at := diag.Place{File: h.display(indexFile)}
	var all map[string]map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return diag.Problem{
			Place: at, What: "the index is not valid JSON of types and items: " + err.Error(),
			Hint: "get the hub again, or remove the index to use the files as they are",
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		t, ok := rule.ParseType(key)
		if !ok || string(t) != key {
			problems.Warnf(at, "a newer version may know it", "the index has %d items of an unknown type %q", len(all[key]), key)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(all[key])) {
			var in indexed
			if err := json.Unmarshal(all[key][name], &in); err != nil {
				problems.Errorf(at, "the item is left out", "%s %q is not an entry of an index: %v", t.One(), name, err)
				continue
			}
			h.add(in.item(t, name), at, problems)
		}
	}
	return nil
}

func (in *indexed) item(t rule.Type, name string) *Item {
	it := &Item{
		Type: t, Name: name, Author: in.Author, Path: in.Path, Stage: in.Stage,
		Version: in.Version, Description: in.Description, Labels: in.Labels,
	}
	if _, stage, ok := typeOf(in.Path); ok && in.Stage == "" {
		it.Stage = stage
	}
	for number, v := range in.Versions {
		it.Versions = append(it.Versions, Version{Number: number, Digest: strings.ToLower(v.Digest), Deprecated: v.Deprecated})
	}
	slices.SortFunc(it.Versions, func(a, b Version) int { return compareVersions(b.Number, a.Number) })
	it.members(map[rule.Type][]string{
		rule.Parser: in.Parsers, rule.Postoverflow: in.Postoverflows, rule.Scenario: in.Scenarios, rule.Context: in.Contexts,
		rule.AppsecConfig: in.AppsecConfigs, rule.AppsecRule: in.AppsecRules, rule.Collection: in.Collections,
	})
	return it
}

// members takes over the lists of a collection that are not empty. More than MaxMembers are cut.
func (it *Item) members(all map[rule.Type][]string) {
	if it.Type != rule.Collection {
		return
	}
	it.Members = map[rule.Type][]string{}
	for t, names := range all {
		if len(names) > 0 {
			it.Members[t] = names[:min(len(names), MaxMembers)]
		}
	}
}

// compareVersions orders dotted numbers: 0.9 is before 0.10. What is no number is compared as text and comes first.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		n, errN := strconv.Atoi(x[i])
		m, errM := strconv.Atoi(y[i])
		switch {
		case errN != nil && errM != nil:
			n = strings.Compare(x[i], y[i])
			m = 0
		case errN != nil:
			return -1
		case errM != nil:
			return 1
		}
		if c := cmp.Compare(n, m); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
