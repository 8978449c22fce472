package diag

import "go.yaml.in/yaml/v4"

// Bool is a boolean as people write it: yes/no/on/off/y/n and true/false in the cases YAML 1.1 knows. Text in quotes
// and anything else is not a boolean, which is for the reader of the field to judge.
type Bool struct {
	Value  bool
	Set    bool // the key is there
	IsBool bool // and its value is a boolean
	Place  Place
}

// Pairs is a mapping of texts in its order, with the place of each key.
type Pairs []Pair

// Pair is one key of [Pairs].
type Pair struct {
	Key      string
	KeyPlace Place
	Value    Text
}

// Raw keeps a value for decoding later, when its type is known. The zero value is an absent key. It reports to the list
// that was given to [Documents]; it is for one goroutine at a time.
type Raw struct {
	doc  *Doc
	node *yaml.Node // never an alias
}

// Kind is what a value is.
type Kind uint8

// The kinds. Null is also that of an absent key.
const (
	Null Kind = iota
	Scalar
	Sequence
	Mapping
)

// IsZero reports that the key was absent.
func (r Raw) IsZero() bool { return r.node == nil }

// Place is where the value begins.
func (r Raw) Place() Place {
	if r.node == nil {
		return Place{}
	}
	return r.doc.at(r.node)
}

// Kind returns what the value is.
func (r Raw) Kind() Kind {
	switch {
	case r.node == nil || isNull(r.node):
		return Null
	case r.node.Kind == yaml.SequenceNode:
		return Sequence
	case r.node.Kind == yaml.MappingNode:
		return Mapping
	}
	return Scalar
}

// Any returns the value as plain Go: map[string]any, []any, string, int, float64, bool or nil. The booleans are those
// of YAML 1.2, so that yes is text; see [Raw.Bool]. A date is text, an integer out of range a float64.
func (r Raw) Any() any {
	if r.node == nil {
		return nil
	}
	return anyValue(r.node)
}

// Bool looks up a key of the value, which should be a mapping, as a boolean.
func (r Raw) Bool(key string) Bool {
	if r.node == nil {
		return Bool{}
	}
	n := find(r.node, key)
	if n == nil {
		return Bool{}
	}
	return r.doc.boolean(n)
}

// Get returns the value of a key; it is zero when the value is not a mapping or has no such key.
func (r Raw) Get(key string) Raw {
	if r.node == nil {
		return Raw{}
	}
	n := find(r.node, key)
	if n == nil {
		return Raw{}
	}
	return Raw{doc: r.doc, node: n}
}

// Decode fills into, a pointer, as [Doc.Decode] does. An absent value changes nothing.
func (r Raw) Decode(into any) bool {
	if r.node == nil {
		return true
	}
	return r.doc.decode(r.node, into)
}

func (d *Doc) boolean(n *yaml.Node) Bool {
	b := Bool{Set: true, Place: d.at(n)}
	b.Value, b.IsBool = boolOf(n)
	return b
}
