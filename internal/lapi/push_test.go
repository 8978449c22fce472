package lapi

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// events reads a push stream.
type events struct {
	w      *world
	cancel context.CancelFunc
	lines  chan string
	lastID string
}

// pushed is one event.
type pushed struct {
	name, data, id string
	hasID          bool
}

func (w *world) push(query string, h header) *events {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	r := w.request(ctx, "GET", "/v1/decisions/push"+query, w.bouncerOf(), "")
	for k, v := range h {
		r.Header.Set(k, v)
	}
	res, err := w.http.Do(r) //nolint:bodyclose // the reader below does
	if err != nil {
		w.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("push%s: %d", query, res.StatusCode)
	}
	e := &events{w: w, cancel: cancel, lines: make(chan string, 1000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(e.lines)
		defer res.Body.Close()
		s := bufio.NewScanner(res.Body)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			select {
			case e.lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	w.t.Cleanup(func() { cancel(); <-done })
	return e
}

// block returns the next lines that are no mere comment; ok is false at the end of the stream.
func (e *events) block() (p pushed, ok bool) {
	e.w.t.Helper()
	return e.blockFrom(nil)
}

// blockFrom is block with a line that was read before.
func (e *events) blockFrom(first <-chan string) (p pushed, ok bool) {
	e.w.t.Helper()
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	some := false
	for {
		from := e.lines
		if len(first) > 0 {
			from = nil
		}
		var line string
		open := true
		select {
		case <-late.C:
			e.w.t.Fatal("no event comes")
		case line = <-first:
			first = nil
		case line, open = <-from:
		}
		if !open {
			return p, false
		}
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "" && some:
			if p.hasID {
				e.lastID = p.id
			}
			return p, true
		case line == "", key == "":
			continue
		case key == "event":
			p.name = value
		case key == "data":
			p.data += value
		case key == "id":
			p.id, p.hasID = value, true
		}
		some = true
	}
}

// next skips blocks that only move the id on.
func (e *events) next() pushed {
	e.w.t.Helper()
	for {
		p, ok := e.block()
		if !ok {
			e.w.t.Fatal("the stream ended")
		}
		if p.data != "" {
			return p
		}
	}
}

func (e *events) wants(name, want string) pushed {
	e.w.t.Helper()
	p := e.next()
	got := p.data
	if name == "decisions" {
		got = shown(e.w.t, p.data)
	}
	if p.name != name || got != want {
		e.w.t.Errorf("event %s %s, want %s %s", p.name, got, name, want)
	}
	return p
}

// ended waits for the end of the stream.
func (e *events) ended() {
	e.w.t.Helper()
	for {
		if _, ok := e.block(); !ok {
			return
		}
	}
}

func TestPush(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.10 ban 1h", "Country FR ban 1h")
	s := w.push("", nil)
	if p := s.wants("reset", `{"reason":"startup"}`); !p.hasID || p.id != "" {
		t.Errorf("a reset has to take the id away: %+v", p)
	}
	if p := s.wants("decisions", "+192.0.2.10 ban"); !strings.HasPrefix(p.id, "2-") {
		t.Errorf("id %q", p.id)
	}
	w.ban("Ip 192.0.2.11 ban 1h", "Country DE ban 1h")
	s.wants("decisions", "+192.0.2.11 ban")
	w.asMachine("DELETE", "/v1/decisions?ip=192.0.2.10", "", "200 ...")
	last := s.wants("decisions", "-192.0.2.10 ban")
	s.cancel()

	w.ban("Ip 192.0.2.12 ban 1h")
	s = w.push("?startup=true", header{"Last-Event-ID": last.id}) // the id counts: the client's library sends it by itself
	s.wants("decisions", "+192.0.2.12 ban")
	s.cancel()
	s = w.push("?cursor="+last.id+"&scopes=ip,country&type=ban&dedup=false", nil)
	s.wants("decisions", "+192.0.2.12 ban")
	s.cancel()
	s = w.push("?cursor="+last.id+"&startup=true&scope=Country", nil)
	s.wants("reset", `{"reason":"startup"}`)
	s.wants("decisions", "+FR ban, +DE ban")
	s.cancel()
	s = w.push("?startup=false&ip=192.0.2.13&contains=true&simulated=true&origins=cscli", nil)
	w.ban("Ip 192.0.2.14 ban 1h", "Range 192.0.2.12/31 ban 1h")
	s.wants("decisions", "+192.0.2.12/31 ban")
	s.cancel()
	s = w.push("?range=192.0.2.8/29&contains=false&value=192.0.2.14&scenarios_containing=MANUAL&scenarios_not_containing=x", nil)
	s.wants("reset", `{"reason":"startup"}`)
	s.wants("decisions", "+192.0.2.14 ban")
}

func TestPushTellsOfExpiries(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.10 ban 5s")
	s := w.push("", nil)
	s.wants("reset", `{"reason":"startup"}`)
	s.wants("decisions", "+192.0.2.10 ban")
	w.clock.add(5 * time.Second)
	s.wants("decisions", "-192.0.2.10 ban")
}

func TestPushAfterAGap(t *testing.T) {
	w := newWorld(t)
	w.ban("Ip 192.0.2.10 ban 1h")
	f := func(id string) {
		t.Helper()
		s := w.push("", header{"Last-Event-ID": id})
		s.wants("reset", `{"reason":"gap"}`)
		s.wants("decisions", "+192.0.2.10 ban")
		s.cancel()
	}
	f("999999-1795343436000") // of a state that was replaced by an older one
	f("nonsense")
	w.asBouncer("/v1/decisions/push?cursor=nonsense", "400 ...")
	w.asBouncer("/v1/decisions/push?dedup=maybe", "400 ...")
}

func TestPushBeats(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Heartbeat = 10 * time.Millisecond })
	w.ban("Ip 192.0.2.10 ban 1h")
	s := w.push("", nil)
	s.wants("reset", `{"reason":"startup"}`)
	first := s.wants("decisions", "+192.0.2.10 ban").id
	w.clock.add(time.Minute)
	for range 2000 {
		p, ok := s.block()
		if !ok || p.data != "" {
			t.Fatalf("%+v, %v", p, ok)
		}
		if s.lastID > first {
			return
		}
	}
	t.Error("heartbeats do not move the id on")
}

