package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
)

// maxKey bounds a key that is given, in bytes. The least keeps out what can be guessed.
const (
	minKey = 16
	maxKey = 1024
)

func (s *Server) listBouncers(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	list, err := s.o.Store.Bouncers(c.Context())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b store.Bouncer) int { return cmp.Compare(a.Name, b.Name) })
	out := client.Page[client.Bouncer]{Items: make([]client.Bouncer, len(list))}
	for i, b := range list {
		out.Items[i] = s.bouncer(b)
	}
	return out, nil
}

func (s *Server) showBouncer(c *call) (any, error) {
	b, err := s.findBouncer(c, c.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return s.bouncer(b), nil
}

func (s *Server) findBouncer(c *call, name string) (store.Bouncer, error) {
	list, err := s.o.Store.Bouncers(c.Context())
	if err != nil {
		return store.Bouncer{}, err
	}
	for _, b := range list {
		if b.Name == name {
			return b, nil
		}
	}
	return store.Bouncer{}, noBouncer(name)
}

func noBouncer(name string) error {
	return &problem{404, fmt.Sprintf("there is no bouncer %q", name), "see 'tocsin bouncers list'"}
}

func (s *Server) addBouncer(c *call) (any, error) {
	var in client.NewBouncer
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target = in.Name
	if err := checkName("bouncer", in.Name); err != nil {
		return nil, err
	}
	key := in.Key
	switch {
	case key == "":
		key = secret()
	case len(key) < minKey || len(key) > maxKey:
		return nil, bad("leave it out to have one made", "a key has %d to %d bytes, this one %d", minKey, maxKey, len(key))
	case strings.TrimFunc(key, func(r rune) bool { return r > ' ' && r < 0x7f }) != "":
		return nil, bad("leave it out to have one made", "a key is made of printable ASCII characters without blanks: it travels in an HTTP header")
	}
	kept := hash(key)
	list, err := s.o.Store.Bouncers(c.Context())
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		if b.Name == in.Name {
			return nil, &problem{409, fmt.Sprintf("there is a bouncer %q already", in.Name), "delete it first, or choose another name"}
		}
		if b.KeyHash == kept {
			return nil, &problem{409, fmt.Sprintf("the bouncer %q has this key", b.Name), "give each bouncer a key of its own"}
		}
	}
	b, err := s.o.Store.AddBouncer(c.Context(), store.Bouncer{Name: in.Name, KeyHash: kept, AuthType: "api-key", CreatedAt: s.now()})
	if err != nil {
		return nil, err
	}
	return created{client.AddedBouncer{Bouncer: s.bouncer(b), Key: key}}, nil
}

func (s *Server) deleteBouncer(c *call) (any, error) {
	name := c.PathValue("name")
	if _, err := s.findBouncer(c, name); err != nil {
		return nil, err
	}
	if err := s.o.Store.DeleteBouncer(c.Context(), name); err != nil {
		return nil, err
	}
	return nil, nil
}

// pruneBouncers deletes those that were not seen for long. One whose key is used from several addresses stays while one
// of them is heard.
func (s *Server) pruneBouncers(c *call) (any, error) {
	before, in, err := s.prune(c)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Store.Bouncers(c.Context())
	if err != nil {
		return nil, err
	}
	alive := map[string]bool{}
	for _, b := range list {
		if b.Parent != "" && !seen(b).Before(before) {
			alive[b.Parent] = true
		}
	}
	out := client.Pruned{Names: []string{}}
	for _, b := range list {
		if seen(b).Before(before) && !alive[b.Name] {
			out.Names = append(out.Names, b.Name)
		}
	}
	slices.Sort(out.Names)
	if in.DryRun {
		return out, nil
	}
	return out, s.each(c, out.Names, s.o.Store.DeleteBouncer)
}

// seen is when a bouncer was last heard of, or made.
func seen(b store.Bouncer) time.Time {
	t := b.CreatedAt
	for _, u := range []time.Time{b.LastSeen, b.LastPull} {
		if u.After(t) {
			t = u
		}
	}
	return t
}

func (s *Server) bouncer(b store.Bouncer) client.Bouncer {
	out := client.Bouncer{
		Name: b.Name, CreatedAt: b.CreatedAt, UpdatedAt: seen(b), IPAddress: b.IP, Type: b.Type, Version: b.Version,
		LastPull: moment(b.LastPull), AuthType: b.AuthType, OS: b.OS, Parent: b.Parent, AutoCreated: b.Parent != "" || b.AuthType == "tls",
	}
	if seq := s.o.Decider.Index().Seq(); !b.LastPull.IsZero() && seq > b.Cursor.Seq {
		out.Lag = seq - b.Cursor.Seq
	}
	return out
}

// moment is nil for no time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
