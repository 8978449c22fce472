package diag

import (
	"slices"
	"strings"
)

// Near returns the name among known that was probably meant by name, "" when none is close: at most two letters off
// (one in a short name), or one the beginning of the other. Of several equally close ones the first is taken.
func Near(name string, known []string) string {
	const longest = 64 // a longer word is no slip of the keyboard
	if name == "" || len(name) > longest {
		return ""
	}
	lower := strings.ToLower(name)
	best, bestAt := "", 3
	for _, k := range known {
		limit := 2
		if len(k) <= 4 {
			limit = 1
		}
		if d := distance(lower, strings.ToLower(k)); d <= limit && d < bestAt {
			best, bestAt = k, d
		}
	}
	if best != "" {
		return best
	}
	i := slices.IndexFunc(known, func(k string) bool {
		k = strings.ToLower(k)
		return len(lower) >= 3 && strings.HasPrefix(k, lower) || len(k) >= 3 && strings.HasPrefix(lower, k)
	})
	if i < 0 {
		return ""
	}
	return known[i]
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour to make a from b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	// Three rows suffice: a swap looks back two.
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i, r := range x {
		row[0] = i + 1
		for j, s := range y {
			cost := 1
			if r == s {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && r == y[j-1] && x[i-1] == s {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
