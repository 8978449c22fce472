package lapi

import (
	"context"

	"tocsin.example/internal/store"
)

// Watch returns the store for those who administer bouncers and machines: a key or a token that they take away is void
// when their call returns. Without it the server would notice within [Options.Refresh].
func (s *Server) Watch() store.Store { return watched{Store: s.o.Store, s: s} }

type watched struct {
	store.Store
	s *Server
}

func (w watched) AddBouncer(ctx context.Context, b store.Bouncer) (store.Bouncer, error) {
	b, err := w.Store.AddBouncer(ctx, b)
	w.s.bouncers.changed(ctx)
	return b, err
}

func (w watched) DeleteBouncer(ctx context.Context, name string) error {
	err := w.Store.DeleteBouncer(ctx, name)
	w.s.bouncers.changed(ctx)
	return err
}

// Bouncers writes first what is known in memory only, so that an administrator sees it.
func (w watched) Bouncers(ctx context.Context) ([]store.Bouncer, error) {
	if err := w.s.bouncers.flush(ctx); err != nil {
		return nil, err
	}
	return w.Store.Bouncers(ctx)
}

func (w watched) AddMachine(ctx context.Context, m store.Machine) error {
	err := w.Store.AddMachine(ctx, m)
	w.s.machines.changed(ctx)
	return err
}

func (w watched) ChangeMachine(ctx context.Context, name string, f func(*store.Machine) error) error {
	err := w.Store.ChangeMachine(ctx, name, f)
	w.s.machines.changed(ctx)
	return err
}

func (w watched) DeleteMachine(ctx context.Context, name string) error {
	err := w.Store.DeleteMachine(ctx, name)
	w.s.machines.changed(ctx)
	return err
}

// Machines writes first what is known in memory only.
func (w watched) Machines(ctx context.Context) ([]store.Machine, error) {
	if err := w.s.machines.flush(ctx); err != nil {
		return nil, err
	}
	return w.Store.Machines(ctx)
}
