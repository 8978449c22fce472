package sqldb

import (
	"testing"

	"tocsin.example/internal/store"
	"tocsin.example/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB, o store.Options) store.Store {
		t.Helper()
		return openTest(t, o)
	})
}

// openTest opens a store in a folder of its own, without fsync: what a test process wrote is there for it anyway.
func openTest(t testing.TB, o store.Options) *Store {
	t.Helper()
	s, err := open(t.Context(), t.TempDir(), o, settings{migrations: embedded(), noFsync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
