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

// tables are the tables made so far. They are safe for concurrent use.
type tables struct {
	mu    sync.Mutex
	known map[string]*table // by expression; nil for one that has none
	bytes int
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
	if t == nil && limit < maxTableWork || len(ts.known) >= maxTables || ts.bytes >= maxTableBytes {
		return t
	}
	ts.known[name] = t
	ts.bytes += len(name)
	if t != nil {
		ts.bytes += 2 * len(t.next)
	}
	return t
}
