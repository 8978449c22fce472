package hub

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// Set is what was chosen from a hub, each list in the order in which an engine loads it.
type Set struct {
	Parsers       []rule.File
	Postoverflows []rule.File
	Scenarios     []rule.File
	Contexts      []rule.File
	// Items are all that were chosen, collections and the request rules that no list above has included, by type and name.
	Items []*Item
}

// Len is the number of rule files.
func (s *Set) Len() int {
	return len(s.Parsers) + len(s.Postoverflows) + len(s.Scenarios) + len(s.Contexts)
}

// Resolve chooses items. A name is one of
//
//	crowdsecurity/sshd-logs             the items of that name, whatever their type
//	parsers:crowdsecurity/sshd-logs     that of one type
//	./parsers/s01-parse/me/x.yaml       a file, from the hub's folder, or else from one of dirs in it
//
// and a collection stands for all that it names, at any depth. What cannot be found or read is an error on the list, and
// the rest is chosen. Empty names are skipped.
func (h *Hub) Resolve(names []string, problems *diag.List, dirs ...string) Set {
	c := choice{hub: h, problems: problems, chosen: map[*Item]struct{}{}, files: map[string]*Item{}}
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			c.name(name, dirs)
		}
	}
	return c.set()
}

// ResolveAll chooses every item.
func (h *Hub) ResolveAll(problems *diag.List) Set {
	c := choice{hub: h, problems: problems, chosen: map[*Item]struct{}{}}
	for _, t := range rule.Types() {
		for it := range h.Items(t) {
			c.chosen[it] = struct{}{}
		}
	}
	return c.set()
}

// choice is a Resolve under way.
type choice struct {
	hub      *Hub
	problems *diag.List
	chosen   map[*Item]struct{}
	files    map[string]*Item // local items made for paths
}

func (c *choice) name(name string, dirs []string) {
	if yamlName(name) || strings.HasPrefix(name, "./") {
		c.path(name, dirs)
		return
	}
	if kind, rest, ok := strings.Cut(name, ":"); ok {
		t, known := rule.ParseType(kind)
		if !known {
			c.problems.Errorf(diag.Place{}, "write "+typeNames(), "%q has an unknown type %q", name, kind)
			return
		}
		it, found := c.hub.Find(t, rest)
		if !found {
			c.problems.Errorf(diag.Place{}, c.hub.suggest([]rule.Type{t}, rest), "there is no %s %q in the hub", t.One(), rest)
			return
		}
		c.take(it)
		return
	}
	var found []string
	for _, t := range rule.Types() {
		if it, ok := c.hub.Find(t, name); ok {
			found = append(found, it.String())
			c.take(it)
		}
	}
	switch len(found) {
	case 0:
		c.problems.Errorf(diag.Place{}, c.hub.suggest(rule.Types(), name), "there is no item %q in the hub", name)
	case 1:
	default:
		c.problems.Warnf(diag.Place{}, "write "+found[0]+" for one of them", "%q is the name of %s; all are taken",
			name, strings.Join(found, " and "))
	}
}

func typeNames() string {
	var all []string
	for _, t := range rule.Types() {
		all = append(all, string(t)+":")
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// path takes a file. It is the item that the index has for it, or a local one.
func (c *choice) path(name string, dirs []string) {
	for _, dir := range append([]string{"."}, dirs...) {
		p := path.Join(dir, name)
		if !fs.ValidPath(p) {
			break
		}
		if it := c.hub.byPath[p]; it != nil {
			c.take(it)
			return
		}
		if it := c.files[p]; it != nil {
			return
		}
		it, err := c.hub.local(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			c.problems.Errorf(diag.Place{File: name}, "", "%v", err)
			return
		}
		c.files[p] = it
		c.take(it)
		return
	}
	c.problems.Errorf(diag.Place{File: name}, "give the path from the hub's folder, for example ./scenarios/me/x.yaml",
		"there is no such file in the hub")
}

// take chooses an item and all that it names.
func (c *choice) take(it *Item) {
	all := c.hub.closure(it, func(in *Item, t rule.Type, name string) {
		c.problems.Errorf(diag.Place{File: c.hub.display(in.Path)}, c.hub.suggest([]rule.Type{t}, name),
			"the collection names the %s %q, which is not in the hub", t.One(), name)
	})
	for member := range all {
		c.chosen[member] = struct{}{}
	}
}

// set reads the files of what was chosen.
func (c *choice) set() Set {
	var s Set
	for it := range c.chosen {
		s.Items = append(s.Items, it)
	}
	slices.SortFunc(s.Items, func(a, b *Item) int {
		return cmp.Or(
			cmp.Compare(slices.Index(rule.Types(), a.Type), slices.Index(rule.Types(), b.Type)),
			cmp.Compare(a.order(), b.order()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Path, b.Path))
	})
	for i, it := range s.Items {
		list := s.list(it.Type)
		if list == nil {
			continue
		}
		if i > 0 && s.Items[i-1].Type == it.Type && s.Items[i-1].order() == it.order() {
			c.problems.Warnf(diag.Place{File: c.hub.display(it.Path)}, "both are used; CrowdSec would install only one of them",
				"the file name is that of %s too", c.hub.display(s.Items[i-1].Path))
		}
		f, err := c.hub.File(it)
		if err != nil {
			c.problems.Errorf(diag.Place{}, "get the hub again, or leave the item out", "%v", err)
			continue
		}
		*list = append(*list, f)
	}
	return s
}

// list is where files of a type go, nil for types that are no rules of the engine.
func (s *Set) list(t rule.Type) *[]rule.File {
	switch t {
	case rule.Parser:
		return &s.Parsers
	case rule.Postoverflow:
		return &s.Postoverflows
	case rule.Scenario:
		return &s.Scenarios
	case rule.Context:
		return &s.Contexts
	case rule.AppsecConfig, rule.AppsecRule, rule.Collection:
	}
	return nil
}

// suggest is the hint for a name that the hub does not have.
func (h *Hub) suggest(types []rule.Type, name string) string {
	var known []string
	for _, t := range types {
		for it := range h.Items(t) {
			if path.Base(it.Name) == path.Base(name) { // the author was forgotten or is another
				return "did you mean " + it.String() + "?"
			}
			known = append(known, it.Name)
		}
	}
	if near := diag.Near(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "look into the hub's folders, or its " + indexFile + ", for what there is"
}
