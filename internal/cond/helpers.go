package cond

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/vm/runtime"
)

// helpersOf returns all helpers, bound to a host.
func helpersOf(h *Host) []*helper {
	return slices.Concat(
		textHelpers(), urlHelpers(), listHelpers(), jsonHelpers(), xmlHelpers(), pairHelpers(), addressHelpers(),
		timeHelpers(h), fileHelpers(h), stashHelpers(h), geoHelpers(h), outsideHelpers(h), decisionHelpers(h),
		inspectHelpers(h), ownHelpers(h),
	)
}

// Helpers returns the names of the helpers that rules may call, sorted.
func Helpers() []string {
	var names []string
	for _, h := range helpersOf(&Host{}) {
		if !h.hidden() {
			names = append(names, h.name)
		}
	}
	return sorted(names)
}

// ownHelpers are the functions that the compiler puts into expressions, and those of expr that must not be as they are:
// because they read the wall clock, or take memory or time that expr does not count.
func ownHelpers(h *Host) []*helper {
	return []*helper{
		{name: loopName, call: loop},
		{name: addName, call: add},
		{name: inName, call: in},
		{name: matchesName, call: matches},
		fn1("basename", func(_ *Run, path string) (string, error) { return basename(path), nil }),
		{name: "now", types: types(func(*Run) any { return nil }), call: func(params ...any) (any, error) {
			return run(params).clock(h), nil
		}},
		fn2("repeat", repeat),
		fnAny("join", func(*Run, any, ...string) string { return "" }, joinAny),
		fnAny("uniq", func(*Run, any) []any { return nil }, func(r *Run, args []any) (any, error) {
			return distinct(r, elements(args[0]))
		}),
		fnAny("replace", func(*Run, string, string, string, ...int) string { return "" }, replaceAny),
	}
}

// loop passes a list on to a predicate and takes the steps that going through it costs.
func loop(params ...any) (any, error) {
	r, weight := run(params), run(params).frame.Weight/16
	if heavy, _ := params[2].(bool); heavy { // matches looks at each byte many times
		weight = r.frame.Weight
	}
	n := 0
	switch v := params[1].(type) {
	case []string:
		n = len(v)
	case []any:
		n = len(v)
	default:
		if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice || rv.Kind() == reflect.Array {
			n = rv.Len()
		}
	}
	if err := r.charge(n * (16 + weight)); err != nil {
		return nil, err
	}
	return params[1], nil
}

func add(params ...any) (any, error) {
	a, b := params[1], params[2]
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			if err := run(params).charge(len(x) + len(y)); err != nil {
				return nil, err
			}
			return x + y, nil
		}
	}
	return runtime.Add(a, b), nil
}

func in(params ...any) (any, error) {
	steps := 1
	if list := reflect.ValueOf(params[2]); list.Kind() == reflect.Slice || list.Kind() == reflect.Array {
		steps = 4 * list.Len()
	}
	if err := run(params).charge(steps); err != nil {
		return nil, err
	}
	return runtime.In(params[1], params[2]), nil
}

// matches is the operator with an expression that is known only now. Missing values do not match, as in expr.
func matches(params ...any) (any, error) {
	if params[1] == nil || params[2] == nil {
		return false, nil
	}
	r := run(params)
	text, err := arg[string]("matches", params, 1)
	if err != nil {
		return nil, err
	}
	source, err := arg[string]("matches", params, 2)
	if err != nil {
		return nil, err
	}
	if err := r.charge(len(text) + len(source)); err != nil {
		return nil, err
	}
	re, err := r.regexp(source)
	if err != nil {
		return nil, err
	}
	return re.MatchString(text), nil
}

// elements returns the elements of any list; nil of anything else.
func elements(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	}
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice && rv.Kind() != reflect.Array {
		return nil
	}
	out := make([]any, rv.Len())
	for i := range out {
		out[i] = rv.Index(i).Interface()
	}
	return out
}

// sortedBuiltins are the builtins of expr that give what is in a map: in a fixed order, since the result of a rule must
// not depend on Go's.
func sortedBuiltins() []*builtin.Function {
	part := map[string]func(k, v any) any{
		"keys":    func(k, _ any) any { return k },
		"values":  func(_, v any) any { return v },
		"toPairs": func(k, v any) any { return []any{k, v} },
	}
	var out []*builtin.Function
	for _, f := range builtin.Builtins {
		take := part[f.Name]
		if take == nil {
			continue
		}
		name := f.Name
		out = append(out, &builtin.Function{Name: name, Validate: f.Validate, Func: func(args ...any) (any, error) {
			m := reflect.ValueOf(args[0])
			if m.Kind() != reflect.Map {
				return nil, fmt.Errorf("%s: argument 1 must be a map, but is %s", name, typeName(reflect.TypeOf(args[0])))
			}
			keys := m.MapKeys()
			slices.SortFunc(keys, func(a, b reflect.Value) int { return compareAny(a.Interface(), b.Interface()) })
			all := make([]any, len(keys))
			for i, k := range keys {
				all[i] = take(k.Interface(), m.MapIndex(k).Interface())
			}
			return all, nil
		}})
	}
	return out
}

// compareAny orders the keys of a map: numbers, then the rest as text.
func compareAny(a, b any) int {
	x, xok := number(a)
	y, yok := number(b)
	if xok && yok {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
