package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

func newAllowlists(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "allowlists", Aliases: []string{"allowlist"}, Short: "Manage what is never decided against"}
	branch(c, allowlistsCreate(a), allowlistsList(a), allowlistsInspect(a), allowlistsAdd(a), allowlistsRemove(a), allowlistsCheck(a),
		allowlistsImport(a), allowlistsDelete(a))
	return c
}

func allowlistsCreate(a *shell) *cobra.Command {
	var description string
	c := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make an allowlist",
		Example: "  tocsin allowlists create office --description 'our own addresses'",
		Args:    named("one name for the allowlist", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.Allowlist, error) {
				return s.CreateAllowlist(c.Context(), client.NewAllowlist{Name: args[0], Description: description})
			}, func(l client.Allowlist) error {
				if a.format == asJSON {
					return a.json(l)
				}
				a.done("allowlist %s is made; 'tocsin allowlists add %s VALUE' fills it", l.Name, l.Name)
				return nil
			})
		},
	}
	c.Flags().StringVarP(&description, "description", "d", "", "what it is for, in `words`")
	return c
}

func allowlistsList(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the allowlists",
		Example: "  tocsin allowlists list",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) ([]client.Allowlist, error) { return s.Allowlists(c.Context()) }, func(list []client.Allowlist) error {
				return show(a, all(list), view[client.Allowlist]{
					none: "There are no allowlists. 'tocsin allowlists create NAME' makes one.",
					head: []string{"Name", "Description", "Created at", "Updated at", "Size"},
					row: func(l client.Allowlist, row func(...any)) {
						row(render.Cell{Text: l.Name, Tone: render.Name}, l.Description, stamp(l.CreatedAt), stamp(l.UpdatedAt), l.Size)
					},
					csvHead: []string{"name", "description", "created_at", "updated_at", "console_managed", "size"},
					csv: func(l client.Allowlist, row func(...string)) {
						row(l.Name, l.Description, stamp(l.CreatedAt), stamp(l.UpdatedAt), "false", strconv.Itoa(l.Size))
					},
				})
			})
		},
	}
}

func allowlistsInspect(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:               "inspect NAME",
		Short:             "Show an allowlist with its items",
		Example:           "  tocsin allowlists inspect office",
		Args:              named("the name of an allowlist", 1, 1),
		ValidArgsFunction: a.allowlistNames,
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.Allowlist, error) { return s.Allowlist(c.Context(), args[0]) }, func(l client.Allowlist) error {
				if a.format == asJSON {
					return a.json(l)
				}
				if a.format == human {
					a.out.Printf("%s %s\n", a.out.Paint(render.Head, l.Name), l.Description)
				}
				return show(a, all(l.Items), view[client.AllowItem]{
					none: "It is empty.",
					head: []string{"Value", "Comment", "Expiration", "Created at"},
					row: func(i client.AllowItem, row func(...any)) {
						expires := "never"
						if i.Expires != nil {
							expires = stampOf(i.Expires)
						}
						row(render.Cell{Text: i.Value, Tone: render.Name}, i.Comment, expires, stamp(i.CreatedAt))
					},
					csvHead: []string{"name", "description", "value", "comment", "expiration", "created_at", "console_managed"},
					csv: func(i client.AllowItem, row func(...string)) {
						row(l.Name, l.Description, i.Value, i.Comment, stampOf(i.Expires), stamp(i.CreatedAt), "false")
					},
				})
			})
		},
	}
}

func allowlistsAdd(a *shell) *cobra.Command {
	var comment, expires string
	c := &cobra.Command{
		Use:   "add NAME VALUE...",
		Short: "Allow addresses, ranges or DNS names; decisions against them end at once",
		Example: "  tocsin allowlists add office 192.0.2.0/24 --comment 'the house'\n" +
			"  tocsin allowlists add office home.example.org --expiration 30d",
		Args:              named("an allowlist and what to add", 2, 0),
		ValidArgsFunction: a.allowlistNames,
		RunE: func(c *cobra.Command, args []string) error {
			items := make([]client.NewAllowItem, len(args)-1)
			for i, v := range args[1:] {
				items[i] = client.NewAllowItem{Value: v, Comment: comment, Expires: expires}
			}
			return a.allow(c, args[0], items)
		},
	}
	c.Flags().StringVarP(&comment, "comment", "d", "", "why, in `words`")
	c.Flags().StringVarP(&expires, "expiration", "e", "", "only for so `long`: 12h, 7d")
	return c
}

// allow adds items and says what came of it.
func (a *shell) allow(c *cobra.Command, name string, items []client.NewAllowItem) error {
	return answer(a, func(s *client.Client) (client.AllowChange, error) {
		return s.AddToAllowlist(c.Context(), name, client.AllowItems{Items: items})
	}, func(r client.AllowChange) error {
		if a.format != human {
			return a.json(r)
		}
		a.out.Printf("%s added to %s\n", plural(uint64(len(r.Added)), "item"), a.out.Paint(render.Name, name))
		if n := len(r.Changed); n > 0 {
			a.out.Printf("%s there already, with the comment and expiration given now\n", was(n))
		}
		for _, v := range r.Unresolved {
			a.out.Printf("%s %s has no address yet; it is asked for again\n", a.out.Paint(render.Warn, "note:"), v)
		}
		if r.Lifted > 0 {
			a.out.Printf("%s ended at once:\n", plural(uint64(r.Lifted), "decision"))
			for _, d := range r.LiftedFirst {
				a.out.Printf("  %s of %s (%s)\n", d.Type, a.out.Paint(render.Name, d.Value), d.Scenario)
			}
			if more := r.Lifted - len(r.LiftedFirst); more > 0 {
				a.out.Printf("  and %s more\n", render.Count(int64(more)))
			}
		}
		return nil
	})
}

