package cond

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const unmarshalName = "UnmarshalJSON"

func jsonHelpers() []*helper {
	variadic := func(*Run, string, ...string) string { return "" }
	return []*helper{
		fn2("JsonExtract", func(r *Run, doc, path string) (string, error) {
			v, _ := jsonFind(doc, r.splitPath(path))
			return v.raw, nil
		}),
		fnAny("JsonExtractLib", variadic, func(_ *Run, args []any) (any, error) {
			doc, path, err := jsonArgs("JsonExtractLib", args)
			if err != nil {
				return nil, err
			}
			v, _ := jsonFind(doc, path)
			return v.raw, nil
		}),
		fnAny("JsonExtractUnescape", variadic, func(r *Run, args []any) (any, error) {
			doc, path, err := jsonArgs("JsonExtractUnescape", args)
			if err != nil {
				return nil, err
			}
			return r.jsonText(doc, path), nil
		}),
		fn2("JsonExtractSlice", func(r *Run, doc, path string) ([]any, error) {
			var out []any
			err := jsonInto(r, doc, path, '[', &out)
			return out, err
		}),
		fn2("JsonExtractObject", func(r *Run, doc, path string) (map[string]any, error) {
			var out map[string]any
			err := jsonInto(r, doc, path, '{', &out)
			return out, err
		}),
		fn1("ToJsonString", func(_ *Run, v any) (string, error) {
			b, err := json.Marshal(v)
			if err != nil {
				return "", nil //nolint:nilerr // what has no JSON is ""
			}
			return string(b), nil
		}),
		fn3(unmarshalName, unmarshalJSON).does(WritesUnmarshaled),
	}
}

// unmarshalJSON puts a decoded document into a map: numbers as float64, objects as map[string]any. It returns nil.
func unmarshalJSON(r *Run, doc string, into map[string]any, key string) (any, error) {
	if into == nil {
		return nil, errors.New("there is no map to write to")
	}
	if err := r.charge(8 * len(doc)); err != nil {
		return nil, err
	}
	if err := notJSON(r.json.Parse(doc)); err != nil {
		return nil, err
	}
	into[strings.Clone(key)] = r.json.Root().Any() // the key may be a part of the line
	r.json.Reset()
	return nil, nil //nolint:nilnil // rules compare with nil
}

func notJSON(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the text is not JSON: %w", err)
}

func jsonArgs(name string, args []any) (doc string, path []string, err error) {
	if doc, err = arg[string](name, args, 0); err != nil {
		return "", nil, err
	}
	for i := range args[1:] {
		s, err := arg[string](name, args, i+1)
		if err != nil {
			return "", nil, err
		}
		path = append(path, s)
	}
	return doc, path, nil
}

// splitPath is splitPath, remembered: rules name few paths.
func (r *Run) splitPath(path string) []string {
	steps, ok := r.steps.get(path)
	if !ok {
		steps = splitPath(strings.Clone(path))
		r.steps.put(path, steps)
	}
	return steps
}

// splitPath splits a.b[0].c into a, b, [0], c.
func splitPath(path string) []string {
	if !strings.HasPrefix(path, "[") {
		path = strings.ReplaceAll(path, "[", ".[")
	}
	return strings.Split(path, ".")
}

// jsonValue is a value in the text of a document: the inside of a string as it stands there, anything else whole.
type jsonValue struct {
	raw    string
	quoted string // of a string
	kind   byte   // '"', '{', '[', or 0 for the rest
}

