package hub

import (
	"errors"
	"io/fs"

	"tocsin.example/internal/rule"
)

// State says how an item's file compares with the index.
type State string

// States, as cscli spells them.
const (
	UpToDate State = "up-to-date"
	Outdated State = "outdated" // an older version of the index
	Tainted  State = "tainted"  // no version of the index: somebody changed it
	Local    State = "local"    // the index does not know the item
	Missing  State = "missing"  // the file is not there
)

// own is what is known of an item's own file.
type own struct {
	state   State
	version string
}

// State returns the state of an item and the version of its file, "?" when it is that of no version. A collection is
// tainted when an item that it names, at any depth, is tainted or not there, and outdated when one is outdated.
func (h *Hub) State(it *Item) (State, string) {
	self := h.own(it)
	if it.Type != rule.Collection {
		return self.state, self.version
	}
	worst := self.state
	if worst == Missing {
		return worst, self.version
	}
	all := h.closure(it, func(*Item, rule.Type, string) { worst = Tainted })
	for member := range all {
		s := h.own(member).state
		if s == Missing {
			s = Tainted
		}
		if s == Tainted || s == Outdated && worst != Tainted {
			worst = s
		}
	}
	return worst, self.version
}

// closure returns all items that a collection reaches, itself included. absent is told of each name that leads nowhere;
// it may be nil. Collections that name each other are no problem.
func (h *Hub) closure(from *Item, absent func(in *Item, t rule.Type, name string)) map[*Item]struct{} {
	seen := map[*Item]struct{}{from: {}}
	for queue := []*Item{from}; len(queue) > 0; queue = queue[1:] {
		for _, t := range rule.Types() {
			for _, name := range queue[0].Members[t] {
				it, ok := h.Find(t, name)
				if !ok {
					if absent != nil {
						absent(queue[0], t, name)
					}
					continue
				}
				if _, known := seen[it]; !known {
					seen[it] = struct{}{}
					queue = append(queue, it)
				}
			}
		}
	}
	return seen
}

// own looks at an item's file once.
func (h *Hub) own(it *Item) own {
	h.mu.Lock()
	o, ok := h.seen[it]
	h.mu.Unlock()
	if ok {
		return o
	}
	f, err := h.File(it)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o = own{Missing, ""}
	case err != nil:
		o = own{Tainted, rule.UnknownVersion} // whatever lies there is not what the index has
	case it.Local:
		o = own{Local, f.Version}
	case f.Version == rule.UnknownVersion:
		o = own{Tainted, f.Version}
	case f.Version == it.Version:
		o = own{UpToDate, f.Version}
	default:
		o = own{Outdated, f.Version}
	}
	h.mu.Lock()
	h.seen[it] = o
	h.mu.Unlock()
	return o
}
