package diag

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The types that are decoded in their own way.
var (
	textType     = reflect.TypeFor[Text]()
	boolType     = reflect.TypeFor[Bool]()
	pairsType    = reflect.TypeFor[Pairs]()
	rawType      = reflect.TypeFor[Raw]()
	placeType    = reflect.TypeFor[Place]()
	placesType   = reflect.TypeFor[map[string]Place]()
	durationType = reflect.TypeFor[time.Duration]()
)

// Decode fills into, a pointer to a struct or to any other type that can be a field, and reports each fault to the list
// given to [Documents]; it goes on after a fault, so that all are found. False means that the document has an error, of
// its structure or found here.
//
// Struct fields take the key of their tag `yaml:"key"`, or else their name in lower case; `yaml:"-"` takes none. Types:
// string (any scalar as it is written), bool (YAML 1.1 and 1.2), integers, floats, [time.Duration] ("10s"), slices,
// maps with string keys, structs, pointers, any, and [Text], [Bool], [Pairs] and [Raw]. Embedded structs are part of
// their struct. A field of type [Place] tagged `yaml:"-,place"` gets the place of the mapping, and one of type
// map[string]Place tagged `yaml:"-,places"` that of each key there is. Null changes nothing. Another type panics.
func (d *Doc) Decode(into any) bool {
	ok := d.decode(d.root, into)
	return ok && d.sound
}

func (d *Doc) decode(n *yaml.Node, into any) bool {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic("diag: Decode wants a pointer")
	}
	before := d.list.Errors()
	c := decoder{Doc: d, structs: map[reflect.Type]*fields{}}
	c.value(n, v.Elem(), "the document")
	return d.list.Errors() == before
}

// decoder fills Go values from nodes. What is called "what" below names the value in messages.
type decoder struct {
	*Doc
	structs map[reflect.Type]*fields
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, what string) {
	n = follow(n)
	if d.special(n, v, what) || isNull(n) && v.Kind() != reflect.Struct {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.value(n, p.Elem(), what)
		v.Set(p)
	case reflect.Struct:
		d.structure(n, v, what)
	case reflect.Map:
		d.mapping(n, v, what)
	case reflect.Slice:
		d.sequence(n, v, what)
	case reflect.Interface:
		if v.NumMethod() > 0 {
			panic("diag: cannot decode into " + v.Type().String())
		}
		if a := anyValue(n); a != nil {
			v.Set(reflect.ValueOf(a))
		}
	default:
		if n.Kind != yaml.ScalarNode {
			d.errorf(n, "write one value", "%s cannot be %s", what, kindName(n))
			return
		}
		d.scalar(n, v)
	}
}

// special decodes the types of this package.
func (d *decoder) special(n *yaml.Node, v reflect.Value, what string) bool {
	var x any
	switch v.Type() {
	case rawType:
		x = Raw{doc: d.Doc, node: n}
	case boolType:
		x = d.boolean(n)
	case textType:
		if n.Kind != yaml.ScalarNode {
			d.errorf(n, "write one text", "%s cannot be %s", what, kindName(n))
			return true
		}
		x = d.textOf(n)
	case pairsType:
		x = d.pairs(n, what)
	default:
		return false
	}
	v.Set(reflect.ValueOf(x))
	return true
}

func (d *decoder) pairs(n *yaml.Node, what string) Pairs {
	if n.Kind != yaml.MappingNode {
		if !isNull(n) {
			d.errorf(n, "write `key: text` lines", "%s must be a mapping, not %s", what, kindName(n))
		}
		return nil
	}
	all := make(Pairs, 0, len(n.Content)/2)
	for _, e := range entries(n) {
		if e.value.Kind != yaml.ScalarNode {
			d.errorf(e.value, "write one text", "%s cannot be %s", code(e.key.Value), kindName(e.value))
			continue
		}
		all = append(all, Pair{Key: e.key.Value, KeyPlace: d.at(e.key), Value: d.textOf(e.value)})
	}
	return all
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, what string) {
	f := d.structs[v.Type()]
	if f == nil {
		f = fieldsOf(v.Type())
		d.structs[v.Type()] = f
	}
	for _, i := range f.place {
		v.FieldByIndex(i).Set(reflect.ValueOf(d.at(n)))
	}
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.errorf(n, "write `key: value` lines", "%s must be a mapping, not %s", what, kindName(n))
		return
	}
	places := map[string]Place{}
	for _, e := range entries(n) {
		name := e.key.Value
		places[name] = d.at(e.key)
		x, ok := f.find(name)
		if !ok {
			d.unknown(e.key, f.names)
			continue
		}
		d.value(e.value, v.FieldByIndex(x.index), code(name))
	}
	for _, i := range f.places {
		v.FieldByIndex(i).Set(reflect.ValueOf(places))
	}
}

