package diag

import "go.yaml.in/yaml/v4"

// entry is one key of a mapping with its value, an alias of which was followed.
type entry struct{ key, value *yaml.Node }

// follow returns what an alias stands for, and any other node as it is.
func follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// isMerge reports whether a key is the merge key: << without quotes.
func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Tag == "!!merge"
}

// entries returns the keys of a mapping in their order, then those that come by merge keys. A key of the mapping itself
// wins over a merged one, and an earlier merged mapping over a later one; of a key that stands twice, which check has
// reported, the first counts. For other nodes it returns nil. It relies on check, which refuses circles.
func entries(n *yaml.Node) []entry {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var all, merged []entry
	seen := make(map[string]struct{}, len(n.Content)/2)
	add := func(e entry) {
		if _, dup := seen[e.key.Value]; !dup {
			seen[e.key.Value] = struct{}{}
			all = append(all, e)
		}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], follow(n.Content[i+1])
		switch {
		case isMerge(key) && value.Kind == yaml.SequenceNode:
			for _, m := range value.Content {
				merged = append(merged, entries(m)...)
			}
		case isMerge(key):
			merged = append(merged, entries(value)...)
		case follow(key).Kind == yaml.ScalarNode:
			add(entry{follow(key), value})
		}
	}
	for _, e := range merged {
		add(e)
	}
	return all
}

// find returns the value of a key of a mapping, nil when there is none.
func find(n *yaml.Node, key string) *yaml.Node {
	for _, e := range entries(n) {
		if e.key.Value == key {
			return e.value
		}
	}
	return nil
}
