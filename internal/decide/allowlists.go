package decide

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"tocsin.example"
	"tocsin.example/internal/address"
	"tocsin.example/internal/allow"
	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
	"tocsin.example/internal/wire"
)

// Limits of allowlists.
const (
	MaxAllowlists   = 1000
	MaxAllowItems   = 200_000 // of all lists
	maxDescription  = 1024
	maxLiftedListed = 1000
)

// forbidden returns what forbids a decision on a scope and value.
func (d *Decider) forbidden(at time.Time, scope, value string) (allow.Item, bool) {
	if it, ok := d.allowed.Load().Find(at, scope, value); ok {
		return it, true
	}
	return d.adminAt(value)
}

// adminAt reports whether an administrator is at work from a value, or from inside it.
func (d *Decider) adminAt(value string) (allow.Item, bool) {
	if d.o.Admins == nil {
		return allow.Item{}, false
	}
	admins := d.o.Admins()
	if len(admins) == 0 {
		return allow.Item{}, false
	}
	p, ok := address.Parse(value)
	if !ok {
		return allow.Item{}, false
	}
	for _, a := range admins {
		if at := address.Of(a); p.Contains(at.Addr()) {
			return allow.AdminOnline.Item(at), true
		}
	}
	return allow.Item{}, false
}

// maxMatches bounds the items that [Decider.Allowed] returns.
const maxMatches = 100

// Allowed returns the items of allowlists and the guard rails that forbid a decision on a value, the closest around it
// first: none when it is not allowed. A value of another scope than address and range is written "SCOPE:VALUE".
func (d *Decider) Allowed(value string) []allow.Item {
	scope, rest, ok := strings.Cut(value, ":")
	if _, isPrefix := address.Parse(value); isPrefix || !ok {
		scope, rest = tocsin.ScopeIP, value
	}
	out := d.allowed.Load().All(d.now(), scope, rest, maxMatches)
	if it, ok := d.adminAt(rest); ok {
		out = append(out, it)
	}
	return out
}

// GuardRails lists the guard rails that hold now.
func (d *Decider) GuardRails() []allow.Item {
	out := d.fixedGuards()
	d.gate.RLock()
	out = append(out, d.hostGuards...)
	d.gate.RUnlock()
	if d.o.Admins != nil {
		for _, a := range d.o.Admins() {
			a = a.Unmap().WithZone("")
			out = append(out, allow.AdminOnline.Item(netip.PrefixFrom(a, a.BitLen())))
		}
	}
	return out
}

func (d *Decider) fixedGuards() []allow.Item { return append(allow.Always(), d.o.Guards...) }

// loadAllowed reads the lists at the start; nothing is lifted, as what is in force may have been forced.
func (d *Decider) loadAllowed(ctx context.Context) error {
	d.gate.Lock()
	defer d.gate.Unlock()

	if err := d.loadNames(ctx); err != nil {
		return err
	}
	if d.o.HostGuards != nil {
		guards, err := d.o.HostGuards()
		if err != nil {
			d.log.Warn("the addresses of this host cannot be read; they are not guarded", "error", err)
		}
		d.hostGuards = guards
	}
	return d.reload(ctx)
}

// reload reads the lists anew and makes a new snapshot. The gate is held alone.
func (d *Decider) reload(ctx context.Context) error {
	lists, err := d.store.Allowlists(ctx)
	if err != nil {
		return fmt.Errorf("read the allowlists: %w", err)
	}
	d.lists = lists
	d.snapshot()
	return nil
}

// snapshot makes what is asked from now on of lists, names and guard rails. The gate is held alone.
func (d *Decider) snapshot() {
	items := append(d.fixedGuards(), d.hostGuards...)
	wanted := map[string]bool{}
	for _, l := range d.lists {
		for _, it := range l.Items {
			item := allow.Item{List: l.Name, Value: it.Value, Comment: it.Comment, Expires: it.Expires}
			if kind, name, err := allow.Parse(it.Value); err == nil && kind == allow.Name {
				wanted[name] = true
				if d.names[name] == nil {
					d.names[name] = &resolved{}
				}
				item.Addresses = d.names[name].Addresses
			}
			items = append(items, item)
		}
	}
	for name := range d.names {
		if !wanted[name] {
			delete(d.names, name)
		}
	}
	d.allowed.Store(allow.New(items))
}

