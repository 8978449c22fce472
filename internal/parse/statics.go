package parse

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// static sets one field, or calls one enrichment method.
type static struct {
	label  string // for explain and errors: "meta.source_ip"
	value  string
	expr   *cond.Program
	isText bool // expr gives text
	method *method
	ref    event.Ref                     // a field of the three spaces
	set    func(v *event.View, s string) // or another field of the event; nil for ref
	empty  bool                          // an empty string counts: ParseDate
}

func (c *compiler) statics(docs []staticDoc) []static {
	var out []static
	for i := range docs {
		if s, ok := c.static(&docs[i]); ok {
			out = append(out, s)
		}
	}
	return out
}

func (c *compiler) static(d *staticDoc) (static, bool) {
	s := static{value: d.Value.Value}
	_, hasValue := d.Keys["value"]
	if !hasValue && blank(d.Expression) {
		c.missing(d.Place, "write value: or expression:", "this static has nothing to assign")
		return s, false
	}
	switch {
	case !blank(d.Method):
		s.label = d.Method.Value
		if !c.setMethod(&s, d) {
			return s, false
		}
	case !blank(d.Parsed):
		s.label, s.ref = "parsed."+d.Parsed.Value, c.Schema.Ref(event.Parsed, d.Parsed.Value)
	case !blank(d.Meta):
		s.label, s.ref = "meta."+d.Meta.Value, c.Schema.Ref(event.Meta, d.Meta.Value)
	case !blank(d.Enriched):
		s.label, s.ref = "enriched."+d.Enriched.Value, c.Schema.Ref(event.Enriched, d.Enriched.Value)
	case !blank(d.Target):
		s.label = d.Target.Value
		if !c.setTarget(&s, d.Target) {
			return s, false
		}
	default:
		c.missing(d.Place, "write parsed:, meta:, enriched:, target: or method:", "this static says nowhere to assign to")
		return s, false
	}
	if !hasValue {
		s.expr = c.program(d.Expression, cond.WantAny)
		s.isText = s.expr != nil && s.expr.IsText()
		if s.expr != nil && c.isBool(d.Expression) {
			c.Fault(d.Expression.Problem(0, "write `... ? 'true' : 'false'`",
				"a static cannot assign true or false: every event that comes here would be dropped"))
		}
	}
	return s, true
}

// isBool reports whether an expression that compiles is known to give true or false, whatever the event is.
func (c *compiler) isBool(src diag.Text) bool {
	kind := cond.KindParser
	if c.Post {
		kind = cond.KindPost
	}
	if _, err := c.Context.Compiler.Compile(kind, src, cond.WantString); err == nil {
		return false // text, or a type that only the event decides
	}
	_, err := c.Context.Compiler.Compile(kind, src, cond.WantBool)
	return err == nil
}

func (c *compiler) setMethod(s *static, d *staticDoc) bool {
	m, ok := methods[d.Method.Value]
	if !ok {
		known := slices.Sorted(maps.Keys(methods))
		hint := meant(d.Method.Value, known, "known methods: "+strings.Join(known, ", "))
		p := d.Method.Problem(0, hint, "unknown method %q: nothing is done", d.Method.Value)
		p.Severity = diag.Warning
		c.Fault(p)
		return false
	}
	if hint := m.absent(c.Context); hint != "" {
		p := d.Method.Problem(0, hint, "method %s has nothing to ask and does nothing", d.Method.Value)
		p.Severity = diag.Warning
		c.Fault(p)
	}
	s.method, s.empty = &m, m.empty
	return true
}

// scalars are the fields of an event that a target may name, beside the three spaces.
var scalars = map[string]func(v *event.View, s string){
	"StrTime":         func(v *event.View, s string) { v.StrTime = s },
	"StrTimeFormat":   func(v *event.View, s string) { v.StrTimeFormat = s },
	"MarshaledTime":   func(v *event.View, s string) { v.MarshaledTime = s },
	"WhitelistReason": func(v *event.View, s string) { v.WhitelistReason = s },
	"Stage":           func(v *event.View, s string) { v.Stage = s },
	"Line.Raw":        func(v *event.View, s string) { v.Line.Raw = s },
	"Line.Src":        func(v *event.View, s string) { v.Line.Src = s },
	"Line.Module":     func(v *event.View, s string) { v.Line.Module = s },

	"Overflow.Mapkey":                func(v *event.View, s string) { v.Overflow.Mapkey = s },
	"Overflow.BucketId":              func(v *event.View, s string) { v.Overflow.BucketId = s },
	"Overflow.Alert.Scenario":        alertField(func(v *event.View, s string) { v.Overflow.Alert.Scenario = s }),
	"Overflow.Alert.Message":         alertField(func(v *event.View, s string) { v.Overflow.Alert.Message = s }),
	"Overflow.Alert.Source.Scope":    sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.Scope = s }),
	"Overflow.Alert.Source.Value":    sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.Value = s }),
	"Overflow.Alert.Source.IP":       sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.IP = s }),
	"Overflow.Alert.Source.Range":    sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.Range = s }),
	"Overflow.Alert.Source.Cn":       sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.Cn = s }),
	"Overflow.Alert.Source.AsName":   sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.AsName = s }),
	"Overflow.Alert.Source.AsNumber": sourceField(func(v *event.View, s string) { v.Overflow.Alert.Source.AsNumber = s }),
}

