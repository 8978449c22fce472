// Package storetest holds what every store must do: a test that each implementation runs on itself.
//
// It knows the contract in package store and nothing of an implementation. What only one of them promises (files, locks,
// speed) is tested there.
//
// Start from [Run].
package storetest

import (
	"testing"
	"time"

	"tocsin.example/internal/store"
)

// Open makes an empty store for a test, and closes it at its end.
type Open func(t testing.TB, o store.Options) store.Store

// Run tests a store.
func Run(t *testing.T, open Open) {
	for name, f := range map[string]func(*testing.T, Open){
		"AddAlerts":     testAddAlerts,
		"Repeat":        testRepeat,
		"Late":          testLate,
		"Shadow":        testShadow,
		"RoundTrip":     testRoundTrip,
		"Filters":       testFilters,
		"Pages":         testPages,
		"DeleteAlerts":  testDeleteAlerts,
		"EndDecisions":  testEndDecisions,
		"Active":        testActive,
		"Changes":       testChanges,
		"Past":          testPast,
		"Machines":      testMachines,
		"Bouncers":      testBouncers,
		"Allowlists":    testAllowlists,
		"Tokens":        testTokens,
		"Settings":      testSettings,
		"Audit":         testAudit,
		"Usage":         testUsage,
		"Tidy":          testTidy,
		"TidyInForce":   testTidyInForce,
		"Contexts":      testContexts,
		"Closed":        testClosed,
		"Concurrent":    testConcurrent,
		"CommitOrder":   testCommitOrder,
		"FailingChange": testFailingChange,
		"Model":         testModel,
	} {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

// start is when tests begin.
func start() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
