package cond

import (
	"testing"
	"time"

	"tocsin.example/internal/event"
)

// Noon is the time of the events of tests.
var Noon = noon

// FullHost is a host with every part.
func FullHost() *Host { return fullHost() }

// Place is an expression of a rule.
type Place = place

// HubExpressions lists the expressions of the hub's rules, and of others in such a folder.
func HubExpressions(t testing.TB, root string) []Place {
	t.Helper()
	return expressionsIn(t, root)
}

// Compile compiles the expression.
func (p Place) Compile(c *Compiler) (*Program, error) { return c.Compile(p.kind, p.src, p.want) }

// Duel evaluates programs on expr's machine and as closures, on an event each.
type Duel struct {
	*duel
	ev, a, b *event.Event
}

// NewDuel makes a Duel.
func NewDuel(t testing.TB) *Duel {
	t.Helper()
	return &Duel{duel: newDuel(t)}
}

// Begin starts an event: the programs get copies of it over the schema that they know.
func (d *Duel) Begin(k *event.Kept, c *Compiler, at time.Time) {
	d.ev = revived(k, c.schema)
	d.a, d.b = twin(d.ev), lazyTwin(d.t, d.ev)
	d.machine.Begin(at)
	d.quick.Begin(at)
}

// Fight evaluates one program on the event, as it was at the beginning.
func (d *Duel) Fight(p *Program) {
	d.t.Helper()
	d.machine.frame.Left, d.quick.frame.Left = DefaultBudget, DefaultBudget
	_, _ = d.meet(p, d.a, d.b)
	if p.Effects()&(WritesEvent|WritesUnmarshaled) != 0 {
		d.same(p, d.a, d.b)
		d.a, d.b = twin(d.ev), lazyTwin(d.t, d.ev)
	}
}

// End compares the events: nothing but what is known to may have written them.
func (d *Duel) End(last *Program) {
	d.t.Helper()
	d.same(last, d.a, d.b)
	d.same(last, d.a, d.ev)
}

// OnEvent reports whether the program sees nothing but an event, so that it could have closures.
func (p *Program) OnEvent() bool { return p.kind <= KindScenario }
