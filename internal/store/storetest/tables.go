package storetest

import (
	"errors"
	"testing"
	"time"

	"tocsin.example/internal/store"
	"tocsin.example/internal/uuid"
	"tocsin.example/internal/verdict"
)

// wants checks for a named error.
func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func testMachines(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	b := store.Machine{
		Name: "b", PasswordHash: "$argon2id$x", AuthType: "password", Validated: true, IP: "192.0.2.1", Version: "v1", OS: "Debian/13",
		Scenarios: []string{"x/y", "é\"'"}, CreatedAt: start().Add(-time.Hour), UpdatedAt: start(), LastHeartbeat: start().Add(time.Second),
		LastPush: start().Add(2 * time.Second), LastLogin: start().Add(3 * time.Second), Epoch: 7,
	}
	rough := b
	rough.LastPush = rough.LastPush.Add(123 * time.Microsecond).In(time.FixedZone("x", 7200))
	w.ok(w.AddMachine(ctx, rough))
	w.ok(w.AddMachine(ctx, store.Machine{Name: "a"}))
	wants(t, "add again", w.AddMachine(ctx, store.Machine{Name: "a"}), store.ErrExists)
	a := store.Machine{Name: "a", CreatedAt: start()}
	list, err := w.Machines(ctx)
	w.ok(err)
	same(t, "machines", list, []store.Machine{a, b})
	got, err := w.Machine(ctx, "b")
	w.ok(err)
	same(t, "machine", got, b)
	_, err = w.Machine(ctx, "B")
	wants(t, "another case", err, store.ErrNotFound)
	w.ok(w.ChangeMachine(ctx, "b", func(m *store.Machine) error {
		same(t, "before the change", *m, b)
		m.Name, m.Epoch, m.Scenarios, m.Validated, m.LastLogin = "other", 8, nil, false, time.Time{}
		return nil
	}))
	b.Epoch, b.Scenarios, b.Validated, b.LastLogin = 8, nil, false, time.Time{}
	got, err = w.Machine(ctx, "b")
	w.ok(err)
	same(t, "changed machine", got, b)
	no := errors.New("no")
	wants(t, "a change that says no", w.ChangeMachine(ctx, "b", func(m *store.Machine) error {
		m.Epoch = 99
		return no
	}), no)
	got, err = w.Machine(ctx, "b")
	w.ok(err)
	same(t, "machine after that", got, b)
	wants(t, "change none", w.ChangeMachine(ctx, "c", func(*store.Machine) error { return nil }), store.ErrNotFound)
	w.ok(w.DeleteMachine(ctx, "a"))
	wants(t, "delete again", w.DeleteMachine(ctx, "a"), store.ErrNotFound)
	w.ok(w.AddMachine(ctx, store.Machine{Name: "a"}))
}

func testBouncers(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	add := func(b store.Bouncer) store.Bouncer {
		t.Helper()
		got, err := w.AddBouncer(ctx, b)
		w.ok(err)
		want := b
		want.ID = got.ID
		if want.CreatedAt.IsZero() {
			want.CreatedAt = start()
		}
		same(t, "added bouncer", got, want)
		return got
	}
	full := store.Bouncer{
		Name: "z", KeyHash: "ff", AuthType: "api-key", IP: "192.0.2.1", Type: "fw", Version: "v1", OS: "x", CreatedAt: start().Add(-time.Hour),
		LastSeen: start(), LastPull: start().Add(time.Second), Cursor: verdict.Cursor{Seq: 1 << 50, Time: start().Add(time.Minute)},
	}
	z := add(full)
	a := add(store.Bouncer{Name: "a"})
	child := add(store.Bouncer{Name: "z@192.0.2.2", Parent: "z"})
	if z.ID <= 0 || a.ID <= z.ID {
		t.Errorf("IDs %d and %d do not ascend", z.ID, a.ID)
	}
	_, err := w.AddBouncer(ctx, store.Bouncer{Name: "a"})
	wants(t, "add again", err, store.ErrExists)
	list, err := w.Bouncers(ctx)
	w.ok(err)
	same(t, "bouncers", list, []store.Bouncer{z, a, child})

	saved := a
	saved.Name, saved.KeyHash, saved.Parent, saved.AuthType, saved.CreatedAt = "no", "no", "no", "no", time.Time{}
	saved.IP, saved.Type, saved.Version, saved.OS = "192.0.2.9", "t", "v2", "os"
	saved.LastSeen, saved.LastPull = start().Add(time.Hour), start().Add(time.Hour+time.Microsecond)
	saved.Cursor = verdict.Cursor{Seq: 9, Time: start().Add(time.Hour)}
	w.ok(w.SaveBouncers(ctx, []store.Bouncer{{ID: 999, IP: "x"}, saved}))
	a.IP, a.Type, a.Version, a.OS, a.LastSeen, a.LastPull, a.Cursor = saved.IP, saved.Type, saved.Version, saved.OS, saved.LastSeen, saved.LastSeen, saved.Cursor
	list, err = w.Bouncers(ctx)
	w.ok(err)
	same(t, "bouncers after use", list, []store.Bouncer{z, a, child})
	w.ok(w.DeleteBouncer(ctx, "z"))
	wants(t, "delete again", w.DeleteBouncer(ctx, "z"), store.ErrNotFound)
	list, err = w.Bouncers(ctx)
	w.ok(err)
	same(t, "bouncers after a deletion", list, []store.Bouncer{a})
	if b := add(store.Bouncer{Name: "z"}); b.ID <= child.ID {
		t.Errorf("the ID %d was used before", b.ID)
	}
}

