package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

func newBouncers(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "bouncers", Aliases: []string{"bouncer"}, Short: "Manage who is served decisions"}
	branch(c, bouncersList(a), bouncersAdd(a), bouncersDelete(a), bouncersPrune(a), bouncersInspect(a))
	return c
}

func bouncersList(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the bouncers",
		Example: "  tocsin bouncers list\n  tocsin bouncers list -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) ([]client.Bouncer, error) { return s.Bouncers(c.Context()) }, func(list []client.Bouncer) error {
				return show(a, all(list), view[client.Bouncer]{
					none: "There are no bouncers. 'tocsin bouncers add NAME' makes one.",
					head: []string{"Name", "IP Address", "Last API pull", "Lag", "Type", "Version", "Auth Type"},
					row: func(b client.Bouncer, row func(...any)) {
						row(render.Cell{Text: b.Name, Tone: render.Name}, b.IPAddress, ago(b.LastPull, "never"), int64(b.Lag), b.Type, b.Version, b.AuthType) //nolint:gosec // a count
					},
					csvHead: []string{"name", "ip", "revoked", "last_pull", "type", "version", "auth_type"},
					csv: func(b client.Bouncer, row func(...string)) {
						row(b.Name, b.IPAddress, "validated", stampOf(b.LastPull), b.Type, b.Version, b.AuthType)
					},
				})
			})
		},
	}
}

func bouncersAdd(a *shell) *cobra.Command {
	var key string
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a bouncer and its API key",
		Example: "  tocsin bouncers add firewall\n" +
			"  KEY=$(tocsin bouncers add nginx -o raw)   # the key alone",
		Args: named("one name for the bouncer", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.AddedBouncer, error) {
				return s.AddBouncer(c.Context(), client.NewBouncer{Name: args[0], Key: key})
			}, func(b client.AddedBouncer) error {
				switch a.format {
				case asJSON:
					return a.json(b.Key) // as cscli has it
				case asRaw:
					a.out.Printf("%s\n", b.Key)
				case human:
					a.out.Printf("API key for %s:\n\n   %s\n\nKeep it: it is not shown again.\n", a.out.Paint(render.Name, b.Bouncer.Name), b.Key)
				}
				return nil
			})
		},
	}
	c.Flags().StringVarP(&key, "key", "k", "", "take this `text` for the key instead of making one")
	return c
}

func bouncersDelete(a *shell) *cobra.Command {
	var ignoreMissing bool
	c := &cobra.Command{
		Use:               "delete NAME...",
		Aliases:           []string{"remove"},
		Short:             "Delete bouncers: their keys open nothing from now on",
		Example:           "  tocsin bouncers delete firewall",
		Args:              named("the names of bouncers", 1, 0),
		ValidArgsFunction: a.bouncerNames,
		RunE: func(c *cobra.Command, args []string) error {
			return a.deleteEach(c.Context(), "bouncer", args, ignoreMissing, (*client.Client).DeleteBouncer)
		},
	}
	c.Flags().BoolVar(&ignoreMissing, "ignore-missing", false, "be content when there is no such bouncer")
	return c
}

// deleteEach deletes by name, all that can be. The first error is returned.
func (a *shell) deleteEach(ctx context.Context, what string, names []string, ignoreMissing bool, del func(*client.Client, context.Context, string) error) error {
	return a.ask(func(s *client.Client) error {
		var first error
		for _, name := range names {
			err := del(s, ctx, name)
			if ignoreMissing && client.NotFound(err) {
				continue
			}
			if err == nil {
				a.done("%s %s is deleted", what, name)
			} else if first == nil {
				first = err
			}
		}
		return first
	})
}

// pruning is what the prune commands have in common.
type pruning struct {
	older   string
	pending bool
	force   bool
	what    string
	do      func(*client.Client, context.Context, client.Prune) (client.Pruned, error)
}

