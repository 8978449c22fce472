package cond

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
)

func listHelpers() []*helper {
	return []*helper{
		fn1("Distinct", func(r *Run, v any) (any, error) {
			if k := reflect.ValueOf(v).Kind(); k != reflect.Slice && k != reflect.Array {
				return nil, nil //nolint:nilnil // what is no list has no distinct elements
			}
			return distinct(r, elements(v))
		}),
		fnAny("Flatten", func(*Run, ...any) []any { return nil }, func(r *Run, args []any) (any, error) {
			return flatten(r, nil, args, 0)
		}),
		fnAny("FlattenDistinct", func(*Run, ...any) []any { return nil }, func(r *Run, args []any) (any, error) {
			flat, err := flatten(r, nil, args, 0)
			if err != nil {
				return nil, err
			}
			return distinct(r, flat)
		}),
		fnAny("Get", func(*Run, any, int) string { return "" }, get),
		fn2("KeyExists", keyExists),
		fnAny("Join", func(*Run, any, string) string { return "" }, joinAny),
		fn2("FloatApproxEqual", func(_ *Run, a, b float64) (bool, error) { return math.Abs(a-b) < 1e-6, nil }),
	}
}

// distinct returns the elements without repetition, in the order of their first appearance.
func distinct(r *Run, list []any) ([]any, error) {
	if err := r.charge(32 * len(list)); err != nil {
		return nil, err
	}
	out := []any{}
	seen := make(map[any]bool, min(len(list), 64))
	for _, v := range list {
		key := v
		if v != nil && !reflect.TypeOf(v).Comparable() {
			text := fmt.Sprintf("\x00%T %v", v, v)
			if err := r.charge(4 * len(text)); err != nil {
				return nil, err
			}
			key = text
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out, nil
}

// flatten appends all elements of lists in lists.
func flatten(r *Run, out []any, v any, depth int) ([]any, error) {
	if depth > 100 {
		return nil, errors.New("the lists are nested more than 100 deep")
	}
	if k := reflect.ValueOf(v).Kind(); k != reflect.Slice && k != reflect.Array {
		return append(out, v), nil
	}
	list := elements(v)
	if err := r.charge(16 * len(list)); err != nil {
		return nil, err
	}
	for _, e := range list {
		var err error
		if out, err = flatten(r, out, e, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// get returns an element of a list of texts, "" when there is none.
func get(_ *Run, args []any) (any, error) {
	i, err := arg[int]("Get", args, 1)
	if err != nil {
		return nil, err
	}
	switch list := args[0].(type) {
	case []string:
		if i >= 0 && i < len(list) {
			return list[i], nil
		}
		return "", nil
	case []any:
		if i < 0 || i >= len(list) {
			return "", nil
		}
		if s, ok := list[i].(string); ok {
			return s, nil
		}
		return fmt.Sprint(list[i]), nil
	}
	return nil, fmt.Errorf("Get: argument 0 must be a list, but is %s", typeName(reflect.TypeOf(args[0])))
}

func keyExists(_ *Run, key string, m any) (bool, error) {
	switch m := m.(type) {
	case map[string]any:
		_, ok := m[key]
		return ok, nil
	case map[string]string:
		_, ok := m[key]
		return ok, nil
	}
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Map || v.Type().Key().Kind() != reflect.String {
		return false, fmt.Errorf("argument 2 must be a map, but is %s", typeName(reflect.TypeOf(m)))
	}
	return v.MapIndex(reflect.ValueOf(key).Convert(v.Type().Key())).IsValid(), nil
}

// joinAny puts a separator between the texts of a list; elements that are no text are formatted.
func joinAny(r *Run, args []any) (any, error) {
	sep := ""
	if len(args) > 1 {
		var err error
		if sep, err = arg[string]("join", args, 1); err != nil {
			return nil, err
		}
	}
	list, ok := args[0].([]string)
	if !ok {
		if k := reflect.ValueOf(args[0]).Kind(); k != reflect.Slice && k != reflect.Array {
			return nil, fmt.Errorf("the first argument must be a list, but is %s", typeName(reflect.TypeOf(args[0])))
		}
		all := elements(args[0])
		list = make([]string, len(all))
		for i, v := range all {
			if s, ok := v.(string); ok {
				list[i] = s
				continue
			}
			list[i] = fmt.Sprint(v)
		}
	}
	steps := len(sep) * len(list)
	for _, s := range list {
		steps += len(s)
	}
	if err := r.charge(steps); err != nil {
		return nil, err
	}
	return strings.Join(list, sep), nil
}
