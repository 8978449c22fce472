package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/wire"
)

func newAlerts(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "alerts", Aliases: []string{"alert"}, Short: "Look at alerts, delete them"}
	branch(c, alertsList(a), alertsInspect(a), alertsDelete(a), alertsFlush(a))
	return c
}

// sourceFlags are the filters that alerts and decisions share. Their names are cscli's.
type sourceFlags struct {
	ip, network, scope, value, scenario, origin, kind string
	since, until                                      string
	contained                                         bool
}

func (f *sourceFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVarP(&f.ip, "ip", "i", "", "on this `address`, or a range around it")
	s.StringVarP(&f.network, "range", "r", "", "on this `range`, or one around it")
	s.StringVar(&f.scope, "scope", "", "of this `scope`: ip, range, country, as")
	s.StringVarP(&f.value, "value", "v", "", "on exactly this `value`")
	s.StringVarP(&f.scenario, "scenario", "s", "", "of this `scenario`")
	s.StringVar(&f.origin, "origin", "", "of this `origin`: crowdsec, cscli, cscli-import, lists, CAPI")
	s.StringVarP(&f.kind, "type", "t", "", "of this `type`: ban, captcha")
	s.BoolVar(&f.contained, "contained", false, "on what lies inside the range")
	c.MarkFlagsMutuallyExclusive("ip", "range")
}

// addTimes adds the flags of lists, which deletions do not have.
func (f *sourceFlags) addTimes(c *cobra.Command) {
	c.Flags().StringVar(&f.since, "since", "", "since this `time`: 4h, 7d, 2026-08-22T12:00:00Z")
	c.Flags().StringVar(&f.until, "until", "", "until this `time`: 4h, 7d, 2026-08-22T12:00:00Z")
}

// prefix is the address or range that is asked for.
func (f *sourceFlags) prefix() (string, error) {
	p := f.ip + f.network
	if f.contained && p == "" {
		return "", usage(errors.New("--contained asks about a range"), "add --range")
	}
	return p, nil
}

// parseWhen reads a time or how long ago it was.
func parseWhen(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	d, err := wire.ParseDuration(s)
	if err != nil || d < 0 {
		return time.Time{}, usage(fmt.Errorf("--%s %q is no time", flag, s), "write for example 4h, 7d or 2026-08-22T12:00:00Z")
	}
	return time.Now().Add(-d), nil
}

func (f *sourceFlags) times() (since, until time.Time, err error) {
	since, err = parseWhen("since", f.since)
	if err == nil {
		until, err = parseWhen("until", f.until)
	}
	return since, until, err
}

// alerts is the filter for alerts.
func (f *sourceFlags) alerts() (client.AlertFilter, error) {
	prefix, err := f.prefix()
	if err != nil {
		return client.AlertFilter{}, err
	}
	since, until, err := f.times()
	return client.AlertFilter{
		Prefix: prefix, Inside: f.contained, Scope: f.scope, Value: f.value, Scenario: f.scenario, Origin: f.origin, Type: f.kind,
		Since: since, Until: until,
	}, err
}

func alertsList(a *shell) *cobra.Command {
	var f sourceFlags
	var limit int
	var everything, machine bool
	var kind, from string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the alerts, newest first",
		Example: "  tocsin alerts list --since 1d\n" +
			"  tocsin alerts list --range 192.0.2.0/24 --contained -l 0 -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			filter, err := f.alerts()
			if err != nil {
				return err
			}
			filter.Central, filter.Kind, filter.Events, filter.Counts = everything, kind, a.format == asJSON, a.format != asJSON
			filter.Machine = from
			return a.ask(func(s *client.Client) error {
				return show(a, pages(limit, one[client.Alert], func(n int, after string) (client.Page[client.Alert], error) {
					filter.Limit, filter.After = n, after
					return s.Alerts(c.Context(), filter)
				}), alertView(machine))
			})
		},
	}
	f.add(c)
	f.addTimes(c)
	c.Flags().IntVarP(&limit, "limit", "l", 50, "at most so many, 0 for all")
	c.Flags().BoolVarP(&everything, "all", "a", false, "also those from the central and from lists")
	c.Flags().BoolVarP(&machine, "machine", "m", false, "show which machine sent them")
	c.Flags().StringVar(&from, "from", "", "sent by this `machine`")
	c.Flags().StringVar(&kind, "kind", "", "of this `kind`: crowdsec, cscli, waf")
	return c
}

