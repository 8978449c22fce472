//go:build !race

// These tests have one goroutine, and would take minutes under the race detector.

package traffic_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/testx"
	"tocsin.example/test/traffic"
)

// seeds are the hours that are played: a few always, many before a release. Odd ones have daemons of some years ago.
func seeds() []uint64 {
	n := 3
	if testx.Soak() {
		n = 20
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}

// engine is that of the built-in rules.
var engine = sync.OnceValues(func() (*detect.Engine, error) {
	site, err := app.Open(app.Options{Now: traffic.Start().Add(24 * time.Hour), Indexed: true})
	if err != nil {
		return nil, err
	}
	if all := site.Problems.Problems(); len(all) > 0 {
		return nil, fmt.Errorf("the rules have %d problems, the first: %w", len(all), all[0])
	}
	return site.Engine, nil
})

// hour is what the rules made of an hour.
type hour struct {
	alerts []tocsin.Alert // of each no more than is asked here
	parsed map[string]int // lines that were understood, by type
}

func play(t *testing.T, p *traffic.Play) *hour {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	h := &hour{parsed: map[string]int{}}
	core := e.NewCore(nil)
	core.OnAlert = func(a *tocsin.Alert) {
		h.alerts = append(h.alerts, tocsin.Alert{Scenario: a.Scenario, Remediation: a.Remediation, Source: a.Source, Labels: a.Labels})
	}
	worker, it := e.NewWorker(nil, nil), e.NewItem()
	n := uint64(0)
	for l := range p.Lines() {
		n++
		line := tocsin.Line{
			Raw: l.Text, Src: l.Type + ".log", Module: "file", Labels: map[string]string{"type": l.Type}, Time: l.At, Clock: tocsin.EventClock,
		}
		worker.Work(it, n, &line)
		h.parsed[l.Type] += 0
		if it.Outcome.Parsed {
			h.parsed[l.Type]++
		}
		core.Settle(it)
	}
	core.Finish()
	return h
}

// source is where an alert says that its source is.
func source(a *tocsin.Alert) (netip.Prefix, bool) {
	if a.Source == nil {
		return netip.Prefix{}, false
	}
	if p, err := netip.ParsePrefix(a.Source.Value); err == nil {
		return p, true
	}
	ip, err := netip.ParseAddr(a.Source.Value)
	return netip.PrefixFrom(ip, ip.BitLen()), err == nil
}

// within says whether a ban of p hits nobody but the attacker.
func within(p netip.Prefix, a traffic.Attacker) bool {
	return slices.ContainsFunc(a.Sources, func(s netip.Prefix) bool { return s.Bits() <= p.Bits() && s.Contains(p.Addr()) })
}

// found says whether an alert of one of the behaviours speaks of the attacker.
func (h *hour) found(a traffic.Attacker, behaviors []string) bool {
	return slices.ContainsFunc(h.alerts, func(alert tocsin.Alert) bool {
		if !slices.Contains(behaviors, fmt.Sprint(alert.Labels["behavior"])) {
			return false
		}
		if a.Account != "" {
			return alert.Source != nil && alert.Source.Value == a.Account
		}
		p, ok := source(&alert)
		return ok && within(p, a)
	})
}

// bans are the scenarios that would ban somebody else than the attackers, each with one whom it would.
func (h *hour) bans(attackers []traffic.Attacker) map[string]string {
	bans := map[string]string{}
	for i := range h.alerts {
		alert := &h.alerts[i]
		p, ok := source(alert)
		if alert.Remediation && (!ok || !slices.ContainsFunc(attackers, func(a traffic.Attacker) bool { return within(p, a) })) {
			bans[alert.Scenario] = alert.Source.String()
		}
	}
	return bans
}

// family names an attacker in the tables: by the family of its addresses, or as an account.
func family(a traffic.Attacker) string {
	switch {
	case a.Account != "":
		return "account"
	case a.Sources[0].Addr().Is4():
		return "IPv4"
	default:
		return "IPv6"
	}
}

// classes are the benign ones, or the attacks.
func classes(benign bool) []traffic.Class {
	return slices.DeleteFunc(traffic.Classes(), func(c traffic.Class) bool { return c.Benign() != benign })
}

// TestBenign holds that the built-in rules ban nobody in an hour of any benign class. What they do ban today stands in
// table banned, which must be exact.
func TestBenign(t *testing.T) {
	got := map[string]string{}
	for _, c := range classes(true) {
		found := map[string]bool{}
		for _, seed := range seeds() {
			for scenario, who := range play(t, c.Play(traffic.Options{Seed: seed})).bans(nil) {
				t.Logf("%s, seed %d: %s bans %s", c.Name, seed, scenario, who)
				found[scenario] = true
			}
		}
		if len(found) > 0 {
			got[strings.TrimPrefix(c.Name, traffic.Benign)] = strings.Join(slices.Sorted(maps.Keys(found)), " ")
		}
	}
	if diff := cmp.Diff(banned, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("who is banned (-table +now): the rules got worse, or better and the table must shrink\n%s", diff)
	}
}

// TestAttacks holds that the rules find every attacker, and nobody else. Whom they do not find today stands in table
// missing, which must be exact.
func TestAttacks(t *testing.T) {
	got := map[string]string{}
	for _, c := range classes(false) {
		lost := map[string]bool{}
		for _, seed := range seeds() {
			p := c.Play(traffic.Options{Seed: seed})
			h := play(t, p)
			for _, a := range p.Attackers() {
				if !h.found(a, c.Behaviors) {
					t.Logf("%s, seed %d: %s is not found", c.Name, seed, family(a))
					lost[family(a)] = true
				}
			}
			if bans := h.bans(p.Attackers()); len(bans) > 0 {
				t.Errorf("%s, seed %d: somebody who is not there is banned by %v", c.Name, seed, bans)
			}
		}
		if len(lost) > 0 {
			got[strings.TrimPrefix(c.Name, traffic.Attack)] = strings.Join(slices.Sorted(maps.Keys(lost)), " ")
		}
	}
	if diff := cmp.Diff(missing, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("who is not found (-table +now): the rules got worse, or better and the table must shrink\n%s", diff)
	}
}

// TestMixed holds that attackers among benign visitors are found as without them, and that nobody else is banned. Each
// attack comes in the hour of one benign class.
func TestMixed(t *testing.T) {
	benign, attacks := classes(true), classes(false)
	for i, c := range benign {
		mix := []traffic.Class{c}
		for j := i; j < len(attacks); j += len(benign) {
			mix = append(mix, attacks[j])
		}
		p := traffic.Mix(traffic.Options{Seed: 2}, mix...)
		h := play(t, p)
		for scenario, who := range h.bans(p.Attackers()) {
			if !strings.Contains(banned[strings.TrimPrefix(c.Name, traffic.Benign)], scenario) {
				t.Errorf("%s and %d attacks: %s bans %s, who attacks nothing", c.Name, len(mix)-1, scenario, who)
			}
		}
		attackers := p.Attackers()
		for _, attack := range mix[1:] {
			n := len(attack.Play(traffic.Options{Seed: 2}).Attackers())
			for _, a := range attackers[:n] {
				known := strings.Contains(missing[strings.TrimPrefix(attack.Name, traffic.Attack)], family(a))
				if !known && !h.found(a, attack.Behaviors) {
					t.Errorf("%s among %s: %s is not found", attack.Name, c.Name, family(a))
				}
			}
			attackers = attackers[n:]
		}
	}
}

// TestForms holds that attacks on the web are found in every form of access log, and that nobody is banned in any. The
// forms that no rule reads stand in unread.
func TestForms(t *testing.T) {
	for _, form := range traffic.Forms() {
		if form == traffic.Nginx || slices.Contains(unread, string(form)) {
			continue
		}
		for _, c := range traffic.Classes() {
			p := c.Play(traffic.Options{Seed: 2, Web: form})
			h := play(t, p)
			name := strings.TrimPrefix(strings.TrimPrefix(c.Name, traffic.Benign), traffic.Attack)
			for _, a := range p.Attackers() {
				if !strings.Contains(missing[name], family(a)) && !h.found(a, c.Behaviors) {
					t.Errorf("%s in the form %s: %s is not found", c.Name, form, family(a))
				}
			}
			for scenario, who := range h.bans(p.Attackers()) {
				if !strings.Contains(banned[name], scenario) {
					t.Errorf("%s in the form %s: %s bans %s, who attacks nothing", c.Name, form, scenario, who)
				}
			}
		}
	}
}

// TestRead holds that the rules read every log that is played. Those that they do not stand in unread, which must be exact.
func TestRead(t *testing.T) {
	parsed := map[string]int{}
	for _, form := range traffic.Forms() {
		c, err := traffic.Find(traffic.Benign + "mistypes")
		if err != nil {
			t.Fatal(err)
		}
		for kind, n := range play(t, c.Play(traffic.Options{Seed: 1, Web: form})).parsed {
			parsed[kind] += n
		}
	}
	var got []string
	for _, kind := range slices.Sorted(maps.Keys(parsed)) {
		if parsed[kind] == 0 {
			got = append(got, kind)
		}
	}
	if diff := cmp.Diff(unread, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("logs of which no line is understood (-table +now)\n%s", diff)
	}
}
