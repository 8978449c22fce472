package parse

import (
	"tocsin.example/internal/cond"
	"tocsin.example/internal/event"
	"tocsin.example/internal/index"
)

// How many nodes an index is made for: below, asking all is as fast.
const (
	minNodes    = 2
	minChildren = 6
	minListed   = 6 // expressions of a whitelist
	minSieved   = 4 // groks on the same field
)

// makeIndexes makes the indexes of all lists of nodes.
func (s *Set) makeIndexes(schema *event.Schema) {
	for i := range s.stages {
		st := &s.stages[i]
		st.table = s.table(st.nodes, minNodes, schema)
	}
}

// table makes the index of a list of nodes, and those of their children and whitelists, and returns its number; 0 for
// none.
func (s *Set) table(nodes []*node, least int, schema *event.Schema) int {
	filters := make([]*cond.Program, len(nodes))
	for i, n := range nodes {
		n.table = s.table(n.children, minChildren, schema)
		n.sieve = s.sieveOf(n.children)
		if n.whitelist != nil {
			n.whitelist.table = s.tableOf(n.whitelist.exprs, minListed, schema)
		}
		filters[i] = n.filter
	}
	return s.tableOf(filters, least, schema)
}

// tableOf makes the index of a list of filters, of which some may be nil, and returns its number; 0 when the list is
// short or nothing tells the filters apart.
func (s *Set) tableOf(filters []*cond.Program, least int, schema *event.Schema) int {
	guards := make([][]cond.Guard, len(filters))
	guarded := 0
	for i, f := range filters {
		if f == nil {
			continue
		}
		if guards[i] = f.Guards(); len(guards[i]) > 0 {
			guarded++
		}
	}
	if len(filters) < least || guarded < 2 {
		return 0
	}
	x := index.New(schema, guards)
	for i, f := range filters {
		if f != nil && f.Exact() {
			x.SetExact(i)
		}
	}
	s.tables = append(s.tables, x)
	return len(s.tables)
}

// finder returns what finds the nodes of a list that are to be run; nil for all of them: there is no index, or somebody
// watches.
func (r *Runner) finder(table int) *index.Finder {
	if table == 0 || r.trace != nil {
		return nil
	}
	f := r.finders[table-1]
	if f == nil {
		f = r.set.tables[table-1].NewFinder()
		r.finders[table-1] = f
	}
	return f
}

// sure reports whether the filter that next gave last is known to be true.
func (r *Runner) sure(f *index.Finder) bool { return f != nil && r.run.Left() >= 0 && f.Sure() }

// next is the first filter of a list, of nodes or a whitelist, from the given one on that is to be asked. When the budget is gone every filter fails,
// and that is counted.
func (r *Runner) next(f *index.Finder, ev *event.Event, from int) int {
	if f == nil || r.run.Left() < 0 {
		return from
	}
	return f.Next(ev, from)
}
