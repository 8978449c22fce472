package verdict

import (
	"slices"

	"tocsin.example"
	"tocsin.example/internal/uuid"
)

// batch makes decisions of records. Their texts are parts of one, so that a decision costs no allocation of its own.
type batch struct {
	list []tocsin.Decision
	text []byte
	cuts []cut // where the texts of each one lie
}

type cut struct{ value, uuid, end int }

// grow makes room for more decisions.
func (b *batch) grow(n int) {
	b.list, b.cuts = slices.Grow(b.list, n), slices.Grow(b.cuts, n)
	b.text = slices.Grow(b.text, 64*n)
}

// add adds a record as who has seen the changes up to a number sees it.
//
// hot:
func (b *batch) add(x *Index, n uint32, seq uint64) {
	r := x.rows.at(n)
	sort := x.tuples.at(r.tuple)
	until := r.until()
	if r.is(isEnded) {
		if e := x.ends.at(r.end); e.seq <= seq {
			until = min(until, e.at)
		}
	}
	b.list = append(b.list, tocsin.Decision{
		ID: x.rows.id(n), Origin: sort.origin, Type: sort.kind, Scope: sort.scope, Scenario: sort.scenario,
		Until: moment(until), Simulated: sort.simulated,
	})
	d, c := &b.list[len(b.list)-1], cut{value: len(b.text)}
	v := x.rows.value(n)
	if b.text = v.append(b.text); v.kind == textual {
		d.Value = v.text
	}
	c.uuid = len(b.text)
	if u, ok := x.rows.uuid(n); ok {
		b.text = uuid.Append(b.text, u)
	} else if r.is(isOdd) {
		d.UUID = x.rows.texts.list[r.uuid]
	}
	c.end = len(b.text)
	b.cuts = append(b.cuts, c)
}

// done returns the decisions. They are good until the next add.
func (b *batch) done() []tocsin.Decision {
	all := string(b.text)
	for i, c := range b.cuts {
		if c.value < c.uuid {
			b.list[i].Value = all[c.value:c.uuid]
		}
		if c.uuid < c.end {
			b.list[i].UUID = all[c.uuid:c.end]
		}
	}
	list := b.list
	b.list, b.text, b.cuts = b.list[:0], b.text[:0], b.cuts[:0]
	return list
}

// yield hands the decisions on, and reports whether more are wanted.
func (b *batch) yield(yield func(tocsin.Decision) bool) bool {
	for _, d := range b.done() {
		if !yield(d) {
			return false
		}
	}
	return true
}
