package event

import (
	"slices"
	"strings"

	"tocsin.example/internal/jsontext"
)

// documents writes the documents of an event that are all still text, as tree writes the map that they would be.
func (w *writer) documents(e *Event) {
	list := e.docs.list
	w.tag(uint64(len(list)))
	slices.SortFunc(list, func(a, b document) int { return strings.Compare(a.key, b.key) })
	for i := range list {
		w.text(list[i].key)
		w.document(list[i].value, 1)
	}
}

// document writes a value as the method value writes what it would be decoded.
func (w *writer) document(v jsontext.Value, depth int) {
	if depth > maxDepth {
		w.unfit = true
		return
	}
	switch v.Kind() {
	case jsontext.Bool:
		if v.Bool() {
			w.tag(valueTrue)
			return
		}
		w.tag(valueFalse)
	case jsontext.Number:
		w.float(v.Float())
	case jsontext.String:
		w.tag(valueText)
		w.text(v.String())
	case jsontext.List:
		w.tag(valueList)
		w.tag(uint64(v.Len())) //nolint:gosec // not negative
		for e := range v.Elements() {
			w.document(e, depth+1)
		}
	case jsontext.Object:
		w.tag(valueTree)
		from := len(w.member)
		w.member = v.AppendMembers(w.member)
		w.tag(uint64(len(w.member) - from)) //nolint:gosec // not negative
		for i := from; i < len(w.member); i++ {
			m := w.member[i]
			w.text(m.Key)
			w.document(m.Value, depth+1)
		}
		w.member = w.member[:from]
	default:
		w.tag(valueNil)
	}
}
