package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/pipeline"
	"tocsin.example/internal/source/file"
)

// summary is what a replay counted. Its JSON is the file of --stats.
type summary struct {
	detect.Stats

	Wall float64 `json:"wall_seconds"` // loading included
	CPU  float64 `json:"cpu_seconds"`
	RSS  int64   `json:"max_rss_bytes"`
	Load float64 `json:"load_seconds"`
	// LoadCPU is the part of CPU that went into loading; Mallocs counts what was allocated on the heap after it.
	LoadCPU float64         `json:"load_cpu_seconds"`
	Mallocs uint64          `json:"allocations"`
	Input   file.Count      `json:"input"`
	Totals  pipeline.Totals `json:"detail"`
}

func (s *summary) write(path string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	return nil
}

// conclude says what a replay came to: on the standard output for people, elsewhere only what they must know.
func (r *replay) conclude(s summary) {
	if r.format == human {
		if r.alerts.Len() > 0 {
			r.out.Printf("\n")
		}
		if more := r.total - maxRows; more > 0 {
			r.out.Printf("%s more alerts are not shown; -o json has them all\n", render.Count(int64(more)))
		}
		took := time.Duration((s.Wall - s.Load) * float64(time.Second))
		r.out.Printf("%s\n", r.out.Paint(render.Head, plural(s.Alerts, "alert")+" from "+plural(s.Lines, "line")+" in "+render.Duration(took)))
		r.out.Printf("  %s parsed, %s not understood, %s whitelisted, %s poured into buckets\n",
			count(s.Parsed), count(s.Unparsed), count(s.Whitelisted), count(s.Poured))
		if s.Pardoned > 0 {
			r.out.Printf("  %s whitelisted after the overflow\n", count(s.Pardoned))
		}
	}
	note := func(what string, n uint64, hint string) {
		if n > 0 {
			r.err.Printf("%s %s: %s %s\n", r.err.Paint(render.Warn, "note:"), what, count(n), r.err.Paint(render.Dim, hint))
		}
	}
	note("lines longer than the limit, set aside", s.Cut, "(--max-line)")
	note("events without a time, not counted", s.Totals.Bucket.NoTime, "(no parser dated them)")
	note("dates that could not be read", s.Totals.Parse.BadDates, "(the line before lends its time)")
	note("expressions that failed while running", s.Totals.Parse.ExprErrors+s.Totals.Match.ExprErrors+s.Totals.Bucket.ExprErrors, "('tocsin explain' says which and why)")
	note("lines dropped by an error in a static", s.Totals.Parse.Aborted, "('tocsin explain' says which and why)")
	note("enrichments that failed", s.Totals.Parse.EnrichErrors, "")
	note("overflows without a valid source, no alert", s.Totals.Bucket.NoSource, "")
	note("buckets dropped for want of room", s.Totals.Bucket.Evicted, "")
	note("events of buckets dropped for want of room", s.Totals.Bucket.Stripped, "(they are counted, but missing as evidence)")
	note("blackholes forgotten for want of room", s.Totals.Bucket.HolesLost, "")
	note("sources without an alert, too many for one overflow", s.Totals.Bucket.SourcesLost, "")
	note("overflows not poured again, they came of too many others", s.TooDeep, "")
}

func count(n uint64) string { return render.Count(int64(n)) } //nolint:gosec // counts of lines fit

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}
