package verdict

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/uuid"
)

// model is the index as a plain list: what is right, without what is fast.
type model struct {
	list []entry
	seq  uint64
	rank func(kind string) int
}

type entry struct {
	d       tocsin.Decision // in canonical form
	prefix  netip.Prefix    // zero if it is none
	address bool
	begun   uint64
	ended   uint64 // the number of the change that ended it, 0 if none did
	endedAt int64
}

// key is what decisions that are twins have in common.
type key struct{ scope, kind, value string }

func (e *entry) key() key { return key{e.d.Scope, e.d.Type, e.d.Value} }

// held says whether it is in force for one who has seen the changes up to a number and the time up to a moment.
func (e *entry) held(seq uint64, at int64) bool {
	return e.begun <= seq && (e.ended == 0 || e.ended > seq) && milli(e.d.Until) > at
}

func (m *model) apply(c Change) {
	if c.Seq <= m.seq {
		return
	}
	m.seq = c.Seq
	i := slices.IndexFunc(m.list, func(e entry) bool { return e.d.ID == c.Decision.ID })
	at := milli(c.At)
	if c.End {
		if i >= 0 && m.list[i].held(c.Seq, at) {
			m.list[i].ended, m.list[i].endedAt = c.Seq, at
		}
		return
	}
	if i >= 0 || milli(c.Decision.Until) <= at {
		return
	}
	m.list = append(m.list, entryOf(c))
}

func entryOf(c Change) entry {
	e := entry{d: c.Decision, begun: c.Seq}
	e.d.Until = moment(milli(c.Decision.Until))
	if id, ok := uuid.Parse(e.d.UUID); ok {
		e.d.UUID = string(uuid.Append(nil, id))
	}
	if p, address, ok := prefixOf(e.d.Scope, e.d.Value); ok {
		e.prefix, e.address = p, address
		e.d.Value = canonical(p, address)
	}
	return e
}

func canonical(p netip.Prefix, address bool) string {
	if address {
		return p.Addr().String()
	}
	return p.String()
}

func (m *model) find(at time.Time, q Query) (found []tocsin.Decision) {
	for _, e := range m.list {
		if e.held(m.seq, milli(at)) && e.answers(q) {
			found = append(found, e.d)
		}
	}
	slices.SortFunc(found, func(a, b tocsin.Decision) int {
		if q.ByID {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Or(cmp.Compare(m.rank(a.Type), m.rank(b.Type)), b.Until.Compare(a.Until), cmp.Compare(a.ID, b.ID))
	})
	found = found[min(max(q.Offset, 0), len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	return found
}

func (e *entry) answers(q Query) bool {
	if q.Prefix.IsValid() {
		asked := address.Masked(q.Prefix)
		if !e.prefix.IsValid() || q.Inside && !address.Holds(asked, e.prefix) || !q.Inside && !address.Holds(e.prefix, asked) {
			return false
		}
	}
	if q.Value != "" && q.Value != e.d.Value {
		p, address, ok := parsePrefix(q.Value)
		if !ok || p != e.prefix || address != e.address {
			return false
		}
	}
	if q.UUID != "" && !strings.EqualFold(q.UUID, e.d.UUID) {
		return false
	}
	if q.After != 0 && e.d.ID <= q.After {
		return false
	}
	return (q.IDs == nil || slices.Contains(q.IDs, e.d.ID)) && e.passes(q.Filter)
}

func (e *entry) passes(f Filter) bool {
	in := func(list []string, s string) bool { return list == nil || slices.Contains(list, s) }
	contains := func(list []string) bool {
		return slices.ContainsFunc(list, func(s string) bool {
			return strings.Contains(strings.ToLower(e.d.Scenario), strings.ToLower(s))
		})
	}
	return (f.Simulated || !e.d.Simulated) && in(f.Scopes, e.d.Scope) && in(f.Origins, e.d.Origin) && in(f.Types, e.d.Type) &&
		(f.ScenariosContaining == nil || contains(f.ScenariosContaining)) && !contains(f.ScenariosWithout)
}

// since is what one is told who has seen the changes up to c.Seq and the time up to c.Time, to see those up to now.
func (m *model) since(now, c Cursor, f Filter, dedup bool) (begun, ended []tocsin.Decision) {
	then, at := milli(c.Time), milli(now.Time)
	before := func(e *entry) bool { return e.held(c.Seq, then) }
	after := func(e *entry) bool { return e.held(now.Seq, at) }
	over := func(e *entry) bool { return !after(e) && e.begun <= now.Seq && (e.begun > c.Seq || before(e)) }
	for i := range m.list {
		e := &m.list[i]
		if !e.passes(f) {
			continue
		}
		d := e.d
		if e.ended != 0 && e.ended <= now.Seq {
			d.Until = moment(min(milli(d.Until), e.endedAt))
		}
		switch {
		case !dedup && after(e) && !before(e):
			begun = append(begun, d)
		case !dedup && over(e):
			ended = append(ended, d)
		case dedup && after(e) && e == m.longest(e.key(), f, after) && e != m.longest(e.key(), f, before):
			begun = append(begun, d)
		case dedup && over(e) && e == m.longest(e.key(), f, over) && m.longest(e.key(), f, after) == nil:
			ended = append(ended, d)
		}
	}
	return begun, ended
}

// longest is that of several twins which counts: the one that lasts longest, of these the one that began first.
func (m *model) longest(k key, f Filter, of func(*entry) bool) (found *entry) {
	for i := range m.list {
		if e := &m.list[i]; e.key() == k && of(e) && e.passes(f) && (found == nil || milli(e.d.Until) > milli(found.d.Until)) {
			found = e
		}
	}
	return found
}
