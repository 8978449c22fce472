package diag

import (
	"reflect"
	"slices"
	"strings"
)

// field is one key that a struct takes.
type field struct {
	name  string
	index []int
}

// fields is what a struct takes: its keys in order, and where places go.
type fields struct {
	all    []field
	names  []string
	place  [][]int // fields of type Place tagged "-,place"
	places [][]int // fields of type map[string]Place tagged "-,places"
}

func (f *fields) find(name string) (field, bool) {
	for _, x := range f.all {
		if x.name == name {
			return x, true
		}
	}
	return field{}, false
}

// fieldsOf reads the tags of a struct. Embedded structs are part of it. A tag that cannot be is a mistake of ours and
// panics.
func fieldsOf(t reflect.Type) *fields {
	f := &fields{}
	f.add(t, nil)
	return f
}

func (f *fields) add(t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(slices.Clone(prefix), i)
		name, option, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		switch {
		case name == "-" && option == "place":
			mustBe(t, sf, placeType)
			f.place = append(f.place, index)
		case name == "-" && option == "places":
			mustBe(t, sf, placesType)
			f.places = append(f.places, index)
		case name == "-":
		case sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct:
			f.add(sf.Type, index)
		case !sf.IsExported():
		default:
			if name == "" {
				name = strings.ToLower(sf.Name)
			}
			f.all = append(f.all, field{name, index})
			f.names = append(f.names, name)
		}
	}
}

func mustBe(t reflect.Type, sf reflect.StructField, want reflect.Type) {
	if sf.Type != want {
		panic("diag: field " + t.String() + "." + sf.Name + " must have the type " + want.String())
	}
}
