package storetest

import (
	"fmt"
	"testing"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

func testTidy(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	var list []*store.Alert
	for i := range 6 {
		d := time.Hour // over in the end
		if i == 1 {
			d = 1000 * time.Hour
		}
		list = append(list, alert(i+1, "192.0.2.1", ban(fmt.Sprintf("192.0.2.%d", i), d)))
		w.add(list[i])
		w.ok(w.AddAudit(ctx, store.AuditEntry{Who: "x"}))
		w.ok(w.AddUsage(ctx, store.UsageReport{Kind: "bouncer", Body: []byte("1")}))
		w.pass(time.Hour)
	}
	// It is 18:00. Alerts are of 12:00 to 17:00, their decisions over since 13:00, but for the second one.
	f := func(what string, r store.Retention, want store.Tidied, left ...int) {
		t.Helper()
		got, err := w.Tidy(ctx, r)
		w.ok(err)
		same(t, what, got, want)
		var ids []int64
		for _, i := range left {
			ids = append(ids, list[i].ID)
		}
		same(t, what+": alerts left", w.ids(store.AlertFilter{Oldest: true}), ids)
	}
	f("nothing", store.Retention{}, store.Tidied{}, 0, 1, 2, 3, 4, 5)
	f("age", store.Retention{AlertAge: 5 * time.Hour}, store.Tidied{Alerts: 1}, 1, 2, 3, 4, 5)
	past := all(t, w.PastDecisions(ctx, store.PastQuery{Value: "192.0.2.0"}))
	same(t, "the past decision of an alert that is gone", past, []store.PastDecision{{Decision: list[0].Decisions[0], Begun: start()}})
	same(t, "a repeat", w.add(alert(1, "192.0.2.1")), []store.Receipt{{ID: list[0].ID, Repeat: true}})
	f("count", store.Retention{AlertCount: 3}, store.Tidied{Alerts: 1}, 1, 3, 4, 5)
	f("count again", store.Retention{AlertCount: 3}, store.Tidied{}, 1, 3, 4, 5)
	// Late ones count from when they came: those of 15:00, 16:00 and 17:00 came late.
	f("ended age", store.Retention{EndedAge: 4*time.Hour - time.Second}, store.Tidied{Decisions: 2}, 1, 3, 4, 5)
	same(t, "the past decision is gone", all(t, w.PastDecisions(ctx, store.PastQuery{Value: "192.0.2.0"})), []store.PastDecision(nil))
	f("usage and audit", store.Retention{UsageAge: 4 * time.Hour, AuditAge: 2 * time.Hour}, store.Tidied{Usage: 2, Audit: 4}, 1, 3, 4, 5)
	w.takeTold()
	f("bytes", store.Retention{Bytes: 1}, store.Tidied{Alerts: 3, Decisions: 3}, 1)
	same(t, "told", w.takeTold(), []verdict.Change(nil))
	got, err := w.Alert(ctx, list[1].ID)
	w.ok(err)
	same(t, "what is in force", got, list[1])
	same(t, "its change", all(t, w.Changes(ctx, 0)), begun(start().Add(time.Hour), list[1]))
	w.pass(store.Tombstone)
	f("tombstones", store.Retention{}, store.Tidied{Tombstones: 5}, 1)
	if r := w.add(alert(1, "192.0.2.1")); r[0].Repeat {
		t.Error("a uuid is known after its tombstone was tidied")
	}
}

// testTidyInForce tidies all that can be, with large alerts as well, and wants what is in force to be as it was.
func testTidyInForce(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	large := alert(1, "feed")
	for i := range 5000 {
		large.Decisions = append(large.Decisions, ban(fmt.Sprintf("10.0.%d.%d", i/256, i%256), time.Duration(i+1)*time.Second))
	}
	over := alert(2, "feed")
	for i := range 5000 {
		over.Decisions = append(over.Decisions, ban(fmt.Sprintf("10.1.%d.%d", i/256, i%256), time.Second))
	}
	w.add(large, over, alert(3, "192.0.2.1", ban("192.0.2.1", 1000*time.Hour)))
	ended, err := w.EndDecisions(ctx, []int64{large.Decisions[4990].ID, over.Decisions[0].ID})
	w.ok(err)
	if len(ended) != 2 {
		t.Fatalf("ended %v, want 2", ended)
	}
	w.pass(4000*time.Second + time.Second/2)
	inForce := map[int64]verdict.Change{}
	for _, c := range all(t, w.Changes(ctx, 0)) {
		if c.End {
			delete(inForce, c.Decision.ID)
		} else if c.Decision.Until.After(w.clock()) {
			inForce[c.Decision.ID] = c
		}
	}
	if len(inForce) != 1000 {
		t.Fatalf("%d decisions in force, want 1000", len(inForce))
	}
	got, err := w.Tidy(ctx, store.Retention{AlertAge: 1, AlertCount: 1, Bytes: 1, EndedAge: time.Millisecond})
	w.ok(err)
	same(t, "tidied", got, store.Tidied{Alerts: 1, Decisions: 9001})
	left := map[int64]verdict.Change{}
	for _, c := range all(t, w.Changes(ctx, 0)) {
		left[c.Decision.ID] = c
	}
	same(t, "in force", left, inForce)
	same(t, "alerts", w.ids(store.AlertFilter{}), []int64{large.ID + 2, large.ID})
	a, err := w.Alert(ctx, large.ID)
	w.ok(err)
	if len(a.Decisions) != 999 {
		t.Errorf("the large alert has %d decisions, want 999", len(a.Decisions))
	}
}
