package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

// minPassword keeps out what can be guessed, in bytes.
const minPassword = 8

func (s *Server) listMachines(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	list, err := s.o.Store.Machines(c.Context())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b store.Machine) int { return cmp.Compare(a.Name, b.Name) })
	out := client.Page[client.Machine]{Items: make([]client.Machine, len(list))}
	for i, m := range list {
		out.Items[i] = machine(m)
		out.Items[i].Scenarios = nil // thousands each: showMachine has them
	}
	return out, nil
}

func (s *Server) showMachine(c *call) (any, error) {
	name := c.PathValue("name")
	m, err := s.o.Store.Machine(c.Context(), name)
	if err != nil {
		return nil, noMachine(name, err)
	}
	return machine(m), nil
}

// noMachine names the machine that there is not.
func noMachine(name string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &problem{404, fmt.Sprintf("there is no machine %q", name), "see 'tocsin machines list'"}
	}
	return err
}

func (s *Server) addMachine(c *call) (any, error) {
	var in client.NewMachine
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target = in.Name
	if err := checkName("machine", in.Name); err != nil {
		return nil, err
	}
	password := in.Password
	if password == "" {
		password = secret()
	}
	if len(password) < minPassword || len(password) > wire.MaxPassword {
		return nil, bad("leave it out to have one made", "a password has %d to %d bytes, this one %d", minPassword, wire.MaxPassword, len(password))
	}
	kept, err := s.o.HashPassword(password)
	if err != nil {
		return nil, fmt.Errorf("keep the password: %w", err)
	}
	now := s.now()
	m := store.Machine{Name: in.Name, PasswordHash: kept, AuthType: "password", Validated: true, CreatedAt: now, UpdatedAt: now}
	err = s.o.Store.AddMachine(c.Context(), m)
	if errors.Is(err, store.ErrExists) {
		if !in.Force {
			return nil, &problem{409, fmt.Sprintf("there is a machine %q already", in.Name), "add --force to give it a new password"}
		}
		err = s.o.Store.ChangeMachine(c.Context(), in.Name, func(old *store.Machine) error {
			old.PasswordHash, old.AuthType, old.Validated, old.UpdatedAt = kept, "password", true, now
			old.Epoch++ // who logged in with the old password is out
			m = *old
			return nil
		})
		c.detail = "new password"
	}
	if err != nil {
		return nil, err
	}
	return created{client.AddedMachine{Machine: machine(m), Password: password}}, nil
}

func (s *Server) validateMachine(c *call) (any, error) {
	name := c.PathValue("name")
	err := s.o.Store.ChangeMachine(c.Context(), name, func(m *store.Machine) error {
		m.Validated, m.UpdatedAt = true, s.now()
		return nil
	})
	if err != nil {
		return nil, noMachine(name, err)
	}
	return nil, nil
}

func (s *Server) deleteMachine(c *call) (any, error) {
	name := c.PathValue("name")
	if err := s.o.Store.DeleteMachine(c.Context(), name); err != nil {
		return nil, noMachine(name, err)
	}
	return nil, nil
}

// pruneMachines deletes those that were not heard of for long, or only those of them that wait for their validation.
func (s *Server) pruneMachines(c *call) (any, error) {
	before, in, err := s.prune(c)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Store.Machines(c.Context())
	if err != nil {
		return nil, err
	}
	out := client.Pruned{Names: []string{}}
	for _, m := range list {
		last := m.CreatedAt
		for _, t := range []time.Time{m.LastHeartbeat, m.LastPush, m.LastLogin} {
			if t.After(last) {
				last = t
			}
		}
		if last.Before(before) && (!in.NotValidatedOnly || !m.Validated) {
			out.Names = append(out.Names, m.Name)
		}
	}
	slices.Sort(out.Names)
	if in.DryRun {
		return out, nil
	}
	return out, s.each(c, out.Names, s.o.Store.DeleteMachine)
}

// prune reads what is stale.
func (s *Server) prune(c *call) (before time.Time, in client.Prune, err error) {
	if err := c.read(&in); err != nil {
		return before, in, err
	}
	d, err := parseDuration("older_than", in.OlderThan)
	if err != nil {
		return before, in, err
	}
	c.detail, c.looked = "not heard of for "+in.OlderThan, in.DryRun
	return s.now().Add(-d), in, nil
}

// each deletes by name; those that are gone meanwhile are.
func (*Server) each(c *call, names []string, del func(context.Context, string) error) error {
	for _, name := range names {
		if err := del(c.Context(), name); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	c.target = cut(strings.Join(names, " "), 255)
	return nil
}

func machine(m store.Machine) client.Machine {
	return client.Machine{
		Name: m.Name, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, LastPush: moment(m.LastPush), LastHeartbeat: moment(m.LastHeartbeat),
		LastLogin: moment(m.LastLogin), IPAddress: m.IP, Version: m.Version, Validated: m.Validated, AuthType: m.AuthType, OS: m.OS,
		Scenarios: m.Scenarios,
	}
}
