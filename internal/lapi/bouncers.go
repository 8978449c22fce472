package lapi

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// bouncer is a row: one key as it comes from one address.
type bouncer struct {
	name   string
	gone   chan struct{}
	counts *bouncerCounts
	usage  *bucket

	mu    sync.Mutex
	row   store.Bouncer
	agent string // the User-Agent that row's type and version were read from
	dirty bool
}

// bouncers knows all rows, so that no request asks the store who it is.
type bouncers struct {
	o       Options
	metrics *metrics

	// change is held while the store is read or changed and mu's maps follow: what was read first must not come last.
	change sync.Mutex

	mu       sync.RWMutex
	byKey    map[string]*bouncer                // the rows that have the key itself
	byName   map[string]*bouncer                //
	children map[string]map[netip.Addr]*bouncer // by the parent's name
	loaded   time.Time
}

func newBouncers(o Options, m *metrics) *bouncers { return &bouncers{o: o, metrics: m} }

// load reads the rows. What is newer in memory stays: only use changes it, and that is ours.
func (b *bouncers) load(ctx context.Context) error {
	b.change.Lock()
	defer b.change.Unlock()
	return b.reload(ctx)
}

func (b *bouncers) reload(ctx context.Context) error {
	rows, err := b.o.Store.Bouncers(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.byName
	b.loaded = b.o.Now()
	b.byKey = make(map[string]*bouncer, len(rows))
	b.byName = make(map[string]*bouncer, len(rows))
	b.children = map[string]map[netip.Addr]*bouncer{}
	for _, row := range rows {
		k := old[row.Name]
		if k == nil || k.row.ID != row.ID || k.row.KeyHash != row.KeyHash {
			if k != nil {
				close(k.gone)
			}
			k = &bouncer{name: row.Name, gone: make(chan struct{}), row: row, counts: b.metrics.bouncer(row.Name), usage: newBucket(usageBurst)}
		}
		delete(old, row.Name)
		b.put(k)
	}
	for name, k := range old {
		close(k.gone)
		b.metrics.forgetBouncer(name)
	}
	return nil
}

// put enters a row. The caller holds mu.
func (b *bouncers) put(k *bouncer) {
	b.byName[k.name] = k
	if k.row.KeyHash != "" && k.row.Parent == "" {
		b.byKey[strings.ToLower(k.row.KeyHash)] = k
	}
	if k.row.Parent == "" {
		return
	}
	if ip, err := netip.ParseAddr(k.row.IP); err == nil {
		if b.children[k.row.Parent] == nil {
			b.children[k.row.Parent] = map[netip.Addr]*bouncer{}
		}
		b.children[k.row.Parent][ip] = k
	}
}

// changed reads anew after an administrator's change. Whether that works or not, what is held now must not be believed
// for longer.
func (b *bouncers) changed(ctx context.Context) {
	if err := b.load(context.WithoutCancel(ctx)); err != nil {
		b.o.Log.Warn("bouncers cannot be read: none is let in until they can", "error", err)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.byKey, b.loaded = nil, time.Time{}
	}
}

// stale reports whether the rows were read longer ago than a time.
func (b *bouncers) stale(than time.Duration) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.o.Now().Sub(b.loaded)
	return d >= than || d < 0
}

// hashKey is how a key is kept. It is the same work for every key, and what is compared afterwards tells nothing of it.
func hashKey(key string) string {
	sum := sha512.Sum512([]byte(key))
	return hex.EncodeToString(sum[:])
}

// missEvery is how often an unknown key makes the rows be read again: it may be new.
const missEvery = time.Second

// byAPIKey finds the row of a key, nil when there is none.
func (b *bouncers) byAPIKey(ctx context.Context, key string) *bouncer {
	hash := hashKey(key)
	if k := b.keyed(hash); k != nil {
		return k
	}
	if !b.stale(missEvery) {
		return nil
	}
	if err := b.load(ctx); err != nil {
		b.o.Log.Warn("bouncers cannot be read", "error", err)
	}
	return b.keyed(hash)
}

func (b *bouncers) keyed(hash string) *bouncer {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byKey[hash]
}

// at finds the row of a key for an address, and makes one when the key was known from another address only.
func (b *bouncers) at(ctx context.Context, k *bouncer, ip netip.Addr) (*bouncer, error) {
	b.mu.RLock()
	child := b.children[k.name][ip]
	b.mu.RUnlock()
	if child != nil {
		return child, nil
	}
	text := ip.String()
	k.mu.Lock()
	if k.row.IP == "" {
		k.row.IP, k.dirty = text, true
	}
	own := k.row.IP == text
	k.mu.Unlock()
	if own {
		return k, nil
	}
	return b.add(ctx, store.Bouncer{Name: k.name + "@" + text, AuthType: "api-key", IP: text, Parent: k.name})
}

