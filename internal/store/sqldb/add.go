package sqldb

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
	"tocsin.example/internal/verdict"
)

// many is from how many decisions of one alert on they get their IDs in the order of their places instead of their own:
// rows then come to neighbouring pages of the index, which takes a third off an import of a million.
const many = 4096

// prepared is an alert made ready outside of the transaction.
type prepared struct {
	a          *store.Alert
	uuid       string
	key        []byte
	head, tail []byte
	place      []byte
	order      []int32 // of its decisions, nil for their own

	// What the transaction gives.
	id, first int64
	late      int
	repeat    bool
	at        int64
}

// AddAlerts keeps alerts with their decisions.
func (s *Store) AddAlerts(ctx context.Context, alerts []*store.Alert) ([]store.Receipt, error) {
	if len(alerts) == 0 {
		return nil, ctx.Err()
	}
	list := make([]prepared, len(alerts))
	weight := 0
	for i, a := range alerts {
		if err := s.prepare(a, &list[i]); err != nil {
			return nil, err
		}
		weight += 3 + len(a.Decisions)
	}
	err := s.write(ctx, "add alerts", weight, func(t *tx) error {
		for i := range list {
			if err := t.addAlert(&list[i]); err != nil {
				return err
			}
		}
		t.after = append(t.after, func(tell func(verdict.Change)) {
			for i := range list {
				list[i].finish(s.installation, tell)
			}
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	receipts := make([]store.Receipt, len(list))
	for i := range list {
		p := &list[i]
		receipts[i] = store.Receipt{ID: p.id, Repeat: p.repeat, Late: p.late}
	}
	return receipts, nil
}

// prepare does what needs no transaction.
func (s *Store) prepare(a *store.Alert, p *prepared) error {
	c := a.Alert
	if c.UUID = uuid.Clean(c.UUID); c.UUID == "" {
		c.UUID = uuid.New()
	}
	head, tail, err := store.Encode(&c)
	if err != nil {
		return err
	}
	*p = prepared{a: a, uuid: c.UUID, key: uuidKey(c.UUID), head: s.packer.pack(head), tail: s.packer.pack(tail)}
	if a.Source == nil {
		p.place = textPlace("")
	} else {
		p.place, _ = placeOf(a.Source.Scope, a.Source.Value)
	}
	if len(a.Decisions) >= many {
		p.order = byPlace(a.Decisions)
	}
	return nil
}

// byPlace orders decisions by the first bytes of their places.
func byPlace(list []tocsin.Decision) []int32 {
	type entry struct {
		key uint64
		i   int32
	}
	entries := make([]entry, len(list))
	for i := range list {
		place, _ := placeOf(list[i].Scope, list[i].Value)
		var b [8]byte
		copy(b[:], place)
		entries[i] = entry{binary.BigEndian.Uint64(b[:]), int32(i)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return int(a.i - b.i)
	})
	order := make([]int32, len(list))
	for i, e := range entries {
		order[i] = e.i
	}
	return order
}

// nth is the decision that gets the ID first+i.
func (p *prepared) nth(i int) *tocsin.Decision {
	if p.order != nil {
		i = int(p.order[i])
	}
	return &p.a.Decisions[i]
}

// finish writes into the caller's alert what was given, and tells its changes.
func (p *prepared) finish(in store.Installation, tell func(verdict.Change)) {
	if p.repeat {
		return
	}
	a := p.a
	a.ID, a.UUID, a.CreatedAt, a.Late = p.id, p.uuid, timeOf(p.at), p.late > 0
	for i := range a.Decisions {
		d := p.nth(i)
		d.ID = p.first + int64(i)
		d.Until = store.Milli(d.Until)
		if d.UUID = uuid.Clean(d.UUID); d.UUID == "" {
			d.UUID = uuid.Format(in.DecisionUUID(d.ID))
		}
		if milli(d.Until) > p.at && !a.Shadow {
			tell(verdict.Change{Seq: uint64(d.ID), At: timeOf(p.at), Decision: *d}) //nolint:gosec // IDs are positive
		}
	}
}

// addAlert writes one alert, unless its uuid is known.
func (t *tx) addAlert(p *prepared) error {
	a := p.a
	p.at = milli(t.at)
	p.id, p.first, p.late, p.repeat = t.n.Alert+1, 0, 0, false
	n, err := t.exec("INSERT INTO uuids (uuid, alert) VALUES (?, ?) "+t.s.d.take, p.key, p.id, p.at-store.Tombstone.Milliseconds())
	if err != nil {
		return err
	}
	if n == 0 {
		p.repeat = true
		return t.row("SELECT alert FROM uuids WHERE uuid = ?", p.key).Scan(&p.id)
	}
	t.n.Alert++
	active, made, err := t.addDecisions(p)
	if err != nil {
		return err
	}
	flags := 0
	if p.late > 0 {
		flags |= flagLate
	}
	if a.Shadow {
		flags |= flagShadow
	}
	if a.Simulated {
		flags |= flagSimulated
	}
	var source tocsin.AlertSource
	if a.Source != nil {
		source = *a.Source
	}
	_, err = t.exec(`INSERT INTO alerts (id, uuid, created, started, active, first, count, flags, place, scope, value, scenario, machine, kind)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.id, p.key, p.at, nano(a.StartAt), active, p.first, len(a.Decisions), flags, p.place, source.Scope, source.Value, a.Scenario, a.Machine, a.Kind)
	if err != nil {
		return err
	}
	if _, err := t.exec("INSERT INTO bodies (alert, head, tail) VALUES (?, ?, ?)", p.id, p.head, p.tail); err != nil {
		return err
	}
	for _, kind := range made {
		if _, err := t.exec("INSERT INTO alert_kinds (alert, kind) VALUES (?, ?)", p.id, kind); err != nil {
			return err
		}
	}
	return nil
}

// addDecisions writes the decisions of an alert. It returns until when one of them is in force and which kinds there are.
func (t *tx) addDecisions(p *prepared) (active int64, made []int64, err error) {
	if len(p.a.Decisions) == 0 {
		return 0, nil, nil
	}
	p.first = t.n.Seq + 1
	var key kindKey
	var kind int64
	seen := map[int64]bool{}
	for i := range p.a.Decisions {
		d := p.nth(i)
		if k := kindOf(d); i == 0 || k != key {
			key = k
			if kind, err = t.kind(k); err != nil {
				return 0, nil, err
			}
			if !seen[kind] {
				seen[kind] = true
				made = append(made, kind)
			}
		}
		id, until, flags := t.next(), milli(store.Milli(d.Until)), 0
		if until <= p.at {
			flags |= flagLate
			p.late++
		}
		if p.a.Shadow {
			flags |= flagShadow
		}
		if flags == 0 {
			active = max(active, until)
		}
		if err := t.addDecision(id, p, d, kind, until, flags); err != nil {
			return 0, nil, err
		}
	}
	return active, made, nil
}

func (t *tx) addDecision(id int64, p *prepared, d *tocsin.Decision, kind, until int64, flags int) error {
	place, spelling := placeOf(d.Scope, d.Value)
	var uuid any
	if d.UUID != "" {
		uuid = uuidCell(t.s.installation, id, d.UUID)
	}
	if spelling == nil && uuid == nil {
		_, err := t.exec("INSERT INTO decisions (id, alert, kind, place, until, begun, flags) VALUES (?, ?, ?, ?, ?, ?, ?)",
			id, p.id, kind, place, until, p.at, flags)
		return err
	}
	_, err := t.exec("INSERT INTO decisions (id, alert, kind, place, until, begun, flags, uuid, spelling) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		id, p.id, kind, place, until, p.at, flags, uuid, spelling)
	return err
}

// kind finds or makes the row of what decisions share.
func (t *tx) kind(k kindKey) (int64, error) {
	if id, ok := t.s.kinds.id(k); ok {
		return id, nil
	}
	if id, ok := t.kinds[k]; ok {
		return id, nil
	}
	t.n.Kind++
	_, err := t.exec("INSERT INTO kinds (id, origin, type, scope, scenario, simulated) VALUES (?, ?, ?, ?, ?, ?)",
		t.n.Kind, k.Origin, k.Type, k.Scope, k.Scenario, k.Simulated)
	if err != nil {
		return 0, err
	}
	k = kindKey{strings.Clone(k.Origin), strings.Clone(k.Type), strings.Clone(k.Scope), strings.Clone(k.Scenario), k.Simulated}
	t.kinds[k] = t.n.Kind
	return t.n.Kind, nil
}
