package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/banlist"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/wire"
)

func newDecisions(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "decisions", Aliases: []string{"decision"}, Short: "Look at decisions, make them, end them"}
	branch(c, decisionsList(a), decisionsAdd(a), decisionsDelete(a), decisionsImport(a))
	return c
}

// decisions is the filter for decisions.
func (f *sourceFlags) decisions() (client.DecisionFilter, error) {
	prefix, err := f.prefix()
	if err != nil {
		return client.DecisionFilter{}, err
	}
	since, until, err := f.times()
	return client.DecisionFilter{
		Prefix: prefix, Inside: f.contained, Scope: f.scope, Value: f.value, Scenario: f.scenario, Origin: f.origin, Type: f.kind,
		Since: since, Until: until,
	}, err
}

func decisionsList(a *shell) *cobra.Command {
	var f sourceFlags
	var limit int
	var everything, machine, noSimulated bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the decisions in force, newest first",
		Example: "  tocsin decisions list --ip 192.0.2.1\n" +
			"  tocsin decisions list --origin cscli-import -l 0 -o raw",
		RunE: func(c *cobra.Command, _ []string) error {
			filter, err := f.decisions()
			if err != nil {
				return err
			}
			filter.Central, filter.WithoutSimulated = everything, noSimulated
			size := func(x client.Alert) int { return len(x.Decisions) }
			return a.ask(func(s *client.Client) error {
				return show(a, pages(limit, size, func(n int, after string) (client.Page[client.Alert], error) {
					filter.Limit, filter.After = n, after
					return s.Decisions(c.Context(), filter)
				}), decisionView(machine))
			})
		},
	}
	f.add(c)
	f.addTimes(c)
	c.Flags().IntVarP(&limit, "limit", "l", 100, "at most so many, 0 for all")
	c.Flags().BoolVarP(&everything, "all", "a", false, "also those from the central and from lists")
	c.Flags().BoolVarP(&machine, "machine", "m", false, "show which machine they come from")
	c.Flags().BoolVar(&noSimulated, "no-simu", false, "without simulated ones")
	return c
}

func decisionView(machine bool) view[client.Alert] {
	v := view[client.Alert]{
		none:    "No active decisions",
		head:    []string{"ID", "Source", "Scope:Value", "Reason", "Action", "Country", "AS", "Events", "expiration", "Alert ID"},
		csvHead: []string{"id", "source", "ip", "reason", "action", "country", "as", "events_count", "expiration", "simulated", "alert_id"},
	}
	if machine {
		v.head, v.csvHead = append(v.head, "Machine"), append(v.csvHead, "machine")
	}
	v.row = func(x client.Alert, row func(...any)) {
		for _, d := range x.Decisions {
			tone := render.Bad
			if d.Simulated {
				tone = render.Dim
			}
			cells := []any{
				strconv.FormatInt(d.ID, 10), d.Origin,
				render.Cell{Text: scoped(d.Scope, d.Value), Tone: render.Name},
				d.Scenario,
				render.Cell{Text: action(d), Tone: tone},
				x.Source.Country, x.Source.AS(), x.EventsCount, left(d), strconv.FormatInt(x.ID, 10),
			}
			if machine {
				cells = append(cells, x.Machine)
			}
			row(cells...)
		}
	}
	v.csv = func(x client.Alert, row func(...string)) {
		for _, d := range x.Decisions {
			cells := []string{
				strconv.FormatInt(d.ID, 10), d.Origin, scoped(d.Scope, d.Value), d.Scenario, d.Type, x.Source.Country, x.Source.AS(),
				strconv.Itoa(x.EventsCount), d.Duration, strconv.FormatBool(d.Simulated), strconv.FormatInt(x.ID, 10),
			}
			if machine {
				cells = append(cells, x.Machine)
			}
			row(cells...)
		}
	}
	return v
}

