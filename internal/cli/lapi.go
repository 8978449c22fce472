package cli

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

func newLapi(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "lapi", Short: "Look at the local API"}
	branch(c, lapiStatus(a))
	return c
}

func lapiStatus(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Say whether the local API works, and what it holds",
		Long:    "Says whether the local API works. Exit code 1 says that it does not, or that it can keep nothing now.",
		Example: "  tocsin lapi status\n  tocsin lapi status -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) (client.Status, error) { return s.Status(c.Context()) }, func(s client.Status) error {
				ready := a.out.Paint(render.Good, "ready")
				if !s.Ready {
					ready = a.out.Paint(render.Bad, "cannot keep anything now: "+s.Reason)
				}
				if a.format == human {
					a.out.Printf("tocsin %s is %s\n", s.Version, ready)
				}
				if err := a.detail(
					s, [2]string{"Listens on", strings.Join(s.Listen, " ")}, [2]string{"State", s.State},
					[2]string{"Started", stamp(s.StartedAt)}, [2]string{"Decisions in force", render.Count(int64(s.Decisions))},
					[2]string{"Simulated", render.Count(int64(s.Simulated))}, [2]string{"Bouncers", strconv.Itoa(s.Bouncers)},
					[2]string{"Machines", strconv.Itoa(s.Machines)}, [2]string{"You are", s.Who + ", " + s.Role},
				); err != nil {
					return err
				}
				if !s.Ready {
					return errFound
				}
				return nil
			})
		},
	}
}

func newTokens(a *shell) *cobra.Command {
	c := &cobra.Command{
		Use: "tokens", Aliases: []string{"token"}, Short: "Manage who may administrate from elsewhere",
		Long: "A token opens the administration API over TCP. A viewer looks at everything that is no secret, an operator\n" +
			"decides too, an admin does all. On the server itself none is needed.",
	}
	branch(c, tokensList(a), tokensAdd(a), tokensDelete(a))
	return c
}

func tokensList(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the tokens",
		Example: "  tocsin tokens list",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) ([]client.Token, error) { return s.Tokens(c.Context()) }, func(list []client.Token) error {
				return show(a, all(list), view[client.Token]{
					none: "There are no tokens. 'tocsin tokens add NAME --role viewer' makes one.",
					head: []string{"Name", "Role", "Created at", "Expires", "Last used"},
					row: func(t client.Token, row func(...any)) {
						expires := "never"
						if t.Expires != nil {
							expires = stampOf(t.Expires)
						}
						row(render.Cell{Text: t.Name, Tone: render.Name}, t.Role, stamp(t.CreatedAt), expires, ago(t.LastUsed, "never"))
					},
					csvHead: []string{"name", "role", "created_at", "expires", "last_used"},
					csv: func(t client.Token, row func(...string)) {
						row(t.Name, t.Role, stamp(t.CreatedAt), stampOf(t.Expires), stampOf(t.LastUsed))
					},
				})
			})
		},
	}
}

func tokensAdd(a *shell) *cobra.Command {
	var t client.NewToken
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a token",
		Example: "  tocsin tokens add dashboard --role viewer\n" +
			"  TOKEN=$(tocsin tokens add deploy --role admin --expires 90d -o raw)",
		Args: named("one name for the token", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			t.Name = args[0]
			return answer(a, func(s *client.Client) (client.AddedToken, error) { return s.AddToken(c.Context(), t) }, func(x client.AddedToken) error {
				switch a.format {
				case asJSON:
					return a.json(x)
				case asRaw:
					a.out.Printf("%s\n", x.Secret)
				case human:
					a.out.Printf("Token of %s (%s):\n\n   %s\n\nKeep it: it is not shown again. Use it by --url and TOCSIN_TOKEN.\n", a.out.Paint(render.Name, x.Name), x.Role, x.Secret)
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&t.Role, "role", "viewer", "what it may do: viewer, operator or admin")
	c.Flags().StringVar(&t.Expires, "expires", "", "only for so `long`: 12h, 90d")
	_ = c.RegisterFlagCompletionFunc("role", words(client.Viewer, client.Operator, client.Admin))
	return c
}

func tokensDelete(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "delete NAME...",
		Aliases: []string{"remove"},
		Short:   "Delete tokens: they open nothing from now on",
		Example: "  tocsin tokens delete dashboard",
		Args:    named("the names of tokens", 1, 0),
		ValidArgsFunction: func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return a.names(func(s *client.Client) (names []string, err error) {
				list, err := s.Tokens(c.Context())
				for _, t := range list {
					names = append(names, t.Name)
				}
				return names, err
			})
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.deleteEach(c.Context(), "token", args, false, (*client.Client).DeleteToken)
		},
	}
}

func newAudit(a *shell) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:     "audit",
		Short:   "Show what administrators did, and tried",
		Example: "  tocsin audit\n  tocsin audit -l 0 -o raw",
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 0 {
				return usage(errors.New("--limit is less than none"), "0 means all")
			}
			return a.ask(func(s *client.Client) error {
				return show(a, pages(limit, one[client.Audit], func(n int, after string) (client.Page[client.Audit], error) {
					return s.Audit(c.Context(), n, after)
				}), auditView())
			})
		},
	}
	c.Flags().IntVarP(&limit, "limit", "l", 50, "at most so many, 0 for all")
	return c
}

func auditView() view[client.Audit] {
	return view[client.Audit]{
		none: "Nothing was done yet.",
		head: []string{"When", "Who", "Role", "Action", "Target", "Result"},
		row: func(e client.Audit, row func(...any)) {
			result := render.Cell{Text: "done", Tone: render.Good}
			if e.Detail != "" {
				result.Text = e.Detail
			}
			if e.Failed {
				result = render.Cell{Text: strings.TrimSuffix("failed: "+e.Detail, ": "), Tone: render.Bad}
			}
			row(stamp(e.At), render.Cell{Text: e.Who, Tone: render.Name}, e.Role, e.Action, e.Target, result)
		},
		csvHead: []string{"id", "at", "who", "role", "action", "target", "detail", "failed"},
		csv: func(e client.Audit, row func(...string)) {
			row(strconv.FormatInt(e.ID, 10), stamp(e.At), e.Who, e.Role, e.Action, e.Target, e.Detail, strconv.FormatBool(e.Failed))
		},
	}
}
