package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/store"
)

// tokenMark stands in front of every token, so that one that got into a file or a log is found.
const tokenMark = "tocsin_"

func (s *Server) listTokens(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	list, err := s.o.Store.Tokens(c.Context())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b store.Token) int { return cmp.Compare(a.Name, b.Name) })
	out := client.Page[client.Token]{Items: make([]client.Token, len(list))}
	for i, t := range list {
		out.Items[i] = token(t)
	}
	return out, nil
}

func token(t store.Token) client.Token {
	return client.Token{Name: t.Name, Role: t.Role, CreatedAt: t.CreatedAt, Expires: moment(t.Expires), LastUsed: moment(t.LastUsed)}
}

func (s *Server) addToken(c *call) (any, error) {
	var in client.NewToken
	if err := c.read(&in); err != nil {
		return nil, err
	}
	c.target, c.detail = in.Name, cut("role "+in.Role, 60)
	if err := checkName("token", in.Name); err != nil {
		return nil, err
	}
	if _, ok := parseRole(in.Role); !ok {
		return nil, bad("roles are viewer, operator and admin", "there is no role %q", cut(in.Role, 60))
	}
	text := tokenMark + secret()
	t := store.Token{Name: in.Name, Hash: hash(text), Role: in.Role, CreatedAt: s.now()}
	if in.Expires != "" {
		d, err := parseDuration("expires", in.Expires)
		if err != nil {
			return nil, err
		}
		t.Expires = t.CreatedAt.Add(d)
	}
	err := s.o.Store.AddToken(c.Context(), t)
	if errors.Is(err, store.ErrExists) {
		return nil, &problem{http.StatusConflict, fmt.Sprintf("there is a token %q already", in.Name), "delete it first, or choose another name"}
	}
	if err != nil {
		return nil, err
	}
	s.tokens.forget()
	return created{client.AddedToken{Token: token(t), Secret: text}}, nil
}

func (s *Server) deleteToken(c *call) (any, error) {
	name := c.PathValue("name")
	err := s.o.Store.DeleteToken(c.Context(), name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &problem{http.StatusNotFound, fmt.Sprintf("there is no token %q", name), "see 'tocsin tokens list'"}
	}
	if err != nil {
		return nil, err
	}
	s.tokens.forget()
	return nil, nil
}

func (s *Server) audit(c *call) (any, error) {
	p := c.params()
	limit, after := p.page()
	before := p.below(after)
	if err := p.done(); err != nil {
		return nil, err
	}
	list, err := s.o.Store.Audit(c.Context(), before, limit+1)
	if err != nil {
		return nil, err
	}
	out := client.Page[client.Audit]{Items: []client.Audit{}}
	for i, e := range list {
		if i == limit {
			out.Next = strconv.FormatInt(list[limit-1].ID, 10)
			break
		}
		out.Items = append(out.Items, client.Audit(e))
	}
	return out, nil
}

// backup streams the state. It goes to the audit log before, so that no copy leaves unseen.
func (s *Server) backup(c *call) (any, error) {
	if err := c.params().done(); err != nil {
		return nil, err
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="tocsin-`+s.now().UTC().Format("20060102-150405")+`.backup"`)
	h.Set("Cache-Control", "no-store")
	w := &patient{w: c.w, control: http.NewResponseController(c.w)}
	err := s.o.Store.Backup(c.Context(), w)
	switch {
	case err == nil:
		return answered{}, nil
	case w.begun:
		s.log.Error("a backup broke off", "error", err)
		panic(http.ErrAbortHandler) // the client must not take it for whole
	}
	for _, k := range []string{"Content-Type", "Content-Disposition"} {
		h.Del(k)
	}
	return nil, fmt.Errorf("write backup: %w", err)
}

// patient is a writer to a client that may be slow, but must go on reading.
type patient struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

func (p *patient) Write(b []byte) (int, error) {
	p.begun = true
	_ = p.control.SetWriteDeadline(time.Now().Add(answerTime)) // as for patience
	return p.w.Write(b)
}
