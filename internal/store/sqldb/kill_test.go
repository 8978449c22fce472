package sqldb

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/testx"
	"tocsin.example/internal/uuid"
)

// childVariable tells this test binary that it is the process to be killed, and where its state is.
const childVariable = "TOCSIN_TEST_KILL"

// TestKillChild is the process to be killed. It writes until it is, and says what was acknowledged.
func TestKillChild(t *testing.T) {
	dir := os.Getenv(childVariable)
	if dir == "" {
		t.Skip("it is for TestKill")
	}
	s, err := Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	say("open")
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for {
				a := newAlert(int(rand.Uint32()))
				a.UUID = uuid.New()
				if _, err := s.AddAlerts(context.Background(), []*store.Alert{a}); err != nil {
					say("error %v", err)
					return
				}
				say("added %s %d", a.UUID, a.Decisions[0].ID)
				switch rand.IntN(8) {
				case 0:
					if _, err := s.EndDecisions(context.Background(), []int64{a.Decisions[0].ID}); err != nil {
						say("error %v", err)
						return
					}
					say("ended %d", a.Decisions[0].ID)
				case 1:
					if _, err := s.DeleteAlerts(context.Background(), store.AlertFilter{IDs: []int64{a.ID}}); err != nil {
						say("error %v", err)
						return
					}
					say("deleted %s %d", a.UUID, a.Decisions[0].ID)
				}
			}
		})
	}
	group.Wait()
}

// acknowledged is what processes said before they were killed.
type acknowledged struct {
	added   map[string]int64 // the decision of an alert
	ended   map[int64]bool
	deleted map[string]bool
}

func TestKill(t *testing.T) {
	kills := 5
	switch {
	case testx.Soak():
		kills = 50
	case testing.Short():
		kills = 2
	}
	dir := t.TempDir()
	ack := acknowledged{map[string]int64{}, map[int64]bool{}, map[string]bool{}}
	for i := range kills {
		after := rand.IntN(600) // 0 is while it opens
		ack.run(t, dir, after)
		ack.check(t, dir)
		if t.Failed() {
			t.Fatalf("at kill %d, after %d acknowledgements", i, after)
		}
	}
	t.Logf("%d kills, %d alerts, %d ended, %d deleted", kills, len(ack.added), len(ack.ended), len(ack.deleted))
}

// run starts a process and kills it when it said so many things.
func (ack *acknowledged) run(t *testing.T, dir string, after int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillChild$")
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := 0
	if after == 0 {
		_ = cmd.Process.Kill() // it may have ended, which Wait says
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		var uuid string
		var id int64
		switch word {
		case "added":
			_, err = fmt.Sscan(rest, &uuid, &id)
			ack.added[uuid] = id
		case "ended":
			_, err = fmt.Sscan(rest, &id)
			ack.ended[id] = true
		case "deleted":
			_, err = fmt.Sscan(rest, &uuid, &id)
			ack.deleted[uuid], ack.ended[id] = true, true
		case "error", "---":
			t.Errorf("the process said: %s", lines.Text())
		}
		if err != nil {
			break // the last line, cut off: not acknowledged
		}
		if said++; said == after {
			_ = cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the process came to an end by itself")
	}
}

// check opens the state and compares it with what was acknowledged.
func (ack *acknowledged) check(t *testing.T, dir string) {
	t.Helper()
	s, err := Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	began, ended := map[int64]bool{}, map[int64]bool{}
	last := uint64(0)
	for _, c := range allChanges(t, s) {
		if c.Seq <= last {
			t.Errorf("change %d after %d", c.Seq, last)
		}
		last = c.Seq
		which := began
		if c.End {
			which = ended
		}
		if which[c.Decision.ID] {
			t.Errorf("decision %d began or ended twice", c.Decision.ID)
		}
		which[c.Decision.ID] = true
	}
	found := map[string]bool{}
	for a, err := range s.FindAlerts(t.Context(), store.AlertFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if found[a.UUID] || len(a.Decisions) != 1 || !began[a.Decisions[0].ID] {
			t.Errorf("alert %s is there twice, or has not its one decision: %+v", a.UUID, a.Decisions)
			continue
		}
		found[a.UUID] = true
		if id, ok := ack.added[a.UUID]; ok && id != a.Decisions[0].ID {
			t.Errorf("alert %s has decision %d, acknowledged was %d", a.UUID, a.Decisions[0].ID, id)
		}
		if open := a.Decisions[0].Until.After(time.Now()); open == ended[a.Decisions[0].ID] {
			t.Errorf("decision %d of alert %s is in force: %t, and has an end: %t", a.Decisions[0].ID, a.UUID, open, ended[a.Decisions[0].ID])
		}
	}
	for uuid := range ack.added {
		// A deletion may be durable whose acknowledgement the kill cut off: then it left a tombstone and an end.
		if !found[uuid] && !ack.deleted[uuid] {
			again := newAlert(0)
			again.UUID = uuid
			r, err := s.AddAlerts(t.Context(), []*store.Alert{again})
			if err != nil || !r[0].Repeat || !ended[ack.added[uuid]] {
				t.Errorf("alert %s was acknowledged and is gone: %+v, %v", uuid, r, err)
			}
			ack.deleted[uuid] = true
		}
		if found[uuid] && ack.deleted[uuid] {
			t.Errorf("alert %s was deleted and is there", uuid)
		}
	}
	for id := range ack.ended {
		if !ended[id] {
			t.Errorf("decision %d was ended and has no end", id)
		}
	}
}
