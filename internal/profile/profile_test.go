package profile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/cond"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/profile"
	"tocsin.example/internal/wire"
)

var now = time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)

// facts are decisions of the past that a test makes up.
type facts struct {
	count, active, offences int
	left                    time.Duration
	err                     error
}

func (f facts) Count(string) (int, error) { return f.count, f.err }
func (f facts) CountSince(string, time.Time, time.Duration) (int, error) {
	return f.count, f.err
}
func (f facts) Active(string, time.Time) (int, error)                  { return f.active, f.err }
func (f facts) TimeLeft(string, time.Time) (time.Duration, error)      { return f.left, f.err }
func (f facts) Offences(string, time.Time, time.Duration) (int, error) { return f.offences, f.err }
func options(f facts) profile.Options {
	return profile.Options{Host: &cond.Host{Decisions: f}, Past: f, Notifications: []string{"mail", "slack_default"}}
}

func alert(scope, value string) *tocsin.Alert {
	return &tocsin.Alert{
		Scenario: "crowdsecurity/ssh-bf", Remediation: true, EventsCount: 6,
		Source: &tocsin.AlertSource{Scope: scope, Value: value, Cn: "FR"},
	}
}

// say writes a verdict as "PROFILE: decisions; tell NAMES; N faults".
func say(v profile.Verdict) string {
	var parts []string
	for _, d := range v.Decisions {
		s := fmt.Sprintf("%s %s:%s %s", d.Type, d.Scope, d.Value, d.Duration)
		if d.Origin != tocsin.OriginEngine {
			s += " by " + d.Origin
		}
		if d.Simulated {
			s += " simulated"
		}
		parts = append(parts, s)
	}
	out := []string{v.Profile + ": " + strings.Join(parts, ", ")}
	if len(v.Notify) > 0 {
		out = append(out, "tell "+strings.Join(v.Notify, " "))
	}
	for _, f := range v.Faults {
		out = append(out, "fault "+f.Error())
	}
	return strings.Join(out, "; ")
}

// lines joins the lines of a document; a tab stands for two spaces.
func lines(s ...string) string { return strings.ReplaceAll(strings.Join(s, "\n"), "\t", "  ") + "\n" }