func testAllowlists(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	z := store.Allowlist{ID: "id-z", Name: "z", Description: "d", CreatedAt: start().Add(-time.Hour), UpdatedAt: start(), Items: []store.AllowItem{
		{Value: "192.0.2.0/24", Comment: "c", CreatedAt: start(), Expires: start().Add(time.Hour)}, {Value: "host.example"}, {Value: "10.0.0.1"},
	}}
	w.ok(w.AddAllowlist(ctx, z))
	w.ok(w.AddAllowlist(ctx, store.Allowlist{Name: "a"}))
	wants(t, "add again", w.AddAllowlist(ctx, store.Allowlist{Name: "a"}), store.ErrExists)
	list, err := w.Allowlists(ctx)
	w.ok(err)
	if len(list) == 0 {
		t.Fatal("no allowlists")
	}
	a := store.Allowlist{ID: list[0].ID, Name: "a", CreatedAt: start()}
	if _, ok := uuid.Parse(a.ID); !ok {
		t.Errorf("the ID of a new allowlist is %q", a.ID)
	}
	same(t, "allowlists", list, []store.Allowlist{a, z})
	w.ok(w.ChangeAllowlist(ctx, "z", func(l *store.Allowlist) error {
		same(t, "before the change", *l, z)
		l.Name, l.ID, l.Description, l.UpdatedAt = "other", "other", "e", start().Add(time.Minute)
		l.Items = append(l.Items[1:], store.AllowItem{Value: "0.0.0.0"})
		return nil
	}))
	z.Description, z.UpdatedAt, z.Items = "e", start().Add(time.Minute), append(z.Items[1:], store.AllowItem{Value: "0.0.0.0"})
	no := errors.New("no")
	wants(t, "a change that says no", w.ChangeAllowlist(ctx, "z", func(l *store.Allowlist) error {
		l.Items[0].Value, l.Items = "x", nil
		return no
	}), no)
	list, err = w.Allowlists(ctx)
	w.ok(err)
	same(t, "changed allowlists", list, []store.Allowlist{a, z})
	wants(t, "change none", w.ChangeAllowlist(ctx, "c", func(*store.Allowlist) error { return nil }), store.ErrNotFound)
	w.ok(w.DeleteAllowlist(ctx, "z"))
	wants(t, "delete again", w.DeleteAllowlist(ctx, "z"), store.ErrNotFound)
	w.ok(w.AddAllowlist(ctx, store.Allowlist{Name: "z", ID: "new"}))
	list, err = w.Allowlists(ctx)
	w.ok(err)
	same(t, "allowlists in the end", list, []store.Allowlist{a, {Name: "z", ID: "new", CreatedAt: start()}})
}

