package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// markdown is the report.
func (r *report) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# What a line costs\n\n")
	p("Written by `make bench-report`; measured, never edited. ")
	if r.lab.quick {
		p("**A quick run: it shows that measuring works, its numbers mean nothing.** ")
	}
	p("The logs are those of `bench/gen`\n(seed 1, 20,000 addresses, 2 %% attacks); the rules are CrowdSec's hub.\n\n")
	p("| | |\n| --- | --- |\n| engine | %s |\n| commit | %s |\n| date | %s |\n| machine | %s |\n| Go | %s |\n| command | `%s` |\n| took | %s |\n\n",
		r.lab.engine, r.commit, r.date, r.machine, r.goVersion, strings.TrimSpace(r.command), r.took.Round(1e9))
	r.writeMethod(p)
	r.writeTargets(p)
	r.writeCases(p)
	r.writeScale(p)
	r.writeRest(p)
	r.writePeers(p)
	p("## Where the time goes\n\nWithout loading; `flat` is in the function itself.\n")
	for _, f := range r.profiles {
		p("\n### %s\n\n```\n%s\n```\n", f.name, f.top)
	}
	return b.String()
}

type printer func(format string, args ...any)

func (r *report) writeMethod(p printer) {
	p("Numbers are processor time (user and system, all threads, the garbage collector's too) of whole processes with one\n")
	p("worker, without the start and without loading rules, as `--stats` says: the median of %d runs, the least and the most\n", r.lab.rounds)
	p("in brackets. The machine is shared: trust ratios. \"Go's regexp\" is the time that Go's `regexp` needs for one nginx\n")
	p("line with the hub's nginx pattern (%s bytes expanded, captures included), measured just before each run of each case;\n", count(float64(r.regexp)))
	p("its ratio is taken pair by pair.\n\n")
}

// verdict is yes or no.
func verdict(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}