// jsonText returns a string decoded, "" when there is none.
func (r *Run) jsonText(doc string, path []string) string {
	v, ok := jsonFind(doc, path)
	if !ok || v.kind != '"' {
		return ""
	}
	if !strings.Contains(v.raw, `\`) {
		return v.raw
	}
	if r.json.Parse(v.quoted) != nil {
		return ""
	}
	s, _ := r.json.Root().Any().(string)
	r.json.Reset()
	return s
}

// jsonInto decodes a list or an object; what is absent, of another kind or broken leaves out as it is.
func jsonInto[T any](r *Run, doc, path string, kind byte, out *T) error {
	v, ok := jsonFind(doc, r.splitPath(path))
	if !ok || v.kind != kind {
		return nil
	}
	if err := r.charge(8 * len(v.raw)); err != nil {
		return err
	}
	if r.json.Parse(v.raw) != nil {
		return nil //nolint:nilerr // a broken document has no value
	}
	if t, ok := r.json.Root().Any().(T); ok {
		*out = t
	}
	r.json.Reset()
	return nil
}

// jsonFind goes down a path of keys and [indexes]. It reads only as far as it must, so that a document which is cut
// off still gives what is before the cut. The first of several equal keys counts.
func jsonFind(doc string, path []string) (jsonValue, bool) {
	i := skipSpace(doc, 0)
	for _, step := range path {
		var ok bool
		if index, isIndex := pathIndex(step); isIndex && i < len(doc) && doc[i] == '[' {
			i, ok = jsonElement(doc, i, index)
		} else {
			i, ok = jsonMember(doc, i, step)
		}
		if !ok {
			return jsonValue{}, false
		}
	}
	end, ok := jsonSkip(doc, i)
	if !ok {
		return jsonValue{}, false
	}
	switch c := doc[i]; c {
	case '"':
		return jsonValue{raw: doc[i+1 : end-1], quoted: doc[i:end], kind: c}, true
	case '{', '[':
		return jsonValue{raw: doc[i:end], kind: c}, true
	}
	raw := doc[i:end]
	if raw != "true" && raw != "false" && raw != "null" && strings.Trim(raw, "+-.0123456789eE") != "" {
		return jsonValue{}, false
	}
	return jsonValue{raw: raw}, true
}

func pathIndex(step string) (int, bool) {
	if len(step) < 3 || step[0] != '[' || step[len(step)-1] != ']' {
		return 0, false
	}
	n, err := strconv.Atoi(step[1 : len(step)-1])
	return n, err == nil && n >= 0
}

// jsonMember returns where the value of a key begins in the object at i.
func jsonMember(doc string, i int, key string) (int, bool) {
	if i >= len(doc) || doc[i] != '{' {
		return 0, false
	}
	for i = skipSpace(doc, i+1); i < len(doc) && doc[i] == '"'; i = skipSpace(doc, i+1) {
		end, ok := jsonSkip(doc, i)
		if !ok {
			return 0, false
		}
		name := doc[i+1 : end-1]
		if i = skipSpace(doc, end); i >= len(doc) || doc[i] != ':' {
			return 0, false
		}
		i = skipSpace(doc, i+1)
		if name == key || strings.Contains(name, `\`) && unquoted(name) == key {
			return i, true
		}
		if i, ok = jsonSkip(doc, i); !ok {
			return 0, false
		}
		if i = skipSpace(doc, i); i >= len(doc) || doc[i] != ',' {
			return 0, false
		}
	}
	return 0, false
}

func unquoted(raw string) string {
	var s string
	if json.Unmarshal([]byte(`"`+raw+`"`), &s) != nil {
		return raw
	}
	return s
}

// jsonElement returns where an element of the array at i begins.
func jsonElement(doc string, i, index int) (int, bool) {
	i = skipSpace(doc, i+1)
	for ; i < len(doc) && doc[i] != ']'; index-- {
		if index == 0 {
			return i, true
		}
		var ok bool
		if i, ok = jsonSkip(doc, i); !ok {
			return 0, false
		}
		if i = skipSpace(doc, i); i >= len(doc) || doc[i] != ',' {
			return 0, false
		}
		i = skipSpace(doc, i+1)
	}
	return 0, false
}

func skipSpace(doc string, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\t' || doc[i] == '\n' || doc[i] == '\r') {
		i++
	}
	return i
}

// jsonSkip returns where the value at i ends. Brackets are counted, not matched in kind: depth costs no stack.
func jsonSkip(doc string, i int) (int, bool) {
	start, depth := i, 0
	for i < len(doc) {
		switch doc[i] {
		case '"':
			end := stringEnd(doc, i+1)
			if end < 0 {
				return 0, false
			}
			if i = end; depth == 0 {
				return i, true
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth == 0 {
				return i, i > start
			}
			i++
			if depth--; depth == 0 {
				return i, true
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i, i > start
			}
			i++
		default:
			i++
		}
	}
	return i, depth == 0 && i > start
}

// stringEnd returns where the string whose inside begins at i is over, behind the quote; -1 when it is not.
func stringEnd(doc string, i int) int {
	for i < len(doc) {
		switch doc[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
	return -1
}