func alertView(machine bool) view[client.Alert] {
	v := view[client.Alert]{
		none:    "No active alerts",
		head:    []string{"ID", "value", "reason", "country", "as", "decisions", "created_at"},
		csvHead: []string{"id", "scope", "value", "reason", "country", "as", "decisions", "created_at"},
	}
	if machine {
		v.head, v.csvHead = append(v.head, "machine"), append(v.csvHead, "machine")
	}
	v.row = func(x client.Alert, row func(...any)) {
		reason := render.Cell{Text: x.Scenario, Tone: render.Name}
		if x.Shadow || x.Simulated {
			reason.Tone = render.Dim
		}
		cells := []any{strconv.FormatInt(x.ID, 10), scoped(x.Source.Scope, x.Source.Value), reason, x.Source.Country, x.Source.AS(), made(x), stamp(x.CreatedAt)}
		if machine {
			cells = append(cells, x.Machine)
		}
		row(cells...)
	}
	v.csv = func(x client.Alert, row func(...string)) {
		cells := []string{
			strconv.FormatInt(x.ID, 10), x.Source.Scope, x.Source.Value, x.Scenario, x.Source.Country, x.Source.AS(), made(x), stamp(x.CreatedAt),
		}
		if machine {
			cells = append(cells, x.Machine)
		}
		row(cells...)
	}
	return v
}

// scoped is scope and value in one.
func scoped(scope, value string) string {
	if value == "" {
		return scope
	}
	return scope + ":" + value
}

// made counts the decisions of an alert by type: "ban:2 captcha:1".
func made(x client.Alert) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(x.Counts)) {
		fmt.Fprintf(&b, " %s:%d", name, x.Counts[name])
	}
	return strings.TrimSpace(b.String())
}

func alertsInspect(a *shell) *cobra.Command {
	var details bool
	c := &cobra.Command{
		Use:     "inspect ID...",
		Aliases: []string{"show"},
		Short:   "Show an alert with what proves it",
		Example: "  tocsin alerts inspect 12\n  tocsin alerts inspect 12 --details",
		Args:    named("the numbers of alerts", 1, 0),
		RunE: func(c *cobra.Command, args []string) error {
			ids, err := numbers(args)
			if err != nil {
				return err
			}
			return a.ask(func(s *client.Client) error {
				for i, id := range ids {
					x, err := s.Alert(c.Context(), id)
					if err != nil {
						return err
					}
					if a.format != human {
						if err := a.json(x); err != nil {
							return err
						}
						continue
					}
					if i > 0 {
						a.out.Printf("\n")
					}
					a.showAlert(x, details)
				}
				return nil
			})
		},
	}
	c.Flags().BoolVarP(&details, "details", "d", false, "also the events with all that was read of them")
	return c
}

// numbers reads numbers of alerts or decisions.
func numbers(args []string) ([]int64, error) {
	ids := make([]int64, len(args))
	for i, s := range args {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n <= 0 {
			return nil, usage(fmt.Errorf("%q is no number", s), "lists show the numbers in the column ID")
		}
		ids[i] = n
	}
	return ids, nil
}

func (a *shell) showAlert(x client.Alert, details bool) {
	a.out.Printf("%s\n", a.out.Paint(render.Head, fmt.Sprintf("Alert %d: %s", x.ID, x.Scenario)))
	mark := ""
	switch {
	case x.Shadow:
		mark = "in shadow: shown only, without effect"
	case x.Simulated:
		mark = "simulated: without effect"
	}
	line := func(name, text string) {
		if text != "" {
			a.out.Printf("  %s %s\n", a.out.Paint(render.Dim, fmt.Sprintf("%-10s", name)), text)
		}
	}
	line("source", scoped(x.Source.Scope, x.Source.Value))
	line("from", strings.TrimSpace(x.Source.Country+" "+x.Source.AS()))
	line("message", x.Message)
	line("mode", mark)
	line("time", stamp(x.StartAt)+" to "+stamp(x.StopAt))
	line("events", strconv.Itoa(x.EventsCount))
	line("machine", x.Machine)
	line("version", x.ScenarioVersion)
	line("uuid", x.UUID)
	for _, m := range x.Meta {
		line(m.Key, m.Value)
	}
	if len(x.Decisions) > 0 {
		a.out.Printf("\n")
		t := render.NewTable("ID", "scope:value", "action", "expiration", "origin")
		for _, d := range x.Decisions[:min(len(x.Decisions), maxRowsShown)] {
			t.Row(strconv.FormatInt(d.ID, 10), scoped(d.Scope, d.Value), action(d), left(d), d.Origin)
		}
		t.Print(a.out)
	}
	a.showEvidence(x.Evidence, len(x.Events), "")
	if !details {
		return
	}
	for _, e := range x.Events {
		a.out.Printf("\n%s\n", a.out.Paint(render.Head, e.Timestamp))
		for _, m := range e.Meta {
			a.out.Printf("  %s = %s\n", m.Key, m.Value)
		}
	}
}