// begun returns a context for a change that goes on to its end once it was begun: the list that is kept and the snapshot
// that is asked must not part because somebody hung up.
func begun(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

// CreateAllowlist makes an empty list. The error is [store.ErrExists] when there is one of the name.
func (d *Decider) CreateAllowlist(ctx context.Context, name, description string) error {
	if err := checkList(name, description); err != nil {
		return err
	}
	ctx, err := begun(ctx)
	if err != nil {
		return err
	}
	d.gate.Lock()
	defer d.gate.Unlock()

	if len(d.lists) >= MaxAllowlists {
		return fmt.Errorf("there are %d allowlists, which is the limit", len(d.lists))
	}
	now := d.now().UTC()
	err = d.store.AddAllowlist(ctx, store.Allowlist{
		ID: uuid.New(), Name: name, Description: description, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		return fmt.Errorf("allowlist %s: %w", name, err)
	}
	return d.reload(ctx)
}

// DeleteAllowlist removes a list with its items. What it forbade is decided about again from now on.
func (d *Decider) DeleteAllowlist(ctx context.Context, name string) error {
	ctx, err := begun(ctx)
	if err != nil {
		return err
	}
	d.gate.Lock()
	defer d.gate.Unlock()

	if err := d.store.DeleteAllowlist(ctx, name); err != nil {
		return fmt.Errorf("allowlist %s: %w", name, err)
	}
	return d.reload(ctx)
}

func checkList(name, description string) error {
	switch {
	case strings.TrimSpace(name) != name || name == "":
		return errors.New("the name of an allowlist is not empty and has no space around it")
	case len(name) > wire.MaxName:
		return fmt.Errorf("the name of an allowlist has at most %d bytes", wire.MaxName)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("the name of an allowlist has characters that cannot be printed")
	case (allow.Item{List: name}).IsGuard():
		return errors.New("the name of an allowlist does not begin with `guard rail:`")
	case len(description) > maxDescription:
		return fmt.Errorf("the description has %d bytes; the limit is %d", len(description), maxDescription)
	}
	return nil
}

// Added answers [Decider.AddAllowed].
type Added struct {
	Added   []string `json:"added"`   // values that were not on the list
	Changed []string `json:"changed"` // that were: their comment and expiry are those given now
	Lift
	// Unresolved are DNS names that have no addresses yet; they are tried again.
	Unresolved []string `json:"unresolved,omitempty"`
}

// Lift is what a change of allowlists ended.
type Lift struct {
	Count  int               `json:"lifted_count"`
	Lifted []tocsin.Decision `json:"lifted"` // the first thousand
}

// AddAllowed puts items on a list, all or none, and ends what is in force against them. Items that are on the list
// already take the comment and expiry given now, and lift too. The error is [store.ErrNotFound] without such a list.
func (d *Decider) AddAllowed(ctx context.Context, list string, items []store.AllowItem) (Added, error) {
	var out Added
	items, names, err := d.checkItems(items)
	if err != nil {
		return out, err
	}
	found := d.resolveNow(ctx, names) // before the gate: the network may be slow
	if ctx, err = begun(ctx); err != nil {
		return out, err
	}
	d.gate.Lock()
	defer d.gate.Unlock()

	others := 0
	for _, l := range d.lists {
		others += len(l.Items)
	}
	err = d.store.ChangeAllowlist(ctx, list, func(l *store.Allowlist) error {
		out.Added, out.Changed = nil, nil
		at := map[string]int{}
		for i, it := range l.Items {
			at[it.Value] = i
		}
		for _, it := range items {
			if i, ok := at[it.Value]; ok {
				l.Items[i].Comment, l.Items[i].Expires = it.Comment, it.Expires
				out.Changed = append(out.Changed, it.Value)
				continue
			}
			at[it.Value] = len(l.Items)
			l.Items = append(l.Items, it)
			out.Added = append(out.Added, it.Value)
		}
		if others+len(out.Added) > MaxAllowItems {
			return fmt.Errorf("there would be %d items on allowlists; the limit is %d", others+len(out.Added), MaxAllowItems)
		}
		l.UpdatedAt = d.now().UTC()
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("allowlist %s: %w", list, err)
	}
	if _, err := d.learn(ctx, found); err != nil {
		d.log.Warn("the addresses of names on allowlists are not kept for the next start", "error", err)
	}
	if err := d.reload(ctx); err != nil {
		return out, err
	}
	var targets targets
	now := d.now()
	for _, it := range items {
		if !it.Expires.IsZero() && !now.Before(it.Expires) {
			continue
		}
		targets.add(it.Value, d.names)
	}
	for _, n := range names {
		if r := d.names[n]; r != nil && len(r.Addresses) == 0 {
			out.Unresolved = append(out.Unresolved, n)
		}
	}
	out.Lift, err = d.lift(ctx, &targets)
	return out, err
}

// checkItems brings items to one spelling, each once, and lists the DNS names among them.
func (d *Decider) checkItems(items []store.AllowItem) (out []store.AllowItem, names []string, err error) {
	if len(items) > MaxAllowItems {
		return nil, nil, fmt.Errorf("%d items are more than the limit of %d", len(items), MaxAllowItems)
	}
	at := map[string]int{}
	now := d.now().UTC()
	for _, it := range items {
		kind, value, err := allow.Parse(it.Value)
		if err != nil {
			return nil, nil, err
		}
		if len(it.Comment) > maxDescription {
			return nil, nil, fmt.Errorf("the comment of %s has %d bytes; the limit is %d", value, len(it.Comment), maxDescription)
		}
		it.Value, it.CreatedAt = value, now
		if i, ok := at[value]; ok {
			out[i] = it
			continue
		}
		at[value] = len(out)
		out = append(out, it)
		if kind == allow.Name {
			names = append(names, value)
		}
	}
	return out, names, nil
}

// RemoveAllowed takes values off a list. It returns those that were on it and those that were not.
func (d *Decider) RemoveAllowed(ctx context.Context, list string, values []string) (removed, missing []string, err error) {
	if ctx, err = begun(ctx); err != nil {
		return nil, nil, err
	}
	d.gate.Lock()
	defer d.gate.Unlock()

	err = d.store.ChangeAllowlist(ctx, list, func(l *store.Allowlist) error {
		removed, missing = nil, nil
		gone := map[string]bool{}
		for _, v := range values {
			key := v
			if _, value, err := allow.Parse(v); err == nil {
				key = value
			}
			if slices.ContainsFunc(l.Items, func(it store.AllowItem) bool { return it.Value == key }) {
				gone[key] = true
				removed = append(removed, key)
			} else {
				missing = append(missing, v)
			}
		}
		l.Items = slices.DeleteFunc(l.Items, func(it store.AllowItem) bool { return gone[it.Value] })
		l.UpdatedAt = d.now().UTC()
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("allowlist %s: %w", list, err)
	}
	return removed, missing, d.reload(ctx)
}

// targets are what is allowed newly.
type targets struct {
	prefixes []netip.Prefix
	scoped   [][2]string // scope, value
}

func (t *targets) add(value string, names map[string]*resolved) {
	kind, value, err := allow.Parse(value)
	if err != nil {
		return
	}
	switch kind {
	case allow.Address:
		p, _ := address.Parse(value)
		t.prefixes = append(t.prefixes, p)
	case allow.Name:
		if r := names[value]; r != nil {
			for _, a := range r.Addresses {
				t.prefixes = append(t.prefixes, netip.PrefixFrom(a, a.BitLen()))
			}
		}
	case allow.Scoped:
		scope, rest, _ := strings.Cut(value, ":")
		t.scoped = append(t.scoped, [2]string{scope, rest})
	}
}

// lift ends what is in force against what is allowed newly: on it, inside it, and on ranges around it. The gate is held
// alone, so that nothing is decided between the look and the end.
func (d *Decider) lift(ctx context.Context, t *targets) (Lift, error) {
	var out Lift
	now := d.now()
	found := map[int64]tocsin.Decision{}
	take := func(list []tocsin.Decision) {
		for _, dec := range list {
			found[dec.ID] = dec
		}
	}
	for _, p := range t.prefixes {
		q := inForce(p)
		take(d.index.Find(now, q))
		if !p.IsSingleIP() {
			q.Inside = true
			take(d.index.Find(now, q))
		}
	}
	for _, s := range t.scoped {
		q := inForce(netip.Prefix{})
		q.Scopes, q.Value = []string{s[0]}, s[1]
		take(d.index.Find(now, q))
	}
	if len(found) == 0 {
		return out, nil
	}
	ids := make([]int64, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	ended, err := d.store.EndDecisions(ctx, ids)
	if err != nil {
		return out, fmt.Errorf("lift %d decisions: %w", len(ids), err)
	}
	out.Count = len(ended)
	d.counts.lifted.Add(uint64(len(ended)))
	for _, id := range ended[:min(len(ended), maxLiftedListed)] {
		out.Lifted = append(out.Lifted, found[id])
	}
	if out.Count > 0 {
		d.log.Info("decisions were lifted: what they were on is allowed now", "count", out.Count, "first", out.Lifted[0].Value)
	}
	return out, nil
}
