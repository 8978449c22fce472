package lapi

import (
	"context"
	"errors"
	"sync"
	"time"

	"tocsin.example/internal/store"
)

// machine is what requests of a machine need to know of it.
type machine struct {
	name      string
	epoch     int64
	validated bool
	counts    *machineCounts
	usage     *bucket

	mu        sync.Mutex
	heartbeat time.Time // later than the store's; zero for none
	pushed    time.Time
	agent     string
	version   string
}

// machines knows all machines, so that no request asks the store whether a token is still good.
type machines struct {
	o       Options
	metrics *metrics

	change sync.Mutex // as that of bouncers

	mu     sync.RWMutex
	byName map[string]*machine
	loaded time.Time
}

func newMachines(o Options, m *metrics) *machines { return &machines{o: o, metrics: m} }

func (m *machines) load(ctx context.Context) error {
	m.change.Lock()
	defer m.change.Unlock()
	rows, err := m.o.Store.Machines(ctx)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.byName
	m.loaded = m.o.Now()
	m.byName = make(map[string]*machine, len(rows))
	for _, row := range rows {
		k := &machine{name: row.Name, epoch: row.Epoch, validated: row.Validated}
		if was := old[row.Name]; was != nil && was.epoch == row.Epoch && was.validated == row.Validated {
			k = was
		} else {
			k.counts, k.usage = m.metrics.machine(row.Name), newBucket(usageBurst)
		}
		delete(old, row.Name)
		m.byName[row.Name] = k
	}
	for name := range old {
		m.metrics.forgetMachine(name)
	}
	return nil
}

// changed reads anew after an administrator's change; if that fails, nobody is believed until it works.
func (m *machines) changed(ctx context.Context) {
	if err := m.load(context.WithoutCancel(ctx)); err != nil {
		m.o.Log.Warn("machines cannot be read: none is let in until they can", "error", err)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.byName, m.loaded = nil, time.Time{}
	}
}

func (m *machines) stale(than time.Duration) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.o.Now().Sub(m.loaded)
	return d >= than || d < 0
}

func (m *machines) known(name string) *machine {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.byName[name]
}

// find returns a machine, nil when there is none.
func (m *machines) find(ctx context.Context, name string) *machine {
	if k := m.known(name); k != nil {
		return k
	}
	if !m.stale(missEvery) {
		return nil
	}
	if err := m.load(ctx); err != nil {
		m.o.Log.Warn("machines cannot be read", "error", err)
	}
	return m.known(name)
}

func (m *machines) size() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.byName)
}

// flush writes when machines were last heard of.
func (m *machines) flush(ctx context.Context) error {
	m.mu.RLock()
	var dirty []*machine
	for _, k := range m.byName {
		k.mu.Lock()
		if !k.heartbeat.IsZero() || !k.pushed.IsZero() || k.version != "" {
			dirty = append(dirty, k)
		}
		k.mu.Unlock()
	}
	m.mu.RUnlock()
	var errs []error
	for _, k := range dirty {
		errs = append(errs, m.save(ctx, k))
	}
	return errors.Join(errs...)
}

func (m *machines) save(ctx context.Context, k *machine) error {
	k.mu.Lock()
	beat, push, version := k.heartbeat, k.pushed, k.version
	k.mu.Unlock()
	err := m.o.Store.ChangeMachine(ctx, k.name, func(row *store.Machine) error {
		if beat.After(row.LastHeartbeat) {
			row.LastHeartbeat = beat
		}
		if push.After(row.LastPush) {
			row.LastPush = push
		}
		if version != "" {
			row.Version = version
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.heartbeat.Equal(beat) {
		k.heartbeat = time.Time{}
	}
	if k.pushed.Equal(push) {
		k.pushed = time.Time{}
	}
	if k.version == version {
		k.version = ""
	}
	return nil
}

// beat notes a sign of life.
func (k *machine) beat(now time.Time, agent string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.heartbeat = now
	k.saw(agent)
}

// push notes that alerts came.
func (k *machine) push(now time.Time, agent string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pushed = now
	k.saw(agent)
}

func (k *machine) saw(agent string) {
	if agent == k.agent {
		return
	}
	k.agent = agent
	if _, version := agentOf(agent); version != "N/A" {
		k.version = version
	}
}
