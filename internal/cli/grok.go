package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/grok"
)

func newGrok(a *shell) *cobra.Command {
	var pattern string
	var expand bool
	c := &cobra.Command{
		Use:   "grok --pattern PATTERN LINE",
		Short: "Try a grok pattern on a line",
		Example: "  tocsin grok --pattern '%{IP:source_ip} - %{USER:user}' '192.0.2.1 - alice'\n" +
			"  tocsin grok --pattern '%{SYSLOGLINE}' --expand 'Aug 22 10:00:00 host su[1]: hello'",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("%s wants one line; quote it", c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			lib, err := app.Patterns()
			if err != nil {
				return err
			}
			p, err := lib.Compile(pattern)
			if err != nil {
				if fault, ok := errors.AsType[*grok.Error](err); ok {
					hint := fault.Hint
					bare := *fault
					bare.Hint = ""
					return withHint(&bare, hint)
				}
				return err
			}
			for _, w := range lib.Lint(pattern) {
				a.err.Printf("%s %s at %d (%s)\n", a.err.Paint(render.Warn, "warning:"), w.What, w.Offset, w.Hint)
			}
			return a.showGrok(p, args[0], expand)
		},
	}
	c.Flags().StringVarP(&pattern, "pattern", "p", "", "the `pattern`")
	c.Flags().BoolVar(&expand, "expand", false, "show the regular expression that it stands for")
	_ = c.MarkFlagRequired("pattern")
	return c
}

func (a *shell) showGrok(p *grok.Pattern, line string, expand bool) error {
	values, ok := p.Match(line, nil)
	fields := p.Fields()
	switch a.format {
	case asJSON:
		out := struct {
			Match    bool              `json:"match"`
			Fields   map[string]string `json:"fields"`
			Expanded string            `json:"expanded,omitempty"`
		}{Match: ok, Fields: map[string]string{}}
		if ok {
			for i, f := range fields {
				out.Fields[f] = values[i]
			}
		}
		if expand {
			out.Expanded = p.Expanded()
		}
		if err := a.json(out); err != nil {
			return err
		}
	case asRaw, human:
		if expand {
			a.out.Printf("%s\n", p.Expanded())
		}
		if ok {
			t := render.NewTable("FIELD", "VALUE")
			for i, f := range fields {
				t.Row(render.Cell{Text: f, Tone: render.Name}, values[i])
			}
			if a.format == asRaw {
				if err := t.CSV(a.out); err != nil {
					return err
				}
			} else {
				t.Print(a.out)
			}
		}
	}
	if ok {
		return nil
	}
	if a.format == human {
		switch {
		case len(fields) == 0:
			a.out.Printf("%s: the pattern has no field, and grok succeeds only with one; write %%{NAME:field}\n", a.out.Paint(render.Bad, "no match"))
		default:
			a.out.Printf("%s\n", a.out.Paint(render.Bad, "no match"))
		}
	}
	return errFound
}
