package storetest

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

// world is a store with a clock of its own and what it told.
type world struct {
	store.Store
	t testing.TB

	mu   sync.Mutex
	now  time.Time
	told []verdict.Change
}

func newWorld(t testing.TB, open Open) *world {
	w := &world{t: t, now: start()}
	w.Store = open(t, store.Options{Now: w.clock, Committed: w.committed})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) committed(list []verdict.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, list...)
	clear(list) // the slice is the store's again, and it may not care
}

// takeTold returns what was told since the last time.
func (w *world) takeTold() []verdict.Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.told
	w.told = nil
	return list
}

// add keeps alerts and wants no error.
func (w *world) add(alerts ...*store.Alert) []store.Receipt {
	w.t.Helper()
	r, err := w.AddAlerts(context.Background(), alerts)
	if err != nil {
		w.t.Fatalf("add alerts: %v", err)
	}
	return r
}

// ok wants no error.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// all collects a sequence and wants no error.
func all[T any](t testing.TB, seq iter.Seq2[T, error]) (list []T) {
	t.Helper()
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// same compares.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// ban makes a decision.
func ban(value string, d time.Duration) tocsin.Decision {
	scope := tocsin.ScopeIP
	for _, c := range value {
		if c == '/' {
			scope = tocsin.ScopeRange
		}
	}
	return tocsin.Decision{Origin: tocsin.OriginEngine, Type: "ban", Scope: scope, Value: value, Scenario: "test/ssh-bf", Until: start().Add(d)}
}

// alert makes an alert about a value.
func alert(n int, value string, decisions ...tocsin.Decision) *store.Alert {
	return &store.Alert{Machine: "m1", Alert: tocsin.Alert{
		UUID: nthUUID(n), Kind: "crowdsec", Scenario: "test/ssh-bf", Message: "six tries", EventsCount: 6,
		StartAt: start().Add(-time.Minute), StopAt: start(), Source: &tocsin.AlertSource{Scope: tocsin.ScopeIP, Value: value},
		Decisions: decisions,
	}}
}

func nthUUID(n int) string { return fmt.Sprintf("5bd0ba54-5bd0-4bd0-8bd0-%012x", n) }

// ids lists the IDs of what a filter finds.
func (w *world) ids(f store.AlertFilter) (ids []int64) {
	w.t.Helper()
	for _, a := range all(w.t, w.FindAlerts(context.Background(), f)) {
		ids = append(ids, a.ID)
	}
	return ids
}

// begun lists the changes with which decisions of alerts began.
func begun(at time.Time, alerts ...*store.Alert) (list []verdict.Change) {
	for _, a := range alerts {
		for _, d := range a.Decisions {
			list = append(list, verdict.Change{Seq: uint64(d.ID), At: at, Decision: d})
		}
	}
	return list
}

//go:fix inline
