package bucket

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/rule"
)

// MaxContext bounds one value of the alert context, in bytes.
const MaxContext = 4000

// Contexts are the expressions whose values travel with every alert. They are immutable.
type Contexts struct {
	keys     []string
	programs map[string][]*cond.Program
}

type contextDoc struct {
	Name    diag.Text              `yaml:"name"`
	Context map[string][]diag.Text `yaml:"context"`
}

// CompileContexts reads and compiles the context items of a hub. Expressions that several items share count once.
func CompileContexts(files []rule.File, mode diag.Mode, compiler *cond.Compiler, problems *diag.List) *Contexts {
	c := &Contexts{programs: map[string][]*cond.Program{}}
	known := map[string]bool{}
	doc := cond.Document{Compiler: compiler, Problems: problems}
	for _, f := range files {
		for _, yd := range diag.Documents(f.Path, f.Text, mode, problems) {
			var d contextDoc
			if !yd.Decode(&d) {
				continue
			}
			for _, key := range slices.Sorted(maps.Keys(d.Context)) {
				for _, src := range d.Context[key] {
					if known[key+"\x00"+src.Value] {
						continue
					}
					known[key+"\x00"+src.Value] = true
					if p := doc.Program(cond.KindContext, src, cond.WantAny); p != nil {
						c.programs[key] = append(c.programs[key], p)
					}
				}
			}
		}
	}
	c.keys = slices.Sorted(maps.Keys(c.programs))
	return c
}

// contextOf evaluates the contexts on the events of a bucket: one meta for each key, a JSON list of the values.
func (s *Store) contextOf(b *bucket) []tocsin.Meta {
	if s.Contexts == nil {
		return nil
	}
	var out []tocsin.Meta
	for _, key := range s.Contexts.keys {
		var values []string
		for _, k := range b.view {
			env := cond.Env{Evt: &k.View, Match: map[string]any{}}
			for _, p := range s.Contexts.programs[key] {
				v, err := p.Eval(s.run, &env)
				if err != nil {
					s.Counters.ExprErrors++
					continue
				}
				for _, text := range texts(v) {
					if text != "" && !slices.Contains(values, text) {
						values = append(values, text)
					}
				}
			}
		}
		if len(values) > 0 {
			out = append(out, tocsin.Meta{Key: key, Value: fit(values)})
		}
	}
	return out
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case int:
		return []string{strconv.Itoa(v)}
	case []int:
		var out []string
		for _, n := range v {
			out = append(out, strconv.Itoa(n))
		}
		return out
	case nil:
		return nil
	default:
		if reflect.ValueOf(v).IsZero() {
			return nil
		}
		return []string{fmt.Sprint(v)}
	}
}

// fit writes values as a JSON list of at most MaxContext bytes: it drops the last ones, then halves the only one left.
func fit(values []string) string {
	for {
		b, err := json.Marshal(values)
		if err == nil && len(b) <= MaxContext {
			return string(b)
		}
		if len(values) > 1 {
			values = values[:len(values)-1]
			continue
		}
		values = []string{values[0][:len(values[0])/2] + "..."}
	}
}