func alertField(set func(*event.View, string)) func(*event.View, string) {
	return func(v *event.View, s string) {
		if v.Overflow.Alert != nil {
			set(v, s)
		}
	}
}

func sourceField(set func(*event.View, string)) func(*event.View, string) {
	return func(v *event.View, s string) {
		if v.Overflow.Alert != nil && v.Overflow.Alert.Source != nil {
			set(v, s)
		}
	}
}

// setTarget resolves a dotted path such as evt.Meta.source_ip or StrTime.
func (c *compiler) setTarget(s *static, target diag.Text) bool {
	path := strings.TrimPrefix(target.Value, "evt.")
	if set, ok := scalars[path]; ok {
		s.set = set
		return true
	}
	space, name, _ := strings.Cut(path, ".")
	if name != "" {
		switch space {
		case "Parsed":
			s.ref = c.Schema.Ref(event.Parsed, name)
			return true
		case "Meta":
			s.ref = c.Schema.Ref(event.Meta, name)
			return true
		case "Enriched":
			s.ref = c.Schema.Ref(event.Enriched, name)
			return true
		}
		if label, ok := strings.CutPrefix(path, "Line.Labels."); ok {
			s.set = func(v *event.View, val string) {
				// Labels are shared between the lines of a source: write a copy.
				labels := maps.Clone(v.Line.Labels)
				if labels == nil {
					labels = map[string]string{}
				}
				labels[label] = val
				v.Line.Labels = labels
			}
			return true
		}
	}
	p := target.Problem(0, "write for example evt.Parsed.x, evt.Meta.x or evt.StrTime", "target %q names no text field of an event: nothing is assigned", target.Value)
	p.Severity = diag.Warning
	c.Fault(p)
	return false
}

// apply runs the statics in order. An error means that the event is to be dropped.
func (r *Runner) apply(list []static, ev *event.Event) error {
	for i := range list {
		s := &list[i]
		value, ok, err := r.valueOf(s, ev)
		if err != nil {
			return fmt.Errorf("static %s: %w", s.label, err)
		}
		if !ok || (value == "" && !s.empty) {
			continue
		}
		switch {
		case s.method != nil:
			if err := s.method.call(r, ev, value); err != nil {
				r.Counters.EnrichErrors++
				r.noteError(s.label, err)
			}
		case s.set != nil:
			s.set(ev.Scalars(), value)
			ev.ScalarWritten()
		default:
			ev.Set(s.ref, value)
		}
	}
	return nil
}

// valueOf gives what a static assigns; false when it assigns nothing.
func (r *Runner) valueOf(s *static, ev *event.Event) (string, bool, error) {
	if s.expr == nil {
		return s.value, true, nil
	}
	if s.isText {
		text, err := s.expr.String(r.run, r.envOf(ev))
		if err != nil {
			r.exprFailed(s, err)
			return "", false, nil
		}
		return text, true, nil
	}
	given, err := s.expr.Given(r.run, r.envOf(ev))
	if err != nil {
		r.exprFailed(s, err)
		return "", false, nil
	}
	if text, ok := given.Text(); ok {
		return text, true, nil
	}
	if n, ok := given.Int(); ok {
		scratch := ev.Scratch()
		return scratch.Text(strconv.AppendInt(scratch.Room(20), int64(n), 10)), true, nil
	}
	switch v := given.Any().(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', 6, 64), true, nil
	case nil:
		return "", false, nil
	case map[string]any, []any, map[string]string, []string:
		if r.trace != nil {
			r.note("%s: a %T is not assigned", s.label, v)
		}
		return "", false, nil
	case bool:
		return "", false, errors.New("the expression gives true or false, which cannot be assigned; write `... ? 'true' : 'false'`")
	default:
		return "", false, fmt.Errorf("the expression gives a %T, which cannot be assigned", v)
	}
}

// exprFailed counts and notes that the expression of a static failed.
func (r *Runner) exprFailed(s *static, err error) {
	r.Counters.ExprErrors++
	r.noteError(s.label, err)
}