// unknown reports a key that no field takes.
func (d *decoder) unknown(key *yaml.Node, known []string) {
	p := Problem{Place: d.at(key), What: "unknown key " + code(key.Value)}
	if d.mode == Foreign {
		p.Severity = Warning
		p.Hint = "it is ignored"
	}
	const some = 12 // names that still make a readable hint
	if meant := Near(key.Value, known); meant != "" {
		p.Hint = "did you mean " + code(meant) + "?"
	} else if d.mode == Own && len(known) > 0 && len(known) <= some {
		p.Hint = "known here: " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
	}
	d.list.Add(p)
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, what string) {
	t := v.Type()
	if t.Key().Kind() != reflect.String {
		panic("diag: cannot decode into " + t.String())
	}
	if n.Kind != yaml.MappingNode {
		d.errorf(n, "write `key: value` lines", "%s must be a mapping, not %s", what, kindName(n))
		return
	}
	all := entries(n)
	m := reflect.MakeMapWithSize(t, len(all))
	for _, e := range all {
		x := reflect.New(t.Elem()).Elem()
		d.value(e.value, x, code(e.key.Value))
		m.SetMapIndex(reflect.ValueOf(e.key.Value).Convert(t.Key()), x)
	}
	v.Set(m)
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.SequenceNode {
		d.errorf(n, "write one entry a line, each after `- `", "%s must be a list, not %s", what, kindName(n))
		return
	}
	s := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.value(c, s.Index(i), "an entry of "+strings.TrimPrefix(what, "an entry of "))
	}
	v.Set(s)
}

// scalar reads a scalar as text, boolean, number or duration.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value) {
	hint := ""
	if !bare(n) {
		hint = "remove the quotes or the tag"
	}
	switch {
	case v.Type() == durationType:
		x, err := time.ParseDuration(n.Value)
		if err != nil {
			d.errorf(n, "write a unit, for example 10s", "cannot read %s as a duration", spelled(n))
			return
		}
		v.SetInt(int64(x))
	case v.Kind() == reflect.String:
		v.SetString(n.Value)
	case v.Kind() == reflect.Bool:
		x, ok := boolOf(n)
		if !ok {
			d.errorf(n, or(hint, "write true or false"), "cannot read %s as true or false", spelled(n))
			return
		}
		v.SetBool(x)
	case v.CanInt() || v.CanUint():
		d.whole(n, v, hint)
	case v.CanFloat():
		x, ok := parseFloat(n.Value)
		if k := kindOf(n); !ok || k != intScalar && k != floatScalar {
			d.errorf(n, or(hint, "write digits, for example 0.5"), "cannot read %s as a number", spelled(n))
			return
		}
		v.SetFloat(x)
	default:
		panic("diag: cannot decode into " + v.Type().String())
	}
}

func (d *decoder) whole(n *yaml.Node, v reflect.Value, hint string) {
	x, ok := parseInt(n.Value)
	if !ok || kindOf(n) != intScalar {
		d.errorf(n, or(hint, "write digits, for example 5"), "cannot read %s as a whole number", spelled(n))
		return
	}
	bits := v.Type().Bits()
	if v.CanInt() {
		if x.big || v.OverflowInt(x.i) {
			most := int64(1)<<(bits-1) - 1
			d.errorf(n, "the largest is "+strconv.FormatInt(most, 10)+", the smallest "+strconv.FormatInt(-most-1, 10),
				"the number %s is out of range", spelled(n))
			return
		}
		v.SetInt(x.i)
		return
	}
	if !x.big && x.i < 0 || v.OverflowUint(x.u) {
		d.errorf(n, "write 0 to "+strconv.FormatUint(^uint64(0)>>(64-bits), 10), "the number %s is out of range", spelled(n))
		return
	}
	v.SetUint(x.u)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