func was(n int) string {
	if n == 1 {
		return "1 was"
	}
	return render.Count(int64(n)) + " were"
}

func allowlistsRemove(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME VALUE...",
		Short:             "Take values off an allowlist",
		Example:           "  tocsin allowlists remove office 192.0.2.0/24",
		Args:              named("an allowlist and what to remove", 2, 0),
		ValidArgsFunction: a.allowlistNames,
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.AllowChange, error) {
				return s.RemoveFromAllowlist(c.Context(), args[0], args[1:])
			}, func(r client.AllowChange) error {
				if a.format != human {
					return a.json(r)
				}
				a.out.Printf("%s removed from %s\n", plural(uint64(len(r.Removed)), "item"), a.out.Paint(render.Name, args[0]))
				if len(r.Missing) > 0 {
					a.out.Printf("not on it: %s\n", strings.Join(r.Missing, " "))
					return errFound
				}
				return nil
			})
		},
	}
}

func allowlistsCheck(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "check VALUE...",
		Short:   "Say whether something is allowed, and by what",
		Long:    "Says whether addresses, ranges or SCOPE:VALUE are allowed, by allowlists or by the guard rails that are always there.",
		Example: "  tocsin allowlists check 192.0.2.1",
		Args:    named("what to check", 1, 0),
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) ([]client.AllowCheck, error) { return s.CheckAllowlists(c.Context(), args) }, func(list []client.AllowCheck) error {
				return show(a, all(list), view[client.AllowCheck]{
					head: []string{"Value", "Allowed", "By"},
					row: func(x client.AllowCheck, row func(...any)) {
						verdict := render.Cell{Text: "no", Tone: render.Dim}
						if x.Allowed {
							verdict = render.Cell{Text: "yes", Tone: render.Good}
						}
						row(render.Cell{Text: x.Value, Tone: render.Name}, verdict, strings.Join(append([]string{x.Reason}, x.Others...), "; "))
					},
					csvHead: []string{"value", "allowlisted", "reason"},
					csv:     func(x client.AllowCheck, row func(...string)) { row(x.Value, strconv.FormatBool(x.Allowed), x.Reason) },
				})
			})
		},
	}
}

// maxAllowFile bounds the items of one import.
const maxAllowFile = 50_000

func allowlistsImport(a *shell) *cobra.Command {
	var input, comment, expires string
	c := &cobra.Command{
		Use:   "import NAME --input FILE",
		Short: "Allow all values in a file",
		Long: "Reads one address, range or DNS name a line; what follows a '#' is its comment. All are added or none, and\n" +
			"decisions against them end at once.",
		Example:           "  tocsin allowlists import office --input ours.txt",
		Args:              named("the name of an allowlist", 1, 1),
		ValidArgsFunction: a.allowlistNames,
		RunE: func(c *cobra.Command, args []string) error {
			items, err := a.readItems(input, comment, expires)
			if err != nil {
				return err
			}
			return a.allow(c, args[0], items)
		},
	}
	c.Flags().StringVarP(&input, "input", "i", "", "the `file`, - for standard input")
	c.Flags().StringVarP(&comment, "comment", "d", "", "why, in `words`, for values without a comment")
	c.Flags().StringVarP(&expires, "expiration", "e", "", "only for so `long`: 12h, 7d")
	_ = c.MarkFlagRequired("input")
	_ = c.MarkFlagFilename("input")
	return c
}

func (a *shell) readItems(input, comment, expires string) ([]client.NewAllowItem, error) {
	r := a.in
	if input != stdin {
		f, err := os.Open(input)
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		defer f.Close()
		r = f
	}
	var items []client.NewAllowItem
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		value, note, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "\ufeff"), "#")
		value, note = strings.TrimSpace(value), strings.TrimSpace(note)
		if value == "" {
			continue
		}
		if note == "" {
			note = comment
		}
		if len(items) == maxAllowFile {
			return nil, fmt.Errorf("import: there are more than %d values: send them in several files", maxAllowFile)
		}
		items = append(items, client.NewAllowItem{Value: value, Comment: note, Expires: expires})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	if len(items) == 0 {
		return nil, errors.New("import: the file holds no values")
	}
	return items, nil
}

func allowlistsDelete(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:               "delete NAME...",
		Short:             "Delete allowlists: what they protected is decided against from now on",
		Example:           "  tocsin allowlists delete office",
		Args:              named("the names of allowlists", 1, 0),
		ValidArgsFunction: a.allowlistNames,
		RunE: func(c *cobra.Command, args []string) error {
			return a.deleteEach(c.Context(), "allowlist", args, false, (*client.Client).DeleteAllowlist)
		},
	}
}

// allowlistNames completes the first argument.
func (a *shell) allowlistNames(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.names(func(s *client.Client) (names []string, err error) {
		list, err := s.Allowlists(c.Context())
		for _, l := range list {
			names = append(names, l.Name)
		}
		return names, err
	})
}
