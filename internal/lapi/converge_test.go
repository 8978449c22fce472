package lapi

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin.example/internal/testx"
	"tocsin.example/internal/verdict"
)

// set is what a bouncer has: until when, by value and type.
type set struct {
	mu sync.Mutex
	of map[string]bool
}

type listed struct {
	New, Deleted []struct{ Value, Type string }
}

func (s *set) apply(l listed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range l.Deleted {
		delete(s.of, d.Value+" "+d.Type)
	}
	for _, d := range l.New {
		s.of[d.Value+" "+d.Type] = true
	}
}

func (s *set) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of = map[string]bool{}
}

// A client that polls and one that is pushed to, its connection cut at random, end with exactly the server's set while
// decisions come in batches, expire and are deleted. The reference loses 7,000 of 30,000 to one that polls.
func TestClientsEndWithTheServersSet(t *testing.T) {
	batches, size := 40, 50
	if testx.Soak() {
		batches, size = 200, 500 // 100,000 decisions
	}
	w := newWorld(t)
	w.machineOf()
	polled, pushedTo := &set{of: map[string]bool{}}, &set{of: map[string]bool{}}
	busy := make(chan struct{})
	var clients sync.WaitGroup
	clients.Go(func() { w.poll(polled, busy) })
	clients.Go(func() { w.bePushed(pushedTo, busy) })
	r := rand.New(rand.NewPCG(5, 7))
	for n := range batches {
		var list []string
		for range size {
			// Values come again, with longer and shorter times: dedup has work.
			value := fmt.Sprintf("10.%d.%d.%d", r.IntN(2), r.IntN(4), r.IntN(250))
			list = append(list, fmt.Sprintf("Ip %s ban %ds", value, 1+r.IntN(2*batches)+int(w.clock.now().Sub(began).Seconds())))
		}
		w.ban(list...)
		switch n % 4 {
		case 1:
			w.asMachine("DELETE", "/v1/decisions?range=10.0.1.0/25&contains=false", "", "200 ...")
		case 2:
			w.asMachine("DELETE", "/v1/alerts/"+itoa(1+r.IntN(n)), "", "...")
		case 3:
			w.clock.add(time.Second)
		}
	}
	w.clock.add(3 * time.Second)
	want := w.expected()
	late := time.NewTimer(60 * time.Second)
	defer late.Stop()
	for same := false; !same; {
		polled.mu.Lock()
		pushedTo.mu.Lock()
		same = maps.Equal(polled.of, want) && maps.Equal(pushedTo.of, want)
		pushedTo.mu.Unlock()
		polled.mu.Unlock()
		tick := time.NewTimer(20 * time.Millisecond)
		select {
		case <-tick.C:
		case <-late.C:
			t.Errorf("polled: %s; pushed to: %s", differ(polled.of, want), differ(pushedTo.of, want))
			same = true
		}
	}
	close(busy)
	clients.Wait()
	if len(want) == 0 {
		t.Error("nothing is in force at the end: this proves little")
	}
}

func differ(got, want map[string]bool) string {
	var missing, more []string
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if !got[k] {
			missing = append(missing, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if !want[k] {
			more = append(more, k)
		}
	}
	return fmt.Sprintf("%d missing %.200v, %d too many %.200v", len(missing), missing, len(more), more)
}

func (w *world) expected() map[string]bool {
	out := map[string]bool{}
	for d := range w.index.All(w.clock.now(), verdict.Filter{Scopes: []string{"Ip", "Range"}}, true).New {
		out[d.Value+" "+d.Type] = true
	}
	return out
}

func (w *world) poll(s *set, busy <-chan struct{}) {
	startup := "?startup=true"
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var l listed
		res, err := w.http.Do(w.request(w.t.Context(), "GET", "/v1/decisions/stream"+startup, w.bouncerOf(), ""))
		if err != nil {
			w.t.Error(err)
			return
		}
		b, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil {
			err = json.Unmarshal(b, &l)
		}
		if err != nil || res.StatusCode != http.StatusOK {
			w.t.Error(res.StatusCode, err)
			return
		}
		s.apply(l)
		startup = ""
		select {
		case <-busy:
			return
		case <-tick.C:
		}
	}
}

func (w *world) bePushed(s *set, busy <-chan struct{}) {
	r := rand.New(rand.NewPCG(1, 2))
	last := ""
	for {
		e := w.push("", header{"Last-Event-ID": last})
		e.lastID = last
		for range 1 + r.IntN(30) {
			select {
			case <-busy:
				e.cancel()
				return
			default:
			}
			p, ok := e.soon(busy)
			if !ok {
				break
			}
			switch p.name {
			case "reset":
				s.clear()
			case "decisions":
				var l listed
				if err := json.Unmarshal([]byte(p.data), &l); err != nil {
					w.t.Error(err)
				}
				s.apply(l)
			}
		}
		last = e.lastID
		e.cancel()
	}
}

// soon is the next block, or not ok when there is none for a while.
func (e *events) soon(busy <-chan struct{}) (pushed, bool) {
	wait := time.NewTimer(100 * time.Millisecond)
	defer wait.Stop()
	select {
	case line, open := <-e.lines:
		if !open {
			return pushed{}, false
		}
		rest := make(chan string, 1)
		rest <- line
		return e.blockFrom(rest)
	case <-wait.C:
		return pushed{}, false
	case <-busy:
		return pushed{}, false
	}
}

// A pull of many is chunked and a chunk is all that it keeps.
func TestStartupOfMany(t *testing.T) {
	n := 2000
	w := newWorld(t)
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("Ip 10.%d.%d.%d ban 1h", i>>16, i>>8&255, i&255))
	}
	w.ban(list...)
	a := w.do("GET", "/v1/decisions/stream?startup=true&dedup=false", w.bouncerOf(), "")
	if a.header.Get("Content-Length") != "" || strings.Count(a.body, `"uuid"`) != n {
		t.Errorf("%d decisions, headers %v", strings.Count(a.body, `"uuid"`), a.header)
	}
	a = w.do("GET", "/v1/decisions?limit=0", w.bouncerOf(), "")
	if strings.Count(a.body, `"id"`) != n {
		t.Errorf("%d decisions", strings.Count(a.body, `"id"`))
	}
}