func testTokens(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	b := store.Token{Name: "b", Hash: "ff", Role: "admin", CreatedAt: start().Add(-time.Hour), Expires: start().Add(time.Hour), LastUsed: start()}
	w.ok(w.AddToken(ctx, b))
	w.ok(w.AddToken(ctx, store.Token{Name: "a", Role: "viewer"}))
	wants(t, "add again", w.AddToken(ctx, store.Token{Name: "a"}), store.ErrExists)
	w.ok(w.UseToken(ctx, "a", start().Add(time.Second+time.Microsecond)))
	w.ok(w.UseToken(ctx, "none", start()))
	list, err := w.Tokens(ctx)
	w.ok(err)
	same(t, "tokens", list, []store.Token{{Name: "a", Role: "viewer", CreatedAt: start(), LastUsed: start().Add(time.Second)}, b})
	w.ok(w.DeleteToken(ctx, "b"))
	wants(t, "delete again", w.DeleteToken(ctx, "b"), store.ErrNotFound)
}

func testSettings(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	f := func(key, want string) {
		t.Helper()
		got, err := w.Setting(ctx, key)
		if got != want || err != nil {
			t.Errorf("setting %q is %q, %v; want %q", key, got, err, want)
		}
	}
	keep := func(key, value, want string) {
		t.Helper()
		got, err := w.KeepSetting(ctx, key, value)
		if got != want || err != nil {
			t.Errorf("keep %q in %q: %q, %v; want %q", value, key, got, err, want)
		}
	}
	f("k", "")
	w.ok(w.SetSetting(ctx, "k", "1"))
	f("k", "1")
	w.ok(w.SetSetting(ctx, "k", "é'\"\n\x00;"))
	f("k", "é'\"\n\x00;")
	keep("k", "2", "é'\"\n\x00;")
	keep("new", "3", "3")
	keep("new", "4", "3")
	f("new", "3")
	w.ok(w.SetSetting(ctx, "new", ""))
	f("new", "")
	keep("new", "5", "5")
}

func testAudit(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	for i := range 5 {
		e := store.AuditEntry{ID: 77, Who: "unix:0", Role: "admin", Action: "bouncer.add", Target: string(rune('a' + i)), Detail: "d", Failed: i%2 == 1}
		if i == 4 {
			e.At = start().Add(-time.Hour)
		}
		w.ok(w.AddAudit(ctx, e))
		w.pass(time.Second)
	}
	list, err := w.Audit(ctx, 0, 0)
	w.ok(err)
	if len(list) != 5 {
		t.Fatalf("%d entries, want 5", len(list))
	}
	same(t, "newest", list[0], store.AuditEntry{ID: list[0].ID, At: start().Add(-time.Hour), Who: "unix:0", Role: "admin", Action: "bouncer.add", Target: "e", Detail: "d"})
	same(t, "oldest", list[4], store.AuditEntry{ID: list[4].ID, At: start(), Who: "unix:0", Role: "admin", Action: "bouncer.add", Target: "a", Detail: "d"})
	if !list[1].Failed || list[0].ID <= list[1].ID {
		t.Errorf("entries: %+v", list)
	}
	some, err := w.Audit(ctx, list[1].ID, 2)
	w.ok(err)
	same(t, "a page", some, list[2:4])
}

func testUsage(t *testing.T, open Open) {
	w := newWorld(t, open)
	ctx := t.Context()
	put := func(kind, name string, after time.Duration, body string) store.UsageReport {
		t.Helper()
		r := store.UsageReport{Kind: kind, Name: name, At: start().Add(after), Body: []byte(body)}
		w.ok(w.AddUsage(ctx, r))
		return r
	}
	a2 := put("bouncer", "a", 2*time.Second, `{"x":2}`)
	a1 := put("bouncer", "a", time.Second, `{"x":1}`)
	b := put("bouncer", "b", 3*time.Second, `{}`)
	m := put("machine", "a", 4*time.Second, `[]`)
	f := func(what, kind, name string, since time.Time, want ...store.UsageReport) {
		t.Helper()
		got, err := w.Usage(ctx, kind, name, since)
		w.ok(err)
		same(t, what, got, append([]store.UsageReport(nil), want...))
	}
	f("all", "", "", time.Time{}, a1, a2, b, m)
	f("kind", "bouncer", "", time.Time{}, a1, a2, b)
	f("name", "", "a", time.Time{}, a1, a2, m)
	f("both", "bouncer", "a", time.Time{}, a1, a2)
	f("since, included", "", "", a2.At, a2, b, m)
	f("none", "x", "", time.Time{})
	w.ok(w.AddUsage(ctx, store.UsageReport{Kind: "k", Body: []byte("1")}))
	f("no time", "k", "", time.Time{}, store.UsageReport{Kind: "k", At: start(), Body: []byte("1")})
}
