package automaton

// Sparse is NewLiterals without a table.
func Sparse(list []string) *Literals { return newLiterals(list, 0) }
