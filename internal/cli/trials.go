package cli

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

func newSimulation(a *shell) *cobra.Command {
	c := &cobra.Command{
		Use:   "simulation",
		Short: "Have scenarios decide without effect",
		Long:  "Decisions of a simulated scenario are kept and shown, but bouncers are not told of them.",
	}
	branch(c, simulationSet(a, true), simulationSet(a, false), simulationStatus(a))
	return c
}

func simulationSet(a *shell, on bool) *cobra.Command {
	var global bool
	c := &cobra.Command{
		Use:     "enable [SCENARIO...]",
		Short:   "Simulate scenarios, or all with --global",
		Example: "  tocsin simulation enable crowdsecurity/ssh-bf\n  tocsin simulation enable --global",
		Args:    cobra.ArbitraryArgs,
	}
	if !on {
		c.Use, c.Short = "disable [SCENARIO...]", "No longer simulate scenarios, or any with --global"
		c.Example = "  tocsin simulation disable crowdsecurity/ssh-bf\n  tocsin simulation disable --global"
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if global == (len(args) > 0) {
			return usage(errors.New("want scenarios or --global, one of them"), "'tocsin simulation status' shows what is simulated")
		}
		return answer(a, func(s *client.Client) (client.Simulation, error) {
			return s.SetSimulation(c.Context(), client.Trial{Scenarios: args, On: on})
		}, a.showSimulation)
	}
	c.Flags().BoolVarP(&global, "global", "g", false, "all scenarios; exclusions are forgotten")
	return c
}

func simulationStatus(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Show what is simulated",
		Example: "  tocsin simulation status",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) (client.Simulation, error) { return s.Simulation(c.Context()) }, a.showSimulation)
		},
	}
}

func (a *shell) showSimulation(s client.Simulation) error {
	switch a.format {
	case asJSON:
		return a.json(s)
	case asRaw:
		a.out.Printf("%s\n", strconv.FormatBool(s.Global))
		for _, x := range s.Exclusions {
			a.out.Printf("%s\n", x)
		}
	case human:
		switch {
		case s.Global && len(s.Exclusions) == 0:
			a.out.Printf("all scenarios are simulated\n")
		case s.Global:
			a.out.Printf("all scenarios are simulated, but not:\n")
		case len(s.Exclusions) == 0:
			a.out.Printf("no scenario is simulated\n")
		default:
			a.out.Printf("simulated are:\n")
		}
		a.bullets(s.Exclusions)
	}
	return nil
}

func (a *shell) bullets(list []string) {
	for _, x := range list {
		a.out.Printf("  %s\n", a.out.Paint(render.Name, x))
	}
}

func newShadow(a *shell) *cobra.Command {
	c := &cobra.Command{
		Use:   "shadow",
		Short: "Put scenarios on trial: their alerts are shown and have no effect",
		Long: "Alerts of a scenario in shadow are kept and marked, with the decisions that they would have led to; nobody is\n" +
			"blocked or notified. It is for rules that are not trusted yet.",
	}
	branch(c, shadowSet(a, true), shadowSet(a, false), shadowStatus(a))
	return c
}

func shadowSet(a *shell, on bool) *cobra.Command {
	c := &cobra.Command{
		Use: "enable SCENARIO...", Short: "Put scenarios in shadow", Example: "  tocsin shadow enable my/new-scenario",
		Args: named("the names of scenarios", 1, 0),
	}
	if !on {
		c.Use, c.Short, c.Example = "disable SCENARIO...", "Let scenarios take effect", "  tocsin shadow disable my/new-scenario"
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return answer(a, func(s *client.Client) (client.Shadow, error) {
			return s.SetShadow(c.Context(), client.Trial{Scenarios: args, On: on})
		}, a.showShadow)
	}
	return c
}

func shadowStatus(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Show which scenarios are in shadow",
		Example: "  tocsin shadow status",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) (client.Shadow, error) { return s.Shadow(c.Context()) }, a.showShadow)
		},
	}
}

func (a *shell) showShadow(s client.Shadow) error {
	switch a.format {
	case asJSON:
		return a.json(s)
	case asRaw:
		for _, x := range s.Scenarios {
			a.out.Printf("%s\n", x)
		}
	case human:
		if len(s.Scenarios) == 0 {
			a.out.Printf("no scenario is in shadow\n")
			return nil
		}
		a.out.Printf("in shadow are:\n")
		a.bullets(s.Scenarios)
	}
	return nil
}

func newProfiles(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "profiles", Aliases: []string{"profile"}, Short: "Show which decisions alerts lead to"}
	branch(c, profilesList(a), profilesTest(a))
	return c
}

func profilesList(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "Show the profiles that are loaded, in their order",
		Example: "  tocsin profiles list",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) ([]client.Profile, error) { return s.Profiles(c.Context()) }, func(list []client.Profile) error {
				return show(a, all(list), view[client.Profile]{
					none: "There are no profiles.",
					head: []string{"Name", "Filters", "Decisions", "Duration", "Notifications"},
					row: func(p client.Profile, row func(...any)) {
						row(render.Cell{Text: p.Name, Tone: render.Name}, strings.Join(p.Filters, " or "), strings.Join(p.Decisions, ", "),
							strings.TrimPrefix(p.DurationExpr+"; "+p.Escalation, "; "), strings.Join(p.Notifications, " "))
					},
					csvHead: []string{"name", "filters", "decisions", "duration_expr", "notifications", "file"},
					csv: func(p client.Profile, row func(...string)) {
						row(p.Name, strings.Join(p.Filters, " or "), strings.Join(p.Decisions, ", "), p.DurationExpr, strings.Join(p.Notifications, " "), p.File)
					},
				})
			})
		},
	}
}

func profilesTest(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "test ALERT_ID",
		Short:   "Ask what the profiles would decide about an alert; nothing comes of it",
		Example: "  tocsin profiles test 12",
		Args:    named("the number of an alert", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			ids, err := numbers(args)
			if err != nil {
				return err
			}
			return answer(a, func(s *client.Client) (client.ProfileTest, error) { return s.TestProfiles(c.Context(), ids[0]) }, a.showProfileTest)
		},
	}
}

func (a *shell) showProfileTest(p client.ProfileTest) error {
	if a.format != human {
		return a.json(p)
	}
	for _, s := range p.Steps {
		a.out.Printf("%s %s", a.out.Paint(render.Name, s.Profile), s.Said)
		if s.Filter >= 0 {
			a.out.Printf(" (filter %d)", s.Filter+1)
		}
		if s.Error != "" {
			a.out.Printf(": %s", s.Error)
		}
		if s.Stops {
			a.out.Printf("; no further profile is asked")
		}
		a.out.Printf("\n")
	}
	if len(p.Decisions) == 0 {
		a.out.Printf("no decision\n")
	}
	for _, d := range p.Decisions {
		a.out.Printf("  %s of %s for %s\n", action(d), a.out.Paint(render.Name, scoped(d.Scope, d.Value)), left(d))
	}
	if len(p.Notifications) > 0 {
		a.out.Printf("  notifies %s\n", strings.Join(p.Notifications, " "))
	}
	return nil
}
