package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tocsin.example"
	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/detect"
	"tocsin.example/internal/event"
	"tocsin.example/internal/pipeline"
	"tocsin.example/internal/source/file"
)

// maxRows bounds the table of alerts; the rest is counted, and -o json has it.
const maxRows = 1000

type replay struct {
	*shell

	rules   rulesFlags
	kind    string
	labels  map[string]string
	merge   bool
	workers int
	batch   int
	maxLine int
	stats   string
	profile string

	alerts *render.Table
	total  int
	failed error // of the output
}

func newReplay(a *shell) *cobra.Command {
	r := &replay{shell: a}
	c := &cobra.Command{
		Use:   "replay --type TYPE FILE...",
		Short: "Read finished logs and show the alerts that they would have raised",
		Long: "Reads log files, plain or gzip, - for standard input, as one stream in the order given, and shows the\n" +
			"alerts. Time is that of the lines. Nothing is blocked, stored or sent.",
		Example: "  tocsin replay --type syslog /var/log/auth.log\n" +
			"  tocsin replay --type nginx /var/log/nginx/access.log.2.gz /var/log/nginx/access.log.1\n" +
			"  tocsin replay --type nginx --hub ./hub --install crowdsecurity/nginx access.log -o json\n" +
			"  journalctl -o short -u ssh | tocsin replay --type syslog -",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s wants log files, or - for standard input", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return r.run(c, args) },
	}
	r.rules.add(c)
	f := c.Flags()
	f.StringVarP(&r.kind, "type", "t", "", "what kind of log it is: syslog, nginx ... (the label \"type\")")
	f.StringToStringVar(&r.labels, "label", nil, "more labels, `name=value`")
	f.BoolVar(&r.merge, "merge", false, "order the lines of several files by their time")
	f.IntVar(&r.workers, "workers", runtime.GOMAXPROCS(0), "how many lines are parsed side by side; the result is the same")
	f.IntVar(&r.batch, "batch", file.DefaultBatchLines, "how many lines are handed over at once; the result is the same")
	f.IntVar(&r.maxLine, "max-line", file.DefaultMaxLine, "how many `bytes` of a line are looked at")
	f.StringVar(&r.stats, "stats", "", "write what was counted to this `file`, as JSON")
	f.StringVar(&r.profile, "cpuprofile", "", "write where the time goes to this `file`, for go tool pprof")
	_ = f.MarkHidden("cpuprofile") // for those who build it
	_ = c.MarkFlagRequired("type")
	return c
}