// showEvidence shows the lines that an alert is about.
func (a *shell) showEvidence(e *client.Evidence, events int, indent string) {
	if e == nil {
		return
	}
	if e.Bucket.Reason != "" {
		a.out.Printf("%s%s %s\n", indent, a.out.Paint(render.Dim, "because:"), e.Bucket.Reason)
	}
	for _, l := range e.Lines {
		cut := ""
		if l.Cut > 0 {
			cut = fmt.Sprintf(" (%s more)", render.Bytes(int64(l.Cut)))
		}
		a.out.Printf("%s  %s %s%s\n", indent, a.out.Paint(render.Dim, l.Time.UTC().Format("15:04:05")+" "+l.Source), l.Raw, cut)
	}
	if e.Omitted > 0 {
		a.out.Printf("%s  and %d more of %d events\n", indent, e.Omitted, max(events, e.Omitted+len(e.Lines)))
	}
}

func alertsDelete(a *shell) *cobra.Command {
	var f sourceFlags
	var ids []int64
	var everything, force bool
	c := &cobra.Command{
		Use:   "delete [ID...]",
		Short: "Delete alerts and end their decisions",
		Example: "  tocsin alerts delete 12\n" +
			"  tocsin alerts delete --ip 192.0.2.1\n" +
			"  tocsin alerts delete --all",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			filter, err := f.alerts()
			if err != nil {
				return err
			}
			more, err := numbers(args)
			if err != nil {
				return err
			}
			filter.IDs = slices.Concat(ids, more)
			if err := a.mass(filter.IsZero(), everything, force, "alerts"); err != nil {
				return err
			}
			return a.deleted("alert", func(s *client.Client) (client.Deleted, error) {
				return s.DeleteAlerts(c.Context(), filter, everything)
			})
		},
	}
	f.add(c)
	c.Flags().Int64SliceVar(&ids, "id", nil, "the `numbers` of alerts")
	c.Flags().BoolVarP(&everything, "all", "a", false, "all there are")
	forceFlag(c, &force)
	return c
}

// mass has a person say that they mean all, and refuses what chooses nothing.
func (a *shell) mass(unfiltered, everything, force bool, what string) error {
	switch {
	case !unfiltered && everything:
		return usage(errors.New("--all and a choice: which?"), "leave one of them out")
	case unfiltered && !everything:
		return usage(fmt.Errorf("this chooses no %s", what), "give a number or a filter, or --all")
	case everything:
		return a.confirm(force, false, "delete all "+what+"?")
	}
	return nil
}

// deleted deletes and says how many.
func (a *shell) deleted(what string, del func(*client.Client) (client.Deleted, error)) error {
	return answer(a, del, func(d client.Deleted) error {
		switch a.format {
		case asJSON:
			return a.json(d)
		case asRaw:
			a.out.Printf("%s\n", strconv.Itoa(d.Deleted))
		case human:
			a.out.Printf("%s deleted\n", plural(uint64(max(0, d.Deleted)), what))
		}
		return nil
	})
}

func alertsFlush(a *shell) *cobra.Command {
	var f client.Flush
	c := &cobra.Command{
		Use:     "flush",
		Short:   "Forget old alerts; those with a decision in force stay",
		Example: "  tocsin alerts flush --max-items 1000 --max-age 7d",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.deleted("alert", func(s *client.Client) (client.Deleted, error) { return s.FlushAlerts(c.Context(), f) })
		},
	}
	c.Flags().IntVar(&f.MaxItems, "max-items", 5000, "keep so many, 0 for any number")
	c.Flags().StringVar(&f.MaxAge, "max-age", "", "keep those kept within this `time`: 12h, 30d")
	return c
}

// action is what a decision does, and whether it does it.
func action(d client.Decision) string {
	if d.Simulated {
		return "(simul)" + d.Type
	}
	return d.Type
}

// left is how long a decision has, in words.
func left(d client.Decision) any {
	t := time.Until(d.Until)
	if t <= 0 {
		return render.Cell{Text: "over", Tone: render.Dim}
	}
	return render.Duration(t.Round(time.Second))
}