func decisionsAdd(a *shell) *cobra.Command {
	var d client.NewDecision
	var ip, network string
	c := &cobra.Command{
		Use:   "add [VALUE]",
		Short: "Decide about an address, a range or another value",
		Example: "  tocsin decisions add --ip 192.0.2.1\n" +
			"  tocsin decisions add 192.0.2.0/24 --duration 7d --reason 'a bad net'\n" +
			"  tocsin decisions add --scope country --value XX --type captcha",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			given := append([]string{}, args...)
			for _, s := range []string{ip, network, d.Value} {
				if s != "" {
					given = append(given, s)
				}
			}
			if len(given) != 1 {
				return usage(errors.New("want one address, range or value to decide about"), "for example --ip 192.0.2.1")
			}
			d.Value = given[0]
			return answer(a, func(s *client.Client) (client.AddedDecision, error) { return s.AddDecision(c.Context(), d) },
				func(x client.AddedDecision) error {
					switch a.format {
					case asJSON:
						return a.json(x)
					case asRaw:
						for _, d := range x.Decisions {
							a.out.Printf("%s\n", strconv.FormatInt(d.ID, 10))
						}
					case human:
						for _, d := range x.Decisions {
							a.out.Printf("%s of %s for %s (decision %s)\n", d.Type, a.out.Paint(render.Name, d.Value), left(d), strconv.FormatInt(d.ID, 10))
						}
					}
					return nil
				})
		},
	}
	s := c.Flags()
	s.StringVarP(&ip, "ip", "i", "", "about this `address`")
	s.StringVarP(&network, "range", "r", "", "about this `range`")
	s.StringVarP(&d.Value, "value", "v", "", "about this `value`, with --scope")
	s.StringVar(&d.Scope, "scope", "", "the `scope` of the value: country, as, or another (default Ip or Range)")
	s.StringVarP(&d.Duration, "duration", "d", "4h", "for so `long`: 4h, 7d")
	s.StringVarP(&d.Reason, "reason", "R", "", "why, in `words`")
	s.StringVarP(&d.Type, "type", "t", "ban", "what to do: ban, captcha, or another `type` that bouncers know")
	s.BoolVarP(&d.BypassAllowlist, "bypass-allowlist", "B", false, "even if an allowlist protects it")
	return c
}

func decisionsDelete(a *shell) *cobra.Command {
	var f sourceFlags
	var ids []int64
	var everything, force bool
	c := &cobra.Command{
		Use:   "delete [ID...]",
		Short: "End decisions that are in force",
		Example: "  tocsin decisions delete --ip 192.0.2.1\n" +
			"  tocsin decisions delete --id 1234\n" +
			"  tocsin decisions delete --all",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			filter, err := f.decisions()
			if err != nil {
				return err
			}
			more, err := numbers(args)
			if err != nil {
				return err
			}
			filter.IDs = slices.Concat(ids, more)
			if err := a.mass(filter.IsZero(), everything, force, "decisions"); err != nil {
				return err
			}
			return a.deleted("decision", func(s *client.Client) (client.Deleted, error) {
				return s.DeleteDecisions(c.Context(), filter, everything)
			})
		},
	}
	f.add(c)
	c.Flags().Int64SliceVar(&ids, "id", nil, "the `numbers` of decisions")
	c.Flags().BoolVar(&everything, "all", false, "all there are")
	forceFlag(c, &force)
	return c
}

