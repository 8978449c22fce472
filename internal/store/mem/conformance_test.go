package mem_test

import (
	"testing"

	"tocsin.example/internal/store"
	"tocsin.example/internal/store/mem"
	"tocsin.example/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB, o store.Options) store.Store {
		t.Helper()
		s := mem.Open(o)
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
