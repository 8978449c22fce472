package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tocsin.example/bench/gen"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/hub"
	"tocsin.example/internal/rule"
)

// one is a case: a log and the rules for it.
type one struct {
	name  string
	kind  gen.Kind
	rules rules
	floor float64 // how many times cheaper than Go's regexp a line must be; 0 for none
	aim   float64 // lines a second

	lines  int
	cost   series // processor time of a line, in seconds
	re     series // the same of Go's regexp, just before
	ratio  series
	allocs series // a line
	load   series // wall clock
	loads  series // processor time
	last   stats
}

// base are the rules that a machine with one service installs, beside the service's own: dates, places of addresses,
// and what leaves a server's neighbours alone.
func base(collection string) rules {
	return rules{install: []string{
		collection, "crowdsecurity/syslog-logs", "crowdsecurity/dateparse-enrich", "crowdsecurity/geoip-enrich",
	}}
}

func cases() []*one {
	return []*one{
		{name: "nginx, base rules", kind: gen.Nginx, rules: base("crowdsecurity/nginx"), floor: 60, aim: 250_000},
		{name: "nginx, whole hub", kind: gen.Nginx, floor: 25, aim: 150_000},
		{name: "sshd, base rules", kind: gen.SSHD, rules: base("crowdsecurity/sshd"), floor: 100, aim: 500_000},
		{name: "sshd, whole hub", kind: gen.SSHD, floor: 60, aim: 300_000},
		{name: "mix, whole hub", kind: gen.Mix},
		{name: "caddy, base rules", kind: gen.Caddy, rules: base("crowdsecurity/caddy")},
		{name: "caddy, whole hub", kind: gen.Caddy},
		{name: "traefik, base rules", kind: gen.Traefik, rules: base("crowdsecurity/traefik")},
		{name: "traefik, whole hub", kind: gen.Traefik},
	}
}

// rounds measures all cases in turn, round by round, each with Go's regexp just before it, so that both meet the machine
// in the same mood.
func (l *lab) runCases(ctx context.Context, b *baseline, all []*one, rounds int) error {
	for _, c := range all {
		n, err := l.size(ctx, c.kind, c.rules, l.target)
		if err != nil {
			return err
		}
		c.lines = n
	}
	for i := range rounds {
		for _, c := range all {
			if err := l.runCase(ctx, b, c); err != nil {
				return err
			}
			l.say("round %d: %s: %s µs a line", i+1, c.name, number(c.cost[len(c.cost)-1]*1e6))
		}
	}
	return nil
}

func (l *lab) runCase(ctx context.Context, b *baseline, c *one) error {
	path, err := l.log(c.kind, c.lines)
	if err != nil {
		return err
	}
	re, err := b.run()
	if err != nil {
		return err
	}
	s, err := l.replay(ctx, path, c.kind.Type(), c.rules, 1)
	if err != nil {
		return err
	}
	if s.Parsed == 0 {
		return fmt.Errorf("%s: no line was understood: nothing is measured", c.name)
	}
	c.re, c.cost, c.ratio = append(c.re, re), append(c.cost, s.line()), append(c.ratio, re/s.line())
	c.allocs, c.load = append(c.allocs, s.Allocations/s.Lines), append(c.load, s.Load)
	c.loads = append(c.loads, s.LoadCPU)
	c.last = s
	return nil
}

// scaled makes cases with all parsers of the hub and the first n scenarios, those of the services' own collections
// before the others.
func (l *lab) scaled(n int) ([]*one, error) {
	var problems diag.List
	h, err := hub.OpenDir(l.hub, &problems)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	var install []string
	for it := range h.Items(rule.Parser) {
		install = append(install, "parsers:"+it.Name)
	}
	own := h.Resolve([]string{"crowdsecurity/nginx", "crowdsecurity/sshd"}, &problems).Scenarios
	first := func(name string) int {
		if slices.ContainsFunc(own, func(f rule.File) bool { return f.Name == name }) {
			return 0
		}
		return 1
	}
	var items []*hub.Item
	for it := range h.Items(rule.Scenario) {
		items = append(items, it)
	}
	slices.SortStableFunc(items, func(a, b *hub.Item) int {
		if d := first(a.Name) - first(b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	have := 0
	for _, it := range items {
		text, err := os.ReadFile(filepath.Join(l.hub, filepath.FromSlash(it.Path)))
		if err != nil {
			return nil, err
		}
		docs := len(diag.Documents(it.Path, text, diag.Foreign, &problems))
		if have+docs > n {
			continue
		}
		have += docs
		install = append(install, "scenarios:"+it.Name)
		if have == n {
			break
		}
	}
	var out []*one
	for _, k := range []gen.Kind{gen.Nginx, gen.SSHD} {
		out = append(out, &one{name: fmt.Sprintf("%s, %d scenarios", k, have), kind: k, rules: rules{install: install}})
	}
	return out, nil
}
