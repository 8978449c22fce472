package sqldb

import (
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/store"
)

func TestSmoke(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := &store.Alert{Alert: tocsin.Alert{
		Scenario: "x", Source: &tocsin.AlertSource{Scope: "Ip", Value: "1.2.3.4"},
		Decisions: []tocsin.Decision{{Type: "ban", Origin: "cscli", Scope: "Ip", Value: "1.2.3.4", Until: time.Now().Add(time.Hour)}},
	}}
	r, err := s.AddAlerts(t.Context(), []*store.Alert{a})
	t.Log(r, err)
	b, err := s.Alert(t.Context(), r[0].ID)
	t.Logf("%+v %v", b, err)
	for c, err := range s.Changes(t.Context(), 0) {
		t.Log(c, err)
	}
	t.Log(s.EndDecisions(t.Context(), []int64{1, 2}))
	for c, err := range s.Changes(t.Context(), 0) {
		t.Log(c, err)
	}
	t.Log(s.Tidy(t.Context(), store.Retention{AlertAge: 1, EndedAge: 1, Bytes: 1}))
	t.Log(s.Close())
}
