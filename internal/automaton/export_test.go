package automaton

// Sparse is NewLiterals without a table.
func Sparse(list []string) *Literals { return newLiterals(list, 0) }

// SparseFolded is NewFoldedLiterals without a table.
func SparseFolded(list []string) *Literals { return newFolded(list, 0) }

// States says how often the cache was emptied, and how many states are in it.
func (d *DFA) States() (emptied, states int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gen := d.view.Load().gen
	return gen.number, len(gen.states)
}
