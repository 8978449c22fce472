package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tocsin.example/bench/gen"
)

// report is all that was measured.
type report struct {
	lab             *lab
	command         string
	took            time.Duration
	regexp          int // bytes of the expression
	cases           []*one
	scale           []*one
	workers         workers
	big             stats
	buckets         buckets
	profiles        []profile
	peers           []peer
	peersSkipped    string
	machine, commit string
	goVersion, date string
}

// measure measures all.
func (l *lab) measure(ctx context.Context, withPeers bool) (*report, error) {
	r := &report{lab: l, cases: cases(), date: time.Now().UTC().Format(time.RFC3339), peersSkipped: "not asked for"}
	r.machine, r.goVersion, r.commit = machine(), output(ctx, l.root, "go", "version"), output(ctx, l.root, "git", "describe", "--always", "--dirty")
	if err := l.build(ctx); err != nil {
		return nil, err
	}
	b, err := newBaseline(l)
	if err != nil {
		return nil, err
	}
	r.regexp = b.size
	l.say("cases")
	if err := l.runCases(ctx, b, r.cases, l.rounds); err != nil {
		return nil, err
	}
	l.say("scaling")
	for _, n := range []int{100, 400, 846} {
		more, err := l.scaled(n)
		if err != nil {
			return nil, err
		}
		r.scale = append(r.scale, more...)
	}
	if err := l.runCases(ctx, b, r.scale, min(l.rounds, 3)); err != nil {
		return nil, err
	}
	l.say("workers")
	if r.workers, err = l.twoWorkers(ctx); err != nil {
		return nil, err
	}
	l.say("memory of a large replay")
	if r.big, err = l.large(ctx); err != nil {
		return nil, err
	}
	l.say("memory of buckets")
	if r.buckets, err = l.bucketMemory(ctx); err != nil {
		return nil, err
	}
	l.say("profiles")
	if r.profiles, err = l.profile(ctx, r.cases); err != nil {
		return nil, err
	}
	if withPeers {
		l.say("peers")
		r.peers, r.peersSkipped = l.runPeers(ctx)
	}
	r.took = time.Since(l.started)
	return r, ctx.Err()
}

// workers are the wall clock's seconds of a replay without loading.
type workers struct {
	lines    int
	one, two series
	ratio    series
}

func (l *lab) twoWorkers(ctx context.Context) (w workers, err error) {
	r := base("crowdsecurity/nginx")
	if w.lines, err = l.size(ctx, gen.Nginx, r, 2*l.target); err != nil {
		return w, err
	}
	path, err := l.log(gen.Nginx, w.lines)
	if err != nil {
		return w, err
	}
	for range l.rounds {
		var wall [2]float64
		for i := range wall {
			s, err := l.replay(ctx, path, gen.Nginx.Type(), r, i+1)
			if err != nil {
				return w, err
			}
			wall[i] = s.Wall - s.Load
		}
		w.one, w.two, w.ratio = append(w.one, wall[0]), append(w.two, wall[1]), append(w.ratio, wall[0]/wall[1])
	}
	return w, nil
}

// large replays a million nginx lines with the base rules, or as many as can be done in a minute.
func (l *lab) large(ctx context.Context) (stats, error) {
	r := base("crowdsecurity/nginx")
	lines, err := l.size(ctx, gen.Nginx, r, bigTarget)
	if err != nil {
		return stats{}, err
	}
	path, err := l.log(gen.Nginx, lines)
	if err != nil {
		return stats{}, err
	}
	return l.replay(ctx, path, gen.Nginx.Type(), r, 1)
}

// buckets is what very many buckets with one event each take.
type buckets struct {
	few, many stats
}

// bytes is what a live bucket takes, with its event.
func (b buckets) bytes() float64 {
	live := func(s stats) float64 { return s.Detail.Bucket.Created - s.Detail.Bucket.Evicted }
	if n := live(b.many) - live(b.few); n > 0 {
		return (b.many.RSS - b.few.RSS) / n
	}
	return 0
}

// holder is a scenario whose buckets stay.
const holder = `type: leaky
name: report/holder
description: one bucket for each address
filter: evt.Meta.log_type == 'ssh_failed-auth'
groupby: evt.Meta.source_ip
capacity: 1000
leakspeed: 1h
labels: {remediation: true}
`

// bucketMemory replays sshd lines from a million addresses within ten seconds.
func (l *lab) bucketMemory(ctx context.Context) (b buckets, err error) {
	dir := filepath.Join(l.dir, "hub")
	for _, p := range []string{"s00-raw/crowdsecurity/syslog-logs", "s01-parse/crowdsecurity/sshd-logs", "s02-enrich/crowdsecurity/dateparse-enrich"} {
		text, err := os.ReadFile(filepath.Join(l.hub, "parsers", filepath.FromSlash(p)+".yaml"))
		if err != nil {
			return b, err
		}
		if err := put(filepath.Join(dir, "parsers", filepath.FromSlash(p)+".yaml"), text); err != nil {
			return b, err
		}
	}
	if err := put(filepath.Join(dir, "scenarios", "report", "holder.yaml"), []byte(holder)); err != nil {
		return b, err
	}
	count := 1_000_000
	if l.quick {
		count = max(l.lines, 100)
	}
	for _, c := range []struct {
		lines int
		to    *stats
	}{{count / 100, &b.few}, {count, &b.many}} {
		path := filepath.Join(l.dir, "addresses.log")
		if err := addresses(path, c.lines); err != nil {
			return b, err
		}
		if *c.to, err = l.replay(ctx, path, gen.SSHD.Type(), rules{hub: dir}, 1); err != nil {
			return b, err
		}
	}
	return b, nil
}

func put(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// addresses writes a failed login from each of n addresses, all within ten seconds.
func addresses(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for i := range n {
		_, _ = fmt.Fprintf(w, "Jun  1 10:00:%02d gate sshd[%d]: Failed password for root from 198.%d.%d.%d port %d ssh2\n",
			i*10/n, 1000+i%60_000, i>>16&255, i>>8&255, i&255, 1025+i%60_000) // Flush tells
	}
	if err := w.Flush(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// profile is where the time of a case goes.
type profile struct{ name, top string }

func (l *lab) profile(ctx context.Context, all []*one) (out []profile, err error) {
	for _, c := range all[:4] {
		path, err := l.log(c.kind, c.lines)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(l.dir, "cpu.prof")
		if _, err := l.replay(ctx, path, c.kind.Type(), c.rules, 1, "--cpuprofile", file); err != nil {
			return nil, err
		}
		top := output(ctx, l.root, "go", "tool", "pprof", "-top", "-nodecount=20", l.bin, file)
		if top == "" {
			return nil, errors.New("go tool pprof says nothing")
		}
		out = append(out, profile{c.name, shorten(top)})
	}
	return out, nil
}

// shorten leaves the table of a profile, with names that fit a line.
func shorten(top string) string {
	var out []string
	for line := range strings.Lines(top) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "File:") || strings.HasPrefix(line, "Build ID:") || strings.HasPrefix(line, "Time:") {
			continue
		}
		out = append(out, line[:min(len(line), 120)])
	}
	return strings.Join(out, "\n")
}

// output is what a command prints, "" when it cannot be run.
func output(ctx context.Context, dir, name string, args ...string) string {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
