package retain_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin.example"
	"tocsin.example/internal/event"
)

// logs makes records of events as rules make them of two logs.
type logs struct {
	schema *event.Schema
	ev     *event.Event
	in     *event.Interner
	rng    *rand.Rand
	labels map[string]string
	agents []string
	paths  []string
	addrs  []string
}

func newLogs() *logs {
	l := &logs{schema: event.NewSchema(), in: event.NewInterner(), rng: rand.New(rand.NewPCG(1, 2)), labels: map[string]string{"type": "x"}}
	l.ev = event.New(l.schema)
	words := strings.Fields("amber basket candle drawer easel fabric garnet hammer icicle jacket kettle ladder mirror needle orchid pencil quartz ribbon saddle thread")
	word := func() string { return words[l.rng.IntN(len(words))] }
	for range 20_000 {
		l.addrs = append(l.addrs, l.addr())
	}
	for range 400 {
		l.paths = append(l.paths, fmt.Sprintf("/%s/%s-%s-%d", word(), word(), word(), l.rng.IntN(1000)))
		l.agents = append(l.agents, fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%[1]d.0 %s/%d", 100+l.rng.IntN(50), word(), l.rng.IntN(100)))
	}
	return l
}

func (l *logs) addr() string {
	return fmt.Sprintf("%d.%d.%d.%d", 1+l.rng.IntN(223), l.rng.IntN(256), l.rng.IntN(256), l.rng.IntN(256))
}

// made makes the event of a line out of its parts: a name of a field, or "" for what stands between, and its text.
func (l *logs) made(n int, src string, at time.Time, parts ...string) {
	var raw strings.Builder
	for i := 1; i < len(parts); i += 2 {
		raw.WriteString(parts[i])
	}
	line := raw.String()
	l.ev.Reset(uint64(n)+1, &tocsin.Line{Raw: line, Src: src, Module: "file", Labels: l.labels, Time: time.Unix(1.8e9, 0).UTC(), Clock: tocsin.EventClock})
	for i, from := 0, 0; i < len(parts); i += 2 {
		to := from + len(parts[i+1])
		if parts[i] != "" {
			l.ev.SetName(event.Parsed, parts[i], line[from:to])
		}
		from = to
	}
	v := l.ev.Scalars()
	v.Time, v.MarshaledTime, v.Stage = at, event.FormatTime(at), "s02-enrich"
	v.StrTime, _ = l.ev.GetName(event.Parsed, "time")
	ip, _ := l.ev.GetName(event.Parsed, "ip")
	l.ev.SetName(event.Meta, "source_ip", ip)
	l.ev.SetName(event.Enriched, "MarshaledTime", v.MarshaledTime)
}

func (l *logs) sshd(n int) {
	at := time.Date(2026, 6, 1, 0, 0, n/5, 0, time.UTC)
	l.made(
		n, "/var/log/auth.log", at, "time", at.Format("Jan _2 15:04:05"), "", " ", "machine", "gate", "", " ", "program", "sshd", "", "[",
		"pid", strconv.Itoa(1000+l.rng.IntN(60_000)), "", "]: Failed password for invalid user ", "user", fmt.Sprintf("user%d", l.rng.IntN(300)), "", " from ",
		"ip", l.addr(), "", " port ", "port", strconv.Itoa(1024+l.rng.IntN(64_000)), "", " ssh2",
	)
	l.ev.SetName(event.Meta, "log_type", "ssh_failed-auth")
	l.ev.SetName(event.Meta, "service", "ssh")
}

func (l *logs) nginx(n int) {
	at := time.Date(2026, 6, 1, 0, 0, n/50, 0, time.UTC)
	l.made(
		n, "/var/log/nginx/access.log", at, "ip", l.addrs[l.rng.IntN(len(l.addrs))], "", " - ", "user", "-", "", " [", "time", at.Format("02/Jan/2006:15:04:05 -0700"),
		"", `] "`, "verb", "GET", "", " ", "path", l.paths[l.rng.IntN(len(l.paths))], "", " HTTP/", "version", "1.1", "", `" `, "status", "404",
		"", " ", "size", strconv.Itoa(l.rng.IntN(50_000)), "", ` "https://www.shop.example`, "referrer", l.paths[l.rng.IntN(len(l.paths))],
		"", `" "`, "agent", l.agents[l.rng.IntN(len(l.agents))], "", `"`,
	)
	l.ev.SetName(event.Meta, "log_type", "http_access-log")
	l.ev.SetName(event.Meta, "service", "http")
}

func (l *logs) records(n int, event func(n int)) [][]byte {
	out := [][]byte{}
	for i := range n {
		event(i)
		rec, ok := l.ev.AppendRecord(nil, l.in)
		if !ok {
			panic("no record")
		}
		out = append(out, rec)
	}
	return out
}

// TestEvents: events of a log come back from their compressed records as they were.
func TestEvents(t *testing.T) {
	l := newLogs()
	m := newModel(t, newStore(), 1)
	var lines []string
	for i := range 60_000 {
		if i%2 == 0 {
			l.sshd(i)
		} else {
			l.nginx(i)
		}
		rec, ok := l.ev.AppendRecord(nil, l.in)
		if !ok {
			t.Fatal("no record")
		}
		m.put(string(rec))
		lines = append(lines, l.ev.Scalars().Line.Raw)
	}
	for i, r := range m.live {
		k, err := l.schema.DecodeRecord(m.s.Get(r, nil), l.in)
		if err != nil {
			t.Fatal(err)
		}
		if k.Num != uint64(i+1) || k.Line.Raw != lines[i] || k.Meta["source_ip"] != k.Parsed["ip"] || k.Meta["source_ip"] == "" {
			t.Fatalf("event %d is %+v, want the line %s", i, k, lines[i])
		}
	}
	if m.s.Stats().Retired == 0 {
		t.Error("nothing was compressed")
	}
}
