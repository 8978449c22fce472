package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
)

const (
	checksMost  = 1000
	liftedFirst = 20
)

func (s *Server) listAllowlists(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	lists, err := s.o.Store.Allowlists(c.Context())
	if err != nil {
		return nil, err
	}
	out := client.Page[client.Allowlist]{Items: make([]client.Allowlist, len(lists))}
	for i, l := range lists {
		out.Items[i] = allowlist(l, false)
	}
	return out, nil
}

func (s *Server) showAllowlist(c *call) (any, error) {
	l, err := s.findAllowlist(c, c.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return allowlist(l, true), nil
}

func (s *Server) findAllowlist(c *call, name string) (store.Allowlist, error) {
	lists, err := s.o.Store.Allowlists(c.Context())
	if err != nil {
		return store.Allowlist{}, err
	}
	for _, l := range lists {
		if l.Name == name {
			return l, nil
		}
	}
	return store.Allowlist{}, noAllowlist(name, store.ErrNotFound)
}

// noAllowlist names the list that there is not; other errors are the caller's or the store's.
func noAllowlist(name string, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &problem{http.StatusNotFound, fmt.Sprintf("there is no allowlist %q", name), "make it with 'tocsin allowlists create', or see 'tocsin allowlists list'"}
	}
	return err
}

func (s *Server) createAllowlist(c *call) (any, error) {
	var in client.NewAllowlist
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target = in.Name
	if err := checkName("allowlist", in.Name); err != nil {
		return nil, err
	}
	err := s.o.Decider.CreateAllowlist(c.Context(), in.Name, in.Description)
	if errors.Is(err, store.ErrExists) {
		return nil, &problem{http.StatusConflict, fmt.Sprintf("there is an allowlist %q already", in.Name), ""}
	}
	if err != nil {
		return nil, ours(err)
	}
	l, err := s.findAllowlist(c, in.Name)
	if err != nil {
		return nil, err
	}
	return created{allowlist(l, true)}, nil
}

func (s *Server) deleteAllowlist(c *call) (any, error) {
	name := c.PathValue("name")
	if err := s.o.Decider.DeleteAllowlist(c.Context(), name); err != nil {
		return nil, noAllowlist(name, err)
	}
	return nil, nil
}

func (s *Server) addAllowed(c *call) (any, error) {
	var in client.AllowItems
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if len(in.Items) == 0 {
		return nil, bad("", "there are no items")
	}
	now := s.now()
	items := make([]store.AllowItem, len(in.Items))
	for i, x := range in.Items {
		items[i] = store.AllowItem{Value: strings.TrimSpace(x.Value), Comment: x.Comment}
		if x.Expires != "" {
			d, err := parseDuration("expires", x.Expires)
			if err != nil {
				return nil, err
			}
			items[i].Expires = now.Add(d)
		}
	}
	name := c.PathValue("name")
	c.detail = fmt.Sprintf("add %d: %s", len(items), values(items))
	got, err := s.o.Decider.AddAllowed(c.Context(), name, items)
	if err != nil {
		return nil, ours(noAllowlist(name, err))
	}
	c.detail += fmt.Sprintf("; %d decisions lifted", got.Count)
	return created{client.AllowChange{
		Added: got.Added, Changed: got.Changed, Lifted: got.Count, LiftedFirst: decisions(got.Lifted[:min(len(got.Lifted), liftedFirst)], now),
		Unresolved: got.Unresolved,
	}}, nil
}

// values names the first few.
func values(items []store.AllowItem) string {
	var b strings.Builder
	for i, it := range items {
		if i == 10 {
			b.WriteString(" ...")
			break
		}
		b.WriteString(" " + it.Value)
	}
	return strings.TrimSpace(b.String())
}

func (s *Server) removeAllowed(c *call) (any, error) {
	var in struct {
		Values []string `json:"values"`
	}
	if err := c.read(&in); err != nil {
		return nil, err
	}
	if len(in.Values) == 0 {
		return nil, bad("", "there are no values")
	}
	name := c.PathValue("name")
	c.detail = fmt.Sprintf("remove %d: %s", len(in.Values), cut(strings.Join(in.Values, " "), 200))
	removed, missing, err := s.o.Decider.RemoveAllowed(c.Context(), name, in.Values)
	if err != nil {
		return nil, noAllowlist(name, err)
	}
	return client.AllowChange{Removed: removed, Missing: missing}, nil
}

func (s *Server) check(c *call) (any, error) {
	p := c.params()
	list := p.all("value")
	if len(list) == 0 || len(list) > checksMost {
		p.fail("value", "want 1 to %d", checksMost)
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	out := client.Page[client.AllowCheck]{Items: make([]client.AllowCheck, len(list))}
	for i, v := range list {
		a := client.AllowCheck{Value: v}
		for n, it := range s.o.Decider.Allowed(v) {
			if n == 0 {
				a.Allowed, a.Reason = true, it.Reason()
			} else {
				a.Others = append(a.Others, it.Reason())
			}
		}
		out.Items[i] = a
	}
	return out, nil
}

// ours gives the decider's plain errors, which are about what it was given, the status that says so.
func ours(err error) error {
	for _, e := range []error{store.ErrNotFound, store.ErrExists, store.ErrFull, store.ErrBusy, store.ErrClosed, store.ErrCorrupt} {
		if errors.Is(err, e) {
			return err
		}
	}
	if _, ok := errors.AsType[*problem](err); ok {
		return err
	}
	return bad("", "%v", err)
}

func allowlist(l store.Allowlist, whole bool) client.Allowlist {
	out := client.Allowlist{
		ID: l.ID, Name: l.Name, Description: l.Description, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt, Size: len(l.Items),
		Items: []client.AllowItem{},
	}
	if !whole {
		return out
	}
	for _, it := range l.Items {
		out.Items = append(out.Items, client.AllowItem{
			Value: it.Value, Comment: it.Comment, CreatedAt: it.CreatedAt.UTC().Truncate(time.Second), Expires: moment(it.Expires),
		})
	}
	return out
}
