package lapi

import (
	"errors"
	"iter"
	"net/http"
	"time"

	"tocsin.example"
	"tocsin.example/internal/verdict"
	"tocsin.example/internal/wire"
)

// The push stream is Server-Sent Events. An event "decisions" has {"deleted": [...], "new": [...]}: what is deleted goes
// first, then what is new comes. What does not fit into one comes in several, of which only the last has an id: who is
// cut off before it asks again from where it was. An event "reset" says that what the client has is void; what is in force
// follows, and until its end the client has no id. Heartbeats move the id on.
//
// Nothing is kept for a client that reads slowly: what is sent is read from the index when there is room, and who takes
// no piece for a while is cut off.

// What an event may hold.
const (
	eventDecisions = 250 // 64 KiB a line is what many readers of lines take
	typeEvents     = "text/event-stream; charset=utf-8"
)

// expiryEvery is how exactly pushes tell of what ends by its time.
const expiryEvery = time.Second

// pusher is one push stream.
type pusher struct {
	c      *call
	o      *output
	st     streamed
	cursor verdict.Cursor
	fresh  bool   // the client has nothing that counts: what comes first is a reset
	why    string // of the reset
}

func push(c *call) {
	p, err := newPusher(c)
	if err != nil {
		c.bad(err)
		return
	}
	select {
	case c.s.pushes <- struct{}{}:
		defer func() { <-c.s.pushes }()
	default:
		c.later(http.StatusServiceUnavailable, time.Second, "too many push streams at a time")
		return
	}
	if !c.s.ready.Load() {
		c.later(http.StatusServiceUnavailable, time.Second, "the server is stopping")
		return
	}
	c.s.metrics.pushing.Inc()
	defer c.s.metrics.pushing.Dec()
	h := c.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // of nginx in between
	p.o = c.output(typeEvents)
	defer p.o.free()
	p.o.buf = append(p.o.buf, ": push stream of Tocsin\n\n"...)
	if err := p.run(); err != nil {
		c.s.log.Debug("a push stream was cut off", "bouncer", c.bouncer.name, "error", err)
	}
}

func newPusher(c *call) (*pusher, error) {
	q := c.query()
	p := &pusher{c: c, st: q.streamed()}
	startup, given := truth(q.text("startup"))
	if q.err != nil {
		return nil, q.err
	}
	from := c.r.Header.Get("Last-Event-ID")
	asked := from == ""
	if asked {
		from = q.text("cursor")
	}
	if from != "" && (!asked || !startup) {
		at, ok := verdict.ParseCursor(from)
		if !ok && asked {
			return nil, errors.New("the cursor is none: send the id of an event as it was")
		}
		p.cursor, p.fresh, p.why = at, !ok, "gap"
		return p, nil
	}
	if given && !startup { // only what happens from now on
		p.cursor = verdict.Cursor{Seq: c.s.o.Index.Seq(), Time: c.now}
		return p, nil
	}
	p.fresh, p.why = true, "startup"
	return p, nil
}

func (p *pusher) run() error {
	s, ctx := p.c.s, p.c.r.Context()
	beat := time.NewTicker(s.o.Heartbeat)
	defer beat.Stop()
	expiry := time.NewTicker(expiryEvery)
	defer expiry.Stop()
	if err := p.o.piece(); err != nil { // so that the client knows that it is let in
		return err
	}
	for {
		changed := s.o.Index.Changed()
		if err := p.send(); err != nil {
			return err
		}
		select {
		case <-changed:
			if !pause(p.c, s.o.PushPause) {
				return nil
			}
		case <-expiry.C:
		case <-beat.C:
			if err := p.heartbeat(); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		case <-s.stopping:
			return nil
		case <-p.c.bouncer.gone:
			return nil
		}
		p.c.now = s.o.Now()
	}
}

// pause lets changes come together.
func pause(c *call, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.r.Context().Done():
	case <-c.s.stopping:
	case <-c.bouncer.gone:
	}
	return false
}

// send tells what changed since the cursor.
func (p *pusher) send() error {
	x := p.c.s.o.Index
	var d verdict.Delta
	if !p.fresh {
		d = x.Since(p.c.now, p.cursor, p.st.filter, p.st.dedup)
		if d.Reset {
			p.fresh, p.why = true, "gap"
		}
	}
	if p.fresh && !d.Reset {
		d = x.All(p.c.now, p.st.filter, p.st.dedup)
	}
	reset := p.fresh
	if reset {
		// The empty id makes the client ask for everything again if it is cut off before the end.
		p.o.buf = append(p.o.buf, "id:\nevent: reset\ndata: {\"reason\":\""+p.why+"\"}\n\n"...)
	}
	e := &event{p: p}
	var err error
	if !reset { // after a reset there is nothing to delete
		err = e.add(d.Ended, wire.Ended)
	}
	if err == nil {
		err = e.add(d.New, wire.New)
	}
	if err == nil {
		err = whole(d) // a client that is cut off comes again with its last id
	}
	if err != nil {
		return err
	}
	p.cursor, p.fresh = d.Next, false
	return e.last(reset)
}

// event is one that is being written.
type event struct {
	p    *pusher
	form wire.Form
	n    int  // decisions in it
	any  bool // there was one before it
}

func (e *event) add(list iter.Seq[tocsin.Decision], form wire.Form) error {
	if list == nil {
		return nil
	}
	o, all := e.p.o, e.p.st.narrow.all()
	for d := range list {
		if !all && !e.p.st.narrow.has(&d) {
			continue
		}
		switch {
		case e.n == 0 && form == wire.Ended:
			o.buf = append(o.buf, "event: decisions\ndata: {\"deleted\": ["...)
		case e.n == 0:
			o.buf = append(o.buf, "event: decisions\ndata: {\"deleted\": [], \"new\": ["...)
		case e.form != form:
			o.buf = append(o.buf, "], \"new\": ["...)
		default:
			o.buf = append(o.buf, ',')
		}
		e.form, e.n, e.any = form, e.n+1, true
		o.buf = wire.AppendDecision(o.buf, &d, e.p.c.now, form)
		if e.n == eventDecisions {
			e.close()
		}
		if err := o.full(); err != nil {
			return err
		}
	}
	return nil
}

// close ends the text of an event but for its id.
func (e *event) close() {
	if e.n == 0 {
		return
	}
	o := e.p.o
	if e.form == wire.Ended {
		o.buf = append(o.buf, "], \"new\": ["...)
	}
	o.buf = append(o.buf, "]}\n\n"...)
	e.n = 0
}

// last ends what there is with the id of the cursor, and sends it. Without anything to tell it sends nothing.
func (e *event) last(reset bool) error {
	o := e.p.o
	if !e.any && !reset {
		return nil
	}
	if e.n > 0 {
		e.close()
		o.buf = o.buf[:len(o.buf)-1] // open the event again for its id
	}
	// An id without data is no event, it only moves the client's id on.
	e.p.id()
	o.buf = append(o.buf, '\n')
	return o.piece()
}

func (p *pusher) id() {
	p.o.buf = append(p.o.buf, "id: "+p.cursor.String()+"\n"...)
}

func (p *pusher) heartbeat() error {
	p.o.buf = append(p.o.buf, ": heartbeat\n"...)
	p.id()
	p.o.buf = append(p.o.buf, '\n')
	return p.o.piece()
}
