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
		if values := s.contextValues(b, s.Contexts.programs[key]); len(values) > 0 {
			out = append(out, tocsin.Meta{Key: key, Value: fit(values)})
		}
	}
	return out
}

// contextValues collects the different values of a key in the order of their appearance, until no more could fit.
func (s *Store) contextValues(b *bucket, programs []*cond.Program) []string {
	var values []string
	size := 0
	add := func(text string) {
		if text != "" && size <= MaxContext && !slices.Contains(values, text) {
			values = append(values, text)
			size += len(text) + len(`"",`)
		}
	}
	if s.noMatch == nil {
		s.noMatch = map[string]any{}
	}
	s.env = cond.Env{Match: s.noMatch}
	said := 0 // bits of programs that give the same for every event, and gave it
	for _, k := range b.view {
		s.env.Evt = &k.View
		for i, p := range programs {
			if said&(1<<i) != 0 {
				continue
			}
			v, err := p.Given(s.run, &s.env)
			if err != nil {
				s.Counters.ExprErrors++
				continue
			}
			if p.Still() {
				said |= 1 << i
			}
			if text, ok := v.Text(); ok {
				add(text)
			} else {
				for _, text := range texts(v.Any()) {
					add(text)
				}
			}
			if size > MaxContext {
				return values
			}
		}
	}
	return values
}

// texts gives the texts of a value that is none itself.
func texts(v any) []string {
	switch v := v.(type) {
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
	out := []byte{'['}
	for _, v := range values {
		b, err := json.Marshal(v)
		if err != nil || len(out)+len(b)+len(`]`) > MaxContext {
			break // and a text is always JSON
		}
		out = append(append(out, b...), ',')
	}
	if len(out) > 1 {
		out[len(out)-1] = ']'
		return string(out)
	}
	text := values[0]
	for {
		text = cut(text, len(text)/2)
		if b, err := json.Marshal([]string{text + "..."}); err == nil && len(b) <= MaxContext {
			return string(b)
		}
	}
}
