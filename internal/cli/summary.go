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

	Wall   float64         `json:"wall_seconds"` // loading included
	CPU    float64         `json:"cpu_seconds"`
	RSS    int64           `json:"max_rss_bytes"`
	Load   float64         `json:"load_seconds"`
	Input  file.Count      `json:"input"`
	Totals pipeline.Totals `json:"detail"`
}

func (s *summary) write(path string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil { //nolint:gosec // it is asked for, and holds counts
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
	note := func(n uint64, what, hint string) {
		if n > 0 {
			r.err.Printf("%s %s %s\n", r.err.Paint(render.Warn, "note:"), count(n)+" "+what, r.err.Paint(render.Dim, hint))
		}
	}
	note(uint64(s.Input.Cut), "lines were longer than the limit and were cut", "(--max-line)") //nolint:gosec // a count
	note(s.Totals.Bucket.NoTime, "events had no time and were not counted", "(the parsers did not date them)")
	note(s.Totals.Parse.BadDates, "dates could not be read", "(the line before lends its time)")
	note(s.Totals.Bucket.NoSource, "overflows had no valid source and raised no alert", "")
	note(s.Totals.Bucket.Evicted, "buckets were dropped for want of room", "")
	note(s.TooDeep, "overflows were not poured again: they came of too many others", "")
}

func count(n uint64) string { return render.Count(int64(n)) } //nolint:gosec // counts of lines fit

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}