// byCertificate finds or makes the row of a certificate's name for an address.
func (b *bouncers) byCertificate(ctx context.Context, name string, ip netip.Addr) (*bouncer, error) {
	row := store.Bouncer{Name: name + "@" + ip.String(), AuthType: "tls", IP: ip.String()}
	b.mu.RLock()
	k := b.byName[row.Name]
	b.mu.RUnlock()
	if k != nil && k.row.AuthType == "tls" {
		return k, nil
	}
	if k != nil {
		return nil, errOtherAuth
	}
	return b.add(ctx, row)
}

var errOtherAuth = errors.New("the name is one of somebody who does not come by certificate")

func (b *bouncers) add(ctx context.Context, row store.Bouncer) (*bouncer, error) {
	b.change.Lock()
	defer b.change.Unlock()
	b.mu.RLock()
	k, brothers := b.byName[row.Name], len(b.children[row.Parent])
	b.mu.RUnlock()
	if k != nil {
		return k, nil
	}
	if row.Parent != "" && brothers >= b.o.MaxPerKey {
		if err := b.forgetOldest(ctx, row.Parent); err != nil {
			return nil, err
		}
	}
	row.CreatedAt = b.o.Now()
	row.LastSeen = row.CreatedAt
	kept, err := b.o.Store.AddBouncer(ctx, row)
	if errors.Is(err, store.ErrExists) { // another server on the same store was first
		err = b.reload(ctx)
		b.mu.RLock()
		defer b.mu.RUnlock()
		if k := b.byName[row.Name]; k != nil {
			return k, err
		}
		return nil, errors.Join(err, errOtherAuth)
	}
	if err != nil {
		return nil, err
	}
	k = &bouncer{name: kept.Name, gone: make(chan struct{}), row: kept, counts: b.metrics.bouncer(kept.Name), usage: newBucket(usageBurst)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put(k)
	return k, nil
}

// forgetOldest removes the row of a key that was not seen for longest.
func (b *bouncers) forgetOldest(ctx context.Context, parent string) error {
	var oldest *bouncer
	var ip netip.Addr
	b.mu.RLock()
	for at, k := range b.children[parent] {
		if oldest == nil || k.lastSeen().Before(oldest.lastSeen()) {
			oldest, ip = k, at
		}
	}
	b.mu.RUnlock()
	if oldest == nil {
		return nil
	}
	if err := b.o.Store.DeleteBouncer(ctx, oldest.name); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byName[oldest.name] == oldest {
		delete(b.byName, oldest.name)
		delete(b.children[parent], ip)
		close(oldest.gone)
		b.metrics.forgetBouncer(oldest.name)
	}
	return nil
}

func (b *bouncers) size() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.byName)
}

// flush writes the rows that changed by use. What cannot be written stays for the next time.
func (b *bouncers) flush(ctx context.Context) error {
	b.mu.RLock()
	var rows []store.Bouncer
	var from []*bouncer
	for _, k := range b.byName {
		k.mu.Lock()
		if k.dirty {
			rows, from = append(rows, k.row), append(from, k)
			k.dirty = false
		}
		k.mu.Unlock()
	}
	b.mu.RUnlock()
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(x, y store.Bouncer) int { return strings.Compare(x.Name, y.Name) })
	err := b.o.Store.SaveBouncers(ctx, rows)
	if err != nil {
		for _, k := range from {
			k.mu.Lock()
			k.dirty = true
			k.mu.Unlock()
		}
	}
	return err
}

func (k *bouncer) lastSeen() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.row.LastSeen
}

// seenEvery is how exactly the store knows when somebody was last seen.
const seenEvery = time.Minute

// seen notes a request.
func (k *bouncer) seen(now time.Time, agent string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if d := now.Sub(k.row.LastSeen); d >= seenEvery || d < 0 {
		k.row.LastSeen, k.dirty = now, true
	}
	if agent != k.agent {
		k.agent = agent
		k.row.Type, k.row.Version = agentOf(agent)
		k.dirty = true
	}
}

// agentOf reads "type/version". What looks otherwise is all type.
func agentOf(agent string) (kind, version string) {
	const limit = 255
	if len(agent) > limit {
		agent = strings.ToValidUTF8(agent[:limit], "")
	}
	if kind, version, ok := strings.Cut(agent, "/"); ok && !strings.Contains(version, "/") {
		return kind, version
	}
	return agent, "N/A"
}

// cursor is how far the stream was served.
func (k *bouncer) cursor() verdict.Cursor {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.row.Cursor
}

// served moves the cursor on. It never goes back, because of two pulls at a time the later one counts; but for anew,
// which says that the one there was is of another state.
func (k *bouncer) served(c verdict.Cursor, now time.Time, anew bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.row.LastPull, k.dirty = now, true
	if anew {
		k.row.Cursor = c
		return
	}
	if c.Seq >= k.row.Cursor.Seq {
		k.row.Cursor.Seq = c.Seq
		if c.Time.After(k.row.Cursor.Time) {
			k.row.Cursor.Time = c.Time
		}
	}
}