func (r *report) writeTargets(p printer) {
	p("## Targets\n\n| target | floor | measured | met | aim | measured | met |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	allocs := 0.0
	for _, c := range r.cases {
		allocs = max(allocs, c.allocs.median())
		if c.floor == 0 {
			continue
		}
		p("| %s | 1/%.0f of Go's regexp | 1/%s | %s | %s lines/s | %s | %s |\n", c.name, c.floor, number(c.ratio.median()),
			verdict(c.ratio.median() >= c.floor), number(c.aim), number(1/c.cost.median()), verdict(1/c.cost.median() >= c.aim))
	}
	row := func(name, unit string, floor, aim, got float64) {
		p("| %s | %s %s | %s | %s | %s %s | %s | %s |\n", name, number(floor), unit, number(got), verdict(got <= floor), number(aim), unit, number(got), verdict(got <= aim))
	}
	row("allocations a line, the worst case below", "", 1, 0, allocs)
	row(count(r.buckets.many.Detail.Bucket.Created-r.buckets.many.Detail.Bucket.Evicted)+" live buckets with one event each",
		"MB a million", 150, 100, r.buckets.bytes())
	_, load := r.load()
	row("load of the whole hub, processor time with the start", "s", 1.5, 0.5, load.median())
	row(fmt.Sprintf("replay of %s nginx lines, resident", count(r.big.Lines)), "MB", 200, 100, r.big.RSS/1e6)
	p("\n")
}

// load are the seconds in which the whole hub was loaded, by the wall clock and in processor time.
func (r *report) load() (wall, cpu series) {
	for _, c := range r.cases {
		if c.rules.install == nil {
			wall, cpu = append(wall, c.load...), append(cpu, c.loads...)
		}
	}
	return wall, cpu
}

func (r *report) writeCases(p printer) {
	p("## Cases\n\n| case | lines | µs a line | lines/s | Go's regexp, µs | ratio | allocations a line | parsed | poured a line |\n")
	p("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range r.cases {
		r.writeCase(p, c)
	}
	p("\n")
}

func (r *report) writeCase(p printer, c *one) {
	p("| %s | %s | %s | %s | %s | %s | %s | %.0f %% | %s |\n", c.name, count(float64(c.lines)), c.cost.spread(1e-6), number(1/c.cost.median()),
		number(c.re.median()*1e6), c.ratio.spread(1), number(c.allocs.median()), 100*c.last.Parsed/c.last.Lines, number(c.last.Poured/c.last.Lines))
}

func (r *report) writeScale(p printer) {
	p("## Cost against the number of rules\n\nAll parsers, and more and more scenarios: those of nginx and sshd first, so that what comes on top\nconcerns fewer and fewer of the lines.\n\n")
	p("| case | lines | µs a line | lines/s | Go's regexp, µs | ratio | allocations a line | parsed | poured a line |\n")
	p("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, c := range r.scale {
		r.writeCase(p, c)
	}
	p("\n")
}

func (r *report) writeRest(p printer) {
	w := r.workers
	load, loads := r.load()
	p("## Workers, memory, loading\n\n| what | value |\n| --- | --- |\n")
	p("| one worker, wall clock of %s nginx lines, base rules | %s s |\n", count(float64(w.lines)), w.one.spread(1))
	p("| two workers | %s s |\n| two against one (wanted: 1.7) | %s |\n", w.two.spread(1), w.ratio.spread(1))
	p("| replay of %s nginx lines, base rules: resident | %s MB |\n| the same: processor time | %s s |\n", count(r.big.Lines), number(r.big.RSS/1e6), number(r.big.CPU-r.big.LoadCPU))
	f, m := r.buckets.few.Detail.Bucket, r.buckets.many.Detail.Bucket
	p("| sshd failures from %s addresses: buckets made, evicted, events stripped | %s, %s, %s |\n", count(r.buckets.many.Lines), count(m.Created), count(m.Evicted), count(m.Stripped))
	p("| resident with them, and with %s buckets | %s MB, %s MB |\n", count(f.Created-f.Evicted), number(r.buckets.many.RSS/1e6), number(r.buckets.few.RSS/1e6))
	p("| so that a live bucket with its event takes | %s bytes |\n", number(r.buckets.bytes()))
	p("| load of the whole hub, wall clock | %s s |\n", load.spread(1))
	p("| load of the whole hub, processor time with the start of the program | %s s |\n\n", loads.spread(1))
}

func (r *report) writePeers(p printer) {
	p("## Other programs\n\n")
	if len(r.peers) > 0 {
		p("Debian's packages, unpacked and not installed, run once over finished logs. What a line costs is the slope between logs\n")
		p("of %s and %s lines, so that the start is not in it. Their rules are those that their packages bring.\n\n", count(peerFew), count(peerMany))
		p("| program | version | rules | log | µs a line | ours | ratio | remark |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	}
	for _, e := range r.peers {
		ours := r.find(e.against)
		p("| %s | %s | %s | %s | %s | %s: %s µs | %s | %s |\n", e.program, e.version, e.rules, e.kind, e.cost.spread(1e-6),
			e.against, number(ours*1e6), number(e.cost.median()/ours), e.remark)
	}
	if r.peersSkipped != "" {
		p("\nNot measured: %s.\n", r.peersSkipped)
	}
	p("\n")
}

// find is what a line of a case costs, in seconds.
func (r *report) find(name string) float64 {
	for _, c := range r.cases {
		if c.name == name {
			return c.cost.median()
		}
	}
	return 0
}

// machine names the processor and how many of it there are.
func machine() string {
	name := runtime.GOOS + "/" + runtime.GOARCH
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				return fmt.Sprintf("%s, %s, %d processors", name, strings.TrimSpace(value), runtime.NumCPU())
			}
		}
	}
	return fmt.Sprintf("%s, %d processors", name, runtime.NumCPU())
}
