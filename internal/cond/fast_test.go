package cond

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// twin returns an event that equals another, over the same schema.
func twin(e *event.Event) *event.Event { return revived(e.Copy(), e.Schema()) }

// revived returns an event that equals a copy of one.
func revived(k *event.Kept, s *event.Schema) *event.Event {
	out := bareTwin(k, s)
	m := out.Unmarshaled()
	for name, v := range k.Unmarshaled {
		m[name] = ownCopy(v)
	}
	return out
}

// ownCopy copies a decoded document, so that what is written inside of it shows in one event only.
func ownCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			out[name] = ownCopy(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = ownCopy(v[i])
		}
		return out
	default:
		return v
	}
}

// lazyTwin is a twin whose documents are still text, if all of them can be.
func lazyTwin(t testing.TB, e *event.Event) *event.Event {
	t.Helper()
	k := e.Copy()
	out := bareTwin(k, e.Schema())
	for name, v := range k.Unmarshaled {
		text, err := json.Marshal(v)
		var again any
		if err != nil || json.Unmarshal(text, &again) != nil || !reflect.DeepEqual(v, again) {
			return twin(e)
		}
		if err := out.Unmarshal(name, string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// bareTwin returns an event that equals a copy of one, without its documents.
func bareTwin(k *event.Kept, s *event.Schema) *event.Event {
	out := event.New(s)
	out.Reset(k.Num, &tocsin.Line{
		Raw: k.Line.Raw, Src: k.Line.Src, Module: k.Line.Module, Labels: k.Line.Labels, Time: k.Line.Time,
	})
	for sp, m := range map[event.Space]map[string]string{event.Parsed: k.Parsed, event.Meta: k.Meta, event.Enriched: k.Enriched} {
		for name, value := range m {
			out.SetName(sp, name, value)
		}
	}
	v := out.Scalars()
	v.Type, v.ExpectMode, v.Whitelisted, v.WhitelistReason = k.Type, k.ExpectMode, k.Whitelisted, k.WhitelistReason
	v.Stage, v.Overflow, v.Time, v.StrTime, v.StrTimeFormat = k.Stage, k.Overflow, k.Time, k.StrTime, k.StrTimeFormat
	v.MarshaledTime, v.Process, v.Appsec = k.MarshaledTime, k.Process, k.Appsec
	return out
}

// duel evaluates programs on expr's machine and as closures.
type duel struct {
	t              testing.TB
	machine, quick *Run
	ran            int // programs that have closures
}

func newDuel(t testing.TB) *duel {
	t.Helper()
	return &duel{t: t, machine: NewRun(), quick: NewRun()}
}

// budget sets what an evaluation may take.
func (d *duel) budget(steps int64) {
	d.machine.SetBudget(steps)
	d.quick.SetBudget(steps)
}

// fight evaluates a program both ways, on events that equal ev, and compares what it gives, what it does to the event
// and what it takes of the budget.
func (d *duel) fight(p *Program, ev *event.Event) {
	d.t.Helper()
	if p.quick == nil {
		return
	}
	d.ran++
	var v any
	var err error
	for _, b := range []*event.Event{twin(ev), lazyTwin(d.t, ev)} {
		a := twin(ev)
		d.machine.Begin(noon)
		d.quick.Begin(noon)
		v, err = d.meet(p, a, b)
		d.same(p, a, b)
	}
	d.typed(p, ev, v, err)
}

// meet evaluates a program on two events that are equal and compares what it gives and takes.
func (d *duel) meet(p *Program, a, b *event.Event) (any, error) {
	d.t.Helper()
	v, err := p.machine(d.machine, &Env{Event: a})
	w, fault := p.Eval(d.quick, &Env{Event: b})
	if got, want := outcome(w, fault), outcome(v, err); got != want || err == nil && !alike(v, w) {
		d.t.Errorf("%s\n got %s\nwant %s", p.Source(), got, want)
	}
	if d.machine.Left() != d.quick.Left() && (d.machine.Left() >= 0 || d.quick.Left() >= 0) && !compilesLate(p) {
		d.t.Errorf("%s\n leaves %d steps\n    want %d", p.Source(), d.quick.Left(), d.machine.Left())
	}
	return v, err
}

// same compares what a program left behind. It makes maps of all documents.
func (d *duel) same(p *Program, a, b *event.Event) {
	d.t.Helper()
	a.View()
	b.View()
	if x, y := a.Copy(), b.Copy(); !reflect.DeepEqual(x, y) {
		d.t.Errorf("%s\n leaves the event %v\n          want %v", p.Source(), y.View, x.View)
	}
}

// typed does the same by the ways of those who want true or false, or a text.
func (d *duel) typed(p *Program, ev *event.Event, v any, err error) {
	d.t.Helper()
	d.quick.Begin(noon)
	given, fault := p.Given(d.quick, &Env{Event: lazyTwin(d.t, ev)})
	if got, want := outcome(given.Any(), fault), outcome(v, err); got != want {
		d.t.Errorf("%s\n without a box gives %s\nwant %s", p.Source(), got, want)
	}
	text, isText := given.Text()
	n, isInt := given.Int()
	if s, ok := v.(string); fault == nil && (ok != isText || s != text) {
		d.t.Errorf("%s\n without a box gives the text %q, %v", p.Source(), text, isText)
	}
	if i, ok := v.(int); fault == nil && (ok != isInt || i != n) {
		d.t.Errorf("%s\n without a box gives the number %d, %v", p.Source(), n, isInt)
	}
	d.quick.Begin(noon)
	if p.quick.IsTruth() {
		b, fault := p.Bool(d.quick, &Env{Event: twin(ev)})
		if want, _ := v.(bool); b != want || (err == nil) != (fault == nil) {
			d.t.Errorf("%s\n as true or false gives %v %v", p.Source(), b, fault)
		}
	}
	if p.quick.IsText() {
		s, fault := p.String(d.quick, &Env{Event: twin(ev)})
		if want, _ := v.(string); s != want || (err == nil) != (fault == nil) {
			d.t.Errorf("%s\n as text gives %q %v", p.Source(), s, fault)
		}
	}
}

// compilesLate reports whether a regular expression may be compiled while the program runs on the machine, which takes
// steps the first time.
func compilesLate(p *Program) bool { return strings.Contains(p.Source(), "matches") }

// outcome is what an evaluation came to. Where the budget ran out is left open: closures may take many steps at once.
func outcome(v any, err error) string {
	if errors.Is(err, ErrBudget) {
		return "error: " + ErrBudget.Error()
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%T %s", v, show(v))
}

func alike(v, w any) bool {
	if x, ok := v.(float64); ok && math.IsNaN(x) {
		y, ok := w.(float64)
		return ok && math.IsNaN(y)
	}
	return reflect.DeepEqual(v, w)
}
