package mem

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example"
	"tocsin.example/internal/store"
	"tocsin.example/internal/verdict"
)

func TestBackup(t *testing.T) {
	ctx := t.Context()
	s := Open(store.Options{})
	a := &store.Alert{Alert: tocsin.Alert{
		Scenario: "x/y", Source: &tocsin.AlertSource{Scope: "Ip", Value: "192.0.2.1"},
		Decisions: []tocsin.Decision{{Type: "ban", Scope: "Ip", Value: "192.0.2.1", Until: time.Now().Add(time.Hour)}},
	}}
	if _, err := s.AddAlerts(ctx, []*store.Alert{a}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetSetting(ctx, "k", "v"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Backup(ctx, &b); err != nil {
		t.Fatal(err)
	}
	again, err := Restore(&b, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := again.Alert(ctx, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("the alert (-added +restored):\n%s", diff)
	}
	var changes []verdict.Change
	for c, err := range again.Changes(ctx, 0) {
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	if len(changes) != 1 || changes[0].Decision != a.Decisions[0] {
		t.Errorf("changes after the restore: %+v, want the decision %+v", changes, a.Decisions[0])
	}
}