func TestDecide(t *testing.T) {
	known := facts{count: 2, active: 1, offences: 1, left: 90 * time.Minute}
	f := func(text string, a *tocsin.Alert, want string) {
		t.Helper()
		var problems diag.List
		set, err := profile.Load(options(known), &problems, profile.File{Path: "p.yaml", Text: []byte(text)})
		if err != nil {
			t.Errorf("%s\n%v", text, err)
			return
		}
		v, err := set.Decide(now, a)
		if err != nil {
			t.Error(err)
		}
		if got := say(v); got != want {
			t.Errorf("%s\nsays %s\nwant %s", text, got, want)
		}
		steps, again, err := set.Explain(now, a)
		if err != nil || len(steps) == 0 || say(again) != want {
			t.Errorf("%s\nexplained with %v as %s, %v", text, steps, say(again), err)
		}
	}
	ip := alert("Ip", "192.0.2.1")
	ban := "decisions: [{type: ban, duration: 4h}]"
	when := func(filter string) string { return "filters: ['" + filter + "']" }
	// CrowdSec's own default.
	f(lines("name: default_ip_remediation", "filters:", ` - Alert.Remediation == true && Alert.GetScope() == "Ip"`,
		"decisions:", " - type: ban", "   duration: 4h", "on_success: break"), ip, "default_ip_remediation: ban Ip:192.0.2.1 4h0m0s")
	f(lines("name: a", when("false"), ban), ip, ": ")
	f(lines("name: a", "filters: []", ban), ip, ": ")
	// What a template says.
	f(lines("name: a", when("true"), "decisions:", " - {type: captcha, duration: 1d12h}", " - {type: ban, duration: 1h, scope: custom}"), ip,
		"a: captcha Ip:192.0.2.1 36h0m0s, ban custom:192.0.2.1 1h0m0s")
	f(lines("name: a", when("true"), "decisions: [{type: ban}]"), ip, "a: ban Ip:192.0.2.1 4h0m0s")
	f(lines("name: a", when("true"), "decisions: [{type: ban, duration: 1h, scope: rANGE, value: 1.2.3.4, scenario: x}]"), ip, "a: ban Range:192.0.2.1 1h0m0s")
	f(lines("name: a", when("true"), "decisions: [{type: ban, duration: 1h, origin: mine, simulated: true}]"), ip,
		"a: ban Ip:192.0.2.1 1h0m0s by crowdsec/mine simulated")
	f(lines("name: a", when("true"), ban), &tocsin.Alert{Simulated: true, Source: ip.Source}, "a: ban Ip:192.0.2.1 4h0m0s simulated")
	f(lines("name: a", when("true"), ban), &tocsin.Alert{}, ": ") // no source, nothing to decide about
	// Several true filters decide once.
	f(lines("name: a", "filters: ['true', 'true']", ban), ip, "a: ban Ip:192.0.2.1 4h0m0s")
	// Of several profiles the first one with decisions makes them, others may notify.
	f(lines("name: n", when("true"), "notifications: [mail]", "---", "name: a", when("true"), ban, "notifications: [slack_default, mail]",
		"---", "name: b", when("true"), "decisions: [{type: captcha, duration: 1h}]", "notifications: [mail]"), ip,
		"a: ban Ip:192.0.2.1 4h0m0s; tell mail slack_default")
	f(lines("name: a", when("true"), "notifications: [mail]", "on_success: break", "---", "name: b", when("true"), ban), ip, ": ; tell mail")
	f(lines("name: a", when("true"), "notifications: [mail]", "on_success: continue", "---", "name: b", when("true"), ban), ip,
		"b: ban Ip:192.0.2.1 4h0m0s; tell mail")
	// on_failure: a profile that does not apply.
	two := func(first ...string) string {
		return lines(append(append([]string{"name: a"}, first...), ban, "---", "name: b", when("true"), "decisions: [{type: captcha, duration: 1h}]")...)
	}
	f(two(when("false")), ip, "b: captcha Ip:192.0.2.1 1h0m0s")
	f(two(when("false"), "on_failure: continue"), ip, "b: captcha Ip:192.0.2.1 1h0m0s")
	f(two(when("false"), "on_failure: apply"), ip, "b: captcha Ip:192.0.2.1 1h0m0s")
	f(two(when("false"), "on_failure: break"), ip, ": ")
	f(two(when("true"), "on_failure: break"), ip, "a: ban Ip:192.0.2.1 4h0m0s")
	// on_error: a filter that fails while it runs.
	bad := "filters: ['Alert.Events[3].Timestamp == \"\"']"
	const fault = "; fault p.yaml:2:24: there is no element 3: the list has 0"
	f(two(bad), ip, ": "+fault)
	f(two(bad, "on_error: break"), ip, ": "+fault)
	f(two(bad, "on_error: continue"), ip, "b: captcha Ip:192.0.2.1 1h0m0s"+fault)
	f(two(bad, "on_error: ignore"), ip, "b: captcha Ip:192.0.2.1 1h0m0s"+fault)
	f(two(bad, "on_error: apply"), ip, "a: ban Ip:192.0.2.1 4h0m0s"+fault)
	f(two(bad, "on_error: continue", "on_failure: break"), ip, "b: captcha Ip:192.0.2.1 1h0m0s"+fault)
	// A filter that is true makes the ones behind it matter no more.
	f(two("filters: ['true', 'Alert.Events[3].Timestamp == \"\"']"), ip, "a: ban Ip:192.0.2.1 4h0m0s")
	// duration_expr.
	long := func(expr string) string { return lines("name: a", when("true"), ban, "duration_expr: "+expr) }
	f(long(`"Sprintf('%dh', (GetDecisionsCount(Alert.GetValue()) + 1) * 4)"`), ip, "a: ban Ip:192.0.2.1 12h0m0s")
	f(long(`"Sprintf('%dm', GetDecisionsSinceCount(Alert.GetValue(), '24h') + GetActiveDecisionsCount(Alert.GetValue()))"`), ip, "a: ban Ip:192.0.2.1 3m0s")
	f(long("GetActiveDecisionsTimeLeft(Alert.GetValue())"), ip, "a: ban Ip:192.0.2.1 1h30m0s")
	f(long(`"IpInRange(Alert.GetValue(), '192.0.2.0/24') ? '2d' : '1h'"`), ip, "a: ban Ip:192.0.2.1 48h0m0s")
	f(long(`"'soon'"`), ip, `a: ban Ip:192.0.2.1 4h0m0s; fault p.yaml:1:1: duration_expr of a: "soon" is no duration: write it like 4h, 90m or 7d`)
	f(long(`"'-1h'"`), ip, "a: ban Ip:192.0.2.1 4h0m0s; fault p.yaml:1:1: duration_expr of a: the duration -1h is not more than nothing")
	f(long("7"), ip, `a: ban Ip:192.0.2.1 4h0m0s; fault p.yaml:1:1: duration_expr of a: "7" is no duration: write it like 4h, 90m or 7d`)
	// The keys of our own.
	grow := "escalation: {factor: 3, window: 7d, longest: 2d}"
	f(lines("name: a", when("true"), ban, grow), ip, "a: ban Ip:192.0.2.1 12h0m0s")
	f(lines("name: a", when("true"), "decisions: [{type: ban, duration: 3d}]", grow), ip, "a: ban Ip:192.0.2.1 72h0m0s")
	f(lines("name: a", when("true"), ban, "ipv6_network: 56"), alert("Ip", "2001:db8:1:2ff::7"),
		"a: ban Ip:2001:db8:1:2ff::7 4h0m0s, ban Range:2001:db8:1:200::/56 4h0m0s")
	f(lines("name: a", when("true"), ban, "ipv6_network: 56"), ip, "a: ban Ip:192.0.2.1 4h0m0s")
}

