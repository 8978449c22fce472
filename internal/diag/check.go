package diag

import (
	"go.yaml.in/yaml/v4"
)

// checker looks at the structure of one document before anybody decodes it.
type checker struct {
	*Doc
	size map[*yaml.Node]extent
	open map[*yaml.Node]bool // collections that are being measured: an alias to one is a circle
	over *yaml.Node          // the node that brought the document above MaxNodes
}

// extent is what a node comes to when all aliases in it are followed.
type extent struct{ nodes, height int }

// check reports tags, keys and merges that are not supported, and documents that are too large when aliases are
// followed. False means that the document must not be walked.
func (d *Doc) check() bool {
	c := &checker{Doc: d, size: map[*yaml.Node]extent{}, open: map[*yaml.Node]bool{}}
	before := d.list.Errors()
	total := c.measure(d.root)
	switch {
	case c.over != nil:
		d.errorf(c.over, "use fewer aliases, or split the document",
			"the document comes to more than %d nodes when its aliases are followed", MaxNodes)
	case total.height > MaxDepth:
		d.errorf(c.deepest(), "flatten it", "lists and mappings are nested more than %d deep", MaxDepth)
	}
	if d.list.Errors() > before {
		return false // a circle, a bomb or a tower
	}
	c.walk(d.root)
	return true
}

// measure returns the extent of a node. Each node is measured once, however many aliases lead to it.
func (c *checker) measure(n *yaml.Node) extent {
	if n.Kind == yaml.AliasNode {
		if n.Alias == nil || c.open[n.Alias] {
			c.errorf(n, "remove it", "the alias %s stands inside what it stands for", code("*"+n.Value))
			return extent{nodes: 1}
		}
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode {
		return extent{nodes: 1}
	}
	if e, ok := c.size[n]; ok {
		return e
	}
	c.open[n] = true
	total := extent{nodes: 1}
	for _, child := range n.Content {
		e := c.measure(child)
		total.nodes = min(total.nodes+e.nodes, MaxNodes+1)
		total.height = max(total.height, e.height)
		if total.nodes > MaxNodes && c.over == nil {
			c.over = child
		}
	}
	total.height++
	delete(c.open, n)
	c.size[n] = total
	return total
}

// deepest returns the first collection that lies too deep, on the way to the deepest one.
func (c *checker) deepest() *yaml.Node {
	n := c.root
	for range MaxDepth {
		next, height := n, 0
		for _, child := range n.Content {
			if h := c.size[follow(child)].height; h > height {
				next, height = follow(child), h
			}
		}
		n = next
	}
	return n
}

// walk checks each node that is written in the document; it does not follow aliases.
func (c *checker) walk(n *yaml.Node) {
	switch n.Kind {
	case yaml.SequenceNode:
		for _, child := range n.Content {
			c.walk(child)
		}
	case yaml.MappingNode:
		c.keys(n)
		for i := 1; i < len(n.Content); i += 2 {
			c.walk(n.Content[i])
		}
	default:
	}
	if !c.tag(n) {
		// Null in its place: the decoder is not to complain of it again.
		n.Kind, n.Tag, n.Value, n.Content, n.Style = yaml.ScalarNode, "!!null", "", nil, 0
	}
}

// tag reports a tag that we do not know and one that does not fit.
func (c *checker) tag(n *yaml.Node) bool {
	if n.Style&yaml.TaggedStyle == 0 {
		return true
	}
	want := yaml.ScalarNode
	switch n.Tag {
	case "!!str", "!!int", "!!float", "!!bool", "!!null":
	case "!!seq":
		want = yaml.SequenceNode
	case "!!map":
		want = yaml.MappingNode
	default:
		c.errorf(n, "remove it; plain YAML is enough", "the tag %s is not supported", code(n.Tag))
		return false
	}
	if n.Kind != want {
		c.errorf(n, "remove it", "the tag %s does not fit %s", code(n.Tag), kindName(n))
		return false
	}
	if n.Kind == yaml.ScalarNode && !fits(n) {
		c.errorf(n, "remove the tag or change the value", "the tag %s does not fit %s", code(n.Tag), code(n.Value))
		return false
	}
	return true
}

// fits reports whether a scalar can be what its tag says.
func fits(n *yaml.Node) bool {
	ok := true
	switch n.Tag {
	case "!!int":
		_, ok = parseInt(n.Value)
	case "!!float":
		_, ok = parseFloat(n.Value)
	case "!!bool":
		_, ok = truth(n.Value)
	case "!!null":
		ok = isNullWord(n.Value)
	}
	return ok
}

// keys checks the keys of one mapping: text, each once, and << only before mappings.
func (c *checker) keys(n *yaml.Node) {
	first := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			c.merge(value)
		} else if !c.key(key) {
			continue
		}
		name := follow(key).Value
		if old, dup := first[name]; dup {
			c.errorf(key, "the first one is on "+lineOf(c.at(old))+"; remove one of them", "the key %s stands twice", code(name))
			continue
		}
		first[name] = key
	}
}

func (c *checker) key(key *yaml.Node) bool {
	if !c.tag(key) {
		return false
	}
	n := follow(key)
	if n.Kind != yaml.ScalarNode {
		hint := "use plain text as the key"
		if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 {
			hint = "put a value that begins with `{{` in quotes"
		}
		c.errorf(key, hint, "a key cannot be %s", kindName(n))
		return false
	}
	switch kindOf(n) {
	case textScalar:
		return true
	case nullScalar:
		c.errorf(key, "write the key before the colon", "a key is missing")
		return false
	default:
		c.errorf(key, "put it in quotes", "the key %s is not text", code(n.Value))
		return false
	}
}

func (c *checker) merge(value *yaml.Node) {
	n := follow(value)
	ok := n.Kind == yaml.MappingNode
	if n.Kind == yaml.SequenceNode {
		ok = true
		for _, m := range n.Content {
			ok = ok && follow(m).Kind == yaml.MappingNode
		}
	}
	if !ok {
		c.errorf(value, "name the alias of a mapping, or a list of such", "the merge key `<<` cannot merge %s", kindName(n))
	}
}