func (r *replay) run(c *cobra.Command, paths []string) error {
	if r.workers < 1 || r.workers > 256 || r.batch < 1 || r.batch > 100_000 || r.maxLine < 1 || r.maxLine > 64<<20 {
		return usage(errors.New("--workers, --batch or --max-line is out of range"), "1 to 256 workers, 1 to 100000 lines a batch, 1 byte to 64 MiB a line")
	}
	start := time.Now()
	site, err := r.rules.open(r.shell)
	if err != nil {
		return err
	}
	loaded := time.Since(start)
	progress := render.NewProgress(r.err, "reading", sizeOf(paths), render.Data)
	source, count := r.source(c, site, paths, progress)
	core := site.Engine.NewCore(nil)
	ctx, cancel := context.WithCancelCause(c.Context())
	defer cancel(nil)
	show := r.show()
	core.OnAlert = func(a *tocsin.Alert) {
		if show(a); r.failed != nil {
			cancel(r.failed) // nobody can see the rest
		}
	}
	stop, err := profileTo(r.profile)
	if err != nil {
		return err
	}
	loadCPU, _ := usageOf()
	mallocs := mallocsOf()
	totals, err := pipeline.Run(ctx, site.Engine, core, source, pipeline.Options{Workers: r.workers})
	core.Finish()
	mallocs = mallocsOf() - mallocs
	progress.Done()
	if perr := stop(); err == nil {
		err = perr
	}
	if r.failed != nil {
		return fmt.Errorf("write alerts: %w", r.failed)
	}
	if err = r.decompress(err, paths); err != nil && core.Stats.Lines == 0 {
		return err // nothing was read: there is nothing to sum up
	}
	if r.alerts != nil && r.alerts.Len() > 0 {
		r.alerts.Print(r.out)
	}
	sum := summary{Stats: core.Stats, Load: loaded.Seconds(), LoadCPU: loadCPU, Mallocs: mallocs, Wall: time.Since(start).Seconds(), Input: count(), Totals: totals}
	sum.CPU, sum.RSS = usageOf()
	r.conclude(sum)
	// Who sees the file of --stats may rely on the results being there.
	if flushErr := r.out.Flush(); flushErr != nil {
		return fmt.Errorf("write alerts: %w", flushErr)
	}
	if r.stats != "" {
		if err := sum.write(r.stats); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return r.timeless(core.Stats)
}

// timeless is the error of a replay in which no line had a time: without one nothing can be counted.
func (r *replay) timeless(s detect.Stats) error {
	switch {
	case s.Lines == 0 || s.Timed > 0:
		return nil
	case s.Parsed == 0:
		return withHint(fmt.Errorf("no line was understood as %s, so none had a time", r.kind),
			"is --type right? 'tocsin explain --type auto FILE' shows where lines stop")
	default:
		return withHint(errors.New("no line had a time that could be read"),
			"load a parser that sets evt.StrTime and one that calls ParseDate (crowdsecurity/dateparse-enrich)")
	}
}

// source makes the source of the lines, and a function that gives what it counted.
func (r *replay) source(c *cobra.Command, site *app.Site, paths []string, progress *render.Progress) (tocsin.Source, func() file.Count) {
	labels := map[string]string{}
	maps.Copy(labels, r.labels)
	labels["type"] = r.kind
	rep := &file.Replay{
		Paths: paths, Labels: labels, Now: r.rules.options.Now, Stdin: c.InOrStdin(), MaxLine: r.maxLine,
		BatchLines: r.batch, Progress: progress.Add,
	}
	if !r.merge {
		return rep, rep.Count
	}
	worker, item := site.Engine.NewWorker(nil, nil), site.Engine.NewItem()
	m := &file.Merge{Replay: file.Replay{
		Paths: rep.Paths, Labels: rep.Labels, Now: rep.Now, Stdin: rep.Stdin, MaxLine: rep.MaxLine,
		BatchLines: rep.BatchLines, Progress: rep.Progress,
	}}
	m.TimeOf = func(_ int, line *tocsin.Line) (time.Time, bool) {
		worker.Work(item, 0, line)
		t, err := time.Parse(time.RFC3339Nano, item.Event.Scalars().MarshaledTime)
		return t, err == nil && !item.Event.Guessed
	}
	return m, m.Count
}

// show returns what is done with each alert.
func (r *replay) show() func(*tocsin.Alert) {
	switch r.format {
	case asJSON:
		enc := json.NewEncoder(r.out)
		enc.SetEscapeHTML(false)
		return func(a *tocsin.Alert) {
			if r.failed == nil {
				r.failed = enc.Encode(alertJSON{Alert: a, Scope: a.Source.Scope, Value: a.Source.Value})
			}
		}
	case asRaw:
		w := csv.NewWriter(r.out)
		r.failed = w.Write([]string{"uuid", "scenario", "scope", "value", "events_count", "start_at", "stop_at"})
		return func(a *tocsin.Alert) {
			if r.failed == nil {
				r.failed = w.Write([]string{
					a.UUID, a.Scenario, a.Source.Scope, a.Source.Value, strconv.Itoa(a.EventsCount),
					event.FormatTime(a.StartAt), event.FormatTime(a.StopAt),
				})
				w.Flush()
			}
		}
	default:
		r.alerts = render.NewTable("TIME", "SCENARIO", "SOURCE", "EVENTS", "OVER", "BAN", "WHY")
		return r.row
	}
}

// alertJSON is an alert with its scope and value at the top, where they are easy to find.
type alertJSON struct {
	*tocsin.Alert

	Scope string `json:"scope"`
	Value string `json:"value"`
}

func (r *replay) row(a *tocsin.Alert) {
	r.total++
	if r.total > maxRows {
		return
	}
	ban := render.Cell{Text: "no", Tone: render.Dim}
	if a.Remediation && !a.Simulated {
		ban = render.Cell{Text: "yes", Tone: render.Bad}
	}
	source := a.Source.Value
	if a.Source.Scope != tocsin.ScopeIP {
		source = a.Source.Scope + ":" + source
	}
	r.alerts.Row(a.StopAt.UTC().Format(time.DateTime), render.Cell{Text: a.Scenario, Tone: render.Name},
		render.Cell{Text: source, Tone: render.Name}, a.EventsCount, a.StopAt.Sub(a.StartAt), ban, a.Evidence.Bucket.Reason)
}

// sizeOf adds up the sizes of files, 0 when one is not known.
func sizeOf(paths []string) int64 {
	var n int64
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		n += info.Size()
	}
	return n
}
