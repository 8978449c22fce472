package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tocsin.example/client"
	"tocsin.example/internal/store"
	"tocsin.example/internal/wire"
)

const (
	// eventsPage is how many alerts with their events and evidence, up to about 200 KiB each, are answered at once.
	eventsPage = 100
	// decisionsPage is after how many decisions a page of alerts ends.
	decisionsPage = 20_000
)

// alertChoice reads which alerts are meant.
func (s *Server) alertChoice(p *params) (f store.AlertFilter, chosen bool) {
	now := s.now()
	f = store.AlertFilter{
		IDs: p.ids("id"), Prefix: p.prefix("prefix"), Scope: wire.Scope(p.text("scope")), Value: p.text("value"),
		Scenario: p.text("scenario"), Machine: p.text("machine"), Kind: p.text("kind"), Origin: p.text("origin"),
		DecisionType: p.text("type"), Since: p.time("since", now), Until: p.time("until", now), Active: p.maybe("active"),
		Simulated: p.maybe("simulated"),
	}
	chosen = len(f.IDs) > 0 || f.Prefix.IsValid() || !f.Since.IsZero() || !f.Until.IsZero() || f.Active != nil || f.Simulated != nil ||
		cmp.Or(f.Scope, f.Value, f.Scenario, f.Machine, f.Kind, f.Origin, f.DecisionType) != ""
	f.Inside = p.flag("inside")
	if f.Inside && !f.Prefix.IsValid() {
		p.fail("inside", "needs an address or a range")
	}
	return f, chosen
}

func (s *Server) listAlerts(c *call) (any, error) {
	p := c.params()
	f, _ := s.alertChoice(p)
	f.WithoutCentral = !p.flag("central") && f.Origin == ""
	f.WithoutEvents = !p.flag("events")
	f.Oldest = p.flag("oldest")
	counts := p.flag("counts")
	limit, after := p.page()
	if !f.WithoutEvents {
		limit = min(limit, eventsPage)
	}
	seekAlerts(p, &f, after)
	if err := p.done(); err != nil {
		return nil, err
	}
	f.Limit = limit + 1
	out := client.Page[client.Alert]{Items: []client.Alert{}}
	now := s.now()
	last, decisions := int64(0), 0
	for a, err := range s.o.Store.FindAlerts(c.Context(), f) {
		if err != nil {
			return nil, err
		}
		if len(out.Items) == limit || decisions > decisionsPage {
			out.Next = strconv.FormatInt(last, 10)
			if f.Oldest {
				out.Next = "o" + strconv.Itoa(f.Offset+len(out.Items))
			}
			break
		}
		last = a.ID
		item := alert(a, now)
		if counts {
			item.Counts, item.Decisions = count(item.Decisions), []client.Decision{}
		} else {
			decisions += len(item.Decisions)
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// count counts decisions by type, simulated ones apart, as lists show them.
func count(list []client.Decision) map[string]int {
	n := map[string]int{}
	for _, d := range list {
		name := d.Type
		if d.Simulated {
			name = "(simul)" + name
		}
		n[name]++
	}
	return n
}

// seekAlerts goes to where the page before ended: below a number, or, oldest first, behind so many.
func seekAlerts(p *params, f *store.AlertFilter, after string) {
	if after == "" {
		return
	}
	text, oldest := strings.CutPrefix(after, "o")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || oldest != f.Oldest {
		p.fail("after", "%q is not what a page's next was", after)
		return
	}
	if oldest {
		f.Offset = int(n)
		return
	}
	f.Before = n
}

// id reads the number in the path.
func (c *call) id(what string) (int64, error) {
	n, err := strconv.ParseInt(c.PathValue("id"), 10, 64)
	if err != nil || n <= 0 {
		return 0, bad("", "%q is no number of %s", cut(c.PathValue("id"), 60), what)
	}
	return n, nil
}

func (s *Server) showAlert(c *call) (any, error) {
	id, err := c.id("an alert")
	if err != nil {
		return nil, err
	}
	a, err := s.o.Store.Alert(c.Context(), id)
	if err != nil {
		return nil, noAlert(id, err)
	}
	return alert(a, s.now()), nil
}

func noAlert(id int64, err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return &problem{http.StatusNotFound, fmt.Sprintf("there is no alert %d", id), "see 'tocsin alerts list'"}
	}
	return err
}

func (s *Server) deleteAlerts(c *call) (any, error) {
	p := c.params()
	f, chosen := s.alertChoice(p)
	all := p.flag("all")
	if err := p.done(); err != nil {
		return nil, err
	}
	c.target = cut(c.URL.RawQuery, 255)
	if !chosen && !all {
		return nil, bad("say which, or add all=true to mean all of them", "this would delete every alert")
	}
	n, err := s.o.Decider.DeleteAlerts(c.Context(), f)
	if err != nil {
		return nil, err
	}
	c.detail = fmt.Sprintf("%d deleted", n)
	return client.Deleted{Deleted: n}, nil
}

func (s *Server) deleteAlert(c *call) (any, error) {
	id, err := c.id("an alert")
	if err != nil {
		return nil, err
	}
	n, err := s.o.Decider.DeleteAlerts(c.Context(), store.AlertFilter{IDs: []int64{id}})
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, noAlert(id, store.ErrNotFound)
	}
	return nil, nil
}

func (s *Server) flushAlerts(c *call) (any, error) {
	var in client.Flush
	if err := c.read(&in); err != nil {
		return nil, err
	}
	r := store.Retention{AlertCount: in.MaxItems}
	if in.MaxItems < 0 {
		return nil, bad("", "max_items: %d is less than none", in.MaxItems)
	}
	if in.MaxAge != "" {
		d, err := parseDuration("max_age", in.MaxAge)
		if err != nil {
			return nil, err
		}
		r.AlertAge = d
	}
	if r == (store.Retention{}) {
		return nil, bad("give max_items or max_age", "nothing says what to keep")
	}
	c.target = fmt.Sprintf("max_items=%d max_age=%s", in.MaxItems, in.MaxAge)
	t, err := s.o.Store.Tidy(c.Context(), r)
	if err != nil {
		return nil, err
	}
	c.detail = fmt.Sprintf("%d deleted", t.Alerts)
	return client.Deleted{Deleted: t.Alerts}, nil
}
