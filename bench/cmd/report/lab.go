package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin.example/bench/gen"
)

// Sizes of what is measured.
const (
	firstLines = 2_000     // of the run that tells how many lines are worth measuring
	mostLines  = 1_000_000 // of any run
	reLines    = 1_500     // through Go's regexp
	bigTarget  = 60 * time.Second
)

// now is when the logs are replayed; their dates lie before.
const now = "2026-08-22T12:00:00Z"

// lab is where measurements are made.
type lab struct {
	root, hub, dir string
	bin            string // tocsin
	engine         string
	quick          bool
	lines          int // of a quick run
	rounds         int
	target         time.Duration // of processor time of one run
	says           io.Writer
	started        time.Time
}

// say tells how far the work is.
func (l *lab) say(format string, args ...any) {
	_, _ = fmt.Fprintf(l.says, "%4.0fs  %s\n", time.Since(l.started).Seconds(), fmt.Sprintf(format, args...))
}

// build builds the program that is measured, as make build does.
func (l *lab) build(ctx context.Context) error {
	l.bin = filepath.Join(l.dir, "tocsin")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", l.bin, "./cmd/tocsin")
	cmd.Dir, cmd.Env = l.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build tocsin: %w\n%s", err, out)
	}
	return nil
}

// log returns the path of a made-up log, made once.
func (l *lab) log(k gen.Kind, lines int) (string, error) {
	path := filepath.Join(l.dir, fmt.Sprintf("%s-%d.log", k, lines))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	if err := gen.Write(f, gen.Options{Kind: k, Lines: lines, Seed: 1, Attacks: gen.DefaultAttacks}); err != nil {
		_ = f.Close()
		return "", err
	}
	return path, f.Close()
}

// rules say which rules a run loads.
type rules struct {
	hub     string   // "" for the lab's
	install []string // nil for all
}

func (r rules) args(l *lab) []string {
	hub := r.hub
	if hub == "" {
		hub = l.hub
	}
	if r.install == nil {
		return []string{"--hub", hub, "--all"}
	}
	return []string{"--hub", hub, "--install", strings.Join(r.install, ",")}
}

// stats is the part of the file of --stats that matters here.
type stats struct {
	Lines       float64 `json:"lines"`
	Parsed      float64 `json:"parsed"`
	Poured      float64 `json:"poured"`
	Alerts      float64 `json:"alerts"`
	Wall        float64 `json:"wall_seconds"`
	CPU         float64 `json:"cpu_seconds"`
	RSS         float64 `json:"max_rss_bytes"`
	Load        float64 `json:"load_seconds"`
	LoadCPU     float64 `json:"load_cpu_seconds"`
	Allocations float64 `json:"allocations"`
	Detail      struct {
		Bucket struct {
			Created  float64 `json:"created"`
			Evicted  float64 `json:"evicted"`
			Stripped float64 `json:"stripped"`
		} `json:"bucket"`
	} `json:"detail"`
}

// line is the processor time of a line in seconds, without loading.
func (s stats) line() float64 { return max(s.CPU-s.LoadCPU, 1e-9) / max(s.Lines, 1) }

// replay runs tocsin on a log.
func (l *lab) replay(ctx context.Context, path, kind string, r rules, workers int, more ...string) (stats, error) {
	var s stats
	file := filepath.Join(l.dir, "stats.json")
	args := []string{
		"replay", "--type", kind, "--engine", l.engine, "--workers", strconv.Itoa(workers), "--now", now,
		"--stats", file, "-o", "json",
	}
	args = append(append(append(args, r.args(l)...), more...), path)
	var errs bytes.Buffer
	cmd := exec.CommandContext(ctx, l.bin, args...)
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		return s, fmt.Errorf("replay %s: %w\n%s", filepath.Base(path), err, errs.Bytes())
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read the file of --stats: %w", err)
	}
	return s, nil
}

// size finds how many lines take the target's processor time: 1, 2 or 5 times a power of ten.
func (l *lab) size(ctx context.Context, k gen.Kind, r rules, target time.Duration) (int, error) {
	if l.quick {
		return l.lines, nil
	}
	for lines := firstLines; ; lines *= 10 {
		lines = min(lines, mostLines)
		path, err := l.log(k, lines)
		if err != nil {
			return 0, err
		}
		s, err := l.replay(ctx, path, k.Type(), r, 1)
		if err != nil {
			return 0, err
		}
		if s.line()*s.Lines >= 0.15 || lines == mostLines {
			return round(target.Seconds() / s.line()), nil
		}
	}
}

// round rounds down to 1, 2 or 5 times a power of ten, within the sizes.
func round(n float64) int {
	best := firstLines
	for p := 1; p <= mostLines; p *= 10 {
		for _, m := range []int{1, 2, 5} {
			if v := m * p; float64(v) <= n && v <= mostLines && v > best {
				best = v
			}
		}
	}
	return best
}

// series are the results of equal measurements.
type series []float64

func (s series) median() float64 {
	if len(s) == 0 {
		return 0
	}
	o := slices.Sorted(slices.Values(s))
	if n := len(o); n%2 == 0 {
		return (o[n/2-1] + o[n/2]) / 2
	}
	return o[len(o)/2]
}

// spread is the median with the least and the most, in units of unit.
func (s series) spread(unit float64) string {
	if len(s) < 2 {
		return number(s.median() / unit)
	}
	return fmt.Sprintf("%s (%s to %s)", number(s.median()/unit), number(slices.Min(s)/unit), number(slices.Max(s)/unit))
}

// count writes a whole number.
func count(v float64) string {
	if v < 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return number(v)
}

// number writes three digits that count, and large ones with commas.
func number(v float64) string {
	switch {
	case v >= 999.5:
		s := strconv.FormatFloat(v, 'f', 0, 64)
		for i := len(s) - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
		return s
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}