func (p *pruning) run(ctx context.Context, a *shell) error {
	return a.ask(func(s *client.Client) error {
		would, err := p.do(s, ctx, client.Prune{OlderThan: p.older, NotValidatedOnly: p.pending, DryRun: true})
		if err != nil {
			return err
		}
		if len(would.Names) == 0 {
			a.done("No %s to prune.", p.what)
			return nil
		}
		if a.format == human {
			a.out.Printf("not heard of for %s:\n", p.older)
			for _, name := range would.Names {
				a.out.Printf("  %s\n", a.out.Paint(render.Name, name))
			}
		}
		if err := a.confirm(p.force, true, fmt.Sprintf("delete %d %s?", len(would.Names), p.what)); err != nil {
			return err
		}
		did, err := p.do(s, ctx, client.Prune{OlderThan: p.older, NotValidatedOnly: p.pending})
		if err != nil {
			return err
		}
		if a.format == asJSON {
			return a.json(did.Names)
		}
		if a.format == asRaw {
			for _, name := range did.Names {
				a.out.Printf("%s\n", name)
			}
		}
		a.done("%d %s are deleted", len(did.Names), p.what)
		return nil
	})
}

func bouncersPrune(a *shell) *cobra.Command {
	p := pruning{what: "bouncers", do: (*client.Client).PruneBouncers}
	c := &cobra.Command{
		Use:     "prune",
		Short:   "Delete bouncers that were not heard of for long",
		Example: "  tocsin bouncers prune --duration 30d\n  tocsin bouncers prune -d 45d --force",
		RunE:    func(c *cobra.Command, _ []string) error { return p.run(c.Context(), a) },
	}
	c.Flags().StringVarP(&p.older, "duration", "d", "60m", "how `long` they were not heard of: 60m, 12h, 30d")
	forceFlag(c, &p.force)
	return c
}

// forceFlag adds --force, and -y for those who know it from elsewhere.
func forceFlag(c *cobra.Command, force *bool) {
	c.Flags().BoolVarP(force, "force", "y", false, "do it without a question")
}

func bouncersInspect(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:               "inspect NAME",
		Short:             "Show all about a bouncer",
		Example:           "  tocsin bouncers inspect firewall",
		Args:              named("the name of a bouncer", 1, 1),
		ValidArgsFunction: a.bouncerNames,
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.Bouncer, error) { return s.Bouncer(c.Context(), args[0]) }, func(b client.Bouncer) error {
				return a.detail(
					b, [2]string{"Name", b.Name}, [2]string{"IP Address", b.IPAddress}, [2]string{"Created At", stamp(b.CreatedAt)},
					[2]string{"Last Seen", stamp(b.UpdatedAt)}, [2]string{"Last API pull", stampOf(b.LastPull)}, [2]string{"Type", b.Type},
					[2]string{"Version", b.Version}, [2]string{"OS", b.OS}, [2]string{"Auth Type", b.AuthType}, [2]string{"Key of", b.Parent},
					[2]string{"Changes behind", render.Count(int64(b.Lag))}, //nolint:gosec // a count
				)
			})
		},
	}
}

// named wants so many arguments; most is 0 for no limit.
func named(what string, least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || most > 0 && len(args) > most {
			got := "none was given"
			if len(args) > 0 {
				got = fmt.Sprintf("%d were given: %q", len(args), args)
			}
			return fmt.Errorf("%s wants %s, %s", c.CommandPath(), what, got)
		}
		for _, x := range args {
			if strings.TrimSpace(x) == "" {
				return errors.New("an argument is empty")
			}
		}
		return nil
	}
}

// bouncerNames completes names of bouncers, and nothing when no server answers.
func (a *shell) bouncerNames(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.names(func(s *client.Client) (names []string, err error) {
		list, err := s.Bouncers(c.Context())
		for _, b := range list {
			names = append(names, b.Name)
		}
		return names, err
	})
}

func (a *shell) names(get func(*client.Client) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	s, err := a.admin()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, err := get(s)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
