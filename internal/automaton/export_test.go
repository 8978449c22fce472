package automaton

// Sparse is NewLiterals without a table.
func Sparse(list []string) *Literals { return newLiterals(list, 0) }

// SparseFolded is NewFoldedLiterals without a table.
func SparseFolded(list []string) *Literals { return newFolded(list, 0) }
