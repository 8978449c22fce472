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

// streamed is what a stream or a push is asked for.
type streamed struct {
	filter verdict.Filter
	narrow narrow
	dedup  bool
}

func (q *query) streamed() streamed {
	st := streamed{filter: q.filter(), narrow: q.narrow(), dedup: q.bool("dedup", true)}
	if st.filter.Scopes == nil {
		st.filter.Scopes = []string{tocsin.ScopeIP, tocsin.ScopeRange}
	}
	return st
}

// stream is a bouncer's pull: with startup everything, else what changed since its last one.
func stream(c *call) {
	q := c.query()
	st := q.streamed()
	startup, _ := truth(q.text("startup")) // what is neither is a delta, as ever
	if q.err != nil {
		c.bad(q.err)
		return
	}
	if !c.s.ready.Load() {
		c.later(http.StatusServiceUnavailable, time.Second, "the server is stopping")
		return
	}
	var d verdict.Delta
	if startup {
		d = c.s.o.Index.All(c.now, st.filter, st.dedup)
	} else {
		d = c.s.o.Index.Since(c.now, c.bouncer.cursor(), st.filter, st.dedup)
	}
	o := c.output(typeStream)
	defer o.free()
	o.buf = append(o.buf, `{"new": [`...)
	err := o.decisions(d.New, st.narrow, wire.New)
	if err == nil {
		o.buf = append(o.buf, `], "deleted": [`...)
		err = o.decisions(d.Ended, st.narrow, wire.Ended)
	}
	if err == nil {
		err = whole(d)
	}
	if err == nil {
		o.buf = append(o.buf, `]}`...)
		err = o.end()
	}
	if err != nil {
		// The cursor stays: what was not taken comes again.
		c.abort("send a stream", err)
	}
	c.bouncer.served(d.Next, c.now, startup || d.Reset)
}

// whole is an error if a delta was read so slowly that not all of it was there any more.
func whole(d verdict.Delta) error {
	if d.Whole() {
		return nil
	}
	return errors.New("it was taken too slowly: some of what ended was forgotten meanwhile")
}

func (o *output) decisions(list iter.Seq[tocsin.Decision], n narrow, form wire.Form) error {
	if list == nil {
		return nil
	}
	comma, all := false, n.all()
	for d := range list {
		if !all && !n.has(&d) {
			continue
		}
		if comma {
			o.buf = append(o.buf, ',')
		}
		comma = true
		o.buf = wire.AppendDecision(o.buf, &d, o.c.now, form)
		if err := o.full(); err != nil {
			return err
		}
	}
	return nil
}
