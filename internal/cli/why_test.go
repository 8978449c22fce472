package cli

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

// printed is what a shell prints for people.
func printed(t *testing.T, show func(*shell) error) string {
	t.Helper()
	var b bytes.Buffer
	a := &shell{format: human, out: render.NewOut(&b, render.Look{})}
	if err := show(a); err != nil {
		t.Fatal(err)
	}
	if err := a.out.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// aWhy is a story with something of everything.
func aWhy() client.Why {
	day := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	lifted := day.Add(-time.Hour)
	d := func(id int64, kind, origin, scenario string, begun time.Time, long time.Duration) client.WhyDecision {
		return client.WhyDecision{
			Decision: client.Decision{ID: id, Type: kind, Origin: origin, Scope: "Ip", Value: "203.0.113.7", Scenario: scenario, Until: begun.Add(long)},
			Alert:    id, Begun: begun,
		}
	}
	first := d(9, "ban", "crowdsec", "me/ssh-bf", day, 4*time.Hour)
	first.Profile = "built-in"
	ended := d(3, "ban", "cscli", "by hand", day.Add(-2*time.Hour), 4*time.Hour)
	ended.EndedAt = &lifted
	late := d(2, "captcha", "crowdsec", "me/old", day.Add(-3*time.Hour), -time.Hour)
	late.Late = true
	past := []client.WhyDecision{ended, late, d(1, "ban", "crowdsec", "me/ssh-bf", day.Add(-48*time.Hour), 4*time.Hour)}
	return client.Why{
		Value: "203.0.113.7", Blocked: true, Type: "ban", InForce: []client.WhyDecision{first}, Past: past, PastCount: 12,
		Offences: 2, Scenarios: []client.WhyScenario{{Name: "me/old", Shadow: true}},
		Alerts: []client.Alert{{
			ID: 9, Scenario: "me/ssh-bf", CreatedAt: day, Message: "Ip 203.0.113.7 performed 'me/ssh-bf'\x1b[2J", EventsCount: 9,
			Evidence: &client.Evidence{
				Bucket: client.EvidenceBucket{Reason: "6 events in 12s, capacity 5, one leaks every 10s"},
				Lines: []client.EvidenceLine{
					{Source: "auth.log", Time: day, Raw: "Failed password for root\x1b]0;x\a from 203.0.113.7", Cut: 2048},
				},
				Omitted: 8,
			},
		}, {ID: 2, Scenario: "me/old", CreatedAt: day.Add(-3 * time.Hour), Shadow: true}},
	}
}

// TestWhy: one screen says it all, and nothing of a log reaches the terminal as it is.
func TestWhy(t *testing.T) {
	w := aWhy()
	w.InForce[0].Until = time.Now().Add(4*time.Hour + 30*time.Second)
	until := w.InForce[0].Until.UTC().Format(time.RFC3339)
	got := printed(t, func(a *shell) error { return a.showWhy(w) })
	want := `203.0.113.7 is blocked: ban

in force: ban of Ip:203.0.113.7 for 4h more, until ` + until + `
  since 2026-08-22T12:00:00Z, by profile built-in, for me/ssh-bf (decision 9, alert 9)

alert 9: me/ssh-bf, 2026-08-22T12:00:00Z
  Ip 203.0.113.7 performed 'me/ssh-bf'\x1b[2J
  because: 6 events in 12s, capacity 5, one leaks every 10s
    12:00:00 auth.log Failed password for root\x1b]0;x\a from 203.0.113.7 (2 KiB more)
    and 8 more of 9 events

alert 2: me/old, 2026-08-22T09:00:00Z, in shadow

before:
  2026-08-22T10:00:00Z ban of Ip:203.0.113.7 for by hand: ended early, 2026-08-22T11:00:00Z
  2026-08-22T09:00:00Z captcha of Ip:203.0.113.7 for me/old: over when it came
  2026-08-20T12:00:00Z ban of Ip:203.0.113.7 for me/ssh-bf: until 2026-08-20T16:00:00Z, 4h
  and 8 more

no allowlist and no guard rail protects it
scenario me/old is in shadow now
banned twice by profiles in the last 30 days: the next ban is longer
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
}

func TestVerdict(t *testing.T) {
	f := func(w client.Why, want string) {
		t.Helper()
		a := &shell{out: render.NewOut(nil, render.Look{})}
		if got := string(a.verdict(w)); got != want {
			t.Errorf("%+v is %q, want %q", w, got, want)
		}
	}
	some := []client.WhyDecision{{}}
	f(client.Why{}, "not blocked: nothing is known about it")
	f(client.Why{Blocked: true, Type: "captcha"}, "blocked: captcha")
	f(client.Why{Blocked: true, Allowed: []string{"x"}}, "blocked by force, though it is allowed")
	f(client.Why{Allowed: []string{"x"}, PastCount: 1}, "not blocked: it is allowed")
	f(client.Why{Simulated: some, PastCount: 1}, "not blocked: its decisions are simulated")
	f(client.Why{PastCount: 1}, "not blocked now")
	f(client.Why{Alerts: []client.Alert{{}}}, "not blocked: its alerts led to no decision")
}

func TestSizes(t *testing.T) {
	f := func(s string, want int64) {
		t.Helper()
		got, err := parseSize(s)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d bytes, want %d", s, got, want)
		}
	}
	f("1", 1)
	f("500M", 500<<20)
	f("2GiB", 2<<30)
	f("3kb", 3<<10)
	f("1T", 1<<40)
	f("", -1)
	f("0", -1)
	f("-1", -1)
	f("M", -1)
	f("1X", -1)
	f("9999999T", -1)
	f("99999999999999999999", -1)
}

func TestSSHClient(t *testing.T) {
	f := func(connection, want string) {
		t.Helper()
		if got := sshClient(connection); got != want {
			t.Errorf("%q comes from %q, want %q", connection, got, want)
		}
	}
	f("203.0.113.9 50022 192.0.2.1 22", "203.0.113.9")
	f("2001:db8::1 50022 2001:db8::2 22", "2001:db8::1")
	f("", "")
	f("UNKNOWN 65535 UNKNOWN 65535", "")
}