// Many decisions come in several events; only the last has an id, and none is lost or doubled.
func TestPushInPieces(t *testing.T) {
	w := newWorld(t)
	const n = 2*eventDecisions + 10
	var list []string
	for i := range n {
		list = append(list, "Ip 10.0."+itoa(i/250)+"."+itoa(i%250)+" ban 1h")
	}
	w.ban(list...)
	s := w.push("", nil)
	s.wants("reset", `{"reason":"startup"}`)
	seen := map[string]bool{}
	for piece := 1; len(seen) < n; piece++ {
		p := s.next()
		for one := range strings.SplitSeq(shown(t, p.data), ", ") {
			if seen[one] || one[0] != '+' {
				t.Fatalf("%s comes twice", one)
			}
			seen[one] = true
		}
		if p.hasID != (piece == 3) {
			t.Errorf("piece %d: id %q", piece, p.id)
		}
	}
	w.asMachine("DELETE", "/v1/decisions?range=10.0.0.0/8&contains=false", "", fmt.Sprintf(`200 {"nbDeleted":"%d"}`, n))
	for gone := 0; gone < n; {
		gone += len(strings.Split(shown(t, s.next().data), ", "))
	}
	// An exact multiple of what fits into one event has its id, too.
	w.ban(list[:eventDecisions]...)
	for s.lastID == "" || !strings.HasPrefix(s.lastID, itoa(2*n+eventDecisions)+"-") {
		if _, ok := s.block(); !ok {
			t.Fatal("the stream ended")
		}
	}
}

func TestPushIsBounded(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MaxPush = 1 })
	s := w.push("", nil)
	s.next()
	w.asBouncer("/v1/decisions/push", `503 {"message":"too many push streams at a time"}`)
	w.stop() // ends the stream without waiting for the client
	s.ended()
}
