package plan

import (
	"regexp/syntax"
	"sync"
)

// Beyond these a compiler makes tables that it does not keep.
const (
	maxTables     = 4096
	maxTableBytes = 32 << 20
)

func newTables() *tables {
	return &tables{known: map[string]*table{}, sets: map[set]*[256]bool{}}
}

// tables are the tables made so far, of automata and of bytes. They are safe for concurrent use.
type tables struct {
	mu    sync.Mutex
	known map[string]*table // by expression; nil for one that has none
	size  int
	sets  map[set]*[256]bool
}

// bytes is s as a table of bytes, which is faster to look up than bits.
func (ts *tables) bytes(s set) *[256]bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	s.end = false
	t := ts.sets[s]
	if t == nil {
		t = s.table()
		if len(ts.sets) < maxTables {
			ts.sets[s] = t
		}
	}
	return t
}

// get returns the table of re, whose text is name, or nil. It takes what a new one costs from work.
func (ts *tables) get(name string, re *syntax.Regexp, ordered bool, work *int) *table {
	if ordered {
		name = "ordered " + name
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.known[name]
	if ok || *work <= 0 {
		return t
	}
	limit := min(maxTableWork, *work)
	t, cost := newTable(re, ordered, limit)
	*work -= cost
	if t == nil && limit < maxTableWork || len(ts.known) >= maxTables || ts.size >= maxTableBytes {
		return t
	}
	ts.known[name] = t
	ts.size += len(name)
	if t != nil {
		ts.size += 2 * len(t.next)
	}
	return t
}
