package parse

import (
	"regexp"
	"slices"
	"strings"
)

// named finds the constants that a filter compares the line's type or program with.
var named = regexp.MustCompile(`(?:Parsed\.program|Labels\.type)\)?\s*(?:==|in|startsWith|contains)\s*(\[[^\]]*\]|'[^']*'|"[^"]*")`)

var quoted = regexp.MustCompile(`'([^']*)'|"([^"]*)"`)

// Types lists the types of lines that the parsers ask for by name, "syslog" first, for guessing the type of a line.
func (s *Set) Types() []string {
	var out []string
	for _, st := range s.stages {
		for _, n := range st.nodes {
			if n.filter == nil {
				continue
			}
			for _, m := range named.FindAllStringSubmatch(n.filter.Source(), -1) {
				for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
					if t := strings.ToLower(q[1] + q[2]); t != "" && !slices.Contains(out, t) {
						out = append(out, t)
					}
				}
			}
		}
	}
	slices.Sort(out)
	if i := slices.Index(out, "syslog"); i >= 0 {
		out = slices.Concat([]string{"syslog"}, out[:i], out[i+1:])
	}
	return out
}