// TestBuiltin holds what the profile in the box does.
func TestBuiltin(t *testing.T) {
	f := func(offences int, a *tocsin.Alert, want string) {
		t.Helper()
		set, err := profile.Builtin(options(facts{offences: offences}))
		if err != nil {
			t.Fatal(err)
		}
		v, err := set.Decide(now, a)
		if got := say(v); got != want || err != nil {
			t.Errorf("after %d offences: %s, %v, want %s", offences, got, err, want)
		}
	}
	ip := alert("Ip", "192.0.2.1")
	f(0, ip, "built-in: ban Ip:192.0.2.1 4h0m0s")
	f(1, ip, "built-in: ban Ip:192.0.2.1 8h0m0s")
	f(2, ip, "built-in: ban Ip:192.0.2.1 16h0m0s")
	f(5, ip, "built-in: ban Ip:192.0.2.1 128h0m0s")
	f(6, ip, "built-in: ban Ip:192.0.2.1 168h0m0s")
	f(1_000_000_000, ip, "built-in: ban Ip:192.0.2.1 168h0m0s")
	f(0, alert("Range", "192.0.2.0/24"), "built-in: ban Range:192.0.2.0/24 4h0m0s")
	f(0, alert("Country", "FR"), ": ")
	f(1, alert("Ip", "2001:db8::1"), "built-in: ban Ip:2001:db8::1 8h0m0s, ban Range:2001:db8::/64 8h0m0s")
	f(0, alert("Ip", "::ffff:192.0.2.1"), "built-in: ban Ip:::ffff:192.0.2.1 4h0m0s")
	info := *ip
	info.Remediation = false
	f(0, &info, ": ")
}

// TestFacts holds that nothing is judged while the past cannot be asked, whatever on_error says.
func TestFacts(t *testing.T) {
	f := func(text string) {
		t.Helper()
		o := options(facts{err: fmt.Errorf("%w: no room", profile.ErrFacts)})
		set, err := profile.Load(o, &diag.List{}, profile.File{Path: "p.yaml", Text: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		v, err := set.Decide(now, alert("Ip", "192.0.2.1"))
		if !errors.Is(err, profile.ErrFacts) || len(v.Decisions) > 0 {
			t.Errorf("%s\nsays %s, %v", text, say(v), err)
		}
	}
	f("name: a\nfilters: ['GetDecisionsCount(Alert.GetValue()) == 0']\non_error: ignore\ndecisions: [{type: ban, duration: 1h}]\n")
	f("name: a\nfilters: ['true']\nduration_expr: Sprintf('%dh', GetDecisionsCount(Alert.GetValue()))\ndecisions: [{type: ban, duration: 1h}]\n")
	f("name: a\nfilters: ['true']\nescalation: {factor: 2, window: 1d, longest: 1d}\ndecisions: [{type: ban, duration: 1h}]\n")
}

func TestLocalComesFirst(t *testing.T) {
	text := func(name string) []byte {
		return []byte("name: " + name + "\nfilters: ['true']\ndecisions: [{type: ban, duration: 1h}]\n")
	}
	set, err := profile.Load(options(facts{}), &diag.List{},
		profile.File{Path: "profiles.yaml.local", Text: text("local")}, profile.File{Path: "profiles.yaml", Text: text("main")})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range set.Profiles() {
		names = append(names, fmt.Sprintf("%s %s:%d %v", p.Name, p.File, p.Line, p.Decisions))
	}
	if got, want := strings.Join(names, ", "), "local profiles.yaml.local:1 [ban for 1h0m0s], main profiles.yaml:1 [ban for 1h0m0s]"; got != want {
		t.Errorf("profiles are %s, want %s", got, want)
	}
}

// FuzzLoad holds that no file of profiles crashes loading or judging, and that what is refused says why.
func FuzzLoad(f *testing.F) {
	f.Add("name: a\nfilters: ['Alert.Remediation']\ndecisions: [{type: ban, duration: 4h}]\non_success: break\n")
	f.Add("name: a\nfilters: ['true']\nduration_expr: Sprintf('%dh', 1)\nescalation: {factor: 2, window: 1d, longest: 7d}\nipv6_network: 64\n")
	f.Add("name: [a]\n---\nfilters: x\n")
	f.Fuzz(func(t *testing.T, text string) {
		var problems diag.List
		set, err := profile.Load(options(facts{offences: 3}), &problems, profile.File{Path: "p.yaml", Text: []byte(text)})
		if err != nil {
			if problems.Errors() == 0 || set != nil {
				t.Errorf("refused without a problem: %v", err)
			}
			return
		}
		v, _ := set.Decide(now, alert("Ip", "2001:db8::1")) // faults are in the verdict
		for _, d := range v.Decisions {
			if d.Duration <= 0 || d.Duration > wire.MaxDuration || d.Type == "" {
				t.Errorf("a decision of %q: %+v", text, d)
			}
		}
	})
}