func decisionsImport(a *shell) *cobra.Command {
	var o client.Import
	var input string
	c := &cobra.Command{
		Use:   "import --input FILE",
		Short: "Decide about all values in a file",
		Long: "Reads a file with one address or range a line (values), CSV with a header (value, and perhaps scope, type,\n" +
			"duration, reason) or a JSON list of objects with these keys. A file is read through first: when something in it\n" +
			"cannot be read, nothing is imported.",
		Example: "  tocsin decisions import --input blocked.txt --duration 7d --reason 'old firewall'\n" +
			"  curl -s https://lists.example/drop.txt | tocsin decisions import -i - --format values",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := guessFormat(&o.Format, input); err != nil {
				return err
			}
			return a.importFile(c.Context(), input, o)
		},
	}
	s := c.Flags()
	s.StringVarP(&input, "input", "i", "", "the `file`, - for standard input")
	s.StringVar(&o.Format, "format", "", "values, csv or json (default what the file's name says)")
	s.StringVarP(&o.Duration, "duration", "d", "4h", "for so `long`, where the file does not say: 4h, 7d")
	s.StringVar(&o.Scope, "scope", "", "the `scope` of the values (default Ip or Range, as each value is)")
	s.StringVarP(&o.Reason, "reason", "R", "manual", "why, in `words`")
	s.StringVarP(&o.Type, "type", "t", "ban", "what to do: ban, captcha, or another `type` that bouncers know")
	s.IntVar(&o.Batch, "batch", 0, "keep so many at once, 0 for what is best")
	s.BoolVarP(&o.BypassAllowlist, "bypass-allowlist", "B", false, "even those that an allowlist protects")
	_ = c.MarkFlagRequired("input")
	_ = c.MarkFlagFilename("input", "txt", "csv", "json", "netset", "ipset")
	_ = c.RegisterFlagCompletionFunc("format", words(banlist.Formats()...))
	return c
}

// guessFormat fills in what the name of a file says about it.
func guessFormat(format *string, input string) error {
	if *format != "" {
		return nil
	}
	switch strings.ToLower(filepath.Ext(input)) {
	case ".json", ".jsonl", ".ndjson":
		*format = banlist.JSON
	case ".csv":
		*format = banlist.CSV
	case ".txt", ".list", ".lst", ".netset", ".ipset":
		*format = banlist.Values
	default:
		return usage(fmt.Errorf("%s does not say what it holds", input), "add --format values, csv or json")
	}
	return nil
}

func (a *shell) importFile(ctx context.Context, input string, o client.Import) error {
	r, size, err := a.openList(input, o)
	if err != nil {
		return err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	progress := render.NewProgress(a.err, "importing", size, render.Data)
	var got client.Imported
	began := time.Now()
	err = a.ask(func(s *client.Client) (err error) {
		got, err = s.ImportDecisions(ctx, &counting{r, progress}, o)
		return err
	})
	progress.Done()
	if err != nil {
		return err
	}
	switch a.format {
	case asJSON:
		return a.json(got)
	case asRaw:
		a.out.Printf("%s\n", strconv.Itoa(got.Decisions))
	case human:
		a.out.Printf("%s imported in %s\n", plural(uint64(max(0, got.Decisions)), "decision"), render.Duration(time.Since(began)))
		if got.Allowed > 0 {
			a.out.Printf("%s passed over, since an allowlist or a guard rail protects them:\n", render.Count(int64(got.Allowed)))
			for _, s := range got.AllowedFirst {
				a.out.Printf("  %s\n", s)
			}
		}
	}
	return nil
}

// openList opens a list, and reads it through if it can be read twice.
func (a *shell) openList(input string, o client.Import) (io.Reader, int64, error) {
	if input == stdin {
		return a.in, 0, nil
	}
	f, err := os.Open(input)
	if err != nil {
		return nil, 0, fmt.Errorf("import: %w", err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f, 0, err
	}
	if err := checkList(f, o); err != nil {
		return nil, 0, errors.Join(withHint(fmt.Errorf("import %s: %w", input, err), "nothing was imported"), f.Close())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, 0, errors.Join(fmt.Errorf("import: %w", err), f.Close())
	}
	return f, info.Size(), nil
}

// checkList reads a list through.
func checkList(r io.Reader, o client.Import) error {
	long, err := wire.ParseDuration(o.Duration)
	if err != nil {
		return err
	}
	list, err := banlist.NewReader(r, o.Format, banlist.Defaults{Scope: o.Scope, Type: o.Type, Duration: long, Reason: o.Reason})
	if err != nil {
		return err
	}
	for {
		if _, err := list.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// counting tells a progress what was read.
type counting struct {
	r        io.Reader
	progress *render.Progress
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.progress.Add(int64(n))
	return n, err
}
