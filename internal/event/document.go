package event

import (
	"errors"
	"maps"
	"strings"

	"tocsin.example/internal/jsontext"
)

// Limits of what stays text for one event; what is beyond is made into maps at once.
const (
	maxDocs    = 16 // texts
	maxMembers = 32 // keys of Unmarshaled
)

// documents are the members of Unmarshaled that are still text. Nobody has seen the map then: once it was handed out, all
// is in it.
type documents struct {
	list []document
	used []*jsontext.Doc // of this event; strings of one that was replaced may stand in fields
	free []*jsontext.Doc
	out  bool // the map was handed out
}

type document struct {
	key   string
	value jsontext.Value
}

// errNoObject is the error of UnmarshalMembers for a document of another kind.
var errNoObject = errors.New("it is no object")

// Unmarshal reads a JSON document and puts it under a key of Unmarshaled, in place of what is there. An error is that of
// [jsontext.Doc.Parse], and nothing is put. Text and key live as long as the event.
//
// hot:
func (e *Event) Unmarshal(key, text string) error {
	doc := e.doc()
	if err := doc.Parse(text); err != nil {
		return err
	}
	e.wrote()
	if e.docs.out || !e.lazy(key) {
		e.unmarshaled()[strings.Clone(key)] = doc.Root().Any() // the key may be a part of the line
		doc.Reset()
		return nil
	}
	e.keep(doc)
	e.putDocument(key, doc.Root())
	return nil
}

// UnmarshalMembers reads a JSON document, which must be an object or null, and puts its members into Unmarshaled.
// Otherwise it is as Unmarshal.
func (e *Event) UnmarshalMembers(text string) error {
	doc := e.doc()
	if err := doc.Parse(text); err != nil {
		return err
	}
	root := doc.Root()
	if k := root.Kind(); k != jsontext.Object && k != jsontext.Null {
		doc.Reset()
		return errNoObject
	}
	e.wrote()
	if e.docs.out || len(e.docs.used) >= maxDocs || len(e.docs.list)+root.Len() > maxMembers {
		m := e.unmarshaled()
		if members, ok := root.Any().(map[string]any); ok {
			maps.Copy(m, members)
		}
		doc.Reset()
		return nil
	}
	e.keep(doc)
	for k, v := range root.Members() {
		e.putDocument(k.String(), v)
	}
	return nil
}

// Document returns what Unmarshaled has under a key, if that is still text. Else it is in the map, if anywhere; see
// [Event.Member].
//
// hot:
func (e *Event) Document(key string) (jsontext.Value, bool) {
	for i := range e.docs.list {
		if d := &e.docs.list[i]; d.key == key {
			return d.value, true
		}
	}
	return jsontext.Value{}, false
}

// Member returns what the map of decoded documents has under a key of which Document returns nothing; nil when it is not
// there. It is not to be written.
func (e *Event) Member(key string) any { return e.view.Unmarshaled[key] }

// Lookup goes down from Unmarshaled by keys of objects, as long as all is still text.
func (e *Event) Lookup(key string, path ...string) (jsontext.Value, bool) {
	v, ok := e.Document(key)
	for _, step := range path {
		if !ok {
			break
		}
		v, ok = v.Get(step)
	}
	return v, ok
}

// Documents is how many keys Unmarshaled has.
func (e *Event) Documents() int {
	n := len(e.view.Unmarshaled)
	for i := range e.docs.list {
		if _, ok := e.view.Unmarshaled[e.docs.list[i].key]; !ok {
			n++
		}
	}
	return n
}

// Unmarshaled returns the map of decoded documents, for the helpers that fill it.
func (e *Event) Unmarshaled() map[string]any {
	e.wrote()
	e.docs.out = true
	return e.unmarshaled()
}

// SetUnmarshaled replaces the map of decoded documents.
func (e *Event) SetUnmarshaled(m map[string]any) {
	e.wrote()
	e.docs.out = true
	e.docs.list = e.docs.list[:0]
	e.view.Unmarshaled = m
}

// unmarshaled makes maps of all that is text.
func (e *Event) unmarshaled() map[string]any {
	if e.view.Unmarshaled == nil {
		e.view.Unmarshaled = make(map[string]any, len(e.docs.list))
	}
	for i := range e.docs.list {
		d := &e.docs.list[i]
		e.view.Unmarshaled[strings.Clone(d.key)] = d.value.Any()
	}
	e.docs.list = e.docs.list[:0]
	return e.view.Unmarshaled
}

// weightDocuments is what weightTree gives for Unmarshaled when all is in the map.
func (e *Event) weightDocuments() int {
	switch {
	case len(e.docs.list) == 0:
		return weightTree(e.view.Unmarshaled)
	case e.view.Unmarshaled != nil:
		return weightTree(e.unmarshaled())
	}
	n := weightEntry
	for i := range e.docs.list {
		n += len(e.docs.list[i].key) + weightDocument(e.docs.list[i].value)
	}
	return n
}

func weightDocument(v jsontext.Value) int {
	n := weightEntry
	switch v.Kind() {
	case jsontext.Object:
		for k, inner := range v.Members() {
			key := k.String()
			if last, _ := v.Get(key); last == inner { // of equal keys the last counts
				n += len(key) + weightDocument(inner)
			}
		}
	case jsontext.List:
		for inner := range v.Elements() {
			n += weightDocument(inner)
		}
	case jsontext.String:
		n += len(v.String())
	default:
	}
	return n
}

// doc returns an empty Doc; keep keeps it for the event.
func (e *Event) doc() *jsontext.Doc {
	if n := len(e.docs.free); n > 0 {
		return e.docs.free[n-1]
	}
	doc := new(jsontext.Doc)
	e.docs.free = append(e.docs.free, doc)
	return doc
}

func (e *Event) keep(doc *jsontext.Doc) {
	e.docs.free = e.docs.free[:len(e.docs.free)-1]
	e.docs.used = append(e.docs.used, doc)
}

// lazy reports whether one more document may stay text.
func (e *Event) lazy(key string) bool {
	if len(e.docs.used) >= maxDocs {
		return false
	}
	_, there := e.Document(key)
	return there || len(e.docs.list) < maxMembers
}

// putDocument puts a value of a kept document.
func (e *Event) putDocument(key string, v jsontext.Value) {
	for i := range e.docs.list {
		if d := &e.docs.list[i]; d.key == key {
			d.value = v
			return
		}
	}
	e.docs.list = append(e.docs.list, document{key: key, value: v})
}

// reset forgets the documents of the event.
func (d *documents) reset() {
	for _, doc := range d.used {
		doc.Reset()
	}
	d.free = append(d.free, d.used...)
	clear(d.list)
	d.list, d.used, d.out = d.list[:0], d.used[:0], false
}
