//go:build !race

// These tests have one goroutine, and would take minutes under the race detector.

package traffic_test

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/testx"
	"tocsin.example/test/traffic"
)

// seeds are the hours that are played: a few always, many before a release. Odd ones have daemons of some years ago.
func seeds() []uint64 {
	n := 2
	switch {
	case testx.Soak():
		n = 20
	case testing.Short():
		n = 1
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}

// builtIn are the built-in rules.
var builtIn = sync.OnceValues(func() (*app.Site, error) {
	site, err := app.Open(app.Options{Now: traffic.Start().Add(24 * time.Hour), Indexed: true})
	if err != nil {
		return nil, err
	}
	if all := site.Problems.Problems(); len(all) > 0 {
		return nil, fmt.Errorf("the rules have %d problems, the first: %w", len(all), all[0])
	}
	return site, nil
})

// hour is what the rules made of an hour.
type hour struct {
	alerts []tocsin.Alert // of each no more than is asked here
	parsed map[string]int // lines that were understood, by type
}

func play(t *testing.T, p *traffic.Play) *hour {
	t.Helper()
	site, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	site.Forget() // each hour is the first
	e := site.Engine
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

// classes are the benign ones, or the attacks.
func classes(benign bool) []traffic.Class {
	return slices.DeleteFunc(traffic.Classes(), func(c traffic.Class) bool { return c.Benign() != benign })
}

// TestBenign holds that the built-in rules ban nobody in an hour of any benign class.
func TestBenign(t *testing.T) {
	for _, c := range classes(true) {
		for _, seed := range seeds() {
			for scenario, who := range play(t, c.Play(traffic.Options{Seed: seed})).bans(nil) {
				t.Errorf("%s, seed %d: %s bans %s", c.Name, seed, scenario, who)
			}
		}
	}
}

// TestAttacks holds that the rules find every attacker, and nobody else.
func TestAttacks(t *testing.T) {
	for _, c := range classes(false) {
		for _, seed := range seeds() {
			p := c.Play(traffic.Options{Seed: seed})
			judge(t, fmt.Sprintf("%s, seed %d", c.Name, seed), play(t, p), c.Behaviors, p.Attackers(), p.Attackers())
		}
	}
}

// judge complains of attackers who are not found by one of the behaviours, and of bans that hit none of all attackers.
func judge(t *testing.T, what string, h *hour, behaviors []string, attackers, all []traffic.Attacker) {
	t.Helper()
	for _, a := range attackers {
		if !h.found(a, behaviors) {
			t.Errorf("%s: %v is not found", what, a)
		}
	}
	for scenario, who := range h.bans(all) {
		t.Errorf("%s: %s bans %s, who attacks nothing", what, scenario, who)
	}
}

// TestMixed holds that attackers among benign visitors are found as without them, and that nobody else is banned. Each
// attack comes in the hour of one benign class; before a release each benign class has its attacks, else every third.
func TestMixed(t *testing.T) {
	benign, attacks := classes(true), classes(false)
	if !testx.Soak() {
		third := benign[:0]
		for i := 0; i < len(benign); i += 3 {
			third = append(third, benign[i])
		}
		benign = third
	}
	for i, c := range benign {
		mix := []traffic.Class{c}
		for j := i; j < len(attacks); j += len(benign) {
			mix = append(mix, attacks[j])
		}
		p := traffic.Mix(traffic.Options{Seed: 2}, mix...)
		h := play(t, p)
		rest := p.Attackers()
		for _, attack := range mix[1:] {
			n := len(attack.Play(traffic.Options{Seed: 2}).Attackers())
			judge(t, attack.Name+" among "+c.Name, h, attack.Behaviors, rest[:n], p.Attackers())
			rest = rest[n:]
		}
	}
}

// TestForms holds that attacks on the web are found in every form of access log, and that nobody is banned in any. Each
// attack and every second benign class come in one form, and all classes in all of them before a release.
func TestForms(t *testing.T) {
	forms := slices.DeleteFunc(traffic.Forms(), func(f traffic.Form) bool { return f == traffic.Nginx }) // that of the other tests
	for i, form := range forms {
		for j, c := range traffic.Classes() {
			if !testx.Soak() && (j%len(forms) != i || c.Benign() && j%2 == 0) {
				continue
			}
			p := c.Play(traffic.Options{Seed: 2, Web: form})
			judge(t, fmt.Sprintf("%s in the form %s", c.Name, form), play(t, p), c.Behaviors, p.Attackers(), p.Attackers())
		}
	}
}

// TestRead holds that the rules read every log that is played.
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
	for kind, n := range parsed {
		if n == 0 {
			t.Errorf("no line of %s is understood", kind)
		}
	}
}
