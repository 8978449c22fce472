package index

import "strings"

// list looks for texts one by one.
type list []string

func newLiterals(texts []string) literals { return list(texts) }

// Each implements literals.
func (l list) Each(text string, found func(i int)) {
	text = small(text)
	for i, s := range l {
		if strings.Contains(text, s) {
			found(i)
		}
	}
}
